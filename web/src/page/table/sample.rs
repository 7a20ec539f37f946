//! Tables that tests are made of.

use crate::views::{CellView, ColumnView, LineView, TableView};

/// A table of columns (key and rank) and lines; a line that begins with `!` was left out.
pub fn table(columns: &[(&str, u8)], lines: &[&[&str]]) -> TableView {
    let column = |(key, rank): &(&str, u8)| ColumnView {
        key: (*key).to_owned(),
        heading: (*key).to_owned(),
        about: String::new(),
        group: None,
        rank: *rank,
        is_number: false,
    };
    let cell =
        |text: &&str| CellView { text: (*text).to_owned(), value: text.parse().ok(), detail: None, alarm: false };
    let line = |cells: &&[&str]| match cells[0].strip_prefix('!') {
        Some(label) => LineView::LeftOut { label: label.to_owned(), reason: "of a reason".to_owned() },
        None => LineView::Cells { row: None, cells: cells.iter().map(cell).collect() },
    };
    TableView {
        key: "sample".to_owned(),
        title: "Sample".to_owned(),
        about: String::new(),
        columns: columns.iter().map(column).collect(),
        lines: lines.iter().map(line).collect(),
        notes: Vec::new(),
        folded: false,
    }
}
