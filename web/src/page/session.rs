//! The session: the page's side of the conversation with the lab. It starts the lab, hands it a plan, passes what comes
//! back on to the analyst, which records it, and ends the recording, also when the lab hangs or dies.
//!
//! [`machine`] decides and [`job`] counts, without clock, timer or worker; `shell` has these and carries out what was
//! decided.

mod conduct;
mod effects;
mod job;
mod machine;
#[cfg(target_arch = "wasm32")]
mod screen;
#[cfg(target_arch = "wasm32")]
mod shell;

use std::rc::Rc;

use crate::questions::Ending;
use crate::views::{Card, PlanView};
use parlab_shared::measure::{RunFinished, RunStarted};

#[cfg(target_arch = "wasm32")]
pub use shell::{Session, service};

/// What happens in a session.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The lab is being started.
    Starting,
    /// The lab is there: its environment as JSON.
    Ready(Rc<str>),
    /// There is no lab, for this reason.
    Absent(String),
    /// A plan begins.
    Started(Rc<PlanView>),
    /// A plan begins that the server conducts, with what its parts are called.
    Conducted(Rc<PlanView>, Vec<String>),
    /// A run begins.
    RunStarted(RunStarted),
    /// A run is over.
    RunFinished(RunFinished),
    /// The user asked to stop.
    Cancelling,
    /// The lab carries runs out for somebody else.
    Serving,
    /// It does so no more: all is done, or this is wrong.
    Served(Result<(), String>),
    /// The plan is over.
    Finished(Ending),
    /// The plan is over, and what was measured is recorded.
    Recorded(Recorded),
    /// What to know of other tabs, or nothing any more.
    Tabs(Option<String>),
    /// Something is worth saying.
    Noticed(String),
}

/// What became of a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    /// Its report; nothing, if no run was over.
    pub card: Option<Card>,
    /// It has a measured run.
    pub is_measured: bool,
    /// It was stopped before its end.
    pub cancelled: bool,
    /// What went wrong: why it ended early, if it was not the user; why it is not kept, if it is not.
    pub problems: Vec<String>,
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

/// How much time has gone, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Gone {
    /// From the beginning of the first run to the end of the last one that is over.
    pub spent_ms: f64,
    /// Since then; since the beginning of the first run, as long as none is over.
    pub since_ms: f64,
}
