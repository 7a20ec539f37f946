//! Whoever looks, now and then, whether a task of the run takes longer than it may, and then stops the run.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use parlab_shared::measure::{Begun, Board};

use crate::clock::Clock;

/// So often is looked within the time that a task may take: rarely, because it takes time from what is measured.
const LOOKS: u64 = 4;

/// Looks at a run's board from a thread of its own.
#[derive(Debug)]
pub struct Watcher {
    too_long: Arc<Mutex<Vec<Begun>>>,
    /// Without it the thread ends.
    end: mpsc::Sender<()>,
    thread: JoinHandle<()>,
}

impl Watcher {
    /// Looks at a board, on which times are of a clock, until the watch is ended.
    ///
    /// # Errors
    /// There is no thread to spare.
    pub fn start(board: Arc<Board>, clock: Clock, limit_ms: u64) -> std::io::Result<Self> {
        let (end, ended) = mpsc::channel::<()>();
        let too_long = Arc::<Mutex<Vec<Begun>>>::default();
        let found = Arc::clone(&too_long);
        let look = move || {
            while ended.recv_timeout(Duration::from_millis(limit_ms.div_ceil(LOOKS))) == Err(RecvTimeoutError::Timeout)
            {
                let tasks = board.begun_before(clock.now_ms() - limit_ms as f64);
                if !tasks.is_empty() && !board.cancelled() {
                    *found.lock().unwrap_or_else(PoisonError::into_inner) = tasks;
                    board.cancel();
                    return;
                }
            }
        };
        let thread = std::thread::Builder::new().name("watch".to_owned()).spawn(look)?;
        Ok(Self { too_long, end, thread })
    }

    /// Ends it, and returns the tasks that the run was stopped for.
    pub fn end(self) -> Vec<Begun> {
        let Self { too_long, end, thread } = self;
        drop(end);
        // It cannot panic, and ends at once.
        _ = thread.join();
        std::mem::take(&mut *too_long.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
