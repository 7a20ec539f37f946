//! The order of runs, and when there are enough of them.
//!
//! 1. Stage by stage; in a stage the rows take turns: a machine that drifts drifts for all alike. In a pair the parts that
//!    carry a row out follow each other, one at a time, so that their ratio is of one moment.
//! 2. Warm-up runs come first, as many as asked for, or until a row's last two are alike.
//! 3. Then measured passes over all rows, the first in the rows' own order, each later one in an order that the seed decides:
//!    nothing always runs first, or always after the same other row. Of a row's parts each comes first equally often.
//! 4. A fixed number of passes, or until every row's interval is as narrow as asked, or the stage's time is over.

use std::collections::VecDeque;

use super::{PairPlan, Precision, PrecisionOf, Stage};
use crate::draw;
use crate::run::{Run, RunSpec};
use crate::span::ErrorKind;
use crate::statistics::{median_interval, paired_ratio};

/// The wall times of a row, by repetition; none where a run was not whole.
type Walls = Vec<Option<f64>>;

/// Decides on the next run, given what the last ones took.
#[derive(Debug)]
pub struct Schedule<'a> {
    plan: &'a PairPlan,
    /// The stage that is on, and those before it.
    stage: usize,
    /// Runs of the stage that are next.
    queue: VecDeque<Turn>,
    /// The run that is on.
    on: Option<Turn>,
    warm_passes: u32,
    passes: u32,
    began_ms: Option<f64>,
    /// Wall times for each row of the stage and each part.
    warm: Vec<Vec<Vec<f64>>>,
    /// Wall times for each row of the stage and each part.
    measured: Vec<Vec<Walls>>,
    /// Parts that carry nothing more out.
    gone: Vec<usize>,
    /// Rows of the stage and parts that were told so.
    told: Vec<(usize, usize)>,
    /// Rows of the stage that a part does not run again: a task of theirs took longer than it may.
    given_up: Vec<(usize, usize)>,
    begun: usize,
}

#[derive(Clone, Copy, Debug)]
struct Turn {
    row: usize,
    part: usize,
    repetition: u32,
    warmup: bool,
}

/// Keeps a value that is not kept; `false` if it is. What is kept so is seldom, and little.
fn keep<T: PartialEq>(kept: &mut Vec<T>, value: T) -> bool {
    let is_new = !kept.contains(&value);
    if is_new {
        kept.push(value);
    }
    is_new
}

