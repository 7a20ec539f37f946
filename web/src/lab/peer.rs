//! An isolated peer: a worker with its own instance and memory, told everything in messages.

use futures::StreamExt;
use js_sys::Uint8Array;
use parlab_shared::measure::{Board, Order, work};
use wasm_bindgen::{JsCast, JsValue};

use super::clock::Clock;
use super::host::BrowserHost;
use super::{last_words, workers};
use crate::messages::get;

/// Performs tasks, one at a time, until its team ends it.
pub async fn serve(argument: &JsValue) {
    last_words::install();
    let base_ms = get(argument, "base_ms").as_f64().expect("the team sends its clock's base");
    let worker = get(argument, "worker").as_f64().expect("the team sends the peer's number") as u32;
    let folder = get(argument, "folder").as_string().expect("the team sends the run's folder").leak();
    let timeout_ms = get(argument, "timeout_ms").as_f64().expect("the team sends the time limit");
    // The team keeps the run's board; here there is none to note anything on.
    let board: &'static Board = Box::leak(Box::new(Board::new(0, 0)));
    let host = BrowserHost { clock: Clock::join(base_ms), board, folder, timeout_ms };
    let mut inbox = workers::inbox();
    workers::post(&JsValue::TRUE);
    while let Some(message) = inbox.next().await {
        let bytes: Uint8Array = message.unchecked_into();
        let Order { task, queued_ms } = postcard::from_bytes(&bytes.to_vec()).expect("the team sends orders");
        let finished = work(&task, queued_ms, worker, &host).await;
        let answer = postcard::to_stdvec(&finished).expect("what is finished can be written");
        workers::post(&Uint8Array::new_from_slice(&answer));
    }
}
