//! Rows: what they took, beside each other, beside theory, and beside the article.

use super::{RowColumn, SMOKE, column, of_rows, row_names};
use crate::analysis::{Analysis, RowAnalysis};
use crate::experiment::Variant;
use crate::label::{self, RowLabel};
use crate::report::Warning;
use crate::row::Row;
use crate::say::about::{predicted, prediction_basis, source_hint, speedup_basis};
use crate::say::makes::Makes;
use crate::say::table::{Cell, Line, Note, Table, Unit};
use crate::scale::Scale;
use crate::statistics::{Interval, VALUES_FOR_INTERVAL, median};
use crate::strategy::Mechanism;
use crate::text::capitalised;

/// What `processes` are where there are none.
const ISOLATED_WORKERS: &str = "In a browser, processes are isolated workers: they share no memory, but live in one \
                                process of the operating system.";

/// A row with one worker of another kind may be so much faster than the baseline, as a share of 1, and nothing is wrong.
const CHANCE: f64 = 0.05;

/// What is inside of which time.
const WHOLE: &str = "Setup is outside of the wall time: the workers of a pool are made in it. A worker per task is made \
                     inside of the wall time (phase spawn), and so is a pool where setup is timed. Setup + wall holds both.";

pub(super) fn table(analysis: &Analysis<'_>) -> Table {
    let makes = Makes::of(analysis);
    let (columns, mut lines) = of_rows(&analysis.rows, columns(analysis, makes));
    put_left_out(analysis, &mut lines);
    let intervals = format!("±: half-width of the 95 % interval (needs {VALUES_FOR_INTERVAL} runs).");
    let has_speedup = analysis.rows.iter().any(|row| row.summary.speedup.is_some());
    let paired = if analysis.rows.iter().any(|row| row.summary.speedup_interval.is_some()) {
        "A speed-up is the median of the ratios of runs of the same repetition, and its ± that of their interval."
    } else {
        "A speed-up is the median of the ratios of runs of the same repetition."
    };
    let isolated = has_isolated_workers(analysis).then(|| ISOLATED_WORKERS.to_owned());
    let superlinear = analysis.rows.iter().filter_map(|row| too_fast(analysis, row));
    let superlinear: Vec<String> = superlinear.collect();
    let article = source_hint(analysis);
    let whole = (makes != Makes::Alike).then(|| WHOLE.to_owned());
    let notes: [(&[&str], Option<String>); 9] = [
        (&[], quick_look(analysis)),
        (&["median-interval", "setup-interval", "whole-interval", "speedup-interval"], Some(intervals)),
        (&["speedup"], has_speedup.then(|| paired.to_owned())),
        (&["speedup"], speedup_basis(analysis)),
        (&["setup", "whole"], whole),
        (&["theory"], prediction_basis(analysis)),
        (&[], isolated),
        (&["article"], article),
        (&["failed"], failures(analysis)),
    ];
    let notes = notes.into_iter().filter_map(|(columns, text)| Some(Note::on(columns, text?)));
    let notes = notes.chain(superlinear.into_iter().map(|text| Note::on(&[], text)));
    Table {
        key: "rows",
        title: "Rows".to_owned(),
        about: "Wall times of the measured runs by row",
        columns,
        lines,
        notes: notes.collect(),
    }
}

/// What is counted as failed, and what that means for times, if anything failed.
fn failures(analysis: &Analysis<'_>) -> Option<String> {
    let failed = || analysis.rows.iter().filter(|row| row.summary.failed > 0);
    failed().next()?;
    let without = if failed().any(|row| row.summary.all_failed) {
        " A row all of whose runs had some has no times: less work was done in them."
    } else {
        ""
    };
    Some(format!("Failed: tasks in all runs but the warm-up.{without}"))
}

/// That a report at scale smoke is no measurement.
fn quick_look(analysis: &Analysis<'_>) -> Option<String> {
    (analysis.report.scale == Scale::Smoke).then(|| {
        let has_intervals = analysis.rows.iter().any(|row| row.summary.interval.is_some());
        let but = if has_intervals { "" } else { ", no intervals" };
        format!("Quick look{but}: {SMOKE}.")
    })
}

/// Half of an interval's width; how many runs there are, where those are too few for one.
fn half_width(row: &RowAnalysis<'_>, interval: Option<Interval>) -> Cell {
    match (interval, row.summary.runs) {
        (Some(interval), _) => Cell::number(interval.relative_half_width()),
        (None, 0) => Cell::default(),
        _ if row.summary.all_failed => Cell::default(),
        (None, runs) if runs < VALUES_FOR_INTERVAL as usize => {
            let runs = Cell::text(format!("{runs} of {VALUES_FOR_INTERVAL}"));
            runs.with_detail(Some(format!("An interval needs {VALUES_FOR_INTERVAL} runs.")))
        }
        (None, _) => Cell::default(),
    }
}

