//! The lab: what runs in workers. One module, five entry points, one for each role that a worker can have.
//!
//! ```text
//! page → lab (carries the plan out)
//!          → team (one per run: makes the workers of one row, with a memory of its own)
//!              → rayon pool | threads over the team's memory, each with its event loop | isolated peers
//! ```
//!
//! A run's team is made before the clock starts and thrown away after it, because a wasm thread
//! pool can be neither resized nor ended; and because whatever a run breaks then ends with it.

mod clock;
mod conductor;
mod environment;
mod executors;
mod files;
mod host;
mod panic_message;
mod peer;
mod team;
#[cfg(feature = "threads")]
mod thread;
mod workers;

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// Carries plans out for the page.
#[wasm_bindgen]
pub async fn lab(_argument: JsValue) {
    conductor::serve().await;
}

/// Carries one run out for the lab.
#[wasm_bindgen]
pub async fn team(argument: JsValue) {
    team::serve(&argument).await;
}

/// Performs tasks for a team, isolated from it.
#[wasm_bindgen]
pub async fn peer(argument: JsValue) {
    peer::serve(&argument).await;
}

/// Performs one job in the memory of the team that made it. Returns whether nothing of the thread is left there.
#[cfg(feature = "threads")]
#[wasm_bindgen]
pub async fn thread(argument: JsValue) -> bool {
    thread::serve(&argument).await
}

/// Performs the tasks of queues in the memory of the team that made it.
#[cfg(feature = "threads")]
#[wasm_bindgen]
pub async fn worker_main(argument: JsValue) {
    thread::share(&argument).await;
}