impl<'a> Schedule<'a> {
    /// The schedule of a plan.
    pub fn new(plan: &'a PairPlan) -> Self {
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
            gone: Vec::new(),
            told: Vec::new(),
            given_up: Vec::new(),
            begun: 0,
        }
    }

    /// The next run and the place of the part that carries it out; `None` at the end. `now_ms` is what the time of a stage
    /// is measured with.
    pub fn next(&mut self, now_ms: f64) -> Option<(usize, RunSpec)> {
        loop {
            let stage = self.plan.plan.stages.get(self.stage)?;
            let began_ms = *self.began_ms.get_or_insert(now_ms);
            if self.warm_passes == 0 && self.passes == 0 {
                let parts = self.plan.parts.len();
                self.warm.resize(stage.rows.len(), vec![Vec::new(); parts]);
                self.measured.resize(stage.rows.len(), vec![Vec::new(); parts]);
            }
            if let Some(turn) = self.queue.pop_front() {
                let Turn { row, part, repetition, warmup } = turn;
                if self.given_up.contains(&(row, part)) {
                    continue;
                }
                // One measured run for each row: the others would say the same.
                if self.gone.contains(&part) && (warmup || !keep(&mut self.told, (row, part))) {
                    continue;
                }
                self.on = Some(turn);
                self.begun += 1;
                return Some((part, self.plan.run(part, &stage.rows[row], repetition, warmup)));
            }
            if !self.refill(stage, now_ms - began_ms) {
                let (begun, gone) = (self.begun, std::mem::take(&mut self.gone));
                *self = Self { stage: self.stage + 1, begun, gone, ..Self::new(self.plan) };
            }
        }
    }

    /// The run that [`Schedule::next`] named last is over.
    pub fn ended(&mut self, run: &Run) {
        let Some(Turn { row, part, warmup, .. }) = self.on.take() else { return };
        if run.ended_with(|kind| kind == ErrorKind::TooLong) > 0 {
            keep(&mut self.given_up, (row, part));
        }
        if warmup {
            self.warm[row][part].push(run.wall_ms);
        } else {
            self.measured[row][part].push(run.is_measured().then_some(run.wall_ms));
        }
    }

    /// The part whose run [`Schedule::next`] named last carries nothing more out, nor this run: of each row that it would
    /// have measured it gets one more turn, so that the row is known to have failed.
    pub fn lose(&mut self) {
        if let Some(Turn { row, part, warmup, .. }) = self.on {
            keep(&mut self.gone, part);
            if !warmup {
                keep(&mut self.told, (row, part));
            }
        }
    }

    /// Whether no run is still to come that is compared with the one that ended last, pass by pass.
    pub fn pass_is_over(&self) -> bool {
        self.queue.is_empty()
    }

    /// How many runs there are at least, those that have begun included.
    pub fn runs_at_least(&self) -> usize {
        let stage = self.plan.plan.stages.get(self.stage);
        let of_stage = stage.map_or(0, |stage| {
            let warm = if self.passes > 0 || stage.stable.is_some() {
                0
            } else {
                stage.warmup.saturating_sub(self.warm_passes)
            };
            let passes = warm + stage.runs.saturating_sub(self.passes);
            passes as usize * self.turns(stage).filter(|turn| self.is_left(*turn)).count()
        });
        let later = self.plan.plan.stages.iter().skip(self.stage + 1);
        let later = later.map(|stage| {
            let turns = self.turns(stage).filter(|(_, part)| !self.gone.contains(part)).count();
            turns * stage.passes_at_least()
        });
        let of_queue = self.queue.iter().filter(|turn| self.is_left((turn.row, turn.part))).count();
        self.begun + of_queue + of_stage + later.sum::<usize>()
    }

    /// Whether a part still runs a row of the stage.
    fn is_left(&self, (row, part): (usize, usize)) -> bool {
        !self.gone.contains(&part) && !self.given_up.contains(&(row, part))
    }

    /// What has a turn in each pass of a stage: rows with their parts.
    fn turns(&self, stage: &'a Stage) -> impl Iterator<Item = (usize, usize)> {
        let of_row = |(place, row)| self.plan.on(row).into_iter().map(move |part| (place, part));
        stage.rows.iter().enumerate().flat_map(of_row)
    }

    /// Queues the next pass of the stage, `spent_ms` after its beginning; or says that it is over.
    fn refill(&mut self, stage: &Stage, spent_ms: f64) -> bool {
        if self.passes == 0 && self.warm_passes < stage.warmup {
            let repetition = self.warm_passes;
            self.warm_passes += 1;
            let turns = self.pass(stage, repetition, true);
            let is_warm = |turn: &Turn, share| is_stable(&self.warm[turn.row][turn.part], share);
            let cold = turns.into_iter().filter(|turn| stage.stable.is_none_or(|share| !is_warm(turn, share)));
            self.queue = cold.collect();
            if !self.queue.is_empty() {
                return true;
            }
        }
        let wanted = match &stage.until {
            Some(until) => self.passes < stage.runs || spent_ms < until.budget_ms && !self.is_precise(stage, until),
            None => self.passes < stage.runs,
        };
        if wanted {
            let repetition = self.passes;
            self.passes += 1;
            self.queue = self.pass(stage, repetition, false).into();
        }
        wanted
    }

    /// A pass over all rows, each with its parts one after another.
    fn pass(&self, stage: &Stage, repetition: u32, warmup: bool) -> Vec<Turn> {
        let mut rows: Vec<usize> = (0..stage.rows.len()).collect();
        let seed = draw::bits(self.plan.plan.seed, (self.stage as u64) << 32 | u64::from(repetition));
        if repetition > 0 && !warmup {
            draw::shuffle(seed, &mut rows);
        }
        let turn = |row: usize| {
            let parts = self.order(self.plan.on(&stage.rows[row]), row, repetition);
            parts.into_iter().map(move |part| Turn { row, part, repetition, warmup })
        };
        rows.into_iter().flat_map(turn).collect()
    }

    /// The order of a row's parts in a pass. As many passes as there are parts make a round: in it each part comes once at
    /// each place, in turns from an order that the seed decides, another one for each row and round.
    fn order(&self, mut parts: Vec<usize>, row: usize, repetition: u32) -> Vec<usize> {
        let among = u32::try_from(parts.len()).unwrap_or(u32::MAX).max(1);
        let (round, turn) = (repetition / among, repetition % among);
        let of_round = draw::bits(self.plan.plan.seed, (self.stage as u64) << 32 | u64::from(round));
        draw::shuffle(draw::bits(of_round, row as u64), &mut parts);
        parts.rotate_left(turn as usize);
        parts
    }

    fn is_precise(&self, stage: &Stage, until: &Precision) -> bool {
        let is_narrow = |walls_ms: &[Walls]| {
            let reached = precision(walls_ms, until.of);
            reached.iter().all(|reached| reached.is_some_and(|share| share <= until.half_width))
        };
        // Of what is not run any more nothing more will be known.
        let of_row = |row: usize| {
            let on = self.plan.on(&stage.rows[row]).into_iter().filter(|part| self.is_left((row, *part)));
            on.map(|part| self.measured[row][part].clone()).collect::<Vec<Walls>>()
        };
        let mut of_rows = (0..stage.rows.len()).map(of_row);
        if self.plan.is_pair() {
            of_rows.all(|walls_ms| is_narrow(&walls_ms))
        } else {
            is_narrow(&of_rows.flatten().collect::<Vec<Walls>>())
        }
    }
}

