//! How long tasks took: what share of them was over within which time.

use super::axis::{AxisScale, Ticks, TimeScale, x_axis, y_axis};
use super::form::Form;
use super::frame::{EDGE, drawable, empty, heading};
use super::legend::{Sample, legend, line, mark};
use super::svg::{Area, Numbers, Picture, Svg};
use crate::analysis::{Analysis, RowAnalysis};
use crate::label::RowLabel;
use crate::number::{Counted, Time};
use crate::say::{Cell, Column, Unit};
use crate::statistics::nearest_rank;

const PLOT_HEIGHT: f64 = 280.0;
/// Between the plot's left edge and the chart's: the axis' labels and its name.
const LEFT: f64 = 66.0;
/// Steps of a curve at most: each has two points, and the curve one where it begins.
const STEPS_MAX: usize = 149;
/// Percentiles that have a mark of their own.
const MARKED: [usize; 3] = [50, 90, 99];
/// The axis ends where all curves have their 99th percentile and some room, unless the slowest task
/// is nearer than so many times that.
const TAIL: f64 = 2.0;
/// The shortest axis, in milliseconds.
const AXIS_MIN_MS: f64 = 1e-3;
/// What is said where nothing can be drawn.
const NOTHING: &str = "No task ended well.";

/// One curve.
#[derive(Clone, Debug, PartialEq)]
struct Distribution<'a> {
    /// What the legend calls it.
    name: String,
    /// How long each task took, in milliseconds, the shortest first.
    sorted_ms: &'a [f64],
}

impl<'a> Distribution<'a> {
    fn of_row(row: &'a RowAnalysis<'_>) -> Self {
        Self { name: RowLabel::of(row.row).to_string(), sorted_ms: &row.tasks.latencies_ms }
    }
}

/// How long single tasks took: a chart for each number of tasks of a workload, with a curve per row.
pub(super) fn of_analysis(analysis: &Analysis<'_>, form: Form) -> Vec<Picture> {
    let of_workload = |rows: &[RowAnalysis<'_>]| {
        let curves: Vec<Distribution<'_>> = rows.iter().map(Distribution::of_row).collect();
        let title = match rows.first().filter(|_| analysis.many_workloads) {
            Some(row) => format!("Time that tasks took: {}", row.row.workload.name()),
            None => "Time that tasks took".to_owned(),
        };
        distribution(form, &title, &curves)
    };
    let workload = |row: &RowAnalysis<'_>| (row.row.workload.name(), row.row.workload.tasks());
    analysis.rows.chunk_by(|row, next| workload(row) == workload(next)).map(of_workload).collect()
}

