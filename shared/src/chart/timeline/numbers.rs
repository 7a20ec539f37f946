//! The numbers behind a timeline: task by task, or, of more tasks than have a row each, worker by worker.

use std::collections::BTreeMap;

use crate::chart::frame::drawable;
use crate::chart::svg::Numbers;
use crate::run::Run;
use crate::say::{Cell, Column, Unit};
use crate::span::Span;

/// Of more workers than this the first are listed.
const WORKERS_MAX: usize = 200;

/// What a worker of a run did.
pub(super) struct Busy {
    /// Its number.
    pub(super) worker: u32,
    /// How many tasks it had.
    pub(super) tasks: usize,
    /// How long it had one, in milliseconds: what tasks in flight took together, where a worker has several at a time.
    pub(super) busy_ms: f64,
    first_ms: f64,
    last_ms: f64,
    failed: usize,
}

/// What each worker of a run did, those that had a task.
pub(super) fn busy(run: &Run) -> Vec<Busy> {
    let mut workers: BTreeMap<u32, Busy> = BTreeMap::new();
    for span in &run.spans {
        let (from_ms, to_ms) = ends(span);
        let new = Busy { worker: span.worker, tasks: 0, busy_ms: 0.0, first_ms: from_ms, last_ms: to_ms, failed: 0 };
        let worker = workers.entry(span.worker).or_insert(new);
        worker.tasks += 1;
        worker.busy_ms += to_ms - from_ms;
        worker.first_ms = worker.first_ms.min(from_ms);
        worker.last_ms = worker.last_ms.max(to_ms);
        worker.failed += usize::from(span.error.is_some());
    }
    workers.into_values().collect()
}

/// When a task began and ended, as they are drawn.
fn ends(span: &Span) -> (f64, f64) {
    let from_ms = drawable(span.start_ms);
    (from_ms, drawable(span.end_ms).max(from_ms))
}

/// All runs of a timeline, each with what it is called if there are several.
pub(super) fn numbers(runs: &[(Option<&str>, &Run)], is_by_task: bool) -> Numbers {
    let name = Column::new("run", "Run", Unit::Text, 0);
    let of_run = |name: &Option<&str>| name.map_or_else(Cell::default, Cell::text);
    let has_names = runs.iter().any(|(name, _)| name.is_some());
    if is_by_task {
        let columns = vec![
            Column::new("task", "Task", Unit::Count, 0),
            name,
            Column::new("worker", "Worker", Unit::Count, 0),
            Column::new("queued", "Queued for", Unit::Ms, 2),
            Column::new("start", "Began at", Unit::Ms, 1),
            Column::new("end", "Ended at", Unit::Ms, 0),
            Column::new("took", "Took", Unit::Ms, 0),
            Column::new("failure", "Failure", Unit::Text, 0),
        ];
        let lines = runs.iter().flat_map(|(name, run)| {
            run.spans.iter().map(move |span| {
                let (from_ms, to_ms) = ends(span);
                let error = span.error.as_ref();
                vec![
                    Cell::number(f64::from(span.task)),
                    of_run(name),
                    Cell::number(f64::from(span.worker)),
                    Cell::number((from_ms - drawable(span.queued_ms)).max(0.0)),
                    Cell::number(from_ms),
                    Cell::number(to_ms),
                    Cell::number(to_ms - from_ms),
                    error.map_or_else(Cell::default, |error| Cell::text(error.to_string()).alarming(true)),
                ]
            })
        });
        return Numbers::new(columns, lines);
    }
    let columns = vec![
        Column::new("worker", "Worker", Unit::Count, 0),
        name,
        Column::new("tasks", "Tasks", Unit::Count, 0),
        Column::new("busy", "Busy for", Unit::Ms, 0),
        Column::new("first", "First began at", Unit::Ms, 1),
        Column::new("last", "Last ended at", Unit::Ms, 1),
        Column::new("failed", "Failed", Unit::Count, 0),
    ];
    let workers: Vec<(Option<&str>, Busy)> =
        runs.iter().flat_map(|(name, run)| busy(run).into_iter().map(move |worker| (*name, worker))).collect();
    let lines = workers.iter().take(WORKERS_MAX).map(|(name, worker)| {
        let Busy { worker, tasks, busy_ms, first_ms, last_ms, failed } = worker;
        vec![
            Cell::number(f64::from(*worker)),
            of_run(name),
            Cell::count(*tasks),
            Cell::number(*busy_ms),
            Cell::number(*first_ms),
            Cell::number(*last_ms),
            Cell::count(*failed).alarming(*failed > 0),
        ]
    });
    let of = if has_names { " of all runs" } else { "" };
    let left_out = (workers.len() > WORKERS_MAX)
        .then(|| format!("The first {WORKERS_MAX} of {} workers{of} are listed.", workers.len()));
    Numbers::new(columns, lines).with_note(left_out)
}