/// Half of the width of each interval, as a share of its middle; `None` where there are too few runs. `walls_ms` has the
/// wall times of each row, or of each part of one row, by repetition. The ratio of the first to itself is known.
pub fn precision(walls_ms: &[Vec<Option<f64>>], of: PrecisionOf) -> Vec<Option<f64>> {
    let interval = |(row, walls): (usize, &Walls)| match of {
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
    use proptest::prelude::*;

    use std::collections::BTreeSet;

    use super::*;
    use crate::measure::{Plan, Request, failed};
    use crate::row::Row;
    use crate::run::Execution;
    use crate::scale::Scale;
    use crate::span::{ErrorKind, Span, TaskError};
    use crate::strategy::{Dispatch, Mechanism, Platform, Strategy as Spread};
    use crate::way::Way;
    use crate::workload::{Count, Workload};

    /// A stage of three rows, which differ in their workers.
    fn stage() -> Stage {
        let row = |workers| Row {
            experiment: None,
            workload: Workload::Count(Count { tasks: 1, n: 1 }),
            strategy: Spread::Threads,
            workers,
            dispatch: Dispatch::Pool,
            way: Way::default(),
            swept: vec![],
        };
        Stage { rows: vec![row(1), row(2), row(3)], warmup: 0, stable: None, runs: 1, until: None }
    }

    fn plan_of(stages: Vec<Stage>) -> PairPlan {
        let (scale, seed, left_out, target) = (Scale::Smoke, 1, vec![], None);
        let plan = Plan { scale, seed, stages, left_out, target, timeout_ms: 1, task_limit_ms: 300_000 };
        PairPlan::alone(plan, Platform::Native)
    }

    /// Walks through a plan in which a run takes what `wall_ms` says, and nothing else takes time. Returns a word per run:
    /// its workers, with a star if it was a warm-up.
    fn walk(stages: Vec<Stage>, mut wall_ms: impl FnMut(&RunSpec) -> f64) -> Vec<String> {
        let plan = plan_of(stages);
        let mut schedule = Schedule::new(&plan);
        let (mut now_ms, mut words) = (5.0, Vec::new());
        while let Some((_, spec)) = schedule.next(now_ms) {
            words.push(format!("{}{}", spec.row.workers, if spec.warmup { "*" } else { "" }));
            assert!(schedule.runs_at_least() >= words.len());
            let wall_ms = wall_ms(&spec);
            now_ms += wall_ms;
            let mechanism = Mechanism::OneThread;
            let task = Span { error: None, ..failed(0, 0, [0.0; 3], TaskError::cancelled()).span };
            let execution =
                Execution { mechanism, began_ms: 0.0, setup_ms: 0.0, wall_ms, costs: None, spans: vec![task] };
            schedule.ended(&Run::new(spec, execution, 0.0, false));
        }
        assert_eq!(schedule.runs_at_least(), words.len());
        words
    }

    #[test]
    fn a_row_whose_task_takes_too_long_is_not_run_again() {
        let stages = vec![Stage { runs: 3, ..stage() }, Stage { runs: 2, ..stage() }];
        let plan = plan_of(stages);
        let mut schedule = Schedule::new(&plan);
        let mut words = Vec::new();
        while let Some((_, spec)) = schedule.next(0.0) {
            let is_endless = spec.row.workers == 2;
            words.push(spec.row.workers);
            let kind = if is_endless { ErrorKind::TooLong } else { ErrorKind::Panicked };
            let spans = vec![failed(0, 0, [0.0; 3], TaskError::new(kind, "why")).span];
            let (mechanism, began_ms, setup_ms, wall_ms) = (Mechanism::OneThread, 0.0, 0.0, 1.0);
            let execution = Execution { mechanism, began_ms, setup_ms, wall_ms, costs: None, spans };
            schedule.ended(&Run::new(spec, execution, 0.0, false));
        }
        assert_eq!(schedule.runs_at_least(), words.len());
        // Once in each stage: another one may have other sizes.
        let of = |workers| words.iter().filter(|of| **of == workers).count();
        assert_eq!([of(1), of(2), of(3)], [5, 2, 5]);
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
        let first: BTreeSet<_> = passes.iter().map(|pass| pass[0]).collect();
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

    /// A plan of one stage for several parts, all of which can run all rows.
    fn pair(parts: usize, stage: Stage, seed: u64) -> PairPlan {
        let plan = Plan {
            scale: Scale::Smoke,
            seed,
            stages: vec![stage],
            left_out: vec![],
            target: None,
            timeout_ms: 1,
            task_limit_ms: 300_000,
        };
        PairPlan { parts: crate::measure::pair::parts(&vec![Platform::Native; parts]), plan, sizes_of: None }
    }

    /// Walks through a pair in which a run takes what `wall_ms` says, if it ends at all. Returns the turns: which part, which
    /// row by its workers, and whether it was a warm-up.
    fn walk_pair(plan: &PairPlan, mut wall_ms: impl FnMut(usize, &RunSpec) -> Option<f64>) -> Vec<(usize, u32, bool)> {
        let (mut schedule, mut now_ms, mut turns) = (Schedule::new(plan), 0.0, Vec::new());
        while let Some((part, spec)) = schedule.next(now_ms) {
            turns.push((part, spec.row.workers, spec.warmup));
            let at_least = schedule.runs_at_least();
            assert!(at_least >= turns.len());
            let taken_ms = wall_ms(part, &spec);
            if taken_ms.is_none() {
                schedule.lose();
            }
            now_ms += taken_ms.unwrap_or(0.0);
            let task = failed(0, 0, [0.0; 3], TaskError::cancelled()).span;
            let error = taken_ms.is_none().then(|| TaskError::new(ErrorKind::Setup, "gone"));
            let (mechanism, spans) = (Mechanism::OneThread, vec![Span { error, ..task }]);
            let wall_ms = taken_ms.unwrap_or(0.0);
            let execution = Execution { mechanism, began_ms: 0.0, setup_ms: 0.0, wall_ms, costs: None, spans };
            schedule.ended(&Run::new(spec, execution, 0.0, false));
        }
        turns
    }

    proptest! {
        #[test]
        fn parts_of_a_row_follow_each_other_and_each_comes_first_equally_often(
            parts in 2..6_usize, rounds in 1..5_u32, warmup in 0..3_u32, seed in any::<u64>(),
        ) {
            let runs = rounds * parts as u32;
            let plan = pair(parts, Stage { warmup, runs, ..stage() }, seed);
            let turns = walk_pair(&plan, |_, _| Some(1.0));
            prop_assert_eq!(turns.len(), plan.runs());
            let mut firsts = vec![[0; 3]; parts];
            for (place, together) in turns.chunks(parts).enumerate() {
                let (_, row, warm) = together[0];
                prop_assert!(together.iter().all(|turn| (turn.1, turn.2) == (row, warm)), "{:?}", turns);
                prop_assert_eq!(warm, place < 3 * warmup as usize, "warm-up runs come first");
                let mut of_parts: Vec<usize> = together.iter().map(|turn| turn.0).collect();
                if !warm {
                    firsts[of_parts[0]][row as usize - 1] += 1;
                }
                of_parts.sort_unstable();
                prop_assert_eq!(of_parts, (0..parts).collect::<Vec<_>>());
            }
            prop_assert!(firsts.iter().flatten().all(|first| *first == rounds), "{:?}", firsts);
        }

        #[test]
        fn a_part_that_is_lost_fails_each_of_its_rows_once_and_the_others_go_on(
            parts in 2..5_usize, runs in 1..5_u32, warmup in 0..2_u32, lost in 0..5_usize, after in 0..40_usize,
            seed in any::<u64>(),
        ) {
            let lost = lost % parts;
            let plan = pair(parts, Stage { warmup, runs, ..stage() }, seed);
            let (mut begun, mut failed) = (0, Vec::new());
            let turns = walk_pair(&plan, |part, spec| {
                begun += 1;
                let is_lost = part == lost && begun > after;
                if is_lost && !spec.warmup {
                    failed.push(spec.row.workers);
                }
                (!is_lost).then_some(1.0)
            });
            for part in (0..parts).filter(|part| *part != lost) {
                prop_assert_eq!(turns.iter().filter(|turn| turn.0 == part).count(), 3 * (runs + warmup) as usize);
            }
            // Every row that was not whole before.
            failed.sort_unstable();
            let measured = |row: u32| turns.iter().filter(|turn| **turn == (lost, row, false)).count();
            let is_whole = |row: &u32| measured(*row) == runs as usize && !failed.contains(row);
            let expected: Vec<u32> = (1..=3).filter(|row| !is_whole(row)).collect();
            prop_assert_eq!(failed, expected);
        }
    }

    #[test]
    fn a_part_that_cannot_run_a_row_has_no_turn_for_it() {
        let request = Request { runs: Some(3), ..Request::named("mandelbrot") };
        let plan = request.pair(&[Platform::Native, Platform::Python, Platform::Firefox]).expect("a pair");
        let turns = walk_pair(&plan, |_, _| Some(1.0));
        assert!(turns.len() == plan.runs() && turns.iter().all(|turn| turn.0 != 1), "{turns:?}");
    }

    #[test]
    fn measuring_a_pair_ends_when_its_ratios_are_known() {
        // Each row becomes slower by a tenth from pass to pass, on all parts alike: medians never settle.
        let drifting = |part: usize, spec: &RunSpec| Some((part + 1) as f64 * 1.1_f64.powi(spec.repetition as i32));
        let runs = |of| walk_pair(&pair(3, until(of), 1), drifting).len();
        assert_eq!(runs(PrecisionOf::Ratio), 6 * 9);
        assert!(runs(PrecisionOf::Median) > 6 * 9);
        // One part scatters, and the others keep it company; one that is lost does not hold them up.
        let scattered = |part: usize, spec: &RunSpec| {
            Some(if part == 1 { 10.0 + 2.0 * draw::uniform(7, spec.repetition.into()) } else { 10.0 })
        };
        let until = || pair(3, until(PrecisionOf::Ratio), 1);
        let all = walk_pair(&until(), scattered).len();
        assert!(all > 6 * 9 && all < 900, "{all}");
        let without = walk_pair(&until(), |part, spec| scattered(part, spec).filter(|_| part != 1));
        assert_eq!(without.len(), 6 * 6 + 3);
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
