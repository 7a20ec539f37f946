//! What rows should have taken, beside what they took.

use super::{column, of_rows, row_names};
use crate::analysis::Analysis;
use crate::say::table::{Cell, Table, Unit};

pub(super) fn table(analysis: &Analysis<'_>) -> Table {
    let known = analysis.rows.iter().filter(|row| row.theory.is_some());
    let (columns, lines) = of_rows(
        known,
        vec![
            row_names(),
            column("rule", "Predicted", Unit::Text, 0, |row| {
                row.theory.as_ref().map_or_else(Cell::default, |theory| Cell::text(theory.to_string()))
            }),
            column("measured", "Measured", Unit::Ms, 0, |row| Cell::number(row.summary.median_ms())),
            column("measured-by-predicted", "Measured ÷ predicted", Unit::Ratio, 0, |row| {
                let predicted_ms = row.theory.as_ref().map(|theory| theory.predicted_ms);
                Cell::number(row.summary.median_ms().zip(predicted_ms).map(|(median, expected)| median / expected))
            }),
        ],
    );
    Table {
        key: "theory",
        title: "Predicted and measured".to_owned(),
        about: "What each row should take if nothing but its tasks took any time, beside what it took",
        columns,
        lines,
        notes: Vec::new(),
    }
}
