//! An isolated peer: a worker with its own instance and memory, told everything in messages.

use futures::stream::{self, StreamExt};
use js_sys::Uint8Array;
use parlab_shared::dictionary::Dictionary;
use parlab_shared::measure::{Board, FromPeer, ToPeer, serve_peer};
use wasm_bindgen::{JsCast, JsValue};

use super::clock::Clock;
use super::host::BrowserHost;
use super::{files, panic_message, workers};
use crate::messages::get;

/// Performs tasks, one at a time, until its team ends it.
pub async fn serve(argument: &JsValue) {
    panic_message::install();
    let base_ms = get(argument, "base_ms").as_f64().expect("the team sends its clock's base");
    let worker = get(argument, "worker").as_f64().expect("the team sends the peer's number") as u32;
    let folder = get(argument, "folder").as_string().expect("the team sends the run's folder").leak();
    let timeout_ms = get(argument, "timeout_ms").as_f64().expect("the team sends the time limit");
    let sharing = get(argument, "sharing").as_string().and_then(|sharing| sharing.parse().ok());
    // The team keeps the run's board; here there is none to note anything on.
    let board: &'static Board = Box::leak(Box::new(Board::new(0, 0)));
    let (dictionary, wanted) = Dictionary::with_owner(sharing, 1);
    let dictionary: &'static Dictionary = Box::leak(Box::new(dictionary));
    let mut wanted = wanted.map_or_else(|| stream::pending().left_stream(), StreamExt::right_stream);
    let host = BrowserHost { clock: Clock::join(base_ms), board, folder, timeout_ms, worker, dictionary };
    files::open_folder(folder).await;
    let mut inbox = workers::inbox();
    workers::post(&JsValue::TRUE);
    while let Some(message) = inbox.next().await {
        let ask = async |question| {
            tell(&question);
            inbox.next().await.map(|answer| read(&answer)).ok_or(())
        };
        // Without an answer the team is gone, and this worker with it.
        let Ok(answer) = serve_peer(read(&message), &host, &mut wanted, ask).await else { return };
        tell(&answer);
    }
}

fn read(message: &JsValue) -> ToPeer {
    let bytes: &Uint8Array = message.unchecked_ref();
    postcard::from_bytes(&bytes.to_vec()).expect("the team sends messages to peers")
}

fn tell(message: &FromPeer) {
    let bytes = postcard::to_stdvec(message).expect("what is told can be written");
    workers::post(&Uint8Array::new_from_slice(&bytes));
}
