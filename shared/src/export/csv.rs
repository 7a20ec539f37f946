//! Tables for spreadsheets and data frames: a line per task, a line per run.
//!
//! RFC 4180: a header, CRLF line ends. Texts are quoted and come back as they were, numbers are not quoted and come back
//! to the last bit, what is missing is empty. A spreadsheet that takes text for formulas has to be told not to.

use std::collections::BTreeSet;
use std::fmt::{Display, Write};

use crate::analysis::outlying;
use crate::label::RowLabel;
use crate::report::Report;
use crate::run::Run;
use crate::span::Span;

/// A line per run. Columns are named as in the report; `run` is its place in the report, from 0, and `outlier` whether it
/// is far from the other measured runs of its row.
pub(super) fn runs(reports: &[Report]) -> String {
    let mut csv = Csv::default();
    for name in RUN_KEYS.iter().chain(RUN_COLUMNS) {
        csv.text(name);
    }
    csv.end();
    let outlying: Vec<BTreeSet<usize>> = reports.iter().map(outlying).collect();
    let all = reports.iter().zip(&outlying).flat_map(|(report, outlying)| {
        report.runs.iter().enumerate().map(move |(index, run)| (report, outlying, index, run))
    });
    for (report, outlying, index, run) in all {
        let environment = &report.environment;
        let browser = environment.browser.as_ref();
        keys(&mut csv, report, index, run);
        csv.number(run.started_ms);
        csv.number(run.setup_ms);
        csv.maybe(run.probe_ms, Csv::number);
        csv.number(run.wall_ms);
        csv.number(outlying.contains(&index));
        csv.number(run.spans.len());
        csv.number(run.failed());
        csv.number(run.cancelled);
        csv.text(run.mechanism.name());
        csv.text(&serde_json::Value::Object(run.row.workload.params()).to_string());
        csv.text(report.scale.name());
        csv.number(report.seed);
        csv.text(&report.created);
        csv.text(&report.tool.version);
        csv.text(&report.tool.build);
        csv.text(&environment.os);
        csv.text(&environment.arch);
        csv.maybe(environment.cpu.as_deref(), Csv::text);
        csv.number(environment.cores);
        csv.number(environment.clock_step_ms);
        csv.maybe(environment.load_before, Csv::number);
        csv.maybe(browser.map(|browser| browser.name.as_str()), Csv::text);
        csv.maybe(browser.map(|browser| browser.version.as_str()), Csv::text);
        csv.maybe(environment.python.as_ref().map(|python| python.version.as_str()), Csv::text);
        csv.end();
    }
    csv.done
}

/// A line per task. Times are milliseconds since the run began; a phase that any task has gets a column.
pub(super) fn tasks(reports: &[Report]) -> String {
    let spans = || reports.iter().flat_map(|report| &report.runs).flat_map(|run| &run.spans);
    let phases: BTreeSet<&str> = spans().flat_map(|span| span.phases.keys()).map(String::as_str).collect();
    let mut csv = Csv::default();
    for name in RUN_KEYS.iter().chain(TASK_COLUMNS) {
        csv.text(name);
    }
    for phase in &phases {
        csv.text(&format!("phase_{phase}_ms"));
    }
    csv.end();
    for (report, index, run) in all(reports) {
        // What tasks of a run have in common is written once.
        let mut common = Csv::default();
        keys(&mut common, report, index, run);
        for span in &run.spans {
            csv.done.push_str(&common.done);
            csv.begun = true;
            task(&mut csv, span);
            for phase in &phases {
                csv.maybe(span.phases.get(*phase), Csv::number);
            }
            csv.end();
        }
    }
    csv.done
}

/// What tells a run from all others, and what it is; both tables begin with it.
const RUN_KEYS: &[&str] = &[
    "report",
    "run",
    "platform",
    "experiment",
    "workload",
    "strategy",
    "workers",
    "dispatch",
    "row",
    "repetition",
    "warmup",
];

const RUN_COLUMNS: &[&str] = &[
    "started_ms",
    "setup_ms",
    "probe_ms",
    "wall_ms",
    "outlier",
    "tasks",
    "failed",
    "cancelled",
    "mechanism",
    "params",
    "scale",
    "seed",
    "created",
    "version",
    "build",
    "os",
    "arch",
    "cpu",
    "cores",
    "clock_step_ms",
    "load_before",
    "browser_name",
    "browser_version",
    "python_version",
];

const TASK_COLUMNS: &[&str] =
    &["task", "worker", "queued_ms", "start_ms", "end_ms", "bytes", "checksum", "error_kind", "error_message"];

fn all(reports: &[Report]) -> impl Iterator<Item = (&Report, usize, &Run)> {
    reports.iter().flat_map(|report| report.runs.iter().enumerate().map(move |(index, run)| (report, index, run)))
}

