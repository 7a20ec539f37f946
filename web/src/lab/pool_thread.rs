//! A thread of a rayon pool: a worker over its team's memory that computes until the pool ends, and hears nothing meanwhile.

use rayon::ThreadBuilder;
use wasm_bindgen::JsValue;

use super::host::BrowserHost;
use super::{panic_message, workers};
use crate::messages::FromThread;

/// What a worker is made for, if it is made for a pool.
pub struct PoolThread {
    /// What the browser offers to its tasks.
    pub host: BrowserHost,
    /// The thread that it is.
    pub thread: ThreadBuilder,
}

/// Is the thread at an address, until the pool ends.
pub fn run(address: u32) {
    // SAFETY: the address came from `Box::into_raw`, and the team has given the box away.
    let PoolThread { host, thread } = *unsafe { Box::from_raw(address as *mut PoolThread) };
    panic_message::prepare(host, thread.index() as u32, false);
    workers::post(&FromThread::Ready, &JsValue::UNDEFINED);
    thread.run();
}
