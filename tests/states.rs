//! Each state of the page, as axe, narrow windows and very wide ones see it.

use parlab_shared::report::fixture::ReportBuilder;
use parlab_shared::strategy::Platform;
use serde_json::json;

use crate::support::axe;
use crate::support::browser::Browser;
use crate::support::proxy;
use crate::support::server::Server;

/// A plan of minutes, of which runs are over soon.
const LONG: &str = "run=sleep&strategy=async&workers=2&tasks=2&size=100&runs=500&warmup=0";
/// A plan with results of all kinds, and several rows.
const WHOLE: &str = "run=cpu-heavy&scale=smoke&strategy=sequential,threads&workers=1,2&runs=6";
/// One that is over soon.
const SHORT: &str = "run=sum&scale=smoke&strategy=sequential&tasks=4&runs=2&warmup=0";

/// A page that is brought into one state after another, and what was found so far.
struct States {
    browser: Browser,
    server: Server,
    looked: usize,
    found: String,
}

#[tokio::test]
async fn axe_finds_nothing_in_any_state_and_nothing_is_wider_than_the_window() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::alone(folder.path());
    let browser = Browser::open(server.url()).await;
    browser.ready().await;
    let mut states = States { browser, server, looked: 0, found: String::new() };
    states.before_anything_is_measured().await;
    states.an_experiment().await;
    states.results().await;
    states.history(folder.path()).await;
    states.comparison(folder.path()).await;
    states.learning().await;
    states.two_tabs().await;
    states.beside_native().await;
    states.where_something_is_missing().await;
    assert!(states.found.is_empty(), "{} states:\n{}", states.looked, states.found);
}

