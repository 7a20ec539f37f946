//! Tables for spreadsheets and data frames: a line per task, a line per run.
//!
//! RFC 4180: a header, CRLF line ends. Texts are quoted and on one line ([`shown`]), numbers are not quoted and come back to
//! the last bit, what is missing is empty.
//!
//! Programs that read CSV look into quotes. Therefore checksums and builds begin with `#`, since hexadecimal digits such as
//! `00000000000001e5` are a number to many; and a text that is a number as a whole, or that a spreadsheet would take for a
//! formula, begins with `'`, as [OWASP](https://owasp.org/www-community/attacks/CSV_Injection) advises. One that begins with
//! `'` itself gets another one: whoever takes one off has the text as it was.

use std::collections::BTreeSet;
use std::fmt::{Display, Write};

use crate::analysis::outlying;
use crate::label::RowLabel;
use crate::report::Report;
use crate::run::Run;
use crate::span::Span;
use crate::task::Work;
use crate::text::{one_line, shown};
use crate::workload::{Nature, Setting};

/// A line per run. Columns are named as in the report; `part` is which part of a pair it is of, `run` its place among the
/// runs of the report or the part, from 0, and `outlier` whether it
/// is far from the other measured runs of its row.
pub(super) fn runs(reports: &[Report]) -> String {
    let mut csv = Csv::default();
    let columns = || RUN_KEYS.iter().chain(RUN_COLUMNS);
    columns().for_each(|(name, _)| csv.text(name));
    csv.end();
    for line in lines(reports) {
        columns().for_each(|(_, write)| write(&mut csv, &line));
        csv.end();
    }
    csv.done
}

/// A line per task. Times are milliseconds since the run began; a phase that any task has gets a column. As in one of the
/// sources, `type` is `IO` of a task that waits and `CPU` of one that computes, and `output` what it says of itself.
pub(super) fn tasks(reports: &[Report]) -> String {
    let spans = || reports.iter().flat_map(|report| &report.runs).flat_map(|run| &run.spans);
    let phases: BTreeSet<&str> = spans().flat_map(|span| span.phases.keys()).map(String::as_str).collect();
    let mut csv = Csv::default();
    RUN_KEYS.iter().for_each(|(name, _)| csv.text(name));
    TASK_COLUMNS.iter().for_each(|(name, _)| csv.text(name));
    phases.iter().for_each(|phase| csv.text(&format!("phase_{phase}_ms")));
    csv.end();
    for line in lines(reports) {
        // What tasks of a run have in common is written once.
        let mut common = Csv::default();
        RUN_KEYS.iter().for_each(|(_, write)| write(&mut common, &line));
        let works = works(line.report, line.run);
        for span in &line.run.spans {
            csv.done.push_str(&common.done);
            csv.begun = true;
            let task = TaskLine { run: line.run, span, work: works.get(span.task as usize) };
            TASK_COLUMNS.iter().for_each(|(_, write)| write(&mut csv, &task));
            phases.iter().for_each(|phase| csv.maybe(span.phases.get(*phase), Csv::number));
            csv.end();
        }
    }
    csv.done
}

/// A run, with where it stands.
struct RunLine<'a> {
    report: &'a Report,
    /// Its place in the report, from 0.
    index: usize,
    run: &'a Run,
    /// It is far from the other measured runs of its row.
    is_outlier: bool,
}

/// A task, with what it did where that is known beforehand.
struct TaskLine<'a> {
    run: &'a Run,
    span: &'a Span,
    work: Option<&'a Work>,
}

/// What the tasks of a run did, by task, as far as that is known without it. Texts are not made again for this.
fn works(report: &Report, run: &Run) -> Vec<Work> {
    let workload = &run.row.workload;
    if workload.writes_files() {
        return Vec::new();
    }
    let wave = workload.waves(Setting { target: "/", seed: report.seed }).next(&[]);
    wave.into_iter().flatten().map(|task| task.work).collect()
}

fn lines(reports: &[Report]) -> impl Iterator<Item = RunLine<'_>> {
    reports.iter().flat_map(|report| {
        let outlying = outlying(report);
        let runs = report.runs.iter().enumerate();
        runs.map(move |(index, run)| RunLine { report, index, run, is_outlier: outlying.contains(&index) })
    })
}

