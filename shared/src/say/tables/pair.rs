//! The tables of a pair: those of its parts side by side, with ratios to the first one.

mod beside;
mod change;
mod means;
mod tax;

use std::borrow::Cow;

use super::{comparison, costs, failures, operations, ratio_interval, rows, runs, scaling, tasks, theory};
use crate::analysis::{Analysis, Caveat, PairAnalysis, PairStage, Ratio, Uncomparable};
use crate::label::{RowLabel, group};
use crate::report::Warning;
use crate::row::Row;
use crate::say::table::{Cell, Column, Note, Table, Unit};
use crate::say::verdict;
use crate::say::view::View;
use crate::text::sentence;
use beside::{below, beside};
pub use change::ratio_change;

/// The heading of the column that says which part of a pair a line is of.
pub const PARTS: &str = "Platform";

/// What ratios of a pair are.
const PAIRED: &str =
    "are medians of the ratios of runs of the same pass, in which platforms took turns, with their 95 % intervals";

/// What verdicts of a pair claim, beside the intervals.
const WORDS: &str = "verdicts hold for all rows of the pair together: of such pairs of equals, at most 5 % have any wrong one \
                     (Holm); each interval is its row's own";

/// The columns of a part's rows that stand in the table of a pair; how they go where there is no room: first what is no matter
/// of how platforms compare.
const SHOWN: &[(&str, u8)] = &[
    ("row", 0),
    ("median", 0),
    ("median-interval", 4),
    ("setup", 7),
    ("whole", 7),
    ("theory", 6),
    ("article", 3),
    ("speedup", 8),
    ("speedup-interval", 9),
    ("failed", 0),
];

/// Those that are the same for all platforms.
const COMMON: &[&str] = &["theory", "article"];

/// The tables of one experiment of a pair, as a view shows them.
pub fn pair_tables(pair: &PairAnalysis<'_>, stage: &PairStage<'_>, view: View) -> Vec<Table> {
    view.select(known(pair, stage).into_iter().filter(|table| !table.lines.is_empty()).collect())
}

/// The tables of a pair as a whole: of what all its experiments say together.
pub fn pair_summary(pair: &PairAnalysis<'_>) -> Vec<Table> {
    [means::table(pair), means::repeats(pair)].into_iter().filter(|table| !table.lines.is_empty()).collect()
}

/// Every table of an experiment, in the order in which they are read.
pub(in crate::say) fn known(pair: &PairAnalysis<'_>, stage: &PairStage<'_>) -> Vec<Table> {
    let of_parts = |of: fn(&Analysis<'_>) -> Table| -> Vec<(&str, Table)> {
        pair.names.iter().map(String::as_str).zip(stage.parts.iter().map(of)).collect()
    };
    let all = [
        beside(stage, of_parts(operations::table), &[]),
        rows_beside(pair, stage),
        Some(tax::table(pair, stage)),
        beside(stage, of_parts(theory::table), &[]),
        below(of_parts(scaling::table)),
        beside(stage, of_parts(costs::table), &[]),
        beside(stage, of_parts(runs::table), &[]),
        beside(stage, of_parts(tasks::table), &[]),
        below(of_parts(failures::table)),
    ];
    all.into_iter().flatten().collect()
}

/// What rows took on each platform, and what that is by the first one's.
fn rows_beside(pair: &PairAnalysis<'_>, stage: &PairStage<'_>) -> Option<Table> {
    let has_failed = stage.parts.iter().flat_map(|part| &part.rows).any(|row| row.summary.failed > 0);
    // What is predicted, and what the article says, stands once.
    let first = stage.parts.iter().position(|part| !part.rows.is_empty());
    let of_part = |(part, analysis): (usize, &Analysis<'_>)| {
        let mut table = rows::table(analysis).without_columns(|column| {
            let is_said = COMMON.contains(&&*column.key) && Some(part) != first;
            // What would make wall times alone mislead is there all the same.
            let is_needed = column.rank <= 1 || !["setup", "whole"].contains(&&*column.key);
            let is_shown = SHOWN.iter().any(|(key, _)| column.key == *key) && is_needed;
            !is_shown || is_said || (column.key == "failed" && !has_failed)
        });
        for column in &mut table.columns {
            column.rank = SHOWN.iter().find(|(key, _)| column.key == *key).map_or(column.rank, |(_, rank)| *rank);
        }
        let table = if part == 0 { table } else { with_ratios(table, &pair.names[0], stage, part) };
        (pair.names[part].as_str(), table)
    };
    let parts = stage.parts.iter().enumerate().map(of_part).collect();
    let table = beside(stage, parts, COMMON)?;
    let notes = notes(pair, stage).into_iter().chain(table.notes).collect();
    Some(Table {
        key: "pair",
        title: "Platforms in turn".to_owned(),
        about: "Wall times of the measured runs by row and platform, with their ratios to the first platform's",
        notes,
        ..table
    })
}

