//! What `parlab` prints and which exit code it returns.

use crate::support::golden;
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
fn help_and_errors_are_as_wide_as_the_terminal() {
    let inputs: [&[&str]; 6] = [
        &["--help"],
        &["run", "--help"],
        &["compare", "--help"],
        &["compare", "a.json", "b.json", "--fail-if", "native/browser >= 1.5 on sum with threads x 4, one per task"],
        &["run", "sum", "--no-such-option-of-any-command", "--another-one-that-there-is-not"],
        &[],
    ];
    for args in inputs {
        for (columns, most) in [(None, 80), (Some("60"), 60), (Some("120"), 100)] {
            let mut command = parlab();
            command.args(args).env_remove("COLUMNS");
            let output = command.envs(columns.map(|columns| ("COLUMNS", columns))).output().expect("parlab runs");
            let said = text(&output.stdout) + &text(&output.stderr);
            let widest = said.lines().max_by_key(|line| line.chars().count()).expect("lines");
            // What is filled is filled.
            assert!(widest.chars().count() <= most, "{args:?} in {most}: {widest}");
            assert!(args.is_empty() || widest.chars().count() > most / 2, "{args:?} in {most}: {widest}");
        }
    }
    // A word is never broken.
    let mut command = parlab();
    let output = command.args(["run", "--help"]).env("COLUMNS", "60").output().expect("parlab runs");
    let said = text(&output.stdout);
    assert!(["sequential,", "--precision-of", "milliseconds"].iter().all(|word| said.contains(word)), "{said}");
}

#[cfg(unix)]
#[test]
fn a_list_that_is_too_long_is_refused_and_not_cut() {
    let folder = tempfile::tempdir().expect("a folder");
    let list = folder.path().join("list");
    std::fs::write(&list, "http://127.0.0.1:9/\n".repeat(300_000)).expect("written");
    let list = list.to_str().expect("UTF-8");
    let expected =
        format!("--urls {list} has more than 4.0 MB, which is too much; give a file with one address per line");
    check(&["run", "urls", "--urls", list], 2, "", &expected);
    std::fs::write(list, b"http://\xff/").expect("written");
    check(&["run", "urls", "--urls", list], 2, "", "is no text in UTF-8");
}

#[test]
fn bad_input_names_value_reason_and_fix() {
    let inputs: &[&[&str]] = &[
        &["run"],
        &["run", "--all", "sum"],
        &["run", "sum", "--worker", "2"],
        &["runs"],
        &["run", "cpu"],
        &["run", "sum", "-s", "fork"],
        &["run", "sum", "-w", "0"],
        &["run", "sum", "-w", "1025"],
        &["run", "sum", "-w", "two"],
        &["run", "sum", "-w", "1", "-w", ""],
        &["run", "sum", "-w", "-1"],
        &["run", "sum", "--runs", "1", "--runs", "2"],
        &["run", "sum", "--precision", "-1"],
        &["run", "post", "--latency", "300-100"],
        &["run", "post", "--latency", "1-2-3"],
        &["run", "post", "--fail", "status:1e-1"],
        &["run", "post", "--protocol", "spdy"],
        &["run", "sum", "--protocol", "http2"],
        &["run", "http2", "--target", "http://127.0.0.1:8017/"],
        &["run", "http2", "--platform", "python"],
        &["run", "post", "--target", "ftp://127.0.0.1/"],
        &["run", "post", "--target", "http://127.0.0.1:99999"],
        &["run", "sum", "--keep", "lock"],
        &["run", "sum", "-n", "0"],
        &["run", "sum", "-n", "99999999"],
        &["run", "sum", "--size", "5000000000"],
        &["run", "sum", "--size", "99999999999999999999"],
        &["run", "mandelbrot", "-n", "15"],
        &["run", "sum", "--scale", "huge"],
        &["run", "sum", "--runs", "0"],
        &["run", "sum", "-s", "async", "--dispatch", "per-task"],
        &["run", "sum", "-s", "sequential", "-w", "4"],
        &["run", "sum", "--timeout", "1e999"],
        &["run", "sum", "--target", "http://127.0.0.1/"],
        &["run", "sum", "--flush"],
        &["run", "sum", "--url", "http://127.0.0.1/"],
        &["run", "post", "--url", "http://127.0.0.1/"],
        &["run", "urls", "--url", "example.org"],
        &["run", "urls", "--urls", "no-such-list"],
        &["run", "urls", "--url", "http://127.0.0.1/", "-s", "async", "-w", "65"],
        &["run", "crash", "-n", "2"],
        &["run", "sum", "--platform", "ruby"],
        &["run", "sum", "--platform", "browser"],
        &["run", "sum", "--platform", "chromium"],
        &["run", "crash", "--platform", "python"],
        &["run", "sum", "--json", "no-such-folder/r.json"],
    ];
    let refused = inputs.iter().map(|args| {
        let output = parlab().args(*args).output().expect("parlab runs");
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), String::new()), "{args:?}");
        (args.join(" "), text(&output.stderr).trim_end().to_owned())
    });
    golden::answers("refused.command-line.txt", refused);
}

#[test]
fn a_failed_task_is_exit_code_1_and_named() {
    check(&["run", "crash", "--scale", "smoke"], 1, "the task panicked: this task panics on purpose", "6 tasks failed");
}
