//! The chart of speed-ups: measured points, the laws that were fitted to them, and the line of ideal speed-up.

use crate::chart::axis::{AxisScale, Ticks, x_axis, y_axis};
use crate::chart::form::Form;
use crate::chart::frame::{EDGE, drawable, empty, heading};
use crate::chart::legend::{Sample, colour, law, legend, line, mark};
use crate::chart::svg::{Anchor, Area, Numbers, Picture, Svg};
use crate::number::{Cores, Counted, Percent, Times};
use crate::say::{Cell, Column, Unit};
use crate::statistics::CONFIDENCE;

const PLOT_HEIGHT: f64 = 300.0;
/// Between the plot's left edge and the chart's: the axis' labels and its name.
const LEFT: f64 = 66.0;
/// The description reads out no more points of a series than this.
const POINTS_READ: usize = 12;
/// What is said where nothing can be drawn.
const NOTHING: &str =
    "No speed-up is known: that takes a sequential row, or one with a single worker, beside the others.";

/// One series of speed-ups.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::chart) struct Series {
    /// What the legend calls it.
    pub(in crate::chart) name: String,
    /// Speed-ups over the row that all are against: 2 is twice as fast.
    pub(in crate::chart) points: Vec<Point>,
    /// The law that was fitted to them, if one was.
    pub(in crate::chart) law: Option<Curve>,
}

/// A law that was fitted.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::chart) struct Curve {
    /// What it is called.
    pub(in crate::chart) name: &'static str,
    /// What it says of 1 worker and more, beyond what was measured, too.
    pub(in crate::chart) values: Vec<Point>,
}

impl Series {
    /// The most workers that were measured.
    fn measured(&self) -> u32 {
        self.points.iter().map(|point| point.workers).max().unwrap_or(0)
    }

    /// What its law says.
    fn fitted(&self) -> &[Point] {
        self.law.as_ref().map_or(&[], |law| &law.values)
    }
}

/// A speed-up: measured, or what a fitted law says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::chart) struct Point {
    /// The number of workers that it is for.
    pub(in crate::chart) workers: u32,
    /// Their speed-up.
    pub(in crate::chart) speedup: f64,
    /// Its 95 % interval, from low to high; `None` of what others are compared with, of a single worker, with which a law
    /// begins, and where runs are too few.
    pub(in crate::chart) interval: Option<(f64, f64)>,
}

/// Speed-up over workers: the measured points joined, and the line of ideal speed-up beside them.
///
/// `cores` draws a vertical line at the number of cores' worth of time that there is. Where workers measured little of
/// what ideal speed-up would give, that line leaves the chart at its top, so that the points keep
/// their room.
pub(in crate::chart) fn plot(form: Form, title: &str, series: &[Series], cores: Option<f64>) -> Picture {
    let series: Vec<Series> = series.iter().map(drawable_of).filter(|series| !series.points.is_empty()).collect();
    let cores = cores.filter(|cores| cores.is_finite() && *cores > 0.0);
    let Some(limits) = Limits::of(&series, cores) else { return empty(form, title, NOTHING) };

    let mut svg = Svg::new(form);
    let has_intervals = series.iter().flat_map(|series| &series.points).any(|point| point.interval.is_some());
    let with = if has_intervals { ", with their 95 % intervals" } else { "" };
    let about = format!("How many times as fast as one task at a time: medians of the ratios of all passes{with}.");
    let top = heading(&mut svg, title, &about);
    // Over the plot there is a line for what the cores' line says.
    let y = legend(&mut svg, top, &entries(&series)) + if cores.is_some() { 22.0 } else { 8.0 };
    let plot = Area { x: LEFT, y, width: svg.width() - LEFT - 26.0, height: PLOT_HEIGHT };
    let Limits { workers_max, speedup_max } = limits;
    let x_scale = AxisScale::new(f64::from(workers_max) * 1.04, plot.x, plot.right());
    let y_scale = AxisScale::new(speedup_max, plot.bottom(), plot.y);
    let bottom = x_axis(&mut svg, plot, x_scale, Ticks::whole(f64::from(workers_max), 8.0), "Workers");
    y_axis(&mut svg, plot, y_scale, Ticks::new(speedup_max, 5.0), "Speed-up, ×");
    if let Some(cores) = cores {
        draw_cores(&mut svg, plot, cores, (cores <= f64::from(workers_max)).then(|| x_scale.at(cores)));
    }
    let ideal_end = f64::from(workers_max).min(speedup_max);
    svg.line("chart-ideal", (x_scale.at(0.0), y_scale.at(0.0)), (x_scale.at(ideal_end), y_scale.at(ideal_end)));

    // Of an interval, what lies above the chart is cut off.
    let at = |(workers, speedup): (u32, f64)| (x_scale.at(f64::from(workers)), y_scale.at(speedup.min(speedup_max)));
    for (index, series) in series.iter().enumerate() {
        draw_band(&mut svg, index, series, at);
    }
    for (index, series) in series.iter().enumerate() {
        svg.polyline(&line(index), series.points.iter().map(|point| at((point.workers, point.speedup))));
        draw_law(&mut svg, index, series, speedup_max, at);
    }
    for (index, series) in series.iter().enumerate() {
        for &Point { workers, speedup, interval } in &series.points {
            let workers_noun = Counted(workers.into(), "worker");
            let between = interval.map(between).unwrap_or_default();
            let tip = format!("{}: {} as fast{between} with {workers_noun}", series.name, Times(speedup));
            if let Some((low, high)) = interval {
                svg.line(&format!("chart-whisker {}", colour(index)), at((workers, low)), at((workers, high)));
            }
            mark(&mut svg, index, at((workers, speedup)), Some(&tip));
        }
    }
    svg.finish(title, &description(&series, cores), bottom + EDGE).with_numbers(numbers(&series))
}

