//! How the ratio of two platforms changed from one pair to another.

use crate::analysis::{Comparison, RatioChange, Reason};
use crate::label::full_name;
use crate::say::table::{Cell, Column, Line, Note, Table, Unit};
use crate::say::tables::ratio_interval;
use crate::say::verdict::change_in_words;
use crate::text::sentence;

/// A line for each row whose ratio was taken in both pairs. `parts` is what divides and what is divided; `pairs` is what the
/// earlier and the later pair are called.
pub fn ratio_change(change: &RatioChange, parts: [&str; 2], pairs: [&str; 2]) -> Table {
    let [below, above] = parts;
    let [then, now] = pairs;
    let lines = change.change.ratios.iter().map(|ratio| {
        let of_pair = |comparison: &Comparison| {
            let known = comparison.ratios.iter().find(|known| known.row.is_same_work(&ratio.row));
            known.map_or_else(Cell::default, |known| Cell::number(known.estimate.ratio))
        };
        let cells = vec![
            Cell::text(full_name(&ratio.row)),
            of_pair(&change.before),
            of_pair(&change.after),
            Cell::number(ratio.estimate.ratio),
            ratio_interval(ratio.estimate.interval),
            Cell::text(change_in_words(&ratio.estimate, ratio.verdict, ratio.runs())),
        ];
        Line::Cells { row: Some(ratio.row.clone()), cells }
    });
    let mut notes = vec![
        format!("each ratio is of passes of its own pair: what makes {now} as a whole slower than {then} is in none"),
        "words hold for the whole table (Holm); they are about these two pairs, and others can differ by more"
            .to_owned(),
    ];
    // What has no counterpart at all is said where the platforms are compared.
    notes.extend(change.change.left_out_of(pairs, |row| matches!(row.reason, Reason::NoRatio { .. })));
    Table {
        key: "ratio-change",
        title: format!("{above} ÷ {below}: {now} against {then}"),
        about: "How the ratio of two platforms changed from one pair to another, row by row",
        columns: vec![
            Column::new("row", "Row", Unit::Text, 0),
            Column::new("then", then.to_owned(), Unit::Ratio, 1),
            Column::new("now", now.to_owned(), Unit::Ratio, 1),
            Column::new("ratio", format!("{now} ÷ {then}"), Unit::Ratio, 0),
            Column::new("ratio-interval", "95 % interval", Unit::Text, 0),
            Column::new("words", "In words", Unit::Text, 0),
        ],
        lines: lines.collect(),
        notes: notes.iter().map(|note| Note::on(&[], sentence(note))).collect(),
    }
}
