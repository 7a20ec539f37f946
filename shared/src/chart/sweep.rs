//! How the time grows with a parameter.

use std::collections::BTreeSet;

use super::axis::{AxisScale, Ticks, TimeScale, x_axis, y_axis};
use super::form::Form;
use super::frame::{EDGE, drawable, heading};
use super::legend::{Sample, legend, line, mark};
use super::svg::{Area, Numbers, Picture, Svg};
use crate::analysis::Analysis;
use crate::experiment::differing_params;
use crate::label::RowLabel;
use crate::number::{Counted, Time};
use crate::row::Row;
use crate::say::{Cell, Column, Unit, predicted};
use crate::text::capitalised;

const PLOT_HEIGHT: f64 = 280.0;
/// Between the plot's left edge and the chart's: the axis' labels and its name.
const LEFT: f64 = 78.0;
/// The description reads out no more points of a curve than this.
const POINTS_READ: usize = 12;

/// Times over a parameter, where rows differ in one.
pub(super) fn of_analysis(analysis: &Analysis<'_>, form: Form) -> Vec<Picture> {
    sweep(analysis, form).into_iter().collect()
}

/// The rows of a report that differ in nothing but the parameter.
struct SweepCurve {
    name: String,
    points: Vec<Point>,
}

/// A row on a curve.
#[derive(Clone, Copy)]
struct Point {
    /// The value of the parameter that is swept.
    value: f64,
    median_ms: f64,
    predicted_ms: Option<f64>,
}

/// Median times over the one number that the rows of a report's experiment differ in (see [`differing_params`]): a line for
/// each strategy, with what is predicted beside it where that is known. `None` where rows differ in no such number.
///
/// The analysis is of one experiment.
fn sweep(analysis: &Analysis<'_>, form: Form) -> Option<Picture> {
    let (swept, curves) = by_parameter(analysis.rows.iter().map(|row| row.row))?;
    let point = |(value, row): (f64, &Row)| {
        let row = analysis.row(row)?;
        let predicted_ms = row.theory.as_ref().map(|theory| drawable(theory.predicted_ms));
        Some(Point { value: drawable(value), median_ms: drawable(row.summary.median_ms()?), predicted_ms })
    };
    let curve = |(name, rows): (String, Vec<(f64, &Row)>)| SweepCurve {
        name,
        points: rows.into_iter().filter_map(point).collect(),
    };
    let curves: Vec<SweepCurve> = curves.into_iter().map(curve).filter(|curve| !curve.points.is_empty()).collect();
    (!curves.is_empty()).then(|| draw(form, swept, &curves, &predicted(analysis)))
}

/// Rows that differ in nothing but the parameter, by what they have in common, each with its value, ascending.
pub(super) type ByParameter<'a> = Vec<(String, Vec<(f64, &'a Row)>)>;

/// The one number that rows differ in and the rows by the lines that they make over it. `None` if there is no such
/// number, or several, or no line has two points.
pub(super) fn by_parameter<'a>(rows: impl Iterator<Item = &'a Row> + Clone) -> Option<(&'static str, ByParameter<'a>)> {
    let own: Vec<_> = rows.clone().map(differing_params).collect();
    let names: BTreeSet<&'static str> = own.iter().flatten().map(|(name, _)| *name).collect();
    let is_swept = |name: &&'static str| {
        let values = own.iter().flatten().filter(|(known, _)| known == name).map(|(_, value)| value.parse::<f64>());
        let values: Result<Vec<f64>, _> = values.collect();
        values.is_ok_and(|values| values.iter().any(|value| *value != values[0]))
    };
    let swept: Vec<_> = names.into_iter().filter(is_swept).collect();
    let [swept] = swept[..] else { return None };
    let mut curves: ByParameter<'a> = Vec::new();
    for row in rows {
        let Some((_, value)) = differing_params(row).into_iter().find(|(name, _)| *name == swept) else { continue };
        let name = RowLabel::of(row).without(swept).to_string();
        let Ok(value) = value.parse() else { continue };
        match curves.iter_mut().find(|(known, _)| *known == name) {
            Some((_, rows)) => rows.push((value, row)),
            None => curves.push((name, vec![(value, row)])),
        }
    }
    for (_, rows) in &mut curves {
        rows.sort_by(|(value, _), (next, _)| value.total_cmp(next));
    }
    curves.iter().any(|(_, rows)| rows.len() > 1).then_some((swept, curves))
}

