//! `parlab pair`: one plan on several platforms in turn, end to end; what is refused, and what becomes of a pair that is
//! stopped.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use parlab_shared::report::{Report, Warning, load};
use parlab_shared::run::Run;
use parlab_shared::strategy::{Dispatch, Platform, Strategy};
use serde_json::Value;

use crate::schema::check_valid;
use crate::support::golden;
use crate::support::parlab::{interruptible, parlab, text};

/// A pair that is over soon.
const SHORT: &str = "pair sum --scale smoke -n 2 --runs 2 --warmup 0 -s sequential,processes -w 2";
/// A pair of many short runs, minutes long.
const LONG: &str = "pair sleep -n 4 --size 20 -w 2 --runs 1000 --warmup 0";

/// A command that measures pairs in a folder, of which others know nothing: those that other tests measure meanwhile.
fn command(folder: &Path, arguments: &str) -> Command {
    let mut command = interruptible();
    let temporary = folder.join("tmp");
    fs::create_dir_all(&temporary).expect("a folder");
    command.args(arguments.split(' ')).current_dir(folder).env("XDG_RUNTIME_DIR", &temporary).env("TMPDIR", temporary);
    command
}

/// Has a pair measured in a folder, and checks its exit code.
#[track_caller]
fn check(folder: &Path, arguments: &str, code: i32) -> Output {
    let output = command(folder, arguments).output().expect("parlab runs");
    assert_eq!(output.status.code(), Some(code), "{arguments}\n{}{}", text(&output.stdout), text(&output.stderr));
    output
}

#[track_caller]
fn read(path: &Path) -> Vec<Report> {
    load(&fs::read(path).expect("a file")).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The names of the parts whose runs a file has, in its order.
fn turns(path: &Path) -> Vec<String> {
    let json = fs::read_to_string(path).expect("a file");
    let file: Value = serde_json::from_str(&json).expect("JSON");
    let runs = file["runs"].as_array().expect("runs");
    runs.iter().map(|run| run["part"].as_str().expect("a part").to_owned()).collect()
}

/// Starts a pair that takes minutes and writes to `r.json`, and waits until some of its runs are saved.
fn start(folder: &Path, platforms: &str) -> Child {
    let mut command = command(folder, &format!("{LONG} --platform {platforms} --json r.json"));
    let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("parlab runs");
    let deadline = Instant::now() + Duration::from_secs(60);
    let has_runs = || {
        let bytes = fs::read(folder.join("r.json")).unwrap_or_default();
        load(&bytes).is_ok_and(|reports| reports.iter().all(|report| !report.runs.is_empty()))
    };
    while !has_runs() {
        assert!(Instant::now() < deadline, "no run is saved");
        sleep(Duration::from_millis(20));
    }
    child
}

#[test]
fn native_and_python_take_turns() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = check(folder.path(), &format!("{SHORT} --platform native,python --json r.json --html r.html"), 0);
    let path = folder.path().join("r.json");
    check_valid(&fs::read_to_string(&path).expect("a file"));
    let reports = read(&path);
    let platforms: Vec<Platform> = reports.iter().map(|report| report.platform).collect();
    assert_eq!(platforms, [Platform::Native, Platform::Python]);
    assert!(reports[1].environment.python.is_some() && reports.iter().all(|report| !report.cancelled));
    let rows = |report: &Report| report.runs.iter().map(|run| (run.row.clone(), run.repetition)).collect::<Vec<_>>();
    assert_eq!(rows(&reports[0]), rows(&reports[1]));
    assert_eq!(reports[0].runs.len(), 2 * 3);
    // The two runs of a row follow each other, and of two passes each comes first in one.
    for pass in turns(&path).chunks(2) {
        let mut parts = pass.to_vec();
        parts.sort();
        assert_eq!(parts, ["native", "python"]);
    }
    let times = |report: &Report| report.runs.iter().map(|run| run.started_ms).collect::<Vec<_>>();
    let firsts =
        times(&reports[0]).iter().zip(times(&reports[1])).filter(|(native, python)| **native < *python).count();
    assert_eq!(firsts, 3);
    // One at a time: none begins before the one before it is over.
    let mut ends: Vec<(f64, f64)> = reports
        .iter()
        .flat_map(|report| &report.runs)
        .map(|run| (run.started_ms, run.started_ms + run.wall_ms))
        .collect();
    ends.sort_by(|run, next| run.0.total_cmp(&next.0));
    assert!(ends.windows(2).all(|two| two[0].1 <= two[1].0), "{ends:?}");
    let said = text(&output.stdout);
    assert!(said.contains("native") && said.contains("python"), "{said}");
}

