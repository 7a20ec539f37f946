//! What becomes of a plan whose Python, or whose workers, die or are stopped.
#![cfg(target_os = "linux")]

use std::path::Path;

use parlab_shared::measure::TaskState;
use parlab_shared::report::load;
use parlab_shared::run::Run;

use crate::support::parlab::parlab;
use crate::support::process::{
    Process, boards, children, children_with, is_running, report_of, signal, until, wait_for_tasks,
};

/// A run in Python of four sleeps, some hundred milliseconds each, whose files are in a folder.
fn start(folder: &Path, row: &[&str]) -> Process {
    start_of("gather", folder, &[&["--runs", "2"], row].concat())
}

/// A run of four sleeps of an experiment.
fn start_of(name: &str, folder: &Path, row: &[&str]) -> Process {
    let sleeps = [name, "-n", "4", "--size", "2000", "--warmup", "0", "--platform", "python"];
    Process::run(folder, &[&sleeps, row].concat())
}

/// Waits until a task is done and another is not.
fn wait_for_a_task(folder: &Path) {
    wait_for_tasks(folder, &[TaskState::Done, TaskState::Running]);
}

fn errors(run: &Run) -> Vec<String> {
    run.spans.iter().filter_map(|span| span.error.as_ref()).map(ToString::to_string).collect()
}

#[test]
fn a_python_that_dies_fails_its_run_and_the_plan_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let child = start(folder.path(), &["-s", "sequential"]);
    wait_for_a_task(folder.path());
    signal("-KILL", &children(&child.id())[0]);
    assert_eq!(child.end().0, Some(1));
    let report = report_of(folder.path());
    let [died, next] = report.runs.as_slice() else { panic!("{} runs", report.runs.len()) };
    assert_eq!(errors(died).len(), 1, "{:?}", errors(died));
    assert!(errors(died)[0].starts_with("worker-died: the process ended (signal: 9"), "{:?}", errors(died));
    assert!(died.spans.iter().any(|span| span.checksum.is_some()), "{died:?}");
    assert!(errors(next).is_empty() && next.spans.len() == 4, "{next:?}");
}

#[test]
fn a_python_that_is_lost_twice_is_given_up_and_the_other_part_of_a_pair_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("report.json");
    let mut command = parlab();
    command.args(["pair", "gather", "--platform", "native,python", "-s", "sequential", "-n", "4", "--size", "500"]);
    command.args(["--runs", "4", "--warmup", "0", "--json"]).arg(&file).env("TMPDIR", folder.path());
    let child = Process::start(&mut command);
    let mut pythons = Vec::new();
    for _ in 0..2 {
        pythons.extend(children_with(&child.id(), "--serve", &pythons));
        wait_for_a_task(folder.path());
        signal("-KILL", &pythons[pythons.len() - 1]);
    }
    let (code, said) = child.end();
    assert_eq!(code, Some(1), "{said}");
    let reports = load(&std::fs::read(&file).expect("a file")).expect("a pair");
    let [native, python] = reports.as_slice() else { panic!("{} parts", reports.len()) };
    // Once it is given up, each row that is left fails once.
    assert_eq!((native.runs.len(), native.failed(), python.runs.len()), (4, 0, 3), "{said}");
    let reason = "Python was lost for the second time: the process ended (signal: 9";
    assert!(said.contains(reason), "{said}");
    for (place, run) in python.runs.iter().enumerate() {
        let expected =
            if place < 2 { "worker-died: the process ended (signal: 9".to_owned() } else { format!("setup: {reason}") };
        assert!(errors(run).iter().all(|error| error.starts_with(&expected)), "{:?}", errors(run));
        assert_eq!(errors(run).len(), 1);
    }
}

#[test]
fn a_pool_whose_worker_dies_gives_its_tasks_up_and_the_plan_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let child = start(folder.path(), &["-s", "processes", "-w", "2"]);
    wait_for_a_task(folder.path());
    let python = &children(&child.id())[0];
    signal("-KILL", &children(python)[0]);
    assert_eq!(child.end().0, Some(1));
    let report = report_of(folder.path());
    let [broken, next] = report.runs.as_slice() else { panic!("{} runs", report.runs.len()) };
    assert!(!errors(broken).is_empty() && broken.spans.len() == 4, "{broken:?}");
    assert!(errors(broken).iter().all(|error| error.starts_with("worker-died: ")), "{:?}", errors(broken));
    assert!(errors(next).is_empty(), "{:?}", errors(next));
}

#[test]
fn a_multiprocessing_pool_whose_process_dies_does_not_wait_for_ever() {
    let folder = tempfile::tempdir().expect("a folder");
    // A map, then single tasks with a callback.
    let child = start_of("square", folder.path(), &["-s", "processes", "-w", "2", "--runs", "1"]);
    for run in 0..2 {
        until("there is a run", || boards(folder.path()).len() == 1);
        wait_for_a_task(folder.path());
        let board = boards(folder.path());
        let python = &children(&child.id())[0];
        signal("-KILL", &children(python)[0]);
        if run == 0 {
            until("the next run is there", || boards(folder.path()) != board);
        }
    }
    assert_eq!(child.end().0, Some(1));
    let report = report_of(folder.path());
    assert_eq!(report.runs.len(), 2);
    for run in &report.runs {
        let errors = errors(run);
        assert!(!errors.is_empty() && run.spans.len() == 4, "{run:?}");
        assert!(errors.iter().all(|error| error.starts_with("worker-died: the worker that had it died")), "{errors:?}");
    }
}

#[test]
fn an_interrupt_keeps_what_was_measured_and_leaves_nobody_behind() {
    for row in [
        &["-s", "sequential"][..],
        &["-s", "async", "-w", "2"],
        &["-s", "threads", "-w", "2"],
        &["-s", "processes", "-w", "2"],
        &["-s", "processes", "-w", "2", "--dispatch", "per-task"],
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let child = start(folder.path(), row);
        wait_for_a_task(folder.path());
        let python = children(&child.id());
        let everybody: Vec<String> =
            python.iter().flat_map(|process| children(process)).chain(python.clone()).collect();
        child.signal("-INT");
        assert_eq!(child.end().0, Some(1), "{row:?}");
        let report = report_of(folder.path());
        assert!(report.cancelled && report.runs.len() == 1 && report.runs[0].cancelled, "{row:?}");
        assert!(report.runs[0].spans.iter().any(|span| span.checksum.is_some()), "{row:?}");
        assert!(report.failed() == 0, "{row:?}: {:?}", errors(&report.runs[0]));
        for process in everybody {
            until("a worker is gone", || !is_running(&process));
        }
        let left: Vec<_> = std::fs::read_dir(folder.path()).expect("a folder").flatten().collect();
        assert_eq!(left.len(), 1, "{row:?}: {left:?}");
    }
}
