//! `parlab list` and `parlab schema`: what there is.

use std::io::Write;

use parlab_shared::experiment::{Experiment, experiments};
use parlab_shared::report::Report;
use parlab_shared::say::{Cell, Column, Line, Table, Unit};
use parlab_shared::strategy::{Dispatch, Mechanism, Platform, Strategy, mechanism};
use parlab_shared::workload::{ENTRIES, Entry};
use serde::Serialize;

use super::ExitStatus;
use crate::terminal::{Style, titled_table};

/// One line of the support table.
#[derive(Debug, Serialize)]
struct Support {
    workload: &'static str,
    strategy: Strategy,
    dispatch: Dispatch,
    platform: Platform,
    /// What carries it out, if anything does.
    mechanism: Option<Mechanism>,
    /// Why nothing does.
    reason: Option<&'static str>,
}

/// Everything that `parlab list` shows.
#[derive(Debug, Serialize)]
struct List {
    experiments: &'static [Experiment],
    workloads: &'static [&'static Entry],
    strategies: &'static [Strategy],
    support: Vec<Support>,
}

/// Prints what there is.
pub fn list(json: bool, wide: bool) -> anyhow::Result<ExitStatus> {
    let mut out = std::io::stdout().lock();
    let support = support();
    if json {
        let list = List { experiments: experiments(), workloads: ENTRIES, strategies: Strategy::ALL, support };
        writeln!(out, "{}", serde_json::to_string_pretty(&list)?)?;
        return Ok(ExitStatus::Clean);
    }
    let style = Style::of_stdout(wide);
    for table in [experiments_table(), workloads_table(), support_table(&support)] {
        writeln!(out, "{}", titled_table(&table, style))?;
    }
    Ok(ExitStatus::Clean)
}

/// A table of words.
fn text_table(
    key: &'static str,
    title: &str,
    about: &'static str,
    columns: Vec<Column>,
    lines: impl Iterator<Item = Vec<String>>,
) -> Table {
    let lines = lines.map(|cells| Line::Cells { row: None, cells: cells.into_iter().map(Cell::text).collect() });
    Table { key, title: title.to_owned(), about, columns, lines: lines.collect(), notes: Vec::new() }
}

fn experiments_table() -> Table {
    let columns = vec![
        Column::new("experiment", "Experiment", Unit::Text, 0),
        Column::new("workload", "Workload", Unit::Text, 1),
        Column::new("question", "Question", Unit::Text, 0),
    ];
    let line = |experiment: &Experiment| {
        vec![experiment.name.clone(), experiment.sizes.lab.name().to_owned(), experiment.question.clone()]
    };
    text_table("experiments", "Experiments", "What each experiment asks", columns, experiments().iter().map(line))
}

fn workloads_table() -> Table {
    let columns = vec![
        Column::new("workload", "Workload", Unit::Text, 0),
        Column::new("about", "What a task does", Unit::Text, 0),
        Column::new("size", "--size sets", Unit::Text, 0),
    ];
    let line = |entry: &&Entry| {
        let size = entry.size.as_ref().map_or_else(|| "–".to_owned(), |size| format!("{}: {}", size.name, size.means));
        vec![entry.name.to_owned(), entry.about.to_owned(), size]
    };
    text_table("workloads", "Workloads", "What a task of each workload does", columns, ENTRIES.iter().map(line))
}

/// What carries which strategy out; workloads that are treated alike share their line.
fn support_table(support: &[Support]) -> Table {
    let columns = ["Strategy", "Dispatch", "Native", "Browser", "Python", "Workloads"];
    let columns = columns.map(|name| Column::new(name.to_lowercase(), name, Unit::Text, 0));
    let mut shown: Vec<([String; 5], Vec<&str>)> = Vec::new();
    for lines in support.chunk_by(|line, next| {
        (line.workload, line.strategy, line.dispatch) == (next.workload, next.strategy, next.dispatch)
    }) {
        let on = |platform| {
            let found = lines.iter().find(|line| line.platform == platform).expect("every platform has its line");
            found.mechanism.map_or_else(|| format!("– {}", found.reason.unwrap_or_default()), |by| by.to_string())
        };
        let [native, browser, python] = [Platform::Native, Platform::Browser, Platform::Python].map(on);
        let line = [lines[0].strategy.to_string(), lines[0].dispatch.to_string(), native, browser, python];
        match shown.iter_mut().find(|(known, _)| *known == line) {
            Some((_, workloads)) => workloads.push(lines[0].workload),
            None => shown.push((line, vec![lines[0].workload])),
        }
    }
    shown.sort_by_key(|(line, _)| Strategy::ALL.iter().position(|strategy| strategy.name() == line[0]));
    let lines = shown.into_iter().map(|(line, workloads)| line.into_iter().chain([workloads.join(", ")]).collect());
    text_table("support", "Strategies", "What carries out which strategy, by platform", columns.to_vec(), lines)
}

fn support() -> Vec<Support> {
    let mut support = Vec::new();
    for entry in ENTRIES {
        let workload =
            experiments().iter().map(|experiment| &experiment.sizes.lab).find(|workload| workload.name() == entry.name);
        let Some(workload) = workload else { continue };
        for &strategy in Strategy::ALL {
            for &dispatch in Dispatch::ALL {
                for &platform in Platform::ALL {
                    let found = mechanism(workload, strategy, dispatch, platform);
                    let (mechanism, reason) = (found.ok(), found.err());
                    support.push(Support { workload: entry.name, strategy, dispatch, platform, mechanism, reason });
                }
            }
        }
    }
    support
}

/// Prints the JSON Schema of the report.
pub fn schema() -> anyhow::Result<ExitStatus> {
    let schema = schemars::schema_for!(Report);
    writeln!(std::io::stdout().lock(), "{}", serde_json::to_string_pretty(&schema)?)?;
    Ok(ExitStatus::Clean)
}
