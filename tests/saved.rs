//! Whoever reads what is printed, whatever signals come, and however a run ends: files are whole, exit codes are those of
//! the verdict, and nothing is left behind. Real pipes, real signals, real limits.

#![cfg(target_os = "linux")]

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread::{self, sleep};
use std::time::Duration;

use parlab_shared::report::Report;

use crate::support::parlab::{interruptible, parlab, text};
use crate::support::process::{Process, children, has_computed, is_running, load, names, until, waits_for};

/// A run that is over soon.
const SHORT: &str = "run sum --scale smoke --runs 1 --warmup 0 -s sequential";
/// A run of many short runs, minutes long.
const LONG: &str = "run sleep -n 4 --size 20 -w 2 --runs 1000 --warmup 0";

/// Has a shell do something in a folder; `$P` is parlab there.
fn shell(folder: &Path, script: &str) -> Output {
    let mut command = Command::new("bash");
    command.args(["-c", script]).current_dir(folder).env("P", parlab().get_program()).env_remove("RUST_BACKTRACE");
    command.output().expect("bash runs")
}

/// Has a shell do something that says with which exit code parlab ended, and checks it.
#[track_caller]
fn check(folder: &Path, script: &str, code: i32) -> Output {
    let output = shell(folder, script);
    assert_eq!(output.status.code(), Some(code), "{script}\n{}{}", text(&output.stdout), text(&output.stderr));
    output
}

/// Starts parlab in a process group of its own, which a terminal would interrupt as a whole.
fn start(folder: &Path, arguments: &str) -> Process {
    let mut command = interruptible();
    command.args(arguments.split(' ')).current_dir(folder).env("TMPDIR", folder.join("tmp"));
    Process::start(command.process_group(0))
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("tmp")).expect("a folder");
    folder
}

#[test]
fn files_and_exit_codes_do_not_depend_on_who_reads() {
    let folder = folder();
    let here = folder.path();
    for reader in ["true", "head -n 1", "exec 0<&-; sleep 0"] {
        fs::write(here.join("r.json"), "yesterday's").expect("written");
        let output =
            check(here, &format!("$P {SHORT} --json r.json --html r.html | ({reader}); exit ${{PIPESTATUS[0]}}"), 0);
        assert_eq!(text(&output.stderr).lines().filter(|line| line.contains("panic")).count(), 0);
        let report = load(&here.join("r.json"));
        assert!(!report.cancelled && report.runs.len() == 1);
        assert!(fs::read_to_string(here.join("r.html")).expect("a page").ends_with("</html>\n"));
    }
    // Also of what goes to standard output itself, and of commands that only print.
    check(here, &format!("$P {SHORT} --json - --csv t.csv | true; exit ${{PIPESTATUS[0]}}"), 0);
    assert_eq!(fs::read_to_string(here.join("t-runs.csv")).expect("a table").lines().count(), 2);
    check(here, &format!("$P {SHORT} --trace >(true)"), 0);
    for command in ["list", "list --json", "schema", "report r.json --json -"] {
        check(here, &format!("$P {command} | true; exit ${{PIPESTATUS[0]}}"), 0);
    }
    check(here, "$P run crash --scale smoke | true; exit ${PIPESTATUS[0]}", 1);
    // Where nothing can be written, that is said.
    let output = check(here, "$P list > /dev/full", 2);
    assert!(text(&output.stderr).contains("standard output cannot be written to"), "{}", text(&output.stderr));
    check(here, &format!("$P {SHORT} --json r.json > /dev/full"), 2);
    check(here, "$P run crash --scale smoke > /dev/full", 1);
}

#[test]
fn a_threshold_decides_the_exit_code_whoever_reads() {
    let folder = folder();
    let here = folder.path();
    for name in ["a.json", "b.json"] {
        check(here, &format!("$P run sum --scale smoke --runs 6 -s sequential --json {name} > /dev/null"), 0);
    }
    for (limit, code) in [("> 0.001", 1), ("> 1000", 0)] {
        for reader in ["cat > /dev/null", "true"] {
            check(
                here,
                &format!("$P compare a.json b.json --fail-if '#2/#1 {limit}' | {reader}; exit ${{PIPESTATUS[0]}}"),
                code,
            );
        }
    }
    check(here, "$P compare a.json b.json --fail-if '#2/#1 > 0.001' > /dev/full", 1);
}

