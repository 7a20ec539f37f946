//! How many times as fast with more workers.

use super::frame::{AxisScale, EDGE, Ticks, WIDTH, drawable, empty, heading, x_axis};
use super::legend::{Sample, colour, legend, line, mark};
use super::svg::{Anchor, Area, Svg};
use crate::analysis::Analysis;
use crate::row::Row;
use crate::statistics::scaling::Estimate;
use crate::strategy::Dispatch;

const PLOT_HEIGHT: f64 = 300.0;
/// Between the plot's left edge and the chart's: the axis' labels and its name.
const LEFT: f64 = 66.0;
/// What is said where nothing can be drawn.
const NOTHING: &str = "No speed-up is known: that takes a sequential row beside the others.";

/// One series of speed-ups.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// What the legend calls it.
    pub name: String,
    /// Numbers of workers, each with the speed-up over the sequential row: 2 is twice as fast.
    pub points: Vec<(u32, f64)>,
    /// The law that was fitted to them, if one was, for 1 worker and more, beyond what was measured, too.
    pub law: Vec<Fitted>,
}

/// What a fitted law says of a number of workers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fitted {
    /// How many workers.
    pub workers: u32,
    /// Their speed-up.
    pub speedup: f64,
    /// Its 95 % interval, from low to high; `None` where runs were too few.
    pub interval: Option<(f64, f64)>,
}

/// A fitted law is drawn up to so many times the most workers that were measured.
const EXTRAPOLATED: u32 = 2;

