//! Tables of the parts of a pair as one: side by side, or below each other.

use super::PARTS;
use crate::analysis::PairStage;
use crate::row::Row;
use crate::say::table::{Cell, Column, Line, Note, Table, Unit};

/// Tables with a line for each row, side by side: a group of columns for each part, but for those whose keys are `common`,
/// which stand once, behind the others, as the first part has them that has them at all.
pub(super) fn beside(stage: &PairStage<'_>, parts: Vec<(&str, Table)>, common: &[&str]) -> Option<Table> {
    let (_, first) = parts.iter().find(|(_, table)| !table.columns.is_empty())?;
    let is_common = |column: &Column| common.contains(&&*column.key);
    // The names of rows are the same in all.
    let own = |table: &Table| (1..table.columns.len()).filter(|at| !is_common(&table.columns[*at])).collect::<Vec<_>>();
    let own: Vec<Vec<usize>> = parts.iter().map(|(_, table)| own(table)).collect();
    let place = |key: &&str| {
        let mut places = parts.iter().enumerate().map(|(part, (_, table))| {
            let at = table.columns.iter().position(|column| column.key == *key)?;
            Some((part, at))
        });
        places.find_map(|place| place)
    };
    let common: Vec<(usize, usize)> = common.iter().filter_map(place).collect();

    let mut columns = vec![first.columns[0].clone()];
    for ((name, table), own) in parts.iter().zip(&own) {
        let grouped = own.iter().map(|at| Column { group: Some((*name).to_owned()), ..table.columns[*at].clone() });
        columns.extend(grouped);
    }
    columns.extend(common.iter().map(|(part, at)| parts[*part].1.columns[*at].clone()));

    let lines = stage.rows.iter().filter_map(|row| {
        let of_parts: Vec<Option<&[Cell]>> = parts.iter().map(|(_, table)| cells_of(table, row.row)).collect();
        of_parts.iter().any(Option::is_some).then_some(())?;
        let cell = |part: usize, at: usize| of_parts[part].and_then(|cells| cells.get(at)).cloned().unwrap_or_default();
        let mut cells = vec![Cell::text(row.label.to_string())];
        cells.extend(
            own.iter()
                .enumerate()
                .flat_map(|(part, own)| own.iter().map(move |at| (part, *at)))
                .chain(common.iter().copied())
                .map(|(part, at)| cell(part, at)),
        );
        Some(Line::Cells { row: Some(row.row.clone()), cells })
    });
    let mut lines: Vec<Line> = lines.collect();
    let mut notes = notes_of(&parts);
    put_left_out(&parts, &mut lines, &mut notes);
    Some(Table { columns, lines, notes, title: first.title.clone(), ..*first })
}

/// Tables of the same columns below each other, with a column that says which part a line is of.
pub(super) fn below(parts: Vec<(&str, Table)>) -> Option<Table> {
    let names = || Column::new("part", PARTS, Unit::Text, 0);
    let notes = notes_of(&parts);
    let mut tables = parts.into_iter().map(|(name, mut table)| {
        table.columns.insert(1.min(table.columns.len()), names());
        for line in &mut table.lines {
            match line {
                Line::Cells { cells, .. } => cells.insert(1, Cell::text(name)),
                Line::LeftOut { label, .. } => *label = format!("{label}, {name}"),
            }
        }
        table
    });
    let mut all = tables.next()?;
    all.lines.extend(tables.flat_map(|table| table.lines));
    all.notes = notes;
    Some(all)
}

/// The cells of a table's line about a row.
fn cells_of<'t>(table: &'t Table, row: &Row) -> Option<&'t [Cell]> {
    table.lines.iter().find_map(|line| match line {
        Line::Cells { row: Some(known), cells } => {
            (known.experiment == row.experiment && known.is_same_work(row)).then_some(&cells[..])
        }
        _ => None,
    })
}

/// What has to be known of all tables, once; and of some only, with which.
fn notes_of(parts: &[(&str, Table)]) -> Vec<Note> {
    let tables = || parts.iter().filter(|(_, table)| !table.lines.is_empty());
    let mut notes: Vec<Note> = Vec::new();
    for (_, table) in tables() {
        for note in &table.notes {
            let whose: Vec<&str> =
                tables().filter(|(_, table)| table.notes.contains(note)).map(|(name, _)| *name).collect();
            let text = if whose.len() == tables().count() {
                note.text.clone()
            } else {
                format!("{}: {}", whose.join(", "), note.text)
            };
            let note = Note { text, columns: note.columns };
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
    }
    notes
}

/// Says which rows were left out: by all parts, in their place; by some, in a note.
fn put_left_out(parts: &[(&str, Table)], lines: &mut Vec<Line>, notes: &mut Vec<Note>) {
    let mut known: Vec<(&str, &str, Vec<&str>)> = Vec::new();
    for (name, table) in parts {
        for line in &table.lines {
            let Line::LeftOut { label, reason } = line else { continue };
            match known.iter_mut().find(|(row, why, _)| (*row, *why) == (label.as_str(), reason.as_str())) {
                Some((.., names)) => names.push(name),
                None => known.push((label, reason, vec![name])),
            }
        }
    }
    let is_measured = |label: &str, lines: &[Line]| {
        lines.iter().any(|line| match line {
            Line::Cells { cells, .. } => cells.first().is_some_and(|cell| *cell == Cell::text(label)),
            Line::LeftOut { .. } => false,
        })
    };
    let mut by_some: Vec<(&str, String, Vec<&str>)> = Vec::new();
    for (label, reason, names) in known {
        let whose = if names.len() == parts.len() { String::new() } else { names.join(", ") };
        if is_measured(label, lines) {
            match by_some.iter_mut().find(|(why, who, _)| (*why, who.as_str()) == (reason, whose.as_str())) {
                Some((.., rows)) => rows.push(label),
                None => by_some.push((reason, whose, vec![label])),
            }
        } else {
            let reason = if whose.is_empty() { reason.to_owned() } else { format!("{whose}: {reason}") };
            lines.push(Line::LeftOut { label: label.to_owned(), reason });
        }
    }
    let text = |(reason, whose, rows): (&str, String, Vec<&str>)| {
        format!("Not on {whose}: {}, because {reason}.", rows.join("; "))
    };
    notes.extend(by_some.into_iter().map(|by_some| Note::on(&[], text(by_some))));
}
