//! What the system lets a process have, and what becomes of processes meanwhile: a plan that cannot be is refused, a run that
//! did less than it was asked for has failed, and nothing is waited for without end.
#![cfg(target_os = "linux")]

use std::path::Path;
use std::process::{Command, Output};

use parlab_shared::measure::TaskState;
use parlab_shared::report::Report;
use parlab_shared::run::{Run, SPANS_KEPT_MAX};
use parlab_shared::span::ErrorKind;

use crate::support::parlab::{report, text};
use crate::support::process::{
    Process, answer_for, children, children_with, has_computed, is_in_event_loop, is_running, report_of, signal, until,
    wait_for, wait_for_runs, wait_for_tasks,
};
use crate::support::results::ONCE;

/// Runs `parlab ARGS` in a shell after `limit`, a command such as `ulimit`.
fn limited(limit: &str, args: &[&str]) -> Output {
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("{limit} && exec \"$0\" \"$@\""), env!("CARGO_BIN_EXE_parlab")]).args(args);
    shell.env_remove("RUST_BACKTRACE").output().expect("there is a shell")
}

/// The tasks of a run that failed in this way.
fn failed_with(run: &Run, kind: ErrorKind) -> usize {
    run.spans.iter().filter(|span| span.error.as_ref().is_some_and(|error| error.kind == kind)).count()
}

/// Every way in which workers are made.
const EVERY: [&[&str]; 8] = [
    &["square", "-s", "sequential"],
    &["square", "-s", "async", "-w", "4"],
    &["square", "-s", "threads", "-w", "4"],
    &["count", "-s", "threads", "-w", "4"],
    &["square", "-s", "threads", "-w", "4", "--dispatch", "per-task"],
    &["square", "-s", "processes", "-w", "4"],
    &["square", "-s", "processes", "-w", "4", "--dispatch", "per-task"],
    &["square", "-s", "threads", "-w", "4", "--platform", "python"],
];

/// How a run ended under a limit, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
enum End {
    /// The system ended it.
    Ended,
    /// It was refused.
    Refused,
    /// Tasks failed.
    Failed,
    /// It did all that it was asked for.
    Clean,
}

/// Runs briefly, and checks that how it ended is so.
#[track_caller]
fn briefly(limit: &str, args: &[&str]) -> (End, Option<Report>) {
    let brief = ["--scale", "smoke", "-n", "20", "--json", "-"];
    let output = limited(limit, &[&["run"], args, &brief, &ONCE].concat());
    let (code, said) = (output.status.code(), text(&output.stderr));
    let report = Report::from_json(&text(&output.stdout)).ok();
    let end = match (code, &report) {
        (Some(0), Some(report)) if report.failed() == 0 && report.runs.iter().all(Run::is_measured) => End::Clean,
        (Some(1), Some(report)) if report.failed() > 0 => End::Failed,
        (Some(2), None) if !said.is_empty() => End::Refused,
        (None | Some(101..), report) if report.as_ref().is_none_or(|report| report.failed() > 0) => End::Ended,
        _ => panic!("{limit}, {args:?}: {code:?}, {said}, {report:?}"),
    };
    (end, report)
}

