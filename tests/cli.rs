//! What `parlab` prints and which exit code it returns.

use crate::support::parlab::{parlab, text};

/// Runs `parlab ARGS` and checks the exit code and that both streams contain what is expected.
#[track_caller]
fn check(args: &[&str], code: i32, stdout: &str, stderr: &str) {
    let output = parlab().args(args).output().expect("parlab runs");
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{args:?}\n{out}\n{err}");
    assert!(out.contains(stdout), "{args:?} prints {stdout:?}:\n{out}");
    assert!(err.contains(stderr), "{args:?} complains {stderr:?}:\n{err}");
}

#[test]
fn lists_what_there_is() {
    check(&["list"], 0, "Do threads or processes make 16 equal sums faster?", "");
    let output = parlab().args(["list", "--json"]).output().expect("parlab runs");
    let list: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(list["experiments"][0]["name"], "urls");
    assert!(list["support"].as_array().expect("a table").iter().any(|line| {
        line["strategy"] == "threads" && line["platform"] == "native" && line["mechanism"] == "rayon-pool"
    }));
}

#[test]
fn an_experiment_prints_table_and_timelines() {
    check(&["run", "cpu-heavy", "--scale", "smoke", "--runs", "1"], 0, "Multiprocessing (processes × 4)", "");
}

#[test]
fn help_and_version() {
    check(&["--version"], 0, "parlab 0.", "");
    check(&[], 2, "", "Usage: parlab");
    check(&["run", "--help"], 0, "--workers", "");
}

#[test]
fn bad_input_names_value_reason_and_fix() {
    check(&["run", "cpu"], 2, "", "no experiment or workload \"cpu\"; use one of urls, io-heavy, cpu-heavy");
    check(
        &["run", "sum", "-s", "fork"],
        2,
        "",
        "unknown strategy \"fork\"; use one of sequential, async, threads, processes",
    );
    check(&["run", "sum", "-w", "0"], 2, "", "workers = 0 cannot be run: there would be nothing to measure; use 1 to");
    check(&["run", "sum", "-w", "1000"], 2, "", "workers = 1000 cannot be run");
    check(&["run", "sum", "-w", "two"], 2, "", "use whole numbers from 1 to 1024, with commas: 1,2,4");
    check(&["run", "sum", "-w", "1", "-w", ""], 2, "", "use whole numbers from 1 to 1024, with commas: 1,2,4");
    check(&["run", "sum", "-w", "-1"], 2, "", "use whole numbers from 1 to 1024, with commas: 1,2,4");
    check(&["run", "sum", "--runs", "1", "--runs", "2"], 2, "", "'--runs <NUMBER>' cannot be used multiple times");
    check(&["run", "sum", "--precision", "-1"], 2, "", "precision = \"-1\" cannot be used: use percent, more than 0");
    check(&["run", "post", "--latency", "300-100"], 2, "", "use MIN-MAX with MIN at most MAX: 100-300");
    check(&["run", "post", "--latency", "1-2-3"], 2, "", "use milliseconds from 0 to 600000, or MIN-MAX");
    check(&["run", "post", "--fail", "status:1e-1"], 2, "", "or status:PROBABILITY from 0 to 1 such as status:0.1");
    check(&["run", "post", "--target", "http://127.0.0.1:99999"], 2, "", "invalid port number");
    check(&["run", "post", "--target", "ftp://127.0.0.1/"], 2, "", "only http and https addresses can be asked for");
    check(&["run", "sum", "--keep", "lock"], 2, "", "sharing = \"lock\" cannot be used: this workload keeps nothing");
    check(&["run", "sum", "-n", "0"], 2, "", "tasks = 0 cannot be run");
    check(&["run", "sum", "-n", "99999999"], 2, "", "use 1 to 100000");
    check(&["run", "sum", "--size", "5000000000"], 2, "", "does not fit into 64 bits; use 1 to 4294967295");
    check(&["run", "sum", "--size", "99999999999999999999"], 2, "", "99999999999999999999");
    check(&["run", "mandelbrot", "-n", "15"], 2, "", "use a square number such as 9 or 16");
    check(&["run", "sum", "--scale", "huge"], 2, "", "unknown scale \"huge\"; use one of exact, lab, smoke");
    check(&["run", "sum", "--runs", "0"], 2, "", "runs = 0 cannot be run");
    check(&["run", "sum", "--platform", "browser"], 2, "", "runs on the page");
    check(
        &["run", "crash", "--platform", "python"],
        2,
        "",
        "on platform python: Python has what the source documents have",
    );
    check(&["run", "sum", "--json", "no-such-folder/r.json"], 2, "", "cannot be written to no-such-folder/r.json");
    check(&["run", "sum", "-s", "async", "--dispatch", "per-task"], 0, "event-loop", "");
}

#[test]
fn a_failed_task_is_exit_code_1_and_named() {
    check(&["run", "crash", "--scale", "smoke"], 1, "the task panicked: this task panics on purpose", "6 tasks failed");
}
