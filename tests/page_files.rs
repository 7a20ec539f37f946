//! What the page loads, from where, and that it has it then, in a real browser; what it says in the console; what axe
//! finds of who uses it otherwise than by sight and mouse.

use std::time::Duration;

use parlab_shared::report::Report;
use serde_json::json;
use tokio::time::{sleep, timeout};

use crate::support::axe;
use crate::support::browser::Browser;
use crate::support::server::Server;

/// Whether everything that workers load has come, as an expression.
const KEPT: &str = "(async () => {
    const folder = new URL('.', document.querySelector('script[type=module]').src);
    const names = await (await fetch(new URL('workers.json', folder))).json();
    const loaded = performance.getEntriesByType('resource').filter((entry) => entry.responseEnd > 0).map((entry) => entry.name);
    const other = crossOriginIsolated ? 'lab-plain/' : 'lab/';
    return names.every((name) => name.startsWith(other) || loaded.includes(new URL(name, folder).href));
})()";

async fn kept(browser: &Browser) {
    browser.ready().await;
    let loaded = async {
        while !browser.resolve::<bool>(KEPT).await {
            sleep(STEP).await;
        }
    };
    in_time(loaded, "everything that workers load has come").await;
}

/// Waits for something, but not for ever.
async fn in_time(wanted: impl Future<Output = ()>, what: &str) {
    timeout(Duration::from_secs(60), wanted).await.expect(what);
}

/// How often it is looked.
const STEP: Duration = Duration::from_millis(50);

#[track_caller]
fn check_clean(report: &Report, runs: usize) {
    assert_eq!((report.runs.len(), report.failed()), (runs, 0), "{:?}", report.runs);
}

#[tokio::test]
async fn computing_needs_no_server_once_the_page_is_there() {
    let server = Server::start(&[]);
    let browser = Browser::open(server.url()).await;
    kept(&browser).await;
    drop(server);
    let options = json!({
        "run": "cpu-heavy", "scale": "smoke", "strategy": "sequential,async,threads,processes", "workers": 2, "runs": 2,
        "warmup": 0,
    });
    // Plan after plan, each with workers of its own.
    for _ in 0..2 {
        check_clean(&browser.run(options.clone()).await.expect("a report"), 8);
    }
}

#[tokio::test]
async fn what_needs_a_server_that_is_gone_ends_with_that_reason() {
    let server = Server::start(&[]);
    let browser = Browser::open(server.url()).await;
    kept(&browser).await;
    let options = "{run: 'post', scale: 'smoke', strategy: 'async', workers: 4, runs: 1000, warmup: 0}";
    browser.get::<u32>("(parlab.on('progress', ({ run }) => window.run = run), 0)").await;
    let start = format!("(parlab.run({options}).then(() => 0, (error) => window.ended = error), 0)");
    browser.get::<u32>(&start).await;
    browser.until("window.run > 2").await;
    drop(server);
    browser.until("window.ended").await;
    assert!(browser.get::<String>("ended.message").await.starts_with("The server that the tasks ask does not answer"));
    let live = browser.text("#live").await;
    assert!(live.contains("Stopped.") && live.contains("does not answer"), "{live}");
    // What was measured before is there.
    let good = "ended.report.runs.filter((run) => run.spans.every((span) => !span.error)).length";
    assert!(browser.get::<u32>(good).await > 2);
    browser.until("document.querySelector('#results table')").await;
}

#[tokio::test]
async fn computing_needs_no_server_without_isolation_either() {
    let server = Server::start(&["--no-isolation"]);
    let browser = Browser::open(server.url()).await;
    kept(&browser).await;
    drop(server);
    let options = json!({
        "run": "cpu-heavy", "scale": "smoke", "strategy": "sequential,processes", "workers": 2, "runs": 1, "warmup": 0,
    });
    check_clean(&browser.run(options).await.expect("a report"), 2);
}

/// So much may be transferred before the page can be used, in bytes.
const FIRST_BYTES_MAX: u64 = 150_000;

#[tokio::test]
async fn the_gallery_comes_with_150_kb_and_what_could_not_be_loaded_after_it_is_loaded_again_when_it_is_asked_for() {
    let server = Server::start(&[]);
    let browser = Browser::open("about:blank").await;
    browser.command("Network.enable", json!({})).await;
    let block = async |urls: &[&str]| browser.command("Network.setBlockedURLs", json!({ "urls": urls })).await;
    block(&["*split_rest.wasm"]).await;
    browser.goto(server.url()).await;
    browser.until("document.querySelector('.card a') && document.querySelector('#again')").await;
    let transferred = "performance.getEntries().reduce((sum, entry) => sum + (entry.encodedBodySize ?? 0), 0)";
    let bytes: u64 = browser.get(transferred).await;
    assert!((50_000..=FIRST_BYTES_MAX).contains(&bytes), "{bytes} bytes");
    browser.click("[data-choose=sum] a").await;
    browser.until("location.search.includes('run=sum')").await;
    let errors = browser.text("#errors").await;
    assert!(errors.contains("The rest of the page could not be loaded"), "{errors}");
    block(&[]).await;
    browser.click("#again").await;
    browser.ready().await;
    browser.until("document.querySelector('#plan')").await;
    assert_eq!(browser.text("#errors").await, "");
}

