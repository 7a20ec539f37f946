//! The feed: what can be seen of the run that is going on. The session fills it, whoever shows
//! something looks into it when it likes.

use std::cell::RefCell;

use parlab_shared::measure::{Execution, RunSpec, Snapshot, TaskState};
use parlab_shared::report::Run;
use parlab_shared::strategy::{self, Platform};

use super::browser;
use crate::messages::{BoardView, RunStarted};

/// What can be seen of the run that is going on.
#[derive(Debug, Default)]
pub struct Feed {
    current: RefCell<Option<Current>>,
    last: RefCell<Option<Look>>,
}

#[derive(Debug)]
struct Current {
    begins: RunStarted,
    began_ms: f64,
    source: Source,
}

/// Where the board is.
#[derive(Debug)]
enum Source {
    /// Not known yet, or no longer.
    Nowhere,
    /// In memory that the page shares with the lab.
    Shared(BoardView),
    /// Copied by the lab, some time ago.
    Copied(Vec<u8>),
}

/// One look at a run.
#[derive(Clone, Debug)]
pub struct Look {
    /// The run.
    pub begins: RunStarted,
    /// When the page heard of it, in milliseconds since the page was opened.
    pub began_ms: f64,
    /// What its board said.
    pub snapshot: Snapshot,
}

impl Feed {
    /// A run begins.
    pub fn begins(&self, begins: RunStarted) {
        let current = Current { begins, began_ms: browser::now_ms(), source: Source::Nowhere };
        self.current.replace(Some(current));
    }

    /// Its board is in shared memory.
    pub fn board(&self, view: BoardView) {
        self.source(Source::Shared(view));
    }

    /// A copy of its board.
    pub fn copied(&self, bytes: Vec<u8>) {
        self.source(Source::Copied(bytes));
    }

    fn source(&self, source: Source) {
        if let Some(current) = &mut *self.current.borrow_mut() {
            current.source = source;
        }
    }

    /// The run is over. Its last picture is kept, if its board is still whole: the lab may have
    /// given the memory to the next run by now.
    pub fn ended(&self) {
        let whole = |look: &Look| {
            let snapshot = &look.snapshot;
            snapshot.side > 0 && look.fits() && snapshot.finished as usize == snapshot.slots.len()
        };
        self.last.replace(self.look().filter(whole));
        self.source(Source::Nowhere);
    }

    /// Nothing is going on any more.
    pub fn clear(&self) {
        self.current.replace(None);
    }

    /// The run that is going on, and when the page heard of it.
    pub fn current(&self) -> Option<(RunStarted, f64)> {
        self.current.borrow().as_ref().map(|current| (current.begins.clone(), current.began_ms))
    }

    /// Looks at the run that is going on.
    pub fn look(&self) -> Option<Look> {
        let current = self.current.borrow();
        let Current { begins, began_ms, source } = current.as_ref()?;
        let snapshot = match source {
            Source::Nowhere => return None,
            Source::Shared(view) => Snapshot::decode(&view.bytes()),
            Source::Copied(bytes) => Snapshot::decode(bytes),
        }?;
        Some(Look { begins: begins.clone(), began_ms: *began_ms, snapshot })
    }

    /// The last look at a run that ended and drew a picture, once.
    pub fn take_last(&self) -> Option<Look> {
        self.last.take()
    }
}

impl Look {
    /// The run.
    pub fn spec(&self) -> &RunSpec {
        &self.begins.spec
    }

    /// When the first task could be taken, on the clock of the board.
    pub fn base_ms(&self) -> Option<f64> {
        let taken = self.snapshot.slots.iter().filter(|slot| slot.state != TaskState::Waiting);
        taken.map(|slot| slot.queued_ms).min_by(f64::total_cmp)
    }

    /// What can be kept of the run, if its lab is gone for this reason; `None` if no task of it was over. It began
    /// `started_ms` after its plan.
    pub fn salvaged(&self, reason: &str, started_ms: f64) -> Option<Run> {
        let spans = self.snapshot.spans(reason);
        if spans.is_empty() {
            return None;
        }
        let began_ms = self.base_ms()?;
        let wall_ms = spans.iter().map(|span| span.end_ms).fold(began_ms, f64::max) - began_ms;
        let row = &self.spec().row;
        let mechanism = strategy::mechanism(&row.workload, row.strategy, row.dispatch, Platform::Browser).ok()?;
        let mut execution = Execution { mechanism, began_ms, setup_ms: 0.0, wall_ms, spans };
        execution.rebase();
        Some(Run::new(self.spec().clone(), execution, began_ms - started_ms, true))
    }

    /// Whether the board is this run's.
    fn fits(&self) -> bool {
        let workload = &self.spec().row.workload;
        self.snapshot.side == workload.picture_side().unwrap_or(0)
            && self.snapshot.slots.len() == workload.tasks() as usize
    }
}