/// Speed-up over workers: the measured points joined, and the line of ideal speed-up beside them.
///
/// `cores` draws a vertical line at the machine's number of cores. Where workers measured little of
/// what ideal speed-up would give, that line leaves the chart at its top, so that the points keep
/// their room.
pub fn scaling(title: &str, series: &[Series], cores: Option<u32>) -> String {
    let series: Vec<Series> = series.iter().map(drawn).filter(|one| !one.points.is_empty()).collect();
    let points = || series.iter().flat_map(|one| &one.points);
    let Some(measured_max) = points().map(|(workers, _)| *workers).max() else {
        return empty(title, NOTHING);
    };
    let laws = series.iter().flat_map(|one| &one.law);
    let workers_max = laws.map(|one| one.workers).max().map_or(measured_max, |law| law.max(measured_max));
    let speedup_max = points().map(|(_, speedup)| *speedup).fold(0.0, f64::max);
    let workers_max = workers_max.max(1);
    // Cores far beyond what was measured would press the points together.
    let x_max = cores
        .filter(|cores| *cores <= workers_max.saturating_mul(2))
        .map_or(workers_max, |cores| cores.max(workers_max));
    let y_max = (speedup_max * 1.1).max(1.2).max(f64::from(x_max).min(speedup_max * 2.0));
    let y_ticks = Ticks::new(y_max, 5.0);
    let y_max = (y_max / y_ticks.step - 1e-6).ceil() * y_ticks.step;

    let mut svg = Svg::default();
    let top = heading(&mut svg, title, "");
    let mut entries: Vec<_> =
        series.iter().enumerate().map(|(index, one)| (Sample::Series(index), one.name.clone())).collect();
    entries.push((Sample::Ideal, "ideal".to_owned()));
    let banded = series.iter().flat_map(|one| &one.law).any(|one| one.interval.is_some());
    if series.iter().any(|one| !one.law.is_empty()) {
        let shaded = if banded { "; shaded: 95 % interval" } else { "" };
        entries.push((Sample::Law, format!("fitted law; dashed: extrapolated{shaded}")));
    }
    // Over the plot there is a line for what the cores' line says.
    let y = legend(&mut svg, top, &entries) + if cores.is_some() { 22.0 } else { 8.0 };
    let plot = Area { x: LEFT, y, width: WIDTH - LEFT - 26.0, height: PLOT_HEIGHT };

    let x_scale = AxisScale::new(f64::from(x_max) * 1.04, plot.x, plot.right());
    let y_scale = AxisScale::new(y_max, plot.bottom(), plot.y);
    let bottom = x_axis(&mut svg, plot, x_scale, Ticks::whole(f64::from(x_max), 8.0), "Workers");
    for (value, label) in Ticks::new(y_max, 5.0).labels() {
        let y = y_scale.at(value);
        svg.line(if value > 0.0 { "chart-grid" } else { "chart-axis" }, (plot.x, y), (plot.right(), y));
        svg.text("chart-tick", (plot.x - 7.0, y + 5.0), Anchor::End, &label);
    }
    svg.line("chart-axis", (plot.x, plot.y), (plot.x, plot.bottom()));
    svg.text_upwards("chart-text", (16.0, plot.y + plot.height / 2.0), "Speed-up");

    if let Some(cores) = cores {
        let text = if cores == 1 { "1 core".to_owned() } else { format!("{cores} cores") };
        if cores <= x_max {
            let x = x_scale.at(f64::from(cores));
            svg.line("chart-cores", (x, plot.y - 4.0), (x, plot.bottom()));
            // Half of the text reaches over the line's right; at the edge, none does.
            let anchor = if x > plot.right() - 40.0 { Anchor::End } else { Anchor::Middle };
            svg.text("chart-text chart-quiet", (x, plot.y - 9.0), anchor, &text);
        } else {
            let at = (plot.right(), plot.y - 9.0);
            svg.text("chart-text chart-quiet", at, Anchor::End, &format!("{text}, beyond this axis"));
        }
    }

    let ideal_end = f64::from(x_max).min(y_max);
    svg.line("chart-ideal", (x_scale.at(0.0), y_scale.at(0.0)), (x_scale.at(ideal_end), y_scale.at(ideal_end)));
    let at = |(workers, speedup): (u32, f64)| (x_scale.at(f64::from(workers)), y_scale.at(speedup));
    for (index, one) in series.iter().enumerate() {
        // What lies above the chart is cut off.
        let ends = one.law.iter().filter_map(|one| Some((one.workers, one.interval?)));
        let high = ends.clone().map(|(workers, (_, high))| at((workers, high.min(y_max))));
        let low = ends.rev().map(|(workers, (low, _))| at((workers, low.min(y_max))));
        let corners: Vec<_> = high.chain(low).collect();
        if corners.len() > 2 {
            svg.polygon(&format!("chart-band {}", colour(index)), &corners, None);
        }
    }
    for (index, one) in series.iter().enumerate() {
        svg.polyline(&line(index), one.points.iter().copied().map(at));
    }
    for one in &series {
        let measured = one.points.iter().map(|(workers, _)| *workers).max().unwrap_or(0);
        let law = one.law.iter().map(|one| (one.workers, one.speedup));
        let (within, beyond): (Vec<_>, Vec<_>) = law.partition(|(workers, _)| *workers <= measured);
        // The two parts meet where measuring ended.
        let joint = within.last().copied().into_iter().chain(beyond).collect::<Vec<_>>();
        if !within.is_empty() {
            svg.polyline("chart-law", within.into_iter().map(at));
        }
        if joint.len() > 1 {
            svg.polyline("chart-law chart-extrapolated", joint.into_iter().map(at));
        }
    }
    for (index, one) in series.iter().enumerate() {
        for &(workers, speedup) in &one.points {
            let tip = format!("{}: {} times as fast with {}", one.name, times(speedup), count(workers));
            mark(&mut svg, index, at((workers, speedup)), Some(&tip));
        }
    }
    svg.finish(title, &description(&series, cores), bottom + EDGE)
}

/// The scaling series of an analysis: one per strategy that has several tasks under way, only where a speed-up is known.
///
/// Where there are several workloads, or several ways to hand out tasks, each has a series of its own, and its name says
/// which.
pub fn scaling_series(analysis: &Analysis<'_>) -> Vec<Series> {
    let mut series: Vec<(Row, Series)> = Vec::new();
    for row in analysis.rows.iter().filter(|row| row.row.strategy.is_concurrent()) {
        let Some(speedup) = row.summary.speedup else { continue };
        // Rows of one series differ only in their workers.
        let key = Row { workers: 0, ..row.row.clone() };
        let point = (row.row.workers, speedup);
        match series.iter_mut().find(|(known, _)| *known == key) {
            Some((_, series)) => series.points.push(point),
            None => series.push((key, Series { name: String::new(), points: vec![point], law: Vec::new() })),
        }
    }
    for sweep in &analysis.sweeps {
        let key = Row { workers: 0, ..sweep.row.clone() };
        if let Some((_, series)) = series.iter_mut().find(|(row, _)| *row == key) {
            // The law knows speed-ups over one worker of the sweep; the chart shows them over the report's baseline.
            let single = series.points.iter().find(|(workers, _)| *workers == 1).map_or(1.0, |(_, speedup)| *speedup);
            let until = sweep.universal.measured.saturating_mul(EXTRAPOLATED);
            let fitted = |workers| {
                let Estimate { value, interval } = sweep.universal.predict(workers);
                let interval = interval.map(|ends| (ends.low * single, ends.high * single));
                Fitted { workers, speedup: value * single, interval }
            };
            series.law = (1..=until).map(fitted).collect();
        }
    }
    let keys: Vec<Row> = series.iter().map(|(row, _)| row.clone()).collect();
    let named = |(row, series): (Row, Series)| Series { name: name(&row, &keys), ..series };
    series.into_iter().map(named).collect()
}

