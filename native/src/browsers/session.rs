//! A browser with a page.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};
use parlab_shared::report;
use parlab_shared::strategy::Platform;
use reqwest::Method;
use serde_json::{Value, json};

use super::driver::{Driver, is_root};
use super::engine::Engine;
use super::find::{Found, Place};
use super::kept::KeptSession;
use super::wire::{Refusal, Wire};
use crate::open_files;

/// How long a browser may take to open. A busy machine needs a while; of a full grid one may become free.
const OPEN: Duration = Duration::from_secs(60);
/// How long a page may take to load.
const LOAD: Duration = Duration::from_secs(60);
/// How long whoever is asked may take to begin with an answer, beyond what it is told itself.
const SPARE: Duration = Duration::from_secs(5);
/// How long a page may take to answer. Its thread is busy with nothing else for long.
const ANSWER: Duration = Duration::from_secs(10);

/// What of Chromium would disturb measurements or leave the machine is off.
const CHROMIUM: &[&str] = &[
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--window-size=1280,1000",
];

/// A browser with one page. Dropping it ends the browser and its driver, and removes its profile; so does the end of this
/// process, however it ends.
#[derive(Debug)]
pub struct Browser {
    wire: Wire,
    session: String,
    name: String,
    version: String,
    driver: Option<Driver>,
    _elsewhere: Option<KeptSession>,
}

impl Browser {
    /// Opens a browser, and a page in it: the page has loaded when this returns. If it
    /// `takes_any`, it asks nobody to vouch for a server's certificate.
    ///
    /// # Errors
    /// The browser does not open, is another one than was asked for, or cannot load the page.
    pub async fn open(found: &Found, page: &str, takes_any: bool) -> anyhow::Result<Self> {
        let browser =
            Self::start(found, takes_any).await.with_context(|| format!("{} does not open", found.engine.name()))?;
        let loaded = browser.command(Method::POST, &["url"], Some(&json!({ "url": page })), LOAD + SPARE).await;
        loaded.with_context(|| format!("{} does not load {page}", found.engine.name()))?;
        Ok(browser)
    }

    /// Which version it says that it is.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Puts its version in place of the one that a page was told, and its name where pages are told that of its engine only.
    pub fn identify(&self, browser: &mut report::Browser) {
        if !self.version.is_empty() {
            browser.version.clone_from(&self.version);
        }
        // The browser of WebKitGTK that has no other name has its version, too.
        if self.name == "MiniBrowser" {
            browser.name = "WebKitGTK".to_owned();
        }
    }

    /// Whether the browser is there and its page answers.
    ///
    /// # Errors
    /// They do not; the message says how that was seen.
    pub async fn check_alive(&mut self) -> anyhow::Result<()> {
        if let Some(words) = self.driver.as_mut().and_then(Driver::last_words) {
            bail!("its driver ended: {words}");
        }
        self.evaluate("document.readyState").await.map(drop)
    }

    /// The value of an expression of JavaScript on its page.
    ///
    /// # Errors
    /// It throws, or nobody answers.
    pub async fn evaluate(&self, expression: &str) -> anyhow::Result<Value> {
        let script = json!({ "script": format!("return {expression};"), "args": [] });
        Ok(self.command(Method::POST, &["execute", "sync"], Some(&script), ANSWER).await?)
    }

    async fn start(found: &Found, takes_any: bool) -> anyhow::Result<Self> {
        let (wire, driver) = match &found.place {
            Place::Here { driver, display, .. } => {
                let driver = Driver::start(found.engine, driver, display.as_deref()).await?;
                (driver.wire().clone(), Some(driver))
            }
            Place::There(url) => {
                let wire = Wire::to(url)?;
                has_room(&wire).await.with_context(|| format!("the WebDriver at {url} opens nothing"))?;
                (wire, None)
            }
        };
        let wanted = capabilities(found, driver.as_ref().map(Driver::folder), takes_any);
        let opened = wire.ask(Method::POST, &["session"], Some(&wanted), OPEN).await;
        let opened = opened.map_err(|refusal| explain(found, &refusal))?;
        let Some(session) = opened["sessionId"].as_str().filter(|session| !session.is_empty()) else {
            bail!("its driver opened a session without a name: {opened}");
        };
        let elsewhere =
            driver.is_none().then(|| KeptSession::keep(&wire.address(&["session", session]))).transpose()?;
        let capability = |name: &str| opened["capabilities"][name].as_str().unwrap_or_default();
        let (name, version) = (capability("browserName"), capability("browserVersion"));
        let (session, name_of, version_of) = (session.to_owned(), name.to_owned(), version.to_owned());
        let browser = Self { wire, session, name: name_of, version: version_of, driver, _elsewhere: elsewhere };
        if Platform::of_engine(name) != Some(found.engine.platform()) {
            bail!("{name:?} opened instead, version {version}");
        }
        Ok(browser)
    }

