//! Why tasks failed: each reason once per row, with how often. Addresses that differ in their query alone are one.

use crate::analysis::Analysis;
use crate::run::Run;
use crate::say::table::{Cell, Column, Line, Note, Table, Unit};
use crate::span::{ErrorKind, TaskError};

/// So many different failures are named; more would bury the rest.
const FAILURES_MAX: usize = 12;
/// No more characters of a failure's message than this are shown.
const MESSAGE_MAX: usize = 300;

pub(super) fn table(analysis: &Analysis<'_>) -> Table {
    let mut unnamed = 0;
    let mut lines = Vec::new();
    for row in &analysis.rows {
        let mut reasons: Vec<(Failure<'_>, usize)> = Vec::new();
        for failure in row.runs.iter().flat_map(|run| Failure::of_run(run)) {
            let has_room = lines.len() + reasons.len() < FAILURES_MAX;
            match reasons.iter_mut().find(|(known, _)| known.is_like(&failure)) {
                Some((_, count)) => *count += 1,
                None if has_room => reasons.push((failure, 1)),
                None => unnamed += 1,
            }
        }
        lines.extend(reasons.into_iter().map(|(Failure { error, warmup }, count)| Line::Cells {
            row: Some(row.row.clone()),
            cells: vec![
                Cell::text(format!("{}{}", row.label, if warmup { " (warm-up)" } else { "" })),
                Cell::text(error.kind.to_string()),
                Cell::count(count),
                Cell::text(clipped(if count > 1 { without_query(&error.message) } else { &error.message })),
            ],
        }));
    }
    let columns = vec![
        Column::new("row", "Row", Unit::Text, 0),
        Column::new("kind", "Kind", Unit::Text, 1),
        Column::new("tasks", "Tasks", Unit::Count, 0),
        Column::new("message", "What happened", Unit::Text, 0),
    ];
    let runs = || analysis.rows.iter().flat_map(|row| &row.runs);
    let failed: u64 = runs().flat_map(|run| run.failures().into_values()).sum();
    let known = runs().flat_map(|run| Failure::of_run(run)).count();
    let unknown = (failed as usize).saturating_sub(known);
    let more = [
        (unnamed > 0).then(|| format!("{unnamed} more tasks failed for other reasons; the report has them all.")),
        (unknown > 0)
            .then(|| format!("{unknown} more tasks failed; of so many, the report keeps why the first ones did.")),
    ];
    Table {
        key: "failures",
        title: "What failed".to_owned(),
        about: "Why tasks failed, by row",
        columns,
        lines,
        notes: more.into_iter().flatten().map(|text| Note::on(&[], text)).collect(),
    }
}

/// Why a task failed, and in what kind of run: those of the warm-up are counted nowhere else.
struct Failure<'a> {
    error: &'a TaskError,
    warmup: bool,
}

impl<'a> Failure<'a> {
    fn of_run(run: &'a Run) -> impl Iterator<Item = Self> {
        let errors = run.spans.iter().filter_map(|span| span.error.as_ref());
        let errors = errors.filter(|error| error.kind != ErrorKind::Cancelled);
        errors.map(|error| Self { error, warmup: run.warmup })
    }

    fn is_like(&self, other: &Self) -> bool {
        (self.warmup, self.error.kind) == (other.warmup, other.error.kind)
            && without_query(&self.error.message) == without_query(&other.error.message)
    }
}

/// A message without the query of the address that it ends with: each task has one of its own.
fn without_query(message: &str) -> &str {
    let is_address = |(before, query): &(&str, &str)| {
        before.rsplit(' ').next().is_some_and(|word| word.contains("://")) && !query.contains(' ')
    };
    message.split_once('?').filter(is_address).map_or(message, |(before, _)| before)
}

fn clipped(message: &str) -> String {
    match message.char_indices().nth(MESSAGE_MAX) {
        Some((end, _)) => format!("{}…", &message[..end]),
        None => message.to_owned(),
    }
}
