//! When each task of a run began and ended, and who had it.

use std::collections::BTreeSet;

use super::lanes::{Noun, Rows, how_many_failed};
use super::numbers::{busy, numbers};
use crate::chart::axis::{Ticks, TimeScale, left_edge, x_axis, x_grid};
use crate::chart::form::Form;
use crate::chart::frame::{EDGE, TEXT, drawable, empty, group, group_lines, heading, width};
use crate::chart::legend::{Sample, colour, legend};
use crate::chart::svg::{Anchor, Area, Picture, Svg};
use crate::number::{Counted, Time};
use crate::run::Run;

/// Where every plot begins: there and in its width timelines of a form are alike, so that they can be compared.
/// Only what failed in lanes, which does not compare, makes room for its names.
const X: f64 = 66.0;

/// How wide that is.
fn plot_width(form: Form) -> f64 {
    f64::from(form.width()) - X - 26.0
}

/// Rows take no more than this height together.
const ROWS_HEIGHT_MAX: f64 = 420.0;
/// How many workers the legend names.
const WORKERS_NAMED: usize = 8;
/// The narrowest bar: what took no time that the clock could tell is still seen.
const BAR_MIN: f64 = 1.0;
/// The narrowest bar of a task that failed: wide enough for its hatching.
const FAILED_MIN: f64 = 5.0;

/// How much of a run is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Detail {
    /// Up to so many tasks have a row each; more are drawn in a lane per worker.
    pub tasks: usize,
    /// No more bars than this are drawn in lanes.
    pub bars: usize,
}

impl Detail {
    /// As much as a page can show in a moment.
    pub const FULL: Self = Self { tasks: 200, bars: 4000 };
}

/// A run as a picture: a bar per task from its start to its end, coloured by worker.
///
/// The axes are a unit of time and "Tasks". A thin line leads from when a task could first be taken to
/// when it began. A task that failed is hatched and named. Of more tasks than `detail` allows there is
/// a lane per worker instead, in which bars with less than about a pixel between them are joined.
///
/// `x_max_ms` is where the axis ends, in milliseconds, so that several runs can be drawn to one
/// scale; without it, and where the run lasted longer, the run decides.
pub(super) fn timeline(form: Form, title: &str, run: &Run, x_max_ms: Option<f64>, detail: Detail) -> Picture {
    if run.spans.is_empty() {
        return empty(form, title, "No task was run.");
    }
    draw(form, (title, &summary(run)), &[(None, run)], x_max_ms, detail)
}

/// Several runs below each other, each with what it is called: all begin at 0, on one axis.
pub(super) fn aligned(form: Form, title: &str, runs: &[(&str, &Run)], detail: Detail) -> Picture {
    let drawn: Vec<(Option<&str>, &Run)> =
        runs.iter().filter(|(_, run)| !run.spans.is_empty()).map(|(name, run)| (Some(*name), *run)).collect();
    if drawn.is_empty() {
        return empty(form, title, "No task was run.");
    }
    draw(form, (title, "All begin at 0, on one axis."), &drawn, None, detail)
}