fn keys(csv: &mut Csv, report: &Report, index: usize, run: &Run) {
    csv.text(&report.id);
    csv.number(index);
    csv.text(report.platform.name());
    csv.maybe(run.row.experiment.as_deref(), Csv::text);
    csv.text(run.row.workload.name());
    csv.text(run.row.strategy.name());
    csv.number(run.row.workers);
    csv.text(run.row.dispatch.name());
    csv.text(&RowLabel::of(&run.row).to_string());
    csv.number(run.repetition);
    csv.number(run.warmup);
}

fn task(csv: &mut Csv, span: &Span) {
    csv.number(span.task);
    csv.number(span.worker);
    csv.number(span.queued_ms);
    csv.number(span.start_ms);
    csv.number(span.end_ms);
    csv.number(span.bytes);
    csv.maybe(span.checksum.map(|checksum| checksum.to_string()).as_deref(), Csv::text);
    csv.maybe(span.error.as_ref().map(|error| error.kind.name()), Csv::text);
    csv.maybe(span.error.as_ref().map(|error| error.message.as_str()), Csv::text);
}

/// A table that is being written.
#[derive(Default)]
struct Csv {
    done: String,
    /// The line has a field.
    begun: bool,
}

impl Csv {
    fn field(&mut self) {
        if self.begun {
            self.done.push(',');
        }
        self.begun = true;
    }

    fn text(&mut self, text: &str) {
        self.field();
        self.done.push('"');
        for (index, part) in text.split('"').enumerate() {
            if index > 0 {
                self.done.push_str("\"\"");
            }
            self.done.push_str(part);
        }
        self.done.push('"');
    }

    /// A number, or `true` or `false`.
    fn number(&mut self, value: impl Display) {
        self.field();
        write!(self.done, "{value}").expect("a String takes all that is written to it");
    }

    fn maybe<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        match value {
            Some(value) => write(self, value),
            None => self.field(),
        }
    }

    fn end(&mut self) {
        self.done.push_str("\r\n");
        self.begun = false;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::export::fixture::reports;

    /// Every line as a list of fields, read by the csv crate.
    fn read(text: &str) -> Vec<csv::StringRecord> {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
        reader.records().collect::<Result<_, _>>().expect("CSV")
    }

    fn of<'a>(lines: &'a [csv::StringRecord], line: usize, name: &str) -> &'a str {
        let column = lines[0].iter().position(|field| field == name).unwrap_or_else(|| panic!("no column {name}"));
        &lines[line + 1][column]
    }

    proptest! {
        #[test]
        fn tasks_come_back(reports in reports()) {
            let lines = read(&tasks(&reports));
            let mut line = 0;
            for (report, index, run) in all(&reports) {
                for span in &run.spans {
                    let text = |name: &str| of(&lines, line, name);
                    let number = |name: &str| text(name).parse::<f64>().expect("a number");
                    prop_assert_eq!(text("report"), &report.id);
                    prop_assert_eq!(text("run"), index.to_string());
                    prop_assert_eq!(text("row"), RowLabel::of(&run.row).to_string());
                    prop_assert_eq!(text("task"), span.task.to_string());
                    prop_assert_eq!(text("worker"), span.worker.to_string());
                    prop_assert_eq!(number("queued_ms"), span.queued_ms);
                    prop_assert_eq!(number("start_ms"), span.start_ms);
                    prop_assert_eq!(number("end_ms"), span.end_ms);
                    prop_assert_eq!(text("bytes"), span.bytes.to_string());
                    prop_assert_eq!(text("checksum"), span.checksum.map(|checksum| checksum.to_string()).unwrap_or_default());
                    let error = span.error.as_ref();
                    prop_assert_eq!(text("error_kind"), error.map_or("", |error| error.kind.name()));
                    prop_assert_eq!(text("error_message"), error.map_or("", |error| &error.message));
                    for (phase, ms) in &span.phases {
                        prop_assert_eq!(number(&format!("phase_{phase}_ms")), *ms);
                    }
                    let phases = lines[0].iter().zip(&lines[line + 1]);
                    let phases = phases.filter(|(name, field)| name.starts_with("phase_") && !field.is_empty());
                    prop_assert_eq!(phases.count(), span.phases.len());
                    line += 1;
                }
            }
            prop_assert_eq!(lines.len(), line + 1);
        }

        #[test]
        fn runs_come_back(reports in reports()) {
            let lines = read(&runs(&reports));
            for (line, (report, _, run)) in all(&reports).enumerate() {
                let text = |name: &str| of(&lines, line, name);
                prop_assert_eq!(text("wall_ms").parse::<f64>(), Ok(run.wall_ms));
                prop_assert_eq!(text("tasks"), run.spans.len().to_string());
                prop_assert_eq!(text("experiment"), run.row.experiment.as_deref().unwrap_or_default());
                prop_assert_eq!(text("os"), &report.environment.os);
                prop_assert_eq!(text("cpu"), report.environment.cpu.as_deref().unwrap_or_default());
                let params: serde_json::Map<_, _> = serde_json::from_str(text("params")).expect("JSON");
                prop_assert_eq!(params, run.row.workload.params());
            }
            prop_assert_eq!(lines.len(), all(&reports).count() + 1);
        }
    }
}
