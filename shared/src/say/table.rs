//! A table as data: what its columns are called and measured in, and what stands in its cells.

use std::borrow::Cow;

use crate::number::{Digits, Percent, Rate, Ratio, Time, Times};
use crate::row::Row;

/// Where there is no value.
const NOTHING: &str = "–";

/// A table: whoever draws it decides how it looks, not what it says.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// What it is called in code, attributes and [`LEFT_OUT`](super::view::LEFT_OUT).
    pub key: &'static str,
    /// The heading that stands above it.
    pub title: String,
    /// What it shows, for those who do not see it.
    pub about: &'static str,
    /// Its columns. The first one names the lines.
    pub columns: Vec<Column>,
    /// Its lines.
    pub lines: Vec<Line>,
    /// What has to be known to read it.
    pub notes: Vec<Note>,
}

/// What the id of a line in a page ends with: the key of its table, and its number there. No chart's id ends so.
pub fn line_id(key: &str, place: usize) -> String {
    format!("{key}-line-{place}")
}

/// Something that has to be known to read a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// A sentence, or several.
    pub text: String,
    /// The keys of the columns that it is about: a view that shows none of them does not say it. Empty if it is about all.
    pub columns: &'static [&'static str],
}

impl Note {
    /// A note on some columns; on the whole table if there are none.
    pub fn on(columns: &'static [&'static str], text: impl Into<String>) -> Self {
        Self { text: text.into(), columns }
    }

    /// Whether it is about one of the columns that are shown, or about the whole table.
    pub fn is_about(&self, mut is_shown: impl FnMut(&str) -> bool) -> bool {
        self.columns.is_empty() || self.columns.iter().any(|key| is_shown(key))
    }
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// What it is called in code and attributes: unique in its table, or in its group.
    pub key: Cow<'static, str>,
    /// Its heading, without the unit.
    pub name: Cow<'static, str>,
    /// What its values are measured in.
    pub unit: Unit,
    /// What its values are, in a sentence; empty where the heading says it.
    pub about: &'static str,
    /// Where there is no room for all columns, those with the highest rank go first; 0 never goes.
    pub rank: u8,
    /// What it belongs to with others beside it, in which columns may have the same key: a part of a pair. `None` if it
    /// belongs to the line as a whole.
    pub group: Option<String>,
}

/// What a column's values are measured in, and with it, how they are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Words.
    Text,
    /// Milliseconds.
    Ms,
    /// A time in milliseconds, written with the unit that fits it.
    Time,
    /// Seconds, as somebody else wrote them.
    Seconds,
    /// How many times as fast.
    Times,
    /// A ratio of times, to the third decimal.
    Ratio,
    /// A share of 1, written in percent.
    Share,
    /// Half of an interval's width as a share of its middle, written in percent.
    HalfWidth,
    /// Cores, or a part of their time.
    Cores,
    /// Megabytes (of 1,000,000 bytes).
    Mb,
    /// A whole number.
    Count,
    /// So many a second.
    PerSecond,
    /// Megabytes (of 1,000,000 bytes) a second.
    MbPerSecond,
}

impl Unit {
    /// What stands behind the name of a column, where values do not carry it themselves.
    pub fn suffix(self) -> Option<&'static str> {
        match self {
            Unit::Ms => Some("ms"),
            Unit::Seconds => Some("s"),
            Unit::Mb => Some("MB"),
            Unit::Text
            | Unit::Time
            | Unit::Times
            | Unit::Ratio
            | Unit::Share
            | Unit::HalfWidth
            | Unit::Cores
            | Unit::Count
            | Unit::PerSecond
            | Unit::MbPerSecond => None,
        }
    }

    /// A value of the unit.
    pub fn text(self, value: f64) -> String {
        match self {
            Unit::Ms | Unit::Mb => Digits(value).to_string(),
            Unit::Time => Time(value).to_string(),
            Unit::Text | Unit::Seconds | Unit::Count => value.to_string(),
            Unit::Times => Times(value).to_string(),
            Unit::Ratio => Ratio(value).to_string(),
            Unit::Share => Percent(value).to_string(),
            Unit::HalfWidth => format!("±{}", Percent(value)),
            // Less than a hundredth of a core is none.
            Unit::Cores if value < 0.1 => format!("{value:.2}"),
            Unit::Cores | Unit::PerSecond | Unit::MbPerSecond => Rate(value).to_string(),
        }
    }

    /// Whether its values are numbers, which stand on the right of their column.
    pub fn is_number(self) -> bool {
        self != Unit::Text
    }
}

impl Column {
    /// A column whose heading says what its values are. See the fields for the arguments.
    pub fn new(key: impl Into<Cow<'static, str>>, name: impl Into<Cow<'static, str>>, unit: Unit, rank: u8) -> Self {
        Self { key: key.into(), name: name.into(), unit, about: "", rank, group: None }
    }

    /// The heading with the unit: `Median, ms`.
    pub fn heading(&self) -> String {
        self.unit.suffix().map_or_else(|| self.name.clone().into_owned(), |unit| format!("{}, {unit}", self.name))
    }
}