/// Draws runs below each other, with what each is called if there are several.
fn draw(
    form: Form,
    (title, line): (&str, &str),
    runs: &[(Option<&str>, &Run)],
    x_max_ms: Option<f64>,
    detail: Detail,
) -> Picture {
    let ends = runs
        .iter()
        .flat_map(|(_, run)| run.spans.iter().flat_map(|span| [span.start_ms, span.end_ms]).chain([run.wall_ms]));
    let max_ms = ends.chain([x_max_ms.unwrap_or(0.0)]).map(drawable).fold(0.0, f64::max);
    // Where the clock could tell nothing apart, any scale is as good.
    let max_ms = if max_ms > 0.0 { max_ms } else { 1.0 };
    let rows = runs.iter().map(|(_, run)| {
        let by_task = run.spans.len() <= detail.tasks;
        if by_task { Rows::by_task(run) } else { Rows::by_worker(run, max_ms / plot_width(form), detail.bars) }
    });
    let rows: Vec<Rows<'_>> = rows.collect();

    let mut svg = Svg::new(form);
    let top = heading(&mut svg, title, line);
    let queues_are_drawn = rows.iter().any(|rows| rows.noun == Noun::Tasks);
    let all: Vec<&Run> = runs.iter().map(|(_, run)| *run).collect();
    let mut y = legend(&mut svg, top, &entries(&all, queues_are_drawn)) + 4.0;
    let width = plot_width(form) - rows.iter().map(Rows::margin).fold(0.0, f64::max);
    let times = TimeScale::new(max_ms, X, X + width);
    let mut said = Vec::new();
    for (place, ((name, run), rows)) in runs.iter().zip(&rows).enumerate() {
        if let Some(name) = name {
            y = group(&mut svg, y, &group_lines(form, &format!("{name}: {}", summary(run)))) + 3.0;
        }
        let pitch = (ROWS_HEIGHT_MAX / rows.labels.len() as f64).min(rows.noun.pitch());
        let plot = Area { x: X, y, width, height: (pitch * rows.labels.len() as f64).max(48.0) };
        let is_last = place + 1 == runs.len();
        y = draw_run(&mut svg, run, rows, plot, pitch, times, is_last) + if is_last { EDGE } else { 14.0 };
        let description = description(run, rows);
        said.push(name.map_or_else(|| description.clone(), |name| format!("{name}: {description}")));
    }
    let is_by_task = rows.iter().all(|rows| rows.noun == Noun::Tasks);
    svg.finish(title, &said.join(" "), y).with_numbers(numbers(runs, is_by_task))
}

/// Draws axes and bars, the axis of times only below the last of several plots; returns where the next thing may begin.
fn draw_run(svg: &mut Svg, run: &Run, rows: &Rows<'_>, plot: Area, pitch: f64, times: TimeScale, is_last: bool) -> f64 {
    let unit = times.unit;
    let bottom = if is_last {
        x_axis(svg, plot, times.values, times.ticks(plot.width), unit.name())
    } else {
        x_grid(svg, plot, times.values, times.ticks(plot.width));
        plot.bottom()
    };
    left_edge(svg, plot, rows.noun.name());

    // A few rows are centred in a plot that has its own least height.
    let first = plot.y + (plot.height - pitch * rows.labels.len() as f64) / 2.0;
    let middle = |row: usize| first + (row as f64 + 0.5) * pitch;
    let step = Ticks::whole(rows.labels.len() as f64, plot.height / 20.0).step.max(1.0) as usize;
    for (row, label) in rows.labels.iter().enumerate().step_by(step) {
        svg.text("chart-tick", (plot.x - 7.0, middle(row) + 5.0), Anchor::End, &label.to_string());
    }

    let at = |ms: f64| times.at(ms);
    let end = at(drawable(run.wall_ms));
    svg.line("chart-end", (end, plot.y), (end, plot.bottom()));

    let thickness = if pitch < 5.0 { pitch } else { pitch * 0.76 };
    for bar in &rows.bars {
        let width = (at(bar.to_ms) - at(bar.from_ms)).max(if bar.failed() { FAILED_MIN } else { BAR_MIN });
        let x = at(bar.from_ms).min(plot.right() - width);
        let area = Area { x, y: middle(bar.row) - thickness / 2.0, width, height: thickness };
        let queued = at(drawable(bar.first.queued_ms));
        if rows.noun == Noun::Tasks && x - queued >= 0.5 {
            let class = if pitch < 10.0 { "chart-wait chart-faint" } else { "chart-wait" };
            svg.line(class, (queued, middle(bar.row)), (x, middle(bar.row)));
        }
        let class = format!("chart-bar {}", colour(bar.first.worker as usize));
        svg.rect(&class, area, Some(&bar.tip(unit)));
        if bar.failed() {
            svg.hatch(area);
        }
    }
    name_failures(svg, rows, plot, middle, at);
    bottom
}

