//! Each flow of the page, in Chromium, Firefox and WebKitGTK: one walk through all of them in each.

use std::fmt::Debug;
use std::path::Path;
use std::time::{Duration, Instant};

use parlab_shared::report::fixture::ReportBuilder;
use parlab_shared::strategy::Platform;

use crate::support::browser::Browser;
use crate::support::driver::Engine;
use crate::support::proxy;
use crate::support::server::Server;

#[tokio::test]
async fn every_flow_of_the_page_works_in_chromium() {
    walk(Engine::Chromium).await;
}

#[tokio::test]
async fn every_flow_of_the_page_works_in_firefox() {
    walk(Engine::Firefox).await;
}

#[tokio::test]
async fn every_flow_of_the_page_works_in_webkit() {
    walk(Engine::Webkit).await;
}

/// A plan that is over soon.
const SHORT: &str = "run=sum&scale=smoke&strategy=sequential&tasks=4&runs=2&warmup=0";
/// A plan of minutes, of which runs are over soon.
const LONG: &str = "run=sleep&strategy=async&workers=2&tasks=2&size=100&runs=500&warmup=0";

/// A page, and what it was served by.
struct Walk {
    engine: Engine,
    browser: Browser,
    server: Server,
    folder: tempfile::TempDir,
}

async fn walk(engine: Engine) {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::alone(folder.path());
    let browser = Browser::open_in(engine, server.url()).await;
    let walk = Walk { engine, browser, server, folder };
    walk.browser.ready().await;
    walk.gallery_to_results_and_back().await;
    walk.leaving_while_something_is_measured().await;
    walk.history().await;
    walk.links().await;
    walk.addresses().await;
    walk.keyboard().await;
    walk.two_tabs().await;
    walk.machine().await;
    walk.beside_native().await;
    walk.without_storage().await;
}

impl Walk {
    async fn goto(&self, path: &str) {
        self.browser.goto(&self.server.at(path)).await;
    }

    /// Waits until what a selector finds shows some words.
    async fn shows(&self, selector: &str, words: impl AsRef<str> + Debug) {
        let (selector, words) = (format!("{selector:?}"), format!("{:?}", words.as_ref()));
        self.browser.until(&format!("document.querySelector({selector})?.innerText.includes({words})")).await;
    }

    async fn count(&self, selector: &str) -> usize {
        self.browser.get(&format!("document.querySelectorAll({selector:?}).length")).await
    }

    /// Nothing is said to be wrong.
    async fn is_well(&self) {
        assert_eq!(self.browser.text("#errors").await, "", "{:?}", self.engine);
    }

    /// Runs what an address sets up, and waits for its end.
    async fn run(&self, parameters: &str) {
        self.goto(&format!("/?{parameters}&autorun=1")).await;
        self.browser.until("document.querySelector('#live')?.dataset.state === 'over'").await;
    }

    async fn gallery_to_results_and_back(&self) {
        let Self { browser, .. } = self;
        browser.click("#gallery-scale-smoke").await;
        browser.click("button[data-run=sum]").await;
        let results = "document.querySelectorAll('#results table[data-table=rows] tbody tr').length === 3";
        browser.until(results).await;
        self.is_well().await;
        browser.get::<u32>("(history.back(), 0)").await;
        browser.until("document.querySelector('#gallery') && !document.querySelector('#results')").await;
        browser.get::<u32>("(history.forward(), 0)").await;
        browser.until(results).await;
        // What was measured last is there at once, of another visit, too.
        self.goto("/?run=sum&scale=smoke").await;
        browser.until(results).await;
        self.goto("/?view=nowhere").await;
        self.shows("#errors", "there is no view \"nowhere\"").await;
    }

    async fn leaving_while_something_is_measured(&self) {
        let browser = &self.browser;
        self.goto(&format!("/?{LONG}")).await;
        browser.click("#run:not(:disabled)").await;
        browser.until("document.querySelector('#live progress')?.value >= 3").await;
        // Elsewhere in the page, it goes on.
        browser.click(".views a[href='?view=machine']").await;
        browser.until("document.querySelector('#environment') && document.querySelector('#going-on')").await;
        browser.click("#going-on").await;
        browser.until("document.querySelector('#live progress')?.value >= 4").await;
        self.is_written_down().await;
        browser.get::<u32>("(window.is_of_before = true, 0)").await;
        // Another page finds what was measured, wherever the browser keeps the one before: WebKit has it wait for whoever
        // goes back, with its workers standing still.
        self.goto("/?view=history").await;
        browser.until("document.querySelectorAll('#history li.kept').length === 2").await;
        self.shows("#history li.kept", "stopped").await;
        // Whoever goes back has a page that can measure.
        browser.get::<u32>("(history.back(), 0)").await;
        browser.until("!window.is_of_before && document.querySelector('#run:not(:disabled)')").await;
        assert_eq!(self.count("#live progress").await, 0, "nothing goes on");
        self.shows("#results", "stopped before its end").await;
        // The same where it is loaded anew in the middle.
        browser.click("#run").await;
        browser.until("document.querySelector('#live progress')?.value >= 3").await;
        self.is_written_down().await;
        browser.client().refresh().await.expect("it is loaded anew");
        browser.click(".views a[href='?view=history']").await;
        browser.until("document.querySelectorAll('#history li.kept').length === 3").await;
        browser.click("#history li.kept [data-action=open]").await;
        self.shows("#results", "stopped before its end").await;
    }