/// A line of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Line {
    /// As many cells as there are columns.
    Cells {
        /// The row that it is about, if it is about one.
        row: Option<Row>,
        /// What stands in it.
        cells: Vec<Cell>,
    },
    /// A row that was not run.
    LeftOut {
        /// What it is called.
        label: String,
        /// Why not, without a full stop.
        reason: String,
    },
}

/// What stands in a cell.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cell {
    /// What is shown, before it has a unit.
    pub value: Value,
    /// More about it, in a sentence, where a view has room or shows it on demand.
    pub detail: Option<String>,
    /// It tells of something that went wrong.
    pub alarm: bool,
}

/// The value of a cell.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// There is none.
    #[default]
    Nothing,
    /// A number, in the unit of its column.
    Number(f64),
    /// Words.
    Text(String),
}

impl Cell {
    /// A cell with words.
    pub fn text(text: impl Into<String>) -> Self {
        Self { value: Value::Text(text.into()), ..Self::default() }
    }

    /// A cell with a number, if there is one that says something.
    pub fn number(value: impl Into<Option<f64>>) -> Self {
        let value = value.into().filter(|value: &f64| value.is_finite());
        Self { value: value.map_or(Value::Nothing, Value::Number), ..Self::default() }
    }

    /// A cell with a whole number.
    pub fn count(count: usize) -> Self {
        Self::number(count as f64)
    }

    /// The same with more about it.
    #[must_use]
    pub fn with_detail(self, detail: Option<String>) -> Self {
        Self { detail, ..self }
    }

    /// The same, as something that went wrong if `alarm` says so.
    #[must_use]
    pub fn alarming(self, alarm: bool) -> Self {
        Self { alarm, ..self }
    }

    /// Its number.
    pub fn as_number(&self) -> Option<f64> {
        match self.value {
            Value::Number(value) => Some(value),
            Value::Nothing | Value::Text(_) => None,
        }
    }

    /// Whether these words stand in it.
    pub fn is_text(&self, text: &str) -> bool {
        matches!(&self.value, Value::Text(words) if words == text)
    }

    /// What stands in it, in a column of a unit.
    pub fn shown(&self, unit: Unit) -> Cow<'_, str> {
        match &self.value {
            Value::Nothing => NOTHING.into(),
            Value::Number(value) => unit.text(*value).into(),
            Value::Text(text) => text.into(),
        }
    }
}

impl Table {
    /// The groups of its columns, in their order.
    pub fn groups(&self) -> Vec<&str> {
        let mut groups: Vec<&str> = self.columns.iter().filter_map(|column| column.group.as_deref()).collect();
        groups.dedup();
        groups
    }

    /// Runs of columns of the same group, each with how many they are.
    pub fn spans(&self) -> Vec<(Option<&str>, usize)> {
        let spans = self.columns.chunk_by(|column, next| column.group.is_some() && column.group == next.group);
        spans.map(|columns| (columns[0].group.as_deref(), columns.len())).collect()
    }

    /// The same with groups below each other, where there is no room for them side by side: each line is one for every
    /// group, whose name stands in a column with this heading. What belongs to the whole line stands in the first of them.
    #[must_use]
    pub fn stacked(&self, heading: &'static str) -> Self {
        let groups = self.groups();
        let Some(first) = self.columns.iter().position(|column| column.group.is_some()) else { return self.clone() };
        let of_line = |at: &usize| self.columns[*at].group.is_none();
        let (before, after): (Vec<usize>, Vec<usize>) =
            (0..self.columns.len()).filter(of_line).partition(|at| *at < first);
        let grouped = merged(groups.iter().map(|group| {
            let own = self.columns.iter().filter(|column| column.group.as_deref() == Some(group));
            own.map(|column| &*column.key).collect()
        }));
        let place = |group: &str, key: &str| {
            self.columns.iter().position(|column| column.group.as_deref() == Some(group) && column.key == key)
        };
        let of_any = |key: &&str| groups.iter().find_map(|group| place(group, key)).map(|at| &self.columns[at]);
        let columns = |places: &[usize]| places.iter().map(|at| self.columns[*at].clone()).collect::<Vec<Column>>();
        let ungrouped = grouped.iter().filter_map(of_any).map(|column| Column { group: None, ..column.clone() });
        let names = [Column::new("group", heading, Unit::Text, 0)];
        let columns = columns(&before).into_iter().chain(names).chain(ungrouped).chain(columns(&after)).collect();
        let lines = self.lines.iter().flat_map(|line| match line {
            Line::LeftOut { .. } => vec![line.clone()],
            Line::Cells { row, cells } => {
                let line = |(number, group): (usize, &&str)| {
                    let once = |at: &usize| if number == 0 { cells[*at].clone() } else { Cell::text("") };
                    let own =
                        grouped.iter().map(|key| place(group, key).map(|at| cells[at].clone()).unwrap_or_default());
                    let name = [Cell::text(*group)];
                    let cells = before.iter().map(once).chain(name).chain(own).chain(after.iter().map(once)).collect();
                    Line::Cells { row: row.clone(), cells }
                };
                groups.iter().enumerate().map(line).collect()
            }
        });
        Self { columns, lines: lines.collect(), notes: self.notes.clone(), title: self.title.clone(), ..*self }
    }