#[test]
fn a_plan_that_needs_more_open_files_than_there_are_is_refused() {
    for args in EVERY {
        let output = limited("ulimit -n 12", &[&["run"], args].concat());
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
        assert!(said.contains("a process here 12 at most") && said.contains("ulimit -n"), "{args:?}: {said}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn python_needs_more_open_files_than_this_process_does() {
    let python = "run count -n 2 --size 1000 -s sequential --platform python --scale smoke --runs 1 --warmup 0";
    let python: Vec<&str> = python.split(' ').collect();
    let output = limited("ulimit -n 20", &python);
    let said = text(&output.stderr);
    assert!(output.status.code() == Some(2) && said.contains("a process here 20 at most"), "{said}");
    let output = limited("ulimit -n 28", &python);
    assert!(output.status.success(), "{}", text(&output.stderr));
}

#[test]
fn whatever_the_limit_on_open_files_nothing_ends_clean_that_did_less_than_asked() {
    for args in EVERY {
        let ends = [16, 20, 24, 28, 36, 44, 200].map(|files| briefly(&format!("ulimit -n {files}"), args).0);
        // With few it is refused beforehand, with many it runs, and with more it never does less.
        let [first, .., last] = ends;
        assert!(ends.is_sorted() && (first, last) == (End::Refused, End::Clean), "{args:?}: {ends:?}");
    }
}

#[test]
fn workers_that_cannot_be_made_fail_their_tasks() {
    let many: [&[&str]; 3] = [
        &["square", "-s", "threads", "-w", "64"],
        &["count", "-s", "threads", "-w", "64"],
        &["square", "-s", "threads", "-w", "64", "--dispatch", "per-task"],
    ];
    // How much memory a build needs differs; somewhere in between there is enough for some threads and not for all.
    let memory = [200, 250, 300, 400, 600, 900].map(|megabytes| format!("ulimit -v {megabytes}000"));
    let reports = memory.iter().flat_map(|limit| many.iter().filter_map(move |args| briefly(limit, args).1));
    let unable = reports.filter(|report| report.runs.iter().any(|run| failed_with(run, ErrorKind::Setup) > 0)).count();
    assert!(unable > 0, "64 threads could always be made");
}

#[test]
fn the_soft_limit_on_open_files_is_raised() {
    let many =
        ["run", "post", "-s", "async", "-w", "200", "-n", "200", "--latency", "200", "--runs", "1", "--json", "-"];
    let output = limited("ulimit -Sn 64", &many);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let report = Report::from_json(&text(&output.stdout)).expect("a report");
    assert!(report.runs.iter().all(|run| run.spans.len() == 200) && report.failed() == 0);
}

#[test]
fn the_target_has_room_for_all_that_is_in_flight() {
    let many = ["post", "-s", "async", "-w", "1100", "-n", "1100", "--latency", "500", "--runs", "2", "--warmup", "0"];
    let report = report(&many);
    assert_eq!((report.runs.len(), report.failed()), (2, 0));
}

#[test]
fn of_very_many_tasks_the_report_stays_small_and_says_so() {
    let options = ["count", "-s", "threads", "-w", "2", "-n", "2e5", "--size", "1", "--runs", "2", "--warmup", "0"];
    let output = limited("true", &[&["run"], &options[..], &["--json", "-"]].concat());
    let (said, report) = (text(&output.stderr), Report::from_json(&text(&output.stdout)).expect("a report"));
    assert_eq!((output.status.code(), report.runs.len(), report.failed()), (Some(0), 2, 0), "{said}");
    for run in &report.runs {
        assert!(
            run.is_measured() && run.tasks() == 200_000 && run.spans.len() <= SPANS_KEPT_MAX,
            "{}",
            run.spans.len()
        );
        assert_eq!(run.checksum(), report.runs[0].checksum());
    }
    assert!(said.contains("of 200,000 tasks of a run the report keeps the spans of 10,0"), "{said}");
}

#[test]
fn there_are_as_many_workers_as_the_largest_machines_have_cores_for() {
    let report =
        report(&["sleep", "-s", "threads", "-w", "1024", "-n", "2048", "--size", "20", "--runs", "1", "--warmup", "0"]);
    assert_eq!((report.runs[0].row.workers, report.runs[0].tasks(), report.failed()), (1024, 2048, 0));
}

#[test]
fn connections_end_with_their_run() {
    let many = ["post", "-s", "async", "-w", "300", "-n", "300", "--latency", "20", "--runs", "6", "--warmup", "0"];
    let report = report(&many);
    assert_eq!((report.runs.len(), report.failed()), (6, 0));
    // What waited for a connection of an earlier run took 30 s.
    assert!(report.runs.iter().all(|run| run.wall_ms < 20_000.0), "{:?}", report.runs.iter().map(|run| run.wall_ms));
}

#[test]
fn children_are_the_program_that_runs_whatever_becomes_of_its_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = folder.path().join("parlab");
    std::fs::copy(env!("CARGO_BIN_EXE_parlab"), &program).expect("copied");
    let args = ["sum", "-s", "processes", "-w", "2", "-n", "2", "--size", "20000000", "--runs", "30", "--warmup", "0"];
    // A shell starts it: a test that starts processes meanwhile may hold the copy open for a moment.
    let mut shell = Command::new("sh");
    shell.args(["-c", "exec \"$0\" run \"$@\""]).arg(&program).args(args);
    let parlab = Process::start(shell.arg("--json").arg(folder.path().join("report.json")));
    let first = children_with(&parlab.id(), "worker", &[]);
    std::fs::remove_file(&program).expect("removed");
    std::fs::write(&program, "another program").expect("written");
    children_with(&parlab.id(), "worker", &first);
    let (code, said) = parlab.end();
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(report_of(folder.path()).failed(), 0);
}

#[test]
fn a_killed_worker_process_costs_one_task() {
    let folder = tempfile::tempdir().expect("a folder");
    let args = ["count", "-n", "4", "--size", "1000000000", "-w", "2", "--runs", "2", "--warmup", "0"];
    let parlab = Process::run(folder.path(), &[&args[..], &["-s", "processes"]].concat());
    let workers = children_with(&parlab.id(), "worker", &[]);
    until("a worker is at a task", || has_computed(&workers[0]));
    signal("-KILL", &workers[0]);
    let (code, said) = parlab.end();
    assert_eq!(code, Some(1), "{said}");
    let report = report_of(folder.path());
    assert_eq!(report.runs.len(), 2);
    let errors: Vec<_> = report.runs.iter().flat_map(|run| &run.spans).filter_map(|span| span.error.clone()).collect();
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert_eq!(errors[0].kind, ErrorKind::WorkerDied);
    assert!(errors[0].message.contains("signal: 9"), "{}", errors[0].message);
    assert!(report.runs.iter().all(|run| run.spans.len() == 4));
}

#[test]
fn a_child_that_was_stopped_is_given_up_and_replaced() {
    let folder = tempfile::tempdir().expect("a folder");
    let args = ["sleep", "-s", "processes", "-w", "2", "-n", "8", "--size", "4000", "--runs", "2", "--warmup", "0"];
    let parlab = Process::run(folder.path(), &args);
    // It is stopped at a task.
    let worker = wait_for("a worker is at a task", || {
        children_with(&parlab.id(), "worker", &[]).into_iter().find(|worker| is_in_event_loop(worker))
    });
    signal("-STOP", &worker);
    let (code, said) = parlab.end();
    assert_eq!(code, Some(1), "{said}");
    let report = report_of(folder.path());
    let errors: Vec<_> = report.runs.iter().flat_map(|run| &run.spans).filter_map(|span| span.error.as_ref()).collect();
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(errors[0].kind == ErrorKind::WorkerDied && errors[0].message.contains("stopped for 10 s"), "{}", errors[0]);
    assert_eq!(report.runs.len(), 2);
    assert!(!is_running(&worker), "it was not ended");
}

#[test]
fn a_child_that_talks_nonsense_costs_one_task_and_is_replaced() {
    // A frame begins with its length; what begins with 1 are results, with 0 that something is prepared.
    let nonsense: [(&[u8], &str); 5] = [
        (b"\0\0\0\x05hello", ""),
        (&[0xff; 64], "frame"),
        (&[0, 0, 0, 1, 0], "something else than it was asked"),
        (&[0, 0, 0, 2, 1, 0], "something else than it was asked"),
        (&[0, 0, 0, 0], ""),
    ];
    for (said_instead, reason) in nonsense {
        let folder = tempfile::tempdir().expect("a folder");
        let args = ["sleep", "-s", "processes", "-w", "2", "-n", "8", "--size", "1500", "--runs", "2", "--warmup", "0"];
        let parlab = Process::run(folder.path(), &args);
        let worker = wait_for("a worker is at a task", || {
            children_with(&parlab.id(), "worker", &[]).into_iter().find(|worker| is_in_event_loop(worker))
        });
        answer_for(&worker, said_instead);
        let (code, said) = parlab.end();
        assert_eq!(code, Some(1), "{said_instead:?}: {said}");
        let report = report_of(folder.path());
        let spans = || report.runs.iter().flat_map(|run| &run.spans);
        let errors: Vec<_> = spans().filter_map(|span| span.error.as_ref()).collect();
        assert_eq!(errors.len(), 1, "{said_instead:?}: {errors:?}");
        assert!(errors[0].kind == ErrorKind::WorkerDied && errors[0].message.contains(reason), "{}", errors[0]);
        assert!(report.runs.len() == 2 && report.runs.iter().all(|run| run.spans.len() == 8), "{said_instead:?}");
        assert!(!is_running(&worker), "it was not ended");
    }
}

#[test]
fn a_python_that_talks_nonsense_fails_its_run_and_the_plan_goes_on() {
    for said_instead in ["nonsense\n", "{}\n", "\u{7f}\n", "{\"spans\":7}\n"] {
        let folder = tempfile::tempdir().expect("a folder");
        let args = ["sleep", "-s", "sequential", "-n", "3", "--size", "1000", "--runs", "2", "--warmup", "0"];
        let parlab = Process::run(folder.path(), &[&args[..], &["--platform", "python"]].concat());
        wait_for_tasks(folder.path(), &[TaskState::Done, TaskState::Running]);
        let python = children_with(&parlab.id(), "--serve", &[]).remove(0);
        answer_for(&python, said_instead.as_bytes());
        let (code, said) = parlab.end();
        assert_eq!(code, Some(1), "{said_instead:?}: {said}");
        let report = report_of(folder.path());
        let [broken, next] = report.runs.as_slice() else { panic!("{} runs", report.runs.len()) };
        assert_eq!(failed_with(broken, ErrorKind::WorkerDied), 1, "{said_instead:?}: {broken:?}");
        let told = broken
            .spans
            .iter()
            .filter_map(|span| span.error.as_ref())
            .any(|error| error.message.contains("it answered"));
        assert!(told && broken.spans.iter().any(|span| span.error.is_none()), "{said_instead:?}: {broken:?}");
        assert!(next.failed() == 0 && next.spans.len() == 3, "{said_instead:?}: {next:?}");
        assert!(!is_running(&python), "it was not ended");
    }
}

#[test]
fn python_and_its_workers_are_given_up_alike() {
    for of_worker in [true, false] {
        let folder = tempfile::tempdir().expect("a folder");
        let args = ["sleep", "-s", "processes", "-w", "2", "-n", "8", "--size", "4000", "--runs", "2", "--warmup", "0"];
        let parlab = Process::run(folder.path(), &[&args[..], &["--platform", "python"]].concat());
        wait_for_tasks(folder.path(), &[TaskState::Running]);
        let python = children(&parlab.id()).remove(0);
        let worker = children(&python).remove(0);
        signal("-STOP", if of_worker { &worker } else { &python });
        let (code, said) = parlab.end();
        assert_eq!(code, Some(1), "{said}");
        let report = report_of(folder.path());
        assert!(report.runs.len() == 2 && report.failed() > 0 && report.runs[1].failed() == 0, "{of_worker}");
        assert!(report.runs[0].spans.iter().any(|span| span.error.is_some()), "{of_worker}");
    }
}

/// Starts requests that take some seconds in all; returns when runs of them are saved, and others go on.
fn start_asking(folder: &Path, name: &str) -> Process {
    let args =
        [name, "-s", "async", "-w", "2", "--latency", "100", "--runs", "20", "--warmup", "0", "--scale", "smoke"];
    let size = if name == "crawl" { ["--size", "8"] } else { ["-n", "8"] };
    let parlab = Process::run(folder, &[&args[..], &size].concat());
    wait_for_runs(folder, 0);
    parlab
}

#[test]
fn a_target_that_died_is_started_again_once() {
    for name in ["post", "crawl"] {
        let folder = tempfile::tempdir().expect("a folder");
        let parlab = start_asking(folder.path(), name);
        let target = children_with(&parlab.id(), "target", &[]);
        signal("-KILL", &target[0]);
        let (code, said) = parlab.end();
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains("the target server was lost") && said.contains("started again"), "{said}");
        let report = report_of(folder.path());
        let spoilt: Vec<&Run> = report.runs.iter().filter(|run| run.failed() > 0).collect();
        assert!(report.runs.len() == 20 && !report.cancelled, "{name}");
        let failed = |run: &Run| failed_with(run, ErrorKind::Setup);
        assert!(spoilt.len() == 1 && !spoilt[0].is_measured() && failed(spoilt[0]) == 1, "{name}: {said}");
    }
}

#[test]
fn a_target_that_dies_again_ends_the_plan() {
    let folder = tempfile::tempdir().expect("a folder");
    let parlab = start_asking(folder.path(), "post");
    let first = children_with(&parlab.id(), "target", &[]);
    let runs = report_of(folder.path()).runs.len();
    signal("-KILL", &first[0]);
    let second = children_with(&parlab.id(), "target", &first);
    // It serves: runs after the one that failed are saved.
    wait_for_runs(folder.path(), runs + 1);
    signal("-KILL", &second[0]);
    let (code, said) = parlab.end();
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("for the second time"), "{said}");
    let report = report_of(folder.path());
    assert!(report.cancelled && report.runs.len() < 20);
    assert!(report.runs.iter().filter(|run| run.is_measured()).all(|run| run.failed() == 0));
}