fn draw(form: Form, swept: &str, curves: &[SweepCurve], words: &str) -> Picture {
    let noun = if swept == "tasks" { "Tasks" } else { swept };
    let title = format!("Time by number of {swept}");
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let largest = |of: fn(&Point) -> f64| points().map(of).fold(0.0, f64::max);
    let or_one = |max: f64| if max > 0.0 { max } else { 1.0 };
    let max_ms = or_one(largest(|point| point.median_ms.max(point.predicted_ms.unwrap_or(0.0))));
    let x_max = or_one(largest(|point| point.value));
    let predicted = points().any(|point| point.predicted_ms.is_some());

    let mut svg = Svg::new(form);
    let top = heading(&mut svg, &title, "Median wall times of the measured runs.");
    let mut entries: Vec<_> =
        curves.iter().enumerate().map(|(index, curve)| (Sample::Series(index), curve.name.clone())).collect();
    if predicted {
        entries.push((Sample::Ideal, words.to_owned()));
    }
    let y = legend(&mut svg, top, &entries) + 10.0;
    let plot = Area { x: LEFT, y, width: svg.width() - LEFT - 26.0, height: PLOT_HEIGHT };
    let x_scale = AxisScale::new(x_max * 1.04, plot.x, plot.right());
    let y_scale = TimeScale::new(max_ms * 1.06, plot.bottom(), plot.y);
    let unit = y_scale.unit;
    let bottom = x_axis(&mut svg, plot, x_scale, Ticks::fitting(x_max, plot.width), noun);
    y_axis(&mut svg, plot, y_scale.values, Ticks::new(unit.value(max_ms * 1.06), 5.0), unit.name());

    let at = |value: f64, ms: f64| (x_scale.at(value), y_scale.at(ms));
    for curve in curves {
        let ideal = curve.points.iter().filter_map(|point| Some(at(point.value, point.predicted_ms?)));
        if curve.points.iter().any(|point| point.predicted_ms.is_some()) {
            svg.polyline("chart-ideal", ideal);
        }
    }
    for (index, curve) in curves.iter().enumerate() {
        svg.polyline(&line(index), curve.points.iter().map(|point| at(point.value, point.median_ms)));
    }
    for (index, curve) in curves.iter().enumerate() {
        for point in &curve.points {
            let predicted = point.predicted_ms.map_or_else(String::new, |ms| format!(", {words} {}", Time(ms)));
            let tip = format!("{}, {swept} {}: {}{predicted}", curve.name, point.value, Time(point.median_ms));
            mark(&mut svg, index, at(point.value, point.median_ms), Some(&tip));
        }
    }
    svg.finish(&title, &description(swept, curves), bottom + EDGE).with_numbers(numbers(swept, curves, words))
}

/// All that is drawn, in numbers.
fn numbers(swept: &str, curves: &[SweepCurve], words: &str) -> Numbers {
    let columns = vec![
        Column::new("row", "Row", Unit::Text, 0),
        Column::new("value", capitalised(swept), Unit::Count, 0),
        Column::new("median", "Median", Unit::Ms, 0),
        Column::new("predicted", capitalised(words), Unit::Ms, 1),
    ];
    let lines = curves.iter().flat_map(|curve| {
        curve.points.iter().map(|point| {
            let numbers = [Some(point.value), Some(point.median_ms), point.predicted_ms];
            [Cell::text(&curve.name)].into_iter().chain(numbers.map(Cell::number)).collect()
        })
    });
    Numbers::new(columns, lines)
}

/// The whole picture in words.
fn description(swept: &str, curves: &[SweepCurve]) -> String {
    let mut text = format!("Median times over {swept}, {}.", Counted(curves.len() as u64, "line"));
    for curve in curves {
        let read = curve.points.iter().take(POINTS_READ);
        let read: Vec<String> = read.map(|point| format!("{}: {}", point.value, Time(point.median_ms))).collect();
        text += &format!(" {}: {}.", curve.name, read.join(", "));
        if curve.points.len() > POINTS_READ {
            text += &format!(" And {} more.", curve.points.len() - POINTS_READ);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::check::{drawn, golden};
    use crate::report::Report;
    use crate::report::fixture::{self, ReportBuilder};
    use crate::scale::Scale;

    /// A report of an experiment at scale exact, a run per row.
    fn of(name: &str) -> Report {
        ReportBuilder::of(name).scale(Scale::Exact).runs(1).build()
    }

    #[test]
    fn a_line_for_each_strategy() {
        let report = of("post-sweep");
        let picture = sweep(&Analysis::of(&report), Form::Wide).expect("rows differ in their tasks");
        golden("sweep", &[("post-sweep", drawn(&picture))]);
    }

    #[test]
    fn what_is_no_sweep() {
        // Nothing of their own, words, a number that no two rows of a strategy differ in, nothing at all.
        for name in ["cpu-heavy", "dictionary", "crawl"] {
            let report = of(name);
            assert!(sweep(&Analysis::of(&report), Form::Wide).is_none(), "{name}");
        }
        assert!(sweep(&Analysis::of(&fixture::report(vec![])), Form::Wide).is_none());
    }

    #[test]
    fn times_that_are_no_times() {
        for wall_ms in [f64::NAN, f64::INFINITY, -1.0, 0.0, 1e300] {
            let mut report = of("post-sweep");
            for run in &mut report.runs {
                run.wall_ms = wall_ms;
            }
            drawn(&sweep(&Analysis::of(&report), Form::Wide).expect("a chart"));
        }
    }
}
