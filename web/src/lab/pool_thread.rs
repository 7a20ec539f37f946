//! A thread of a rayon pool: a worker over its team's memory that computes until the pool ends, and hears nothing meanwhile.

use rayon::ThreadBuilder;
use wasm_bindgen::JsValue;

use super::workers;
use crate::messages::FromThread;

/// Is the thread of the pool that lies at an address, until the pool ends.
pub fn run(address: u32) {
    // SAFETY: the address came from `Box::into_raw`, and the team has given the box away.
    #[expect(unsafe_code, reason = "workers over one memory are told addresses")]
    let thread = *unsafe { Box::from_raw(address as *mut ThreadBuilder) };
    workers::post(&FromThread::Ready, &JsValue::UNDEFINED);
    thread.run();
}
