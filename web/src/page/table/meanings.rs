//! What columns are and what more there is to say about cells: what a pointer shows above them, for everybody else.

use std::collections::BTreeSet;

use crate::views::{CellView, ColumnView, LineView, TableView};

/// Of a longer table, the cells of so many lines are explained.
const LINES_MAX: usize = 250;

/// Names with their meanings, each once, in the order of the table.
pub fn meanings(table: &TableView) -> Vec<(String, String)> {
    let columns = table.columns.iter().filter(|column| !column.about.is_empty());
    let columns = columns.map(|column| (column.heading.clone(), column.about.clone()));
    let lines = table.lines.iter().take(LINES_MAX).filter_map(|line| match line {
        LineView::Cells { cells, .. } => Some(cells),
        LineView::LeftOut { .. } => None,
    });
    let cells = lines.flat_map(|cells| {
        let name = cells.first().map_or("", |first| &first.text);
        cells
            .iter()
            .zip(&table.columns)
            .filter_map(move |(cell, column)| cell.detail.clone().map(|detail| (cell_name(name, cell, column), detail)))
    });
    let mut seen = BTreeSet::new();
    columns.chain(cells).filter(|entry| seen.insert(entry.clone())).collect()
}

/// What a cell is called. A number belongs to its line; a word means the same in all of them.
fn cell_name(line: &str, cell: &CellView, column: &ColumnView) -> String {
    let CellView { text, .. } = cell;
    let heading = &column.heading;
    match &column.group {
        _ if !column.is_number => format!("{heading}: {text}"),
        Some(group) => format!("{line}, {group}, {heading}: {text}"),
        None => format!("{line}, {heading}: {text}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::table::sample::table;

    #[test]
    fn each_meaning_is_said_once() {
        let mut table = table(
            &[("row", 0), ("median", 0), ("mechanism", 0)],
            &[&["async", "2.0", "event loop"], &["!gone"], &["threads", "1.0", "event loop"]],
        );
        table.columns[1].about = "The middle of all runs.".to_owned();
        table.columns[1].is_number = true;
        for line in &mut table.lines {
            if let LineView::Cells { cells, .. } = line {
                cells[1].detail = Some("Few runs.".to_owned());
                cells[2].detail = Some("Tasks take turns.".to_owned());
            }
        }
        let said = meanings(&table);
        let said: Vec<(&str, &str)> = said.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        assert_eq!(
            said,
            [
                ("median", "The middle of all runs."),
                ("async, median: 2.0", "Few runs."),
                ("mechanism: event loop", "Tasks take turns."),
                ("threads, median: 1.0", "Few runs."),
            ]
        );
    }
}
