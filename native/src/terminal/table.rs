//! A table in lines of text: the columns that fit, nothing broken inside a number or a name.

mod columns;

use parlab_shared::say::{Line, PARTS, Table};

use super::INDENT;
use super::style::Style;
use super::wrap::{WORD_MAX, width, wrap};
use columns::{Column, GAP, Shown, fit, has_room_for_groups};

/// A table with its title and its notes. Columns that do not fit are left out and named.
pub fn titled_table(table: &Table, style: Style) -> String {
    table_after(&mut Vec::new(), table, style)
}

/// The same where some notes were `said` before: they are not said again.
pub fn table_after(said: &mut Vec<String>, table: &Table, style: Style) -> String {
    let columns = Column::all(table, style);
    let room = style.width.unwrap_or(usize::MAX);
    let shown = fit(&columns, room);
    if !has_room_for_groups(&columns, &shown, room) {
        return table_after(said, &table.stacked(PARTS), style);
    }
    let mut text = style.heading(&table.title);
    if !table.lines.is_empty() {
        text += &groups(&shown, style);
        let headings = shown.iter().map(|shown| Piece::of(shown, &shown.column.heading));
        put(&mut text, &headings.collect::<Vec<_>>(), Edge::Bottom, |line| style.bold(line));
    }
    let name_width = shown.first().map_or(0, |shown| shown.width);
    let mut lines_of_cells = 0;
    for line in &table.lines {
        match line {
            Line::Cells { cells, .. } => {
                let piece = |shown: &Shown<'_>| Piece {
                    is_painted: cells[shown.at].alarm,
                    ..Piece::of(shown, &shown.column.cells[lines_of_cells])
                };
                let pieces: Vec<Piece> = shown.iter().map(piece).collect();
                put(&mut text, &pieces, Edge::Top, |line| style.red(line));
                lines_of_cells += 1;
            }
            Line::LeftOut { label, reason } => text += &left_out(label, reason, name_width, style),
        }
    }
    let is_missing = |(at, _): &(usize, &Column)| !shown.iter().any(|shown| shown.at == *at);
    let mut missing: Vec<&str> = Vec::new();
    for (_, column) in columns.iter().enumerate().filter(is_missing) {
        // Groups have columns of the same name.
        if !missing.contains(&column.name.as_str()) {
            missing.push(&column.name);
        }
    }
    if !missing.is_empty() && !table.lines.is_empty() {
        let missing = format!("Not shown: {}; --wide shows all columns.", missing.join(", "));
        text += &style.paragraph(&missing, INDENT);
    }
    let is_shown = |key: &str| shown.iter().any(|shown| table.columns[shown.at].key == key);
    for note in table.notes.iter().filter(|note| note.is_about(is_shown)) {
        if said.contains(&note.text) {
            continue;
        }
        said.push(note.text.clone());
        text += &style.paragraph(&note.text, INDENT);
    }
    text
}

/// The names of groups above their columns; nothing where there are none.
fn groups(shown: &[Shown<'_>], style: Style) -> String {
    let mut line = String::new();
    let mut begins = 0;
    for columns in shown.chunk_by(|shown, next| shown.column.group == next.column.group) {
        if let Some(name) = &columns[0].column.group {
            let blanks = " ".repeat(usize::saturating_sub(begins, width(&line)));
            line += &(blanks + name);
        }
        begins += columns.iter().map(|shown| shown.width + GAP).sum::<usize>();
    }
    if line.is_empty() { line } else { style.bold(&line) + "\n" }
}

/// A row that was not run: its name in its column, the reason beside it.
fn left_out(label: &str, reason: &str, name_width: usize, style: Style) -> String {
    let label = style.text(label);
    let padding = " ".repeat(name_width.saturating_sub(width(&label)) + GAP);
    let beside = name_width + GAP;
    let has_room = style.width.is_none_or(|width| width >= beside + WORD_MAX);
    style.paragraph(&format!("{label}{padding}left out: {reason}"), if has_room { beside } else { INDENT })
}

/// What stands in a place of a line: some lines of its own.
struct Piece {
    lines: Vec<String>,
    width: usize,
    /// It stands on the right of its place.
    is_number: bool,
    is_painted: bool,
}

impl Piece {
    fn of(shown: &Shown<'_>, text: &str) -> Self {
        let Shown { column, width, .. } = *shown;
        Self { lines: wrap(text, width, 0), width, is_number: column.is_number, is_painted: true }
    }
}

/// Where pieces of fewer lines stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Edge {
    Top,
    Bottom,
}

/// Puts pieces beside each other.
fn put(text: &mut String, pieces: &[Piece], edge: Edge, paint: impl Fn(&str) -> String) {
    let height = pieces.iter().map(|piece| piece.lines.len()).max().unwrap_or(0);
    for at in 0..height {
        let mut line = String::new();
        for piece in pieces {
            let above = if edge == Edge::Bottom { height - piece.lines.len() } else { 0 };
            let text = at.checked_sub(above).and_then(|at| piece.lines.get(at)).map_or("", String::as_str);
            let blanks = " ".repeat(piece.width.saturating_sub(width(text)));
            let painted = if piece.is_painted && !text.is_empty() { paint(text) } else { text.to_owned() };
            line += &if piece.is_number { blanks + &painted } else { painted + &blanks };
            line += &" ".repeat(GAP);
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
}

#[cfg(test)]
mod tests;
