//! Rates, latencies and failures of single tasks.

use super::{column, of_rows, row_names};
use crate::analysis::{Analysis, Percentiles, RowAnalysis, phases};
use crate::number::{Counted, Time};
use crate::say::table::{Cell, Note, Table, Unit};
use crate::span::phase;
use crate::text::capitalised;

/// What the phase before a task is.
const SPAWN_ABOUT: &str = "The median time that it took to make the worker of a task, just before the task began";
const LOCK_ABOUT: &str = "The median of what a task waited for its turns at the one lock of all threads";
const FROZEN_ABOUT: &str = "How long frames that were due did not come during a task: the median over tasks";
const LONGEST_GAP_ABOUT: &str = "The longest time from one frame to the next during a task: the median over tasks";

/// Why rows have no megabytes a second.
const NOT_COPIED: &str =
    "Rows whose workers share a memory have no MB/s: a message stays where it is, and nothing is copied.";

pub(super) fn table(analysis: &Analysis<'_>) -> Table {
    let rows = &analysis.rows;
    let noun = if rows.iter().all(|row| row.tasks.are_requests) { "requests" } else { "tasks" };
    let mut columns = vec![
        row_names(),
        column("tasks-per-s", rate_name(noun), Unit::PerSecond, 1, |row| Cell::number(row.tasks.tasks_per_s)),
        column("mb-per-s", "MB/s", Unit::MbPerSecond, 2, |row| {
            Cell::number(row.tasks.bytes_per_s.map(|rate| rate / 1e6))
        })
        .optional(),
        column("p50", "p50", Unit::Ms, 0, latency(|times| times.p50_ms)),
        column("p90", "p90", Unit::Ms, 7, latency(|times| times.p90_ms)),
        column("p95", "p95", Unit::Ms, 4, latency(|times| times.p95_ms)),
        column("p99", "p99", Unit::Ms, 6, latency(|times| times.p99_ms)),
        column("slowest", "Slowest", Unit::Ms, 5, latency(|times| times.slowest_ms)),
        column("first-byte", "First byte", Unit::Ms, 8, |row| Cell::number(row.tasks.first_byte_ms)).optional(),
    ];
    columns.extend(phases(rows.iter().map(|row| &row.tasks)).into_iter().map(|name| {
        let of_row = move |row: &RowAnalysis<'_>| Cell::number(row.tasks.phases.get(name).copied());
        column(format!("phase-{name}"), capitalised(&name.replace('-', " ")), Unit::Ms, 3, of_row).about(match name {
            phase::SPAWN => SPAWN_ABOUT,
            phase::LOCK => LOCK_ABOUT,
            phase::FROZEN => FROZEN_ABOUT,
            phase::LONGEST_GAP => LONGEST_GAP_ABOUT,
            _ => "The median of this part of a task's time",
        })
    }));
    columns.push(column("failures", "Failed, by kind", Unit::Text, 2, failures).optional());
    let (columns, lines) = of_rows(rows, columns);
    let has_bytes = columns.iter().any(|column| column.unit == Unit::MbPerSecond);
    let megabytes = if has_bytes { "; a MB is 1,000,000 bytes" } else { "" };
    let step = Time(analysis.report.environment.clock_step_ms);
    let nearest =
        format!("Of all {noun} that ended well in measured runs, 95 % took no longer than p95 (nearest rank).");
    let under_a_step = format!("What takes less than the clock's step of {step} reads as nothing.");
    let inserting =
        format!("Wait: until it is a task's turn at the dictionary. Insert: until its result is in it. {under_a_step}");
    let is_nothing = |row: &RowAnalysis<'_>| row.tasks.latency.is_some_and(|latency| latency.p50_ms == 0.0);
    let is_shared = |row: &RowAnalysis<'_>| !row.row.moves_bytes();
    let mut notes = vec![
        Note::on(&["p95"], nearest),
        Note::on(&["tasks-per-s", "mb-per-s"], format!("Rates are medians over runs{megabytes}.")),
        Note::on(&["phase-wait", "phase-insert"], inserting),
    ];
    notes.extend(rows.iter().any(is_nothing).then(|| Note::on(&["p50"], under_a_step)));
    notes.extend(rows.iter().any(is_shared).then(|| Note::on(&["mb-per-s"], NOT_COPIED)));
    notes.retain(|note| note.is_about(|key| columns.iter().any(|column| column.key == key)));
    let resent: usize = rows.iter().map(|row| row.tasks.resent).sum();
    if resent > 0 {
        let text = format!(
            "Sent again, because the server had ended the connection that was kept for it: {}. Times include that.",
            Counted(resent as u64, "request")
        );
        notes.push(Note::on(&[], text));
    }
    Table {
        key: "tasks",
        title: format!("Single {noun}"),
        about: "Rates, latencies and failures of single tasks by row",
        columns,
        lines,
        notes,
    }
}

fn rate_name(noun: &str) -> &'static str {
    if noun == "requests" { "Requests/s" } else { "Tasks/s" }
}

/// A percentile of a row's latencies.
fn latency(pick: fn(&Percentiles) -> f64) -> impl Fn(&RowAnalysis<'_>) -> Cell {
    move |row| Cell::number(row.tasks.latency.as_ref().map(pick))
}

fn failures(row: &RowAnalysis<'_>) -> Cell {
    let failures: Vec<String> = row.tasks.failures.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
    if failures.is_empty() { Cell::default() } else { Cell::text(failures.join(", ")).alarming(true) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::ReportBuilder;
    use crate::say::Line;
    use crate::strategy::Strategy;

    #[test]
    fn messages_that_stay_where_they_are_have_no_megabytes_a_second() {
        let mut report = ReportBuilder::of("messages").runs(2).build();
        report.runs.iter_mut().flat_map(|run| &mut run.spans).for_each(|span| span.bytes = 1000);
        let table = table(&Analysis::of(&report));
        let at = table.columns.iter().position(|column| column.key == "mb-per-s").expect("processes have it");
        for line in &table.lines {
            let Line::Cells { row: Some(row), cells } = line else { continue };
            assert_eq!(cells[at] == Cell::default(), row.strategy == Strategy::Threads, "{row:?}");
        }
        assert!(table.notes.iter().any(|note| note.text == NOT_COPIED), "{:?}", table.notes);
    }
}