/// A part's rows with their ratios to the first part's.
fn with_ratios(table: Table, first: &str, stage: &PairStage<'_>, part: usize) -> Table {
    let column = |key: &'static str, name: Cow<'static, str>, unit, rank, about| Column {
        about,
        ..Column::new(key, name, unit, rank)
    };
    let columns = vec![
        column("ratio", format!("÷ {first}").into(), Unit::Ratio, 0, "The median of the ratios of the same pass"),
        // What a ratio is worth stands beside it, whatever room there is.
        column("ratio-interval", "95 % interval".into(), Unit::Text, 0, "The interval of that median"),
        column("verdict", "Verdict".into(), Unit::Text, 2, "What the whole table lets one say"),
    ];
    let cells = |row: Option<&Row>| {
        let row = row.and_then(|row| stage.rows.iter().find(|known| known.row.is_same_work(row)));
        row.and_then(|row| row.ratios.get(part)?.as_ref()).map_or_else(|| vec![Cell::default(); 3], ratio_cells)
    };
    table.with_columns_after("median-interval", columns, cells)
}

fn ratio_cells(ratio: &Result<Ratio, Uncomparable>) -> Vec<Cell> {
    let Ok(ratio) = ratio else {
        return vec![Cell::default(), Cell::default(), Cell::text("not compared").alarming(true)];
    };
    let in_words = comparison::in_words(ratio);
    vec![
        Cell::number(ratio.estimate.ratio).with_detail(Some(sentence(&in_words))),
        ratio_interval(ratio.estimate.interval),
        Cell::text(verdict::in_short(ratio.estimate.interval.map(|_| ratio.verdict)))
            .with_detail(Some(sentence(&in_words))),
    ]
}

/// What has to be known to read the ratios of an experiment.
fn notes(pair: &PairAnalysis<'_>, stage: &PairStage<'_>) -> Vec<Note> {
    let first = &pair.names[0];
    let mut notes: Vec<(&'static [&'static str], String)> =
        vec![(&["ratio"], format!("÷ {first}: ratios {PAIRED}; over 1, it took longer than {first}"))];
    let all = pair.comparisons.iter().flat_map(|comparison| &comparison.ratios);
    if all.filter(|ratio| ratio.estimate.interval.is_some()).count() > 1 {
        notes.push((&["verdict"], WORDS.to_owned()));
    }
    let sizes_of = pair.reports.iter().filter_map(|report| report.part.as_ref()?.sizes_of).next();
    let sizes_of =
        sizes_of.map(|platform| format!("all platforms have the sizes of {platform}, so that all do the same work"));
    let stopped = pair.reports.iter().any(|report| report.cancelled);
    let stopped = stopped.then(|| "the pair was stopped before its end: runs or rows of it are missing".to_owned());
    let mut texts: Vec<String> = sizes_of.into_iter().chain(stopped).collect();
    for (comparison, name) in pair.comparisons.iter().zip(&pair.names[1..]) {
        let names = [first.as_str(), name];
        let of_rows =
            stage.rows.iter().flat_map(|row| row.ratios.iter().flatten().flatten()).flat_map(|ratio| &ratio.caveats);
        // It stops as a whole.
        let differing = comparison.caveats.iter().filter(|caveat| !matches!(caveat, Caveat::Stopped { .. }));
        texts.extend(differing.chain(of_rows).map(|caveat| caveat.in_words(names)));
        let is_here = |uncomparable: &Uncomparable| stage.rows.iter().any(|row| *row.row == uncomparable.row);
        let is_said = |uncomparable: &Uncomparable| is_left_out(pair, &uncomparable.row);
        texts.extend(comparison.left_out_of(names, |uncomparable| is_here(uncomparable) && !is_said(uncomparable)));
    }
    for text in texts {
        if !notes.iter().any(|(_, known)| *known == text) {
            notes.push((&[], text));
        }
    }
    notes.into_iter().map(|(columns, text)| Note::on(columns, sentence(&text))).collect()
}

/// Whether some part was not to run a row, for a reason that its table says.
fn is_left_out(pair: &PairAnalysis<'_>, row: &Row) -> bool {
    let label = RowLabel::of(row).plain();
    pair.reports.iter().flat_map(|report| &report.warnings).any(|warning| match warning {
        Warning::LeftOut { name, row: known, .. } => name == group(row) && *known == label,
        _ => false,
    })
}