fn columns<'a>(analysis: &'a Analysis<'_>, makes: Makes) -> Vec<RowColumn<'a>> {
    // What failed is never hidden.
    let failed_rank = if analysis.rows.iter().any(|row| row.summary.failed > 0) { 0 } else { 4 };
    // Where workers are made at other times, wall times alone mislead.
    let [setup_rank, whole_rank] = if makes == Makes::AtOtherTimes { [1, 1] } else { [8, 6] };
    let returns_last_stop = analysis.experiment().is_some_and(|experiment| experiment.returns_last_stop);
    let mut columns = vec![
        row_names(),
        column("median", "Median", Unit::Ms, 0, |row| Cell::number(row.summary.median_ms()))
            .about("The median wall time, from handing over the first task to the last result"),
        column("median-interval", "±", Unit::HalfWidth, 1, |row| half_width(row, row.summary.interval))
            .about("Half of the width of the median's 95 % interval, as a share of its middle"),
    ];
    if makes != Makes::Alike {
        columns.extend([
            column("setup", "Setup", Unit::Ms, setup_rank, |row| Cell::number(row.summary.setup_ms))
                .about("The median time that it took to make the workers, before the clock started"),
            column("setup-interval", "±", Unit::HalfWidth, 9, |row| half_width(row, row.summary.setup_interval))
                .about("Half of the width of its 95 % interval, as a share of its middle"),
            column("whole", "Setup + wall", Unit::Ms, whole_rank, |row| Cell::number(row.summary.whole_ms))
                .about("The median of setup and wall time together"),
            column("whole-interval", "±", Unit::HalfWidth, 9, |row| half_width(row, row.summary.whole_interval))
                .about("Half of the width of its 95 % interval, as a share of its middle"),
        ]);
    }
    columns.extend([
        column("theory", capitalised(&predicted(analysis)), Unit::Ms, 6, |row| {
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
        column("last-stop", "Last stop − first start", Unit::Ms, 9, move |row| {
            let stops_ms: Vec<f64> = row.measured.iter().filter_map(|run| run.last_stop_ms()).collect();
            Cell::number(median(&stops_ms).filter(|_| returns_last_stop))
        })
        .about(
            "What the article's own function returns for a run: when the last task stopped since the first one began",
        )
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
        column("failed", "Failed", Unit::Count, failed_rank, |row| {
            Cell::count(row.summary.failed).alarming(row.summary.failed > 0)
        })
        .about("Tasks that failed, in all runs but the warm-up"),
        column("runs", "Runs", Unit::Count, 8, |row| Cell::count(row.summary.runs))
            .about("Measured, whole runs, without the warm-up"),
        column("mechanism", "Mechanism", Unit::Text, 9, |row| {
            let (mechanism, Row { dispatch, way, .. }) = (row.mechanism, row.row);
            Cell::text(format!("{mechanism}{}{way}", dispatch.suffix())).with_detail(Some(mechanism.about().to_owned()))
        })
        .about("What carried the row out"),
    ]);
    columns
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
    let (scale, platform) = (analysis.report.scale, analysis.report.platform);
    let planned = analysis.experiment().map(|experiment| experiment.rows(scale, platform, Variant::Both));
    let labels: Vec<RowLabel> = planned.iter().flatten().map(RowLabel::of).collect();
    let place = |label: &str| {
        labels.iter().position(|known| known.plain() == label || known.to_string() == label).unwrap_or(labels.len())
    };
    for warning in &analysis.report.warnings {
        let Warning::LeftOut { name: of, row, reason } = warning else { continue };
        if of != name {
            continue;
        }
        let is_after = |line: &Line| match line {
            Line::Cells { row: Some(measured), .. } => place(&RowLabel::of(measured).plain()) > place(row),
            Line::Cells { row: None, .. } => false,
            Line::LeftOut { label, .. } => place(label) > place(row),
        };
        let at = lines.iter().position(is_after).unwrap_or(lines.len());
        let label = labels.get(place(row)).map_or_else(|| label::grouped(row), RowLabel::to_string);
        lines.insert(at, Line::LeftOut { label, reason: reason.clone() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Report;
    use crate::report::fixture::ReportBuilder;
    use crate::span::{ErrorKind, TaskError};
    use crate::strategy::{Dispatch, Strategy};

    fn keys(report: &Report) -> Vec<(String, u8)> {
        let columns = table(&Analysis::of(report)).columns;
        columns.into_iter().map(|column| (column.key.into_owned(), column.rank)).collect()
    }

    #[test]
    fn setup_stands_beside_wall_times_where_workers_are_made_at_other_times() {
        let of = |name: &str| keys(&ReportBuilder::of(name).runs(6).build());
        let rank =
            |keys: &[(String, u8)], key: &str| keys.iter().find(|(known, _)| known == key).map(|(_, rank)| *rank);
        for name in ["sum", "crawl"] {
            let keys = of(name);
            assert_eq!((rank(&keys, "setup"), rank(&keys, "whole")), (Some(1), Some(1)), "{name}: {keys:?}");
            assert!(rank(&keys, "whole-interval").is_some());
        }
        assert!(rank(&of("cpu-heavy"), "whole").is_some());
        assert_eq!(rank(&of("gather"), "whole"), None, "one row");
    }

    #[test]
    fn what_is_compared_with_itself_alone_has_no_speed_up() {
        let has = |name: &str| keys(&ReportBuilder::of(name).runs(6).build()).iter().any(|(key, _)| key == "speedup");
        assert!(has("cpu-heavy") && !has("frames") && !has("breakdown"));
    }

    #[test]
    fn setup_stands_beside_wall_times_where_one_row_times_it() {
        let report = ReportBuilder::of("sum").request(|request| request.variant = Some(Variant::Both)).runs(6);
        let report = report.only(|row| row.strategy == Strategy::Processes && row.dispatch == Dispatch::Pool).build();
        assert_eq!(Analysis::of(&report).rows.len(), 2);
        let keys = keys(&report);
        assert!(keys.contains(&("setup".to_owned(), 1)) && keys.contains(&("whole".to_owned(), 1)), "{keys:?}");
    }

    #[test]
    fn a_row_all_of_whose_runs_failed_has_no_times() {
        let failure = || TaskError::new(ErrorKind::Timeout, "why");
        let of = |error: &dyn Fn(&Row, u32, u32) -> bool| {
            let builder = ReportBuilder::of("post").tasks(4).runs(6).warmup(2);
            let fails = |row: &Row, run: u32, task: u32| error(row, run, task).then(failure);
            let report = builder.fails(fails).build();
            let table = table(&Analysis::of(&report));
            let place = |key: &str| table.columns.iter().position(|column| column.key == key).expect("a column");
            let row = table.lines.iter().find_map(|line| match line {
                Line::Cells { row: Some(row), cells } if row.strategy == Strategy::Threads => Some(cells),
                _ => None,
            });
            let cells = row.expect("a row");
            let shown = ["median", "median-interval", "whole", "theory", "failed", "runs"].map(|key| {
                let at = place(key);
                cells[at].shown(table.columns[at].unit).into_owned()
            });
            (shown.join(" "), table.notes.iter().map(|note| note.text.clone()).collect::<Vec<_>>().join("\n"))
        };
        let is_threads = |row: &Row| row.strategy == Strategy::Threads;
        let (shown, notes) = of(&|row, _, task| is_threads(row) && task == 1);
        assert_eq!(shown, "– – – – 6 6");
        assert!(notes.contains("A row all of whose runs had some has no times"), "{notes}");
        let (shown, notes) = of(&|row, run, task| is_threads(row) && (run, task) == (3, 1));
        assert!(!shown.contains('–') && shown.ends_with("1 6"), "{shown}");
        assert!(notes.contains("Failed: tasks in all runs but the warm-up.") && !notes.contains("no times"), "{notes}");
        assert!(!of(&|_, _, _| false).1.contains("Failed:"));
    }

    #[test]
    fn what_the_source_returns_stands_where_its_function_returns_it() {
        let shown = |name: &str| {
            let mut report = ReportBuilder::of(name).runs(6).build();
            for run in &mut report.runs {
                let end_ms = run.spans[0].start_ms + 77.0;
                run.spans.last_mut().expect("a task").end_ms = end_ms;
            }
            let table = table(&Analysis::of(&report));
            let at = table.columns.iter().position(|column| column.key == "last-stop")?;
            let Line::Cells { cells, .. } = &table.lines[0] else { panic!("a row") };
            Some(cells[at].shown(Unit::Ms).into_owned())
        };
        assert_eq!(shown("cpu-heavy").as_deref(), Some("77.00"));
        assert_eq!(shown("countdown"), None);
    }

    #[test]
    fn a_row_with_too_few_runs_says_so() {
        let shown = |runs| {
            let report = ReportBuilder::of("sum").runs(runs).build();
            let table = table(&Analysis::of(&report));
            let Line::Cells { cells, .. } = &table.lines[0] else { panic!("a row") };
            let has_none = table.notes.iter().any(|note| note.text.starts_with("Quick look, no intervals"));
            (cells[2].shown(Unit::HalfWidth).into_owned(), has_none)
        };
        assert_eq!(shown(2), ("2 of 6".to_owned(), true));
        let (interval, has_none) = shown(6);
        assert!(interval.starts_with('±') && !has_none, "{interval}");
    }

    #[test]
    fn predicted_times_say_what_they_were_measured_in() {
        let heading = |name: &str| {
            let report = ReportBuilder::of(name).build();
            let table = table(&Analysis::of(&report));
            table.columns.iter().find(|column| column.key == "theory").map(|column| column.name.clone().into_owned())
        };
        assert_eq!(heading("cpu-heavy").as_deref(), Some("Predicted from sequential"));
        assert_eq!(heading("countdown").as_deref(), Some("Predicted from threads × 1"));
        assert_eq!(heading("square").as_deref(), Some("Predicted"));
    }
}
