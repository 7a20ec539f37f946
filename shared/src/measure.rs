//! Measuring: what is run, in which order, and what each task leaves behind.

mod board;
mod crew;
mod executor;
mod plan;
mod protocol;
mod request;
mod worker;

pub use board::{Board, Slot, Snapshot, TaskState};
pub use crew::{Crew, EventLoop, FromPeer, Isolated, Order, Peers, Sequential, Station, ToPeer, drive, serve_peer};
pub use executor::{Execution, Executor};
pub use plan::{LeftOut, Plan, Row, RunSpec, Stage};
pub use protocol::{Event, carry_out};
pub use request::{ALL, FAULTS, Request, RequestError, Scale};
pub use worker::{Finished, failed, work};
