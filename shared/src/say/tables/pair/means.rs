//! What a pair says over all of its rows: geometric means, and how far equals were called different.

use crate::analysis::{PairAnalysis, PairMean, Repeat};
use crate::say::table::{Cell, Column, Line, Note, Table, Unit};
use crate::say::tables::ratio_interval;
use crate::say::verdict::of_mean;

/// The geometric mean of each part's ratios to the first one, by kind of work.
pub(super) fn table(pair: &PairAnalysis<'_>) -> Table {
    let first = pair.names.first().map_or("", String::as_str);
    let line = |name: &str, PairMean { of, rows, mean, verdict }: PairMean| Line::Cells {
        row: None,
        cells: vec![
            Cell::text(name),
            Cell::text(of),
            Cell::count(rows),
            Cell::number(mean.ratio),
            ratio_interval(mean.interval),
            Cell::text(of_mean(&mean, verdict)),
        ],
    };
    let parts = pair.names.iter().enumerate();
    let lines = parts.flat_map(|(part, name)| pair.means(part).into_iter().map(move |mean| line(name, mean)));
    let notes = [
        "A geometric mean is of these rows, and says nothing of other work.",
        "Words are said of a mean only where some of its rows is shown to differ, too.",
    ];
    Table {
        key: "means",
        title: format!("All rows together, ÷ {first}"),
        about: "The geometric mean of each platform's ratios to the first one",
        columns: vec![
            Column::new("part", super::PARTS, Unit::Text, 0),
            Column::new("of", "Rows of", Unit::Text, 0),
            Column::new("rows", "Rows", Unit::Count, 2),
            Column::new("ratio", "Geometric mean", Unit::Ratio, 0),
            Column::new("ratio-interval", "95 % interval", Unit::Text, 0),
            Column::new("verdict", "In words", Unit::Text, 0),
        ],
        lines: lines.collect(),
        notes: notes.map(|text| Note::on(&[], text)).to_vec(),
    }
}

/// How many rows of two parts of one platform are called different.
pub(super) fn repeats(pair: &PairAnalysis<'_>) -> Table {
    let line = |Repeat { names: [first, second], rows, called_different, beyond_interval }: &Repeat| Line::Cells {
        row: None,
        cells: vec![
            Cell::text(format!("{second} beside {first}")),
            Cell::count(*rows),
            Cell::count(*called_different).alarming(*called_different > 0),
            Cell::count(*beyond_interval),
        ],
    };
    let notes = [
        "The same platform twice (A/A): whatever differs is chance, or a fault of the measurement.",
        "Of 100 such pairs, at most 5 call any row different by chance; of 100 rows, 5 have an interval of their own that \
         does not contain 1.",
    ];
    Table {
        key: "repeats",
        title: "Equals beside each other".to_owned(),
        about: "How many rows of two parts of one platform are called different",
        columns: vec![
            Column::new("names", "Platform", Unit::Text, 0),
            Column::new("rows", "Rows with an interval", Unit::Count, 0),
            Column::new("called-different", "Called different", Unit::Count, 0),
            Column::new("beyond-interval", "1 outside of their own interval", Unit::Count, 1),
        ],
        lines: pair.repeats.iter().map(line).collect(),
        notes: notes.map(|text| Note::on(&[], text)).to_vec(),
    }
}
