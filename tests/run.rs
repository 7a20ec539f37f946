//! `parlab run` end to end.

use parlab_shared::analysis::Spread;
use parlab_shared::report::Report;
use parlab_shared::run::Run;
use parlab_shared::span::ErrorKind;

use crate::support::parlab::report;

const EVERY_STRATEGY: [&str; 4] = ["-s", "sequential,async,threads,processes", "-w", "1,2,3"];

/// Runs a workload under every strategy and checks that each task always has this checksum.
#[track_caller]
fn check_checksums(name: &str, tasks: &str, size: &str, expected: u64) {
    for dispatch in [&[][..], &["-s", "threads,processes", "--dispatch", "per-task"]] {
        let every = if dispatch.is_empty() { &EVERY_STRATEGY[..] } else { &["-w", "2"] };
        let size = ["--scale", "smoke", "-n", tasks, "--size", size, "--runs", "1"];
        let report = report(&[&[name], every, dispatch, &size].concat());
        assert!(!report.runs.is_empty());
        for run in &report.runs {
            assert_eq!(run.spans.len().to_string(), tasks);
            for span in &run.spans {
                let checksum = span.checksum.map(|checksum| checksum.0);
                assert_eq!(checksum, Some(expected), "{name}, {}, task {}", run.row.strategy, span.task);
            }
        }
    }
}

#[test]
fn every_strategy_returns_the_sources_results() {
    check_checksums("cpu-heavy", "5", "1000000", 499_999_500_000);
    check_checksums("countdown", "7", "85000", 85_000);
    check_checksums("sum", "5", "1000000", 500_000_500_000);
}

#[test]
fn every_strategy_draws_the_same_picture() {
    let report =
        report(&[&["mandelbrot", "--scale", "smoke", "--runs", "1", "-n", "16"], &EVERY_STRATEGY[..]].concat());
    let checksums = |run: usize| report.runs[run].spans.iter().map(|span| span.checksum).collect::<Vec<_>>();
    assert!(checksums(0).iter().all(Option::is_some));
    for run in 1..report.runs.len() {
        assert_eq!(checksums(run), checksums(0), "{}", report.runs[run].row.strategy);
    }
}

/// The fastest of several runs: what a kernel takes when nobody is in its way.
fn fastest_ms(report: &Report) -> f64 {
    let walls = report.runs.iter().filter(|run| !run.warmup).map(|run| run.wall_ms);
    Spread::of(walls).expect("runs").fastest_ms
}

#[test]
fn time_grows_linearly_with_n() {
    for (name, small, large) in
        [("count", "20000000", "160000000"), ("countdown", "3000000", "24000000"), ("sum", "20000000", "160000000")]
    {
        let time = |size| fastest_ms(&report(&[name, "-s", "sequential", "-n", "2", "--runs", "5", "--size", size]));
        let (mut small_ms, mut large_ms) = (f64::INFINITY, f64::INFINITY);
        // On a busy machine a short run finds a quiet moment sooner than a long one. The limits leave room for that;
        // a loop that was optimised away takes the same time for any n and never comes near them.
        let settled = (0..20).any(|_| {
            (small_ms, large_ms) = (small_ms.min(time(small)), large_ms.min(time(large)));
            (5.0..13.0).contains(&(large_ms / small_ms))
        });
        assert!(settled, "{name}: 8 times the work took {large_ms} instead of {small_ms} ms");
    }
}

/// Checks that of a run's eight tasks one was lost in a way that has a name, and that the others came to their end.
#[track_caller]
pub fn check_one_is_lost(run: &Run, kind: ErrorKind) {
    let (name, spans) = (format!("{} {}", run.row.strategy, run.row.dispatch), &run.spans);
    let tasks: Vec<_> = spans.iter().map(|span| span.task).collect();
    assert_eq!(tasks, Vec::from_iter(0..8), "{name}");
    for span in spans {
        match &span.error {
            None => assert!(span.checksum.is_some() && span.end_ms >= span.start_ms, "{name}: {span:?}"),
            Some(error) => {
                assert_eq!((span.task, error.kind), (3, kind), "{name}: {error}");
                assert!(error.message.contains("panics on purpose"), "{name}: {error}");
            }
        }
    }
    assert_eq!(spans.iter().filter(|span| span.error.is_some()).count(), 1, "{name}");
}

#[test]
fn a_task_that_panics_costs_no_other() {
    for (strategies, dispatch) in [("sequential,async,threads,processes", "pool"), ("threads,processes", "per-task")] {
        let report = report(&["crash", "--scale", "smoke", "-s", strategies, "-w", "2", "--dispatch", dispatch]);
        // What computes and what waits.
        assert!(report.runs.len() >= 4, "{} runs", report.runs.len());
        report.runs.iter().for_each(|run| check_one_is_lost(run, ErrorKind::Panicked));
        assert_eq!(report.failed(), report.runs.len());
    }
}

#[test]
fn spans_lie_within_their_run() {
    let report = report(&["cpu-heavy", "--scale", "smoke", "--runs", "2"]);
    for run in &report.runs {
        for span in &run.spans {
            // Processes meet at the system's clock: a fraction of a millisecond apart at most.
            let slack = 0.5;
            assert!(span.queued_ms >= -slack, "{span:?}");
            assert!(span.queued_ms <= span.start_ms + slack && span.start_ms <= span.end_ms, "{span:?}");
            assert!(span.end_ms <= run.wall_ms + slack, "{} {span:?}", run.wall_ms);
        }
    }
}
