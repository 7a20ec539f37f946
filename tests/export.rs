//! Reports in other formats, as other programs read them.

use std::path::Path;
use std::process::{Command, Output};

use parlab_shared::export::Format;
use parlab_shared::report::Report;
use serde_json::Value;

use crate::support::browser::Browser;
use crate::support::parlab::{parlab, text};

fn run(args: &[&str], folder: &Path) -> Output {
    parlab().args(args).current_dir(folder).output().expect("parlab runs")
}

/// A folder with a report in every format.
fn exported() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let outputs =
        ["--json", "r.json", "--csv", "r.csv", "--markdown", "r.md", "--trace", "r.trace.json", "--html", "r.html"];
    let args = [&["run", "post", "--scale", "smoke", "-n", "12", "--runs", "6"][..], &outputs].concat();
    let output = run(&args, folder.path());
    assert!(output.status.success(), "{}", text(&output.stderr));
    folder
}

fn read(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn every_format_says_what_the_report_says() {
    let folder = exported();
    let report = Report::from_json(&read(folder.path(), "r.json")).expect("a report");
    let spans: usize = report.runs.iter().map(|run| run.spans.len()).sum();

    // Another program reads the tables.
    let program =
        "import csv, sys; print(*[len(list(csv.DictReader(open(name, newline='')))) for name in sys.argv[1:]])";
    let output =
        Command::new("python3").args(["-c", program, "r.csv", "r-runs.csv"]).current_dir(folder.path()).output();
    let output = output.expect("python3 runs");
    assert_eq!(text(&output.stdout).trim(), format!("{spans} {}", report.runs.len()), "{}", text(&output.stderr));

    let trace: Value = serde_json::from_str(&read(folder.path(), "r.trace.json")).expect("JSON");
    let events = trace["traceEvents"].as_array().expect("trace events");
    for event in events {
        let phase = event["ph"].as_str().expect("a phase");
        assert!(event["pid"].is_number() && event["name"].is_string(), "{event}");
        match phase {
            "M" => {}
            "X" => assert!(
                event["tid"].is_number() && event["ts"].as_f64() >= Some(0.0) && event["dur"].as_f64() >= Some(0.0)
            ),
            other => panic!("nobody expects the phase {other}: {event}"),
        }
    }
    assert!(events.iter().filter(|event| event["ph"] == "X").count() >= spans);

    let (markdown, html) = (read(folder.path(), "r.md"), read(folder.path(), "r.html"));
    assert_eq!(markdown, Format::Markdown.render(std::slice::from_ref(&report)));
    assert_eq!(html, Format::Html.render(std::slice::from_ref(&report)));
    assert!(html.len() < 1_000_000, "{}", html.len());

    // Saved reports are written as they were when they were measured.
    let output = run(&["report", "r.json", "-o", "again.html", "--markdown", "again.md"], folder.path());
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(read(folder.path(), "again.html"), html);
    assert_eq!(read(folder.path(), "again.md"), markdown);
}

#[tokio::test]
async fn the_page_of_a_report_needs_nothing_else() {
    let folder = exported();
    let browser = Browser::open(&format!("file://{}", folder.path().join("r.html").display())).await;
    assert!(browser.get::<usize>("document.querySelectorAll('svg').length").await > 4);
    assert!(browser.get::<usize>("document.querySelectorAll('table').length").await > 2);
    let resources = "performance.getEntriesByType('resource').length";
    assert_eq!(browser.get::<usize>(resources).await, 0, "it asks for something");
    assert!(browser.text("h1").await.contains("parlab"), "{}", browser.text("body").await);
}

#[test]
fn one_output_at_most_is_standard_output() {
    let folder = tempfile::tempdir().expect("a folder");
    let args = ["run", "sum", "--scale", "smoke", "--runs", "1", "--markdown", "-"];
    let output = run(&args, folder.path());
    assert!(output.status.success() && text(&output.stdout).contains("| sequential"), "{}", text(&output.stdout));
    let output = run(&[&args[..], &["--json", "-"]].concat(), folder.path());
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("cannot both be written to -"), "{}", text(&output.stderr));
}

#[test]
fn a_dash_is_standard_input() {
    let folder = exported();
    let file = std::fs::File::open(folder.path().join("r.json")).expect("a file");
    let from_input = parlab().args(["report", "-", "--markdown", "-"]).stdin(file).output().expect("parlab runs");
    let from_file = run(&["report", "r.json", "--markdown", "-"], folder.path());
    assert!(from_input.status.success(), "{}", text(&from_input.stderr));
    assert_eq!(text(&from_input.stdout), text(&from_file.stdout));
}

#[test]
fn what_is_no_report_is_refused_with_its_name_and_reason() {
    let folder = exported();
    let json = read(folder.path(), "r.json");
    let refused = |name: &str, content: &str, expected: &str| {
        std::fs::write(folder.path().join(name), content).expect("written");
        let output = run(&["report", "r.json", name, "-o", "never.html"], folder.path());
        let complaint = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{name}: {complaint}");
        assert!(complaint.contains(name) && complaint.contains(expected), "{name}: {complaint}");
        assert!(!folder.path().join("never.html").exists(), "{name}");
    };
    refused("truncated.json", &json[..json.len() / 2], "ends in the middle");
    refused("nested.json", &"[".repeat(5_000_000), "ends in the middle");
    refused("newer.json", &json.replacen("\"schema_version\":1", "\"schema_version\":9", 1), "schema version 9");
    refused("negative.json", &json.replacen("\"wall_ms\":", "\"wall_ms\":-", 1), "damaged");
    refused("infinite.json", &json.replacen("\"wall_ms\":", "\"wall_ms\":1e999,\"x\":", 1), "");
    refused("same.json", &json, "the same report");
    let output = run(&["report", "nowhere.json", "-o", "never.html"], folder.path());
    assert!(output.status.code() == Some(2) && text(&output.stderr).contains("nowhere.json"));

    // Two reports would be no JSON that is a report.
    let output = run(&["report", "r.json", "r2.json", "--json", "never.html"], folder.path());
    assert!(output.status.code() == Some(2) && text(&output.stderr).contains("--json takes one report at a time"));
    assert!(!folder.path().join("never.html").exists());

    // A name that is a script is text.
    let mut report = Report::from_json(&json).expect("a report");
    report.environment.os = "<script>alert(1)</script>".to_owned();
    std::fs::write(folder.path().join("script.json"), report.to_json()).expect("written");
    let output = run(&["report", "script.json", "-o", "script.html"], folder.path());
    assert!(output.status.success() && !read(folder.path(), "script.html").contains("<script"));
}
