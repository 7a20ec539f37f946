//! A run that is going on, as lanes: what was seen of its board so far, in stretches of equal length.
//!
//! Of a board with many tasks each look reads a part, and what is over is read once: a look takes as long for a hundred
//! thousand tasks as for ten thousand, and allocates nothing.

use parlab_shared::measure::{Slots, TaskState};

/// Stretches in a lane.
const BINS: usize = 2048;
/// The first stretches are so long, in milliseconds; they double as the run goes on.
const BIN_MS: f64 = 1e-3;
/// There are no more lanes than this: each is seen. More workers share them.
pub const LANES_MAX: usize = 48;
/// So many tasks that are not over are asked for their state in one look,
const PEEKS: usize = 65_536;
/// so many of them are read,
const READS: usize = 16_384;
/// and so many stretches are marked.
const MARKS: usize = 400_000;

/// In a stretch: nothing was done. More is 1 and the kind of the task.
pub const IDLE: u8 = 0;
/// In a stretch: a task that failed.
pub const FAILED: u8 = u8::MAX;

/// What was seen of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Track {
    tasks: usize,
    workers: usize,
    /// Stretches of all lanes.
    bins: Vec<u8>,
    bin_ms: f64,
    /// What tasks that are over took, lane by lane, and for how long those go on that the last look saw running.
    took_ms: Vec<[f64; 2]>,
    /// A bit for each task: it is over, and marked.
    over: Vec<u64>,
    next: usize,
    /// When the first task could be taken, on the clock of the board.
    base_ms: Option<f64>,
    /// The latest that was seen, on the same clock.
    latest_ms: f64,
}

impl Track {
    /// A run of so many tasks, on workers numbered from 0, of which nothing was seen.
    pub fn new(tasks: usize, workers: usize) -> Self {
        let workers = workers.max(1);
        Self {
            tasks,
            workers,
            bins: vec![IDLE; workers.min(LANES_MAX) * BINS],
            bin_ms: BIN_MS,
            took_ms: vec![[0.0; 2]; workers.min(LANES_MAX)],
            over: vec![0; tasks.div_ceil(64)],
            next: 0,
            base_ms: None,
            latest_ms: 0.0,
        }
    }

    /// Looks at the board. `kind` tells the kind of a task; `now_ms` is how long the run has gone on, as far as that is known.
    /// Returns how many tasks were asked or read.
    pub fn look(&mut self, slots: Slots<'_>, now_ms: f64, kind: impl Fn(usize) -> u8) -> usize {
        let tasks = self.tasks.min(slots.len());
        let (mut peeks, mut reads, mut marks) = (PEEKS.min(tasks), READS, MARKS);
        let mut asked = 0;
        self.took_ms.iter_mut().for_each(|[_, running_ms]| *running_ms = 0.0);
        while peeks > 0 && reads > 0 && marks > 0 {
            // Words of tasks that are all over are passed at once.
            let word = self.over[self.next / 64] >> (self.next % 64);
            let passed = (word.trailing_ones() as usize).min(peeks);
            if passed > 0 {
                peeks -= passed;
                self.next = (self.next + passed) % tasks.max(1);
                // A word can reach beyond the last task.
                continue;
            }
            let task = self.next;
            self.next = (self.next + 1) % tasks.max(1);
            peeks -= 1;
            asked += 1;
            if slots.state(task) == TaskState::Waiting {
                continue;
            }
            reads -= 1;
            match self.read(task, slots, now_ms, kind(task)) {
                Ok(marked) => marks = marks.saturating_sub(marked + 1),
                // What was marked has another beginning: the next look starts anew.
                Err(Anew { workers }) => {
                    *self =
                        Self { base_ms: slots.get(task).map(|slot| slot.queued_ms), ..Self::new(self.tasks, workers) };
                    return asked;
                }
            }
        }
        asked
    }

