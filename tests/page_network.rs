//! Work that waits, on the page in a real browser: the native results, the target's faults, files that go away.

use parlab_shared::task::ErrorKind;
use serde_json::json;

use crate::page::check_same_results;
use crate::support::browser::Browser;
use crate::support::parlab::report;
use crate::support::server::Server;

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
    let script = "(async () => { let names = []; for await (const [name, folder] of
        await navigator.storage.getDirectory()) for await (const file of folder.keys?.() ?? []) names.push(name + '/' + file);
        window.left = names; })() && 0";
    browser.get::<u32>(&format!("({script}, 0)")).await;
    browser.until("window.left").await;
    assert_eq!(browser.get::<Vec<String>>("window.left").await, [] as [&str; 0]);
}

#[tokio::test]
async fn the_targets_faults_are_failed_tasks_with_a_kind() {
    let server = Server::start(&[]);
    let browser = Browser::open(server.url()).await;
    browser.ready().await;
    for (fail, expected) in [
        ("status:0.5", ErrorKind::Status),
        ("cut:0.5", ErrorKind::Body),
        ("garbage:0.5", ErrorKind::Network),
        ("redirect:0.5", ErrorKind::Network),
        ("stall:0.5", ErrorKind::Timeout),
    ] {
        let options = json!({
            "run": "urls", "scale": "smoke", "strategy": "async,threads,processes", "workers": 3, "tasks": 8, "runs": 1,
            "warmup": 0, "fail": fail, "timeout": 1,
        });
        let report = browser.run(options).await.expect("a report");
        for run in &report.runs {
            let errors: Vec<_> = run.spans.iter().filter_map(|span| span.error.as_ref()).collect();
            assert_eq!(run.spans.len(), 8, "{fail}, {}", run.strategy);
            assert!(!errors.is_empty() && errors.len() < 8, "{fail}, {}: {errors:?}", run.strategy);
            assert!(errors.iter().all(|error| error.kind == expected), "{fail}, {}: {errors:?}", run.strategy);
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
