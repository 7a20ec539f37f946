//! `parlab compare`: ratios of saved reports, what is refused, thresholds.

use std::path::{Path, PathBuf};

use parlab_shared::report::Report;
use parlab_shared::strategy::Platform;

use crate::support::parlab::{parlab, report, text};

/// What `parlab compare ARGS` printed, its complaints, and its exit code.
fn compare(reports: &[&Path], args: &[&str]) -> (String, String, Option<i32>) {
    let output = parlab().arg("compare").args(reports).args(args).output().expect("parlab runs");
    (text(&output.stdout), text(&output.stderr), output.status.code())
}

/// Three reports in a folder: one of this machine; the same, said to be a browser's, with all times tripled; and one of
/// other parameters.
fn reports(folder: &Path) -> [PathBuf; 3] {
    let native = report(&["sum", "-s", "sequential", "--scale", "smoke", "--runs", "8"]);
    let mut slower = native.clone();
    slower.id = "slower".to_owned();
    slower.platform = Platform::Browser;
    slower.runs.iter_mut().for_each(|run| run.wall_ms *= 3.0);
    let other = report(&["sum", "-s", "sequential", "--scale", "smoke", "--runs", "1", "--size", "1000"]);
    let write = |name: &str, report: &Report| {
        let path = folder.join(name);
        std::fs::write(&path, report.to_json()).expect("written");
        path
    };
    [write("native.json", &native), write("slower.json", &slower), write("other.json", &other)]
}

#[test]
fn ratios_verdicts_and_thresholds() {
    let folder = tempfile::tempdir().expect("a folder");
    let [native, slower, other] = reports(folder.path());
    let (printed, _, code) = compare(&[&native, &slower], &[]);
    assert_eq!(code, Some(0));
    assert!(printed.contains("3.000") && printed.contains("slower"), "{printed}");

    let (printed, _, code) = compare(&[&native, &slower], &["--fail-if", "browser/native > 1.2 on sum"]);
    assert_eq!(code, Some(1), "{printed}");
    assert!(printed.contains("broken: browser/native > 1.2 on sum in 1 of 1 rows"), "{printed}");
    let (printed, _, code) = compare(&[&native, &slower], &["--fail-if", "browser/native > 30"]);
    assert_eq!(code, Some(0), "{printed}");
    assert!(printed.contains("holds: not browser/native > 30 (1 rows)"), "{printed}");

    let (printed, _, code) = compare(&[&native, &other], &[]);
    assert_eq!(code, Some(0));
    assert!(printed.contains("not compared: sum, sequential: n is 1000 in one and 20000000 in the other"), "{printed}");
}

#[test]
fn bad_input_names_value_reason_and_fix() {
    let folder = tempfile::tempdir().expect("a folder");
    let [native, slower, _] = reports(folder.path());
    let refused = |reports: &[&Path], args: &[&str], expected: &str| {
        let (_, complaint, code) = compare(reports, args);
        assert_eq!(code, Some(2), "{complaint}");
        assert!(complaint.contains(expected), "{complaint}");
    };
    refused(&[&native], &[], "one report has nothing to be compared with");
    refused(&[&native, &native], &[], "are the same report");
    refused(&[&native, Path::new("nowhere.json")], &[], "nowhere.json cannot be read");
    refused(&[&native, &slower], &["--fail-if", "browser > 1"], "is no threshold");
    refused(&[&native, &slower], &["--fail-if", "python/native > 1"], "\"python\" is none of the reports");
    refused(&[&native, &slower], &["--fail-if", "browser/native > 1 on crawl"], "no row that both reports");
    let truncated = folder.path().join("truncated.json");
    let json = std::fs::read_to_string(&native).expect("a report");
    std::fs::write(&truncated, &json[..json.len() / 2]).expect("written");
    refused(&[&native, &truncated], &[], "truncated.json cannot be read: this is not JSON");
}

#[test]
fn another_checksum_is_a_flaw() {
    let folder = tempfile::tempdir().expect("a folder");
    let [native, slower, _] = reports(folder.path());
    let json = std::fs::read_to_string(&slower).expect("a report");
    let mut changed = Report::from_json(&json).expect("a report");
    changed.runs[0].spans[0].checksum = Some(parlab_shared::report::Checksum(1));
    changed.runs.iter_mut().for_each(|run| run.spans[0].checksum = Some(parlab_shared::report::Checksum(1)));
    std::fs::write(&slower, changed.to_json()).expect("written");
    let (printed, _, code) = compare(&[&native, &slower], &[]);
    assert_eq!(code, Some(1), "{printed}");
    assert!(printed.contains("they did not do the same work"), "{printed}");
}
