//! Measuring: what is run, in which order, and what each task leaves behind.

mod board;
mod check;
mod crew;
mod estimate;
mod executor;
mod lock;
#[cfg(all(test, loom))]
mod models;
pub mod option;
mod pair;
mod plan;
mod protocol;
mod read_back;
mod request;
mod schedule;
mod told;
mod too_long;
mod worker;

use crate::workload::count;
pub use board::{Begun, Board, Counts, HEADER_BYTES, Memory, Slot, Slots, Snapshot, TaskState};
pub use check::ROWS_MAX;
pub use crew::{
    Crew, EventLoop, FromPeer, Isolated, Order, Peers, Queue, Sequential, SharedWave, Station, ToPeer, all, drive,
    joined, serve_peer,
};
pub use estimate::Estimate;
pub(crate) use estimate::RUNS_IN_ALL_MAX;
pub use executor::Executor;
pub use lock::{INTERVAL_MS, Turn};
pub use pair::{NO_TLS, PARTS_MAX, PairPlan, Part};
pub use plan::{LeftOut, Plan, Precision, PrecisionOf, Stage};
pub use protocol::{Event, carry_out};
pub use read_back::read_back;
pub use request::{ALL, Request, RequestError, read_pairs};
pub use schedule::{Schedule, precision};
pub use told::{RunFinished, RunStarted};
pub use too_long::end_with;
pub use worker::{failed, task_at_hand, work};

/// A fixed piece of computing, some milliseconds long. Returns its result, so that it is not optimised away.
pub fn probe() -> u64 {
    const STEPS: u64 = 8_000_000;
    count::count(STEPS, || true).unwrap_or_default()
}
