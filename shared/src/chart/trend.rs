//! How rows went over time.

use super::axis::{AxisScale, Ticks, TimeScale, x_axis, y_axis};
use super::form::Form;
use super::frame::{EDGE, drawable, heading};
use super::legend::{Sample, legend, line, mark, outlier};
use super::outliers::{OUTLIER, outlier_tip, outliers_cell};
use super::svg::{Area, Numbers, Picture, Svg};
use crate::analysis::{TrendPoint, TrendRow};
use crate::number::{Counted, Percent, Time};
use crate::say::{Cell, Column, OUTLIERS, Unit};
use crate::statistics::CONFIDENCE;

const PLOT_HEIGHT: f64 = 280.0;
/// Between the plot's left edge and the chart's: the axis' labels and its name.
const LEFT: f64 = 78.0;
/// More rows than this have no marks and colours of their own.
const ROWS_MAX: usize = 8;
/// The description reads out the ends of no more rows than this.
const ROWS_READ: usize = 12;

/// Units of the axis: what the longest time has to be over, in milliseconds, how long one is, and its name.
const UNITS: [(f64, f64, &str); 3] = [
    (3.0 * 86_400_000.0, 86_400_000.0, "Days since the first report"),
    (3.0 * 3_600_000.0, 3_600_000.0, "Hours since the first report"),
    (0.0, 60_000.0, "Minutes since the first report"),
];

/// When a report was begun.
#[derive(Clone, Copy, Debug)]
pub struct Begun<'a> {
    /// In milliseconds since the first of them.
    pub since_ms: f64,
    /// As it is written.
    pub when: &'a str,
}

/// Medians with their intervals over the time at which reports were begun, report by report.
pub(super) fn of_rows(experiment: &str, rows: &[TrendRow<'_>], reports: &[Begun<'_>], form: Form) -> Picture {
    let title = format!("{experiment} over time");
    let drawn = &rows[..rows.len().min(ROWS_MAX)];
    let at = |report: usize| reports.get(report).map_or(0.0, |begun| drawable(begun.since_ms));
    let points = || drawn.iter().flat_map(|row| &row.points);
    let longest_ms = points().map(|point| at(point.report)).fold(0.0, f64::max);
    let (_, unit_ms, name) = UNITS.into_iter().find(|(over_ms, ..)| longest_ms > *over_ms).unwrap_or(UNITS[2]);
    let or_one = |max: f64| if max > 0.0 { max } else { 1.0 };
    let x_max = or_one(longest_ms / unit_ms);
    let high = |point: &TrendPoint| {
        let high = point.interval.map_or(point.median_ms, |interval| interval.high.max(point.median_ms));
        point.outliers_ms.iter().map(|ms| drawable(*ms)).fold(drawable(high), f64::max)
    };
    let max_ms = or_one(points().map(high).fold(0.0, f64::max));

    let mut svg = Svg::new(form);
    let top = heading(&mut svg, &title, "Median wall times, report by report.");
    let mut entries: Vec<_> =
        drawn.iter().enumerate().map(|(index, row)| (Sample::Series(index), row.label.to_string())).collect();
    if points().any(|point| point.interval.is_some()) {
        entries.push((Sample::Interval, format!("{} interval of the median", Percent(CONFIDENCE))));
    }
    let has_outliers = points().any(|point| !point.outliers_ms.is_empty());
    if has_outliers {
        entries.push((Sample::Outlier, OUTLIER.to_owned()));
    }
    let y = legend(&mut svg, top, &entries) + 10.0;
    let plot = Area { x: LEFT, y, width: svg.width() - LEFT - 26.0, height: PLOT_HEIGHT };
    let x_scale = AxisScale::new(x_max * 1.04, plot.x, plot.right());
    let y_scale = TimeScale::new(max_ms * 1.06, plot.bottom(), plot.y);
    let unit = y_scale.unit;
    let bottom = x_axis(&mut svg, plot, x_scale, Ticks::fitting(x_max, plot.width), name);
    y_axis(&mut svg, plot, y_scale.values, Ticks::new(unit.value(max_ms * 1.06), 5.0), unit.name());

    let x = |report: usize| x_scale.at(at(report) / unit_ms);
    for (index, row) in drawn.iter().enumerate() {
        svg.polyline(
            &line(index),
            row.points.iter().map(|point| (x(point.report), y_scale.at(drawable(point.median_ms)))),
        );
    }
    for (index, row) in drawn.iter().enumerate() {
        for point in &row.points {
            let (x, median_ms) = (x(point.report), drawable(point.median_ms));
            let interval = point.interval.map(|interval| (drawable(interval.low), drawable(interval.high)));
            if let Some((low, high)) = interval {
                svg.line("chart-interval", (x, y_scale.at(low)), (x, y_scale.at(high)));
            }
            let words = interval.map_or_else(String::new, |(low, high)| {
                format!(", {} interval {} to {}", Percent(CONFIDENCE), Time(low), Time(high))
            });
            let tip = format!("{}, report {}: {}{words}", row.label, point.report + 1, Time(median_ms));
            mark(&mut svg, index, (x, y_scale.at(median_ms)), Some(&tip));
            for ms in point.outliers_ms.iter().map(|ms| drawable(*ms)) {
                let tip = outlier_tip(&format!("{}, report {}", row.label, point.report + 1), ms, median_ms);
                outlier(&mut svg, (x, y_scale.at(ms)), Some(&tip));
            }
        }
    }
    let mut picture =
        svg.finish(&title, &description(rows, reports.len()), bottom + EDGE).with_numbers(numbers(rows, reports));
    let left_out = rows.len() - drawn.len();
    picture.caption = (left_out > 0).then(|| format!("{} more are in the table.", Counted(left_out as u64, "row")));
    picture
}

