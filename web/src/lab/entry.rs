//! Where every worker of the lab begins.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::{peer, plans, team};
#[cfg(feature = "threads")]
use super::{pool_thread, shared_worker, workers};
use crate::messages::Role;
use crate::wire;

/// Does what the worker is made for, as its first message says; workers that it makes over its
/// memory hold the lock of that, too. Returns whether nothing of it is left in a memory that
/// it joined.
#[wasm_bindgen]
#[cfg_attr(not(feature = "threads"), allow(unused_variables, reason = "no memory is joined"))]
pub async fn serve(role: JsValue, memory_lock: Option<String>) -> bool {
    #[cfg(feature = "threads")]
    workers::pass_on(memory_lock);
    match wire::open_bytes(&role).expect("whoever makes a worker says what for") {
        Role::Lab => plans::serve().await,
        Role::Team(spec) => team::serve(*spec).await,
        Role::Peer(spec) => peer::serve(spec).await,
        #[cfg(feature = "threads")]
        Role::QueueWorker(address) => shared_worker::worker_main(address).await,
        #[cfg(feature = "threads")]
        Role::TaskWorker(address) => return shared_worker::perform(address).await,
        #[cfg(feature = "threads")]
        Role::PoolThread(address) => pool_thread::run(address),
        #[cfg(not(feature = "threads"))]
        Role::QueueWorker(_) | Role::TaskWorker(_) | Role::PoolThread(_) => {
            unreachable!("only teams with shared memory make such workers")
        }
    }
    false
}
