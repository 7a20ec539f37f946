//! HTTP/1.1 against HTTP/2: how many requests are under way at once, natively, in pairs and on the page, and what is said where
//! that cannot be compared.

use parlab_shared::report::{Report, load};
use parlab_shared::run::Run;
use parlab_shared::target::Protocol;
use serde_json::json;

use crate::support::browser::Browser;
use crate::support::driver::Engine;
use crate::support::parlab::{parlab, report, text};
use crate::support::results::{EVERY, ONCE, good_results};
use crate::support::server::Server;

/// How long the target waits before each answer: longer than a busy machine is late.
const LATENCY_MS: f64 = 1000.0;
/// The requests of a run, and the connections that a browser opens for them over HTTP/1.1.
const REQUESTS: usize = 24;
const CONNECTIONS: usize = 6;

/// When the answers of a run came, in their order, in milliseconds since the first request began.
fn answered_ms(run: &Run) -> Vec<f64> {
    assert_eq!(good_results(run).len(), REQUESTS);
    let begun_ms = run.spans.iter().map(|span| span.start_ms).fold(f64::MAX, f64::min);
    let mut ends: Vec<f64> = run.spans.iter().map(|span| span.end_ms - begun_ms).collect();
    ends.sort_by(f64::total_cmp);
    ends
}

/// Whether the last request was under way before the first answer came: whoever waits for a connection is not.
fn all_at_once(run: &Run) -> bool {
    let ends = answered_ms(run);
    ends[REQUESTS - 1] - LATENCY_MS < ends[0]
}

/// The measured runs of a report over a protocol.
fn over(report: &Report, protocol: Protocol) -> Vec<&Run> {
    let is_it = |run: &&Run| run.row.workload.protocol() == Some(protocol);
    let runs: Vec<&Run> = report.runs.iter().filter(is_it).collect();
    assert!(!runs.is_empty(), "{protocol} of {}", report.platform);
    runs
}

/// Checks that a browser has a staircase over HTTP/1.1 and none over HTTP/2, but for WebKitGTK: that has one over both.
#[track_caller]
fn check_staircase(report: &Report) {
    for run in over(report, Protocol::Http2) {
        let ends = answered_ms(run);
        assert!(all_at_once(run) || report.is_of_webkit(), "{}: {ends:?}", report.platform);
    }
    for run in over(report, Protocol::Http1) {
        let ends = answered_ms(run);
        // However late the machine is, no step ends earlier. Clocks of browsers have steps of their own.
        let earliest = |place: usize| (place / CONNECTIONS + 1) as f64 * LATENCY_MS - 20.0;
        assert!(ends.iter().enumerate().all(|(place, end)| *end >= earliest(place)), "{}: {ends:?}", report.platform);
        assert!(!all_at_once(run), "{}: {ends:?}", report.platform);
    }
}

#[test]
fn natively_all_requests_are_under_way_at_once_over_both() {
    let report = report(&[&["http2", "--latency", "1000"], &ONCE[..]].concat());
    for protocol in Protocol::ALL {
        let runs = over(&report, *protocol);
        assert!(runs.iter().all(|run| all_at_once(run)), "{protocol}: {:?}", answered_ms(runs[0]));
    }
}

#[test]
fn every_strategy_asks_over_both_and_gets_the_same() {
    for every in EVERY {
        let protocols = ["post", "-n", "12", "--protocol", "http1,http2", "--scale", "smoke"];
        let report = report(&[&protocols[..], every, &ONCE].concat());
        let results: Vec<_> = report.runs.iter().map(good_results).collect();
        assert!(results.len() >= 2 * 2 && results.iter().all(|result| *result == results[0]), "{results:?}");
    }
}

#[test]
fn in_pairs_browsers_have_a_staircase_over_http1_and_none_over_http2() {
    let pair = "pair http2 --latency 1000 --runs 1 --warmup 0 --platform native,chromium,firefox,webkit --json -";
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = parlab();
    let output = command.args(pair.split(' ')).env("XDG_RUNTIME_DIR", folder.path()).output().expect("parlab runs");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let reports = load(&output.stdout).expect("a pair");
    assert_eq!(reports.len(), 4);
    assert!(Protocol::ALL.iter().all(|protocol| over(&reports[0], *protocol).into_iter().all(all_at_once)));
    reports[1..].iter().for_each(check_staircase);
}

#[tokio::test]
async fn the_page_of_a_server_with_tls_compares_both() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = parlab();
    // It knows of no other plans.
    command.args(["serve", "--listen", "127.0.0.1:0", "--tls"]).env("XDG_RUNTIME_DIR", folder.path());
    let server = Server::launch(command);
    let url = format!("{}?token={}", server.url(), server.token());
    let browser = Browser::open_untrusting_in(Engine::Chromium, &url).await;
    browser.ready().await;
    let options = json!({ "run": "http2", "latency": "1000", "runs": 1, "warmup": 0 });
    check_staircase(&browser.run(options).await.expect("a report"));
    let threads = json!({ "run": "post", "protocol": "http1,http2", "scale": "smoke", "runs": 1, "tasks": 8,
        "strategy": "threads,processes", "workers": 2 });
    let report = browser.run(threads).await.expect("a report");
    assert_eq!((report.failed(), report.runs.iter().filter(|run| !run.warmup).count()), (0, 4));
    // Beside the native one, by way of two WebSockets.
    browser.goto(&format!("{}?run=http2&scale=smoke&runs=1&warmup=0", server.url())).await;
    browser.click("#run-natively:not(:disabled)").await;
    browser.until("document.querySelector('#live')?.dataset.state === 'over'").await;
    assert_eq!((browser.text("#status").await.as_str(), browser.text("#errors").await.as_str()), ("Done: 4 runs.", ""));
}

#[tokio::test]
async fn a_page_without_tls_says_why_it_cannot() {
    let server = Server::start(&[]);
    let browser = Browser::open(server.url()).await;
    browser.ready().await;
    let refused = browser.run(json!({ "run": "http2" })).await.expect_err("refused");
    assert!(
        refused.contains("speak HTTP/2 over TLS alone") && refused.contains("parlab serve with --tls"),
        "{refused}"
    );
}