    /// The same with other columns behind the one with a key, and what stands in them, line by line.
    #[must_use]
    pub fn with_columns_after(
        mut self,
        key: &str,
        columns: Vec<Column>,
        mut cells_of: impl FnMut(Option<&Row>) -> Vec<Cell>,
    ) -> Self {
        let Some(at) = self.columns.iter().position(|column| column.key == key).map(|at| at + 1) else { return self };
        self.columns.splice(at..at, columns);
        for line in &mut self.lines {
            if let Line::Cells { row, cells } = line {
                let added = cells_of(row.as_ref());
                cells.splice(at..at, added);
            }
        }
        self
    }

    /// The same without some columns, and without notes on nothing else.
    #[must_use]
    pub fn without_columns(mut self, is_left_out: impl Fn(&Column) -> bool) -> Self {
        let kept: Vec<bool> = self.columns.iter().map(|column| !is_left_out(column)).collect();
        let keep = |at: &mut usize| {
            *at += 1;
            kept[*at - 1]
        };
        let mut at = 0;
        self.columns.retain(|_| keep(&mut at));
        let columns = &self.columns;
        self.notes.retain(|note| note.is_about(|key| columns.iter().any(|column| column.key == key)));
        for line in &mut self.lines {
            if let Line::Cells { cells, .. } = line {
                let mut at = 0;
                cells.retain(|_| keep(&mut at));
            }
        }
        self
    }
}

/// Several orders of some things as one: what only later ones have stands behind what it follows there.
pub(super) fn merged<T: PartialEq>(orders: impl IntoIterator<Item = Vec<T>>) -> Vec<T> {
    let mut all: Vec<T> = Vec::new();
    for order in orders {
        let mut next = 0;
        for thing in order {
            next = match all.iter().position(|known| *known == thing) {
                Some(at) => at,
                None => {
                    all.insert(next, thing);
                    next
                }
            } + 1;
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_stand_below_each_other_where_there_is_no_room() {
        let column = |group: Option<&str>, key: &'static str| Column {
            group: group.map(str::to_owned),
            ..Column::new(key, key, Unit::Ms, 0)
        };
        let columns = vec![
            column(None, "row"),
            column(Some("a"), "median"),
            column(Some("a"), "speedup"),
            column(Some("b"), "median"),
            column(Some("b"), "ratio"),
            column(Some("b"), "speedup"),
            column(None, "article"),
        ];
        let cells = ["r", "1", "2", "3", "4", "5", "6"].map(Cell::text).to_vec();
        let left_out = Line::LeftOut { label: "x".to_owned(), reason: "y".to_owned() };
        let lines = vec![Line::Cells { row: None, cells }, left_out.clone()];
        let table = Table { key: "t", title: "T".to_owned(), about: "", columns, lines, notes: Vec::new() };
        assert_eq!(table.groups(), ["a", "b"]);
        assert_eq!(table.spans(), [(None, 1), (Some("a"), 2), (Some("b"), 3), (None, 1)]);
        let stacked = table.stacked("Platform");
        let headings: Vec<String> = stacked.columns.iter().map(|column| column.name.clone().into_owned()).collect();
        assert_eq!(headings, ["row", "Platform", "median", "ratio", "speedup", "article"]);
        let text = |line: &Line| match line {
            Line::Cells { cells, .. } => cells.iter().map(|cell| cell.shown(Unit::Ms)).collect::<Vec<_>>().join("|"),
            Line::LeftOut { label, .. } => label.clone(),
        };
        let lines: Vec<String> = stacked.lines.iter().map(text).collect();
        assert_eq!(lines, ["r|a|1|–|2|6", "|b|3|4|5|", "x"]);
        assert!(stacked.groups().is_empty() && stacked.stacked("Platform") == stacked);
    }

    #[test]
    fn columns_go_with_their_cells() {
        let column = |key: &'static str, unit| Column::new(key, key, unit, 0);
        let cells = vec![Cell::text("a"), Cell::number(1.5), Cell::number(None)];
        let table = Table {
            key: "table",
            title: "Table".to_owned(),
            about: "",
            columns: vec![column("row", Unit::Text), column("median", Unit::Ms), column("mean", Unit::Ms)],
            lines: vec![
                Line::Cells { row: None, cells },
                Line::LeftOut { label: "b".to_owned(), reason: "c".to_owned() },
            ],
            notes: vec![Note::on(&["median"], "m"), Note::on(&["median", "mean"], "b"), Note::on(&[], "a")],
        };
        let fewer = table.without_columns(|column| column.key == "median");
        assert_eq!(fewer.notes.iter().map(|note| note.text.as_str()).collect::<Vec<_>>(), ["b", "a"]);
        assert_eq!(fewer.columns.iter().map(Column::heading).collect::<Vec<_>>(), ["row", "mean, ms"]);
        let Line::Cells { cells, .. } = &fewer.lines[0] else { panic!("the first line has cells") };
        assert_eq!(cells.iter().map(|cell| cell.shown(Unit::Ms)).collect::<Vec<_>>(), ["a", "–"]);
    }
}
