//! What of a run is drawn where: a row per task, or a lane per worker.

use std::collections::{BTreeMap, BTreeSet};

use crate::chart::axis::TimeUnit;
use crate::chart::frame::{TEXT, drawable, width};
use crate::number::{Counted, Digits, Time};
use crate::run::Run;
use crate::span::Span;

/// Up to so many workers have a lane each; more share lanes.
const LANES_MAX: usize = 200;
/// What a row stands for.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Noun {
    Tasks,
    Workers,
}

impl Noun {
    /// The axis' name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Noun::Tasks => "Tasks",
            Noun::Workers => "Workers",
        }
    }

    /// From one row to the next, where there is room.
    pub(super) fn pitch(self) -> f64 {
        match self {
            Noun::Tasks => 20.0,
            Noun::Workers => 32.0,
        }
    }
}

/// What is drawn, row by row.
pub(super) struct Rows<'a> {
    pub(super) noun: Noun,
    /// The number of each row's task or (first) worker.
    pub(super) labels: Vec<u32>,
    /// What failed comes last, to lie on top.
    pub(super) bars: Vec<Bar<'a>>,
    /// Bars closer than this were joined, in milliseconds.
    pub(super) joined_ms: f64,
}

/// One task, or several of a worker that follow each other closely.
pub(super) struct Bar<'a> {
    pub(super) row: usize,
    pub(super) first: &'a Span,
    pub(super) from_ms: f64,
    pub(super) to_ms: f64,
    tasks: usize,
}

impl<'a> Bar<'a> {
    fn of(row: usize, span: &'a Span) -> Self {
        let from_ms = drawable(span.start_ms);
        Self { row, first: span, from_ms, to_ms: drawable(span.end_ms).max(from_ms), tasks: 1 }
    }

    pub(super) fn failed(&self) -> bool {
        self.first.error.is_some()
    }

    /// What the bar says when pointed at, with its times in the unit of the axis.
    pub(super) fn tip(&self, unit: TimeUnit) -> String {
        let Span { task, worker, queued_ms, error, .. } = self.first;
        let (from, to) = (Digits(unit.value(self.from_ms)), unit.text(self.to_ms));
        let times = format!("{from} to {to} ({})", Time(self.to_ms - self.from_ms));
        if self.tasks > 1 {
            let failed = if self.failed() { " failed" } else { "" };
            return format!("{} on worker {worker}{failed}: {times}", Counted(self.tasks as u64, "task"));
        }
        let queued_ms = self.from_ms - drawable(*queued_ms);
        let queued = if queued_ms > 0.0 { format!(", queued for {}", Time(queued_ms)) } else { String::new() };
        let failed = error.as_ref().map_or_else(String::new, |error| format!(", failed: {error}"));
        format!("task {task} on worker {worker}: {times}{queued}{failed}")
    }
}

impl Rows<'_> {
    /// What failed, by row.
    pub(super) fn failed(&self) -> BTreeMap<usize, Vec<&Bar<'_>>> {
        let mut failed: BTreeMap<usize, Vec<&Bar<'_>>> = BTreeMap::new();
        for bar in self.bars.iter().filter(|bar| bar.failed()) {
            failed.entry(bar.row).or_default().push(bar);
        }
        failed
    }

    /// How much room the names of failures take beside the rows. A task has room for it in its own
    /// row; a lane is full.
    pub(super) fn margin(&self) -> f64 {
        match self.noun {
            Noun::Tasks => 0.0,
            Noun::Workers => self.failed().values().map(|bars| width(&how_many_failed(bars), TEXT)).fold(0.0, f64::max),
        }
    }
}

impl<'a> Rows<'a> {
    /// A row per task, in the order of the report.
    pub(super) fn by_task(run: &'a Run) -> Self {
        let mut bars: Vec<_> = run.spans.iter().enumerate().map(|(row, span)| Bar::of(row, span)).collect();
        bars.sort_by_key(Bar::failed);
        Self { noun: Noun::Tasks, labels: run.spans.iter().map(|span| span.task).collect(), bars, joined_ms: 0.0 }
    }

    /// A row per worker. What lies closer together than `gap_ms` is joined; if that leaves too many bars, than twice
    /// that, and so on.
    pub(super) fn by_worker(run: &'a Run, gap_ms: f64, bars_max: usize) -> Self {
        let workers: Vec<u32> = run.spans.iter().map(|span| span.worker).collect::<BTreeSet<_>>().into_iter().collect();
        let lanes = workers.len().min(LANES_MAX);
        let lane_of = |worker: u32| workers.partition_point(|known| *known < worker) * lanes / workers.len();
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
            bars.sort_by(|bar, next| bar.from_ms.total_cmp(&next.from_ms));
        }
        let mut joined_ms = gap_ms;
        loop {
            let bars: Vec<_> = groups.values().flat_map(|bars| joined(bars, joined_ms)).collect();
            // What failed takes two elements. A bar for each lane is the least.
            let elements: usize = bars.iter().map(|bar| if bar.failed() { 2 } else { 1 }).sum();
            if elements <= bars_max || bars.len() == groups.len() {
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

/// How many tasks of a lane failed.
pub(super) fn how_many_failed(bars: &[&Bar<'_>]) -> String {
    format!("{} failed", bars.iter().map(|bar| bar.tasks).sum::<usize>())
}
