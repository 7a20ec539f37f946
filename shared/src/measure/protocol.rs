//! The protocol: carries a plan out. It decides the order and when to stop; it knows no clock and prints nothing.

use super::{Executor, Plan, Schedule};
use crate::run::{Run, RunSpec};

/// What happens while a plan is carried out.
#[derive(Debug)]
pub enum Event<'a> {
    /// A run is about to begin.
    RunStarted {
        /// Its place in the plan, from 0.
        index: usize,
        /// How many runs there are at least, as far as is known now.
        of: usize,
        /// Which run of the plan it is.
        spec: &'a RunSpec,
    },
    /// A run is over. Whoever wants to keep what was measured keeps it now: nobody else does.
    RunFinished {
        /// What was measured.
        run: Run,
        /// No run is still to come that is compared with this one pass by pass: what takes time is better done now.
        pass_is_over: bool,
    },
}

/// Carries the plan out, run by run, until its end or until the executor was cancelled.
///
/// Before each run a fixed piece of computing is timed, on the machine's own terms: what that takes tells a machine that
/// is busy, or slows down, from work that is slow.
pub async fn carry_out<E: Executor>(plan: &Plan, executor: &mut E, mut on_event: impl FnMut(Event<'_>)) {
    let mut schedule = Schedule::new(plan);
    let zero_ms = executor.now_ms();
    let mut index = 0;
    while !executor.cancelled()
        && let Some(spec) = schedule.next(executor.now_ms())
    {
        on_event(Event::RunStarted { index, of: schedule.runs_at_least(), spec: &spec });
        let probe_ms = executor.probe_ms();
        let execution = executor.execute(&spec).await;
        let run = Run { probe_ms: Some(probe_ms), ..Run::new(spec, execution, zero_ms, executor.cancelled()) };
        schedule.ended(&run);
        on_event(Event::RunFinished { run, pass_is_over: schedule.pass_is_over() });
        index += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Stage;
    use crate::row::Row;
    use crate::run::Execution;
    use crate::scale::Scale;
    use crate::strategy::{Dispatch, Mechanism, Strategy};
    use crate::way::Way;
    use crate::workload::{Count, Workload};

    /// Knows no time: run k begins at 100 k and takes 10 ms.
    struct Mock {
        executed: Vec<(u32, Strategy, bool)>,
        cancel_after: usize,
    }

    impl Executor for Mock {
        async fn execute(&mut self, run: &RunSpec) -> Execution {
            self.executed.push((run.repetition, run.row.strategy, run.warmup));
            let began_ms = 100.0 * self.executed.len() as f64;
            Execution { mechanism: Mechanism::OneThread, began_ms, setup_ms: 1.0, wall_ms: 10.0, spans: vec![] }
        }

        fn cancelled(&self) -> bool {
            self.executed.len() >= self.cancel_after
        }

        fn probe_ms(&mut self) -> f64 {
            5.0
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
        }
    }

    /// What was executed, the runs, and how many runs there were after each pass.
    fn carry(cancel_after: usize) -> (Mock, Vec<Run>, Vec<usize>) {
        let mut mock = Mock { executed: vec![], cancel_after };
        let (mut runs, mut passes) = (Vec::new(), Vec::new());
        let on_event = |event: Event<'_>| {
            if let Event::RunFinished { run, pass_is_over } = event {
                runs.push(run);
                passes.extend(pass_is_over.then_some(runs.len()));
            }
        };
        futures::executor::block_on(carry_out(&plan(), &mut mock, on_event));
        (mock, runs, passes)
    }

    #[test]
    fn rows_take_turns_and_warm_ups_come_first() {
        let (mut mock, runs, passes) = carry(usize::MAX);
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
        let (_, runs, _) = carry(3);
        assert_eq!(runs.len(), 3);
        assert_eq!(runs.iter().map(|run| run.cancelled).collect::<Vec<_>>(), [false, false, true]);
    }
}
