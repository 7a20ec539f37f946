//! What the browser offers to tasks.

use std::cell::Cell;

use js_sys::{Array, Promise, Uint8Array};
use parlab_shared::costs::Costs;
use parlab_shared::dictionary::Dictionary;
use parlab_shared::host::{Host, HttpRequest, HttpResponse, TakeChunk};
use parlab_shared::measure::{Board, Station};
use parlab_shared::span::TaskError;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::ScopedClosure;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;
use web_sys::AbortController;

use super::clock::Clock;
use super::errors::task_error;
use super::memory;
use super::open_file::{self, OpenFile};
use super::timer::sleep_ms;

#[wasm_bindgen(module = "/src/lab/fetch.js")]
extern "C" {
    fn request(
        url: &str,
        json: Option<&str>,
        unread: bool,
        cached: bool,
        tells: bool,
        limit_ms: f64,
        controller: &AbortController,
        take: &ScopedClosure<'_, dyn FnMut(Uint8Array) -> bool>,
    ) -> Promise;
}

/// What of a chunk is copied into this memory at a time: little enough to be in the cache still when it is digested.
const PIECE_BYTES: u32 = 128 << 10;

/// Where a worker in the browser stands. What it refers to lives as long as the worker's memory.
#[derive(Clone, Copy, Debug)]
pub struct BrowserHost {
    /// The clock that all workers of the run agree on.
    pub clock: Clock,
    /// The board of the run.
    pub board: &'static Board,
    /// The name of the folder for the run's files; empty if it writes none.
    pub folder: &'static str,
    /// How long a task may wait for an answer.
    pub timeout_ms: f64,
    /// Which worker of the run it belongs to.
    pub worker: u32,
    /// Where results are kept by key.
    pub dictionary: &'static Dictionary,
    /// What of the worker's memory earlier teams left behind, in bytes.
    pub left_bytes: u64,
}

impl Host for BrowserHost {
    type File = OpenFile;

    fn now_ms(&self) -> f64 {
        self.clock.now_ms()
    }

    fn cancelled(&self) -> bool {
        self.board.cancelled()
    }

    fn blocking<T>(&self, call: impl FnOnce() -> T) -> T {
        self.board.blocking(call)
    }

    fn worker(&self) -> u32 {
        self.worker
    }

    fn dictionary(&self) -> &Dictionary {
        self.dictionary
    }

    async fn sleep_ms(&self, duration_ms: f64) {
        sleep_ms(duration_ms).await;
    }

    async fn http(&self, what: &HttpRequest, take: TakeChunk<'_>) -> Result<HttpResponse, TaskError> {
        let (mut buffer, mut refused) = (Vec::<u8>::new(), None);
        let mut copy = |chunk: Uint8Array| {
            let length = chunk.length();
            let mut at = 0;
            while at < length && refused.is_none() {
                let to = length.min(at + PIECE_BYTES);
                let bytes = (to - at) as usize;
                if buffer.len() < bytes {
                    buffer.resize(bytes, 0);
                }
                let piece = if at == 0 && to == length { &chunk } else { &chunk.subarray(at, to) };
                piece.copy_to(&mut buffer[..bytes]);
                refused = take(&buffer[..bytes]).err();
                at = to;
            }
            refused.is_none()
        };
        let copy = ScopedClosure::<dyn FnMut(Uint8Array) -> bool>::borrow_mut(&mut copy);
        let flight = Flight::begin();
        let HttpRequest { url, json, unread, cached, protocol } = what;
        let (json, tells, limit_ms) = (json.as_deref(), protocol.is_some(), self.timeout_ms);
        let answer = request(url, json, *unread, *cached, tells, limit_ms, &flight.controller, &copy);
        let answer = JsFuture::from(answer).await;
        flight.over.set(true);
        drop(copy);
        match (refused, answer) {
            (Some(refused), _) => Err(refused),
            (None, Err(error)) => Err(task_error(&error)),
            (None, Ok(answer)) => {
                let answer = answer.unchecked_ref::<Array>();
                let number = |at| answer.get(at).as_f64().unwrap_or_default();
                let (moved_to, protocol) = (answer.get(2).as_string(), answer.get(3).as_string());
                let (status, first_byte_ms) = (number(0) as u16, number(1));
                // Browsers send again by themselves, and tell nobody.
                Ok(HttpResponse { status, first_byte_ms, resent_ms: None, moved_to, protocol })
            }
        }
    }

    async fn create_file(&self, name: &str) -> Result<OpenFile, TaskError> {
        OpenFile::create(self.folder, name).await
    }

    async fn read_file(&self, name: &str, take: TakeChunk<'_>) -> Result<(), TaskError> {
        open_file::read(self.folder, name, take).await
    }
}

/// A request on its way: aborted, if it is dropped before it is over.
struct Flight {
    controller: AbortController,
    over: Cell<bool>,
}

impl Flight {
    fn begin() -> Self {
        Self { controller: AbortController::new().expect("every browser can abort"), over: Cell::new(false) }
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        if !self.over.get() {
            self.controller.abort();
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

    fn take_costs(&self) -> Costs {
        Costs { wasm_memory_bytes: Some(memory::bytes() - self.left_bytes), ..Costs::default() }
    }
}
