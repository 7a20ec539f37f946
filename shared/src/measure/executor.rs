//! The executor: what carries a run out on a platform.

use serde::{Deserialize, Serialize};

use super::{RunSpec, probe};
use crate::report::Span;
use crate::strategy::Mechanism;

/// What carries runs out. Native, browser and, in tests, a mock that knows no time.
#[expect(async_fn_in_trait, reason = "a plan is carried out on one thread; its futures need not be Send")]
pub trait Executor {
    /// Makes the workers, hands the tasks over, ends the workers. A failure becomes failed spans:
    /// a run that could not be set up has one for its first task.
    async fn execute(&mut self, run: &RunSpec) -> Execution;

    /// Whether the user asked for the plan to stop.
    fn cancelled(&self) -> bool;

    /// How long [`probe`] takes now, in milliseconds.
    fn probe_ms(&mut self) -> f64 {
        let began_ms = self.now_ms();
        std::hint::black_box(probe());
        self.now_ms() - began_ms
    }

    /// Milliseconds on the clock of [`Execution::began_ms`].
    fn now_ms(&self) -> f64;
}

/// What one run left behind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Execution {
    /// What carried it out.
    pub mechanism: Mechanism,
    /// When the first task was handed over, on the executor's clock.
    pub began_ms: f64,
    /// Time that it took to make the workers, before that.
    pub setup_ms: f64,
    /// From handing over the first task until the last result was back.
    pub wall_ms: f64,
    /// One for each task that was taken, by task; times since `began_ms`.
    pub spans: Vec<Span>,
}

impl Execution {
    /// Turns spans on the executor's clock into spans since the run began, in the order of tasks.
    pub fn rebase(&mut self) {
        for span in &mut self.spans {
            span.queued_ms -= self.began_ms;
            span.start_ms -= self.began_ms;
            span.end_ms -= self.began_ms;
        }
        self.spans.sort_by_key(|span| span.task);
    }
}
