//! What the native platform offers to tasks and crews.

use std::sync::Arc;
use std::time::Duration;

use parlab_shared::host::Host;
use parlab_shared::measure::{Board, Station};

use crate::clock::Clock;

/// How often who waits for something else looks whether the run was cancelled.
const CANCEL_CHECK: Duration = Duration::from_millis(50);

/// Where a native worker stands.
#[derive(Clone, Debug)]
pub struct NativeHost {
    /// The clock that all workers of the run agree on.
    pub clock: Clock,
    /// The board of the run.
    pub board: Arc<Board>,
}

impl Host for NativeHost {
    fn now_ms(&self) -> f64 {
        self.clock.now_ms()
    }

    fn cancelled(&self) -> bool {
        self.board.cancelled()
    }
}

impl Station for NativeHost {
    fn board(&self) -> &Board {
        &self.board
    }

    async fn until_cancelled(&self) {
        while !self.cancelled() {
            tokio::time::sleep(CANCEL_CHECK).await;
        }
    }
}
