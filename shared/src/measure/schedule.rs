//! The order of runs, and when there are enough of them.
//!
//! 1. Stage by stage; in a stage the rows take turns: a machine that drifts drifts for all alike.
//! 2. Warm-up runs come first, as many as asked for, or until a row's last two are alike.
//! 3. Then measured passes over all rows, the first in the rows' own order, each later one in an order that the seed decides:
//!    nothing always runs first, or always after the same other row.
//! 4. A fixed number of passes, or until every row's interval is as narrow as asked, or the stage's time is over.

use std::collections::VecDeque;

use super::{Plan, Precision, PrecisionOf, Stage};
use crate::draw;
use crate::run::{Run, RunSpec};
use crate::statistics::{median_interval, paired_ratio};

/// Decides on the next run, given what the last ones took.
#[derive(Debug)]
pub struct Schedule<'a> {
    plan: &'a Plan,
    /// The stage that is on, and those before it.
    stage: usize,
    /// Runs of the stage that are next.
    queue: VecDeque<Turn>,
    /// The run that is on.
    on: Option<Turn>,
    warm_passes: u32,
    passes: u32,
    began_ms: Option<f64>,
    /// Wall times for each row of the stage.
    warm: Vec<Vec<f64>>,
    /// Wall times for each row of the stage, by repetition; none where a run was not whole.
    measured: Vec<Vec<Option<f64>>>,
    begun: usize,
}

#[derive(Clone, Copy, Debug)]
struct Turn {
    row: usize,
    repetition: u32,
    warmup: bool,
}

impl<'a> Schedule<'a> {
    /// The schedule of a plan.
    pub fn new(plan: &'a Plan) -> Self {
        Self {
            plan,
            stage: 0,
            queue: VecDeque::new(),
            on: None,
            warm_passes: 0,
            passes: 0,
            began_ms: None,
            warm: Vec::new(),
            measured: Vec::new(),
            begun: 0,
        }
    }

    /// The next run; `None` at the end. `now_ms` is what the time of a stage is measured with.
    pub fn next(&mut self, now_ms: f64) -> Option<RunSpec> {
        loop {
            let stage = self.plan.stages.get(self.stage)?;
            let began_ms = *self.began_ms.get_or_insert(now_ms);
            if self.warm_passes == 0 && self.passes == 0 {
                self.warm.resize(stage.rows.len(), Vec::new());
                self.measured.resize(stage.rows.len(), Vec::new());
            }
            if let Some(turn) = self.queue.pop_front() {
                self.on = Some(turn);
                self.begun += 1;
                return Some(self.plan.run(&stage.rows[turn.row], turn.repetition, turn.warmup));
            }
            if !self.refill(stage, now_ms - began_ms) {
                *self = Self { stage: self.stage + 1, begun: self.begun, ..Self::new(self.plan) };
            }
        }
    }

    /// The run that [`Schedule::next`] named last is over.
    pub fn ended(&mut self, run: &Run) {
        let Some(Turn { row, warmup, .. }) = self.on.take() else { return };
        if warmup {
            self.warm[row].push(run.wall_ms);
        } else {
            self.measured[row].push(run.is_measured().then_some(run.wall_ms));
        }
    }

    /// Whether the run that ended last was the last of its pass.
    pub fn pass_is_over(&self) -> bool {
        self.queue.is_empty()
    }

    /// How many runs there are at least, those that have begun included.
    pub fn runs_at_least(&self) -> usize {
        let stage = self.plan.stages.get(self.stage);
        let of_stage = stage.map_or(0, |stage| {
            let left = stage.runs.saturating_sub(self.passes) as usize * stage.rows.len();
            let warm = if self.passes > 0 || stage.stable.is_some() {
                0
            } else {
                stage.warmup.saturating_sub(self.warm_passes)
            };
            left + warm as usize * stage.rows.len()
        });
        let later = self.plan.stages.iter().skip(self.stage + 1).map(Stage::runs_at_least).sum::<usize>();
        self.begun + self.queue.len() + of_stage + later
    }

