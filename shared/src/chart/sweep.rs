//! How the time grows with a parameter.

use std::borrow::Cow;

use super::axis::{Ticks, TimeUnit, ValueScale};
use super::form::Form;
use super::frame::{EDGE, drawable, heading};
use super::legend::{Sample, legend, line, mark};
use super::svg::{Area, Numbers, Picture, Svg};
use crate::analysis::{Analysis, by_parameter};
use crate::label::with_value;
use crate::measure::option::parameter_name;
use crate::number::{Counted, Grouped, Percent, Time};
use crate::row::Row;
use crate::say::{Cell, Column, Unit, predicted};
use crate::statistics::{CONFIDENCE, Interval};
use crate::text::capitalised;

pub(super) const PLOT_HEIGHT: f64 = 280.0;
/// Between the plot's left edge and the chart's: the axis' labels and its name.
pub(super) const LEFT: f64 = 78.0;
/// The description reads out no more points of a curve than this.
pub(super) const POINTS_READ: usize = 12;

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
    /// The 95 % interval of the median; `None` if runs are too few.
    interval: Option<Interval>,
    predicted_ms: Option<f64>,
}

/// Median times with their intervals over a number that rows differ in (see [`by_parameter`]): a line for each strategy,
/// number of workers and value of anything else, with what is predicted beside it where that is known. `None` where rows differ
/// in no such number.
///
/// The analysis is of one experiment.
fn sweep(analysis: &Analysis<'_>, form: Form) -> Option<Picture> {
    let (swept, curves) = by_parameter(analysis.rows.iter().map(|row| row.row))?;
    let point = |(value, row): (f64, &Row)| {
        let row = analysis.row(row)?;
        let predicted_ms = row.theory.as_ref().map(|theory| drawable(theory.predicted_ms));
        let ends =
            |interval: Interval| Interval { low: drawable(interval.low), high: drawable(interval.high), ..interval };
        let (median_ms, interval) = (drawable(row.summary.median_ms()?), row.summary.interval.map(ends));
        Some(Point { value: drawable(value), median_ms, interval, predicted_ms })
    };
    let curve = |(name, rows): (String, Vec<(f64, &Row)>)| SweepCurve {
        name,
        points: rows.into_iter().filter_map(point).collect(),
    };
    let curves: Vec<SweepCurve> = curves.into_iter().map(curve).filter(|curve| !curve.points.is_empty()).collect();
    (!curves.is_empty()).then(|| draw(form, swept, &curves, &predicted(analysis)))
}

/// What a parameter is called along its axis: `Tasks`, `Latency, ms`.
pub(super) fn axis_name(swept: &str) -> String {
    let name = parameter_name(swept);
    match swept.strip_suffix("_ms") {
        Some(_) => format!("{}, ms", capitalised(name.trim_end_matches(" ms"))),
        // A name of one letter is a symbol.
        None if name.len() == 1 => name.into_owned(),
        None => capitalised(&name),
    }
}

/// What a parameter is called in a sentence.
pub(super) fn by(swept: &str) -> Cow<'_, str> {
    if swept == "tasks" { "number of tasks".into() } else { parameter_name(swept) }
}

/// The parameter with a number: `n 10,000`.
pub(super) fn with_number(swept: &str, number: f64) -> String {
    with_value(swept, &number.to_string()).unwrap_or_else(|| format!("{} {}", by(swept), Grouped(number)))
}