/// What is transferred before the page answers, and of the lab, which the first run needs, in bytes.
const PAGE_AND_LAB_BYTES_MAX: u64 = 450_000;

#[tokio::test]
async fn page_and_lab_come_with_450_kb() {
    let server = Server::start(&[]);
    let browser = Browser::open(server.url()).await;
    kept(&browser).await;
    // Not the rest of the page, nor the analyst: they are loaded when the page answers.
    let transferred = "(() => {
        const bytes = (entries) => entries.reduce((sum, { encodedBodySize }) => sum + (encodedBodySize ?? 0), 0);
        const files = performance.getEntriesByType('resource');
        const lab = files.filter(({ name }) => name.includes('/lab/'));
        const before = files.filter(({ name }) => !/\\/(lab|lab-plain|analyst)\\/|worker\\.js|workers\\.json|split_/.test(name));
        return [bytes(performance.getEntriesByType('navigation')) + bytes(before), bytes(lab)];
    })()";
    let [page, lab]: [u64; 2] = browser.get(transferred).await;
    assert!(page > 50_000 && lab > 100_000 && page + lab <= PAGE_AND_LAB_BYTES_MAX, "{page} and {lab} bytes");
}

#[tokio::test]
async fn a_second_visit_transfers_next_to_nothing() {
    let server = Server::start(&[]);
    let browser = Browser::open(server.url()).await;
    let transferred = "performance.getEntries().reduce((sum, entry) => sum + (entry.transferSize ?? 0), 0)";
    kept(&browser).await;
    let first: u64 = browser.get(transferred).await;
    browser.goto(server.url()).await;
    kept(&browser).await;
    let second: u64 = browser.get(transferred).await;
    assert!(first > 100_000 && second < 2_000, "{first} bytes at first, then {second}");
}

#[tokio::test]
async fn nothing_is_asked_of_other_origins_and_nothing_is_said_in_the_console() {
    let server = Server::start(&[]);
    let browser = Browser::open_watched(server.url()).await;
    kept(&browser).await;
    for name in ["cpu-heavy", "mixed"] {
        let options = json!({
            "run": name, "scale": "smoke", "strategy": "sequential,async,threads,processes", "workers": 2, "runs": 1,
            "warmup": 0,
        });
        check_clean(&browser.run(options).await.expect("a report"), 4);
    }

    let said = browser.log("browser").await;
    assert_eq!(said, [] as [serde_json::Value; 0]);
    // What a worker says would have been heard.
    let worker =
        "void new Worker(new URL('worker.js', document.querySelector('script[type=module]').src), { type: 'module' })
        .postMessage([null, undefined, './1234.js'])";
    browser.get::<Option<String>>(worker).await;
    let heard = async {
        while browser.log("browser").await.iter().all(|entry| !entry["message"].to_string().contains("1234")) {
            sleep(STEP).await;
        }
    };
    in_time(heard, "the console hears what a worker says").await;
    let mut asked = Vec::new();
    for entry in browser.log("performance").await {
        let event: serde_json::Value =
            serde_json::from_str(entry["message"].as_str().expect("an event as text")).expect("JSON");
        let url = &event["message"]["params"]["request"]["url"];
        asked.extend(url.as_str().map(str::to_owned));
    }
    assert!(asked.iter().any(|url| url.ends_with("/page_bg.wasm")), "{asked:?}");
    // The browser's own first page, and what the page makes itself, have other schemes.
    let is_elsewhere = |url: &&String| url.starts_with("http") && !url.starts_with(server.url());
    let elsewhere: Vec<_> = asked.iter().filter(is_elsewhere).collect();
    assert_eq!(elsewhere, [] as [&String; 0]);
}

#[tokio::test]
async fn axe_finds_nothing_on_the_page_at_first_and_with_results() {
    let server = Server::start(&[]);
    let browser = Browser::open(server.url()).await;
    browser.ready().await;
    axe::check(browser.client(), "at first").await;
    let options = json!({"run": "sum", "scale": "smoke", "runs": 1, "warmup": 0});
    browser.run(options).await.expect("a report");
    axe::check(browser.client(), "with results").await;
}
