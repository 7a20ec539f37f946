//! Where every worker of the lab begins.

use wasm_bindgen::prelude::wasm_bindgen;

use super::{peer, plans, team};
#[cfg(feature = "threads")]
use super::{pool_thread, shared_worker, workers};
use crate::messages::{Boot, Role};

/// Does what the worker is made for, as its first message says. Returns whether nothing of it is left in a memory that
/// it joined.
#[wasm_bindgen]
pub async fn serve(boot: String) -> bool {
    let boot: Boot<Role> = serde_json::from_str(&boot).expect("whoever makes a worker says what for");
    #[cfg(feature = "threads")]
    workers::pass_on(boot.memory_lock);
    match boot.role {
        Role::Lab => plans::serve().await,
        Role::Team(spec) => team::serve(spec).await,
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
