//! The protocol: carries a plan out. It decides the order and when to stop; it knows no clock and prints nothing.

use super::{Executor, PairPlan, Schedule, failed};
use crate::run::{Execution, Run, RunSpec};
use crate::span::{ErrorKind, TaskError};
use crate::strategy::{Mechanism, Platform};

/// For less than this nobody sleeps: two clocks that tell of it together are not read at the same time.
const ASLEEP_MIN_MS: f64 = 1000.0;

/// What happens while a plan is carried out.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "there is one at a time, and whoever is told takes the run out of it")]
pub enum Event<'a> {
    /// A run is about to begin.
    RunStarted {
        /// Its place in the plan, from 0.
        index: usize,
        /// How many runs there are at least, as far as is known now.
        of: usize,
        /// The place of the part that carries it out; 0 where there is one.
        part: usize,
        /// Which run of the plan it is.
        spec: &'a RunSpec,
    },
    /// A run is over. Whoever wants to keep what was measured keeps it now: nobody else does.
    RunFinished {
        /// The place of the part that carried it out.
        part: usize,
        /// What was measured.
        run: Run,
        /// No run is still to come that is compared with this one pass by pass: what takes time is better done now.
        pass_is_over: bool,
    },
}

/// Carries the plan out, run by run, until its end, until an executor was cancelled, or until all are gone. There is an
/// executor for each of the plan's parts, in their order, and one of them works at a time.
///
/// Before each run a fixed piece of computing is timed where it takes place: what that takes tells a machine that is busy,
/// or slows down, from work that is slow.
///
/// # Panics
/// There is a part without an executor.
pub async fn carry_out<E: Executor>(plan: &PairPlan, executors: &mut [E], mut on_event: impl FnMut(Event<'_>)) {
    let mut schedule = Schedule::new(plan);
    // Each has a clock of its own: what is compared are times since the plan began.
    let zeros_ms: Vec<f64> = executors.iter().map(Executor::now_ms).collect();
    let mut index = 0;
    while !executors.iter().any(Executor::cancelled)
        && executors.iter().any(|executor| executor.gone().is_none())
        && let Some((part, spec)) = schedule.next(executors[0].now_ms() - zeros_ms[0])
    {
        on_event(Event::RunStarted { index, of: schedule.runs_at_least(), part, spec: &spec });
        let (executor, zero_ms) = (&mut executors[part], zeros_ms[part]);
        let run = if let Some(reason) = executor.gone() {
            schedule.lose();
            lost(spec, plan.parts[part].platform, reason, executor.now_ms() - zero_ms)
        } else {
            let probe_ms = executor.probe_ms().await;
            let slept_before_ms = executor.asleep_ms();
            let execution = executor.execute(&spec).await;
            let asleep_ms = Some(executor.asleep_ms() - slept_before_ms).filter(|ms| *ms > ASLEEP_MIN_MS);
            Run { probe_ms, asleep_ms, ..Run::new(spec, execution, zero_ms, executor.cancelled()) }
        };
        schedule.ended(&run);
        on_event(Event::RunFinished { part, run, pass_is_over: schedule.pass_is_over() });
        index += 1;
    }
}

/// The run of an executor that is gone, `started_ms` after the plan began: its first task failed.
fn lost(spec: RunSpec, platform: Platform, reason: &str, started_ms: f64) -> Run {
    let mechanism = spec.row.mechanism(platform).unwrap_or(Mechanism::OneThread);
    let span = failed(0, 0, [0.0; 3], TaskError::new(ErrorKind::Setup, reason)).span;
    let execution =
        Execution { mechanism, began_ms: started_ms, setup_ms: 0.0, wall_ms: 0.0, costs: None, spans: vec![span] };
    Run::new(spec, execution, 0.0, false)
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::BTreeSet;

    use futures::FutureExt;
    use proptest::prelude::{prop_assert, prop_assert_eq, proptest};

    use super::*;
    use crate::measure::pair::parts;
    use crate::measure::{Plan, Stage};
    use crate::row::Row;
    use crate::scale::Scale;
    use crate::span::Span;
    use crate::strategy::{Dispatch, Strategy};
    use crate::way::Way;
    use crate::workload::{Count, Workload};

    /// Knows no time: run k begins at 100 k and takes 10 ms.
    struct Mock {
        executed: Vec<(u32, Strategy, bool)>,
        cancel_after: usize,
        /// During which run the machine sleeps for five minutes, from 1.
        asleep_in: usize,
    }

    impl Executor for Mock {
        async fn execute(&mut self, run: &RunSpec) -> Execution {
            self.executed.push((run.repetition, run.row.strategy, run.warmup));
            let began_ms = 100.0 * self.executed.len() as f64;
            Execution {
                mechanism: Mechanism::OneThread,
                began_ms,
                setup_ms: 1.0,
                wall_ms: 10.0,
                costs: None,
                spans: vec![],
            }
        }

        fn cancelled(&self) -> bool {
            self.executed.len() >= self.cancel_after
        }

        async fn probe_ms(&mut self) -> Option<f64> {
            Some(5.0)
        }

        fn asleep_ms(&self) -> f64 {
            // The clocks are never read at the same time.
            0.3 * self.executed.len() as f64 + if self.executed.len() >= self.asleep_in { 300_000.0 } else { 0.0 }
        }

        fn now_ms(&self) -> f64 {
            50.0
        }
    }

    fn plan() -> Plan {
        let row = |strategy| Row {
            experiment: None,
            workload: Workload::Count(Count { tasks: 1, n: 1 }),
            strategy,
            workers: 1,
            dispatch: Dispatch::Pool,
            way: Way::default(),
            swept: vec![],
        };
        Plan {
            scale: Scale::Smoke,
            seed: 0,
            stages: vec![Stage {
                rows: vec![row(Strategy::Sequential), row(Strategy::Threads)],
                warmup: 1,
                stable: None,
                runs: 2,
                until: None,
            }],
            left_out: vec![],
            target: None,
            timeout_ms: 1000,
            task_limit_ms: 300_000,
        }
    }

    /// What was executed, the runs, and how many runs there were after each pass.
    fn carry(cancel_after: usize, asleep_in: usize) -> (Mock, Vec<Run>, Vec<usize>) {
        let mut mock = Mock { executed: vec![], cancel_after, asleep_in };
        let (mut runs, mut passes) = (Vec::new(), Vec::new());
        let on_event = |event: Event<'_>| {
            if let Event::RunFinished { run, pass_is_over, .. } = event {
                runs.push(run);
                passes.extend(pass_is_over.then_some(runs.len()));
            }
        };
        let plan = PairPlan::alone(plan(), Platform::Native);
        futures::executor::block_on(carry_out(&plan, std::slice::from_mut(&mut mock), on_event));
        (mock, runs, passes)
    }

    #[test]
    fn rows_take_turns_and_warm_ups_come_first() {
        let (mut mock, runs, passes) = carry(usize::MAX, usize::MAX);
        assert_eq!(passes, [2, 4, 6]);
        // In which order a pass takes the rows is the schedule's affair.
        mock.executed.chunks_mut(2).for_each(|pass| pass.sort());
        use Strategy::{Sequential, Threads};
        assert_eq!(
            mock.executed,
            [
                (0, Sequential, true),
                (0, Threads, true),
                (0, Sequential, false),
                (0, Threads, false),
                (1, Sequential, false),
                (1, Threads, false),
            ]
        );
        let times: Vec<_> = runs.iter().map(|run| (run.started_ms, run.wall_ms)).collect();
        assert_eq!(times[..2], [(50.0, 10.0), (150.0, 10.0)]);
        assert!(runs.iter().all(|run| !run.cancelled && run.probe_ms == Some(5.0)));
    }

    #[test]
    fn what_ran_before_a_cancel_is_kept() {
        let (_, runs, _) = carry(3, usize::MAX);
        assert_eq!(runs.len(), 3);
        assert_eq!(runs.iter().map(|run| run.cancelled).collect::<Vec<_>>(), [false, false, true]);
    }

    #[test]
    fn a_run_during_which_the_machine_slept_does_not_count() {
        let (_, runs, _) = carry(usize::MAX, 4);
        let counts: Vec<bool> = runs.iter().map(|run| run.asleep_ms.is_none()).collect();
        assert_eq!(counts, [true, true, true, false, true, true]);
        assert!((runs[3].asleep_ms.unwrap_or_default() - 300_000.3).abs() < 1e-6 && !runs[3].is_measured());
    }

    /// What begins and ends, with the place of the part.
    type Log = Vec<(usize, &'static str)>;

    /// One of several that share a log.
    struct Part<'a> {
        name: usize,
        log: &'a RefCell<Log>,
        /// After so many runs it is gone.
        runs: usize,
    }

    impl Executor for Part<'_> {
        async fn execute(&mut self, run: &RunSpec) -> Execution {
            self.log.borrow_mut().push((self.name, "run"));
            futures::pending!();
            self.log.borrow_mut().push((self.name, "over"));
            self.runs = self.runs.saturating_sub(1);
            let span = Span { error: None, ..failed(0, 0, [0.0; 3], TaskError::cancelled()).span };
            let (began_ms, mechanism) = (1000.0 * self.name as f64, Mechanism::OneThread);
            assert_eq!(run.seed, 0);
            Execution { mechanism, began_ms, setup_ms: 0.0, wall_ms: 10.0, costs: None, spans: vec![span] }
        }

        fn cancelled(&self) -> bool {
            false
        }

        fn gone(&self) -> Option<&str> {
            (self.runs == 0).then_some("the browser was closed")
        }

        async fn probe_ms(&mut self) -> Option<f64> {
            self.log.borrow_mut().push((self.name, "probe"));
            futures::pending!();
            Some(5.0)
        }

        fn now_ms(&self) -> f64 {
            1000.0 * self.name as f64
        }
    }

    /// Carries a pair out whose parts are gone after so many runs: the log, and the runs with the part of each.
    fn carry_pair(runs_of: [usize; 2]) -> (Log, Vec<(usize, Run)>) {
        let log = RefCell::new(Vec::new());
        let parts = parts(&[Platform::Native, Platform::Firefox]);
        let plan = PairPlan { parts, plan: plan(), sizes_of: None };
        let mut executors = [0, 1].map(|name| Part { name, log: &log, runs: runs_of[name] });
        let mut runs = Vec::new();
        let on_event = |event: Event<'_>| {
            if let Event::RunFinished { part, run, .. } = event {
                runs.push((part, run));
            }
        };
        {
            // Nobody wakes it: it is asked again and again.
            let mut carried = std::pin::pin!(carry_out(&plan, &mut executors, on_event));
            while carried.as_mut().now_or_never().is_none() {}
        }
        (log.take(), runs)
    }

    #[test]
    fn one_part_works_at_a_time() {
        let (log, runs) = carry_pair([usize::MAX; 2]);
        for turn in log.chunks(3) {
            let part = turn[0].0;
            assert_eq!(turn, [(part, "probe"), (part, "run"), (part, "over")]);
        }
        assert_eq!((log.len(), runs.len()), (3 * 12, 12));
        // Their clocks begin where they like.
        assert!(runs.iter().all(|(_, run)| run.started_ms == 0.0 && run.probe_ms == Some(5.0)));
    }

    #[test]
    fn a_part_that_is_gone_fails_its_rows_and_the_others_go_on() {
        let (log, runs) = carry_pair([usize::MAX, 3]);
        let of = |place: usize| runs.iter().filter(move |(part, _)| *part == place).map(|(_, run)| run);
        assert_eq!((of(0).count(), of(0).map(Run::failed).sum::<usize>()), (6, 0));
        let failures: Vec<&Run> = of(1).filter(|run| run.failed() > 0).collect();
        assert_eq!((of(1).count(), failures.len(), log.len()), (3 + 2, 2, 3 * 9));
        for run in failures {
            let error = run.spans[0].error.as_ref().expect("a reason");
            assert_eq!((error.kind, error.message.as_str()), (ErrorKind::Setup, "the browser was closed"));
            assert!(!run.is_measured() && !run.warmup && !run.cancelled);
        }
    }

    #[test]
    fn without_anybody_left_the_plan_is_over() {
        let (log, runs) = carry_pair([2, 1]);
        assert!(runs.len() <= 4 && log.len() == 3 * 3, "{log:?}");
    }

    proptest! {
        /// Wherever a plan is stopped: what was begun is over, once, and nothing begins after that.
        #[test]
        fn what_begins_ends_and_nothing_follows_a_cancel(cancel_after in 0_usize..9, asleep_in in 1_usize..9) {
            let mut mock = Mock { executed: vec![], cancel_after, asleep_in };
            let (mut begun, mut over, mut passes) = (Vec::new(), Vec::new(), 0);
            let on_event = |event: Event<'_>| match event {
                Event::RunStarted { index, of, spec, .. } => begun.push((index, of, spec.clone())),
                Event::RunFinished { run, pass_is_over, .. } => {
                    over.push(run);
                    passes += usize::from(pass_is_over);
                }
            };
            let plan = PairPlan::alone(plan(), Platform::Native);
            futures::executor::block_on(carry_out(&plan, std::slice::from_mut(&mut mock), on_event));
            let runs = cancel_after.min(plan.runs());
            prop_assert_eq!((begun.len(), over.len(), passes), (runs, runs, runs / 2));
            for (place, ((index, of, spec), run)) in begun.iter().zip(&over).enumerate() {
                prop_assert_eq!((*index, *of), (place, plan.runs()));
                prop_assert_eq!((&spec.row, spec.repetition, spec.warmup), (&run.row, run.repetition, run.warmup));
                prop_assert_eq!((run.cancelled, run.asleep_ms.is_some()), (place + 1 == cancel_after, place + 1 == asleep_in));
            }
        }

        /// Whenever parts of a pair are lost: the others measure all that they would have, one works at a time, and each row
        /// of a lost one is either measured or known to have failed.
        #[test]
        fn what_is_lost_costs_its_own_runs_only(native in 0_usize..8, browser in 0_usize..8) {
            let (log, runs) = carry_pair([native, browser]);
            for turn in log.chunks(3) {
                let part = turn[0].0;
                prop_assert_eq!(turn, [(part, "probe"), (part, "run"), (part, "over")]);
            }
            for (place, lasts) in [native, browser].into_iter().enumerate() {
                let of: Vec<&Run> = runs.iter().filter(|(part, _)| *part == place).map(|(_, run)| run).collect();
                let done = of.iter().filter(|run| run.failed() == 0).count();
                prop_assert!(done <= lasts.min(6));
                // Two passes of two rows, and a warm-up of each before them. With nobody left, it is over.
                if [native, browser].iter().any(|lasts| *lasts >= 6) {
                    prop_assert_eq!(done, lasts.min(6));
                    // The first that fails tells that the part is lost, and may be a warm-up.
                    let failed = of.iter().filter(|run| run.failed() > 0 && !run.warmup);
                    let rows: BTreeSet<_> = failed.clone().map(|run| run.row.strategy).collect();
                    prop_assert_eq!(failed.count(), rows.len(), "a row is told of once");
                    prop_assert!(of.iter().filter(|run| run.failed() > 0 && run.warmup).count() <= 1);
                    prop_assert!(of.iter().all(|run| run.failed() == 0 || !run.is_measured()));
                }
            }
        }
    }
}
