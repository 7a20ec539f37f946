//! When each task of a run began and ended, and who had it.

use std::collections::{BTreeMap, BTreeSet};

use super::frame::{
    AxisScale, EDGE, TEXT, Ticks, WIDTH, counted, digits, drawable, duration, empty, heading, width, x_axis,
};
use super::legend::{Sample, colour, legend};
use super::svg::{Anchor, Area, Svg};
use crate::report::{Run, Span};

/// Up to so many workers have a lane each; more share lanes.
const LANES_MAX: usize = 200;
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
/// The axes are "Seconds" and "Tasks". A thin line leads from when a task could first be taken to
/// when it began. A task that failed is hatched and named. Of more tasks than `detail` allows there is
/// a lane per worker instead, in which bars with less than about a pixel between them are joined.
///
/// `x_max_ms` is where the axis ends, in milliseconds, so that several runs can be drawn to one
/// scale; without it, and where the run lasted longer, the run decides.
pub(super) fn timeline(title: &str, run: &Run, x_max_ms: Option<f64>, detail: Detail) -> String {
    if run.spans.is_empty() {
        return empty(title, "No task was run.");
    }
    let ends = run.spans.iter().flat_map(|span| [span.start_ms, span.end_ms]);
    let max_ms = ends.chain([run.wall_ms, x_max_ms.unwrap_or(0.0)]).map(drawable).fold(0.0, f64::max);
    // Where the clock could tell nothing apart, any scale is as good.
    let max_ms = if max_ms > 0.0 { max_ms } else { 1.0 };

    let mut svg = Svg::default();
    let top = heading(&mut svg, title, &summary(run));
    let by_task = run.spans.len() <= detail.tasks;
    let rows = if by_task { Rows::by_task(run) } else { Rows::by_worker(run, max_ms, detail.bars) };
    let y = legend(&mut svg, top, &entries(run, rows.noun == Noun::Tasks)) + 4.0;

    let pitch = (ROWS_HEIGHT_MAX / rows.labels.len() as f64).min(rows.noun.pitch());
    let width = PLOT_WIDTH - rows.margin();
    let plot = Area { x: X, y, width, height: (pitch * rows.labels.len() as f64).max(48.0) };
    let bottom = draw(&mut svg, run, &rows, plot, pitch, max_ms);
    svg.finish(title, &description(run, &rows), bottom + EDGE)
}

/// Where every plot begins and how wide it is: alike in all timelines, so that they can be compared.
/// Only what failed in lanes, which does not compare, makes room for its names.
const X: f64 = 66.0;
const PLOT_WIDTH: f64 = WIDTH - X - 26.0;

/// What a row stands for.
#[derive(Clone, Copy, PartialEq)]
enum Noun {
    Tasks,
    Workers,
}

impl Noun {
    /// The axis' name.
    fn name(self) -> &'static str {
        match self {
            Noun::Tasks => "Tasks",
            Noun::Workers => "Workers",
        }
    }

    /// From one row to the next, where there is room.
    fn pitch(self) -> f64 {
        match self {
            Noun::Tasks => 20.0,
            Noun::Workers => 32.0,
        }
    }
}

/// What is drawn, row by row.
struct Rows<'a> {
    noun: Noun,
    /// The number of each row's task or (first) worker.
    labels: Vec<u32>,
    /// What failed comes last, to lie on top.
    bars: Vec<Bar<'a>>,
    /// Bars closer than this were joined, in milliseconds.
    joined_ms: f64,
}

/// One task, or several of a worker that follow each other closely.
struct Bar<'a> {
    row: usize,
    first: &'a Span,
    from_ms: f64,
    to_ms: f64,
    tasks: usize,
}

impl<'a> Bar<'a> {
    fn of(row: usize, span: &'a Span) -> Self {
        let from_ms = drawable(span.start_ms);
        Self { row, first: span, from_ms, to_ms: drawable(span.end_ms).max(from_ms), tasks: 1 }
    }

    fn failed(&self) -> bool {
        self.first.error.is_some()
    }

