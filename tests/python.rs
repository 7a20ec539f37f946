//! Platform `python`: the same results and failures as natively, whatever happens to the process that runs them, and the
//! script of its own.

mod addresses;
#[cfg(unix)]
mod other_pythons;

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::Duration;

use parlab_shared::experiment::{Variant, experiments};
use parlab_shared::measure::option;
use parlab_shared::report::{Report, Warning};
use parlab_shared::run::Run;
use parlab_shared::scale::Scale;
use parlab_shared::span::ErrorKind;
use parlab_shared::strategy::{Mechanism, Platform, Strategy};
use parlab_shared::way::{Handing, Setup, Way};

use crate::schema::check_valid;
use crate::support::parlab::{parlab, report, text};
use crate::support::server::Server;

/// Every strategy that can carry waiting work out, in pools and per task.
const EVERY: [&[&str]; 2] = [
    &["-s", "sequential,async,threads,processes", "-w", "1,3"],
    &["-s", "threads,processes", "-w", "3", "--dispatch", "per-task"],
];

/// What tasks left behind, as far as it has to be equal: number, bytes, checksum, kind of failure.
fn results(run: &Run) -> Vec<(u32, u64, Option<String>, Option<ErrorKind>)> {
    let result = |span: &parlab_shared::span::Span| {
        let checksum = span.checksum.map(|checksum| checksum.to_string());
        (span.task, span.bytes, checksum, span.error.as_ref().map(|error| error.kind))
    };
    run.spans.iter().map(result).collect()
}

/// Runs an experiment natively and in Python under every strategy, and checks that all runs have the same results.
#[track_caller]
fn check_same(args: &[&str]) {
    check_same_under(args, &EVERY);
}

/// The same under some strategies.
#[track_caller]
fn check_same_under(args: &[&str], strategies: &[&[&str]]) {
    let once = ["--scale", "smoke", "--runs", "1", "--warmup", "0"];
    let expected = report(&[args, &["-s", "sequential"], &once].concat());
    let expected = results(&expected.runs[0]);
    assert!(!expected.is_empty());
    for some in strategies {
        let report = report(&[args, some, &once, &["--platform", "python"]].concat());
        assert_eq!(report.platform, Platform::Python);
        assert!(!report.runs.is_empty());
        for run in &report.runs {
            let errors: Vec<_> = run.spans.iter().filter_map(|span| span.error.as_ref()).collect();
            let row = format!("{args:?}: {} × {} {}", run.row.strategy, run.row.workers, run.row.dispatch);
            assert_eq!(results(run), expected, "{row}: {errors:?}");
            assert!(run.spans.iter().all(|span| span.worker < run.row.workers), "{row}");
        }
    }
}

#[test]
fn work_that_computes_has_the_same_results_as_natively() {
    check_same(&["cpu-heavy", "-n", "5", "--size", "100000"]);
    check_same(&["countdown", "-n", "5", "--size", "10000"]);
    check_same(&["sum", "-n", "5", "--size", "100000"]);
}

#[test]
fn work_that_waits_has_the_same_results_as_natively() {
    check_same(&["urls", "-n", "4", "--size", "300000"]);
    check_same(&["sites", "-n", "6"]);
    check_same(&["images"]);
    check_same(&["post", "-n", "12"]);
    check_same(&["mixed", "-n", "10", "--size", "10000"]);
    check_same(&["io-heavy", "-n", "4", "--size", "2500000"]);
    check_same(&["io-heavy", "-n", "4", "--size", "1000", "--flush", "--one-file"]);
    check_same(&["square", "-n", "10"]);
}

#[test]
fn a_crawl_finds_the_same_pages_as_natively() {
    check_same(&["crawl"]);
    check_same(&["crawl", "--round", "0", "--seed", "7"]);
}

#[test]
fn a_dictionary_has_every_result_however_it_is_kept() {
    let in_one_memory: [&[&str]; 2] =
        [&["-s", "sequential,async,threads", "-w", "1,3"], &["-s", "threads", "-w", "3", "--dispatch", "per-task"]];
    for keep in ["lock", "sharded"] {
        check_same_under(&["dictionary", "-n", "12", "--size", "20", "--keep", keep], &in_one_memory);
    }
    for sharing in ["owner", "merge"] {
        check_same(&["dictionary", "-n", "12", "--size", "20", "--sharing", sharing]);
    }
}

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
fn failures_are_of_the_same_kinds_as_natively() {
    for fail in ["status:0.5", "cut:0.5", "garbage:0.5", "redirect:0.5"] {
        check_same(&["post", "-n", "8", "--fail", fail]);
    }
    check_same(&["post", "-n", "6", "--fail", "stall:0.5", "--timeout", "0.5"]);
    check_same(&["urls", "-n", "8", "--size", "300000", "--fail", "cut:0.5"]);
    // Bound and dropped: nobody listens on this port any more.
    let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    check_same(&["post", "-n", "4", "--target", &format!("http://127.0.0.1:{port}")]);
    check_same(&["post", "-n", "4", "--target", "http://parlab.invalid"]);
}

