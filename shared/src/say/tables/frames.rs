//! Frames that did not come while work was done.

use super::{column, of_rows, row_names};
use crate::analysis::{Analysis, RowFrames};
use crate::say::table::{Cell, Note, Table, Unit};

/// What is counted in a browser.
const IN_A_BROWSER: &str = "The page's main thread draws: frames are those that the browser asks the page for \
                            (requestAnimationFrame), from the last one before a task's work to the first one after it.";

/// What is counted elsewhere.
const ELSEWHERE: &str = "An event loop stands for the page's main thread: a timer of its own asks for a frame 60 times a second, from \
                         the last one before a task's work to the first one after it. Nothing is painted.";

/// When a frame is dropped.
const DROPPED: &str = "A frame is due every 16.7 ms: of a longer time from one to the next, those in between are dropped, to the \
                       nearest. A frame that is less than half of that late counts as drawn; the longest gap tells of it.";

pub(super) fn table(analysis: &Analysis<'_>) -> Table {
    let frames = |key, name, unit, rank, value: fn(&RowFrames) -> Option<f64>| {
        column(key, name, unit, rank, move |row| Cell::number(row.summary.frames.as_ref().and_then(value)))
    };
    let is_known = analysis.rows.iter().any(|row| row.summary.frames.is_some());
    let known = || analysis.rows.iter().filter(|row| is_known && row.row.workload.draws());
    let (columns, lines) = of_rows(
        known(),
        vec![
            row_names(),
            column("median", "Median", Unit::Ms, 3, |row| Cell::number(row.summary.median_ms()))
                .about("The median wall time"),
            frames("dropped", "Dropped frames", Unit::Count, 0, |frames| Some(frames.dropped))
                .about("Frames of a run that were due and did not come: the median over runs"),
            column("dropped-range", "Fewest – most", Unit::Text, 4, |row| {
                row.summary
                    .frames
                    .map_or_else(Cell::default, |frames| Cell::text(format!("{} – {}", frames.fewest, frames.most)))
            })
            .about("The fewest and the most of a run"),
            frames("frozen", "Frozen", Unit::Ms, 2, |frames| Some(frames.frozen_ms))
                .about("How long frames that were due did not come in a run: the median over runs"),
            frames("longest-gap", "Longest gap", Unit::Ms, 1, |frames| Some(frames.longest_gaps.median_ms))
                .about("The longest time from one frame to the next in a run: the median over runs"),
        ],
    );
    let who = if analysis.report.platform.is_browser() { IN_A_BROWSER } else { ELSEWHERE };
    let notes = if lines.is_empty() {
        Vec::new()
    } else {
        vec![Note::on(&["dropped", "longest-gap"], who), Note::on(&["dropped", "dropped-range", "frozen"], DROPPED)]
    };
    Table {
        key: "frames",
        title: "Frames meanwhile".to_owned(),
        about: "How many frames were dropped while the work of each row was done, and the longest time without one",
        notes,
        columns,
        lines,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::ReportBuilder;
    use crate::say::tables::tasks;

    #[test]
    fn what_froze_is_called_and_measured_alike_of_runs_and_of_tasks() {
        let report = ReportBuilder::of("frames").runs(6).build();
        let analysis = Analysis::of(&report);
        let headings = |table: Table| -> Vec<String> {
            let is_drawn = |column: &&crate::say::Column| ["Frozen", "Longest gap"].contains(&&*column.name);
            table.columns.iter().filter(is_drawn).map(crate::say::Column::heading).collect()
        };
        let expected = ["Frozen, ms", "Longest gap, ms"];
        assert_eq!(
            (headings(table(&analysis)), headings(tasks::table(&analysis))),
            (expected.map(String::from).to_vec(), expected.map(String::from).to_vec())
        );
    }
}
