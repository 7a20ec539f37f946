//! Rows: which there are, what carries them out, what their runs look like.

use parlab_shared::experiment::{Variant, experiments};
use parlab_shared::report::Warning;
use parlab_shared::scale::Scale;
use parlab_shared::strategy::{Mechanism, Platform, Strategy};
use parlab_shared::way::{Handing, Setup, Way};

use crate::support::parlab::report;
use crate::support::results::results;

#[test]
fn every_row_of_the_source_documents_runs() {
    let once = ["--variant", "both", "--scale", "smoke", "--runs", "1", "--warmup", "0"];
    let report = report(&[&["--all", "--platform", "python"], &once[..]].concat());
    for experiment in experiments().iter().filter(|experiment| experiment.source.is_some()) {
        let rows = experiment.rows(Scale::Smoke, Platform::Python, Variant::Both);
        let ran: Vec<_> = report.runs.iter().map(|run| run.row.clone()).filter(|row| rows.contains(row)).collect();
        assert_eq!(ran, rows, "{}", experiment.name);
    }
    assert_eq!(report.failed(), 0);
    let left_out = |warning: &Warning| matches!(warning, Warning::LeftOut { name, .. } if name == "mandelbrot");
    assert!(report.warnings.iter().any(left_out), "{:?}", report.warnings);
}

#[test]
fn a_row_says_what_carried_it_out() {
    let mechanisms = |args: &[&str]| -> Vec<(Strategy, Mechanism)> {
        let once = ["--scale", "smoke", "--runs", "1", "--warmup", "0", "-n", "2", "--platform", "python"];
        let report = report(&[&["gather"], args, &once].concat());
        report.runs.iter().map(|run| (run.row.strategy, run.mechanism)).collect()
    };
    assert_eq!(
        mechanisms(&["-s", "sequential,async,threads,processes", "-w", "2"]),
        [
            (Strategy::Sequential, Mechanism::OneThread),
            (Strategy::Async, Mechanism::EventLoop),
            (Strategy::Threads, Mechanism::ThreadPoolExecutor),
            (Strategy::Processes, Mechanism::ProcessPoolExecutor),
        ]
    );
    assert_eq!(
        mechanisms(&["-s", "threads,processes", "-w", "2", "--dispatch", "per-task"]),
        [(Strategy::Threads, Mechanism::OsThreads), (Strategy::Processes, Mechanism::ChildProcesses)]
    );
}

#[test]
fn a_row_of_a_source_has_its_mechanism_and_the_same_results() {
    let once = ["--scale", "smoke", "--runs", "1", "--warmup", "0", "--variant"];
    for (name, expected) in [
        ("cpu-heavy", &["one-thread", "thread-pool-executor", "process-pool-executor"][..]),
        ("countdown", &["thread-pool-executor", "multiprocessing-pool, map"]),
        ("sum", &["one-thread", "child-processes", "multiprocessing-pool, map"]),
        ("images", &["one-thread", "daemon-threads, queue"]),
        ("square", &["multiprocessing-pool, map", "multiprocessing-pool, callback"]),
    ] {
        // The same sizes on both platforms: those of Python are its own where it computes.
        let size: &[&str] = if matches!(name, "cpu-heavy" | "countdown" | "sum") { &["--size", "10000"] } else { &[] };
        let own = report(&[&[name], &once[..], &["parlab", "-n", "11"], size].concat());
        let of_source = ["source", "-n", "11", "--platform", "python"];
        let report = report(&[&[name], &once[..], &of_source, size].concat());
        let mut mechanisms = Vec::new();
        for run in &report.runs {
            assert_eq!(results(run), results(&own.runs[0]), "{name}: {}", run.mechanism);
            let way = Way { setup: Setup::Untimed, ..run.row.way };
            mechanisms.push(format!("{}{way}", run.mechanism));
            // A run whose setup is timed begins with it.
            let first_ms = run.spans.iter().map(|span| span.queued_ms).fold(f64::INFINITY, f64::min);
            let is_timed = run.row.way.setup == Setup::Timed;
            assert!(first_ms >= if is_timed { run.setup_ms } else { 0.0 }, "{name}: {first_ms} {}", run.setup_ms);
        }
        mechanisms.sort_unstable();
        mechanisms.dedup();
        let mut expected = expected.to_vec();
        expected.sort_unstable();
        assert_eq!(mechanisms, expected, "{name}");
    }
}

#[test]
fn a_map_gives_parts_to_processes_and_a_callback_single_tasks() {
    // Eight tasks a part: each process has whole parts.
    let args = ["--scale", "smoke", "--runs", "1", "--warmup", "0", "-n", "64", "-w", "2", "-s", "processes"];
    for platform in ["native", "python"] {
        let report = report(&[&["square", "--platform", platform], &args[..]].concat());
        let [map, callback] = report.runs.as_slice() else { panic!("{} runs", report.runs.len()) };
        assert_eq!((map.row.way.handing, callback.row.way.handing), (Handing::Map, Handing::Callback), "{platform}");
        for part in map.spans.chunks(8) {
            assert!(part.iter().all(|span| span.worker == part[0].worker), "{platform}: {part:?}");
            assert!(part.is_sorted_by(|task, next| task.end_ms <= next.start_ms), "{platform}: {part:?}");
        }
        assert_eq!(results(map), results(callback), "{platform}");
    }
}

#[test]
fn rows_are_repeated_as_often_as_natively() {
    let runs = |platform: &str| -> Vec<(Strategy, u32, u32, bool)> {
        let args =
            ["cpu-heavy", "--scale", "smoke", "-n", "1", "--size", "1000", "-s", "sequential,threads", "-w", "1,2"];
        let mut runs: Vec<_> = report(&[&args[..], &["--platform", platform]].concat())
            .runs
            .iter()
            .map(|run| (run.row.strategy, run.row.workers, run.repetition, run.warmup))
            .collect();
        // Natively later passes are in an order of their own.
        runs.sort_unstable();
        runs
    };
    assert_eq!(runs("python"), runs("native"));
}

#[test]
fn spans_lie_within_their_run() {
    let report = report(&["square", "-n", "12", "--scale", "smoke", "--platform", "python"]);
    for run in &report.runs {
        for span in &run.spans {
            assert!(0.0 <= span.queued_ms && span.queued_ms <= span.start_ms, "{span:?}");
            assert!(span.start_ms <= span.end_ms && span.end_ms <= run.wall_ms, "{} {span:?}", run.wall_ms);
        }
    }
}
