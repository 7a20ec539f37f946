//! An ideal schedule: nothing but the waiting and computing of tasks takes any time.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

/// What a part of a task does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// It waits for something, and needs no core.
    Waits,
    /// It computes.
    Computes,
    /// It computes, and then it panics.
    Fails,
}

/// A part of a task: what it does, and for how long, in any unit of time.
pub type Part = (Doing, f64);

/// A part of a task on a worker, in the unit of the parts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Piece {
    /// Whose it is, from 0.
    pub worker: u32,
    /// What it does.
    pub doing: Doing,
    /// When it begins.
    pub from: f64,
    /// When it ends.
    pub to: f64,
}

/// What a worker is at: part of which task, which one, and since when; `end` is when it will be over, on the clock of
/// what waits or on that of what computes.
#[derive(Clone, Copy, Debug)]
struct At {
    end: f64,
    worker: u32,
    task: usize,
    part: usize,
    from: f64,
}

impl PartialEq for At {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for At {}

impl PartialOrd for At {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for At {
    fn cmp(&self, other: &Self) -> Ordering {
        self.end.total_cmp(&other.end).then(self.worker.cmp(&other.worker))
    }
}

/// A worker that is done with something, and the task and part that would be next on its way.
type Idle = (u32, Option<(usize, usize)>);

/// Workers take the next task when they are done with one, as the queue hands tasks out. What waits needs no core; what
/// computes takes turns on `cores`, in steps too small to see (processor sharing): so many cores' worth of time there is,
/// which a quota makes 0.5 or 1.5. Pieces are in the order of their ends.
pub fn schedule<T: AsRef<[Part]>>(tasks: &[T], workers: u32, cores: f64) -> Vec<Piece> {
    // Without any, nothing would ever end.
    let cores = if cores > 0.0 { cores } else { 1.0 };
    let mut pieces = Vec::new();
    let mut queue = 0..tasks.len();
    let (mut waiting, mut computing) = (BinaryHeap::new(), BinaryHeap::new());
    // What computes advances by a clock of its own, which goes slower when more compute than there are cores.
    let (mut now, mut computed) = (0.0, 0.0);
    let mut idle: BinaryHeap<Reverse<Idle>> = (0..workers.max(1)).map(|worker| Reverse((worker, None))).collect();
    loop {
        while let Some(Reverse((worker, at))) = idle.pop() {
            // The task that it is at goes on, or else the next one that has any part begins.
            let rest = at.filter(|(task, part)| *part < tasks[*task].as_ref().len());
            let next =
                rest.or_else(|| queue.by_ref().find(|task| !tasks[*task].as_ref().is_empty()).map(|task| (task, 0)));
            let Some((task, part)) = next else { continue };
            let (doing, length) = tasks[task].as_ref()[part];
            let at = |clock: f64| Reverse(At { end: clock + length, worker, task, part, from: now });
            match doing {
                Doing::Waits => waiting.push(at(now)),
                Doing::Computes | Doing::Fails => computing.push(at(computed)),
            }
        }
        let speed = (cores / computing.len() as f64).min(1.0);
        let until =
            |heap: &BinaryHeap<Reverse<At>>, clock: f64| heap.peek().map(|Reverse(at)| (at.end - clock).max(0.0));
        let (waits, computes) = (until(&waiting, now), until(&computing, computed).map(|left| left / speed));
        let Some(step) = waits.into_iter().chain(computes).min_by(f64::total_cmp) else { return pieces };
        now += step;
        computed += step * speed;
        for (heap, clock) in [(&mut waiting, now), (&mut computing, computed)] {
            // What ends at the same time ends together, whatever rounding does.
            while let Some(Reverse(at)) =
                heap.peek().copied().filter(|Reverse(at)| at.end <= clock * (1.0 + 1e-12) + 1e-12)
            {
                heap.pop();
                let doing = tasks[at.task].as_ref()[at.part].0;
                pieces.push(Piece { worker: at.worker, doing, from: at.from, to: now });
                idle.push(Reverse((at.worker, Some((at.task, at.part + 1)))));
            }
        }
    }
}

/// When the last piece ends.
pub fn end(pieces: &[Piece]) -> f64 {
    pieces.iter().map(|piece| piece.to).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends() {
        #[track_caller]
        fn check(parts: &[Part], tasks: usize, workers: u32, cores: f64, expected: f64) {
            let pieces = schedule(&vec![parts.to_vec(); tasks], workers, cores);
            assert_eq!(pieces.len(), parts.len() * tasks);
            assert!((end(&pieces) - expected).abs() < 1e-6, "{} instead of {expected}", end(&pieces));
        }
        use Doing::{Computes, Waits};
        check(&[(Computes, 1.0)], 12, 1, 2.0, 12.0);
        check(&[(Computes, 1.0)], 12, 2, 2.0, 6.0);
        // More workers than cores gain nothing, unless they wait.
        check(&[(Computes, 1.0)], 12, 4, 2.0, 6.0);
        check(&[(Waits, 1.0)], 12, 4, 2.0, 3.0);
        check(&[(Waits, 1.0)], 12, 5, 1.0, 3.0);
        // A quota is a part of the cores' time.
        check(&[(Computes, 1.0)], 12, 1, 0.5, 24.0);
        check(&[(Computes, 1.0)], 12, 4, 0.5, 24.0);
        check(&[(Computes, 1.0)], 12, 1, 1.5, 12.0);
        check(&[(Computes, 1.0)], 12, 2, 1.5, 8.0);
        check(&[(Waits, 1.0)], 12, 4, 0.5, 3.0);
        // While one waits, another computes.
        check(&[(Waits, 1.0), (Computes, 1.0)], 2, 2, 1.0, 3.0);
        check(&[], 0, 2, 2.0, 0.0);
    }

    #[test]
    fn tasks_go_to_whoever_is_free_first() {
        #[track_caller]
        fn check(doing: Doing, lengths: &[f64], workers: u32, cores: f64, expected: f64) {
            let tasks: Vec<[Part; 1]> = lengths.iter().map(|length| [(doing, *length)]).collect();
            let found = end(&schedule(&tasks, workers, cores));
            assert!((found - expected).abs() < 1e-9, "{found} instead of {expected}");
        }
        use Doing::{Computes, Waits};
        check(Waits, &[3.0, 1.0, 1.0, 2.0], 2, 1.0, 4.0);
        check(Waits, &[1.0, 1.0, 1.0, 9.0], 2, 1.0, 10.0);
        check(Waits, &[5.0, 182.0, 40.0], 3, 1.0, 182.0);
        // Five tasks on two cores and four workers: four share the cores, the fifth is alone.
        check(Computes, &[1.0; 5], 4, 2.0, 3.0);
        check(Computes, &[1.0; 5], 5, 2.0, 2.5);
        check(Computes, &[1.0; 5], 2, 2.0, 3.0);
        check(Waits, &[0.0; 3], 2, 1.0, 0.0);
    }

    #[test]
    fn many_tasks_of_many_workers_take_no_time_to_schedule() {
        let tasks: Vec<[Part; 1]> = (0..50_000).map(|task| [(Doing::Waits, f64::from(task % 97))]).collect();
        assert_eq!(schedule(&tasks, 10_000, 2.0).len(), 50_000);
    }
}
