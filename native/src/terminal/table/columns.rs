//! Which columns there is room for, and how wide each of them is.

use parlab_shared::say::{self, Cell, Line, Table, Unit};

use crate::terminal::style::Style;
use crate::terminal::wrap::{WORD_MAX, widest_piece, width as text_width};

/// Blanks between columns.
pub const GAP: usize = 2;
/// No column of sentences is wider than this.
const SENTENCE_MAX: usize = 100;
/// Sentences are not squeezed into fewer characters than this while there are columns that can be left out, or names that
/// can be broken between words: `tasks × 5.00 ms = 10.0 ms` stands on a line.
const SENTENCE_COMFORTABLE: usize = 25;

/// Groups stand side by side as long as none of them lacks a column up to this rank.
const GROUPED_RANK: u8 = 3;

/// A column as it is drawn.
pub struct Column {
    /// What it is called in its group, and which one that is, if it belongs to one.
    key: String,
    pub group: Option<String>,
    /// What it is called where it is not shown.
    pub name: String,
    pub heading: String,
    /// What stands in its cells.
    pub cells: Vec<String>,
    /// Numbers stand on the right.
    pub is_number: bool,
    /// Columns of a high rank are left out first; 0 never is.
    pub rank: u8,
    /// How wide it is with every cell on one line.
    natural: usize,
    /// How wide it is at least while there are columns that can be left out.
    comfortable: usize,
    /// How wide it is at least.
    pub least: usize,
    /// Whether its cells can be broken between words.
    pub breaks: bool,
    /// Whether it names the lines, or is the part of their names that tells rows apart.
    is_name: bool,
}

impl Column {
    /// All columns of a table.
    pub fn all(table: &Table, style: Style) -> Vec<Self> {
        let breaks = |column: &say::Column| column.unit == Unit::Text && column.rank == 0;
        let names_at = table.columns.iter().position(breaks);
        let is_name = |at: usize| names_at == Some(at) || table.columns[at].key == "row";
        (0..table.columns.len()).map(|at| Self::of(table, at, is_name(at), style)).collect()
    }

    fn of(table: &Table, at: usize, is_name: bool, style: Style) -> Self {
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
                Line::Cells { cells: shown_cells, .. } => cells.push(shown(&shown_cells[at])),
                Line::LeftOut { label, .. } if at == 0 => labels.push(style.text(label)),
                Line::LeftOut { .. } => {}
            }
        }
        let widest = |of: fn(&str) -> usize| cells.iter().chain(&labels).map(|cell| of(cell)).max().unwrap_or(0);
        let (content, piece) = (widest(text_width), widest(widest_piece).min(WORD_MAX));
        let breaks = column.unit == Unit::Text && column.rank == 0;
        let (natural, comfortable, least) = if !breaks {
            (content, content, content)
        } else if is_name {
            // Names are read at a glance where they stand on one line.
            (content, content, piece)
        } else {
            let natural = content.min(SENTENCE_MAX);
            (natural, natural.min(SENTENCE_COMFORTABLE.max(piece)), piece)
        };
        let words = widest_piece(&heading);
        Self {
            key: column.key.clone().into_owned(),
            group: column.group.as_deref().map(|group| style.text(group)),
            name,
            is_number: column.unit.is_number(),
            rank: column.rank,
            natural: natural.max(words),
            comfortable: comfortable.max(words),
            least: least.max(words),
            breaks,
            is_name,
            heading,
            cells,
        }
    }
}

/// A column that is shown.
#[derive(Clone, Copy)]
pub struct Shown<'a> {
    /// The column.
    pub column: &'a Column,
    /// Its place in the table.
    pub at: usize,
    /// How wide it is.
    pub width: usize,
}

/// How wide columns are together.
pub fn total(shown: &[Shown<'_>]) -> usize {
    shown.iter().map(|shown| shown.width).sum::<usize>() + GAP * shown.len().saturating_sub(1)
}

/// Whether there is room for the groups of columns side by side: for what is read first of each, with its sentences whole.
pub fn has_room_for_groups(columns: &[Column], shown: &[Shown<'_>], width: usize) -> bool {
    let mut grouped = columns.iter().enumerate().filter(|(_, column)| column.group.is_some());
    let is_whole = |(at, column): (usize, &Column)| match shown.iter().find(|shown| shown.at == at) {
        Some(shown) => shown.width >= column.natural,
        None => column.rank > GROUPED_RANK,
    };
    grouped.all(is_whole) && (total(shown) <= width || columns.iter().all(|column| column.group.is_none()))
}

/// The columns that fit into a width. Those that are never left out may be wider together.
pub fn fit(columns: &[Column], width: usize) -> Vec<Shown<'_>> {
    let comfortable = columns.iter().enumerate().map(|(at, column)| Shown { column, at, width: column.comfortable });
    let mut shown: Vec<Shown<'_>> = comfortable.collect();
    while total(&shown) > width {
        // Of several with the highest rank the last one goes.
        let last = (0..shown.len()).max_by_key(|place| shown[*place].column.rank);
        let Some(last) = last.filter(|last| shown[*last].column.rank > 0) else { break };
        let Column { key, group, .. } = shown[last].column;
        match group {
            // What one group lacks is not read beside what another one has.
            Some(_) => shown.retain(|shown| shown.column.group.is_none() || shown.column.key != *key),
            None => _ = shown.remove(last),
        }
    }
    // Names are broken before sentences that are narrow already.
    for is_name in [true, false] {
        while total(&shown) > width {
            let narrower = shown
                .iter_mut()
                .filter(|Shown { column, width, .. }| column.is_name == is_name && *width > column.least);
            // Whichever then has the fewest lines.
            let lines = |shown: &Shown<'_>| shown.column.natural as f64 / (shown.width - 1) as f64;
            let Some(shortest) = narrower.min_by(|shown, next| lines(shown).total_cmp(&lines(next))) else { break };
            shortest.width -= 1;
        }
    }
    // What room is left is for sentences, for each in proportion to what it says.
    while total(&shown) < width {
        let wider = shown.iter_mut().filter(|shown| shown.column.breaks && shown.width < shown.column.natural);
        let lines = |shown: &Shown<'_>| shown.column.natural as f64 / shown.width as f64;
        let Some(longest) = wider.max_by(|shown, next| lines(shown).total_cmp(&lines(next))) else { break };
        longest.width += 1;
    }
    // Headings are on one line if all can be.
    let whole = shown.iter().map(|shown| Shown { width: shown.width.max(text_width(&shown.column.heading)), ..*shown });
    let whole: Vec<Shown<'_>> = whole.collect();
    if total(&whole) <= width { whole } else { shown }
}
