//! A real browser, headless, driven through WebDriver.

use std::time::{Duration, Instant};

use fantoccini::error::CmdError;
use fantoccini::{Client, ClientBuilder, Locator};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::driver::{Driver, Engine};

/// How long anything that the page should show may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is asked of Chromium's driver, with some logs, and the folder of the browser's profile.
fn chromium(logs: Value) -> (Value, tempfile::TempDir) {
    let profile = tempfile::tempdir().expect("a folder for the profile");
    let arguments = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--window-size=1280,1000",
    ];
    let mut arguments: Vec<_> = arguments.map(str::to_owned).into();
    arguments.push(format!("--user-data-dir={}", profile.path().display()));
    let options = json!({ "args": arguments });
    (json!({ "goog:chromeOptions": options, "goog:loggingPrefs": logs }), profile)
}

/// A browser with one window. Ends with the test.
pub struct Browser {
    client: Client,
    driver: Driver,
    _profile: Option<tempfile::TempDir>,
}

impl Browser {
    /// Starts a browser and opens an address.
    pub async fn open(url: &str) -> Self {
        Self::open_noting(url, json!({ "browser": "ALL" })).await
    }

    /// The same, and what the page asks for is noted: the log "performance".
    pub async fn open_watched(url: &str) -> Self {
        Self::open_noting(url, json!({ "browser": "ALL", "performance": "ALL" })).await
    }

    /// Starts the browser of an engine, and opens an address.
    pub async fn open_in(engine: Engine, url: &str) -> Self {
        match engine {
            Engine::Chromium => Self::open(url).await,
            _ => Self::connect(Driver::start(engine), engine.wants(), None, url).await,
        }
    }

    /// The same for an address whose certificate nobody vouches for, as somebody opens it who lets the warning pass.
    pub async fn open_untrusting_in(engine: Engine, url: &str) -> Self {
        Self::open_wanting(engine, url, |wants| wants["acceptInsecureCerts"] = true.into()).await
    }

    /// The same in a browser that is another one than all tests have: `change` says it to the driver.
    pub async fn open_wanting(engine: Engine, url: &str, change: impl FnOnce(&mut Value)) -> Self {
        let (mut wants, profile) = match engine {
            Engine::Chromium => {
                let (wants, profile) = chromium(json!({ "browser": "ALL" }));
                (wants, Some(profile))
            }
            _ => (engine.wants(), None),
        };
        change(&mut wants);
        Self::connect(Driver::start(engine), wants, profile, url).await
    }

    async fn open_noting(url: &str, logs: Value) -> Self {
        let (wants, profile) = chromium(logs);
        Self::connect(Driver::start(Engine::Chromium), wants, Some(profile), url).await
    }

