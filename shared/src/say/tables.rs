//! The tables of a report: what columns they have, and what stands in them.

mod comparison;
mod costs;
mod failures;
mod frames;
mod operations;
mod pair;
mod rows;
mod runs;
mod scaling;
mod tasks;
mod theory;

use std::borrow::Cow;

use super::table::{Cell, Column, Line, Table, Unit, Value};
use super::view::View;
use crate::analysis::{Analysis, RowAnalysis};
use crate::number::Ratio;
use crate::statistics::Interval;

pub use comparison::comparison;
#[cfg(test)]
pub(super) use pair::known as pair_known;
pub use pair::{PARTS, pair_summary, pair_tables, ratio_change};
pub use runs::OUTLIERS;

/// What scale smoke is worth.
const SMOKE: &str = "sizes are small (scale smoke), which shows that all works, not what it takes";

/// The tables of an analysis, as a view shows them.
pub fn tables(analysis: &Analysis<'_>, view: View) -> Vec<Table> {
    view.select(all(analysis))
}

/// All tables that have anything to show.
fn all(analysis: &Analysis<'_>) -> Vec<Table> {
    known(analysis).into_iter().filter(|table| !table.lines.is_empty()).collect()
}

/// Every table, in the order in which they are read.
pub(super) fn known(analysis: &Analysis<'_>) -> [Table; 9] {
    [
        operations::table(analysis),
        rows::table(analysis),
        frames::table(analysis),
        theory::table(analysis),
        scaling::table(analysis),
        costs::table(analysis),
        runs::table(analysis),
        tasks::table(analysis),
        failures::table(analysis),
    ]
}

/// A cell with the interval of a ratio, if it has one.
fn ratio_interval(interval: Option<Interval>) -> Cell {
    let ends = |Interval { low, high, .. }: Interval| Cell::text(format!("{} – {}", Ratio(low), Ratio(high)));
    interval.map_or_else(Cell::default, ends)
}

/// A column of a table with a line for each row, and what stands in it.
struct RowColumn<'a> {
    column: Column,
    /// Left out where no row has a value.
    optional: bool,
    cell: Box<dyn Fn(&RowAnalysis<'_>) -> Cell + 'a>,
}

/// A column that is always there. See [`Column`] for what the arguments are.
fn column<'a>(
    key: impl Into<Cow<'static, str>>,
    name: impl Into<Cow<'static, str>>,
    unit: Unit,
    rank: u8,
    cell: impl Fn(&RowAnalysis<'_>) -> Cell + 'a,
) -> RowColumn<'a> {
    RowColumn { column: Column::new(key, name, unit, rank), optional: false, cell: Box::new(cell) }
}

/// The column with the names of rows.
fn row_names<'a>() -> RowColumn<'a> {
    column("row", "Row", Unit::Text, 0, |row| Cell::text(row.label.to_string()))
}

impl RowColumn<'_> {
    /// The same, left out where no row has a value.
    fn optional(self) -> Self {
        Self { optional: true, ..self }
    }

    /// The same, with what its values are.
    fn about(mut self, about: &'static str) -> Self {
        self.column.about = about;
        self
    }
}

/// Columns, and a line for each row.
fn of_rows<'a>(
    rows: impl IntoIterator<Item = &'a RowAnalysis<'a>>,
    columns: Vec<RowColumn<'_>>,
) -> (Vec<Column>, Vec<Line>) {
    let rows: Vec<&RowAnalysis<'_>> = rows.into_iter().collect();
    let mut lines: Vec<Vec<Cell>> = vec![Vec::new(); rows.len()];
    let mut shown = Vec::new();
    for RowColumn { column, optional, cell } in columns {
        let cells: Vec<Cell> = rows.iter().map(|row| cell(row)).collect();
        if optional && cells.iter().all(|cell| cell.value == Value::Nothing) {
            continue;
        }
        shown.push(column);
        lines.iter_mut().zip(cells).for_each(|(line, cell)| line.push(cell));
    }
    let line = |(row, cells): (&RowAnalysis<'_>, Vec<Cell>)| Line::Cells { row: Some(row.row.clone()), cells };
    (shown, rows.into_iter().zip(lines).map(line).collect())
}