/// The largest values that both axes have room for.
struct Limits {
    workers_max: u32,
    speedup_max: f64,
}

impl Limits {
    /// `None` if there are no points.
    fn of(series: &[Series], cores: Option<f64>) -> Option<Self> {
        let points = || series.iter().flat_map(|series| &series.points);
        let measured_max = points().map(|point| point.workers).max()?;
        let laws = series.iter().flat_map(Series::fitted);
        let shown_max = laws.map(|fitted| fitted.workers).fold(measured_max, u32::max).max(1);
        // Cores far beyond what was measured would press the points together.
        let is_near = |cores: &f64| *cores <= 2.0 * f64::from(shown_max);
        let workers_max = cores.filter(is_near).map_or(shown_max, |cores| shown_max.max(cores.ceil() as u32));
        let highest = points().map(|point| point.speedup).fold(0.0, f64::max);
        let speedup_max = (highest * 1.1).max(1.2).max(f64::from(workers_max).min(highest * 2.0));
        let step = Ticks::new(speedup_max, 5.0).step;
        Some(Self { workers_max, speedup_max: (speedup_max / step - 1e-6).ceil() * step })
    }
}

/// What the legend explains.
fn entries(series: &[Series]) -> Vec<(Sample, String)> {
    let names = series.iter().enumerate();
    let mut entries: Vec<_> = names.map(|(index, series)| (Sample::Series(index), series.name.clone())).collect();
    entries.push((Sample::Ideal, "ideal".to_owned()));
    let law = |(index, series): (usize, &Series)| {
        let name = series.law.as_ref()?.name;
        let has_band = series.fitted().iter().any(|fitted| fitted.interval.is_some());
        let is_extrapolated = series.fitted().iter().any(|fitted| fitted.workers > series.measured());
        let band = if has_band { format!(" and its {} interval", Percent(CONFIDENCE)) } else { String::new() };
        let pale = if is_extrapolated { "; pale: extrapolated" } else { "" };
        Some((Sample::Law { index, has_band, is_extrapolated }, format!("{}: {name}{band}{pale}", series.name)))
    };
    entries.extend(series.iter().enumerate().filter_map(law));
    entries
}

/// The line at the machine's cores, if they are on the axis, with what it is.
fn draw_cores(svg: &mut Svg, plot: Area, cores: f64, x: Option<f64>) {
    let text = Cores(cores);
    let y = plot.y - 9.0;
    let Some(x) = x else {
        svg.text("chart-text chart-quiet", (plot.right(), y), Anchor::End, &format!("{text}, beyond this axis"));
        return;
    };
    svg.line("chart-cores", (x, plot.y - 4.0), (x, plot.bottom()));
    // Half of the text reaches over the line's right; at the edge, none does.
    let anchor = if x > plot.right() - 40.0 { Anchor::End } else { Anchor::Middle };
    svg.text("chart-text chart-quiet", (x, y), anchor, &text.to_string());
}