/// The empirical distribution of times: a curve per row, with times from left to right and the share of tasks that took no
/// longer from bottom to top. Steep is steady; a curve that bends to the right near its top has a few slow tasks. Marks stand at the 50th, 90th and 99th percentile.
///
/// Where a few tasks took very much longer than 99 % of them, the axis ends before them, and says so.
fn distribution(form: Form, title: &str, of: &[Distribution<'_>]) -> Picture {
    let curves = of.iter().map(StepCurve::of).filter(|curve| !curve.sorted_ms.is_empty());
    let curves: Vec<StepCurve<'_>> = curves.collect();
    let largest = |percent| curves.iter().map(|curve| curve.percentile(percent)).fold(0.0, f64::max);
    if curves.is_empty() {
        return empty(form, title, NOTHING);
    }
    let (slowest_ms, most_ms) = (largest(100), largest(99));
    let cut = slowest_ms > TAIL * most_ms && most_ms > 0.0;
    let max_ms = if cut { most_ms * 1.25 } else { slowest_ms }.max(AXIS_MIN_MS);

    let mut svg = Svg::new(form);
    let note = if cut { format!(" The slowest, {}, is beyond this axis.", Time(slowest_ms)) } else { String::new() };
    let top = heading(&mut svg, title, &format!("Tasks that took no longer, of all measured runs.{note}"));
    let entries: Vec<_> =
        curves.iter().enumerate().map(|(index, curve)| (Sample::Series(index), curve.name.to_owned())).collect();
    let y = legend(&mut svg, top, &entries) + 8.0;
    let plot = Area { x: LEFT, y, width: svg.width() - LEFT - 26.0, height: PLOT_HEIGHT };

    let x_scale = TimeScale::new(max_ms, plot.x, plot.right());
    let y_scale = AxisScale::new(100.0, plot.bottom(), plot.y);
    let unit = x_scale.unit;
    let bottom = x_axis(&mut svg, plot, x_scale.values, Ticks::fitting(unit.value(max_ms), plot.width), unit.name());
    y_axis(&mut svg, plot, y_scale, Ticks::new(100.0, 5.0), "Tasks, %");

    for (index, curve) in curves.iter().enumerate() {
        let points = curve.steps(max_ms).into_iter();
        svg.polyline(&line(index), points.map(|(ms, percent)| (x_scale.at(ms), y_scale.at(percent))));
    }
    for (index, curve) in curves.iter().enumerate() {
        for percent in MARKED {
            let ms = curve.percentile(percent);
            let tip = format!("{}: {percent} % of tasks within {}", curve.name, Time(ms));
            // Each is a time that was measured, so that its mark stands on a step of the curve.
            mark(&mut svg, index, (x_scale.at(ms), y_scale.at(percent as f64)), Some(&tip));
        }
    }
    svg.finish(title, &description(&curves), bottom + EDGE).with_numbers(numbers(&curves))
}

/// The times of a curve in their order.
struct StepCurve<'a> {
    name: &'a str,
    sorted_ms: Vec<f64>,
}

impl<'a> StepCurve<'a> {
    fn of(distribution: &'a Distribution<'_>) -> Self {
        // What can be drawn of numbers has their order.
        let numbers = distribution.sorted_ms.iter().copied().filter(|value| !value.is_nan());
        Self { name: &distribution.name, sorted_ms: numbers.map(drawable).collect() }
    }

    fn percentile(&self, percent: usize) -> f64 {
        nearest_rank(&self.sorted_ms, percent).unwrap_or(0.0)
    }

    /// The corners of the curve up to `max_ms`, as milliseconds and percent: a step per task, or as
    /// many even steps as there is room for.
    fn steps(&self, max_ms: f64) -> Vec<(f64, f64)> {
        let all = self.sorted_ms.len();
        let shown = self.sorted_ms.partition_point(|ms| *ms <= max_ms);
        let percent = |rank: usize| rank as f64 / all as f64 * 100.0;
        let steps = shown.min(STEPS_MAX);
        let mut points = Vec::with_capacity(2 * steps + 2);
        points.extend(self.sorted_ms.first().map(|first| (first.min(max_ms), 0.0)));
        let mut before = 0.0;
        for step in 1..=steps {
            let rank = (step * shown).div_ceil(steps);
            let ms = self.sorted_ms[rank - 1];
            points.extend([(ms, before), (ms, percent(rank))]);
            before = percent(rank);
        }
        // What is beyond the axis leaves it at its end; what is within it is all over by then.
        points.push((max_ms, before));
        points
    }
}

/// What curves say, in numbers.
fn numbers(curves: &[StepCurve<'_>]) -> Numbers {
    let columns = vec![
        Column::new("row", "Row", Unit::Text, 0),
        Column::new("tasks", "Tasks", Unit::Count, 2),
        Column::new("fastest", "Fastest", Unit::Ms, 2),
        Column::new("p50", "50 % within", Unit::Ms, 0),
        Column::new("p90", "90 % within", Unit::Ms, 1),
        Column::new("p99", "99 % within", Unit::Ms, 0),
        Column::new("slowest", "Slowest", Unit::Ms, 1),
    ];
    let line = |curve: &StepCurve<'_>| {
        let times = [0, 50, 90, 99, 100].map(|percent| Cell::number(curve.percentile(percent)));
        [Cell::text(curve.name), Cell::count(curve.sorted_ms.len())].into_iter().chain(times).collect()
    };
    Numbers::new(columns, curves.iter().map(line))
}