impl States {
    /// Looks at the state in which the page is: wide and narrow, light and dark.
    async fn look(&mut self, state: &str) {
        self.looked += 1;
        for (width, schemes) in [(2560, &[][..]), (1280, &["light", "dark"]), (320, &["light", "dark"])] {
            let size = json!({ "width": width, "height": 1000, "deviceScaleFactor": 1, "mobile": false });
            self.browser.command("Emulation.setDeviceMetricsOverride", size).await;
            // What is drawn for a width is drawn anew.
            let frames = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(0))))";
            self.browser.resolve::<u32>(frames).await;
            self.settled().await;
            let scroll: u32 = self.browser.get("document.documentElement.scrollWidth").await;
            if scroll > width {
                self.found += &format!("{state}, {width} pixels wide: the page is {scroll} pixels wide\n");
            }
            for scheme in schemes {
                // Colours that are just changing would be found too faint.
                let features = json!([
                    { "name": "prefers-color-scheme", "value": scheme },
                    { "name": "prefers-reduced-motion", "value": "reduce" },
                ]);
                self.browser.command("Emulation.setEmulatedMedia", json!({ "features": features })).await;
                let found = axe::found(self.browser.client()).await;
                if !found.is_empty() {
                    self.found += &format!("{state}, {width} pixels wide, {scheme}:{found}\n");
                }
            }
        }
        let size = json!({ "width": 1280, "height": 1000, "deviceScaleFactor": 1, "mobile": false });
        self.browser.command("Emulation.setDeviceMetricsOverride", size).await;
        self.settled().await;
    }

    /// Waits until nothing is being read or drawn.
    async fn settled(&self) {
        let busy =
            "[...document.querySelectorAll('main .hint[role=status]')].some((hint) => hint.innerText.endsWith('…'))";
        self.browser.until(&format!("!{busy}")).await;
    }

    async fn goto(&self, path: &str) {
        self.browser.goto(&self.server.at(path)).await;
    }

    async fn until(&self, condition: &str) {
        self.browser.until(condition).await;
    }

    async fn script(&self, script: &str) {
        self.browser.get::<u32>(&format!("({script}, 0)")).await;
    }

    /// Unfolds all that can be.
    async fn unfold(&self) {
        self.script("document.querySelectorAll('main details:not([open]) > summary').forEach((all) => all.click())")
            .await;
        self.browser.resolve::<u32>("new Promise((done) => setTimeout(() => done(0), 200))").await;
        self.settled().await;
    }

    async fn run(&self, parameters: &str) {
        self.goto(&format!("/?{parameters}&autorun=1")).await;
        self.until("document.querySelector('#live')?.dataset.state === 'over'").await;
        self.until("document.querySelector('#results table')").await;
    }

    async fn before_anything_is_measured(&mut self) {
        self.until("document.querySelector('button[data-run=sum]')").await;
        self.look("the gallery").await;
        self.goto("/?view=history").await;
        self.until("document.querySelector('#history')").await;
        self.look("an empty history").await;
        self.goto("/?view=compare").await;
        self.until("document.querySelector('#compare')").await;
        self.look("an empty comparison").await;
        self.goto("/?view=learn").await;
        self.until("document.querySelectorAll('.lesson button[type=submit]:enabled').length === 3").await;
        self.look("lessons, before anything is expected").await;
        self.goto("/?view=machine").await;
        self.until("document.querySelector('#environment')?.innerText.includes('computed')").await;
        self.look("about this machine").await;
        self.goto("/?view=nowhere").await;
        self.until("document.querySelector('#errors')?.innerText.includes('nowhere')").await;
        self.look("an address that leads nowhere").await;
    }

    async fn an_experiment(&mut self) {
        self.goto(&format!("/?{WHOLE}")).await;
        self.until("document.querySelector('#plan') && document.querySelector('#run:not(:disabled)')").await;
        self.look("an experiment").await;
        self.unfold().await;
        self.look("an experiment, all unfolded").await;
        self.browser.click(".explained .term").await;
        self.until("document.querySelector('.meaning:popover-open')").await;
        self.look("a word that is explained").await;
        for (query, place) in [("run=sum&workers=0&runs=x", "#workers-problem"), ("run=sum&wokers=2", "#problems")] {
            self.goto(&format!("/?{query}")).await;
            self.until(&format!("document.querySelector('{place}')?.innerText")).await;
            self.look(&format!("an experiment with {place}")).await;
        }
        self.goto(&format!("/?{LONG}&autorun=1")).await;
        self.until("document.querySelector('#live progress')?.value >= 1").await;
        self.look("while something is measured").await;
        self.browser.click(".views a[href='?view=compare']").await;
        self.until("document.querySelector('#going-on') && document.querySelector('#compare')").await;
        self.look("elsewhere, while something is measured").await;
        self.browser.click("#going-on").await;
        self.browser.click("#pause").await;
        self.look("while nothing is drawn").await;
        self.browser.click("#cancel").await;
        self.until("document.querySelector('#live').dataset.state === 'over' && document.querySelector('#results')")
            .await;
        self.look("after something was stopped").await;
    }

    async fn results(&mut self) {
        self.run(WHOLE).await;
        self.until("document.querySelector('#results figure[data-chart] svg')").await;
        self.look("results").await;
        self.unfold().await;
        self.until("document.querySelector('.look-plot')").await;
        self.look("results, all unfolded").await;
        for plot in [".look-plot", ".plot"] {
            self.browser.type_into(plot, "\u{e014}").await;
            self.until(&format!("document.activeElement.matches('{plot}')")).await;
            self.look(&format!("results with the focus in {plot}")).await;
        }
        let clipboard = "Object.defineProperty(navigator, 'clipboard', { value: { writeText: async (text) => { window.copied = text; } } })";
        self.script(clipboard).await;
        self.browser.click("#report-link").await;
        self.until("window.copied && document.querySelector('#results').innerText.includes('The link is copied')")
            .await;
        self.look("a link that is copied").await;
        let link: String = self.browser.get("window.copied").await;
        // Another address first: only the fragment would differ.
        self.goto("/?view=machine").await;
        self.browser.goto(&link).await;
        self.until("document.querySelector('#compare')?.innerText.includes('(from a link)')").await;
        self.unfold().await;
        self.until("document.querySelector('#compare figure svg')").await;
        self.look("a report from a link").await;
        self.goto("/?view=machine").await;
        self.goto("/#report=1.AAAA").await;
        self.until("document.querySelector('#errors')?.innerText.includes('The link holds no report')").await;
        self.look("a damaged link").await;
    }

    async fn history(&mut self, folder: &std::path::Path) {
        self.run(SHORT).await;
        self.run(SHORT).await;
        self.goto("/?view=history").await;
        self.until("document.querySelectorAll('#history li.kept').length === 4").await;
        self.look("the history").await;
        self.browser.click("#history li.kept [data-action=rename]").await;
        self.until("document.activeElement.matches('.kept-name input')").await;
        self.look("the history, while a report gets a name").await;
        self.browser
            .type_into(".kept-name input", &format!("{}\u{e007}", "a-long-name-without-spaces".repeat(7)))
            .await;
        self.until("!document.querySelector('.kept-name')").await;
        self.browser.click(".switch").await;
        self.until("document.querySelector('#history figure svg')").await;
        self.unfold().await;
        self.look("the history with a trend").await;
        self.browser.type_into("#import", &file(folder, "damaged.json", "{}")).await;
        self.until("document.querySelector('#errors')?.innerText.includes('damaged.json')").await;
        self.look("the history, with a file that is refused").await;
        self.browser.click("#history li.kept [data-action=delete]").await;
        self.until("document.querySelector('#confirm')").await;
        self.look("the history, before something is deleted").await;
        self.browser.type_into("#confirm", "\u{e00c}").await;
        self.until("!document.querySelector('#confirm')").await;
        self.goto("/?view=history").await;
        self.browser.click("#history li.kept [data-action=open]").await;
        self.until("document.querySelector('#results table')").await;
        self.look("a report of the history").await;
    }

    async fn comparison(&mut self, folder: &std::path::Path) {
        self.goto("/?view=history").await;
        self.until("document.querySelectorAll('#history li.kept').length === 4").await;
        self.script(
            "[...document.querySelectorAll('#history li.kept input')].slice(0, 2).forEach((input) => input.click())",
        )
        .await;
        self.until("document.querySelector('#compare-chosen:not(:disabled)')").await;
        self.look("the history with chosen reports").await;
        self.browser.click("#compare-chosen").await;
        self.until("document.querySelector('#compare table[data-table=comparison] tbody tr')").await;
        self.until("document.querySelector('#compare figure svg')").await;
        self.unfold().await;
        self.look("two reports side by side").await;
        let other =
            serde_json::to_string(&ReportBuilder::of("count").platform(Platform::Native).build()).expect("written");
        self.browser.type_into("#file", &file(folder, &format!("{}.json", "long-name-".repeat(18)), &other)).await;
        self.until("document.querySelectorAll('#compare article').length === 3").await;
        self.unfold().await;
        self.look("reports that have nothing in common").await;
        self.browser.type_into("#file", &file(folder, "damaged.json", "{}")).await;
        self.until("document.querySelector('#drop-problems')?.innerText.includes('damaged.json')").await;
        self.look("a comparison, with a file that is refused").await;
    }

    async fn learning(&mut self) {
        self.goto("/?view=learn").await;
        let run = "#lesson-post button[type=submit]:enabled";
        self.until(&format!("document.querySelector('{run}')")).await;
        self.browser.click("#expected-post-0").await;
        self.browser.click(run).await;
        self.until("document.querySelector('#lesson-post #live progress')").await;
        self.browser.click("#lesson-post #pause").await;
        self.look("a lesson, while it is measured").await;
        self.until("document.querySelector('#lesson-post .told')").await;
        self.unfold().await;
        self.look("a lesson, when it is told").await;
    }

    async fn two_tabs(&mut self) {
        self.goto(&format!("/?{LONG}&autorun=1")).await;
        self.until("document.querySelector('#live progress')?.value >= 1").await;
        let client = self.browser.client().clone();
        let first = client.window().await.expect("a window");
        let second = client.new_window(true).await.expect("another tab").handle;
        client.switch_to_window(second).await.expect("it is there");
        self.goto(&format!("/?{SHORT}&autorun=1")).await;
        self.until("document.querySelector('#notices')?.innerText.includes('Another tab of this browser measures')")
            .await;
        self.look("while another tab measures").await;
        client.close_window().await.expect("it closes");
        client.switch_to_window(first).await.expect("it is there");
        self.browser.click("#cancel").await;
        self.until("document.querySelector('#live').dataset.state === 'over'").await;
    }

    async fn beside_native(&mut self) {
        let token = self.server.token().to_owned();
        self.goto(&format!("/?{LONG}&token={token}")).await;
        self.browser.click("#run-natively:not(:disabled)").await;
        self.until("document.querySelector('#live progress')?.value >= 1").await;
        self.look("while the server measures, too").await;
        self.browser.click("#cancel").await;
        self.until("document.querySelector('#live').dataset.state === 'over'").await;
        self.goto(&format!("/?{WHOLE}")).await;
        self.browser.click("#run-natively:not(:disabled)").await;
        self.until("document.querySelector('#live').dataset.state === 'over'").await;
        self.until("document.querySelector('#results figure[data-chart] svg')").await;
        self.look("results beside native ones").await;
        self.unfold().await;
        self.look("results beside native ones, all unfolded").await;
    }

    async fn where_something_is_missing(&mut self) {
        let blocked = proxy::without_storage(&self.server, "/blocked/");
        self.browser.goto(&format!("{blocked}?{SHORT}&autorun=1")).await;
        self.until("document.querySelector('#live')?.innerText.includes('It is not kept in the history')").await;
        self.look("results that cannot be kept").await;
        self.browser.click(".views a[href='?view=history']").await;
        self.until("document.querySelector('main').innerText.includes('The history cannot be shown')").await;
        self.look("a history that is blocked").await;
        let alone = Server::start(&["--no-isolation"]);
        self.browser.goto(alone.url()).await;
        self.until("document.querySelector('#unshared') && document.querySelector('#gallery')").await;
        self.look("a page without shared memory").await;
    }
}

/// A file with a text, and where it is.
fn file(folder: &std::path::Path, name: &str, text: &str) -> String {
    let file = folder.join(name);
    std::fs::write(&file, text).expect("a file");
    file.to_str().expect("a path").to_owned()
}