/// The interval of a law.
fn draw_band(svg: &mut Svg, index: usize, series: &Series, at: impl Fn((u32, f64)) -> (f64, f64)) {
    let ends = series.fitted().iter().filter_map(|fitted| Some((fitted.workers, fitted.interval?)));
    let high = ends.clone().map(|(workers, (_, high))| at((workers, high)));
    let low = ends.rev().map(|(workers, (low, _))| at((workers, low)));
    let corners: Vec<_> = high.chain(low).collect();
    if corners.len() > 2 {
        svg.polygon(&format!("chart-band {}", colour(index)), &corners, None);
    }
}

/// A law up to where it leaves the chart at its top. It is paler beyond what was measured.
fn draw_law(svg: &mut Svg, index: usize, series: &Series, top: f64, at: impl Fn((u32, f64)) -> (f64, f64)) {
    let measured = series.measured();
    let shown = series.fitted().iter().take_while(|fitted| fitted.speedup <= top);
    let curve = shown.map(|fitted| (fitted.workers, fitted.speedup));
    let (within, beyond): (Vec<_>, Vec<_>) = curve.partition(|(workers, _)| *workers <= measured);
    // The two parts meet where measuring ended.
    let joined: Vec<_> = within.last().copied().into_iter().chain(beyond).collect();
    if !within.is_empty() {
        svg.polyline(&law(index), within.into_iter().map(&at));
    }
    if joined.len() > 1 {
        svg.polyline(&format!("{} chart-extrapolated", law(index)), joined.into_iter().map(&at));
    }
}

/// What of a series can be drawn, its points by workers.
fn drawable_of(series: &Series) -> Series {
    let ends = |(low, high)| (drawable(low), drawable(high));
    let point = |point: &Point| {
        let Point { workers, speedup, interval } = *point;
        let drawn = Point { workers, speedup: drawable(speedup), interval: interval.map(ends) };
        speedup.is_finite().then_some(drawn)
    };
    let mut points: Vec<Point> = series.points.iter().filter_map(point).collect();
    points.sort_by_key(|point| point.workers);
    let law = series.law.as_ref();
    let law = law.map(|law| Curve { name: law.name, values: law.values.iter().filter_map(point).collect() });
    Series { name: series.name.clone(), points, law }
}

/// All that is drawn, in numbers: what was measured, and what laws say beside it.
fn numbers(series: &[Series]) -> Numbers {
    let columns = vec![
        Column::new("series", "Series", Unit::Text, 0),
        Column::new("workers", "Workers", Unit::Count, 0),
        Column::new("speedup", "Speed-up", Unit::Times, 0),
        Column::new("speedup-low", "Interval from", Unit::Times, 1),
        Column::new("speedup-high", "Interval to", Unit::Times, 1),
        Column::new("law", "Law", Unit::Text, 2),
        Column::new("fitted", "By the law", Unit::Times, 1),
        Column::new("low", "The law's interval from", Unit::Times, 2),
        Column::new("high", "The law's interval to", Unit::Times, 2),
    ];
    let lines = series.iter().flat_map(|series| {
        let measured = series.points.iter().map(|point| point.workers);
        let mut workers: Vec<u32> = measured.chain(series.fitted().iter().map(|fitted| fitted.workers)).collect();
        workers.sort_unstable();
        workers.dedup();
        workers.into_iter().map(move |workers| {
            let of = |points: &[Point]| points.iter().find(|point| point.workers == workers).copied();
            let ends = |point: Option<Point>| point.and_then(|point| point.interval).unzip();
            let (measured, fitted) = (of(&series.points), of(series.fitted()));
            let ((from, to), (low, high)) = (ends(measured), ends(fitted));
            let law = fitted.and(series.law.as_ref()).map_or_else(Cell::default, |law| Cell::text(law.name));
            vec![
                Cell::text(&series.name),
                Cell::number(f64::from(workers)),
                Cell::number(measured.map(|point| point.speedup)),
                Cell::number(from),
                Cell::number(to),
                law,
                Cell::number(fitted.map(|fitted| fitted.speedup)),
                Cell::number(low),
                Cell::number(high),
            ]
        })
    });
    Numbers::new(columns, lines)
}

/// An interval in words, behind what it is of.
fn between((low, high): (f64, f64)) -> String {
    format!(" ({} interval: {} to {})", Percent(CONFIDENCE), Times(low), Times(high))
}