/// Answers the `task`-th request of a kind of its own, from what is common to what no client should have to meet.
fn answer(task: usize, hop: bool, connection: &mut TcpStream) -> std::io::Result<()> {
    let whole = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nwhole";
    let answer = match task {
        0 => whole,
        1 => {
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nsum: 1\r\n\r\n"
        }
        2 => "HTTP/1.0 200 OK\r\n\r\nuntil the end",
        3 if !hop => "HTTP/1.1 302 Found\r\nlocation: ?task=3&hop=1\r\ncontent-length: 4\r\n\r\nmove",
        4 => "HTTP/1.1 204 No Content\r\n\r\n",
        5 => "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nA\r\n01234",
        6 => "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nten\r\n0123456789\r\n0\r\n\r\n",
        7 => "",
        8 => "HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\nconnection: close\r\n\r\nno",
        9 => {
            // A byte now and then: each comes in time, and all of them do not.
            connection.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")?;
            for _ in 0..1000 {
                connection.write_all(b"x")?;
                std::thread::sleep(Duration::from_millis(50));
            }
            ""
        }
        _ => whole,
    };
    connection.write_all(answer.as_bytes())
}

/// Serves one connection: requests without bodies, until an answer that ends with it.
fn serve(connection: TcpStream) -> std::io::Result<()> {
    let mut requests = BufReader::new(connection.try_clone()?);
    let mut connection = connection;
    loop {
        let mut first = String::new();
        if requests.read_line(&mut first)? == 0 {
            return Ok(());
        }
        let mut line = String::new();
        while requests.read_line(&mut line)? > 2 {
            line.clear();
        }
        let digits = first.split("task=").nth(1).unwrap_or_default();
        let digits: String = digits.chars().take_while(char::is_ascii_digit).collect();
        let task = digits.parse().unwrap_or_default();
        answer(task, first.contains("hop="), &mut connection)?;
        if matches!(task, 2 | 5..=9) {
            return Ok(());
        }
    }
}

#[test]
fn answers_of_every_form_are_read_as_natively() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            // A client that gives up is part of the test.
            std::thread::spawn(move || _ = serve(connection));
        }
    });
    check_same(&["urls", "-n", "12", "--size", "1", "--timeout", "1", "--target", &url]);
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
fn a_report_says_which_python_ran() {
    let report = report(&["sum", "-n", "2", "--size", "1000", "--platform", "python"]);
    let python = report.environment.python.as_ref().expect("a Python");
    assert!(python.version.starts_with("3.") && !python.implementation.is_empty(), "{python:?}");
    check_valid(&report.to_json());
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

/// Runs `parlab run sum --platform python` with a choice of Python and checks that it cannot, and what it says.
#[track_caller]
fn check_no_python(choice: &str, expected: &str) {
    let output = parlab().args(["run", "sum", "--platform", "python"]).env("PARLAB_PYTHON", choice).output();
    let output = output.expect("parlab runs");
    let complaint = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{complaint}");
    assert!(complaint.contains(expected), "{complaint}");
    assert!(complaint.contains("install Python 3.9 or newer, or name one with PARLAB_PYTHON"), "{complaint}");
}

#[test]
fn without_a_python_there_is_a_reason() {
    check_no_python("no-such-python", "no-such-python: there is no such program");
    check_no_python("true", "true: the process ended (exit status: 0)");
    check_no_python("echo", "echo: it answered \"/");
}

/// The repository's script, to be run by Python.
fn script() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../baselines/python/parlab.py")
}

#[cfg(unix)]
#[test]
fn a_python_that_is_too_old_says_so() {
    use std::os::unix::fs::PermissionsExt;

    // Says that it is older than it is, and is right in all else.
    let folder = tempfile::tempdir().expect("a folder");
    let old = folder.path().join("old-python");
    let pretends = "import runpy, sys; sys.version_info = (3, 8, 18); sys.argv = sys.argv[1:]; \
        runpy.run_path(sys.argv[0], run_name='__main__')";
    std::fs::write(&old, format!("#!/bin/sh\nexec python3 -c \"{pretends}\" \"$@\"\n")).expect("written");
    std::fs::set_permissions(&old, std::fs::Permissions::from_mode(0o755)).expect("allowed");
    check_no_python(&old.display().to_string(), "Python 3.9 or newer is needed, and this is 3.8.18");
}

