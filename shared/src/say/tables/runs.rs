//! The measured runs of each row in numbers.

use super::{column, of_rows, row_names};
use crate::analysis::Analysis;
use crate::say::table::{Cell, Note, Table, Unit};

/// What outliers are. The analysis says which runs are some.
pub const OUTLIERS: &str = "Outliers are far from the other runs of their row, and count all the same.";

pub(super) fn table(analysis: &Analysis<'_>) -> Table {
    let (columns, lines) = of_rows(
        &analysis.rows,
        vec![
            row_names(),
            column("fastest", "Fastest", Unit::Ms, 1, |row| Cell::number(row.summary.wall.map(|wall| wall.fastest_ms))),
            column("slowest", "Slowest", Unit::Ms, 1, |row| Cell::number(row.summary.wall.map(|wall| wall.slowest_ms))),
            column("mean", "Mean", Unit::Ms, 2, |row| Cell::number(row.summary.mean_ms)),
            column("deviation", "Deviation", Unit::Ms, 3, |row| Cell::number(row.summary.deviation_ms)),
            column("queued", "Queued", Unit::Ms, 5, |row| Cell::number(row.summary.queued_ms)),
            column("outliers", "Outliers", Unit::Count, 6, |row| Cell::count(row.summary.outliers_ms.len())),
        ],
    );
    let notes = [
        Note::on(&["deviation"], "Deviation: the sample's standard deviation."),
        Note::on(&["queued"], "Queued: how long tasks waited for a worker, a median."),
        Note::on(&["outliers"], OUTLIERS),
    ];
    Table {
        key: "runs",
        title: "Runs in numbers".to_owned(),
        about: "The measured runs of each row",
        columns,
        lines,
        notes: notes.to_vec(),
    }
}
