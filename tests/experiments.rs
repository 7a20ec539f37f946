//! Every experiment of the table, with every one of its rows.

use parlab_shared::analysis::Analysis;
use parlab_shared::experiment::{Variant, experiments};
use parlab_shared::label::full_name;
use parlab_shared::report::Report;
use parlab_shared::scale::Scale;
use parlab_shared::strategy::Strategy;

use crate::support::parlab::{parlab, report, text};

/// Checks that a report of all experiments at scale smoke has every row of a variant, with every task done, but those
/// that its platform cannot run.
#[track_caller]
pub fn check_every_row(report: &Report, variant: Variant) {
    let analysis = Analysis::of(report);
    for experiment in experiments().iter().filter(|experiment| !experiment.fails) {
        for row in experiment.rows(Scale::Smoke, report.platform, variant) {
            if row.mechanism(report.platform).is_err() {
                continue;
            }
            let Some(found) = analysis.row(&row) else { panic!("{}: not there", full_name(&row)) };
            let summary = &found.summary;
            assert!(summary.wall.is_some() && summary.failed == 0, "{}: {summary:?}", full_name(&row));
        }
    }
}

#[test]
fn all_experiments_run_natively_in_one_report() {
    let report = report(&["--all", "--variant", "both", "--scale", "smoke", "--runs", "1", "--warmup", "0"]);
    check_every_row(&report, Variant::Both);
    assert_eq!(report.experiment, None);
    assert_eq!(Analysis::parts(&report).len(), experiments().iter().filter(|experiment| !experiment.fails).count());
}

#[test]
fn the_fifteen_of_the_sources_are_there() {
    let names: Vec<_> = experiments()
        .iter()
        .filter(|experiment| experiment.source.is_some())
        .map(|experiment| experiment.name.as_str())
        .collect();
    let expected = [
        "urls",
        "io-heavy",
        "cpu-heavy",
        "sites",
        "countdown",
        "mixed",
        "sum",
        "images",
        "square",
        "gather",
        "crawl",
        "breakdown",
        "post",
        "dictionary",
        "post-sweep",
    ];
    assert_eq!(names, expected);
}

#[test]
fn theory_is_a_lower_bound_of_what_sleeps() {
    let report = report(&["square", "--scale", "smoke"]);
    for row in Analysis::of(&report).rows {
        let theory = row.theory.expect("sleeps are known");
        let fastest_ms = row.summary.wall.expect("runs").fastest_ms;
        assert!(fastest_ms >= theory.predicted_ms * 0.999, "{}: {fastest_ms} against {theory}", row.label);
        assert!(row.source.is_some());
    }
}

#[test]
fn a_dictionary_is_whole_however_it_is_shared() {
    for keep in ["lock", "sharded", "owner", "merge"] {
        for dispatch in ["pool", "per-task"] {
            let report = report(&[
                "dictionary",
                "--scale",
                "smoke",
                "-n",
                "24",
                "--size",
                "5",
                "--keep",
                keep,
                "-s",
                "threads",
                "-w",
                "4",
                "--dispatch",
                dispatch,
                "--runs",
                "1",
            ]);
            // A result that is not in the dictionary is a failed task.
            assert_eq!((report.runs.len(), report.failed()), (1, 0), "{keep} {dispatch}");
            assert!(report.runs[0].spans.iter().all(|span| span.phases.contains_key("wait")));
        }
    }
    for (sharing, dispatch) in [("owner", "pool"), ("owner", "per-task"), ("merge", "pool"), ("merge", "per-task")] {
        let report = report(&[
            "dictionary",
            "--scale",
            "smoke",
            "-n",
            "12",
            "--size",
            "5",
            "--sharing",
            sharing,
            "-s",
            "processes",
            "-w",
            "3",
            "--dispatch",
            dispatch,
            "--runs",
            "1",
        ]);
        assert_eq!((report.runs.len(), report.failed()), (1, 0), "{sharing} {dispatch}");
    }
}

#[test]
fn processes_cannot_share_a_lock_and_say_so() {
    let args = ["run", "dictionary", "--keep", "lock", "-s", "processes", "--scale", "smoke"];
    let output = parlab().args(args).output().expect("parlab runs");
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("processes share no memory"), "{}", text(&output.stderr));
}

#[test]
fn post_sweep_has_a_row_per_number_of_requests() {
    let report = report(&["post-sweep", "--scale", "smoke"]);
    for strategy in [Strategy::Threads, Strategy::Processes] {
        let tasks: std::collections::BTreeSet<u32> =
            report.runs.iter().filter(|run| run.row.strategy == strategy).map(|run| run.row.workload.tasks()).collect();
        assert_eq!(tasks.len(), 9, "{strategy}");
    }
}