    /// What the bar says when pointed at.
    fn tip(&self, decimals: usize) -> String {
        let Span { task, worker, queued_ms, error, .. } = self.first;
        let (from, to) = (self.from_ms / 1000.0, self.to_ms / 1000.0);
        let times = format!("{from:.decimals$} s to {to:.decimals$} s ({})", duration(self.to_ms - self.from_ms));
        if self.tasks > 1 {
            let failed = if self.failed() { " failed" } else { "" };
            return format!("{} tasks on worker {worker}{failed}: {times}", self.tasks);
        }
        let waited_ms = self.from_ms - drawable(*queued_ms);
        let waited = if waited_ms > 0.0 { format!(", waited {}", duration(waited_ms)) } else { String::new() };
        let failed = error.as_ref().map_or_else(String::new, |error| format!(", failed: {error}"));
        format!("task {task} on worker {worker}: {times}{waited}{failed}")
    }
}

impl Rows<'_> {
    /// What failed, by row.
    fn failed(&self) -> BTreeMap<usize, Vec<&Bar<'_>>> {
        let mut failed: BTreeMap<usize, Vec<&Bar<'_>>> = BTreeMap::new();
        for bar in self.bars.iter().filter(|bar| bar.failed()) {
            failed.entry(bar.row).or_default().push(bar);
        }
        failed
    }

    /// How much room the names of failures take beside the rows. A task has room for it in its own
    /// row; a lane is full.
    fn margin(&self) -> f64 {
        match self.noun {
            Noun::Tasks => 0.0,
            Noun::Workers => self.failed().values().map(|bars| width(&how_many_failed(bars), TEXT)).fold(0.0, f64::max),
        }
    }
}

impl<'a> Rows<'a> {
    /// A row per task, in the order of the report.
    fn by_task(run: &'a Run) -> Self {
        let mut bars: Vec<_> = run.spans.iter().enumerate().map(|(row, span)| Bar::of(row, span)).collect();
        bars.sort_by_key(Bar::failed);
        Self { noun: Noun::Tasks, labels: run.spans.iter().map(|span| span.task).collect(), bars, joined_ms: 0.0 }
    }

    /// A row per worker. What lies closer together than a pixel is joined; if that leaves too many
    /// bars, than two, and so on.
    fn by_worker(run: &'a Run, max_ms: f64, bars_max: usize) -> Self {
        let workers: Vec<u32> = run.spans.iter().map(|span| span.worker).collect::<BTreeSet<_>>().into_iter().collect();
        let lanes = workers.len().min(LANES_MAX);
        let lane_of = |worker: u32| workers.partition_point(|one| *one < worker) * lanes / workers.len();
        let mut labels = vec![u32::MAX; lanes];
        for &worker in &workers {
            let label = &mut labels[lane_of(worker)];
            *label = worker.min(*label);
        }

        // What failed is never joined with what did not.
        let mut groups: BTreeMap<(bool, usize), Vec<Bar<'a>>> = BTreeMap::new();
        for span in &run.spans {
            let bar = Bar::of(lane_of(span.worker), span);
            groups.entry((bar.failed(), bar.row)).or_default().push(bar);
        }
        for bars in groups.values_mut() {
            bars.sort_by(|one, other| one.from_ms.total_cmp(&other.from_ms));
        }
        let mut joined_ms = max_ms / PLOT_WIDTH;
        loop {
            let bars: Vec<_> = groups.values().flat_map(|bars| joined(bars, joined_ms)).collect();
            // What failed takes two elements. A bar for each lane is the least.
            let elements: usize = bars.iter().map(|bar| if bar.failed() { 2 } else { 1 }).sum();
            if elements <= bars_max || joined_ms > max_ms {
                return Self { noun: Noun::Workers, labels, bars, joined_ms };
            }
            joined_ms *= 2.0;
        }
    }
}

/// Joins bars of one row, sorted by their beginning, that are less than `gap_ms` apart.
fn joined<'a>(sorted: &[Bar<'a>], gap_ms: f64) -> Vec<Bar<'a>> {
    let mut bars: Vec<Bar<'a>> = Vec::new();
    for next in sorted {
        match bars.last_mut() {
            Some(last) if next.from_ms - last.to_ms < gap_ms => {
                last.to_ms = last.to_ms.max(next.to_ms);
                last.tasks += next.tasks;
            }
            _ => bars.push(Bar { ..*next }),
        }
    }
    bars
}

