//! An ideal schedule: nothing but the waiting and computing of tasks takes any time.

use crate::draw;
use crate::experiment::Experiment;
use crate::scale::Scale;
use crate::task::Work;
use crate::workload::{Cost, Setting};

/// More tasks than this would be too thin to see.
const TASKS_MAX: u32 = 12;
/// What is drawn by chance, is so with this.
const SEED: u64 = 1;

/// What a part of a task does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doing {
    Waits,
    Computes,
    /// It computes, and then it panics.
    Fails,
}

/// A part of a task: what it does, and for how long, in units of a usual task.
pub(super) type Part = (Doing, f64);

/// A part of a task on a worker.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Piece {
    pub(super) worker: u32,
    pub(super) doing: Doing,
    pub(super) from: f64,
    pub(super) to: f64,
}

/// A few tasks that stand for those of an experiment at its source's size; `share` of them, if there are many.
pub(super) fn tasks(experiment: &Experiment, share: f64) -> Vec<Vec<Part>> {
    let workload = experiment.workload(Scale::Exact);
    let all = workload.tasks();
    let count = ((f64::from(all) * share).round() as u32).clamp(1, TASKS_MAX.min(all));
    let works: Vec<Work> = match workload.waves(Setting { target: "", seed: SEED }).next(&[]) {
        // Only the first page of a crawl is known; the others are like it.
        Some(wave) if wave.len() == all as usize => wave.into_iter().map(|task| task.work).collect(),
        _ => Vec::new(),
    };
    let is_delayed = workload.model().is_some_and(|model| !model.latency.is_none());
    let parts = |index: u32| match workload.cost() {
        _ if workload.panics_at() == Some(index) => vec![(Doing::Fails, 0.5)],
        Cost::Uneven => vec![(Doing::Computes, 0.2 + draw::uniform(SEED, index.into()))],
        Cost::Sleep { longest_ms } => match works.get((index * all / count) as usize) {
            Some(Work::Sleep { duration_ms, .. }) => vec![(Doing::Waits, duration_ms / longest_ms as f64)],
            _ => vec![(Doing::Waits, 1.0)],
        },
        Cost::Mixed => match works.get(index as usize) {
            Some(work) if !work.waits() => vec![(Doing::Computes, 1.0)],
            _ => vec![(Doing::Waits, 1.0)],
        },
        Cost::Request { computing } if computing > 0.0 => {
            vec![(Doing::Waits, 1.0 - computing), (Doing::Computes, computing)]
        }
        Cost::Request { .. } if is_delayed => vec![(Doing::Waits, 1.0)],
        Cost::Steps(_) | Cost::Request { .. } | Cost::Unknown => vec![(Doing::Computes, 1.0)],
    };
    (0..count).map(parts).collect()
}

/// Workers take the next task when they are done with one. What waits needs no core; what computes takes turns on
/// `cores`, in steps too small to see.
pub(super) fn schedule(tasks: &[Vec<Part>], workers: u32, cores: u32) -> Vec<Piece> {
    /// The part that a worker is at: of which task, which one, what is left of it and since when.
    struct At {
        task: usize,
        part: usize,
        left: f64,
        from: f64,
    }
    let begin = |task: usize, part: usize, now: f64| {
        tasks[task].get(part).map(|(_, length)| At { task, part, left: *length, from: now })
    };
    let mut pieces = Vec::new();
    let mut queue = 0..tasks.len();
    let mut now = 0.0;
    let mut at: Vec<Option<At>> =
        (0..workers.max(1)).map(|_| queue.next().and_then(|task| begin(task, 0, now))).collect();
    while at.iter().any(Option::is_some) {
        let computes = |at: &At| tasks[at.task][at.part].0 != Doing::Waits;
        let computing = at.iter().flatten().filter(|at| computes(at)).count();
        let speed = |at: &At| if computes(at) { (f64::from(cores) / computing as f64).min(1.0) } else { 1.0 };
        let step = at.iter().flatten().map(|at| at.left / speed(at)).fold(f64::INFINITY, f64::min);
        now += step;
        let left: Vec<f64> = at.iter().map(|at| at.as_ref().map_or(0.0, |at| at.left - step * speed(at))).collect();
        for ((worker, place), left) in (0..).zip(&mut at).zip(left) {
            let Some(current) = place else { continue };
            current.left = left;
            if left > 1e-9 {
                continue;
            }
            pieces.push(Piece { worker, doing: tasks[current.task][current.part].0, from: current.from, to: now });
            let next = begin(current.task, current.part + 1, now);
            *place = next.or_else(|| queue.next().and_then(|task| begin(task, 0, now)));
        }
    }
    pieces
}

/// When the last piece ends.
pub(super) fn end(pieces: &[Piece]) -> f64 {
    pieces.iter().map(|piece| piece.to).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends() {
        #[track_caller]
        fn check(parts: &[Part], tasks: usize, workers: u32, cores: u32, expected: f64) {
            let pieces = schedule(&vec![parts.to_vec(); tasks], workers, cores);
            assert_eq!(pieces.len(), parts.len() * tasks);
            assert!((end(&pieces) - expected).abs() < 1e-6, "{} instead of {expected}", end(&pieces));
        }
        use Doing::{Computes, Waits};
        check(&[(Computes, 1.0)], 12, 1, 2, 12.0);
        check(&[(Computes, 1.0)], 12, 2, 2, 6.0);
        // More workers than cores gain nothing, unless they wait.
        check(&[(Computes, 1.0)], 12, 4, 2, 6.0);
        check(&[(Waits, 1.0)], 12, 4, 2, 3.0);
        check(&[(Waits, 1.0)], 12, 5, 1, 3.0);
        // While one waits, another computes.
        check(&[(Waits, 1.0), (Computes, 1.0)], 2, 2, 1, 3.0);
        check(&[], 0, 2, 2, 0.0);
    }
}