/// A column's name, and what writes a run's field of it.
type RunColumn = (&'static str, fn(&mut Csv, &RunLine<'_>));
/// A column's name, and what writes a task's field of it.
type TaskColumn = (&'static str, fn(&mut Csv, &TaskLine<'_>));

/// What tells a run from all others, and what it is; both tables begin with it.
const RUN_KEYS: &[RunColumn] = &[
    ("report", |csv, line| csv.text(&line.report.id)),
    ("run", |csv, line| csv.number(line.index)),
    ("part", |csv, line| csv.maybe(line.report.part.as_ref().map(|part| part.name.as_str()), Csv::text)),
    ("platform", |csv, line| csv.text(line.report.platform.name())),
    ("experiment", |csv, line| csv.maybe(line.run.row.experiment.as_deref(), Csv::text)),
    ("workload", |csv, line| csv.text(line.run.row.workload.name())),
    ("strategy", |csv, line| csv.text(line.run.row.strategy.name())),
    ("workers", |csv, line| csv.number(line.run.row.workers)),
    ("dispatch", |csv, line| csv.text(line.run.row.dispatch.name())),
    ("row", |csv, line| csv.text(&RowLabel::of(&line.run.row).plain())),
    ("repetition", |csv, line| csv.number(line.run.repetition)),
    ("warmup", |csv, line| csv.number(line.run.warmup)),
];

const RUN_COLUMNS: &[RunColumn] = &[
    ("started_ms", |csv, line| csv.number(line.run.started_ms)),
    ("setup_ms", |csv, line| csv.number(line.run.setup_ms)),
    ("probe_ms", |csv, line| csv.maybe(line.run.probe_ms, Csv::number)),
    ("asleep_ms", |csv, line| csv.maybe(line.run.asleep_ms, Csv::number)),
    ("wall_ms", |csv, line| csv.number(line.run.wall_ms)),
    ("user_ms", |csv, line| csv.maybe(line.run.costs.and_then(|costs| costs.user_ms), Csv::number)),
    ("system_ms", |csv, line| csv.maybe(line.run.costs.and_then(|costs| costs.system_ms), Csv::number)),
    ("peak_memory_bytes", |csv, line| csv.maybe(line.run.costs.and_then(|costs| costs.peak_memory_bytes), Csv::number)),
    ("voluntary_switches", |csv, line| {
        csv.maybe(line.run.costs.and_then(|costs| costs.voluntary_switches), Csv::number);
    }),
    ("involuntary_switches", |csv, line| {
        csv.maybe(line.run.costs.and_then(|costs| costs.involuntary_switches), Csv::number);
    }),
    ("wasm_memory_bytes", |csv, line| csv.maybe(line.run.costs.and_then(|costs| costs.wasm_memory_bytes), Csv::number)),
    ("last_stop_ms", |csv, line| csv.maybe(line.run.last_stop_ms(), Csv::number)),
    ("outlier", |csv, line| csv.number(line.is_outlier)),
    ("tasks", |csv, line| csv.number(line.run.tasks())),
    ("failed", |csv, line| csv.number(line.run.failed())),
    ("cancelled", |csv, line| csv.number(line.run.cancelled)),
    ("mechanism", |csv, line| csv.text(line.run.mechanism.name())),
    ("handing", |csv, line| csv.text(line.run.row.way.handing.name())),
    ("setup", |csv, line| csv.text(line.run.row.way.setup.name())),
    ("lock", |csv, line| csv.text(line.run.row.way.lock.name())),
    ("params", |csv, line| csv.text(&serde_json::Value::Object(line.run.row.workload.params()).to_string())),
    ("scale", |csv, line| csv.text(line.report.scale.name())),
    ("seed", |csv, line| csv.number(line.report.seed)),
    ("created", |csv, line| csv.text(&line.report.created)),
    ("version", |csv, line| csv.text(&line.report.tool.version)),
    ("build", |csv, line| csv.digits(&line.report.tool.build)),
    ("os", |csv, line| csv.text(&line.report.environment.os)),
    ("arch", |csv, line| csv.text(&line.report.environment.arch)),
    ("cpu", |csv, line| csv.maybe(line.report.environment.cpu.as_deref(), Csv::text)),
    ("cores", |csv, line| csv.number(line.report.environment.cores)),
    ("parallel_speed", |csv, line| csv.maybe(line.report.environment.parallel_speed, Csv::number)),
    ("cpu_quota", |csv, line| csv.maybe(line.report.environment.cpu_quota, Csv::number)),
    ("throttled_ms", |csv, line| csv.maybe(line.report.environment.throttled.map(|held| held.ms), Csv::number)),
    ("clock_step_ms", |csv, line| csv.number(line.report.environment.clock_step_ms)),
    ("load_before", |csv, line| csv.maybe(line.report.environment.load_before, Csv::number)),
    ("busy_cores", |csv, line| csv.maybe(line.report.environment.busy_cores, Csv::number)),
    ("file_system", |csv, line| csv.maybe(line.report.environment.file_system.as_deref(), Csv::text)),
    ("browser_name", |csv, line| {
        csv.maybe(line.report.environment.browser.as_ref().map(|browser| browser.name.as_str()), Csv::text)
    }),
    ("browser_version", |csv, line| {
        csv.maybe(line.report.environment.browser.as_ref().map(|browser| browser.version.as_str()), Csv::text)
    }),
    ("python_version", |csv, line| {
        csv.maybe(line.report.environment.python.as_ref().map(|python| python.version.as_str()), Csv::text);
    }),
];

