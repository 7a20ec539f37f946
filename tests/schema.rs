//! The report's schema: one file in the repository, what `parlab` writes, what it still reads.

use parlab_shared::analysis::warnings;
use parlab_shared::export::Format;
use parlab_shared::report::{Report, load};
use parlab_shared::strategy::Platform;
use serde_json::Value;

use crate::support::parlab::{parlab, report};

/// The schema as it is checked in. `parlab schema > shared/report.schema.json` renews it.
const CHECKED_IN: &str = include_str!("../shared/report.schema.json");

fn schema() -> Value {
    serde_json::from_str(CHECKED_IN).expect("a JSON Schema")
}

/// Checks that a report follows the schema.
#[track_caller]
pub fn check_valid(json: &str) {
    let validator = jsonschema::validator_for(&schema()).expect("a JSON Schema");
    let report: Value = serde_json::from_str(json).expect("JSON");
    let errors: Vec<_> = validator.iter_errors(&report).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

#[test]
fn the_schema_checked_in_is_the_one_in_the_code() {
    let output = parlab().arg("schema").output().expect("parlab runs");
    let printed: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert!(printed == schema(), "renew it with: parlab schema > shared/report.schema.json");
}

#[test]
fn todays_reports_validate() {
    check_valid(&report(&["cpu-heavy", "--scale", "smoke", "--runs", "1"]).to_json());
    check_valid(&report(&["crash", "--scale", "smoke"]).to_json());
}

#[test]
fn the_schema_can_refuse() {
    let validator = jsonschema::validator_for(&schema()).expect("a JSON Schema");
    let mut report: Value = serde_json::from_str(include_str!("data/report-v1.json")).expect("JSON");
    assert!(validator.is_valid(&report));
    report["runs"][0]["spans"][0]["checksum"] = Value::from(7);
    assert!(!validator.is_valid(&report));
}

#[test]
fn yesterdays_report_still_loads() {
    let json = include_str!("data/report-v1.json");
    check_valid(json);
    let report = Report::from_json(json).expect("a report");
    assert_eq!(report.runs.len(), 7);
    // Reports knew nothing of what runs cost besides time.
    assert!(report.runs.iter().all(|run| run.costs.is_none()) && !report.to_json().contains("costs"));
    assert_eq!(report.experiment.as_deref(), Some("cpu-heavy"));
    // What is read is written again, beside what reports say since then. Warnings that runs show are found in them again.
    let [written, mut read] = [&report.to_json(), json].map(|json| serde_json::from_str::<Value>(json).expect("JSON"));
    let mut recorded = read["warnings"].take();
    read["warnings"] = Value::from(Vec::<Value>::new());
    assert!(contains(&written, &read), "{written}");
    // But a load average, which was all that reports knew of others, does not tell what ran then.
    recorded.as_array_mut().expect("warnings").retain(|warning| warning["kind"] != "busy-machine");
    let found = serde_json::to_value(warnings(&report)).expect("JSON");
    assert!(contains(&found, &recorded), "{found} instead of {recorded}");
}

#[test]
fn yesterdays_pair_still_loads() {
    let json = include_str!("data/report-v2.json");
    check_valid(json);
    let reports = load(json.as_bytes()).expect("a pair");
    let parts: Vec<_> = reports.iter().filter_map(|report| report.part.as_ref()).collect();
    assert_eq!(parts.iter().map(|part| part.name.as_str()).collect::<Vec<_>>(), ["native", "python"]);
    assert!(parts.iter().all(|part| part.sizes_of == Some(Platform::Python)));
    assert!(reports.iter().all(|report| report.runs.len() == 6 && report.experiment.as_deref() == Some("sum")));
    let [written, read] =
        [&Format::Json.render(&reports), json].map(|json| serde_json::from_str::<Value>(json).expect("JSON"));
    assert!(contains(&written, &read), "{written}");
    // A run of no part is none.
    let mut damaged = read;
    damaged["runs"][0]["part"] = Value::from(7);
    assert!(!jsonschema::validator_for(&schema()).expect("a JSON Schema").is_valid(&damaged));
}

/// Whether all that is in one value is in another.
fn contains(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            part.iter().all(|(key, part)| whole.get(key).is_some_and(|whole| contains(whole, part)))
        }
        (Value::Array(whole), Value::Array(part)) => {
            whole.len() == part.len() && whole.iter().zip(part).all(|(whole, part)| contains(whole, part))
        }
        _ => whole == part,
    }
}