#[test]
fn a_platform_beside_itself_is_two_parts() {
    let folder = tempfile::tempdir().expect("a folder");
    let arguments = format!("{SHORT} --platform native,native --json -");
    let reports = load(&check(folder.path(), &arguments, 0).stdout).expect("a pair");
    let names: Vec<&str> = reports.iter().filter_map(|report| Some(report.part.as_ref()?.name.as_str())).collect();
    assert_eq!(names, ["native", "native#2"]);
    assert_eq!(reports[0].runs.len(), reports[1].runs.len());
}

#[test]
fn work_that_sends_requests_has_a_target_for_each_part() {
    let folder = tempfile::tempdir().expect("a folder");
    let arguments =
        "pair post -n 4 --latency 1 -s async -w 2 --runs 1 --warmup 0 --platform native,python,native --json -";
    let reports = load(&check(folder.path(), arguments, 0).stdout).expect("a pair");
    assert!(reports.iter().all(|report| report.runs.len() == 1 && report.failed() == 0));
}

#[test]
fn a_threshold_decides_the_exit_code() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    let pair = "pair count -n 2 --size 1000 -s sequential --runs 6 --warmup 0 --platform native,native --json r.json --fail-if";
    let threshold = |threshold: &str, code| {
        let mut command = command(here, pair);
        let output = command.arg(threshold).output().expect("parlab runs");
        assert_eq!(output.status.code(), Some(code), "{threshold}\n{}{}", text(&output.stdout), text(&output.stderr));
        text(&output.stdout)
    };
    assert!(threshold("native#2/native > 1000", 0).contains("passes: not native#2/native > 1000 in 1 of 1 rows"));
    assert!(threshold("native#2/native < 1000", 1).contains("broken: native#2/native < 1000 in 1 of 1 rows"));
    // What was measured is kept all the same.
    assert_eq!(read(&here.join("r.json")).len(), 2);
}

#[test]
fn what_cannot_be_a_pair_is_refused_before_anything_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    let inputs: &[&[&str]] = &[
        &["sum", "--platform", "native"],
        &["sum", "--platform", "native,browser"],
        &["sum", "--platform", "native,servo"],
        &["mandelbrot", "--platform", "native,python"],
        &["sum", "--platform", "native,python", "-s", "processes", "-w", "65"],
        &["sum", "--platform", "native,native", "--fail-if", "chromium/native > 1"],
        &["sum", "--platform", "native,native", "--fail-if", "native#2/native > 1 on count"],
        &["sum", "--platform", "native,native", "--runs", "5", "--fail-if", "native#2/native > 1"],
        &["sum", "--platform", "native,native", "--strict"],
        &["sum", "--platform", "native,native", "--json", "no-such-folder/r.json"],
    ];
    let refused = inputs.iter().map(|args| {
        let mut command = command(here, "pair");
        let output = command.args(*args).args(["--csv", "r.csv"]).output().expect("parlab runs");
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), String::new()), "{args:?}");
        (args.join(" "), text(&output.stderr).trim_end().to_owned())
    });
    golden::answers("refused.pair-command-line.txt", refused);
    assert!(!here.join("r.csv").exists());
}

#[cfg(target_os = "linux")]
#[test]
fn a_pair_that_is_stopped_keeps_what_was_measured() {
    let folder = tempfile::tempdir().expect("a folder");
    let pair = start(folder.path(), "native,python");
    assert!(Command::new("kill").args(["-INT", &pair.id().to_string()]).status().expect("kill runs").success());
    let output = pair.wait_with_output().expect("a child");
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    assert!(
        said.contains("stopped after ") && said.contains("; what was measured is saved in ") && said.contains("r.json"),
        "{said}"
    );
    let reports = read(&folder.path().join("r.json"));
    assert!(reports.iter().all(|report| report.cancelled && !report.runs.is_empty() && report.failed() == 0));
}

