//! A table in lines of text: the columns that fit, nothing broken inside a number or a name.

use parlab_shared::say::{Cell, Line, Table, Unit};

use super::INDENT;
use super::style::Style;
use super::wrap::{WORD_MAX, widest_piece, width, wrap};

/// Blanks between columns.
const GAP: usize = 2;
/// No column of sentences is wider than this.
const SENTENCE_MAX: usize = 100;
/// Sentences are not squeezed into less than this while there are columns that can be left out.
const SENTENCE_COMFORTABLE: usize = 28;

/// A table with its title and its notes. Columns that do not fit are left out and named.
pub fn titled_table(table: &Table, style: Style) -> String {
    let columns: Vec<Column> = (0..table.columns.len()).map(|at| Column::of(table, at, style)).collect();
    let shown = fit(&columns, style.width.unwrap_or(usize::MAX));
    let mut text = style.bold(&style.text(&table.title)) + "\n";
    if !table.lines.is_empty() {
        let headings = shown.iter().map(|&(at, width)| columns[at].piece(&columns[at].heading, width));
        put(&mut text, &headings.collect::<Vec<_>>(), Edge::Bottom, |line| style.bold(line));
    }
    let name_width = shown.first().map_or(0, |(_, width)| *width);
    let mut lines_of_cells = 0;
    for line in &table.lines {
        match line {
            Line::Cells { cells, .. } => {
                let pieces = shown.iter().map(|&(at, width)| {
                    let piece = columns[at].piece(&columns[at].cells[lines_of_cells], width);
                    Piece { is_alarm: cells[at].alarm, ..piece }
                });
                put(&mut text, &pieces.collect::<Vec<_>>(), Edge::Top, |line| style.red(line));
                lines_of_cells += 1;
            }
            Line::LeftOut { label, reason } => text += &left_out(label, reason, name_width, style),
        }
    }
    let is_shown = |at: &usize| shown.iter().any(|(known, _)| known == at);
    let missing: Vec<&str> =
        (0..columns.len()).filter(|at| !is_shown(at)).map(|at| columns[at].name.as_str()).collect();
    if !missing.is_empty() && !table.lines.is_empty() {
        let missing = format!("Not shown: {}; --wide shows all columns.", missing.join(", "));
        text += &style.paragraph(&missing, INDENT);
    }
    for note in &table.notes {
        text += &style.paragraph(note, INDENT);
    }
    text
}

/// A row that was not run: its name in its column, the reason beside it.
fn left_out(label: &str, reason: &str, name_width: usize, style: Style) -> String {
    let label = style.text(label);
    let padding = " ".repeat(name_width.saturating_sub(width(&label)) + GAP);
    let beside = name_width + GAP;
    let has_room = style.width.is_none_or(|width| width >= beside + WORD_MAX);
    style.paragraph(&format!("{label}{padding}left out: {reason}"), if has_room { beside } else { INDENT })
}

/// A column as it is drawn.
struct Column {
    /// What it is called where it is not shown.
    name: String,
    heading: String,
    /// What stands in its cells.
    cells: Vec<String>,
    /// Numbers stand on the right.
    is_number: bool,
    /// Columns of a high rank are left out first; 0 never is.
    rank: u8,
    /// How wide it is with every cell and its heading on one line.
    natural: usize,
    /// How wide it is at least while there are columns that can be left out.
    comfortable: usize,
    /// How wide it is at least.
    least: usize,
    /// Whether its cells can be broken between words.
    breaks: bool,
}

impl Column {
    fn of(table: &Table, at: usize, style: Style) -> Self {
        let column = &table.columns[at];
        let heading = style.text(&column.heading());
        let name = match column.unit {
            // What it is half the width of stands before it.
            Unit::HalfWidth if at > 0 => format!("{} {}", table.columns[at - 1].name, column.name),
            _ => column.name.clone().into_owned(),
        };
        let shown = |cell: &Cell| style.text(&cell.shown(column.unit));
        let mut cells = Vec::new();
        let mut labels = Vec::new();
        for line in &table.lines {
            match line {
                Line::Cells { cells: own, .. } => cells.push(shown(&own[at])),
                Line::LeftOut { label, .. } if at == 0 => labels.push(style.text(label)),
                Line::LeftOut { .. } => {}
            }
        }
        let widest = |of: fn(&str) -> usize| cells.iter().chain(&labels).map(|cell| of(cell)).max().unwrap_or(0);
        let (content, piece) = (widest(width), widest(widest_piece).min(WORD_MAX));
        let breaks = column.unit == Unit::Text && column.rank == 0;
        let (natural, comfortable, least) = match at {
            _ if !breaks => (content, content, content),
            // Names are read at a glance where they stand on one line.
            0 => (content, content, piece),
            _ => {
                let natural = content.min(SENTENCE_MAX);
                (natural, natural.min(SENTENCE_COMFORTABLE.max(piece)), piece)
            }
        };
        let words = widest_piece(&heading);
        Self {
            name,
            is_number: column.unit.is_number(),
            rank: column.rank,
            natural: natural.max(width(&heading)),
            comfortable: comfortable.max(words),
            least: least.max(words),
            breaks,
            heading,
            cells,
        }
    }

    fn piece(&self, text: &str, width: usize) -> Piece {
        Piece { lines: wrap(text, width, 0), width, is_number: self.is_number, is_alarm: true }
    }
}

/// The columns that fit into a width, by their places, each with its own width. Those that are never left out may be
/// wider together.
fn fit(columns: &[Column], width: usize) -> Vec<(usize, usize)> {
    let mut shown: Vec<(usize, usize)> = columns.iter().map(|column| column.comfortable).enumerate().collect();
    let total = |shown: &[(usize, usize)]| {
        shown.iter().map(|(_, width)| width).sum::<usize>() + GAP * shown.len().saturating_sub(1)
    };
    while total(&shown) > width {
        // Of several with the highest rank the last one goes.
        let Some(place) = (0..shown.len()).max_by_key(|place| columns[shown[*place].0].rank) else { break };
        if columns[shown[place].0].rank == 0 {
            break;
        }
        shown.remove(place);
    }
    while total(&shown) > width {
        let narrower = shown.iter_mut().filter(|(at, width)| *width > columns[*at].least);
        let Some((_, widest)) = narrower.max_by_key(|(_, width)| *width) else { break };
        *widest -= 1;
    }
    // What room is left is for sentences, then for headings.
    while total(&shown) < width {
        let wider = shown.iter_mut().filter(|(at, width)| columns[*at].breaks && *width < columns[*at].natural);
        let Some((_, narrowest)) = wider.min_by_key(|(_, width)| *width) else { break };
        *narrowest += 1;
    }
    for place in 0..shown.len() {
        let (at, own) = shown[place];
        if total(&shown) - own + columns[at].natural <= width {
            shown[place].1 = columns[at].natural;
        }
    }
    shown
}

/// What stands in a place of a line: some lines of its own.
struct Piece {
    lines: Vec<String>,
    width: usize,
    is_number: bool,
    is_alarm: bool,
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
            let own = at.checked_sub(above).and_then(|at| piece.lines.get(at)).map_or("", String::as_str);
            let blanks = " ".repeat(piece.width.saturating_sub(width(own)));
            let painted = if piece.is_alarm && !own.is_empty() { paint(own) } else { own.to_owned() };
            line += &if piece.is_number { blanks + &painted } else { painted + &blanks };
            line += &" ".repeat(GAP);
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
}
