//! Frames that are drawn, or not, while work is done: natively and on the page in a real browser.

use std::time::{Duration, Instant};

use parlab_shared::analysis::Analysis;
use parlab_shared::report::Report;
use parlab_shared::screen::OnThread;
use parlab_shared::span::Checksum;
use serde_json::json;

use crate::support::browser::Browser;
use crate::support::parlab::{parlab, report, text};
use crate::support::server::Server;

/// Steps of a task: some hundreds of milliseconds.
const N: u64 = 400_000_000;

/// What was dropped in runs on each thread, and the longest gap.
#[track_caller]
fn check(report: &Report) {
    let analysis = Analysis::of(report);
    let of = |on: OnThread| {
        let row = analysis.rows.iter().find(|row| row.row.workload.on_thread() == Some(on)).expect("a row of each");
        row.summary.frames.expect("frames were counted")
    };
    // Wherever it was done, the work is whole.
    let spans = report.runs.iter().flat_map(|run| &run.spans);
    assert!(spans.map(|span| span.checksum).all(|sum| sum == Some(Checksum(N))) && report.failed() == 0);
    let [whole, pieces, worker] = [OnThread::MainThread, OnThread::MainThreadInPieces, OnThread::Worker].map(of);
    // Two tasks of ten frames and more each.
    assert!(whole.fewest >= 16 && whole.longest_gaps.median_ms > 140.0, "{whole:?}");
    // A busy machine keeps cores from whoever draws, too.
    for frames in [pieces, worker] {
        assert!(frames.dropped < whole.dropped / 2.0 && frames.frozen_ms < whole.frozen_ms, "{frames:?} {whole:?}");
    }
    assert!(worker.longest_gaps.median_ms < whole.longest_gaps.median_ms, "{worker:?} {whole:?}");
}

#[test]
fn natively_an_event_loop_freezes_and_draws_beside_a_worker() {
    let report = report(&["frames", "-n", "2", "--size", &N.to_string(), "--runs", "3", "--warmup", "0"]);
    assert_eq!((report.runs.len(), report.failed()), (9, 0));
    check(&report);
}

#[test]
fn one_thread_draws_for_one_task_at_a_time() {
    for strategy in ["threads", "processes", "async"] {
        let output = parlab().args(["run", "frames", "-s", strategy, "-w", "2"]).output().expect("it runs");
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{strategy}: {said}");
        assert!(said.contains("one thread draws") && said.contains("use sequential"), "{strategy}: {said}");
    }
}

#[tokio::test]
async fn a_page_freezes_while_its_main_thread_computes_and_draws_beside_a_worker() {
    let server = Server::start(&[]);
    let browser = Browser::open(server.url()).await;
    browser.ready().await;
    let options = |on: &[&str]| json!({"run": "frames", "tasks": 2, "size": N, "on": on, "runs": 3, "warmup": 0});
    let all = ["main-thread", "main-thread-in-pieces", "worker"];
    let in_browser = browser.run(options(&all)).await.expect("a report");
    check(&in_browser);
    // A report is there before its tables are.
    browser
        .until("document.querySelector('#results table[data-table=frames]')?.innerText.includes('Dropped frames')")
        .await;
    // Whoever else counts the page's frames sees the same.
    let watch = "(() => { window.longest = 0; let last; const frame = at => { \
                 if (last) window.longest = Math.max(window.longest, at - last); last = at; requestAnimationFrame(frame) }; \
                 requestAnimationFrame(frame) })()";
    browser.get::<Option<bool>>(watch).await;
    let mut longest_ms = Vec::new();
    for on in ["worker", "main-thread"] {
        browser.run(options(&[on])).await.expect("a report");
        longest_ms.push(browser.get::<f64>("window.longest").await);
    }
    assert!(longest_ms[1] > 140.0 && longest_ms[0] < longest_ms[1], "{longest_ms:?}");
}

#[tokio::test]
async fn what_a_page_draws_for_a_task_ends_with_it() {
    let server = Server::start(&[]);
    let browser = Browser::open(server.url()).await;
    browser.ready().await;
    // A minute of frames.
    let run =
        json!({"run": "frames", "tasks": 60, "size": 2_000_000_000_u64, "on": ["main-thread-in-pieces"], "runs": 1});
    browser.get::<Option<bool>>(&format!("void (window.run = window.parlab.run({run}))")).await;
    browser.until("document.querySelector('#frame-mark:not([hidden])')").await;
    let began = Instant::now();
    browser.get::<Option<bool>>("void window.parlab.cancel()").await;
    browser.resolve::<Option<bool>>("window.run.then(() => null, () => null)").await;
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    browser.until("document.querySelector('#frame-mark[hidden]')").await;
    let again =
        browser.run(json!({"run": "frames", "scale": "smoke", "runs": 1, "warmup": 0})).await.expect("a report");
    assert_eq!((again.runs.len(), again.failed()), (3, 0));
}