/// What tells a series from the others: no more than is needed.
fn name(row: &Row, all: &[Row]) -> String {
    let mut name = row.strategy.to_string();
    if row.strategy.counts_tasks_in_flight() {
        name += " (in flight)";
    }
    if row.dispatch == Dispatch::PerTask && all.iter().any(|known| known.dispatch != row.dispatch) {
        name += " per task";
    }
    let (workload, others) =
        (&row.workload, || all.iter().map(|one| &one.workload).filter(|one| **one != row.workload));
    if others().next().is_some() {
        name += &format!(", {}", workload.name());
    }
    if others().any(|one| one.name() == workload.name()) {
        name += &format!(" {}", workload.tasks());
        if let Some(size) = workload.size() {
            name += &format!(" × {size}");
        }
    }
    name
}

/// The points of a series that can be drawn, by workers.
fn drawn(series: &Series) -> Series {
    let mut points: Vec<_> = series.points.iter().copied().filter(|(_, speedup)| speedup.is_finite()).collect();
    points.sort_by_key(|(workers, _)| *workers);
    let points = points.into_iter().map(|(workers, speedup)| (workers, drawable(speedup))).collect();
    let law = series.law.iter().filter(|one| one.speedup.is_finite());
    let ends = |(low, high)| (drawable(low), drawable(high));
    let law = law.map(|one| Fitted { speedup: drawable(one.speedup), interval: one.interval.map(ends), ..*one });
    let law = law.collect();
    Series { name: series.name.clone(), points, law }
}

/// A factor with two decimals.
fn times(speedup: f64) -> String {
    format!("{speedup:.2}")
}

fn count(workers: u32) -> String {
    super::frame::counted(workers as usize, "worker")
}

