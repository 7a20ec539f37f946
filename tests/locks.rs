//! One lock for all threads of a process: who computes when, what waits, what ends.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use parlab_shared::measure::INTERVAL_MS;
use parlab_shared::report::Report;
use parlab_shared::run::Run;
use parlab_shared::span::{ErrorKind, phase};
use parlab_shared::strategy::{Dispatch, Strategy};
use parlab_shared::way::Lock;
use serde_json::json;

use crate::run::check_one_is_lost;
use crate::support::browser::Browser;
use crate::support::parlab::{interruptible, report};
use crate::support::server::Server;

/// One run of each row.
const ONCE: [&str; 4] = ["--runs", "1", "--warmup", "0"];

/// For how long the tasks of a run computed, added up, in milliseconds: without what they waited for the lock.
fn computed_ms(run: &Run) -> f64 {
    run.spans.iter().map(|span| span.end_ms - span.start_ms - span.phases[phase::LOCK]).sum()
}

/// Checks sums of eight tasks on two workers, without and under the lock.
#[track_caller]
fn check_turns(report: &Report) {
    assert_eq!(report.failed(), 0);
    let checksums = |run: &Run| run.spans.iter().map(|span| span.checksum).collect::<Vec<_>>();
    for run in &report.runs {
        let (strategy, lock) = (run.row.strategy, run.row.way.lock);
        assert_eq!(checksums(run), checksums(&report.runs[0]), "{strategy} {lock}");
        let waits: Vec<f64> = run.spans.iter().filter_map(|span| span.phases.get(phase::LOCK)).copied().collect();
        match (lock, strategy) {
            (Lock::None, _) => assert!(waits.is_empty(), "{strategy}: {waits:?}"),
            // Nobody else is there who could have it.
            (Lock::Gil, Strategy::Sequential | Strategy::Async | Strategy::Processes) => {
                assert_eq!(waits, [0.0; 8], "{strategy}");
            }
            (Lock::Gil, Strategy::Threads) => {
                assert_eq!((waits.len(), run.workers_used()), (8, 2));
                // Somebody waited for an interval, at least once; workers of their own may be made one after another.
                let waited_ms: f64 = waits.iter().sum();
                assert!(waited_ms > INTERVAL_MS || run.row.dispatch == Dispatch::PerTask, "{waited_ms} ms");
                // Without the lock it is twice the wall time. A busy machine may stop a thread just beside its turn.
                let (computed_ms, wall_ms) = (computed_ms(run), run.wall_ms);
                assert!(computed_ms < 1.3 * wall_ms, "{computed_ms} ms in {wall_ms} ms");
            }
        }
    }
}

#[test]
fn one_thread_at_a_time_computes_under_it_and_each_process_has_its_own() {
    let work = ["count", "-n", "8", "--size", "100000000", "-s", "sequential,async,threads,processes", "-w", "2"];
    let report = report(&[&work[..], &["--lock", "none,gil"], &ONCE].concat());
    assert_eq!(report.runs.len(), 8);
    check_turns(&report);
    let is_locked = |run: &&Run| run.row.takes_turns();
    let locked = report.runs.iter().find(is_locked).expect("a run");
    let cores = locked.cores_used().expect("CPU time and time");
    assert!(cores < 1.1, "{cores} cores");
}

#[tokio::test]
async fn it_is_the_same_in_a_browser() {
    for (options, strategies) in
        [(&[][..], "sequential,async,threads,processes"), (&["--no-isolation"], "sequential,async,processes")]
    {
        let server = Server::start(options);
        let browser = Browser::open(server.url()).await;
        browser.ready().await;
        for dispatch in ["pool", "per-task"] {
            let strategies =
                if dispatch == "pool" { strategies } else { strategies.trim_start_matches("sequential,async,") };
            let options = json!({
                "run": "count", "strategy": strategies, "workers": 2, "tasks": 8, "size": 100_000_000, "dispatch": dispatch,
                "lock": "none,gil", "runs": 1, "warmup": 0,
            });
            let report = browser.run(options).await.expect("a report");
            assert_eq!(report.runs.len(), 2 * strategies.split(',').count(), "{strategies}");
            check_turns(&report);
        }
    }
}

#[tokio::test]
async fn a_worker_of_a_browser_that_dies_gives_it_back() {
    let server = Server::start(&[]);
    let browser = Browser::open(server.url()).await;
    browser.ready().await;
    for dispatch in ["pool", "per-task"] {
        let options = json!({
            "run": "crash", "scale": "smoke", "strategy": "threads,processes", "workers": 2, "dispatch": dispatch, "lock": "gil",
        });
        let report = browser.run(options).await.expect("a report");
        // What computes and what waits.
        assert!(report.runs.len() >= 3, "{} runs", report.runs.len());
        report.runs.iter().for_each(|run| check_one_is_lost(run, ErrorKind::WorkerDied));
    }
}

#[test]
fn whoever_waits_lets_others_wait_at_the_same_time() {
    for dispatch in ["pool", "per-task"] {
        let work = ["post", "-n", "4", "--latency", "300", "-s", "threads", "-w", "4", "--dispatch", dispatch];
        let report = report(&[&work[..], &["--lock", "gil"], &ONCE].concat());
        assert_eq!(report.failed(), 0);
        let spans = &report.runs[0].spans;
        let last_start_ms = spans.iter().map(|span| span.start_ms).fold(0.0, f64::max);
        let first_end_ms = spans.iter().map(|span| span.end_ms).fold(f64::INFINITY, f64::min);
        assert!(last_start_ms < first_end_ms, "{dispatch}: {spans:?}");
    }
}

#[test]
fn a_task_that_panics_gives_it_back() {
    for dispatch in ["pool", "per-task"] {
        let work = ["crash", "--scale", "smoke", "-s", "threads", "-w", "2", "--dispatch", dispatch];
        let report = report(&[&work[..], &["--lock", "gil"]].concat());
        report.runs.iter().for_each(|run| check_one_is_lost(run, ErrorKind::Panicked));
    }
}

#[test]
fn who_waits_for_it_hears_that_the_run_is_stopped() {
    let args = ["run", "count", "-n", "99", "--size", "4000000000", "-s", "threads", "-w", "4", "--lock", "gil"];
    let mut command = interruptible();
    command.args(args).stdout(Stdio::null()).stderr(Stdio::null());
    let mut started = command.spawn().expect("parlab runs");
    // Long enough for all threads to wait, and far from enough for a task.
    std::thread::sleep(Duration::from_secs(1));
    let began = Instant::now();
    assert!(Command::new("kill").args(["-INT", &started.id().to_string()]).status().expect("kill runs").success());
    started.wait().expect("it ends");
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
}