/// All that is drawn, in numbers.
fn numbers(rows: &[TrendRow<'_>], reports: &[Begun<'_>]) -> Numbers {
    let columns = vec![
        Column::new("row", "Row", Unit::Text, 0),
        Column::new("begun", "Begun", Unit::Text, 0),
        Column::new("median", "Median", Unit::Ms, 0),
        Column::new("low", "Interval from", Unit::Ms, 1),
        Column::new("high", "Interval to", Unit::Ms, 1),
        Column::new("runs", "Runs", Unit::Count, 2),
        Column::new("outliers", "Outliers, ms", Unit::Text, 1),
    ];
    let lines = rows.iter().flat_map(|row| {
        row.points.iter().map(|point| {
            let (low, high) = point.interval.map(|interval| (interval.low, interval.high)).unzip();
            vec![
                Cell::text(row.label.to_string()),
                reports.get(point.report).map_or_else(Cell::default, |begun| Cell::text(begun.when)),
                Cell::number(point.median_ms),
                Cell::number(low),
                Cell::number(high),
                Cell::count(point.runs),
                outliers_cell(&point.outliers_ms),
            ]
        })
    });
    let has_outliers = rows.iter().flat_map(|row| &row.points).any(|point| !point.outliers_ms.is_empty());
    Numbers::new(columns, lines).with_note(has_outliers.then(|| OUTLIERS.to_owned()))
}

/// The whole picture in words.
fn description(rows: &[TrendRow<'_>], reports: usize) -> String {
    let mut text = format!("Median times in {}.", Counted(reports as u64, "report"));
    for row in rows.iter().take(ROWS_READ) {
        if let (Some(first), Some(last)) = (row.points.first(), row.points.last()) {
            let (first, last) = (Time(drawable(first.median_ms)), Time(drawable(last.median_ms)));
            text += &format!(" {}: {first} at first, {last} at last.", row.label);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::trend;
    use crate::chart::check::{drawn, golden};
    use crate::report::Report;
    use crate::report::fixture::ReportBuilder;

    fn reports(name: &str, count: usize) -> Vec<Report> {
        (0..count).map(|_| ReportBuilder::of(name).runs(8).build()).collect()
    }

    fn begun<const N: usize>(since_ms: [f64; N]) -> [Begun<'static>; N] {
        since_ms.map(|since_ms| Begun { since_ms, when: "2026-01-01T00:00:00Z" })
    }

    #[test]
    fn a_line_for_each_row() {
        let reports = reports("sum", 3);
        let rows = trend(&reports.iter().collect::<Vec<_>>(), "sum");
        let days = of_rows("sum", &rows, &begun([0.0, 86_400_000.0, 5.5 * 86_400_000.0]), Form::Wide);
        let minutes = of_rows("sum", &rows, &begun([0.0, 60_000.0, 90_000.0]), Form::Narrow);
        golden("trend", &[("over days", drawn(&days)), ("over minutes", drawn(&minutes))]);
    }

    #[test]
    fn a_ring_around_what_is_far_from_the_others_of_its_report() {
        let mut reports = reports("sum", 2);
        let quiet = trend(&reports.iter().collect::<Vec<_>>(), "sum");
        let rings = |rows: &[TrendRow<'_>]| {
            let picture = of_rows("sum", rows, &begun([0.0, 60_000.0]), Form::Wide);
            picture.svg("a").matches("class=\"chart-outlier\"").count()
        };
        assert_eq!(rings(&quiet), 0);
        let last = reports[1].runs.iter_mut().rfind(|run| run.row.workers == 1).expect("a run");
        last.wall_ms *= 9.0;
        // One of the run, the other in the legend.
        assert_eq!(rings(&trend(&reports.iter().collect::<Vec<_>>(), "sum")), 2);
    }

    #[test]
    fn times_that_are_no_times() {
        for ms in [f64::NAN, f64::INFINITY, -1.0, 0.0, 1e300] {
            let mut reports = reports("sum", 2);
            reports.iter_mut().flat_map(|report| &mut report.runs).for_each(|run| run.wall_ms = ms);
            let rows = trend(&reports.iter().collect::<Vec<_>>(), "sum");
            drawn(&of_rows("sum", &rows, &begun([0.0, ms]), Form::Wide));
        }
        drawn(&of_rows("sum", &[], &[], Form::Wide));
    }
}
