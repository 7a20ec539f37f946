//! An isolated peer: a worker with its own instance and memory, told everything in messages.

use futures::stream::{self, StreamExt};
use parlab_shared::dictionary::Dictionary;
use parlab_shared::measure::{Board, FromPeer, ToPeer, serve_peer};
use wasm_bindgen::JsValue;

use super::clock::Clock;
use super::host::BrowserHost;
use super::{panic_message, run_folder, workers};
use crate::messages::PeerSpec;
use crate::wire;

/// Performs tasks, one at a time, until its team ends it.
pub async fn serve(spec: PeerSpec) {
    panic_message::install();
    let PeerSpec { worker, base_ms, folder, timeout_ms, sharing, lock } = spec;
    let clock = Clock::join(base_ms);
    // These live as long as this worker's memory.
    let folder: &'static str = folder.leak();
    // The team keeps the run's board; here there is none to note anything on.
    let board: &'static Board = Box::leak(Box::new(Board::new(0, 0).under(lock, move || clock.now_ms())));
    let (dictionary, wanted) = Dictionary::with_owner(sharing, 1);
    let dictionary: &'static Dictionary = Box::leak(Box::new(dictionary));
    let mut wanted = wanted.map_or_else(|| stream::pending().left_stream(), StreamExt::right_stream);
    // Its memory is new.
    let left_bytes = 0;
    let host = BrowserHost { clock, board, folder, timeout_ms, worker, dictionary, left_bytes };
    run_folder::open(folder).await;
    let mut inbox = workers::inbox();
    // Any message says that it is ready.
    workers::post_sealed(&JsValue::TRUE);
    while let Some(message) = inbox.next().await {
        let ask = async |question| {
            post(&question);
            inbox.next().await.map(|answer| read(&answer)).ok_or(())
        };
        // Without an answer the team is gone, and this worker with it.
        let Ok(answer) = serve_peer(read(&message), &host, &mut wanted, ask).await else { return };
        post(&answer);
    }
}

fn read(message: &JsValue) -> ToPeer {
    wire::open_bytes(message).expect("the team sends messages to peers")
}

fn post(message: &FromPeer) {
    workers::post_sealed(&wire::seal_bytes(message));
}
