//! Work that waits, on the page in a real browser: the native results, the target's faults, files that go away.

use parlab_shared::span::ErrorKind;
use serde_json::json;

use crate::page::check_same_results;
use crate::support::browser::Browser;
use crate::support::parlab::report;
use crate::support::proxy::proxy;
use crate::support::server::Server;
use crate::support::site::{Answer, Site};

#[tokio::test]
async fn work_that_waits_gives_the_native_results() {
    let server = Server::start(&[]);
    let browser = Browser::open(server.url()).await;
    browser.ready().await;
    for name in ["post", "urls", "sites", "images", "mixed", "io-heavy", "square", "crawl"] {
        let tasks = match name {
            "crawl" => 40,
            "images" => 3,
            _ => 8,
        };
        for (strategies, dispatch) in
            [("sequential,async,threads,processes", "pool"), ("threads,processes", "per-task")]
        {
            let options = json!({
                "run": name, "scale": "smoke", "strategy": strategies, "workers": 3, "tasks": tasks, "dispatch": dispatch,
                "runs": 1, "warmup": 0,
            });
            let in_browser = browser.run(options).await.expect("a report");
            let native = report(&[
                name,
                "--scale",
                "smoke",
                "-s",
                strategies,
                "-w",
                "3",
                "-n",
                &tasks.to_string(),
                "--dispatch",
                dispatch,
                "--runs",
                "1",
                "--warmup",
                "0",
            ]);
            check_same_results(&in_browser, &native);
        }
    }
    // Nothing is left in the origin's own file system.
    assert_eq!(browser.files().await, [] as [&str; 0]);
}

#[tokio::test]
async fn a_full_quota_fails_the_tasks_that_no_longer_fit() {
    let server = Server::start(&[]);
    let browser = Browser::open(server.url()).await;
    browser.ready().await;
    let origin = server.url().trim_end_matches('/');
    browser.command("Storage.overrideQuotaForOrigin", json!({"origin": origin, "quotaSize": 8_000_000})).await;
    let run = async || {
        let options = json!({
            "run": "write", "scale": "smoke", "strategy": "sequential,async,threads,processes", "workers": 2, "tasks": 16,
            "size": 1_000_000, "runs": 1, "warmup": 0,
        });
        browser.run(options).await.expect("a report")
    };
    let full = run().await;
    assert_eq!(full.runs.len(), 4);
    for run in &full.runs {
        let errors: Vec<_> = run.spans.iter().filter_map(|span| span.error.as_ref()).collect();
        let written: u64 = run.spans.iter().map(|span| span.bytes).sum();
        assert_eq!(run.spans.len(), 16, "{}", run.row.strategy);
        assert!(errors.len() >= 8 && errors.len() < 16, "{}: {} failed, {errors:?}", run.row.strategy, errors.len());
        assert!(errors.iter().all(|error| error.kind == ErrorKind::DiskFull), "{}: {errors:?}", run.row.strategy);
        assert_eq!(written, (16 - errors.len() as u64) * 1_000_000, "{}", run.row.strategy);
    }
    assert_eq!(browser.files().await, [] as [&str; 0]);
    // Without a size the browser's own quota is back.
    browser.command("Storage.overrideQuotaForOrigin", json!({"origin": origin})).await;
    assert!(run().await.runs.iter().all(|run| run.spans.iter().all(|span| span.error.is_none())));
    assert_eq!(browser.files().await, [] as [&str; 0]);
}

#[tokio::test]
async fn files_of_a_page_that_went_away_go_at_the_next_visit() {
    let server = Server::start(&[]);
    let browser = Browser::open(server.url()).await;
    browser.ready().await;
    let start = "(parlab.on('progress', (now) => { window.seen = now; }),
        parlab.run({ run: 'write', tasks: 60, size: 5000000, runs: 50, warmup: 0, strategy: 'threads', workers: 2 }), 0)";
    browser.get::<u32>(start).await;
    browser.until("window.seen?.finished >= 2 && window.seen.finished < 30").await;
    // A page of the same origin that is no page of parlab's sees what is left.
    browser.goto(&server.at("/target/stats")).await;
    let left = browser.files().await;
    assert!(!left.is_empty(), "whoever is stopped in the middle leaves its files");
    browser.goto(server.url()).await;
    browser.ready().await;
    browser.goto(&server.at("/?run=write&tasks=1&size=1000&runs=1&warmup=0&strategy=sequential&autorun=1")).await;
    browser.until("document.querySelector('#live')?.dataset.state === 'over'").await;
    assert_eq!(browser.files().await, [] as [&str; 0]);
}

#[tokio::test]
async fn all_data_of_the_page_can_be_removed_files_of_runs_too() {
    let server = Server::start(&[]);
    let browser = Browser::open(server.url()).await;
    browser.ready().await;
    let options = json!({ "run": "sum", "tasks": 1, "size": 10, "runs": 1, "warmup": 0, "strategy": "sequential" });
    browser.run(options).await.expect("a report");
    browser.click("a[href*='view=history']").await;
    browser.until("document.querySelector('#history li.kept')").await;
    // As a page leaves it that crashed meanwhile.
    let leave = "navigator.storage.getDirectory()
        .then((root) => root.getDirectoryHandle('parlab-00000000-1', { create: true }))
        .then((folder) => folder.getFileHandle('0', { create: true })).then(() => true)";
    assert!(browser.resolve::<bool>(leave).await);
    assert_eq!(browser.files().await, ["parlab-00000000-1/0"]);
    browser.click("#clear").await;
    browser.click("#confirm").await;
    browser.until("!document.querySelector('#history li.kept')").await;
    assert_eq!(browser.files().await, [] as [&str; 0]);
}