    /// Waits until a piece of what is measured is written down: on a busy machine a browser takes seconds for the first one.
    async fn is_written_down(&self) {
        let pieces = "new Promise((resolve) => {
            const opening = indexedDB.open('parlab');
            opening.onerror = () => resolve(0);
            opening.onsuccess = () => {
                const database = opening.result;
                const reading = database.transaction('pieces');
                const counting = reading.objectStore('pieces').count();
                // WebKit keeps a page aside in the middle of something, which others then wait for.
                reading.oncomplete = () => (database.close(), setTimeout(() => resolve(counting.result), 100));
            };
        })";
        let begun = Instant::now();
        while self.browser.resolve::<u32>(pieces).await == 0 {
            assert!(begun.elapsed() < Duration::from_secs(60), "{:?}: nothing is written down", self.engine);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn history(&self) {
        let browser = &self.browser;
        // The same as from the gallery: a trend takes two reports of the same rows.
        self.run("run=sum&scale=smoke").await;
        self.goto("/?view=history").await;
        let kept = async |reports: usize| {
            browser.until(&format!("document.querySelectorAll('#history li.kept').length === {reports}")).await;
        };
        kept(4).await;
        browser.click("#history li.kept [data-action=rename]").await;
        browser.type_into(".kept-name input", "before the change\u{e007}").await;
        self.shows("#history li.kept strong", "before the change").await;
        browser.click(".switch").await;
        browser.until("document.querySelector('#history figure svg')").await;
        // The two that are of the same experiment.
        let choose =
            "([...document.querySelectorAll('#history li.kept')].filter((kept) => !kept.innerText.includes('sleep'))
            .forEach((kept) => kept.querySelector('input').click()), 0)";
        browser.get::<u32>(choose).await;
        browser.click("#compare-chosen:not(:disabled)").await;
        browser.until("document.querySelector('#compare table[data-table=comparison] tbody tr')").await;
        self.shows("#compare", "before the change").await;
        self.goto("/?view=history").await;
        kept(4).await;
        self.shows("#history li.kept strong", "before the change").await;
        browser.click("#export-all:not(:disabled)").await;
        self.shows("main", "Saved as parlab-history").await;
        let file = write_report(self.folder.path());
        browser.type_into("#import", file.to_str().expect("a path")).await;
        self.shows("main", "1 new, 0 refused.").await;
        kept(5).await;
        browser.click("#history li.kept [data-action=delete]").await;
        self.shows("#confirm-text", "No copy is left in this browser.").await;
        browser.click("#confirm").await;
        kept(4).await;
        self.is_well().await;
    }

    async fn links(&self) {
        let browser = &self.browser;
        self.run(SHORT).await;
        browser.until("document.querySelector('#report-link')").await;
        // A browser that is driven has no clipboard, or asks somebody.
        let clipboard = "(Object.defineProperty(navigator, 'clipboard', { value: {
            writeText: async (text) => { window.copied = text; } } }), 0)";
        browser.get::<u32>(clipboard).await;
        browser.click("#report-link").await;
        browser.until("window.copied").await;
        let link: String = browser.get("window.copied").await;
        assert!(link.starts_with(&self.server.at("/#report=1.")), "{link}");
        // Another address first: only the fragment would differ.
        self.goto("/?view=machine").await;
        browser.goto(&link).await;
        self.shows("#compare", "(from a link)").await;
        browser.click("#compare details.more > summary").await;
        browser.until("document.querySelector('#compare table[data-table=rows] tbody tr')").await;
        self.is_well().await;
        self.goto("/?view=machine").await;
        self.goto("/#report=1.AAAA").await;
        self.shows("#errors", "The link holds no report").await;
    }

    async fn addresses(&self) {
        for (query, place, expected) in [
            ("run=sum&wokers=2", "#problems", "no parameter \"wokers\""),
            ("run=sum&runs=1&runs=2&autorun=1", "#runs-problem", "runs is given twice"),
            ("run=sum&workers=0", "#workers-problem", "workers = 0 cannot be run"),
            ("run=nothing", "#problems", "no experiment or workload \"nothing\""),
        ] {
            self.goto(&format!("/?{query}")).await;
            self.shows(place, expected).await;
            assert_eq!(self.count("#live progress").await, 0, "{query} begins");
        }
        // WebKitGTK gives pages no file system in sessions that are driven: the page says the same as the browser.
        let files = "Promise.resolve(navigator.storage?.getDirectory?.()).then((root) => root ? 'there' : 'none', (error) => error.name)";
        let files: String = self.browser.resolve(files).await;
        self.goto("/?run=write&strategy=async&scale=smoke").await;
        if self.engine == Engine::Webkit {
            assert_ne!(files, "there");
            self.shows("#problems", "cannot run here: it writes files, but this page has no file system").await;
        } else {
            assert_eq!(files, "there");
            self.run("run=write&strategy=async&scale=smoke&runs=1").await;
            self.shows("#status", "Done").await;
            self.is_well().await;
        }
    }

    async fn keyboard(&self) {
        const TAB: &str = "\u{e004}";
        const ENTER: &str = "\u{e007}";
        let (browser, client) = (&self.browser, self.browser.client());
        let press = async |key: &str| {
            client.active_element().await.expect("a focus").send_keys(key).await.expect("a key");
        };
        let go_to = async |selector: &str, most: usize| {
            let is_there = format!("document.activeElement?.matches({selector:?}) ?? false");
            let mut pressed = 0;
            while !browser.get::<bool>(&is_there).await {
                assert!(pressed < most, "{selector} has no focus after {pressed} tabs");
                press(TAB).await;
                pressed += 1;
            }
        };
        self.goto(&format!("/?{SHORT}&seed=7")).await;
        browser.until("document.querySelector('#run:not(:disabled)')").await;
        go_to(".skip", 3).await;
        press(ENTER).await;
        browser.until("document.activeElement.id === 'main' || location.hash === '#main'").await;
        go_to("#run", 40).await;
        press(ENTER).await;
        browser.until("document.querySelector('#live')?.dataset.state === 'over'").await;
        browser.until("document.querySelector('#results table')").await;
        // Whoever pressed it finds it again.
        browser.until("document.activeElement.id === 'run'").await;
        // So does who cancels.
        self.goto(&format!("/?{LONG}")).await;
        browser.until("document.querySelector('#run:not(:disabled)')").await;
        go_to("#run", 40).await;
        press(ENTER).await;
        browser.until("document.activeElement.id === 'cancel'").await;
        press(ENTER).await;
        self.shows("#status", "Stopped").await;
        browser.until("document.activeElement.id === 'run'").await;
    }

    async fn two_tabs(&self) {
        let client = self.browser.client();
        self.goto(&format!("/?{LONG}&autorun=1")).await;
        self.browser.until("document.querySelector('#live progress')?.value >= 1").await;
        let first = client.window().await.expect("a window");
        let second = client.new_window(true).await.expect("another tab").handle;
        client.switch_to_window(second).await.expect("it is there");
        self.goto(&format!("/?{SHORT}&autorun=1")).await;
        self.shows("#notices", "Another tab of this browser measures").await;
        client.switch_to_window(first.clone()).await.expect("it is there");
        self.shows("#notices", "Another tab of this browser waits for this one to be done.").await;
        self.browser.click("#cancel").await;
        self.shows("#status", "Stopped").await;
        client
            .switch_to_window(
                client.windows().await.expect("windows").into_iter().find(|tab| *tab != first).expect("two"),
            )
            .await
            .expect("it is there");
        // Its turn came.
        self.browser.until("document.querySelector('#live')?.dataset.state === 'over'").await;
        client.close_window().await.expect("it closes");
        client.switch_to_window(first).await.expect("it is there");
    }

    async fn machine(&self) {
        self.goto("/?view=machine").await;
        self.shows("#environment", "workers computed").await;
        let name = match self.engine {
            Engine::Chromium => "Blink",
            Engine::Firefox => "Gecko",
            Engine::Webkit => "WebKit",
        };
        self.shows("#environment", name).await;
        self.is_well().await;
    }

    async fn beside_native(&self) {
        let browser = &self.browser;
        self.goto(&format!("/?{SHORT}&token={}", self.server.token())).await;
        browser.until("!location.href.includes('token')").await;
        browser.click("#run-natively:not(:disabled)").await;
        browser.until("document.querySelector('#live')?.dataset.state === 'over'").await;
        assert_eq!(browser.text("#status").await, "Done: 4 runs.", "{:?}", self.engine);
        for name in ["native", self.engine.name()] {
            self.shows("#results", name).await;
        }
        self.is_well().await;
    }

    async fn without_storage(&self) {
        let blocked = proxy::without_storage(&self.server, "/blocked/");
        self.browser.goto(&format!("{blocked}?{SHORT}&autorun=1")).await;
        self.browser.until("document.querySelector('#results table')").await;
        self.shows("#live", "It is not kept in the history").await;
        self.browser.click(".views a[href='?view=history']").await;
        self.shows("main", "The history cannot be shown").await;
    }
}

/// A report of elsewhere, as a file.
fn write_report(folder: &Path) -> std::path::PathBuf {
    let file = folder.join("elsewhere.json");
    let report = ReportBuilder::of("count").platform(Platform::Native).build();
    std::fs::write(&file, serde_json::to_string(&report).expect("written")).expect("a file");
    file
}
