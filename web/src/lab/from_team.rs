//! What a team tells the lab, from wherever in the team it is known.

use js_sys::Uint8Array;
use parlab_shared::measure::Board;
use wasm_bindgen::{JsCast, JsValue};

use super::workers;
use crate::messages::{BoardPlace, FromTeam};
use crate::shared_board::SharedBoard;

/// Says something to the lab that has nothing beside it.
pub fn post(message: &FromTeam) {
    workers::post(message, &JsValue::UNDEFINED);
}

/// Tells the lab that the workers are there, and where the board lies if memory is shared.
pub fn post_ready(board: &Board, shares: bool) {
    if shares {
        let SharedBoard { memory, place } = located(board);
        workers::post(&FromTeam::Ready(Some(place)), &memory);
    } else {
        post(&FromTeam::Ready(None));
    }
}

/// Sends a copy of the board to the lab.
pub fn post_snapshot(board: &Board) {
    let bytes = Uint8Array::new_from_slice(&located(board).bytes());
    workers::post(&FromTeam::Snapshot, &bytes);
}

/// Tells the lab that this team cannot go on.
#[cfg(feature = "threads")]
pub fn post_lost(reason: &str) {
    post(&FromTeam::Lost(reason.to_owned()));
}

/// Where the board lies in this worker's memory.
fn located(board: &Board) -> SharedBoard {
    let (address, length) = board.location();
    let place = BoardPlace { address: address as u32, length: length as u32 };
    SharedBoard { memory: wasm_bindgen::memory().unchecked_into(), place }
}