#[test]
fn a_second_pair_at_the_same_time_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut first = start(folder.path(), "native,native");
    // Wherever it puts its files.
    let elsewhere = folder.path().join("elsewhere");
    fs::create_dir(&elsewhere).expect("a folder");
    let mut second = command(folder.path(), &format!("{SHORT} --platform native,native --csv r.csv"));
    let output = second.env("TMPDIR", elsewhere).output().expect("parlab runs");
    assert_eq!(output.status.code(), Some(2));
    let said = text(&output.stderr);
    assert!(
        said.contains(&format!("another `parlab pair` (process {}) measures on this machine", first.id())),
        "{said}"
    );
    assert!(!folder.path().join("r.csv").exists());
    first.kill().expect("a child");
    first.wait().expect("a child");
    // However the first one ended.
    check(folder.path(), &format!("{SHORT} --platform native,native"), 0);
}

#[cfg(target_os = "linux")]
mod in_browsers {
    use super::*;

    /// The processes whose command line names a folder, other than parlab's own, and whether each is a browser.
    fn processes(folder: &Path) -> Vec<(String, bool)> {
        let folder = folder.to_string_lossy().into_owned();
        let entries = fs::read_dir("/proc").expect("processes").flatten();
        let named = entries.filter_map(|entry| {
            let line = fs::read(entry.path().join("cmdline")).ok()?;
            let line = String::from_utf8_lossy(&line).replace('\0', " ");
            let is_browser = line.contains("--user-data-dir=") && !line.contains("--type=");
            line.contains(&folder).then(|| (entry.file_name().to_string_lossy().into_owned(), is_browser))
        });
        named.collect()
    }

