//! A thread of a rayon pool: a worker over its team's memory that computes until the pool ends, and hears nothing meanwhile.

use wasm_bindgen::JsValue;

use super::workers;
use crate::messages::FromThread;

/// Waits at an address, that of the pool's queue of threads, for the thread that it is to be, and is that until the pool ends.
pub fn run(address: u32) {
    workers::post(&FromThread::Ready, &JsValue::UNDEFINED);
    wasm_bindgen_rayon::wbg_rayon_start_worker(address as *const _);
}