#[tokio::test]
async fn the_targets_faults_are_failed_tasks_with_a_kind() {
    let server = Server::start(&[]);
    let browser = Browser::open(server.url()).await;
    browser.ready().await;
    check_faults(&browser, "async,threads,processes", 1).await;
}

/// Has a browser send requests that fail on purpose: some of each kind do, and as errors of these kinds.
pub async fn check_faults(browser: &Browser, strategies: &str, timeout_s: u32) {
    for (fail, expected) in [
        ("status:0.5", ErrorKind::Status),
        ("cut:0.5", ErrorKind::Body),
        ("garbage:0.5", ErrorKind::Network),
        ("redirect:0.5", ErrorKind::Network),
        ("stall:0.5", ErrorKind::Timeout),
    ] {
        let options = json!({
            "run": "urls", "scale": "smoke", "strategy": strategies, "workers": 3, "tasks": 8, "runs": 1, "warmup": 0,
            "fail": fail, "timeout": timeout_s,
        });
        let report = browser.run(options).await.expect("a report");
        for run in &report.runs {
            let errors: Vec<_> = run.spans.iter().filter_map(|span| span.error.as_ref()).collect();
            assert_eq!(run.spans.len(), 8, "{fail}, {}", run.row.strategy);
            assert!(!errors.is_empty() && errors.len() < 8, "{fail}, {}: {errors:?}", run.row.strategy);
            assert!(errors.iter().all(|error| error.kind == expected), "{fail}, {}: {errors:?}", run.row.strategy);
        }
    }
}

#[tokio::test]
async fn a_server_that_does_not_allow_other_origins_is_an_error_that_says_so() {
    let server = Server::start(&[]);
    // The page's own server allows nobody else's pages.
    let other = Server::start(&[]);
    let browser = Browser::open(server.url()).await;
    browser.ready().await;
    let options =
        json!({"run": "post", "scale": "smoke", "strategy": "async", "tasks": 2, "runs": 1, "target": other.url()});
    let report = browser.run(options).await.expect("a report");
    let error = report.runs[0].spans[0].error.as_ref().expect("refused");
    assert_eq!(error.kind, ErrorKind::Network);
    assert!(error.message.contains("CORS"), "{}", error.message);
}

#[tokio::test]
async fn a_page_below_a_proxys_path_gives_the_native_results() {
    let server = Server::start(&[]);
    let browser = Browser::open(&proxy(&server, "/user/me/proxy/8017/")).await;
    browser.ready().await;
    let strategies = "sequential,async,threads,processes";
    for (name, tasks) in [("post", 6), ("crawl", 12)] {
        let options = json!({
            "run": name, "scale": "smoke", "strategy": strategies, "workers": 2, "tasks": tasks, "runs": 1, "warmup": 0,
        });
        let in_browser = browser.run(options).await.expect("a report");
        let tasks = tasks.to_string();
        let row = ["-s", strategies, "-w", "2", "-n", &tasks, "--runs", "1", "--warmup", "0"];
        check_same_results(&in_browser, &report(&[&[name, "--scale", "smoke"], &row[..]].concat()));
    }
}

/// Fetches a page of another origin, and crawls from there; returns what went wrong with the first task of each row, and what
/// the server was asked for.
async fn ask_another_origin(answer: Answer) -> (Vec<Option<(ErrorKind, String)>>, Vec<String>) {
    let server = Server::start(&[]);
    let site = Site::start(answer);
    let browser = Browser::open(server.url()).await;
    browser.ready().await;
    let mut errors = Vec::new();
    for name in ["urls", "crawl"] {
        let options = json!({
            "run": name, "strategy": "async,threads,processes", "workers": 2, "tasks": 4, "runs": 1, "warmup": 0,
            "url": site.at("/a/"),
        });
        let report = browser.run(options).await.expect("a report");
        assert_eq!(report.runs.len(), 3, "{name}");
        let first = report.runs.iter().map(|run| run.spans[0].error.as_ref());
        errors.extend(first.map(|error| error.map(|error| (error.kind, error.message.clone()))));
        assert!(errors.iter().any(Option::is_some) || report.failed() == 0, "{name}");
    }
    let mut paths: Vec<String> = site.seen().into_iter().map(|seen| seen.path).collect();
    paths.dedup();
    (errors, paths)
}

const PAGES: [(&str, &str); 2] = [("/a/", "<a href='b'>b</a> <a href='?c'>c</a>"), ("/a/b", "<a href='/d'>d</a>")];

fn page(path: &str) -> String {
    PAGES.iter().find(|(known, _)| *known == path).map_or_else(String::new, |(_, page)| (*page).to_owned())
}

#[tokio::test]
async fn another_origin_is_asked_where_its_server_allows_it() {
    let allowed = |path: &str| (200, Some(("Access-Control-Allow-Origin", "*")), page(path));
    let (errors, paths) = ask_another_origin(allowed).await;
    assert_eq!(errors, [None, None, None, None, None, None]);
    // Each of them as a browser resolves it, and each as it is.
    assert_eq!(paths, ["/a/", "/a/?c", "/a/b", "/d"]);
}

#[tokio::test]
async fn where_another_origin_does_not_allow_it_the_error_names_the_cause() {
    let (errors, paths) = ask_another_origin(|path| (200, None, page(path))).await;
    assert_eq!(errors.len(), 6);
    for error in errors {
        let (kind, message) = error.expect("refused");
        assert!(kind == ErrorKind::Network && message.contains("CORS"), "{kind}: {message}");
    }
    // Nothing that is not read leads anywhere.
    assert_eq!(paths, ["/a/"]);
}
