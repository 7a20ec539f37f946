//! The tables of an export: what is said of rows, as text in cells, whatever it is written as.

use crate::chart::{label, many_workloads};
use crate::experiment;
use crate::report::{
    ABOUT_RUNS, Percentiles, Report, RowSummary, Sweep, TrafficColumns, baseline, compare, summarize, sweeps, theory,
    traffic,
};
use crate::statistics::{Interval, VALUES_FOR_INTERVAL};
use crate::strategy::{Dispatch, Strategy};
use crate::task::ErrorKind;
use crate::text::sentence;

/// So many different failures are named; more would bury the rest.
const FAILURES_MAX: usize = 12;
/// No more characters of a failure's message than this are written.
const MESSAGE_MAX: usize = 300;
/// Where there is no value.
const NONE: &str = "–";

/// A table.
pub(super) struct Table {
    /// What it shows.
    pub title: String,
    /// Its columns' names.
    pub columns: Vec<Column>,
    /// Its lines, each with a cell per column.
    pub lines: Vec<Vec<String>>,
    /// What has to be known to read it.
    pub note: Option<String>,
}

/// A column of a table.
pub(super) struct Column {
    /// What it is called, with the unit.
    pub name: String,
    /// It holds numbers.
    pub number: bool,
}

fn texts<'a>(names: impl IntoIterator<Item = &'a str>) -> impl Iterator<Item = Column> {
    names.into_iter().map(|name| Column { name: name.to_owned(), number: false })
}

fn numbers<'a>(names: impl IntoIterator<Item = &'a str>) -> impl Iterator<Item = Column> {
    names.into_iter().map(|name| Column { name: name.to_owned(), number: true })
}

/// All tables of a report of one experiment.
pub(super) fn of_report(report: &Report) -> Vec<Table> {
    let rows = summarize(report);
    let (theories, laws) = (theories(report, &rows), laws(report, &rows));
    let tables = [Some(of_rows(report, &rows)), theories, laws, Some(of_runs(report, &rows)), of_tasks(report)];
    tables.into_iter().flatten().chain(failures(report)).collect()
}

/// A line per row: what it took, and what the source says that it took.
fn of_rows(report: &Report, rows: &[RowSummary]) -> Table {
    let many = many_workloads(report);
    let source_s = |one: &RowSummary| experiment::source_row(&one.row, report.scale).and_then(|row| row.source_s);
    let has_source = rows.iter().any(|one| source_s(one).is_some());
    let names = ["Median, ms", "±", "Speed-up", "±", "Efficiency", "Failed", "Runs"];
    let columns = texts(["Row"]).chain(numbers(names));
    let columns = columns.chain(numbers(has_source.then_some("Article, s"))).chain(texts(["Mechanism"]));
    let line = |one: &RowSummary| {
        let mut line = vec![
            label(&one.row, many),
            cell(one.wall.map(|wall| wall.median_ms), ms),
            half_width(one.interval),
            cell(one.speedup, |value| format!("{value:.2}×")),
            half_width(one.speedup_interval),
            cell(one.efficiency.filter(|_| one.row.strategy != Strategy::Async), |value| {
                format!("{:.0} %", value * 100.0)
            }),
            one.failed.to_string(),
            one.runs.to_string(),
        ];
        line.extend(has_source.then(|| cell(source_s(one), |seconds| seconds.to_string())));
        line.push(match one.row.dispatch {
            Dispatch::Pool => one.mechanism.to_string(),
            Dispatch::PerTask => format!("{}, one per task", one.mechanism),
        });
        line
    };
    let mut against = rows.iter().filter_map(|one| baseline(rows, &one.row)).map(|one| &one.row);
    let against = against
        .find(|row| row.strategy != Strategy::Sequential)
        .map(|row| format!(" Speed-up is against {}, because there is no sequential row.", label(row, many)));
    let about = format!(
        "±: half of the 95 % interval of what stands before it, which takes {VALUES_FOR_INTERVAL} runs; of speed-ups, pass \
         by pass."
    );
    let note = about + &against.unwrap_or_default();
    let lines = rows.iter().map(line).collect();
    Table { title: "Rows".to_owned(), columns: columns.collect(), lines, note: Some(note) }
}