    /// Queues the next pass of the stage, `spent_ms` after its beginning; or says that it is over.
    fn refill(&mut self, stage: &Stage, spent_ms: f64) -> bool {
        let rows = 0..stage.rows.len();
        if self.passes == 0 && self.warm_passes < stage.warmup {
            let repetition = self.warm_passes;
            self.warm_passes += 1;
            let cold = rows.clone().filter(|row| stage.stable.is_none_or(|share| !is_stable(&self.warm[*row], share)));
            self.queue = cold.map(|row| Turn { row, repetition, warmup: true }).collect();
            if !self.queue.is_empty() {
                return true;
            }
        }
        let wanted = match &stage.until {
            Some(until) => self.passes < stage.runs || spent_ms < until.budget_ms && !self.is_precise(until),
            None => self.passes < stage.runs,
        };
        if wanted {
            let repetition = self.passes;
            self.passes += 1;
            let mut order: Vec<usize> = rows.collect();
            if repetition > 0 {
                draw::shuffle(
                    draw::bits(self.plan.seed, (self.stage as u64) << 32 | u64::from(repetition)),
                    &mut order,
                );
            }
            self.queue = order.into_iter().map(|row| Turn { row, repetition, warmup: false }).collect();
        }
        wanted
    }

    fn is_precise(&self, until: &Precision) -> bool {
        precision(&self.measured, until.of).iter().all(|reached| reached.is_some_and(|share| share <= until.half_width))
    }
}

/// Half of the width of each row's interval, as a share of its middle; `None` for a row with too few runs. `walls_ms` has
/// the wall times of each row, by repetition. The ratio of the first row to itself is known.
pub fn precision(walls_ms: &[Vec<Option<f64>>], of: PrecisionOf) -> Vec<Option<f64>> {
    let interval = |(row, walls): (usize, &Vec<Option<f64>>)| match of {
        PrecisionOf::Median => {
            let walls: Vec<f64> = walls.iter().copied().flatten().collect();
            median_interval(&walls).map(|interval| interval.relative_half_width())
        }
        PrecisionOf::Ratio if row == 0 => Some(0.0),
        PrecisionOf::Ratio => {
            let pairs = walls.iter().zip(&walls_ms[0]).filter_map(|(own, first)| Some(((*own)?, (*first)?)));
            let pairs: Vec<(f64, f64)> = pairs.collect();
            paired_ratio(&pairs)?.interval.map(|interval| interval.relative_half_width())
        }
    };
    walls_ms.iter().enumerate().map(interval).collect()
}

