//! What the system lets a process have, and what becomes of processes meanwhile: a plan that cannot be is refused, a run that
//! did less than it was asked for has failed, and nothing is waited for without end.
#![cfg(target_os = "linux")]

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use parlab_shared::report::Report;
use parlab_shared::run::Run;
use parlab_shared::span::ErrorKind;

use crate::support::parlab::{report, text};

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

/// Runs briefly, and checks that what ends clean did all that it was asked for.
#[track_caller]
fn check_honest(limit: &str, args: &[&str]) -> Option<Report> {
    let brief = ["--scale", "smoke", "-n", "20", "--runs", "1", "--warmup", "0", "--json", "-"];
    let output = limited(limit, &[&["run"], args, &brief[..]].concat());
    let (code, said) = (output.status.code(), text(&output.stderr));
    let report = Report::from_json(&text(&output.stdout)).ok();
    match (code, &report) {
        (Some(0), Some(report)) => assert!(report.runs.iter().all(Run::is_measured) && report.failed() == 0, "{said}"),
        (Some(1), Some(report)) => assert!(report.failed() > 0, "{limit}, {args:?}: {said}"),
        // Refused, or ended by a system that had no memory left.
        (Some(2) | None, _) | (Some(101..), _) => assert!(!said.is_empty(), "{limit}, {args:?}"),
        _ => panic!("{limit}, {args:?}: {code:?}, {said}"),
    }
    report
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
fn whatever_the_limit_on_open_files_nothing_ends_clean_that_did_less_than_asked() {
    for files in [16, 20, 24, 28, 36, 44] {
        for args in EVERY {
            check_honest(&format!("ulimit -n {files}"), args);
        }
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
    let reports = memory.iter().flat_map(|limit| many.iter().filter_map(move |args| check_honest(limit, args)));
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
fn connections_end_with_their_run() {
    let many = ["post", "-s", "async", "-w", "300", "-n", "300", "--latency", "20", "--runs", "6", "--warmup", "0"];
    let report = report(&many);
    assert_eq!((report.runs.len(), report.failed()), (6, 0));
    // What waited for a connection of an earlier run took 30 s.
    assert!(report.runs.iter().all(|run| run.wall_ms < 20_000.0), "{:?}", report.runs.iter().map(|run| run.wall_ms));
}

/// Starts a run whose report goes to a file in a folder.
fn start(program: &Path, folder: &Path, args: &[&str]) -> Child {
    let mut command = Command::new(program);
    command.arg("run").args(args).arg("--json").arg(folder.join("report.json"));
    command.env_remove("RUST_BACKTRACE").stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("parlab runs")
}

fn finished_report(folder: &Path) -> Report {
    let json = std::fs::read_to_string(folder.join("report.json")).expect("a report");
    Report::from_json(&json).expect("a report")
}

/// The children of a process that were started with this argument, once it has some that are not among `known`.
fn children_of(parent: u32, argument: &str, known: &[String]) -> Vec<String> {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let children = std::fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).unwrap_or_default();
        let is_one = |child: &&str| {
            let words = std::fs::read_to_string(format!("/proc/{child}/cmdline")).unwrap_or_default();
            words.split('\0').any(|word| word == argument) && !known.iter().any(|known| known == child)
        };
        let found: Vec<String> = children.split_whitespace().filter(is_one).map(str::to_owned).collect();
        if !found.is_empty() {
            return found;
        }
        assert!(Instant::now() < deadline, "parlab {parent} has no child that is a {argument}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn signal(name: &str, process: &str) {
    let status = Command::new("kill").args([name, process]).status().expect("kill runs");
    assert!(status.success());
}

#[test]
fn children_are_the_program_that_runs_whatever_becomes_of_its_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = folder.path().join("parlab");
    std::fs::copy(env!("CARGO_BIN_EXE_parlab"), &program).expect("copied");
    let args = ["sum", "-s", "processes", "-w", "2", "-n", "2", "--size", "20000000", "--runs", "30", "--warmup", "0"];
    let child = start(&program, folder.path(), &args);
    let first = children_of(child.id(), "worker", &[]);
    std::fs::remove_file(&program).expect("removed");
    std::fs::write(&program, "another program").expect("written");
    children_of(child.id(), "worker", &first);
    let output = child.wait_with_output().expect("parlab ends");
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(finished_report(folder.path()).failed(), 0);
}

#[test]
fn a_child_that_was_stopped_is_given_up_and_replaced() {
    let folder = tempfile::tempdir().expect("a folder");
    let args = ["sleep", "-s", "processes", "-w", "2", "-n", "8", "--size", "500", "--runs", "2", "--warmup", "0"];
    let child = start(Path::new(env!("CARGO_BIN_EXE_parlab")), folder.path(), &args);
    let workers = children_of(child.id(), "worker", &[]);
    // Long enough for a task to be handed over.
    std::thread::sleep(Duration::from_millis(300));
    signal("-STOP", &workers[0]);
    let output = child.wait_with_output().expect("parlab ends");
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let report = finished_report(folder.path());
    let errors: Vec<_> = report.runs.iter().flat_map(|run| &run.spans).filter_map(|span| span.error.as_ref()).collect();
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(errors[0].kind == ErrorKind::WorkerDied && errors[0].message.contains("stopped for 10 s"), "{}", errors[0]);
    assert_eq!(report.runs.len(), 2);
    assert!(!Path::new("/proc").join(&workers[0]).exists(), "it was not ended");
}

#[test]
fn python_and_its_workers_are_given_up_alike() {
    let folder = tempfile::tempdir().expect("a folder");
    let begin = || {
        let args = ["sleep", "-s", "processes", "-w", "2", "-n", "8", "--size", "2000", "--runs", "2", "--warmup", "0"];
        let args = [&args[..], &["--platform", "python"]].concat();
        let child = start(Path::new(env!("CARGO_BIN_EXE_parlab")), folder.path(), &args);
        let python = children_of(child.id(), "--serve", &[]).remove(0);
        // Long enough for tasks to be handed over: until then Python may have other children.
        std::thread::sleep(Duration::from_millis(1500));
        let worker = children_of(python.parse().expect("a number"), "--serve", &[]).remove(0);
        (child, python, worker)
    };
    for of_worker in [true, false] {
        let (child, python, worker) = begin();
        signal("-STOP", if of_worker { &worker } else { &python });
        let output = child.wait_with_output().expect("parlab ends");
        assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
        let report = finished_report(folder.path());
        assert!(report.runs.len() == 2 && report.failed() > 0 && report.runs[1].failed() == 0, "{of_worker}");
        assert!(report.runs[0].spans.iter().any(|span| span.error.is_some()), "{of_worker}");
    }
}

/// Starts requests that take some seconds in all.
fn start_posts(folder: &Path) -> Child {
    let args = ["post", "-s", "async", "-w", "2", "-n", "8", "--latency", "100", "--runs", "12", "--warmup", "0"];
    start(Path::new(env!("CARGO_BIN_EXE_parlab")), folder, &args)
}

#[test]
fn a_target_that_died_is_started_again_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let child = start_posts(folder.path());
    let target = children_of(child.id(), "target", &[]);
    std::thread::sleep(Duration::from_millis(1000));
    signal("-KILL", &target[0]);
    let output = child.wait_with_output().expect("parlab ends");
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("the target server was lost") && said.contains("started again"), "{said}");
    let report = finished_report(folder.path());
    let spoilt: Vec<&Run> = report.runs.iter().filter(|run| run.failed() > 0).collect();
    assert!(report.runs.len() == 12 && !report.cancelled);
    assert!(spoilt.len() == 1 && !spoilt[0].is_measured() && failed_with(spoilt[0], ErrorKind::Setup) == 1, "{said}");
}

#[test]
fn a_target_that_dies_again_ends_the_plan() {
    let folder = tempfile::tempdir().expect("a folder");
    let child = start_posts(folder.path());
    let first = children_of(child.id(), "target", &[]);
    std::thread::sleep(Duration::from_millis(500));
    signal("-KILL", &first[0]);
    let second = children_of(child.id(), "target", &first);
    std::thread::sleep(Duration::from_millis(500));
    signal("-KILL", &second[0]);
    let output = child.wait_with_output().expect("parlab ends");
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("for the second time"), "{said}");
    let report = finished_report(folder.path());
    assert!(report.cancelled && report.runs.len() < 12);
    assert!(report.runs.iter().filter(|run| run.is_measured()).all(|run| run.failed() == 0));
}