/// Writes beside what failed that it failed, wherever there is room.
fn name_failures(svg: &mut Svg, rows: &Rows<'_>, plot: Area, middle: impl Fn(usize) -> f64, at: impl Fn(f64) -> f64) {
    let mut free_from = f64::NEG_INFINITY;
    for (row, bars) in rows.failed() {
        let y = middle(row) + 5.0;
        if y < free_from {
            continue;
        }
        free_from = y + TEXT + 1.0;
        let class = "chart-text chart-failure";
        match (rows.noun, bars[0].first.error.as_ref()) {
            (Noun::Tasks, Some(error)) => {
                let text = format!("failed: {}", error.kind);
                let (from, to) = (at(bars[0].from_ms), at(bars[0].to_ms).max(at(bars[0].from_ms) + FAILED_MIN));
                let room = width(&text, TEXT) + 8.0;
                if to + room <= plot.right() {
                    svg.text(class, (to + 6.0, y), Anchor::Start, &text);
                } else if from - room >= plot.x {
                    svg.text(class, (from - 6.0, y), Anchor::End, &text);
                } else {
                    svg.text(class, (plot.right() - 4.0, y), Anchor::End, &text);
                }
            }
            _ => {
                let text = how_many_failed(&bars);
                svg.text(class, (plot.right() + 8.0, y), Anchor::Start, &text);
            }
        }
    }
}

/// How many tasks are drawn, and of how many.
fn tasks(run: &Run) -> String {
    let all = Counted(run.tasks() as u64, "task");
    if run.all_tasks.is_some() { format!("{} of {all}", run.spans.len()) } else { all.to_string() }
}

/// The line under the title.
fn summary(run: &Run) -> String {
    let wall_ms = drawable(run.wall_ms);
    let mut parts = vec![tasks(run), run.row.strategy.counted(run.row.workers), Time(wall_ms).to_string()];
    if run.failed() > 0 {
        parts.push(format!("{} failed", run.failed()));
    }
    if run.cancelled {
        parts.push("cancelled".to_owned());
    }
    parts.join(" · ")
}

/// The whole picture in words.
fn description(run: &Run, rows: &Rows<'_>) -> String {
    let mut text = format!(
        "{} with strategy {}, {}, in {}. {} failed.",
        tasks(run),
        run.row.strategy,
        run.row.strategy.counted(run.row.workers),
        Time(drawable(run.wall_ms)),
        if run.failed() == 0 { "None".to_owned() } else { run.failed().to_string() },
    );
    if run.cancelled {
        text += " The run was cancelled.";
    }
    text += &match rows.noun {
        Noun::Tasks => " A bar per task from its start to its end, coloured by worker.".to_owned(),
        Noun::Workers => {
            format!(" A lane per worker; tasks less than {} apart are drawn as one bar.", Time(rows.joined_ms))
        }
    };
    let workers = busy(run);
    for worker in workers.iter().take(WORKERS_NAMED) {
        let tasks = Counted(worker.tasks as u64, "task");
        text += &format!(" Worker {}: {tasks}, busy for {}.", worker.worker, Time(worker.busy_ms));
    }
    if workers.len() > WORKERS_NAMED {
        text += &format!(" And {} more.", Counted((workers.len() - WORKERS_NAMED) as u64, "worker"));
    }
    text
}