#[test]
fn what_is_open_is_appended_to() {
    let folder = folder();
    let here = folder.path();
    symlink("/dev/stdout", here.join("link")).expect("a link");
    let cases = [
        "--json /dev/stdout >> log",
        "--json /dev/fd/1 >> log",
        "--json /proc/self/fd/1 >> log",
        "--json /proc/thread-self/fd/1 >> log",
        "--json link >> log",
        "--json /dev/fd/3 3>> log >/dev/null",
        "--json /proc/self/fd/7 7>> log >/dev/null",
        "--json /dev/stderr 2>> log >/dev/null",
        "--json /proc/$$/fd/9 >/dev/null",
    ];
    for to in cases {
        fs::write(here.join("log"), "before\n").expect("written");
        check(here, &format!("exec 9>> log; $P {SHORT} {to}"), 0);
        let log = fs::read_to_string(here.join("log")).expect("a log");
        // What is said on standard error may be there, too.
        let mut lines = log.lines().filter(|line| !line.starts_with("parlab: "));
        assert_eq!(lines.next(), Some("before"), "{to}");
        assert_eq!(Report::from_json(lines.next().expect("a report")).expect("a report").runs.len(), 1, "{to}");
        assert_eq!(lines.next(), None, "{to}");
    }
    for (to, why) in [
        ("--json /dev/fd/8", "nothing is open under this number; redirect it, as in 8>> FILE"),
        ("--json /dev/fd/3 3< log", "it is open for reading only"),
        ("--json /dev/stdout --csv -", "--json and --csv cannot both be written to -"),
    ] {
        let output = check(here, &format!("$P {SHORT} {to}"), 2);
        assert!(text(&output.stderr).contains(why), "{to}: {}", text(&output.stderr));
    }
}

#[test]
fn mode_owner_and_links_stay() {
    let folder = folder();
    let here = folder.path();
    for name in ["r.json", "real.json", "two.json", "alone.json"] {
        fs::write(here.join(name), "").expect("written");
        fs::set_permissions(here.join(name), fs::Permissions::from_mode(0o600)).expect("ours");
    }
    symlink("real.json", here.join("link.json")).expect("a link");
    fs::hard_link(here.join("two.json"), here.join("other.json")).expect("a link");
    // Whoever may give files away sees that they stay another's.
    let owner = fs::metadata(here).expect("a folder").uid();
    let other = if owner == 0 { 1234 } else { owner };
    std::os::unix::fs::chown(here.join("alone.json"), Some(other), None).expect("root, or nothing to do");
    for name in ["r.json", "link.json", "two.json", "alone.json", "new.json"] {
        check(here, &format!("umask 027; $P {SHORT} --json {name} > /dev/null"), 0);
        assert_eq!(load(&here.join(name)).runs.len(), 1);
    }
    let metadata = |name: &str| fs::symlink_metadata(here.join(name)).expect("a file");
    for name in ["r.json", "real.json", "two.json", "alone.json"] {
        assert_eq!(metadata(name).mode() & 0o7777, 0o600, "{name}");
    }
    assert_eq!(metadata("new.json").mode() & 0o7777, 0o640);
    assert!(metadata("link.json").is_symlink());
    assert_eq!(metadata("two.json").ino(), metadata("other.json").ino());
    assert_eq!(metadata("alone.json").uid(), other);
    assert_eq!(names(here).len(), 8, "{:?}", names(here));
}