/// Draws axes and bars; returns where the next thing may begin.
fn draw(svg: &mut Svg, run: &Run, rows: &Rows<'_>, plot: Area, pitch: f64, max_ms: f64) -> f64 {
    let seconds = AxisScale::new(max_ms / 1000.0, plot.x, plot.right());
    let bottom = x_axis(svg, plot, seconds, Ticks::fitting(max_ms / 1000.0, plot.width), "Seconds");
    svg.line("chart-axis", (plot.x, plot.y), (plot.x, plot.bottom()));
    svg.text_upwards("chart-text", (16.0, plot.y + plot.height / 2.0), rows.noun.name());

    // A few rows are centred in a plot that has its own least height.
    let first = plot.y + (plot.height - pitch * rows.labels.len() as f64) / 2.0;
    let middle = |row: usize| first + (row as f64 + 0.5) * pitch;
    let step = Ticks::whole(rows.labels.len() as f64, plot.height / 20.0).step.max(1.0) as usize;
    for (row, label) in rows.labels.iter().enumerate().step_by(step) {
        svg.text("chart-tick", (plot.x - 7.0, middle(row) + 5.0), Anchor::End, &label.to_string());
    }

    let at = |ms: f64| seconds.at(ms / 1000.0);
    let end = at(drawable(run.wall_ms));
    svg.line("chart-end", (end, plot.y), (end, plot.bottom()));

    let thickness = if pitch < 5.0 { pitch } else { pitch * 0.76 };
    let decimals = (2.0 - (max_ms / 1000.0).log10().floor()).clamp(3.0, 6.0) as usize;
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
        svg.rect(&class, area, Some(&bar.tip(decimals)));
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

/// How many tasks of a lane failed.
fn how_many_failed(bars: &[&Bar<'_>]) -> String {
    format!("{} failed", bars.iter().map(|bar| bar.tasks).sum::<usize>())
}

/// The line under the title.
fn summary(run: &Run) -> String {
    let wall_ms = drawable(run.wall_ms);
    let mut parts =
        vec![counted(run.spans.len(), "task"), run.row.strategy.counted(run.row.workers), duration(wall_ms)];
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
        "{} with strategy {}, {}, in {} seconds. {} failed.",
        counted(run.spans.len(), "task"),
        run.row.strategy,
        run.row.strategy.counted(run.row.workers),
        digits(drawable(run.wall_ms) / 1000.0),
        if run.failed() == 0 { "None".to_owned() } else { run.failed().to_string() },
    );
    if run.cancelled {
        text += " The run was cancelled.";
    }
    text += &match rows.noun {
        Noun::Tasks => " A bar per task from its start to its end, coloured by worker.".to_owned(),
        Noun::Workers => {
            format!(" A lane per worker; tasks less than {} apart are drawn as one bar.", duration(rows.joined_ms))
        }
    };
    text
}

/// What the legend explains.
fn entries(run: &Run, waits_are_drawn: bool) -> Vec<(Sample, String)> {
    let workers: BTreeSet<u32> = run.spans.iter().map(|span| span.worker).collect();
    let mut entries = vec![(Sample::None, "Worker".to_owned())];
    entries.extend(workers.iter().take(WORKERS_NAMED).map(|worker| (Sample::Worker(*worker), worker.to_string())));
    if workers.len() > WORKERS_NAMED {
        entries.push((Sample::None, "…".to_owned()));
    }
    if waits_are_drawn && run.spans.iter().any(|span| span.start_ms > span.queued_ms) {
        entries.push((Sample::Wait, "waiting".to_owned()));
    }
    if run.failed() > 0 {
        entries.push((Sample::Failed, "failed".to_owned()));
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::check::{check, count, run, span};
    use crate::task::{ErrorKind, TaskError};

    fn failed(mut span: Span, message: &str) -> Span {
        span.error = Some(TaskError::new(ErrorKind::Panicked, message));
        span
    }

    #[test]
    fn a_bar_per_task_with_its_times() {
        let run = run(vec![span(0, 0, 0.0, 120.0), span(1, 1, 0.0, 130.0), span(3, 1, 120.0, 340.0)]);
        let svg = timeline("Multithreading", &run, None, Detail::FULL);
        check(&svg);
        assert_eq!(count(&svg, "class=\"chart-bar"), 3 + 2, "tasks, and workers in the legend");
        assert!(svg.contains("<title>task 3 on worker 1: 0.120 s to 0.340 s (220 ms), waited 120 ms</title>"), "{svg}");
        assert!(svg.contains(">Seconds</text>") && svg.contains(">Tasks</text>"));
        assert!(svg.contains("3 tasks with strategy threads, 2 workers, in 0.340 seconds. None failed."));
        assert_eq!(count(&svg, "class=\"chart-wait\""), 1 + 1);
    }

    #[test]
    fn failures_are_hatched_and_named() {
        let spans = vec![span(0, 0, 0.0, 10.0), failed(span(1, 1, 0.0, 5.0), "<script>alert(1)</script>")];
        let svg = timeline("<script>", &run(spans), None, Detail::FULL);
        check(&svg);
        assert!(svg.contains("failed: panicked: &lt;script&gt;alert(1)"));
        assert!(svg.contains(">failed: panicked</text>"));
        assert_eq!(count(&svg, "<rect class=\"chart-hatched\""), 1 + 1);
    }

    #[test]
    fn degenerate_runs() {
        for times in [(0.0, 0.0), (-0.5, -0.2), (5.0, 2.0), (f64::NAN, f64::INFINITY), (0.0, 1e300)] {
            for wall_ms in [0.0, f64::NAN, f64::INFINITY, 1e-9] {
                for x_max_ms in [None, Some(0.0), Some(f64::NAN), Some(1e18)] {
                    let mut run = run(vec![span(0, u32::MAX, times.0, times.1); 3]);
                    run.wall_ms = wall_ms;
                    check(&timeline("t", &run, x_max_ms, Detail::FULL));
                }
            }
        }
        let none = timeline("", &run(Vec::new()), None, Detail::FULL);
        check(&none);
        assert!(none.contains(">No task was run.</text>"));
    }

    #[test]
    fn one_scale_for_several_runs() {
        let run = run(vec![span(0, 0, 0.0, 500.0)]);
        let bar = |x_max_ms| {
            let svg = timeline("t", &run, x_max_ms, Detail::FULL);
            let bar = svg.split("<rect").last().unwrap_or_default().to_owned();
            bar.split("width=\"").nth(1).and_then(|rest| rest.split('"').next()).and_then(|width| width.parse().ok())
        };
        assert_eq!(bar(None), Some(PLOT_WIDTH));
        assert_eq!(bar(Some(1000.0)), Some(PLOT_WIDTH / 2.0));
        assert_eq!(bar(Some(100.0)), Some(PLOT_WIDTH), "a run that lasted longer is not cut off");
    }

    #[test]
    fn two_hundred_tasks_have_rows_and_more_have_lanes() {
        let spans =
            |tasks: u32| (0..tasks).map(|task| span(task, task % 4, f64::from(task / 4), f64::from(task / 4 + 1)));
        let rows = timeline("t", &run(spans(200).collect()), None, Detail::FULL);
        check(&rows);
        assert_eq!(count(&rows, "<title>task "), 200);
        let lanes = timeline("t", &run(spans(201).collect()), None, Detail::FULL);
        check(&lanes);
        assert!(lanes.contains(">Workers</text>"));
        assert_eq!(count(&lanes, "<title>"), 4);
        assert!(lanes.contains("<title>51 tasks on worker 0: 0.0000 s to 0.0510 s (51.0 ms)</title>"), "{lanes}");
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
            let svg = timeline("t", &run(spans.collect()), None, Detail::FULL);
            check(&svg);
            let rects = count(&svg, "<rect");
            assert!((1..4500).contains(&rects), "{rects} for {workers} workers");
        }
    }
}
