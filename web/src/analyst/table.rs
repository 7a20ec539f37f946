//! Tables as the page draws them.

use parlab_shared::experiment::differing_params;
use parlab_shared::row::Row;
use parlab_shared::say::{Cell, Column, Line, Table};

use crate::views::{CellView, ColumnView, LineView, RowMark, TableView};

/// The table as the page draws it.
pub fn view(table: &Table) -> TableView {
    let line = |line: &Line| match line {
        Line::LeftOut { label, reason } => LineView::LeftOut { label: label.clone(), reason: reason.clone() },
        Line::Cells { row, cells } => LineView::Cells {
            row: row.as_ref().map(mark),
            cells: cells.iter().zip(&table.columns).map(|(cell, column)| of_cell(cell, column)).collect(),
        },
    };
    TableView {
        key: table.key.to_owned(),
        title: table.title.clone(),
        about: table.about.to_owned(),
        columns: table.columns.iter().map(of_column).collect(),
        lines: table.lines.iter().map(line).collect(),
        notes: table.notes.iter().map(|note| note.text.clone()).collect(),
        folded: table.key == "runs",
    }
}

fn of_column(column: &Column) -> ColumnView {
    ColumnView {
        key: column.key.clone().into_owned(),
        heading: column.heading(),
        about: column.about.to_owned(),
        group: column.group.clone(),
        rank: column.rank,
        is_number: column.unit.is_number(),
    }
}

fn of_cell(cell: &Cell, column: &Column) -> CellView {
    CellView {
        text: cell.shown(column.unit).into_owned(),
        value: cell.as_number(),
        detail: cell.detail.clone(),
        alarm: cell.alarm,
    }
}

fn mark(row: &Row) -> RowMark {
    let own: Vec<String> = differing_params(row).into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    RowMark {
        workload: row.workload.name().to_owned(),
        strategy: row.strategy.name().to_owned(),
        workers: row.workers,
        dispatch: row.dispatch.name().to_owned(),
        own: (!own.is_empty()).then(|| own.join(",")),
    }
}
