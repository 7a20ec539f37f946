//! Measuring: what is run, in which order, and what each task leaves behind.

mod board;
mod crew;
mod executor;
mod plan;
mod protocol;
mod request;
mod worker;

pub use board::{Board, Slot, Snapshot, TaskState};
pub use crew::{Crew, EventLoop, Isolated, Order, Peers, Sequential, Station, drive};
pub use executor::{Execution, Executor};
pub use plan::{Plan, Row, RunSpec};
pub use protocol::{Event, carry_out};
pub use request::{FAULTS, Request, RequestError, Scale};
pub use worker::{Finished, failed, work};