fn draw(form: Form, swept: &str, curves: &[SweepCurve], words: &str) -> Picture {
    let noun = axis_name(swept);
    let by = by(swept);
    let title = format!("Time by {by}");
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let has_intervals = points().any(|point| point.interval.is_some());
    let times = || points().flat_map(Point::times_ms);
    let unit = TimeUnit::of(times().fold(0.0, f64::max));
    let predicted = points().any(|point| point.predicted_ms.is_some());

    let mut svg = Svg::new(form);
    let intervals =
        if has_intervals { format!(", with their {} intervals", Percent(CONFIDENCE)) } else { String::new() };
    let top = heading(&mut svg, &title, &format!("Median wall times of the measured runs{intervals}."));
    let mut entries: Vec<_> =
        curves.iter().enumerate().map(|(index, curve)| (Sample::Series(index), curve.name.clone())).collect();
    if predicted {
        entries.push((Sample::Ideal, words.to_owned()));
    }
    let y = legend(&mut svg, top, &entries) + 10.0;
    let plot = Area { x: LEFT, y, width: svg.width() - LEFT - 26.0, height: PLOT_HEIGHT };
    let values = points().map(|point| point.value);
    let x_scale = ValueScale::of(values, (plot.x, plot.right()), 1.04, |end| Ticks::fitting(end, plot.width));
    let in_unit = times().map(|ms| unit.value(ms));
    let y_scale = ValueScale::of(in_unit, (plot.bottom(), plot.y), 1.06, |end| Ticks::new(end, 5.0));
    let bottom = x_scale.x_axis(&mut svg, plot, &noun);
    y_scale.y_axis(&mut svg, plot, unit.name());

    let at = |value: f64, ms: f64| (x_scale.at(value), y_scale.at(unit.value(ms)));
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
            if let Some(Interval { low, high, .. }) = point.interval {
                svg.line("chart-interval", at(point.value, low), at(point.value, high));
            }
            let predicted = point.predicted_ms.map_or_else(String::new, |ms| format!(", {words} {}", Time(ms)));
            let interval = point.interval.map_or_else(String::new, |Interval { low, high, .. }| {
                format!(" ({} interval {} to {})", Percent(CONFIDENCE), Time(low), Time(high))
            });
            let value = with_number(swept, point.value);
            let tip = format!("{}, {value}: {}{interval}{predicted}", curve.name, Time(point.median_ms));
            mark(&mut svg, index, at(point.value, point.median_ms), Some(&tip));
        }
    }
    svg.finish(&title, &description(&by, curves), bottom + EDGE).with_numbers(numbers(&noun, curves, words))
}

impl Point {
    /// Every time of it that is drawn.
    fn times_ms(&self) -> impl Iterator<Item = f64> + Clone + use<> {
        let interval = self.interval.map(|interval| [interval.low, interval.high]);
        [self.median_ms].into_iter().chain(self.predicted_ms).chain(interval.into_iter().flatten())
    }
}

/// All that is drawn, in numbers.
fn numbers(noun: &str, curves: &[SweepCurve], words: &str) -> Numbers {
    let columns = vec![
        Column::new("row", "Row", Unit::Text, 0),
        Column::new("value", noun.to_owned(), Unit::Count, 0),
        Column::new("median", "Median", Unit::Ms, 0),
        Column::new("low", "Interval from", Unit::Ms, 1),
        Column::new("high", "Interval to", Unit::Ms, 1),
        Column::new("predicted", capitalised(words), Unit::Ms, 1),
    ];
    let lines = curves.iter().flat_map(|curve| {
        curve.points.iter().map(|point| {
            let (low, high) = point.interval.map(|interval| (interval.low, interval.high)).unzip();
            let numbers = [Some(point.value), Some(point.median_ms), low, high, point.predicted_ms];
            [Cell::text(&curve.name)].into_iter().chain(numbers.map(Cell::number)).collect()
        })
    });
    Numbers::new(columns, lines)
}

/// The whole picture in words.
fn description(by: &str, curves: &[SweepCurve]) -> String {
    let mut text = format!("Median times by {by}, {}.", Counted(curves.len() as u64, "line"));
    for curve in curves {
        let read = curve.points.iter().take(POINTS_READ);
        let read: Vec<String> =
            read.map(|point| format!("{}: {}", Grouped(point.value), Time(point.median_ms))).collect();
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
    use crate::measure::Request;
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

    /// A report of what was asked for, so many runs per row, whose times are those of an equation.
    fn asked(name: &str, options: &[(&str, &str)], wall_ms: fn(&Row, u32) -> f64) -> Report {
        let set = |request: &mut Request| {
            options.iter().for_each(|(key, value)| request.set(key, value).expect("an option"));
        };
        ReportBuilder::of(name).runs(8).request(set).wall_ms(wall_ms).build()
    }

    #[test]
    fn what_was_asked_for_with_several_values_is_a_family_of_lines() {
        let by_size = asked(
            "count",
            &[("size", "1e4,1e5,1e6"), ("strategy", "sequential,threads"), ("workers", "1,2")],
            |row, run| {
                row.workload.size().unwrap_or(0) as f64 / 1e3 / f64::from(row.workers) * (1.0 + f64::from(run) / 50.0)
            },
        );
        let by_latency = asked(
            "post",
            &[("latency", "0,10,100"), ("strategy", "async"), ("workers", "4"), ("tasks", "4,8")],
            |row, _| {
                row.workload.model().map_or(0.0, |model| model.latency.mean_ms()) + f64::from(row.workload.tasks())
            },
        );
        let [size, latency] =
            [&by_size, &by_latency].map(|report| sweep(&Analysis::of(report), Form::Wide).expect("values that differ"));
        golden("sweep-asked", &[("by size", drawn(&size)), ("by latency", drawn(&latency))]);
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