    async fn connect(mut driver: Driver, wants: Value, profile: Option<tempfile::TempDir>, url: &str) -> Self {
        let client = ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new())
            .capabilities(wants.as_object().expect("an object").clone())
            .connect(&format!("http://127.0.0.1:{}", driver.port))
            .await
            .expect("its driver starts a browser");
        driver.session = client.session_id().await.expect("a session has a name");
        let timeouts = fantoccini::wd::TimeoutConfiguration::new(Some(Duration::from_secs(300)), None, None);
        client.update_timeouts(timeouts).await.expect("a script may take long");
        client.goto(url).await.expect("the page opens");
        Self { client, driver, _profile: profile }
    }

    /// Runs JavaScript that returns a value.
    pub async fn get<T: DeserializeOwned>(&self, script: &str) -> T {
        let value = self.client.execute(&format!("return {script};"), vec![]).await.expect("the script runs");
        serde_json::from_value(value).expect("the value that the test expects")
    }

    /// Calls `window.parlab.run` and waits for the report, or for the message that it is refused with.
    pub async fn run(&self, options: Value) -> Result<parlab_shared::report::Report, String> {
        let script = "const [options, done] = arguments;
            parlab.run(options).then((report) => done([JSON.stringify(report), null]), (error) => done([null, error.message]));";
        let value = self.client.execute_async(script, vec![options]).await.expect("the script runs");
        let (report, error): (Option<String>, Option<String>) = serde_json::from_value(value).expect("one of both");
        match report {
            Some(json) => Ok(parlab_shared::report::Report::from_json(&json).expect("a report")),
            None => Err(error.expect("a reason")),
        }
    }

    /// The connection to the driver.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Sends a command of the protocol for the browser's developers (https://chromedevtools.github.io/devtools-protocol/).
    /// Returns what it answers.
    pub async fn command(&self, name: &str, parameters: Value) -> Value {
        self.ask("goog/cdp/execute", json!({ "cmd": name, "params": parameters })).await
    }

    /// What came to a log since it was asked for the last time: "browser" is the console.
    pub async fn log(&self, name: &str) -> Vec<Value> {
        let entries = self.ask("se/log", json!({ "type": name })).await;
        serde_json::from_value(entries).expect("a list")
    }

    /// Asks the driver for what WebDriver's standard does not have.
    async fn ask(&self, what: &str, body: Value) -> Value {
        let session = self.driver.session.as_ref().expect("a session has a name");
        let url = format!("http://127.0.0.1:{}/session/{session}/{what}", self.driver.port);
        let answer = super::client::client().post(url).json(&body).send().await.expect("the driver answers");
        assert!(answer.status().is_success(), "{body}: {}", answer.text().await.unwrap_or_default());
        let mut answer: Value = answer.json().await.expect("JSON");
        answer["value"].take()
    }

    /// The files of runs that lie in the origin's own file system.
    pub async fn files(&self) -> Vec<String> {
        let names = "(async () => {
                const names = [];
                for await (const [name, folder] of await navigator.storage.getDirectory())
                    for await (const file of folder.keys?.() ?? []) names.push(name + '/' + file);
                return names;
            })()";
        self.resolve(names).await
    }

    /// What a promise resolves to.
    pub async fn resolve<T: DeserializeOwned>(&self, promise: &str) -> T {
        let script = format!(
            "const done = arguments[0]; ({promise}).then((value) => done([value]), (error) => done([null, `${{error}}`]));"
        );
        let answer = self.client.execute_async(&script, vec![]).await.expect("the script runs");
        assert_eq!(answer.get(1), None, "{promise}");
        serde_json::from_value(answer[0].clone()).expect("the value that the test expects")
    }

    /// Waits until an expression is true.
    pub async fn until(&self, condition: &str) {
        let deadline = Instant::now() + PATIENCE;
        // Of a page that is just being left, Firefox says nothing.
        while self.get::<Option<bool>>(&format!("Boolean({condition})")).await != Some(true) {
            assert!(Instant::now() < deadline, "never true: {condition}\n{}", self.text("body").await);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until the lab is there.
    pub async fn ready(&self) {
        self.until("window.parlab").await;
        let script = "const done = arguments[0]; parlab.ready.then(() => done(null), (error) => done(error.message));";
        let refused = self.client.execute_async(script, vec![]).await.expect("the script runs");
        assert_eq!(refused, Value::Null, "the lab is not ready");
    }

    /// Clicks on what a CSS selector finds.
    pub async fn click(&self, selector: &str) {
        self.until(&format!("document.querySelector({selector:?})")).await;
        self.client.find(Locator::Css(selector)).await.expect(selector).click().await.expect(selector);
    }

    /// Types into what a CSS selector finds; for a file input, the file's path.
    pub async fn type_into(&self, selector: &str, text: &str) {
        let mut typed = self.client.find(Locator::Css(selector)).await.expect(selector).send_keys(text).await;
        // What was found may be drawn anew before it hears.
        while typed.as_ref().is_err_and(CmdError::is_stale_element_reference) {
            typed = self.client.find(Locator::Css(selector)).await.expect(selector).send_keys(text).await;
        }
        typed.expect(selector);
    }

    /// The text of what a CSS selector finds.
    pub async fn text(&self, selector: &str) -> String {
        self.get(&format!("document.querySelector({selector:?})?.innerText ?? ''")).await
    }

    /// Goes to another address.
    pub async fn goto(&self, url: &str) {
        self.client.goto(url).await.expect("the page opens");
    }
}
