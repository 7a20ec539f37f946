//! The script alone: its options, its reports, what it refuses.

use std::process::{Command, Output};

use parlab_shared::measure::option;
use parlab_shared::report::Report;
use parlab_shared::strategy::Platform;

use super::script;
use crate::schema::check_valid;
use crate::support::parlab::text;
use crate::support::server::Server;

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
    check_script_refuses(&["http2"], "http2 cannot be run: Python's standard library speaks HTTP/1.1 alone");
    check_script_refuses(&["matmul"], "matmul cannot be run: Python has what the source documents have");
    check_script_refuses(
        &["sum", "-s", "fork"],
        "unknown strategy \"fork\"; use one of sequential, async, threads, processes",
    );
    check_script_refuses(&["sum", "-w", "0"], "workers = 0 cannot be run; use 1 to 64");
    check_script_refuses(
        &["sum", "-s", "sequential", "-w", "4"],
        "workers = 4 cannot be used: sequential has a single worker; leave it out, or name other strategies",
    );
    check_script_refuses(
        &["sum", "--target", "http://127.0.0.1:1/"],
        "target = \"http://127.0.0.1:1/\" cannot be used: sum sends no requests; leave it out",
    );
    check_script_refuses(&["sum", "--runs", "0"], "runs = 0 cannot be run; use 1 to 1000");
    check_script_refuses(&["sum", "--json", "no-such-folder/r.json"], "no-such-folder/r.json");
}