#[test]
fn two_runs_do_not_write_one_file() {
    let folder = folder();
    let here = folder.path();
    let first = start(here, &format!("{LONG} --json r.json --html r.html"));
    until("the report is there", || here.join("r.html").exists());
    for option in ["--json r.json", "--csv r.html", "--json ./tmp/../r.json"] {
        let output = check(here, &format!("$P {SHORT} {option}"), 2);
        assert!(text(&output.stderr).contains("another parlab is writing it just now"), "{}", text(&output.stderr));
    }
    until("a run is in the report", || !load(&here.join("r.json")).runs.is_empty());
    check(here, &format!("$P {SHORT} --json r.json"), 2);
    first.signal("-KILL");
    first.end();
    assert!(load(&here.join("r.json")).cancelled);
    check(here, &format!("$P {SHORT} --json r.json"), 0);
    assert_eq!(load(&here.join("r.json")).runs.len(), 1);
}

#[test]
fn what_could_not_run_leaves_files_as_they_were() {
    let folder = folder();
    let here = folder.path();
    fs::write(here.join("old.json"), "old").expect("written");
    for options in ["--json old.json --csv no/t.csv", "--json new.json --html no/t.html"] {
        check(here, &format!("$P {SHORT} {options}"), 2);
    }
    check(here, &format!("PARLAB_PYTHON=/nobody $P {SHORT} --platform python --json old.json --csv new.csv"), 2);
    assert_eq!(fs::read_to_string(here.join("old.json")).expect("a file"), "old");
    assert_eq!(names(here), ["old.json", "tmp"]);
}

#[test]
fn a_run_that_is_killed_leaves_a_report() {
    let folder = folder();
    let here = folder.path();
    let child =
        start(here, "run write -s processes -w 2 -n 4 --size 1000 --runs 1000 --warmup 0 --json r.json --csv t.csv");
    let workers = || children(&child.id());
    until("there are workers and a folder", || workers().len() == 2 && names(&here.join("tmp")).len() == 1);
    let of_child = workers();
    child.signal("-KILL");
    child.end();
    assert!(load(&here.join("r.json")).cancelled);
    assert!(!fs::read_to_string(here.join("t.csv")).expect("a table").is_empty());
    // Workers end with their parent, its folder is removed when parlab starts the next time, and no other one is.
    until("the workers are gone", || of_child.iter().all(|id| !is_running(id)));
    fs::create_dir(here.join("tmp/parlab-notes")).expect("a folder");
    let alive = start(here, "run write -n 4 --size 1000 --runs 1000 --warmup 0");
    until("the dead one's is removed, the new one's is there", || names(&here.join("tmp")).len() == 2);
    check(here, &format!("TMPDIR=$PWD/tmp $P {SHORT}"), 0);
    assert_eq!(names(&here.join("tmp")).len(), 2);
    alive.signal("-TERM");
    assert_eq!(alive.end().0, Some(1));
    assert_eq!(names(&here.join("tmp")), ["parlab-notes"]);
}

#[test]
fn a_child_that_computes_ends_with_its_parent() {
    let folder = folder();
    let here = folder.path();
    let child = start(here, "run count -s processes -w 2 -n 2 --size 4294967295 --runs 1000 --warmup 0");
    until("there are workers", || children(&child.id()).len() == 2);
    let workers = children(&child.id());
    until("they compute", || workers.iter().all(|worker| has_computed(worker)));
    child.signal("-KILL");
    child.end();
    until("the workers are gone", || workers.iter().all(|id| !is_running(id)));
}

#[test]
fn the_file_system_says_who_has_to_have_a_folder() {
    let folder = folder();
    let here = folder.path();
    check(here, "TMPDIR=/nonexistent $P run count -n 4 --size 1000 --runs 1 -s threads,processes -w 2", 0);
    for work in ["write -n 4 --size 1000", "sum --platform python"] {
        let output = check(here, &format!("TMPDIR=/nonexistent $P run {work} --runs 1 --json r.json"), 2);
        let said = text(&output.stderr);
        assert!(said.contains("no folder for files can be created in /nonexistent; TMPDIR may name another"), "{said}");
        assert!(!here.join("r.json").exists());
    }
}