    async fn command(
        &self,
        method: Method,
        path: &[&str],
        body: Option<&Value>,
        limit: Duration,
    ) -> Result<Value, Refusal> {
        let path = [&["session", self.session.as_str()], path].concat();
        self.wire.ask(method, &path, body, limit).await
    }
}

/// Whether a WebDriver elsewhere can open a browser just now, as far as it says.
async fn has_room(wire: &Wire) -> anyhow::Result<()> {
    let status = wire.ask(Method::GET, &["status"], None, ANSWER).await?;
    if status["ready"] == false {
        let why = status["message"].as_str().unwrap_or("it does not say why");
        bail!("it is not ready ({why}): all of its browsers are in use, or it has none; free one, or wait");
    }
    Ok(())
}

/// What is said where a browser was refused, with what may help.
fn explain(found: &Found, refusal: &Refusal) -> anyhow::Error {
    let name = found.engine.name();
    let files = if let Place::Here { .. } = &found.place { open_files::too_few_for_browsers() } else { None };
    if let Some((why, fix)) = files {
        return anyhow::Error::msg(format!("{refusal}; {why}: {fix}"));
    }
    let help = match (&found.place, refusal) {
        (Place::There(_), Refusal::Silent(_)) => {
            format!("all of its browsers may be in use, or none of them be {name}")
        }
        (Place::There(_), _) => format!("it may have no {name}"),
        (Place::Here { .. }, _) => {
            format!("{found} may not belong together, or not be whole; what {name} needs, {}", found.engine.install())
        }
    };
    anyhow::Error::msg(format!("{refusal}; {help}"))
}

/// What is asked for.
fn capabilities(found: &Found, folder: Option<&Path>, takes_any: bool) -> Value {
    let milliseconds = |limit: Duration| limit.as_millis() as u64;
    let mut wanted = json!({ "timeouts": { "pageLoad": milliseconds(LOAD), "script": milliseconds(ANSWER) } });
    if takes_any {
        wanted["acceptInsecureCerts"] = true.into();
    }
    let (key, mut options) = options(found, folder);
    let first = match &found.place {
        Place::Here { browser, .. } => {
            options["binary"] = json!(browser.path);
            wanted[key] = options;
            // A driver of this machine has one browser, which is named already.
            vec![json!({})]
        }
        Place::There(_) => {
            // Elsewhere its engine's browser may be one that knows no such options.
            if found.engine != Engine::Webkit {
                wanted[key] = options;
            }
            found.engine.browser_names().iter().map(|name| json!({ "browserName": name })).collect()
        }
    };
    json!({ "capabilities": { "alwaysMatch": wanted, "firstMatch": first } })
}

/// The options of an engine's own, and what they are called.
fn options(found: &Found, folder: Option<&Path>) -> (&'static str, Value) {
    let mut args: Vec<String> = Vec::new();
    let key = match found.engine {
        Engine::Chromium => {
            args.extend(CHROMIUM.iter().map(|arg| (*arg).to_owned()));
            if !found.headed {
                args.extend(["--headless".to_owned(), "--disable-gpu".to_owned()]);
            }
            if found.place.is_here() && is_root() {
                args.push("--no-sandbox".to_owned());
            }
            args.extend(folder.map(|folder| format!("--user-data-dir={}", folder.join("profile").display())));
            "goog:chromeOptions"
        }
        Engine::Firefox => {
            args.extend((!found.headed).then(|| "-headless".to_owned()));
            "moz:firefoxOptions"
        }
        Engine::Webkit => {
            args.push("--automation".to_owned());
            "webkitgtk:browserOptions"
        }
    };
    (key, json!({ "args": args }))
}
