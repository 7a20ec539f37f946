//! The executor: what carries a run out on a platform.

use super::probe;
use crate::run::{Execution, RunSpec};

/// What carries runs out: natively, in Python, in the browser, at the other end of a socket, and, in tests, a mock that
/// knows no time. A pair has one for each of its parts.
#[expect(async_fn_in_trait, reason = "a plan is carried out on one thread; its futures need not be Send")]
pub trait Executor {
    /// Makes the workers, hands the tasks over, ends the workers. A failure becomes failed spans:
    /// a run that could not be set up has one for its first task.
    async fn execute(&mut self, run: &RunSpec) -> Execution;

    /// Whether the user asked for the plan to stop.
    fn cancelled(&self) -> bool;

    /// Why it carries nothing more out, if it does not: what it ran on is lost for good. The rows that are left fail for that
    /// reason, and other parts of a pair go on.
    fn gone(&self) -> Option<&str> {
        None
    }

    /// How long [`probe`] takes now where the runs take place, in milliseconds; `None` if nobody is there who tells.
    async fn probe_ms(&mut self) -> Option<f64> {
        let began_ms = self.now_ms();
        std::hint::black_box(probe());
        Some(self.now_ms() - began_ms)
    }

    /// For how long the machine has slept, in milliseconds since any moment, as far as the platform tells: only differences
    /// mean something.
    fn asleep_ms(&self) -> f64 {
        0.0
    }

    /// Milliseconds on the clock of [`Execution::began_ms`]. Clocks of a pair's executors run alike, from any beginning.
    fn now_ms(&self) -> f64;
}