/// Runs the script with options.
fn run_script(args: &[&str]) -> Output {
    Command::new("python3").arg(script()).args(args).output().expect("python3 runs")
}

#[track_caller]
fn check_script_refuses(args: &[&str], expected: &str) {
    let output = run_script(args);
    let complaint = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{complaint}");
    assert!(complaint.contains(expected), "{complaint}");
}

#[test]
fn the_script_alone_writes_a_report() {
    let server = Server::start(&[]);
    let reports = [
        run_script(&["sum", "--scale", "smoke", "--runs", "1", "-n", "2", "--json", "-"]),
        run_script(&["post", "--scale", "smoke", "--runs", "1", "-n", "6", "--json", "-", "--target", server.url()]),
    ];
    for output in reports {
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let json = text(&output.stdout);
        check_valid(&json);
        let report = Report::from_json(&json).expect("a report");
        assert_eq!((report.platform, report.tool.version.as_str()), (Platform::Python, env!("CARGO_PKG_VERSION")));
        assert!(report.failed() == 0 && report.runs.len() >= 3);
    }
    let table = run_script(&["square", "--scale", "smoke", "-n", "3", "-s", "threads", "-w", "2,3"]);
    assert!(text(&table.stdout).contains("sleep: threads × 3"), "{}", text(&table.stdout));
}

#[test]
fn the_scripts_options_are_called_as_everywhere() {
    let output = run_script(&["--help"]);
    let help = text(&output.stdout);
    // Options stand two columns in, each before its help: `-s NAMES, --strategy NAMES`, or `-s, --strategy NAMES`.
    let options = help.lines().filter_map(|line| line.strip_prefix("  ")?.split("  ").next());
    let mut found = Vec::new();
    for words in options.filter(|option| option.starts_with('-')).map(|option| option.replace(',', "")) {
        let words: Vec<&str> = words.split_whitespace().collect();
        let long = words.iter().find_map(|word| word.strip_prefix("--")).expect("every option has a long name");
        if ["help", "json", "serve"].contains(&long) {
            continue;
        }
        let option = option::find(long).unwrap_or_else(|| panic!("{long} is no option of parlab run"));
        let short =
            words[0].strip_prefix('-').filter(|letter| letter.len() == 1).and_then(|letter| letter.chars().next());
        let value = words.last().copied().expect("some words");
        assert_eq!((long, short, value), (option.key, option.short, option.value));
        found.push(long.to_owned());
    }
    let expected = ["strategy", "workers", "tasks", "scale", "variant", "runs", "warmup", "seed", "sharing", "target"];
    assert_eq!(found, expected);
    let kept = run_script(&["sum", "--keep", "lock"]);
    assert!(text(&kept.stderr).contains("sharing = \"lock\" cannot be used: this workload keeps nothing"));
}

#[test]
fn the_script_refuses_with_value_reason_and_fix() {
    check_script_refuses(&["post"], "start `parlab target` and give its address with --target");
    check_script_refuses(&["post", "--target", "ftp://x"], "use an address such as http://127.0.0.1:8017/");
    check_script_refuses(&["cpu"], "there is no experiment or workload \"cpu\"; use one of all, urls, io-heavy");
    check_script_refuses(&["mandelbrot"], "mandelbrot cannot be run: Python has what the source documents have");
    check_script_refuses(
        &["sum", "-s", "fork"],
        "unknown strategy \"fork\"; use one of sequential, async, threads, processes",
    );
    check_script_refuses(&["sum", "-w", "0"], "workers = 0 cannot be run; use 1 to 64");
    check_script_refuses(&["sum", "--runs", "0"], "runs = 0 cannot be run; use 1 to 1000");
    check_script_refuses(&["sum", "--json", "no-such-folder/r.json"], "no-such-folder/r.json");
}

#[cfg(target_os = "linux")]
mod signals {
    use std::path::Path;
    use std::process::{Child, Stdio};
    use std::time::Instant;

    use parlab_shared::measure::{Snapshot, TaskState};

    use super::*;

    /// How long what has to happen may take on a busy machine.
    const PATIENCE: Duration = Duration::from_secs(30);

    /// A run in Python of four sleeps, some hundred milliseconds each, whose files are in a folder.
    fn start(folder: &Path, row: &[&str]) -> Child {
        start_of("gather", folder, &[&["--runs", "2"], row].concat())
    }