/// The whole picture in words: where each series is at its best.
fn description(series: &[Series], cores: Option<u32>) -> String {
    let mut text = "How many times as fast as one task after another.".to_owned();
    for one in series {
        if let Some(Fitted { workers, speedup, interval }) = one.law.last() {
            let range = |(low, high): (f64, f64)| format!(" (95 % interval: {} to {})", times(low), times(high));
            text += &format!(
                " {}: the fitted law gives {} times{} with {}, which is extrapolated.",
                one.name,
                times(*speedup),
                interval.map(range).unwrap_or_default(),
                count(*workers),
            );
        }
        let best = one.points.iter().max_by(|one, other| one.1.total_cmp(&other.1));
        if let Some((workers, speedup)) = best {
            text += &format!(" {}: at best {} times, with {}.", one.name, times(*speedup), count(*workers));
        }
    }
    if let Some(cores) = cores {
        text += &format!(" The machine's logical cores: {cores}.");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::check::{self, check, span};
    use crate::report::Run;
    use crate::report::fixture::report;
    use crate::strategy::Strategy;
    use crate::workload::{Count, Sum, Workload};

    fn series_of(runs: Vec<Run>) -> Vec<Series> {
        let report = report(runs);
        scaling_series(&Analysis::of(&report))
    }

    fn run(strategy: Strategy, workers: u32, wall_ms: f64) -> Run {
        {
            let run = check::run(vec![span(0, 0, 0.0, wall_ms)]);
            Run { row: Row { strategy, workers, ..run.row.clone() }, ..run }
        }
    }

    #[test]
    fn a_series_per_strategy() {
        let runs = vec![
            run(Strategy::Sequential, 1, 100.0),
            run(Strategy::Threads, 1, 100.0),
            run(Strategy::Threads, 2, 50.0),
            run(Strategy::Processes, 2, 80.0),
        ];
        let series =
            |name: &str, points: &[(u32, f64)]| Series { name: name.to_owned(), points: points.to_vec(), law: vec![] };
        let expected = [series("threads", &[(1, 1.0), (2, 2.0)]), series("processes", &[(2, 1.25)])];
        assert_eq!(series_of(runs.clone()), expected);
        assert_eq!(series_of(runs[1..].to_vec()), expected, "one worker stands in");
        assert_eq!(series_of(runs[2..].to_vec()), [], "nothing to compare with, no speed-up");
    }

    #[test]
    fn series_are_told_apart_by_what_differs() {
        fn names(runs: Vec<Run>) -> Vec<String> {
            series_of(runs).into_iter().map(|series| series.name).collect()
        }
        let mut per_task = run(Strategy::Threads, 2, 50.0);
        per_task.row.dispatch = Dispatch::PerTask;
        let base = [run(Strategy::Sequential, 1, 100.0), run(Strategy::Threads, 2, 50.0)];
        assert_eq!(names([base.as_slice(), &[per_task]].concat()), ["threads", "threads per task"]);
        let with = |workload: Workload| {
            base.clone().map(|run| Run { row: Row { workload: workload.clone(), ..run.row.clone() }, ..run })
        };
        let sum = with(Workload::Sum(Sum { tasks: 5, n: 7 }));
        assert_eq!(names([base.as_slice(), &sum].concat()), ["threads, count", "threads, sum"]);
        let larger = with(Workload::Count(Count { tasks: 16, n: 20 }));
        assert_eq!(names([base.as_slice(), &larger].concat()), ["threads, count 16 × 10", "threads, count 16 × 20"]);
    }

    #[test]
    fn marks_and_lines() {
        let series = [
            Series { name: "threads".to_owned(), points: vec![(4, 3.1), (1, 1.0), (2, 1.9)], law: vec![] },
            Series { name: "<b>processes</b>".to_owned(), points: vec![(2, 1.5)], law: vec![] },
        ];
        let svg = scaling("Speed-up", &series, Some(2));
        check(&svg);
        assert_eq!(check::count(&svg, "<circle"), 3 + 1, "points, and one in the legend");
        assert_eq!(check::count(&svg, "<polygon"), 1 + 1);
        assert!(svg.contains("<title>threads: 1.90 times as fast with 2 workers</title>"));
        assert!(svg.contains("threads: at best 3.10 times, with 4 workers."));
        assert!(svg.contains(">2 cores</text>") && svg.contains(">Workers</text>") && svg.contains(">Speed-up</text>"));
    }

    #[test]
    fn a_law_with_its_interval() {
        let law = |interval| -> Vec<Fitted> {
            (1..=4).map(|workers| Fitted { workers, speedup: f64::from(workers) * 0.9, interval }).collect()
        };
        let of = |law| Series { name: "threads".to_owned(), points: vec![(1, 1.0), (2, 1.9)], law };
        for interval in [(0.5, 4.0), (0.0, 1e300), (f64::NAN, f64::INFINITY)] {
            let svg = scaling("Speed-up", &[of(law(Some(interval)))], Some(2));
            check(&svg);
            assert_eq!(check::count(&svg, "class=\"chart-band"), 1);
            assert_eq!(
                check::count(&svg, "class=\"chart-law chart-extrapolated\""),
                1 + 1,
                "one, and one in the legend"
            );
            assert!(svg.contains(">fitted law; dashed: extrapolated; shaded: 95 % interval</text>"), "{svg}");
        }
        let svg = scaling("Speed-up", &[of(law(None))], Some(2));
        check(&svg);
        assert!(!svg.contains("chart-band") && svg.contains(">fitted law; dashed: extrapolated</text>"));
    }

    #[test]
    fn degenerate_series() {
        let of = |points: &[(u32, f64)]| Series { name: "n".to_owned(), points: points.to_vec(), law: vec![] };
        let several = [
            of(&[]),
            of(&[(1, 1.0)]),
            of(&[(2, 1.0), (2, 1.0)]),
            of(&[(0, 0.0)]),
            of(&[(u32::MAX, 1e300), (1, 0.0)]),
            of(&[(1, f64::NAN), (2, f64::INFINITY), (3, -1.0)]),
        ];
        for one in &several {
            for cores in [None, Some(0), Some(1), Some(64), Some(u32::MAX)] {
                check(&scaling("t", std::slice::from_ref(one), cores));
            }
        }
        check(&scaling("t", &several, Some(2)));
        let none = scaling("t", &[of(&[])], None);
        check(&none);
        assert!(none.contains("No speed-up is known"));
    }
}
