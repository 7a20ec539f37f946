//! What the browser offers to tasks and crews.

use std::cell::Cell;
use std::rc::Rc;

use futures::channel::oneshot;
use futures::future::{FutureExt, Shared};
use parlab_shared::host::Host;
use parlab_shared::measure::{Board, Station};

use super::clock::Clock;
use super::team::post_snapshot;

/// How often a board that cannot be shared is copied to the page, in milliseconds.
const SNAPSHOT_EVERY_MS: f64 = 50.0;

/// Where a worker in the browser stands. The board lives as long as the worker's memory.
#[derive(Clone, Copy, Debug)]
pub struct BrowserHost {
    /// The clock that all workers of the run agree on.
    pub clock: Clock,
    /// The board of the run.
    pub board: &'static Board,
}

impl Host for BrowserHost {
    fn now_ms(&self) -> f64 {
        self.clock.now_ms()
    }

    fn cancelled(&self) -> bool {
        self.board.cancelled()
    }
}

/// Where a crew's own thread stands: it hears when the run is cancelled, and shows its board to the page.
#[derive(Clone, Debug)]
pub struct TeamStation {
    /// The host of its tasks.
    pub host: BrowserHost,
    /// Resolves when the run is cancelled.
    pub cancelled: Signal,
    /// When the board was last copied to the page; `None` if the page shares it.
    pub copied_ms: Option<Rc<Cell<f64>>>,
}

impl Host for TeamStation {
    fn now_ms(&self) -> f64 {
        self.host.now_ms()
    }

    fn cancelled(&self) -> bool {
        self.host.cancelled()
    }
}

impl Station for TeamStation {
    fn board(&self) -> &Board {
        self.host.board
    }

    async fn until_cancelled(&self) {
        self.cancelled.raised().await;
    }

    fn task_ended(&self) {
        if let Some(copied_ms) = &self.copied_ms {
            let now_ms = self.now_ms();
            if now_ms - copied_ms.get() > SNAPSHOT_EVERY_MS {
                copied_ms.set(now_ms);
                post_snapshot(self.host.board);
            }
        }
    }
}

/// Lets tasks of other workers than the crew's own thread use the host alone.
impl Station for BrowserHost {
    fn board(&self) -> &Board {
        self.board
    }

    async fn until_cancelled(&self) {
        std::future::pending().await
    }
}

/// Something that happens once and that any number of futures can wait for.
#[derive(Clone, Debug)]
pub struct Signal(Shared<oneshot::Receiver<()>>);

impl Signal {
    /// A signal, and what raises it.
    pub fn new() -> (oneshot::Sender<()>, Self) {
        let (raise, raised) = oneshot::channel();
        (raise, Self(raised.shared()))
    }

    /// Returns when the signal is raised; never, if whoever could raise it is gone.
    pub async fn raised(&self) {
        if self.0.clone().await.is_err() {
            std::future::pending().await
        }
    }
}