/// What the legend explains.
fn entries(runs: &[&Run], queues_are_drawn: bool) -> Vec<(Sample, String)> {
    let spans = || runs.iter().flat_map(|run| &run.spans);
    let workers: BTreeSet<u32> = spans().map(|span| span.worker).collect();
    let mut entries = vec![(Sample::None, "Worker".to_owned())];
    entries.extend(workers.iter().take(WORKERS_NAMED).map(|worker| (Sample::Worker(*worker), worker.to_string())));
    if workers.len() > WORKERS_NAMED {
        entries.push((Sample::None, "…".to_owned()));
    }
    if queues_are_drawn && spans().any(|span| span.start_ms > span.queued_ms) {
        entries.push((Sample::Wait, "queued".to_owned()));
    }
    if runs.iter().any(|run| run.failed() > 0) {
        entries.push((Sample::Failed, "failed".to_owned()));
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::check::{count, drawn, golden};
    use crate::report::fixture::{self, row, span};
    use crate::span::{ErrorKind, Span, TaskError};
    use crate::strategy::Strategy;
    use crate::workload::{Count, Workload};

    /// A run of two threads that lasted until its last task's end.
    fn run(spans: Vec<Span>) -> Run {
        let wall_ms = spans.iter().map(|span| span.end_ms).fold(0.0, f64::max);
        let tasks = spans.len() as u32;
        fixture::run(row(Workload::Count(Count { tasks, n: 10 }), Strategy::Threads, 2), wall_ms, spans)
    }

    fn failed(mut span: Span, message: &str) -> Span {
        span.error = Some(TaskError::new(ErrorKind::Panicked, message));
        span
    }

    #[test]
    fn what_is_written() {
        let tasks = vec![span(0, 0, 0.0, 120.0), span(1, 1, 0.0, 130.0), span(3, 1, 120.0, 340.0)];
        let failures = vec![span(0, 0, 0.0, 10.0), failed(span(1, 1, 0.0, 5.0), "<script>alert(1)</script>")];
        let cancelled = Run { cancelled: true, ..run(tasks.clone()) };
        let (one, twice) = (vec![span(0, 0, 0.0, 100.0)], vec![span(0, 0, 0.0, 200.0), span(1, 1, 0.0, 150.0)]);
        golden(
            "timeline",
            &[
                (
                    "a bar per task with its times",
                    drawn(&timeline(Form::Wide, "Multithreading", &run(tasks), None, Detail::FULL)),
                ),
                ("failures", drawn(&timeline(Form::Wide, "<script>", &run(failures), None, Detail::FULL))),
                ("cancelled", drawn(&timeline(Form::Wide, "t", &cancelled, None, Detail::FULL))),
                ("a lane per worker", drawn(&timeline(Form::Wide, "t", &run(many(201)), None, Detail::FULL))),
                ("none", drawn(&timeline(Form::Wide, "t", &run(vec![]), None, Detail::FULL))),
                (
                    "two on one axis",
                    drawn(&aligned(Form::Wide, "t", &[("native", &run(one)), ("chromium", &run(twice))], Detail::FULL)),
                ),
            ],
        );
    }

    /// Tasks of 1 ms on four workers.
    fn many(tasks: u32) -> Vec<Span> {
        (0..tasks).map(|task| span(task, task % 4, f64::from(task / 4), f64::from(task / 4 + 1))).collect()
    }

    #[test]
    fn degenerate_runs() {
        for times in [(0.0, 0.0), (-0.5, -0.2), (5.0, 2.0), (f64::NAN, f64::INFINITY), (0.0, 1e300)] {
            for wall_ms in [0.0, f64::NAN, f64::INFINITY, 1e-9] {
                for x_max_ms in [None, Some(0.0), Some(f64::NAN), Some(1e18)] {
                    let mut run = run(vec![span(0, u32::MAX, times.0, times.1); 3]);
                    run.wall_ms = wall_ms;
                    drawn(&timeline(Form::Wide, "t", &run, x_max_ms, Detail::FULL));
                }
            }
        }
    }

    #[test]
    fn one_scale_for_several_runs() {
        let run = run(vec![span(0, 0, 0.0, 500.0)]);
        let bar = |x_max_ms| {
            let svg = drawn(&timeline(Form::Wide, "t", &run, x_max_ms, Detail::FULL));
            let bar = svg.split("<rect").last().unwrap_or_default().to_owned();
            bar.split("width=\"").nth(1).and_then(|rest| rest.split('"').next()).and_then(|width| width.parse().ok())
        };
        assert_eq!(bar(None), Some(plot_width(Form::Wide)));
        assert_eq!(bar(Some(1000.0)), Some(plot_width(Form::Wide) / 2.0));
        assert_eq!(bar(Some(100.0)), Some(plot_width(Form::Wide)), "a run that lasted longer is not cut off");
    }

    #[test]
    fn two_hundred_tasks_have_rows_and_more_have_lanes() {
        let tips = |tasks| count(&drawn(&timeline(Form::Wide, "t", &run(many(tasks)), None, Detail::FULL)), "<title>");
        assert_eq!((tips(200), tips(201)), (200, 4));
    }

    #[test]
    fn a_hundred_thousand_tasks_are_few_elements() {
        for workers in [1, 64, 100_000] {
            let spans = (0..100_000).map(|task| {
                // Gaps of every width, and a failure now and then.
                let start_ms = f64::from(task) + f64::from(task * 7919 % 1000);
                let span = span(task, task % workers, start_ms, start_ms + 0.3);
                if task % 97 == 0 { failed(span, "no") } else { span }
            });
            let svg = drawn(&timeline(Form::Wide, "t", &run(spans.collect()), None, Detail::FULL));
            let rects = count(&svg, "<rect");
            assert!((1..4500).contains(&rects), "{rects} for {workers} workers");
        }
    }
}
