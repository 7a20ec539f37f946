//! Pythons that differ from the usual one: another default for processes, no global lock, no TLS.

use std::path::PathBuf;
use std::process::Output;

use parlab_shared::report::Report;

use super::folder_with;
use crate::support::parlab::{parlab, text};

/// A Python that first does something else, and the folder that it lies in.
fn python_that(does: &str) -> (tempfile::TempDir, PathBuf) {
    let program =
        format!("import runpy, sys; {does}; sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')");
    let folder = folder_with("python", &format!("#!/bin/sh\nexec python3 -c \"{program}\" \"$@\"\n"));
    let path = folder.path().join("python");
    (folder, path)
}

fn run_with(python: &PathBuf, args: &[&str]) -> Output {
    let mut command = parlab();
    command.arg("run").args(args).args(["--scale", "smoke", "--platform", "python", "--json", "-"]);
    command.env("PARLAB_PYTHON", python).output().expect("parlab runs")
}

#[track_caller]
fn report_with(python: &PathBuf, args: &[&str]) -> Report {
    let output = run_with(python, &[args, &["--runs", "1", "--warmup", "0"]].concat());
    assert!(output.status.success(), "{args:?}: {}", text(&output.stderr));
    Report::from_json(&text(&output.stdout)).expect("a report")
}

#[test]
fn processes_may_be_made_in_another_way_than_by_a_fork() {
    // As since 3.14.
    let (_folder, python) = python_that("import multiprocessing; multiprocessing.set_start_method('forkserver')");
    let processes = ["-s", "processes", "-w", "2"];
    for (args, runs) in [
        // A pool, a process per task, a map.
        (&["sum", "--variant", "both"][..], 3),
        (&["dictionary", "-n", "6", "--sharing", "owner"], 1),
        (&["dictionary", "-n", "6", "--sharing", "merge"], 1),
        (&["io-heavy", "-n", "4", "--size", "1000", "--variant", "both"], 2),
        // Single tasks with a callback, beside the map.
        (&["square", "-n", "8"], 2),
    ] {
        let report = report_with(&python, &[args, &processes].concat());
        assert_eq!(report.runs.len(), runs, "{args:?}");
    }
}

#[test]
fn a_python_without_a_global_lock_says_so() {
    let (_folder, python) = python_that("sys._is_gil_enabled = lambda: False");
    let report = report_with(&python, &["sum", "-n", "2", "--size", "1000", "-s", "threads", "-w", "2"]);
    assert!(!report.environment.python.expect("a Python").gil);
}

#[test]
fn a_python_without_tls_runs_all_else() {
    let (_folder, python) = python_that("sys.modules['ssl'] = sys.modules['_ssl'] = None");
    assert_eq!(report_with(&python, &["post", "-n", "4"]).failed(), 0);
    let refused = run_with(&python, &["post", "--target", "https://127.0.0.1:9/"]);
    assert_eq!(refused.status.code(), Some(2));
    let complaint = text(&refused.stderr).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(complaint.contains("https needs Python's module ssl"), "{complaint}");
}
