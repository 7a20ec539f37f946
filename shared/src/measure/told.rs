//! What is told of runs to whoever watches a plan from elsewhere: the page, by its lab or by the server that conducts.

use serde::{Deserialize, Serialize};

/// A run is about to begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunStarted {
    /// Its place in the plan, from 0.
    pub index: usize,
    /// How many runs there are at least, as far as is known now.
    pub of: usize,
    /// The place of the part that carries it out; 0 where there is one.
    pub part: usize,
    /// The place of its row in the plan.
    pub row: usize,
    /// It is not measured.
    pub warmup: bool,
    /// Which pass over the row it is, from 0; warm-up runs count for themselves.
    pub repetition: u32,
}

/// A run is over.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunFinished {
    /// The place of the part that carried it out; 0 where there is one.
    pub part: usize,
    /// The place of its row in the plan.
    pub row: usize,
    /// It is not measured.
    pub warmup: bool,
    /// What it took, in milliseconds.
    pub wall_ms: f64,
    /// How many tasks left something.
    pub tasks: usize,
    /// How many of its tasks failed.
    pub failed: usize,
    /// No run is still to come that is compared with this one pass by pass: what takes time is better done now.
    pub pass_is_over: bool,
}