    fn read(&mut self, task: usize, slots: Slots<'_>, now_ms: f64, kind: u8) -> Result<usize, Anew> {
        let Some(slot) = slots.get(task) else { return Ok(0) };
        let base_ms = *self.base_ms.get_or_insert(slot.queued_ms);
        if slot.queued_ms < base_ms {
            return Err(Anew { workers: self.workers });
        }
        let worker = slot.worker as usize;
        if worker >= self.workers {
            // A worker that replaces another has a number of its own.
            return Err(Anew { workers: worker + 1 });
        }
        self.latest_ms = self.latest_ms.max(slot.start_ms).max(slot.end_ms);
        let from_ms = slot.start_ms - base_ms;
        let lane = self.lane_of(worker);
        let failed = matches!(slot.state, TaskState::Failed | TaskState::Fatal);
        let value = if failed { FAILED } else { kind.saturating_add(1).min(FAILED - 1) };
        let is_running = slot.state == TaskState::Running;
        let until_ms = if is_running { now_ms.max(from_ms) } else { slot.end_ms - base_ms };
        if !is_running {
            self.over[task / 64] |= 1 << (task % 64);
        }
        self.took_ms[lane][usize::from(is_running)] += until_ms - from_ms;
        Ok(self.mark(lane, from_ms, until_ms, value))
    }

    /// Marks a stretch of a lane. Returns how many parts it has.
    fn mark(&mut self, lane: usize, from_ms: f64, to_ms: f64, value: u8) -> usize {
        if !(from_ms.is_finite() && to_ms.is_finite()) {
            return 0;
        }
        while to_ms >= self.bin_ms * BINS as f64 {
            self.double();
        }
        let bin = |ms: f64| (ms.max(0.0) / self.bin_ms) as usize;
        let (from, to) = (bin(from_ms), bin(to_ms).max(bin(from_ms)));
        let bins = &mut self.bins[lane * BINS + from.min(BINS - 1)..=lane * BINS + to.min(BINS - 1)];
        for bin in &mut *bins {
            *bin = (*bin).max(value);
        }
        bins.len()
    }

    /// Makes stretches twice as long.
    fn double(&mut self) {
        for lane in self.bins.chunks_exact_mut(BINS) {
            for at in 0..BINS / 2 {
                lane[at] = lane[2 * at].max(lane[2 * at + 1]);
            }
            lane[BINS / 2..].fill(IDLE);
        }
        self.bin_ms *= 2.0;
    }

    fn lane_of(&self, worker: usize) -> usize {
        if self.workers <= LANES_MAX { worker } else { worker * LANES_MAX / self.workers }
    }

    /// For how much of the time up to `until_ms` each lane's worker was at a task, from 0 to 1: what its tasks took, or how
    /// much of its lane is marked, where several of them are in flight at once.
    pub fn shares(&self, until_ms: f64) -> Vec<f64> {
        let bins = ((until_ms / self.bin_ms).ceil() as usize).clamp(1, BINS);
        let share = |(lane, [over_ms, running_ms]): (usize, &[f64; 2])| {
            let workers = (0..self.workers).filter(|worker| self.lane_of(*worker) == lane).count();
            let took = (over_ms + running_ms) / (until_ms * workers as f64).max(f64::MIN_POSITIVE);
            let marked = self.bins[lane * BINS..][..bins].iter().filter(|bin| **bin != IDLE).count();
            took.min(marked as f64 / bins as f64)
        };
        self.took_ms.iter().enumerate().map(share).collect()
    }

    /// How many lanes it has.
    pub fn lanes(&self) -> usize {
        self.workers.min(LANES_MAX)
    }

    /// How many tasks the run has.
    pub fn tasks(&self) -> usize {
        self.tasks
    }

    /// The first worker of a lane.
    pub fn worker(&self, lane: usize) -> usize {
        if self.workers <= LANES_MAX { lane } else { (lane * self.workers).div_ceil(LANES_MAX) }
    }

    /// When the first task could be taken, on the clock of the board, if one was taken.
    pub fn base_ms(&self) -> Option<f64> {
        self.base_ms
    }

    /// The latest that was seen, on the same clock.
    pub fn latest_ms(&self) -> f64 {
        self.latest_ms
    }