#[test]
fn limits_on_files_are_errors_and_no_deaths() {
    let folder = folder();
    let here = folder.path();
    let output = check(here, &format!("prlimit --fsize=3000 $P {SHORT} -n 100 --json r.json"), 2);
    assert!(text(&output.stderr).contains("the report (JSON) cannot be written to"), "{}", text(&output.stderr));
    // What was there whole stays whole.
    assert!(load(&here.join("r.json")).runs.is_empty());
    assert_eq!(names(here), ["r.json", "tmp"]);
}

fn until_runs_are_saved(here: &Path) {
    until("runs are saved", || here.join("r.json").exists() && !load(&here.join("r.json")).runs.is_empty());
}

/// Runs for a while, then gets signals, each so many milliseconds after the one before; returns the exit code.
fn interrupted(here: &Path, arguments: &str, signals: &[(&str, u64)]) -> Option<i32> {
    let child = start(here, &format!("{arguments} --json r.json"));
    until_runs_are_saved(here);
    // To the group, as terminals and `timeout` send them.
    let group = format!("-{}", child.id());
    for (name, after_ms) in signals {
        sleep(Duration::from_millis(*after_ms));
        // It may have ended meanwhile.
        _ = Command::new("kill").args([name, "--", &group]).stderr(Stdio::null()).status();
    }
    child.end().0
}

#[test]
fn an_interrupted_terminal_makes_a_cancelled_run() {
    for strategy in ["processes", "threads"] {
        let folder = folder();
        let here = folder.path();
        let plan = format!("{LONG} -s {strategy}");
        assert_eq!(interrupted(here, &plan, &[("-INT", 0)]), Some(1), "{strategy}");
        let report = load(&here.join("r.json"));
        assert!(report.cancelled && report.failed() == 0, "{strategy}: {} failed", report.failed());
        assert!(report.runs.len() < 1000);
    }
}

#[test]
fn signals_at_once_are_one() {
    for signals in [
        [("-TERM", 0), ("-TERM", 0), ("-CONT", 0)],
        [("-HUP", 0), ("-HUP", 1), ("-CONT", 0)],
        [("-INT", 0), ("-INT", 1), ("-INT", 1)],
        [("-XCPU", 0), ("-TERM", 0), ("-HUP", 0)],
    ] {
        let folder = folder();
        let here = folder.path();
        assert_eq!(interrupted(here, &format!("{LONG} -s processes"), &signals), Some(1), "{signals:?}");
        let report = load(&here.join("r.json"));
        assert!(report.cancelled && !report.runs.is_empty(), "{signals:?}");
        assert_eq!(names(&here.join("tmp")), [] as [&str; 0]);
    }
}

#[test]
fn what_is_out_of_time_is_saved() {
    let folder = folder();
    let here = folder.path();
    let mut command = Command::new("timeout");
    command.arg("1000").arg(parlab().get_program()).args(LONG.split(' ')).args(["-s", "threads,processes"]);
    let timeout = Process::start(command.args(["--json", "r.json"]).current_dir(here).process_group(0));
    until_runs_are_saved(here);
    // This is what `timeout` sends itself when time is up; then it ends its child, and its group, which is the same again.
    timeout.signal("-ALRM");
    assert_eq!(timeout.end().0, Some(124));
    let report = load(&here.join("r.json"));
    assert!(report.cancelled && !report.runs.is_empty());
}

#[test]
fn an_interrupt_is_heard_within_a_task() {
    for strategy in ["threads", "processes", "async"] {
        let folder = folder();
        let here = folder.path();
        let long = "run count -n 4 --size 4294967295 -w 2 --runs 5 --warmup 0 --json r.json -s";
        let parlab = start(here, &format!("{long} {strategy}"));
        let of_parlab = || [children(&parlab.id()), vec![parlab.id()]].concat();
        until("it computes", || of_parlab().iter().any(|process| has_computed(process)));
        parlab.signal("-INT");
        assert_eq!(parlab.end().0, Some(1), "{strategy}");
        let report = load(&here.join("r.json"));
        assert!(report.cancelled && report.runs.len() == 1 && report.runs[0].cancelled, "{strategy}");
    }
}

