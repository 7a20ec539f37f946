//! The session: the page's side of the conversation with the lab. It starts the lab, hands it a
//! plan, collects what comes back and makes the report of it, also when the lab hangs or dies.
//!
//! [`machine`] decides and [`job`] collects, without clock, timer or worker; `shell` has these and carries out what was
//! decided.

mod job;
mod machine;
#[cfg(target_arch = "wasm32")]
mod shell;

use std::rc::Rc;

use parlab_shared::measure::Plan;
use parlab_shared::report::{Environment, Report};
use parlab_shared::row::Row;

use crate::messages::RunStarted;

#[cfg(target_arch = "wasm32")]
pub use shell::{End, Session};

/// What happens in a session.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The lab is being started.
    Starting,
    /// The lab is there.
    Ready(Rc<Environment>),
    /// There is no lab, for this reason.
    Absent(String),
    /// A plan was handed over.
    Started(Rc<Plan>),
    /// A run begins.
    RunStarted(RunStarted),
    /// A run is over.
    RunFinished(RunSummary),
    /// The user asked to stop.
    Cancelling,
    /// The lab carries runs out for somebody else.
    Serving,
    /// It does so no more: all is done, or this is wrong.
    Served(Result<(), String>),
    /// The plan is over.
    Finished {
        /// The report of all that was measured.
        report: Rc<Report>,
        /// What ended it early, if it was not the user.
        problem: Option<String>,
    },
}

/// What the page keeps of a run while the plan goes on.
#[derive(Clone, Debug, PartialEq)]
pub struct RunSummary {
    /// Its row.
    pub row: Row,
    /// Not part of the measurement.
    pub warmup: bool,
    /// Its wall time in milliseconds.
    pub wall_ms: f64,
    /// Tasks that failed.
    pub failed: usize,
}

/// How far a plan is, for listeners outside the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The run's place in the plan, from 0.
    pub run: usize,
    /// How many runs the plan has.
    pub of: usize,
    /// Tasks of the run that are over.
    pub finished: usize,
    /// Tasks of the run.
    pub tasks: usize,
}