/// The whole picture in words: the points of each series, and what its law says.
fn description(series: &[Series], cores: Option<f64>) -> String {
    let mut text = "How many times as fast as one task at a time.".to_owned();
    for series in series {
        let name = &series.name;
        if let Some((law, Point { workers, speedup, interval })) =
            series.law.as_ref().and_then(|law| Some((law.name, law.values.last()?)))
        {
            let (speedup, interval) = (Times(*speedup), interval.map(between).unwrap_or_default());
            let extrapolated = if *workers > series.measured() { ", which is extrapolated" } else { "" };
            let workers = Counted((*workers).into(), "worker");
            text += &format!(" {name}: {law} gives {speedup}{interval} with {workers}{extrapolated}.");
        }
        let point = |Point { workers, speedup, interval }: &Point| {
            format!("{}{} with {workers}", Times(*speedup), interval.map(between).unwrap_or_default())
        };
        let points: Vec<String> = series.points.iter().take(POINTS_READ).map(point).collect();
        if !points.is_empty() {
            text += &format!(" {name}, by workers: {}.", points.join(", "));
        }
    }
    if let Some(cores) = cores {
        text += &format!(" There are {}.", Cores(cores));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::check::{count, drawn, golden};

    #[test]
    fn what_is_written() {
        let series = [
            Series { name: "threads".to_owned(), points: points(&[(4, 3.1), (1, 1.0), (2, 1.9)]), law: None },
            Series {
                name: "<b>processes</b>".to_owned(),
                points: vec![Point { workers: 2, speedup: 1.5, interval: Some((1.4, 1.7)) }],
                law: None,
            },
        ];
        let with_law = |interval| Series { law: Some(law(interval)), ..series[0].clone() };
        golden(
            "scaling",
            &[
                ("marks and lines", drawn(&plot(Form::Wide, "Speed-up", &series, Some(2.0)))),
                (
                    "a law with its interval",
                    drawn(&plot(Form::Wide, "Speed-up", &[with_law(Some((0.5, 4.0)))], Some(2.0))),
                ),
                ("a law without one", drawn(&plot(Form::Wide, "Speed-up", &[with_law(None)], Some(2.0)))),
                ("none", drawn(&plot(Form::Wide, "t", &[Series { points: vec![], ..series[1].clone() }], None))),
            ],
        );
    }

    /// Points without intervals.
    fn points(of: &[(u32, f64)]) -> Vec<Point> {
        of.iter().map(|&(workers, speedup)| Point { workers, speedup, interval: None }).collect()
    }

    fn law(interval: Option<(f64, f64)>) -> Curve {
        let value = |workers| Point { workers, speedup: f64::from(workers) * 0.9, interval };
        Curve { name: "Amdahl's law", values: (1..=4).map(value).collect() }
    }

    #[test]
    fn intervals_that_are_none() {
        for interval in [(0.0, 1e300), (f64::NAN, f64::INFINITY)] {
            let series = Series {
                name: "threads".to_owned(),
                points: points(&[(1, 1.0), (2, 1.9)]),
                law: Some(law(Some(interval))),
            };
            drawn(&plot(Form::Wide, "Speed-up", &[series], Some(2.0)));
        }
    }

    #[test]
    fn each_law_has_dashes_and_an_entry_of_its_own() {
        let of =
            |name: &str| Series { name: name.to_owned(), points: points(&[(1, 1.0), (2, 1.9)]), law: Some(law(None)) };
        let svg = drawn(&plot(Form::Wide, "t", &[of("threads"), of("processes")], None));
        for (looks, name) in [("chart-law0 chart-w0", "threads"), ("chart-law1 chart-w1", "processes")] {
            // In the legend and in the plot.
            assert_eq!(count(&svg, &format!("\"chart-law {looks}\"")), 2, "{svg}");
            assert_eq!(count(&svg, &format!("\"chart-law {looks} chart-extrapolated\"")), 2, "{svg}");
            assert_eq!(count(&svg, &format!(">{name}: Amdahl&#39;s law; pale: extrapolated</text>")), 1, "{svg}");
        }
    }

    #[test]
    fn degenerate_series() {
        let of = |of: &[(u32, f64)]| Series { name: "n".to_owned(), points: points(of), law: None };
        let several = [
            of(&[]),
            of(&[(1, 1.0)]),
            of(&[(2, 1.0), (2, 1.0)]),
            of(&[(0, 0.0)]),
            of(&[(u32::MAX, 1e300), (1, 0.0)]),
            of(&[(1, f64::NAN), (2, f64::INFINITY), (3, -1.0)]),
        ];
        for series in &several {
            for cores in [None, Some(0.0), Some(0.5), Some(1.0), Some(1.5), Some(64.0), Some(4e9), Some(f64::NAN)] {
                drawn(&plot(Form::Wide, "t", std::slice::from_ref(series), cores));
            }
        }
        drawn(&plot(Form::Wide, "t", &several, Some(2.0)));
    }
}
