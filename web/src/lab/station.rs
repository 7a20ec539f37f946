//! Where crews stand: a host whose tasks hear when the run is cancelled.

use std::cell::Cell;
use std::pin::pin;
use std::rc::Rc;

use futures::future::{Either, select};
use parlab_shared::costs::Costs;
use parlab_shared::dictionary::Dictionary;
use parlab_shared::host::{Host, HttpRequest, HttpResponse, TakeChunk};
use parlab_shared::measure::{Board, Station};
use parlab_shared::screen::{Drawing, Drawn};
use parlab_shared::span::TaskError;

use super::from_team::post_snapshot;
use super::host::BrowserHost;
use super::open_file::OpenFile;
use super::screen;
use super::signal::Signal;

/// How often a board that cannot be shared is copied to the page, in milliseconds,
const SNAPSHOT_EVERY_MS: f64 = 50.0;
/// and for how many of its bytes that is a millisecond more: a board of very many tasks takes a while to copy.
const BYTES_PER_MS: f64 = 100_000.0;

/// Where a thread with an event loop stands: it hears when the run is cancelled. A crew's own thread also shows its
/// board to the page.
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
    type File = OpenFile;

    fn now_ms(&self) -> f64 {
        self.host.now_ms()
    }

    fn cancelled(&self) -> bool {
        self.host.cancelled()
    }

    fn blocking<T>(&self, call: impl FnOnce() -> T) -> T {
        self.host.blocking(call)
    }

    fn worker(&self) -> u32 {
        self.host.worker
    }

    fn dictionary(&self) -> &Dictionary {
        self.host.dictionary
    }

    async fn sleep_ms(&self, duration_ms: f64) {
        // Whoever was woken too early asks whether the run was cancelled.
        _ = self.or_cancelled(self.host.sleep_ms(duration_ms)).await;
    }

    async fn http(&self, what: &HttpRequest, take: TakeChunk<'_>) -> Result<HttpResponse, TaskError> {
        self.or_cancelled(self.host.http(what, take)).await?
    }

    async fn draw(&self, drawing: Drawing, meanwhile: impl FnOnce()) -> Result<Drawn, TaskError> {
        self.or_cancelled(screen::draw(drawing, meanwhile)).await?
    }

    async fn create_file(&self, name: &str) -> Result<OpenFile, TaskError> {
        self.or_cancelled(self.host.create_file(name)).await?
    }
}

impl TeamStation {
    /// Waits for something, but not longer than until the run is cancelled.
    async fn or_cancelled<T>(&self, something: impl Future<Output = T>) -> Result<T, TaskError> {
        match select(pin!(something), pin!(self.cancelled.raised())).await {
            Either::Left((result, _)) => Ok(result),
            Either::Right(_) => Err(TaskError::cancelled()),
        }
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
            let (_, bytes) = self.host.board.location();
            if now_ms - copied_ms.get() > SNAPSHOT_EVERY_MS + bytes as f64 / BYTES_PER_MS {
                copied_ms.set(now_ms);
                post_snapshot(self.host.board);
            }
        }
    }

    fn take_costs(&self) -> Costs {
        self.host.take_costs()
    }
}