/// A line per row: its runs in numbers.
fn of_runs(report: &Report, rows: &[RowSummary]) -> Table {
    let many = many_workloads(report);
    let names =
        ["Fastest, ms", "Slowest, ms", "Mean, ms", "Deviation, ms", "Setup, ms", "Queued, ms", "Runs", "Outliers"];
    let line = |one: &RowSummary| {
        vec![
            label(&one.row, many),
            cell(one.wall.map(|wall| wall.fastest_ms), ms),
            cell(one.wall.map(|wall| wall.slowest_ms), ms),
            cell(one.mean_ms, ms),
            cell(one.deviation_ms, ms),
            cell(one.setup_ms, ms),
            cell(one.queued_ms, ms),
            one.runs.to_string(),
            one.outliers.to_string(),
        ]
    };
    Table {
        title: "Runs in numbers".to_owned(),
        columns: texts(["Row"]).chain(numbers(names)).collect(),
        lines: rows.iter().map(line).collect(),
        note: Some(ABOUT_RUNS.to_owned()),
    }
}

/// Half of a 95 % interval's width, in percent of its middle.
fn half_width(interval: Option<Interval>) -> String {
    cell(interval, |interval| format!("{:.1} %", interval.relative_half_width() * 100.0))
}

/// What rows should have taken, beside what they took.
fn theories(report: &Report, rows: &[RowSummary]) -> Option<Table> {
    let many = many_workloads(report);
    let line = |one: &RowSummary| {
        let theory = theory(report, rows, &one.row)?;
        let median_ms = one.wall.map(|wall| wall.median_ms);
        let ratio = median_ms.map(|median_ms| median_ms / theory.expected_ms).filter(|ratio| ratio.is_finite());
        let ratio = cell(ratio, |ratio| format!("{ratio:.3}"));
        Some(vec![label(&one.row, many), theory.to_string(), cell(median_ms, ms), ratio])
    };
    let lines: Vec<_> = rows.iter().filter_map(line).collect();
    (!lines.is_empty()).then(|| Table {
        title: "In theory".to_owned(),
        columns: texts(["Row", "In theory"]).chain(numbers(["Measured, ms", "Measured / theory"])).collect(),
        lines,
        note: None,
    })
}

/// What worker sweeps say about more workers.
fn laws(report: &Report, rows: &[RowSummary]) -> Option<Table> {
    let line =
        |sweep: Sweep| vec![sweep.name(), sweep.amdahl.sentence(), sweep.universal.sentence(), sweep.fractions()];
    let lines: Vec<_> = sweeps(report, rows).into_iter().map(line).collect();
    (!lines.is_empty()).then(|| Table {
        title: "How it scales".to_owned(),
        columns: texts([
            "Sweep, over its own single worker",
            "Amdahl's law",
            "Universal Scalability Law",
            "Serial fraction (Karp-Flatt)",
        ])
        .collect(),
        lines,
        note: Some("What is said of more workers than were measured is extrapolated.".to_owned()),
    })
}