    /// Waits until no browser of a folder is left.
    #[track_caller]
    fn wait_for_the_end(folder: &Path) {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let left = processes(folder);
            if left.is_empty() {
                return;
            }
            assert!(Instant::now() < deadline, "{left:?} are left");
            sleep(Duration::from_millis(50));
        }
    }

    fn kill(signal: &str, process: &str) {
        assert!(Command::new("kill").args([signal, process]).status().expect("kill runs").success());
    }

    #[test]
    fn native_and_browsers_of_three_engines_take_turns_at_the_same_work() {
        let folder = tempfile::tempdir().expect("a folder");
        let sum = "pair sum --scale smoke -n 4 -s sequential,async,threads,processes -w 2 --runs 1 --warmup 0";
        check(folder.path(), &format!("{sum} --platform native,chromium,firefox,webkit --json r.json"), 0);
        let path = folder.path().join("r.json");
        check_valid(&fs::read_to_string(&path).expect("a file"));
        let reports = read(&path);
        // What pages are told of their browsers is rounded, and of processors nothing.
        for in_page in &reports[1..] {
            let version = in_page.environment.browser.as_ref().map(|browser| browser.version.as_str());
            assert!(version.is_some_and(|version| !version.ends_with(".0.0.0") && version != "60.5"), "{version:?}");
            assert_eq!(in_page.environment.cpu, reports[0].environment.cpu);
        }
        let engine = |report: &Report| report.environment.browser.as_ref().map(|browser| browser.engine.clone());
        let engines = [None, Some("Blink"), Some("Gecko"), Some("WebKit")];
        assert_eq!(reports.iter().map(engine).collect::<Vec<_>>(), engines.map(|engine| engine.map(str::to_owned)));
        let results = |run: &Run| run.spans.iter().map(|span| span.checksum).collect::<Vec<_>>();
        for in_page in &reports[1..] {
            assert_eq!(in_page.environment.cross_origin_isolated, Some(true));
            assert_eq!(in_page.runs.len(), reports[0].runs.len());
            for (run, there) in reports[0].runs.iter().zip(&in_page.runs) {
                assert_eq!((&run.row, results(run)), (&there.row, results(there)));
                assert!(there.probe_ms.is_some());
            }
            // A stack of a megabyte at least in each memory; with isolated workers there are three.
            let memory = |strategy| {
                // Of workers that end within the run nobody knows it.
                let is_it = |run: &&Run| run.row.strategy == strategy && run.row.dispatch == Dispatch::Pool;
                let run = in_page.runs.iter().find(is_it).expect("a row");
                run.costs.and_then(|costs| costs.wasm_memory_bytes).expect("it knows its memory")
            };
            let [alone, isolated] = [Strategy::Sequential, Strategy::Processes].map(memory);
            assert!((1 << 20..64 << 20).contains(&alone) && isolated > 2 * alone, "{alone} bytes, {isolated}");
        }
        wait_for_the_end(folder.path());
    }

    #[test]
    fn work_that_waits_asks_the_target_beside_the_page() {
        let folder = tempfile::tempdir().expect("a folder");
        let post = "pair post -n 4 --latency 1 -s async -w 2 --runs 1 --warmup 0 --platform chromium,native --json -";
        let reports = load(&check(folder.path(), post, 0).stdout).expect("a pair");
        assert!(reports.iter().all(|report| report.runs.len() == 1 && report.failed() == 0));
    }

    #[test]
    fn a_browser_that_is_killed_is_opened_once_more() {
        let folder = tempfile::tempdir().expect("a folder");
        let pair = start(folder.path(), "native,chromium");
        let browsers: Vec<_> = processes(folder.path()).into_iter().filter(|(_, is_browser)| *is_browser).collect();
        assert_eq!(browsers.len(), 1, "{browsers:?}");
        let runs = || read(&folder.path().join("r.json"))[1].runs.len();
        let before = runs();
        kill("-KILL", &browsers[0].0);
        let deadline = Instant::now() + Duration::from_secs(60);
        while runs() <= before + 1 {
            assert!(Instant::now() < deadline, "the pair does not go on");
            sleep(Duration::from_millis(100));
        }
        kill("-INT", &pair.id().to_string());
        let output = pair.wait_with_output().expect("a child");
        let said = text(&output.stderr);
        assert!(said.contains("it is opened again (1st of at most 5 times)"), "{said}");
        let reports = read(&folder.path().join("r.json"));
        assert_eq!(reports.iter().map(Report::failed).sum::<usize>(), 0, "the run was repeated");
        // It stands in the report, and whoever compares hears of it.
        let is_known = |warning: &Warning| matches!(warning, Warning::OpenedAgain { times: 1, .. });
        assert!(reports[1].warnings.iter().any(is_known), "{:?}", reports[1].warnings);
        let compared = parlab().args(["compare", "r.json"]).current_dir(folder.path()).output().expect("parlab runs");
        assert!(text(&compared.stderr).contains("opened again once"), "{}", text(&compared.stderr));
        wait_for_the_end(folder.path());
    }

    #[test]
    fn nothing_is_left_of_a_pair_that_is_killed() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut pair = start(folder.path(), "native,chromium");
        pair.kill().expect("a child");
        pair.wait().expect("a child");
        wait_for_the_end(folder.path());
        assert!(read(&folder.path().join("r.json")).iter().all(|report| report.cancelled && !report.runs.is_empty()));
    }

    #[test]
    fn a_browser_that_is_asked_for_and_missing_is_named_with_what_installs_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let pair = |platforms: &str, code| {
            let mut command = command(folder.path(), &format!("{SHORT} --platform {platforms}"));
            // Nothing is found, not even in its usual places, where a program is not what it is called.
            let output = command.env("PATH", "/nowhere").env("HOME", "/nowhere").output().expect("parlab runs");
            assert_eq!(output.status.code(), Some(code), "{platforms}\n{}", text(&output.stderr));
            text(&output.stderr)
        };
        let said = pair("native,native,firefox", 2);
        assert!(said.contains("firefox cannot be opened") && said.contains("geckodriver"), "{said}");
        assert!(said.contains("or do without it: --platform native,native"), "{said}");
        let said = pair("native,firefox", 2);
        assert!(said.contains("firefox cannot be opened") && !said.contains("do without"), "{said}");
        // Of those that nobody named, some may be missing.
        let mut command = command(folder.path(), SHORT);
        let output = command.env("PATH", "/nowhere").env("HOME", "/nowhere").output().expect("parlab runs");
        let said = text(&output.stderr);
        assert!(output.status.code() == Some(2) && said.contains("there is nothing to compare"), "{said}");
    }

    #[test]
    fn a_window_without_a_display_is_refused_with_what_helps() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut command = command(folder.path(), &format!("{SHORT} --platform native,native,firefox --headed"));
        command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
        let output = command.args(["--csv", "r.csv"]).output().expect("parlab runs");
        let said = text(&output.stderr);
        assert!(output.status.code() == Some(2) && said.contains("leave out --headed, or set DISPLAY"), "{said}");
        assert!(!said.contains("install") && !folder.path().join("r.csv").exists(), "{said}");
    }
}
