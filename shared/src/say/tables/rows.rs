//! Rows: what they took, beside each other, beside theory, and beside the article.

use super::{RowColumn, column, of_rows, row_names};
use crate::analysis::{Analysis, RowAnalysis};
use crate::label::{self, RowLabel};
use crate::report::Warning;
use crate::say::about::{source_hint, speedup_basis};
use crate::say::table::{Cell, Line, Table, Unit};
use crate::statistics::VALUES_FOR_INTERVAL;
use crate::strategy::Mechanism;

/// What `processes` are where there are none.
const ISOLATED_WORKERS: &str = "In a browser, processes are isolated workers: they share no memory, but live in one \
                                process of the operating system.";

/// A row with one worker of another kind may be so much faster than the baseline, as a share of 1, and nothing is wrong.
const CHANCE: f64 = 0.05;

pub(super) fn table(analysis: &Analysis<'_>) -> Table {
    let (columns, mut lines) = of_rows(&analysis.rows, columns());
    put_left_out(analysis, &mut lines);
    let intervals = format!("±: half-width of the 95 % interval (needs {VALUES_FOR_INTERVAL} runs).");
    let paired =
        "A speed-up is the median of the ratios of runs of the same repetition, and its ± that of their interval."
            .to_owned();
    let has_paired = analysis.rows.iter().any(|row| row.summary.speedup_interval.is_some());
    let isolated = has_isolated_workers(analysis).then(|| ISOLATED_WORKERS.to_owned());
    let superlinear = analysis.rows.iter().filter_map(|row| too_fast(analysis, row));
    let superlinear: Vec<String> = superlinear.collect();
    let article = source_hint(analysis);
    let notes = [Some(intervals), has_paired.then_some(paired), speedup_basis(analysis), isolated, article];
    let notes = notes.into_iter().flatten().chain(superlinear);
    Table {
        key: "rows",
        title: "Rows".to_owned(),
        about: "Wall times of the measured runs by row",
        columns,
        lines,
        notes: notes.collect(),
    }
}

fn columns<'a>() -> Vec<RowColumn<'a>> {
    vec![
        row_names(),
        column("median", "Median", Unit::Ms, 0, |row| Cell::number(row.summary.median_ms())),
        column("median-interval", "±", Unit::HalfWidth, 1, |row| {
            Cell::number(row.summary.interval.map(|interval| interval.relative_half_width()))
        })
        .about("Half of the width of the median's 95 % interval, as a share of its middle"),
        column("theory", "Predicted", Unit::Ms, 6, |row| {
            let theory = row.theory.as_ref();
            let predicted_ms = theory.map(|theory| theory.predicted_ms);
            Cell::number(predicted_ms).with_detail(theory.map(ToString::to_string))
        })
        .about("What the row should take, if nothing but the waiting and computing of its tasks took any time")
        .optional(),
        column("article", "Article", Unit::Seconds, 5, |row| {
            Cell::number(row.source.and_then(|source| source.source_s))
        })
        .about("The article's own result, on its machine")
        .optional(),
        column("speedup", "Speed-up", Unit::Times, 2, |row| Cell::number(row.summary.speedup)).optional(),
        column("speedup-interval", "±", Unit::HalfWidth, 3, |row| {
            Cell::number(row.summary.speedup_interval.map(|interval| interval.relative_half_width()))
        })
        .about("Half of the width of the speed-up's 95 % interval, as a share of its middle")
        .optional(),
        column("efficiency", "Efficiency", Unit::Share, 7, |row| Cell::number(row.summary.efficiency))
            .about("Speed-up per worker; tasks in flight on one thread are no workers")
            .optional(),
        column("failed", "Failed", Unit::Count, 4, |row| {
            Cell::count(row.summary.failed).alarming(row.summary.failed > 0)
        })
        .about("Tasks that failed, in all runs"),
        column("runs", "Runs", Unit::Count, 8, |row| Cell::count(row.summary.runs)).about("Measured, whole runs"),
        column("mechanism", "Mechanism", Unit::Text, 9, |row| {
            let (mechanism, dispatch) = (row.mechanism, row.row.dispatch);
            Cell::text(format!("{mechanism}{}", dispatch.suffix())).with_detail(Some(mechanism.about().to_owned()))
        })
        .about("What carried the row out"),
    ]
}

/// That a row is faster than its workers allow, if its interval shows that: what it is compared with is the cause.
fn too_fast(analysis: &Analysis<'_>, row: &RowAnalysis<'_>) -> Option<String> {
    let baseline = &analysis.rows[row.baseline?];
    let most = f64::from(row.row.workers) * (1.0 + CHANCE);
    let is_shown = row.summary.efficiency.is_some() && row.summary.speedup_interval?.low > most;
    is_shown
        .then(|| format!("{} is faster than its workers allow: suspect its baseline, {}.", row.label, baseline.label))
}

fn has_isolated_workers(analysis: &Analysis<'_>) -> bool {
    analysis.rows.iter().any(|row| row.mechanism == Mechanism::IsolatedWorkers)
}

/// Puts the rows that could not be run in their places.
fn put_left_out(analysis: &Analysis<'_>, lines: &mut Vec<Line>) {
    let Some(first) = analysis.rows.first() else { return };
    let name = label::group(first.row);
    let planned =
        analysis.experiment().map(|experiment| experiment.rows(analysis.report.scale, analysis.report.platform));
    let labels: Vec<String> = planned.iter().flatten().map(|row| RowLabel::of(row).to_string()).collect();
    let place = |label: &str| labels.iter().position(|known| known == label).unwrap_or(labels.len());
    for warning in &analysis.report.warnings {
        let Warning::LeftOut { name: of, row, reason } = warning else { continue };
        if of != name {
            continue;
        }
        let is_after = |line: &Line| match line {
            Line::Cells { row: Some(measured), .. } => place(&RowLabel::of(measured).to_string()) > place(row),
            Line::Cells { row: None, .. } => false,
            Line::LeftOut { label, .. } => place(label) > place(row),
        };
        let at = lines.iter().position(is_after).unwrap_or(lines.len());
        lines.insert(at, Line::LeftOut { label: row.clone(), reason: reason.clone() });
    }
}