/// Rates, latencies and failures of single tasks.
fn of_tasks(report: &Report) -> Option<Table> {
    let rows = traffic(report);
    if rows.is_empty() {
        return None;
    }
    let many = many_workloads(report);
    let TrafficColumns { noun, bytes, first_byte, phases } = TrafficColumns::of(&rows);
    let rate = format!("{noun}/s");
    let latencies = ["p50, ms", "p90, ms", "p95, ms", "p99, ms", "Slowest, ms"];
    let names = [rate.as_str()].into_iter().chain(bytes.then_some("MB/s")).chain(latencies);
    let names = names.chain(first_byte.then_some("First byte, ms"));
    let of_phases: Vec<String> = phases.iter().map(|phase| format!("{phase}, ms")).collect();
    let columns = texts(["Row"]).chain(numbers(names)).chain(numbers(of_phases.iter().map(String::as_str)));
    let columns = columns.chain(texts(["Failed, by kind"])).collect();
    let lines = rows.iter().map(|one| {
        let latency = |of: fn(&Percentiles) -> f64| cell(one.latency.as_ref().map(of), ms);
        let bytes_per_s = one.bytes_per_s.filter(|rate| *rate > 0.0);
        let mut line = vec![label(&one.row, many), cell(one.requests_per_s, ms)];
        line.extend(bytes.then(|| cell(bytes_per_s, |rate| ms(rate / 1e6))));
        line.extend([
            latency(|latency| latency.p50_ms),
            latency(|latency| latency.p90_ms),
            latency(|latency| latency.p95_ms),
            latency(|latency| latency.p99_ms),
            latency(|latency| latency.slowest_ms),
        ]);
        line.extend(first_byte.then(|| cell(one.first_byte_ms, ms)));
        line.extend(phases.iter().map(|phase| cell(one.phases.get(*phase).copied(), ms)));
        let failures: Vec<String> = one.failures.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
        line.push(if failures.is_empty() { NONE.to_owned() } else { failures.join(", ") });
        line
    });
    Some(Table {
        title: format!("{noun} one by one"),
        lines: lines.collect(),
        columns,
        note: Some(
            "Over all tasks that ended well in measured runs; 95 % of them took no longer than p95 (nearest rank). Rates \
             are medians of runs; a MB is 1 000 000 bytes."
                .to_owned(),
        ),
    })
}

/// Why tasks failed: each reason once per row, with how often.
fn failures(report: &Report) -> Option<Table> {
    let many = many_workloads(report);
    let mut reasons: Vec<(String, ErrorKind, String, usize)> = Vec::new();
    let mut unnamed = 0;
    for run in report.runs.iter().filter(|run| run.failed() > 0) {
        let row = label(&run.row, many);
        let errors = run.spans.iter().filter_map(|span| span.error.as_ref());
        for error in errors.filter(|error| error.kind != ErrorKind::Cancelled) {
            let known = reasons.iter().position(|(other, kind, message, _)| {
                *other == row && *kind == error.kind && *message == error.message
            });
            match known {
                Some(known) => reasons[known].3 += 1,
                None if reasons.len() < FAILURES_MAX => {
                    reasons.push((row.clone(), error.kind, error.message.clone(), 1));
                }
                None => unnamed += 1,
            }
        }
    }
    let line = |(row, kind, message, count): (String, ErrorKind, String, usize)| {
        vec![row, kind.to_string(), count.to_string(), clipped(&message)]
    };
    let columns = texts(["Row", "Kind"]).chain(numbers(["Tasks"])).chain(texts(["What happened"]));
    (!reasons.is_empty()).then(|| Table {
        title: "What failed".to_owned(),
        columns: columns.collect(),
        lines: reasons.into_iter().map(line).collect(),
        note: (unnamed > 0).then(|| format!("{unnamed} more tasks failed for other reasons; the report has them all.")),
    })
}

/// The rows that two reports have in common: the second against the first.
pub(super) fn comparison(first: &Report, second: &Report, names: [&str; 2]) -> Table {
    let comparison = compare(first, second);
    let lines = comparison.ratios.iter().map(|one| {
        vec![
            one.row.experiment.as_deref().unwrap_or(one.row.workload.name()).to_owned(),
            label(&one.row, one.row.experiment.is_none()),
            ms(one.first_ms),
            ms(one.second_ms),
            format!("{:.3}", one.ratio),
            one.interval.map_or_else(|| "too few runs".to_owned(), |one| format!("{:.3} – {:.3}", one.low, one.high)),
            one.verdict.name().replace('-', " "),
        ]
    });
    let [one, other] = names;
    let mut notes = vec![if comparison.ratios.is_empty() {
        "they have no row in common that can be compared".to_owned()
    } else {
        format!("a ratio over 1 says that {other} took longer; verdicts are on {other}")
    }];
    notes.extend(comparison.mean_in_words());
    notes.extend(comparison.caveats.iter().map(|doubt| doubt.in_words(names)));
    notes.extend(comparison.left_out(names));
    let notes: Vec<String> = notes.iter().map(|note| sentence(note)).collect();
    let of_numbers = [format!("{one}, median ms"), format!("{other}, median ms"), format!("{other} ÷ {one}")];
    let columns = texts(["Experiment", "Row"]).chain(numbers(of_numbers.iter().map(String::as_str)));
    Table {
        title: format!("{other} against {one}"),
        columns: columns.chain(numbers(["95 % interval"])).chain(texts(["Verdict"])).collect(),
        lines: lines.collect(),
        note: Some(notes.join(" ")),
    }
}

