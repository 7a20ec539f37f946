//! How many times as long rows took as elsewhere, over a parameter: lines of ratios around 1.

use super::axis::{LogScale, Ticks, ValueScale};
use super::form::Form;
use super::frame::{EDGE, drawable, heading};
use super::legend::{Sample, legend, line, mark};
use super::ratios::{NEAR, drawable as drawable_ratio, shown};
use super::svg::{Area, Numbers, Picture, Svg};
use super::sweep::{LEFT, PLOT_HEIGHT, POINTS_READ, axis_name, by, with_number};
use crate::number::{Counted, Grouped, Percent};
use crate::say::{Cell, Column, Unit};
use crate::statistics::{CONFIDENCE, Interval};

/// From one line's points to those of the next, whose intervals would otherwise hide each other,
const ASIDE: f64 = 8.0;
/// and from those of the first to those of the last at most.
const ASIDE_MAX: f64 = 40.0;

/// The rows that differ in nothing but the parameter, on one side.
pub(super) struct RatioCurve {
    /// The side, and what the rows have in common.
    pub(super) name: String,
    /// By value of the parameter, ascending.
    pub(super) points: Vec<RatioPoint>,
}

/// A row on a curve.
#[derive(Clone, Copy)]
pub(super) struct RatioPoint {
    /// The value of the parameter.
    pub(super) value: f64,
    /// Over 1, it took longer.
    pub(super) ratio: f64,
    /// The ratio's interval, if there are enough runs for one.
    pub(super) interval: Option<Interval>,
}

impl RatioPoint {
    /// All of it that is drawn.
    fn ratios(&self) -> impl Iterator<Item = f64> + use<> {
        let ends = self.interval.map(|interval| [interval.low, interval.high]);
        [self.ratio].into_iter().chain(ends.into_iter().flatten()).map(drawable_ratio)
    }

    /// The ratio and its interval in words.
    fn said(&self) -> String {
        let interval = self.interval.map_or_else(
            || ", too few runs for an interval".to_owned(),
            |ends| format!(", {} interval {} to {}", Percent(CONFIDENCE), shown(ends.low), shown(ends.high)),
        );
        format!("{}{interval}", shown(self.ratio))
    }
}

/// Ratios on a logarithmic axis over a parameter, with their intervals: a line for each side and all that rows have in common; and
/// a line through 1, which is whatever `unit` took. Both axes have equal distances for equal factors, that of the parameter only
/// where its values are far apart. `None` if no line has two points.
pub(super) fn ratio_sweep(
    form: Form,
    about: &str,
    unit: &str,
    swept: &str,
    mut curves: Vec<RatioCurve>,
) -> Option<Picture> {
    curves.retain(|curve| curve.points.len() > 1);
    if curves.is_empty() {
        return None;
    }
    let (noun, by) = (axis_name(swept), by(swept));
    let title = format!("Ratios by {by}: {about}");
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let mut svg = Svg::new(form);
    let top = heading(&mut svg, &title, &format!("Times by those of {unit}: above 1 it took longer."));
    let mut entries: Vec<_> =
        curves.iter().enumerate().map(|(index, curve)| (Sample::Series(index), curve.name.clone())).collect();
    entries.push((Sample::Ideal, format!("1: as long as {unit}")));
    if points().any(|point| point.interval.is_some()) {
        entries.push((Sample::Interval, format!("{} interval of the ratio", Percent(CONFIDENCE))));
    }
    let y = legend(&mut svg, top, &entries) + 10.0;
    let plot = Area { x: LEFT, y, width: svg.width() - LEFT - 26.0, height: PLOT_HEIGHT };
    let values = points().map(|point| drawable(point.value));
    let x_scale = ValueScale::of(values, (plot.x, plot.right()), 1.04, |end| Ticks::fitting(end, plot.width));
    let (low, high) = points()
        .flat_map(RatioPoint::ratios)
        .fold((1.0 / NEAR, NEAR), |(low, high), ratio| (low.min(ratio), high.max(ratio)));
    // What lies at an end is not drawn on the edge.
    let y_scale = ValueScale::Log(LogScale::new((low / 1.02, high * 1.02), plot.bottom(), plot.y));
    let bottom = x_scale.x_axis(&mut svg, plot, &noun);
    y_scale.y_axis(&mut svg, plot, &format!("Time by that of {unit}"));
    svg.line("chart-ideal", (plot.x, y_scale.at(1.0)), (plot.right(), y_scale.at(1.0)));

    let last = curves.len() as f64 - 1.0;
    let pitch = if last > 0.0 { ASIDE.min(ASIDE_MAX / last) } else { 0.0 };
    let at = |index: usize, value: f64, ratio: f64| {
        let aside = (index as f64 - last / 2.0) * pitch;
        (x_scale.at(drawable(value)) + aside, y_scale.at(drawable_ratio(ratio)))
    };
    for (index, curve) in curves.iter().enumerate() {
        svg.polyline(&line(index), curve.points.iter().map(|point| at(index, point.value, point.ratio)));
    }
    for (index, curve) in curves.iter().enumerate() {
        for point in &curve.points {
            if let Some(Interval { low, high, .. }) = point.interval {
                svg.line("chart-interval", at(index, point.value, low), at(index, point.value, high));
            }
            let tip = format!("{}, {}: {}", curve.name, with_number(swept, point.value), point.said());
            mark(&mut svg, index, at(index, point.value, point.ratio), Some(&tip));
        }
    }
    let numbers = numbers(&noun, unit, &curves);
    Some(svg.finish(&title, &description(&by, unit, &curves), bottom + EDGE).with_numbers(numbers))
}