/// The whole picture in words.
fn description(curves: &[StepCurve<'_>]) -> String {
    let mut text = "What share of tasks took no longer than a time.".to_owned();
    for curve in curves {
        let [half, most, all] = [50, 99, 100].map(|percent| Time(curve.percentile(percent)));
        let tasks = Counted(curve.sorted_ms.len() as u64, "task");
        text += &format!(" {}: of {tasks}, half within {half}, 99 % within {most}, all within {all}.", curve.name);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::check::{drawn, golden};

    fn of<'a>(name: &str, sorted_ms: &'a [f64]) -> Distribution<'a> {
        Distribution { name: name.to_owned(), sorted_ms }
    }

    #[test]
    fn what_is_written() {
        let several = [of("threads", &[1.0, 2.0, 3.0, 4.0]), of("<b>async</b>", &[2.0])];
        golden(
            "distribution",
            &[
                ("a curve with marks for each row", drawn(&distribution(Form::Wide, "Latency", &several))),
                ("an outlier beyond the axis", drawn(&distribution(Form::Wide, "t", &[of("n", &with_outlier())]))),
                ("none that ended well", drawn(&distribution(Form::Wide, "t", &[of("n", &[]), of("n", &[f64::NAN])]))),
            ],
        );
    }

    fn with_outlier() -> Vec<f64> {
        (1..=200).map(f64::from).chain([60_000.0]).collect()
    }

    #[test]
    fn a_step_per_task() {
        let tasks = of("n", &[1.0, 2.0, 2.0, 4.0]);
        let corners =
            [(1.0, 0.0), (1.0, 0.0), (1.0, 25.0), (2.0, 25.0), (2.0, 50.0), (2.0, 50.0), (2.0, 75.0), (4.0, 75.0)];
        let steps = StepCurve::of(&tasks).steps(8.0);
        assert_eq!(steps[..8], corners);
        assert_eq!(steps[8..], [(4.0, 100.0), (8.0, 100.0)], "all tasks are over by the axis' end");
    }

    #[test]
    fn many_tasks_are_few_points() {
        let values: Vec<f64> = (0..100_000).map(f64::from).collect();
        let tasks = of("n", &values);
        let points = StepCurve::of(&tasks).steps(1e5);
        assert!(points.len() <= 300, "{}", points.len());
        assert!(points.is_sorted_by(|point, next| point.0 <= next.0 && point.1 <= next.1));
        assert_eq!(points.last(), Some(&(1e5, 100.0)));
        let svg = drawn(&distribution(Form::Wide, "t", &[tasks]));
        assert!(svg.len() < 12_000, "{}", svg.len());
    }

    #[test]
    fn an_outlier_is_beyond_the_axis() {
        let last = StepCurve::of(&of("n", &with_outlier())).steps(250.0).last().copied().expect("points");
        assert_eq!(last, (250.0, 200.0 / 201.0 * 100.0));
    }

    #[test]
    fn degenerate_distributions() {
        let several = [
            of("", &[]),
            of("n", &[0.0]),
            of("n", &[0.0, 0.0, 7.0]),
            of("n", &[1e-12]),
            of("n", &[f64::NEG_INFINITY, -1.0, f64::INFINITY, f64::NAN]),
            of("n", &[1.0, 1e300]),
            of("n", &[1.0; 1000]),
            of(&"long ".repeat(100), &[5.0]),
        ];
        for tasks in &several {
            drawn(&distribution(Form::Wide, "t", std::slice::from_ref(tasks)));
        }
        drawn(&distribution(Form::Wide, "t", &several));
        drawn(&distribution(Form::Wide, "t", &[several.as_slice(); 4].concat()));
        drawn(&distribution(Form::Wide, "t", &[]));
    }
}
