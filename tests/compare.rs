//! `parlab compare`: ratios of saved reports, what is refused, thresholds.

use std::path::{Path, PathBuf};

use parlab_shared::export::Format;
use parlab_shared::report::{Browser, PartOf, Report, Warning, load, part_id};
use parlab_shared::run::Run;
use parlab_shared::span::{Checksum, ErrorKind, TaskError};
use parlab_shared::strategy::{Platform, Strategy};

use crate::support::parlab::{parlab, report, text};

/// What `parlab compare ARGS` printed, its complaints, and its exit code.
fn compare(reports: &[&Path], args: &[&str]) -> (String, String, Option<i32>) {
    let output = parlab().arg("compare").args(reports).args(args).output().expect("parlab runs");
    (text(&output.stdout), text(&output.stderr), output.status.code())
}

/// Three reports in a folder: one of this machine; the same, said to be a browser's, with all times tripled; and one of
/// other parameters.
fn reports(folder: &Path) -> [PathBuf; 3] {
    let native = report(&["sum", "-s", "sequential,threads", "-w", "2", "--scale", "smoke", "--runs", "8"]);
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

/// Changes a saved report.
fn change(path: &Path, change: impl FnOnce(&mut Report)) {
    let json = std::fs::read_to_string(path).expect("a report");
    let mut report = Report::from_json(&json).expect("a report");
    change(&mut report);
    std::fs::write(path, report.to_json()).expect("written");
}

#[test]
fn an_array_of_reports_is_as_many_as_it_has() {
    let folder = tempfile::tempdir().expect("a folder");
    let [native, slower, _] = reports(folder.path());
    let read = |path: &Path| std::fs::read_to_string(path).expect("a report");
    let array = folder.path().join("history.json");
    // As the page exports its history: each with what the user calls it.
    let named = read(&native).replacen('{', "{\"called\": \"before\", ", 1);
    std::fs::write(&array, format!("[\n{named},\n{}]", read(&slower))).expect("written");
    let alone = compare(&[&array], &["--json"]);
    assert_eq!(alone.2, Some(0), "{}", alone.1);
    let sides: serde_json::Value = serde_json::from_str(&alone.0).expect("JSON");
    assert_eq!(sides["comparisons"][0]["ratios"].as_array().map(Vec::len), Some(2), "{sides}");
    let (_, complaint, code) = compare(&[&array, &slower], &[]);
    assert_eq!(code, Some(2));
    assert!(complaint.contains("are the same report (id \"slower\")"), "{complaint}");
    std::fs::write(&array, "[]").expect("written");
    let (_, complaint, code) = compare(&[&array], &[]);
    assert_eq!(code, Some(2));
    assert!(complaint.contains("is an array without a report"), "{complaint}");
    std::fs::write(&array, format!("[{},{{}}]", read(&native))).expect("written");
    let (_, complaint, code) = compare(&[&array], &[]);
    assert_eq!(code, Some(2));
    assert!(complaint.contains("has report 2, which is JSON but not a parlab report"), "{complaint}");
}

#[test]
fn ratios_verdicts_and_thresholds() {
    let folder = tempfile::tempdir().expect("a folder");
    let [native, slower, _] = reports(folder.path());
    let (printed, _, code) = compare(&[&native, &slower], &["--json"]);
    assert_eq!(code, Some(0), "{printed}");
    let all: serde_json::Value = serde_json::from_str(&printed).expect("JSON");
    let ratios = all["comparisons"][0]["ratios"].as_array().expect("ratios");
    assert_eq!(ratios.len(), 2);
    for ratio in ratios {
        let times = ratio["ratio"].as_f64().expect("a number");
        assert!((times - 3.0).abs() < 1e-6 && ratio["verdict"] == "slower", "{ratio}");
    }

    let (printed, _, code) = compare(&[&native, &slower], &["--fail-if", "browser/native > 0.02 on sum with threads"]);
    assert_eq!(code, Some(1), "{printed}");
    assert!(printed.contains("broken: browser/native > 0.02 on sum with threads in 1 of 1 rows"), "{printed}");
    let (printed, _, code) = compare(&[&native, &slower], &["--fail-if", "browser/native > 3000"]);
    assert_eq!(code, Some(0), "{printed}");
    assert!(printed.contains("passes: not browser/native > 3000 in 2 of 2 rows"), "{printed}");
    let (printed, _, code) = compare(&[&native, &slower], &["--fail-if", "browser/native > 3 with sequential"]);
    assert_eq!(code, Some(0), "{printed}");
    assert!(printed.contains("not surely broken: browser/native > 3 with sequential, cannot tell"), "{printed}");
}

#[test]
fn a_threshold_does_not_pass_where_it_could_not_be_judged() {
    let folder = tempfile::tempdir().expect("a folder");
    let [native, slower, _] = reports(folder.path());
    let limit = ["--fail-if", "browser/native > 3000"];
    let unjudged = |expected: &str| {
        let (printed, _, code) = compare(&[&native, &slower], &limit);
        assert_eq!(code, Some(1), "{printed}");
        let line = format!("not judged: browser/native > 3000 in 1 of 2 rows: sum, threads × 2: {expected}");
        assert!(printed.contains(&line) && printed.contains("passes: "), "{printed}");
    };
    // What failed while it warmed up has no part in any time.
    let is_threads = |run: &&mut Run| run.row.strategy == Strategy::Threads && !run.warmup;
    change(&slower, |report| {
        let run = report.runs.iter_mut().find(is_threads).expect("a run");
        run.spans[0].error = Some(TaskError::new(ErrorKind::Panicked, "x"));
    });
    unjudged("1 of its tasks failed in browser");
    change(&slower, |report| {
        report.runs.iter_mut().for_each(|run| run.spans.iter_mut().for_each(|span| span.error = None));
        report.runs.retain(|run| run.row.strategy != Strategy::Threads || run.repetition == 0);
    });
    unjudged("it has 8 runs in native and 1 in browser; 6 runs each are needed for an interval");
    change(&slower, |report| report.runs.retain(|run| run.row.strategy != Strategy::Threads));
    unjudged("only in native");
    let (printed, _, code) = compare(&[&native, &slower], &["--fail-if", "browser/native > 3000 with sequential"]);
    assert_eq!(code, Some(0), "{printed}");
}

#[test]
fn doubts_are_said_and_names_command_no_terminal() {
    let folder = tempfile::tempdir().expect("a folder");
    let [native, slower, _] = reports(folder.path());
    change(&native, |report| report.warnings = vec![Warning::HiddenPage]);
    change(&slower, |report| {
        report.platform = Platform::Native;
        report.cancelled = true;
        report.warnings =
            vec![Warning::LeftOut { name: "\x1b[31m".to_owned(), row: "\n".to_owned(), reason: "x".to_owned() }];
        report.runs.iter_mut().for_each(|run| run.row.experiment = Some("a\x1b[31m\x07\nparlab: b".to_owned()));
    });
    let (printed, complaint, code) = compare(&[&native, &slower], &["--fail-if", "#2/#1 > 3000"]);
    assert_eq!(code, Some(0), "{printed}{complaint}");
    assert!(complaint.contains("warning: #1 native (") && complaint.contains("The page was hidden"), "{complaint}");
    // What tables say is not said twice.
    assert!(printed.contains("#2 native was stopped before its end"), "{printed}");
    assert!(!complaint.contains("was stopped"), "{complaint}");
    let (_, of_json, _) = compare(&[&native, &slower], &["--json"]);
    assert!(of_json.contains("was stopped before its end"), "{of_json}");
    let refusal = compare(&[&native, &slower], &["--fail-if", "#1/#2 > 1 on nothing"]);
    assert_eq!(refusal.2, Some(2));
    let all = [printed, complaint, refusal.1].concat();
    assert!(all.chars().all(|character| character == '\n' || !character.is_control()), "{all:?}");
    assert!(!all.contains("\nparlab: b"), "{all}");
}

#[test]
fn several_sessions_are_taken_together() {
    let folder = tempfile::tempdir().expect("a folder");
    let [native, slower, _] = reports(folder.path());
    let again = folder.path().join("again.json");
    std::fs::copy(&native, &again).expect("copied");
    change(&again, |report| {
        report.id = "again".to_owned();
        report.environment.cpu = Some("another".to_owned());
    });
    let both = PathBuf::from(format!("{},{}", native.display(), again.display()));
    let (printed, complaint, code) = compare(&[&both, &slower], &["--json"]);
    assert_eq!(code, Some(0), "{printed}{complaint}");
    let all: serde_json::Value = serde_json::from_str(&printed).expect("JSON");
    let ratio = &all["comparisons"][0]["ratios"][0];
    assert_eq!((&ratio["baseline_runs"], &ratio["candidate_runs"]), (&16.into(), &8.into()), "{ratio}");
    assert!(complaint.contains("taken together: the processor is "), "{complaint}");

    let mixed = PathBuf::from(format!("{},{}", native.display(), slower.display()));
    let (_, complaint, code) = compare(&[&mixed, &again], &[]);
    assert_eq!(code, Some(2), "{complaint}");
    assert!(complaint.contains("of one platform, and there are native and browser"), "{complaint}");
    let twice = PathBuf::from(format!("{},{}", native.display(), native.display()));
    let (_, complaint, code) = compare(&[&twice, &again], &[]);
    assert!(code == Some(2) && complaint.contains("are the same report"), "{complaint}");
}

#[test]
fn bad_input_names_value_reason_and_fix() {
    let folder = tempfile::tempdir().expect("a folder");
    let [native, slower, other] = reports(folder.path());
    let refused = |reports: &[&Path], args: &[&str], expected: &str| {
        let (_, complaint, code) = compare(reports, args);
        assert_eq!(code, Some(2), "{complaint}");
        // Some are wrapped.
        let complaint = complaint.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(complaint.contains(expected), "{complaint}");
    };
    refused(&[&native], &[], "one report has nothing to be compared with");
    refused(&[&native, &native], &[], "are the same report");
    refused(&[&native, Path::new("nowhere.json")], &[], "nowhere.json cannot be read");
    refused(&[&native, &slower], &["--fail-if", "browser > 1"], "is no threshold");
    refused(&[&native, &slower], &["--fail-if", "python/native > 1"], "\"python\" is none of the reports");
    refused(&[&native, &slower], &["--fail-if", "browser/native > 1 on crawl"], "matches no row");
    refused(&[&native, &slower], &["--fail-if", "#1/native > 1"], "are the same report");
    refused(&[&native, &slower], &["--fail-if", "browser/native >= 1"], "write > or <");
    let differing = "not compared: sum, sequential, because n is 20000000 in #1 native and 1000 in #2 native";
    refused(&[&native, &other], &[], differing);
    refused(&[&native, &other], &["--json"], "only in #1 native: sum, threads × 2");
    let truncated = folder.path().join("truncated.json");
    let json = std::fs::read_to_string(&native).expect("a report");
    std::fs::write(&truncated, &json[..json.len() / 2]).expect("written");
    refused(&[&native, &truncated], &[], "truncated.json ends in the middle: save or copy it again");
}

#[test]
fn another_checksum_is_a_flaw() {
    let folder = tempfile::tempdir().expect("a folder");
    let [native, slower, _] = reports(folder.path());
    change(&slower, |report| report.runs.iter_mut().for_each(|run| run.spans[0].checksum = Some(Checksum(1))));
    let (printed, _, code) = compare(&[&native, &slower], &[]);
    assert_eq!(code, Some(1), "{printed}");
    assert!(printed.contains("they did not do the same work"), "{printed}");
}

/// A pair's file: this machine, and the same, said to be a browser's, so many times as slow.
fn pair(folder: &Path, name: &str, times: f64) -> PathBuf {
    let native = report(&["sum", "-s", "sequential,threads", "-w", "2", "--scale", "smoke", "--runs", "8"]);
    let mut chromium = native.clone();
    chromium.platform = Platform::Chromium;
    chromium.environment.browser =
        Some(Browser { name: "Chromium".to_owned(), version: "1".to_owned(), engine: "Blink".to_owned() });
    // Every other pass takes a tenth more.
    chromium.runs.iter_mut().for_each(|run| run.wall_ms *= times * (1.0 + 0.1 * f64::from(run.repetition % 2)));
    let mut parts = [native, chromium];
    for (place, (report, part)) in parts.iter_mut().zip(["native", "chromium"]).enumerate() {
        report.id = part_id(name, part);
        report.part =
            Some(PartOf { pair: name.to_owned(), name: part.to_owned(), place: place as u32, sizes_of: None });
    }
    let path = folder.join(format!("{name}.json"));
    std::fs::write(&path, Format::Json.render(&parts)).expect("written");
    path
}

#[test]
fn a_pair_is_compared_with_itself_and_two_platform_by_platform() {
    let folder = tempfile::tempdir().expect("a folder");
    let (first, second) = (pair(folder.path(), "first", 3.0), pair(folder.path(), "second", 90.0));
    let (printed, complaint, code) = compare(&[&first], &["--fail-if", "chromium/native > 2 on sum"]);
    assert_eq!(code, Some(1), "{complaint}");
    assert!(printed.contains("on native and chromium, in turn") && printed.contains("÷ native"), "{printed}");
    assert!(printed.contains("broken: chromium/native > 2 on sum in 2 of 2 rows"), "{printed}");
    let (printed, _, code) = compare(&[&first], &["--json"]);
    let all: serde_json::Value = serde_json::from_str(&printed).expect("JSON");
    let ratio = &all["comparisons"][0]["ratios"][0];
    assert_eq!((code, &ratio["passes"], &ratio["verdict"]), (Some(0), &8.into(), &"slower".into()), "{ratio}");
    // Known beside what it might be: strict or not.
    assert_eq!(compare(&[&first], &["--fail-if", "chromium/native > 5", "--strict"]).2, Some(0));
    let doubtful = ["--fail-if", "chromium/native > 3.1 on sum"];
    assert_eq!(compare(&[&first], &doubtful).2, Some(0));
    assert_eq!(compare(&[&first], &[&doubtful[..], &["--strict"]].concat()).2, Some(1));

    let (printed, complaint, code) = compare(&[&first, &second], &["--fail-if", "#2/#1 > 10 on sum"]);
    assert_eq!(code, Some(1), "{printed}{complaint}");
    assert!(printed.contains("#2 chromium against #1 chromium"), "{printed}");
    assert!(printed.contains("#2/#1 > 10 on sum in 2 of 4 rows: chromium: sum, "), "{printed}");
    let (_, complaint, code) = compare(&[&first, &second], &["--fail-if", "firefox/native > 1"]);
    assert!(code == Some(2) && complaint.contains("#2 chromium"), "{complaint}");
}

#[test]
fn how_ratios_of_platforms_changed_is_said_and_judged() {
    let folder = tempfile::tempdir().expect("a folder");
    let pairs = [pair(folder.path(), "then", 1.5), pair(folder.path(), "now", 30.0)];
    let [then, now] = [&pairs[0], &pairs[1]].map(PathBuf::as_path);
    let judged = |threshold: &str, code| {
        let (printed, said, ended) = compare(&[then, now], &["--fail-if", threshold]);
        assert_eq!(ended, Some(code), "{threshold}\n{printed}{said}");
        printed
    };
    let printed = judged("#2/#1 of chromium/native > 10", 1);
    assert!(printed.contains("broken: #2/#1 of chromium/native > 10 in 2 of 2 rows"), "{printed}");
    assert!(printed.contains("chromium ÷ native: #2 against #1") && printed.contains("grew by"), "{printed}");
    judged("#2/#1 of chromium/native > 40", 0);
    // Of two pairs, the ratio that is meant is that of the second one.
    judged("chromium/native > 10", 1);
    judged("chromium/native < 2", 0);

    let (printed, _, _) = compare(&[then, now], &["--json"]);
    let all: serde_json::Value = serde_json::from_str(&printed).expect("JSON");
    let change = &all["ratio_changes"][0];
    assert_eq!((change["ratio"].as_str(), change["pairs"][1].as_str()), (Some("chromium/native"), Some("#2")));
    let grew = change["change"]["change"]["ratios"][0]["ratio"].as_f64().expect("a number");
    assert!((grew - 20.0).abs() < 1e-6, "{change:#}");
}

#[test]
fn a_pair_in_json_has_what_is_derived_from_all_of_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = pair(folder.path(), "one", 3.0);
    let (printed, said, code) = compare(&[&path], &["--json"]);
    assert_eq!(code, Some(0), "{said}");
    let all: serde_json::Value = serde_json::from_str(&printed).expect("JSON");
    let pair = &all["pair"];
    let step = &pair["taxes"][0]["steps"][0];
    assert_eq!((pair["taxes"][0]["platform"].as_str(), step["step"].as_str()), (Some("chromium"), Some("one-worker")));
    assert!(step["ratio"].is_number() && step["verdict"].is_string() && step["interval"].is_object(), "{step:#}");
    assert_eq!(pair["means"][0]["platform"], "chromium");
    assert!(pair["means"][0]["means"][0]["ratio"].is_number() && pair["equals"].is_array(), "{pair:#}");
}

#[test]
fn a_platform_that_only_one_of_two_pairs_has_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let [then, now] = ["then", "now"].map(|name| pair(folder.path(), name, 3.0));
    let mut alone = load(&std::fs::read(&now).expect("a file")).expect("a pair");
    alone[1].platform = Platform::Firefox;
    alone[1].part.as_mut().expect("a part").name = "firefox".to_owned();
    std::fs::write(&now, Format::Json.render(&alone)).expect("written");
    let (_, said, code) = compare(&[&then, &now], &[]);
    let said = said.replace("\n  ", " ");
    assert_eq!(code, Some(0), "{said}");
    for (there, platform) in [("then.json", "chromium"), ("now.json", "firefox")] {
        let is_said = |line: &str| line.contains(&format!("{there} has {platform}, which")) && line.contains("lacks");
        assert!(said.lines().any(is_said), "{platform}: {said}");
    }
}
