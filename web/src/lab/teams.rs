//! The teams of a lab's runs: made for one run each, and ended some time after it.
//!
//! A worker that is being ended while whoever made it ends, too, is lost to Chromium (seen in version 156): it goes on, with its
//! memory, until the page is closed, and nobody can end it. Therefore a team that is over, which has ended its workers, waits
//! for a while before it is ended. It does nothing meanwhile, and ends between two runs.

use std::cell::RefCell;
use std::collections::VecDeque;

use super::clock::Clock;
#[cfg(feature = "threads")]
use super::memories::Memories;
use super::timer::sleep_ms;
use super::workers::WorkerHandle;
use crate::messages::{Role, TeamSpec};

/// How long a team waits that is over, in milliseconds: some times as long as workers take to end on a busy machine.
const WAIT_MS: f64 = 100.0;
/// How many may wait while the next run begins.
const WAITING_MAX: usize = 2;
/// How many workers a run may have beside teams that wait. What a browser bears is left to one that has more.
const WORKERS_BESIDE: u32 = 16;

/// Makes and ends teams.
pub struct Teams {
    clock: Clock,
    /// Those that are over, and since when.
    waiting: RefCell<VecDeque<(WorkerHandle, f64)>>,
    #[cfg(feature = "threads")]
    memories: Memories,
}

impl Teams {
    /// What a lab begins with.
    pub fn begin() -> Self {
        Self {
            clock: Clock::start(),
            waiting: RefCell::default(),
            #[cfg(feature = "threads")]
            memories: Memories::default(),
        }
    }

    /// Makes a team.
    ///
    /// # Errors
    /// Why the browser makes none.
    pub fn make(&self, spec: TeamSpec) -> Result<WorkerHandle, String> {
        let role = Role::Team(Box::new(spec));
        #[cfg(feature = "threads")]
        return WorkerHandle::start_over(self.memories.lend()?, role);
        #[cfg(not(feature = "threads"))]
        return WorkerHandle::start(role);
    }

    /// Takes a team whose run is over, and that has ended its workers.
    pub fn take(&self, team: WorkerHandle) {
        self.waiting.borrow_mut().push_back((team, self.clock.now_ms()));
    }

    /// Returns when there is room for a run with so many workers.
    pub async fn make_room_for(&self, workers: u32) {
        self.end_but(if workers > WORKERS_BESIDE { 0 } else { WAITING_MAX }).await;
    }

    /// Returns when all teams have been ended.
    pub async fn end_all(&self) {
        self.end_but(0).await;
    }

    /// Ends all that have waited long enough. Returns when so few are left.
    async fn end_but(&self, most: usize) {
        loop {
            let now_ms = self.clock.now_ms();
            let has_waited = |(_, since_ms): &mut (WorkerHandle, f64)| *since_ms + WAIT_MS <= now_ms;
            while self.waiting.borrow_mut().pop_front_if(has_waited).is_some() {}
            let left_ms = match self.waiting.borrow().front() {
                Some((_, since_ms)) if self.waiting.borrow().len() > most => since_ms + WAIT_MS - now_ms,
                _ => return,
            };
            sleep_ms(left_ms).await;
        }
    }
}