/// A value as text, or a dash.
fn cell<T>(value: Option<T>, text: impl Fn(T) -> String) -> String {
    value.map_or_else(|| NONE.to_owned(), text)
}

/// About four digits: more would be noise.
pub(super) fn ms(value: f64) -> String {
    let decimals = match value.abs() {
        value if value >= 1000.0 => 0,
        value if value >= 100.0 => 1,
        value if value >= 10.0 => 2,
        _ => 3,
    };
    format!("{value:.decimals$}")
}

fn clipped(message: &str) -> String {
    match message.char_indices().nth(MESSAGE_MAX) {
        Some((end, _)) => format!("{}…", &message[..end]),
        None => message.to_owned(),
    }
}

/// What a report is about: its experiment, or else its workloads.
pub(super) fn title(report: &Report) -> String {
    if let Some(experiment) = &report.experiment {
        return experiment.clone();
    }
    let mut names: Vec<&str> = Vec::new();
    for run in &report.runs {
        let name = run.row.experiment.as_deref().unwrap_or(run.row.workload.name());
        if !names.contains(&name) {
            names.push(name);
        }
    }
    match names.len() {
        0 => "nothing".to_owned(),
        1..=4 => names.join(", "),
        more => format!("{more} experiments"),
    }
}

/// What a report was measured on and how, as names with values.
pub(super) fn facts(report: &Report) -> Vec<(&'static str, String)> {
    let environment = &report.environment;
    let mut facts = vec![
        ("Platform", report.platform.to_string()),
        ("Processor", environment.cpu.clone().unwrap_or_else(|| "unknown".to_owned())),
        ("Cores", environment.cores.to_string()),
        ("System", format!("{}, {}", environment.os, environment.arch)),
        ("Clock step", format!("{} ms", environment.clock_step_ms)),
    ];
    facts.extend(environment.load_before.map(|load| ("Load before", format!("{load:.2}"))));
    if let Some(browser) = &environment.browser {
        facts.push(("Browser", format!("{} {} ({})", browser.name, browser.version, browser.engine)));
    }
    let isolated = |yes: bool| ("Cross-origin isolated", if yes { "yes" } else { "no" }.to_owned());
    facts.extend(environment.cross_origin_isolated.map(isolated));
    facts.extend([
        ("Begun", report.created.clone()),
        ("Scale", report.scale.to_string()),
        ("Seed", report.seed.to_string()),
        ("Runs", format!("{}{}", report.runs.len(), if report.cancelled { ", stopped before the end" } else { "" })),
        ("Tool", format!("{} {}, build {}", report.tool.name, report.tool.version, report.tool.build)),
        ("Report", report.id.clone()),
    ]);
    facts
}

/// The parameters that all rows of a report of one experiment have in common.
pub(super) fn parameters(report: &Report) -> Option<String> {
    let run = report.runs.first()?;
    // What rows differ in stands in their labels.
    let own = experiment::own_params(&run.row);
    let params = run.row.workload.params();
    let common = params.iter().filter(|(name, _)| own.iter().all(|(other, _)| other != name));
    let common: Vec<String> = common.map(|(name, value)| format!("{name} {value}")).collect();
    (!many_workloads(report)).then(|| format!("{}: {}", run.row.workload.name(), common.join(", ")))
}