    /// What a lane shows along `columns` pixels of the time up to `until_ms`: each pixel with the most important of what
    /// happened in it.
    pub fn columns(&self, lane: usize, columns: usize, until_ms: f64) -> impl Iterator<Item = u8> {
        let bins = &self.bins[lane * BINS..(lane + 1) * BINS];
        let per_column = until_ms / columns.max(1) as f64 / self.bin_ms;
        (0..columns).map(move |column| {
            let from = ((column as f64 * per_column) as usize).min(BINS);
            let to = (((column + 1) as f64 * per_column).ceil() as usize).clamp(from, BINS);
            bins[from..to].iter().copied().max().unwrap_or(IDLE)
        })
    }
}

/// What was marked so far cannot be kept.
struct Anew {
    workers: usize,
}

#[cfg(test)]
mod tests {
    use parlab_shared::measure::{Board, failed};
    use parlab_shared::span::TaskError;
    use parlab_shared::task::{Finished, Task, Work};

    use super::*;

    /// Ends a task on a board.
    fn end(board: &Board, id: u32, worker: u32, [queued, start, end]: [f64; 3], fails: bool) {
        let mut finished: Finished = failed(id, worker, [queued, start, end], TaskError::cancelled());
        if !fails {
            finished.span.error = None;
        }
        board.end(&Task { id, work: Work::Crash { after_ms: None } }, &finished);
    }

    fn looks(track: &mut Track, board: &Board, count: usize, now_ms: f64) -> Vec<usize> {
        let bytes = board.bytes();
        let slots = Slots::of(&bytes).expect("a board");
        (0..count).map(|_| track.look(slots, now_ms, |task| (task % 2) as u8)).collect()
    }

    fn columns(track: &Track, lane: usize, until_ms: f64) -> Vec<u8> {
        track.columns(lane, 10, until_ms).collect()
    }