    /// A run of four sleeps of an experiment.
    fn start_of(name: &str, folder: &Path, row: &[&str]) -> Child {
        parlab()
            .args(["run", name, "-n", "4", "--size", "2000", "--warmup", "0"])
            .args(["--platform", "python"])
            .args(row)
            .arg("--json")
            .arg(folder.join("report.json"))
            .env("TMPDIR", folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("parlab runs")
    }

    /// What a function finds, as soon as it finds something.
    fn wait_for<T>(what: &str, mut find: impl FnMut() -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(found) = find() {
                return found;
            }
            assert!(Instant::now() < deadline, "{what} never happened");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// The boards in a folder.
    fn boards(folder: &Path) -> Vec<PathBuf> {
        let entries = |folder: &Path| std::fs::read_dir(folder).into_iter().flatten().flatten();
        let of_plan = entries(folder).filter(|entry| entry.file_name().to_string_lossy().starts_with("parlab-"));
        let files = of_plan.flat_map(|folder| entries(&folder.path()));
        let boards = files.filter(|entry| entry.file_name().to_string_lossy().starts_with("board-"));
        boards.map(|entry| entry.path()).collect()
    }

    /// Waits until the board in the folder says that a task is done and another is not.
    fn wait_for_a_task(folder: &Path) {
        wait_for("a task's end", || {
            let snapshot = Snapshot::decode(&std::fs::read(boards(folder).pop()?).ok()?)?;
            let is_in = |state| snapshot.slots.iter().any(|slot| slot.state == state);
            (is_in(TaskState::Done) && is_in(TaskState::Running)).then_some(())
        });
    }

    fn children_of(parent: &str) -> Vec<String> {
        let children = std::fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).unwrap_or_default();
        children.split_whitespace().map(str::to_owned).collect()
    }

    fn signal(name: &str, process: &str) {
        assert!(Command::new("kill").args([name, process]).status().expect("kill runs").success());
    }

    fn finished_report(folder: &Path) -> Report {
        let json = std::fs::read_to_string(folder.join("report.json")).expect("a report");
        Report::from_json(&json).expect("a report")
    }

    fn errors(run: &Run) -> Vec<String> {
        run.spans.iter().filter_map(|span| span.error.as_ref()).map(ToString::to_string).collect()
    }

    #[test]
    fn a_python_that_dies_fails_its_run_and_the_plan_goes_on() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut child = start(folder.path(), &["-s", "sequential"]);
        wait_for_a_task(folder.path());
        signal("-KILL", &children_of(&child.id().to_string())[0]);
        assert_eq!(child.wait().expect("parlab ends").code(), Some(1));
        let report = finished_report(folder.path());
        let [died, next] = report.runs.as_slice() else { panic!("{} runs", report.runs.len()) };
        assert_eq!(errors(died).len(), 1, "{:?}", errors(died));
        assert!(errors(died)[0].starts_with("worker-died: the process ended (signal: 9"), "{:?}", errors(died));
        assert!(died.spans.iter().any(|span| span.checksum.is_some()), "{died:?}");
        assert!(errors(next).is_empty() && next.spans.len() == 4, "{next:?}");
    }

