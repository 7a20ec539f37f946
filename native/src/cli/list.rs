//! `parlab list` and `parlab schema`: what there is.

mod support;

use parlab_shared::experiment::{Experiment, Inferred, experiments};
use parlab_shared::report::ReportFile;
use parlab_shared::say::{Cell, Column, Line, Note, Table, Texts, Unit};
use parlab_shared::scale::Scale;
use parlab_shared::strategy::{Platform, Strategy};
use parlab_shared::workload::{Entry, entries};
use serde::Serialize;

use super::ExitStatus;
use crate::terminal::{Style, print, titled_table};
use support::{Support, support};

/// Everything that `parlab list` shows.
#[derive(Debug, Serialize)]
struct List {
    experiments: Vec<Experiment>,
    workloads: &'static [&'static Entry],
    strategies: &'static [Strategy],
    support: Vec<Support>,
}

/// Prints what there is.
pub fn list(json: bool, wide: bool) -> anyhow::Result<ExitStatus> {
    let support = support();
    if json {
        let experiments = experiments().iter().map(as_planned).collect();
        let list = List { experiments, workloads: entries(), strategies: Strategy::ALL, support };
        print(&(serde_json::to_string_pretty(&list)? + "\n"))?;
        return Ok(ExitStatus::Clean);
    }
    let style = Style::of_stdout(wide);
    let tables = [experiments_table(), workloads_table(), support::strategies(&support), support::exceptions(&support)];
    print(&tables.iter().map(|table| titled_table(table, style) + "\n").collect::<String>())?;
    Ok(ExitStatus::Clean)
}

/// An experiment whose texts name the sizes that run if nobody says otherwise.
fn as_planned(experiment: &Experiment) -> Experiment {
    let Texts { question, expect, hides, inferred } = Texts::planned(experiment, Scale::default(), Platform::Native);
    let inferred = experiment.inferred.clone().zip(inferred).map(|(known, why)| Inferred { why, ..known });
    Experiment { question, expect, hides, inferred, ..experiment.clone() }
}

/// A table of words. Its columns are never left out.
pub fn text_table<const N: usize>(
    [key, title, about]: [&'static str; 3],
    columns: [&'static str; N],
    lines: impl IntoIterator<Item = [String; N]>,
    notes: &[&str],
) -> Table {
    let line = |cells: [String; N]| Line::Cells { row: None, cells: cells.into_iter().map(Cell::text).collect() };
    Table {
        key,
        title: title.to_owned(),
        about,
        columns: columns.map(|name| Column::new(name.to_lowercase(), name, Unit::Text, 0)).into(),
        lines: lines.into_iter().map(line).collect(),
        notes: notes.iter().map(|note| Note::on(&[], *note)).collect(),
    }
}

fn experiments_table() -> Table {
    let failing = experiments().iter().filter(|experiment| experiment.fails);
    let failing: Vec<&str> = failing.map(|experiment| experiment.name.as_str()).collect();
    let but = if failing.is_empty() { String::new() } else { format!(" but {}", failing.join(", ")) };
    let line = |experiment: &Experiment| {
        [experiment.name.clone(), experiment.sizes.lab.name().to_owned(), as_planned(experiment).question]
    };
    text_table(
        ["experiments", "Experiments", "What each experiment asks, and of which workload"],
        ["Experiment", "Workload", "Question"],
        experiments().iter().map(line),
        &[&format!("`parlab run cpu-heavy` runs one of them; `parlab run --all` runs all{but}.")],
    )
}

fn workloads_table() -> Table {
    let line = |entry: &&Entry| {
        let size = entry.size.as_ref().map_or_else(|| "–".to_owned(), |size| format!("{}: {}", size.name, size.means));
        [entry.name.to_owned(), entry.about.to_owned(), size]
    };
    text_table(
        ["workloads", "Workloads", "What a task of each workload does"],
        ["Workload", "What a task does", "What --size sets"],
        entries().iter().map(line),
        &[
            "`parlab run count --strategy threads --workers 1,2,4` runs one of them; `parlab run --help` has all options.",
        ],
    )
}

/// Prints the JSON Schema of the report.
pub fn schema() -> anyhow::Result<ExitStatus> {
    let schema = schemars::schema_for!(ReportFile<'_>);
    print(&(serde_json::to_string_pretty(&schema)? + "\n"))?;
    Ok(ExitStatus::Clean)
}