    #[test]
    fn tasks_are_seen_in_the_lanes_of_their_workers() {
        let board = Board::new(4, 0);
        end(&board, 0, 0, [100.0, 100.0, 102.95], false);
        end(&board, 1, 1, [100.0, 105.0, 106.95], true);
        board.start(2, 1, 100.0, 108.0);
        let mut track = Track::new(4, 2);
        looks(&mut track, &board, 1, 8.95);
        assert_eq!(columns(&track, 0, 10.0), [1, 1, 1, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(columns(&track, 1, 10.0), [0, 0, 0, 0, 0, FAILED, FAILED, 0, 1, 0]);
        assert_eq!((track.base_ms(), track.latest_ms()), (Some(100.0), 108.0));
        // What runs on is seen further, and what is over is not read again.
        assert_eq!(looks(&mut track, &board, 1, 9.95), [2]);
        assert_eq!(columns(&track, 1, 10.0)[8..], [1, 1]);
    }

    #[test]
    fn a_worker_is_at_work_for_a_share_of_the_run() {
        let board = Board::new(6, 0);
        // Many short tasks touch each stretch of the lane, and take half of the time.
        for task in 0..3 {
            let from = 100.0 + f64::from(task) * 2.0;
            end(&board, task, 0, [100.0, from, from + 1.0], false);
        }
        // Two are in flight at once, and one goes on.
        end(&board, 3, 1, [100.0, 100.0, 104.0], false);
        end(&board, 4, 1, [100.0, 100.0, 104.0], false);
        board.start(5, 2, 100.0, 106.0);
        let mut track = Track::new(6, 4);
        for _ in 0..2 {
            looks(&mut track, &board, 1, 8.0);
            let shares = track.shares(8.0);
            let expected = [3.0 / 8.0, 0.5, 0.25, 0.0];
            let close = shares.iter().zip(expected).all(|(share, expected)| (share - expected).abs() < 0.002);
            assert!(close && shares.len() == 4, "{shares:?}");
        }
        assert_eq!(Track::new(0, 0).shares(0.0), [0.0]);
    }

    #[test]
    fn what_began_earlier_or_elsewhere_begins_anew() {
        let board = Board::new(3, 0);
        end(&board, 0, 0, [100.0, 100.0, 100.95], false);
        end(&board, 1, 5, [99.0, 100.0, 100.95], false);
        let mut track = Track::new(3, 1);
        looks(&mut track, &board, 3, 2.0);
        assert_eq!((track.base_ms(), track.lanes()), (Some(99.0), 6));
        assert_eq!(columns(&track, 0, 10.0)[..3], [0, 1, 0]);
        assert_eq!(columns(&track, 5, 10.0)[..3], [0, 2, 0]);
    }

    #[test]
    fn a_long_run_is_seen_whole() {
        let board = Board::new(100, 0);
        for task in 0..100 {
            let from = f64::from(task) * 1000.0;
            end(&board, task, 0, [0.0, from, from + if task < 50 { 999.0 } else { 1.0 }], task == 35);
        }
        let mut track = Track::new(100, 1);
        looks(&mut track, &board, 1, 0.0);
        let seen: Vec<u8> = track.columns(0, 10, 100_000.0).collect();
        assert_eq!(seen, [2, 2, 2, FAILED, 2, 2, 2, 2, 2, 2]);
        let idle = track.columns(0, 1000, 100_000.0).filter(|column| *column == IDLE).count();
        assert!((350..=500).contains(&idle), "{idle}: the second half is mostly idle");
    }

    /// A look takes no longer for more tasks, and after some looks all of them were read.
    #[test]
    fn a_look_at_a_hundred_thousand_tasks_is_bounded() {
        let tasks = 100_000;
        let board = Board::new(tasks, 0);
        let mut track = Track::new(tasks as usize, 4);
        let asked = looks(&mut track, &board, 3, 0.0);
        assert_eq!(asked, [PEEKS, PEEKS, PEEKS], "none was taken");
        for task in 0..tasks {
            let from = f64::from(task / 4) * 0.01;
            end(&board, task, task % 4, [0.0, from, from + 0.01], false);
        }
        let room = (track.bins.capacity(), track.over.capacity());
        let asked = looks(&mut track, &board, 12, 0.0);
        assert!(asked.iter().all(|asked| *asked <= READS), "{asked:?}");
        assert_eq!(asked.iter().sum::<usize>(), tasks as usize, "each was read once");
        assert_eq!((track.bins.capacity(), track.over.capacity()), room, "nothing was allocated");
        assert!((0..4).all(|lane| track.columns(lane, 500, 250.0).all(|column| column != IDLE)));
    }

    #[test]
    fn many_tasks_in_flight_at_once_take_no_longer() {
        let tasks = 50_000;
        let board = Board::new(tasks, 0);
        for task in 0..tasks {
            board.start(task, 0, 0.0, f64::from(task) * 1e-4);
        }
        let mut track = Track::new(tasks as usize, 1);
        let asked = looks(&mut track, &board, 2, 1000.0);
        assert!(asked.iter().all(|asked| *asked <= MARKS / 900), "{asked:?}");
        assert!(track.columns(0, 100, 1000.0).all(|column| column != IDLE));
    }

    #[test]
    fn more_workers_than_lanes_share_them() {
        let board = Board::new(1000, 0);
        for task in 0..1000 {
            end(&board, task, task, [0.0, 0.0, 1.0], false);
        }
        let mut track = Track::new(1000, 1000);
        looks(&mut track, &board, 4, 0.0);
        assert_eq!(track.lanes(), LANES_MAX);
        assert!(
            (0..LANES_MAX)
                .all(|lane| columns(&track, lane, 1.0)[0] != IDLE && track.lane_of(track.worker(lane)) == lane)
        );
    }

    #[test]
    fn a_run_without_tasks_and_a_board_of_another_run() {
        let mut track = Track::new(0, 0);
        assert_eq!(looks(&mut track, &Board::new(0, 0), 1, 0.0), [0]);
        let mut track = Track::new(10, 1);
        assert_eq!(looks(&mut track, &Board::new(3, 0), 1, 0.0), [3]);
        assert_eq!(columns(&track, 0, 1.0), [IDLE; 10]);
    }
}