    #[test]
    fn a_pool_whose_worker_dies_gives_its_tasks_up_and_the_plan_goes_on() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut child = start(folder.path(), &["-s", "processes", "-w", "2"]);
        wait_for_a_task(folder.path());
        let python = &children_of(&child.id().to_string())[0];
        signal("-KILL", &children_of(python)[0]);
        assert_eq!(child.wait().expect("parlab ends").code(), Some(1));
        let report = finished_report(folder.path());
        let [broken, next] = report.runs.as_slice() else { panic!("{} runs", report.runs.len()) };
        assert!(!errors(broken).is_empty() && broken.spans.len() == 4, "{broken:?}");
        assert!(errors(broken).iter().all(|error| error.starts_with("worker-died: ")), "{:?}", errors(broken));
        assert!(errors(next).is_empty(), "{:?}", errors(next));
    }

    #[test]
    fn a_multiprocessing_pool_whose_process_dies_does_not_wait_for_ever() {
        let folder = tempfile::tempdir().expect("a folder");
        // A map, then single tasks with a callback.
        let mut child = start_of("square", folder.path(), &["-s", "processes", "-w", "2", "--runs", "1"]);
        for run in 0..2 {
            wait_for("a run", || (boards(folder.path()).len() == 1).then_some(()));
            wait_for_a_task(folder.path());
            let board = boards(folder.path());
            let python = &children_of(&child.id().to_string())[0];
            signal("-KILL", &children_of(python)[0]);
            if run == 0 {
                wait_for("the next run", || (boards(folder.path()) != board).then_some(()));
            }
        }
        assert_eq!(child.wait().expect("parlab ends").code(), Some(1));
        let report = finished_report(folder.path());
        assert_eq!(report.runs.len(), 2);
        for run in &report.runs {
            let errors = errors(run);
            assert!(!errors.is_empty() && run.spans.len() == 4, "{run:?}");
            assert!(
                errors.iter().all(|error| error.starts_with("worker-died: the worker that had it died")),
                "{errors:?}"
            );
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
            let mut child = start(folder.path(), row);
            wait_for_a_task(folder.path());
            let python = children_of(&child.id().to_string());
            let everybody: Vec<String> =
                python.iter().flat_map(|process| children_of(process)).chain(python.clone()).collect();
            signal("-INT", &child.id().to_string());
            assert_eq!(child.wait().expect("parlab ends").code(), Some(1), "{row:?}");
            let report = finished_report(folder.path());
            assert!(report.cancelled && report.runs.len() == 1 && report.runs[0].cancelled, "{row:?}");
            assert!(report.runs[0].spans.iter().any(|span| span.checksum.is_some()), "{row:?}");
            assert!(report.failed() == 0, "{row:?}: {:?}", errors(&report.runs[0]));
            for process in everybody {
                wait_for("the end of a worker", || (!Path::new(&format!("/proc/{process}")).exists()).then_some(()));
            }
            let left: Vec<_> = std::fs::read_dir(folder.path()).expect("a folder").flatten().collect();
            assert_eq!(left.len(), 1, "{row:?}: {left:?}");
        }
    }
}

#[test]
fn links_lead_where_they_lead_natively() {
    // The cases that `links_lead_where_a_browser_says_they_do` in shared goes through.
    let program = "
import json, sys
from twin import address, crawl
for case in json.load(open(sys.argv[1], encoding='utf-8')):
    found = crawl.accept(address.join(None, case['url']), *crawl.parse(case['html'].encode()), 'pages')
    assert found == case['links'], (case, found)
";
    let cases = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/pages.json");
    let package = script();
    let folder = package.parent().expect("the script is in a folder");
    let output = Command::new("python3").args(["-c", program, cases]).env("PYTHONPATH", folder).output();
    let output = output.expect("python3 runs");
    assert!(output.status.success(), "{}", text(&output.stderr));
}

/// A folder with a file in it.
#[cfg(unix)]
fn folder_with(name: &str, content: &str) -> tempfile::TempDir {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    std::fs::write(&path, content).expect("a file");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("a program");
    folder
}

#[cfg(unix)]
#[test]
fn how_a_user_sets_python_up_is_of_no_account() {
    let once = ["sum", "--scale", "smoke", "-s", "sequential,processes", "-w", "2", "--runs", "1", "--warmup", "0"];
    let other = folder_with("twin.py", "raise ImportError('another twin')\n");
    let printing = folder_with("python", "#!/bin/sh\necho welcome\nprintf 'to this Python'\nexec python3 \"$@\"\n");
    let (other_path, printing_path) = (other.path().to_owned(), printing.path().join("python"));
    let settings: [(&str, &std::ffi::OsStr); 7] = [
        ("PYTHONSAFEPATH", "1".as_ref()),
        ("PYTHONPATH", other_path.as_os_str()),
        ("PYTHONHOME", "/nonexistent".as_ref()),
        ("PYTHONINSPECT", "1".as_ref()),
        ("PYTHONDONTWRITEBYTECODE", "1".as_ref()),
        ("PYTHONOPTIMIZE", "2".as_ref()),
        ("PARLAB_PYTHON", printing_path.as_os_str()),
    ];
    for (name, value) in settings {
        let mut command = parlab();
        command.arg("run").args(once).args(["--platform", "python", "--json", "-"]).env(name, value);
        let output = command.output().expect("parlab runs");
        assert!(output.status.success(), "{name}: {}", text(&output.stderr));
    }
    // The script of its own, whose settings are the user's.
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../baselines/python/parlab.py");
    for setting in [["-I"], ["-E"]] {
        let mut command = Command::new("python3");
        command.args(setting).arg(&script).args(once).env("PYTHONPATH", &other_path).env("PYTHONSAFEPATH", "1");
        let output = command.output().expect("Python runs");
        assert!(output.status.success(), "{setting:?}: {}", text(&output.stderr));
    }
    let mut command = Command::new("python3");
    command.arg(&script).args(once).env("PYTHONPATH", &other_path).env("PYTHONSAFEPATH", "1");
    let output = command.output().expect("Python runs");
    assert!(output.status.success(), "{}", text(&output.stderr));
}