/// All that is drawn, in numbers.
fn numbers(noun: &str, unit: &str, curves: &[RatioCurve]) -> Numbers {
    let columns = vec![
        Column::new("row", "Row", Unit::Text, 0),
        Column::new("value", noun.to_owned(), Unit::Count, 0),
        Column::new("ratio", format!("Time by that of {unit}"), Unit::Ratio, 0),
        Column::new("low", "Interval from", Unit::Ratio, 1),
        Column::new("high", "Interval to", Unit::Ratio, 1),
    ];
    let lines = curves.iter().flat_map(|curve| {
        curve.points.iter().map(|point| {
            let (low, high) = point.interval.map(|interval| (interval.low, interval.high)).unzip();
            let numbers = [Some(point.value), Some(point.ratio), low, high];
            [Cell::text(&curve.name)].into_iter().chain(numbers.map(Cell::number)).collect()
        })
    });
    Numbers::new(columns, lines)
}

/// The whole picture in words.
fn description(by: &str, unit: &str, curves: &[RatioCurve]) -> String {
    let mut text = format!("Ratios to {unit} by {by}, {}.", Counted(curves.len() as u64, "line"));
    for curve in curves {
        let read = curve.points.iter().take(POINTS_READ);
        let read: Vec<String> = read.map(|point| format!("{}: {}", Grouped(point.value), point.said())).collect();
        text += &format!(" {}: {}.", curve.name, read.join("; "));
        if curve.points.len() > POINTS_READ {
            text += &format!(" And {} more.", curve.points.len() - POINTS_READ);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{Analysis, Comparison, PairAnalysis};
    use crate::chart::check::{drawn, golden};
    use crate::chart::comparison::ratios_by_parameter;
    use crate::measure::{Part, Request};
    use crate::report::fixture::PairBuilder;
    use crate::row::Row;
    use crate::strategy::Platform;

    /// The charts of a pair of `count` that was asked for with these options.
    fn of_pair(options: &[(&str, &str)], runs: u32, form: Form) -> Vec<Picture> {
        let set = |request: &mut Request| {
            options.iter().for_each(|(key, value)| request.set(key, value).expect("an option"));
        };
        let wall_ms = |part: &Part, row: &Row, run: u32| {
            let n = row.workload.size().unwrap_or(0) as f64;
            // A browser takes a twentieth longer, and somewhat more for each task.
            let taxed = if part.platform == Platform::Native { n } else { n * 1.05 + 2e3 * f64::from(row.workers) };
            taxed / 1e3 / f64::from(row.workers) * (1.0 + f64::from((run * 7 + row.workers) % 5) / 100.0)
        };
        let both = [Platform::Native, Platform::Chromium, Platform::Firefox];
        let reports = PairBuilder::of("count", &both).request(set).runs(runs).wall_ms(wall_ms).build();
        let pair = PairAnalysis::of(&reports);
        let sides: Vec<(&str, &Analysis<'_>)> =
            pair.names.iter().map(String::as_str).zip(&pair.stages[0].parts).collect();
        let comparisons: Vec<&Comparison> = pair.comparisons.iter().collect();
        ratios_by_parameter(&sides, &comparisons, form)
    }

    #[test]
    fn a_line_for_each_platform_and_number_of_workers() {
        let sizes = ("size", "1e4,1e5,1e6");
        let one = of_pair(&[sizes, ("strategy", "sequential")], 8, Form::Wide);
        let family = of_pair(&[sizes, ("strategy", "threads"), ("workers", "1,2")], 8, Form::Wide);
        let few_runs = of_pair(&[sizes, ("strategy", "sequential")], 2, Form::Narrow);
        let pictures = [("one row", &one), ("a family", &family), ("too few runs, narrow", &few_runs)];
        golden("ratio-sweep", &pictures.map(|(name, charts)| (name, drawn(&charts[0]))));
    }

    #[test]
    fn what_is_no_sweep_has_none() {
        assert!(of_pair(&[("size", "1e4")], 2, Form::Wide).is_empty());
        // One point is no line.
        let point = RatioPoint { value: 1.0, ratio: 1.0, interval: None };
        let curve = RatioCurve { name: "a".to_owned(), points: vec![point] };
        assert!(ratio_sweep(Form::Wide, "t", "u", "n", vec![curve]).is_none());
    }

    #[test]
    fn degenerate_ratios() {
        for ratio in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e-300, 1e300, 1.0] {
            let interval = Some(Interval { low: ratio, high: f64::NAN, confidence: CONFIDENCE });
            let points = [0.0, 1e300].map(|value| RatioPoint { value, ratio, interval }).to_vec();
            let curve = RatioCurve { name: "<a>".to_owned(), points };
            drawn(&ratio_sweep(Form::Wide, "t", "u", "n", vec![curve]).expect("a chart"));
        }
    }
}