/// Whether the last two of some times differ by no more than a share of the longer one.
fn is_stable(times_ms: &[f64], share: f64) -> bool {
    match times_ms {
        [.., one, other] => (one - other).abs() <= share * one.max(*other),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::failed;
    use crate::row::Row;
    use crate::run::Execution;
    use crate::scale::Scale;
    use crate::span::{Span, TaskError};
    use crate::strategy::{Dispatch, Mechanism, Strategy};
    use crate::way::Way;
    use crate::workload::{Count, Workload};

    /// A stage of three rows, which differ in their workers.
    fn stage() -> Stage {
        let row = |workers| Row {
            experiment: None,
            workload: Workload::Count(Count { tasks: 1, n: 1 }),
            strategy: Strategy::Threads,
            workers,
            dispatch: Dispatch::Pool,
            way: Way::default(),
        };
        Stage { rows: vec![row(1), row(2), row(3)], warmup: 0, stable: None, runs: 1, until: None }
    }

    /// Walks through a plan in which a run takes what `wall_ms` says, and nothing else takes time. Returns a word per run:
    /// its workers, with a star if it was a warm-up.
    fn walk(stages: Vec<Stage>, mut wall_ms: impl FnMut(&RunSpec) -> f64) -> Vec<String> {
        let plan = Plan { scale: Scale::Smoke, seed: 1, stages, left_out: vec![], target: None, timeout_ms: 1 };
        let mut schedule = Schedule::new(&plan);
        let (mut now_ms, mut words) = (5.0, Vec::new());
        while let Some(spec) = schedule.next(now_ms) {
            words.push(format!("{}{}", spec.row.workers, if spec.warmup { "*" } else { "" }));
            assert!(schedule.runs_at_least() >= words.len());
            let wall_ms = wall_ms(&spec);
            now_ms += wall_ms;
            let mechanism = Mechanism::OneThread;
            let task = Span { error: None, ..failed(0, 0, [0.0; 3], TaskError::cancelled()).span };
            let execution = Execution { mechanism, began_ms: 0.0, setup_ms: 0.0, wall_ms, spans: vec![task] };
            schedule.ended(&Run::new(spec, execution, 0.0, false));
        }
        assert_eq!(schedule.runs_at_least(), words.len());
        words
    }

    /// The passes of a walk over three rows, sorted.
    fn passes(words: &[String]) -> Vec<Vec<&str>> {
        let sorted = |pass: &[String]| {
            let mut pass: Vec<String> = pass.to_vec();
            pass.sort();
            pass
        };
        assert!(words.chunks(3).all(|pass| sorted(pass) == ["1", "2", "3"]), "{words:?}");
        words.chunks(3).map(|pass| pass.iter().map(String::as_str).collect()).collect()
    }

    #[test]
    fn rows_take_turns_in_an_order_that_the_seed_decides() {
        let words = walk(vec![Stage { runs: 20, ..stage() }], |_| 1.0);
        let passes = passes(&words);
        assert_eq!((passes.len(), &passes[0][..]), (20, &["1", "2", "3"][..]));
        let first: std::collections::BTreeSet<_> = passes.iter().map(|pass| pass[0]).collect();
        assert_eq!(first.len(), 3, "each row comes first at times: {passes:?}");
        assert_eq!(walk(vec![Stage { runs: 20, ..stage() }], |_| 2.0), words, "the same seed, the same order");
    }

    #[test]
    fn warm_up_runs_come_first_and_stages_one_after_another() {
        let one = Stage { warmup: 2, ..stage() };
        let two = Stage { rows: stage().rows[..1].to_vec(), ..stage() };
        let words = walk(vec![one, two], |_| 1.0);
        assert_eq!(words[..6], ["1*", "2*", "3*", "1*", "2*", "3*"]);
        assert_eq!((words.len(), words[9].as_str()), (10, "1"));
    }

    #[test]
    fn a_row_is_warm_when_its_last_two_runs_are_alike() {
        let stage = Stage { warmup: 5, stable: Some(0.1), ..stage() };
        // The first row is alike at once, the second from its third run on, the third never.
        let words = walk(vec![stage], |spec| match (spec.row.workers, spec.repetition) {
            (1, _) => 10.0,
            (2, 0) => 20.0,
            (2, _) => 10.0,
            (_, repetition) => f64::from(repetition + 1) * 10.0,
        });
        let warm = |row: &str| words.iter().filter(|word| *word == row).count();
        assert_eq!(["1*", "2*", "3*"].map(warm), [2, 3, 5]);
    }

    fn until(of: PrecisionOf) -> Stage {
        Stage { runs: 6, until: Some(Precision { half_width: 0.05, of, budget_ms: 1e6 }), ..stage() }
    }

    #[test]
    fn measuring_ends_when_every_interval_is_narrow() {
        assert_eq!(walk(vec![until(PrecisionOf::Median)], |_| 10.0).len(), 18);
        // One row scatters by a fifth: the others keep it company until its interval is narrow, too.
        let scattered = |spec: &RunSpec| match (spec.row.workers, spec.repetition) {
            (2, repetition) => 10.0 + 2.0 * draw::uniform(7, repetition.into()),
            _ => 10.0,
        };
        let runs = walk(vec![until(PrecisionOf::Median)], scattered).len();
        assert!(runs > 18 && runs < 300 && runs.is_multiple_of(3), "{runs}");
    }

    #[test]
    fn a_ratio_does_not_care_for_a_machine_that_drifts() {
        // Everything becomes slower, by a tenth each time: medians never settle, ratios are known at once.
        let drifting = |spec: &RunSpec| f64::from(spec.row.workers) * 1.1_f64.powi(spec.repetition as i32);
        assert_eq!(walk(vec![until(PrecisionOf::Ratio)], drifting).len(), 18);
        assert!(walk(vec![until(PrecisionOf::Median)], drifting).len() > 18);
    }

    #[test]
    fn measuring_ends_when_its_time_is_over() {
        let precision = Precision { half_width: 1e-9, of: PrecisionOf::Median, budget_ms: 1000.0 };
        let stage = Stage { runs: 6, until: Some(precision), ..stage() };
        // 30 ms a pass: the pass that begins before the end of the budget is the last.
        let words = walk(vec![stage], |spec| 10.0 + draw::uniform(1, spec.repetition.into()) - 0.5);
        assert!((99..=108).contains(&words.len()), "{}", words.len());
    }
}