const TASK_COLUMNS: &[TaskColumn] = &[
    ("task", |csv, line| csv.number(line.span.task)),
    ("worker", |csv, line| csv.number(line.span.worker)),
    ("queued_ms", |csv, line| csv.number(line.span.queued_ms)),
    ("start_ms", |csv, line| csv.number(line.span.start_ms)),
    ("end_ms", |csv, line| csv.number(line.span.end_ms)),
    ("bytes", |csv, line| csv.number(line.span.bytes)),
    ("checksum", |csv, line| {
        csv.maybe(line.span.checksum.map(|checksum| checksum.to_string()).as_deref(), Csv::digits);
    }),
    ("error_kind", |csv, line| csv.maybe(line.span.error.as_ref().map(|error| error.kind.name()), Csv::text)),
    ("error_message", |csv, line| {
        csv.maybe(line.span.error.as_ref().map(|error| error.message.as_str()), Csv::text);
    }),
    ("type", |csv, line| {
        let nature = line.run.row.workload.nature();
        csv.text(if line.work.map_or(nature != Nature::Computes, Work::waits) { "IO" } else { "CPU" });
    }),
    ("output", |csv, line| {
        let work = line.work.filter(|_| line.span.error.is_none());
        csv.maybe(work.and_then(|work| work.said(line.span.bytes)).as_deref(), Csv::text);
    }),
];

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

    /// Hexadecimal digits.
    fn digits(&mut self, digits: &str) {
        self.quoted("#", digits);
    }

    fn text(&mut self, text: &str) {
        self.quoted(if is_mistaken(text) { "'" } else { "" }, text);
    }

    fn quoted(&mut self, prefix: &str, text: &str) {
        self.field();
        self.done.push('"');
        self.done.push_str(prefix);
        for (index, part) in text.split('"').enumerate() {
            if index > 0 {
                self.done.push_str("\"\"");
            }
            self.done.extend(part.chars().map(shown));
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

/// Whether a program would take a text for a number or for a formula, or its prefix for its own.
fn is_mistaken(text: &str) -> bool {
    let text = one_line(text);
    let begins = text.trim_start().chars().next();
    let is_formula = matches!(begins, Some('=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠'));
    let number = text.trim();
    let is_hexadecimal = number.strip_prefix("0x").is_some_and(|digits| u128::from_str_radix(digits, 16).is_ok());
    text.starts_with('\'') || is_formula || is_hexadecimal || number.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::export::fixture::reports;
    use crate::report::fixture::ReportBuilder;

    /// Every line as a list of fields, read by the csv crate.
    fn read(text: &str) -> Vec<csv::StringRecord> {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
        reader.records().collect::<Result<_, _>>().expect("CSV")
    }

    fn of<'a>(lines: &'a [csv::StringRecord], line: usize, name: &str) -> &'a str {
        let column = lines[0].iter().position(|field| field == name).unwrap_or_else(|| panic!("no column {name}"));
        &lines[line + 1][column]
    }

    /// A text without the prefix that keeps programs from mistaking it.
    fn plain(text: &str) -> &str {
        text.strip_prefix('\'').unwrap_or(text)
    }

    #[test]
    fn no_text_is_a_number_or_a_formula() {
        fn check(text: &str, expected: &str) {
            let mut csv = Csv::default();
            csv.text(text);
            assert_eq!(csv.done, format!("\"{expected}\""));
        }
        check("threads × 4", "threads × 4");
        check("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z");
        check("0.1.0", "0.1.0");
        check("", "");
        for number in ["140.0", "1e5", "-1", " 7", "nan", "inf", "0x1e5", ".5"] {
            check(number, &format!("'{number}"));
        }
        for formula in
            ["=1+1", "+1", "@sum(a)", " =1", "\t=1", "\r=1", "\u{200b}\u{1}=1".trim_start_matches('\u{200b}'), "＝1"]
        {
            check(formula, &format!("'{}", one_line(formula)));
        }
        // What is not seen hides no formula, and no direction is turned.
        check("\u{200b}=1+1", "' =1+1");
        check("\u{feff}\t@sum(a)", "'  @sum(a)");
        check("a\u{202e}b\u{2028}c", "a b c");
        check("'=1", "''=1");
        let mut csv = Csv::default();
        csv.digits("00000000000001e5");
        assert_eq!(csv.done, "\"#00000000000001e5\"");
    }

    #[test]
    fn what_a_task_was_and_said_is_in_the_words_of_its_source() {
        let report = ReportBuilder::of("mixed").tasks(6).runs(1).build();
        let lines = read(&tasks(std::slice::from_ref(&report)));
        let outputs: Vec<_> = (0..6).map(|line| (of(&lines, line, "type"), of(&lines, line, "output"))).collect();
        let counted = outputs.iter().filter(|output| **output == ("CPU", "'0")).count();
        let read = |(kind, text): &&(&str, &str)| *kind == "IO" && text.starts_with("Read 4000 from /target/page/0?");
        assert_eq!((counted, outputs.iter().filter(read).count()), (3, 3), "{outputs:?}");
    }

    proptest! {
        #[test]
        fn tasks_come_back(reports in reports()) {
            let lines = read(&tasks(&reports));
            let mut line = 0;
            for RunLine { report, index, run, .. } in super::lines(&reports) {
                for span in &run.spans {
                    let text = |name: &str| of(&lines, line, name);
                    let number = |name: &str| text(name).parse::<f64>().expect("a number");
                    prop_assert_eq!(plain(text("report")), one_line(&report.id));
                    prop_assert_eq!(text("run"), index.to_string());
                    prop_assert_eq!(plain(text("row")), RowLabel::of(&run.row).plain());
                    prop_assert_eq!(text("task"), span.task.to_string());
                    prop_assert_eq!(text("worker"), span.worker.to_string());
                    prop_assert_eq!(number("queued_ms"), span.queued_ms);
                    prop_assert_eq!(number("start_ms"), span.start_ms);
                    prop_assert_eq!(number("end_ms"), span.end_ms);
                    prop_assert_eq!(text("bytes"), span.bytes.to_string());
                    prop_assert_eq!(text("checksum"), span.checksum.map(|checksum| format!("#{checksum}")).unwrap_or_default());
                    let error = span.error.as_ref();
                    prop_assert_eq!(plain(text("error_kind")), error.map_or("", |error| error.kind.name()));
                    prop_assert_eq!(plain(text("error_message")), one_line(error.map_or("", |error| &error.message)));
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
            for (line, RunLine { report, run, .. }) in super::lines(&reports).enumerate() {
                let text = |name: &str| of(&lines, line, name);
                prop_assert_eq!(text("wall_ms").parse::<f64>(), Ok(run.wall_ms));
                prop_assert_eq!(text("tasks"), run.spans.len().to_string());
                prop_assert_eq!(plain(text("experiment")), one_line(run.row.experiment.as_deref().unwrap_or_default()));
                prop_assert_eq!(plain(text("os")), one_line(&report.environment.os));
                prop_assert_eq!(plain(text("cpu")), one_line(report.environment.cpu.as_deref().unwrap_or_default()));
                let params: serde_json::Map<_, _> = serde_json::from_str(text("params")).expect("JSON");
                prop_assert_eq!(params, run.row.workload.params());
            }
            prop_assert_eq!(lines.len(), super::lines(&reports).count() + 1);
        }
    }
}