#[test]
fn what_was_stopped_says_so_above_its_tables() {
    let folder = folder();
    let here = folder.path();
    let script = format!(
        "$P {LONG} -s threads --json r.json > out & until [ -s r.json ]; do sleep 0.05; done; sleep 0.2; kill -TERM $!; \
         wait $!"
    );
    check(here, &script, 1);
    let out = fs::read_to_string(here.join("out")).expect("what was printed");
    let runs = load(&here.join("r.json")).runs.len();
    let said = format!("Stopped before its end, after {runs} run");
    let lines: Vec<&str> = out.lines().collect();
    assert!(lines[1].starts_with(&said), "{said}: {out}");
    assert!(lines[2..].iter().any(|line| line.starts_with("Row ")) || runs == 0, "{out}");
}

#[test]
fn a_report_goes_into_a_pipe() {
    let folder = folder();
    let here = folder.path();
    check(here, &format!("mkfifo pipe; cat pipe > r.json & $P {SHORT} --json pipe > /dev/null && wait"), 0);
    assert_eq!(load(&here.join("r.json")).runs.len(), 1);
    assert_eq!(names(here), ["pipe", "r.json", "tmp"]);
}

#[test]
fn to_end_at_once_still_saves_and_tidies() {
    let folder = folder();
    let here = folder.path();
    // Nobody reads what is said on standard error: the pipe has room for the lines of some experiments, then it holds the
    // plan up, which hears no interrupt there.
    let script = "mkfifo pipe; exec 3<> pipe; head -c 65436 /dev/zero >&3; \
                  exec $P run --all --scale smoke --runs 1 --warmup 0 --json r.json > /dev/null 2>&3";
    let mut command = Command::new("bash");
    command.args(["-c", script]).current_dir(here).env("P", parlab().get_program()).env("TMPDIR", here.join("tmp"));
    let parlab = Process::start(&mut command);
    // The kernel tells what the process waits for: its standard error, which is the pipe. For a moment it may do so at any
    // time.
    let pipe = fs::canonicalize(here).expect("a folder").join("pipe");
    let is_held_up = || waits_for(&parlab.id()).as_ref() == Some(&pipe) && here.join("r.json").exists();
    until("parlab cannot say what it has to say", || {
        is_held_up() && (sleep(Duration::from_millis(200)), is_held_up()).1
    });
    assert_eq!(names(&here.join("tmp")).len(), 1);
    // Whoever is impatient interrupts until it ends: what comes within a second is one interrupt.
    let id = parlab.id();
    let ended = thread::spawn(move || parlab.end());
    while !ended.is_finished() {
        _ = Command::new("kill").args(["-INT", &id]).stderr(Stdio::null()).status();
        sleep(Duration::from_millis(1300));
    }
    assert_eq!(ended.join().expect("it ends").0, Some(130));
    let report = load(&here.join("r.json"));
    assert!(report.cancelled && !report.runs.is_empty());
    assert_eq!(names(&here.join("tmp")), [] as [&str; 0]);
}

#[test]
fn what_was_ignored_stays_ignored() {
    let folder = folder();
    let here = folder.path();
    // nohup ignores HUP; a shell that is not interactive has what it starts in the background ignore INT.
    for (start, name) in [("nohup $P", "HUP"), ("$P", "INT")] {
        let plan = "run sleep -n 2 --size 50 -w 2 -s threads --runs 60 --warmup 0 --json r.json";
        let script = format!(
            "rm -f r.json; {start} {plan} > out 2>&1 & P=$!; until [ -s r.json ]; do sleep 0.05; done; \
             kill -{name} $P || exit 9; wait $P"
        );
        check(here, &script, 0);
        let report = load(&here.join("r.json"));
        assert!(!report.cancelled && report.runs.len() == 60, "{name}: {}", report.runs.len());
    }
}
