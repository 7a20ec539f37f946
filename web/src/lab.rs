//! The lab: what runs in workers. One module and one entry point; what a worker is made for, its first message says.
//!
//! ```text
//! page → lab (carries a plan out, or the runs that it is told through a socket)
//!          → team (one per run: makes the workers of one row, with a memory of its own)
//!              → rayon pool | workers over the team's memory, each with its event loop | isolated peers
//! ```
//!
//! A run's team is made before the clock starts and thrown away after it: whatever a run breaks ends with it. Only its
//! memory is used again, by another team, as if it were new (`memories`).

// What decides.
#[cfg(any(test, feature = "threads"))]
mod allocator;
mod attempts;
mod clock_step;
mod parallel_speed;
mod user_agent;

// What touches the browser.
#[cfg(target_arch = "wasm32")]
mod clock;
#[cfg(target_arch = "wasm32")]
mod conductor;
#[cfg(target_arch = "wasm32")]
mod entry;
#[cfg(target_arch = "wasm32")]
mod environment;
#[cfg(target_arch = "wasm32")]
mod errors;
#[cfg(target_arch = "wasm32")]
mod executors;
#[cfg(target_arch = "wasm32")]
mod from_team;
#[cfg(target_arch = "wasm32")]
mod gauge;
#[cfg(target_arch = "wasm32")]
mod host;
#[cfg(all(target_arch = "wasm32", feature = "threads"))]
mod memories;
#[cfg(target_arch = "wasm32")]
mod memory;
#[cfg(target_arch = "wasm32")]
mod open_file;
#[cfg(target_arch = "wasm32")]
mod panic_message;
#[cfg(target_arch = "wasm32")]
mod peer;
#[cfg(target_arch = "wasm32")]
mod plans;
#[cfg(all(target_arch = "wasm32", feature = "threads"))]
mod pool_thread;
#[cfg(target_arch = "wasm32")]
mod remote;
#[cfg(target_arch = "wasm32")]
mod run_folder;
#[cfg(target_arch = "wasm32")]
mod screen;
#[cfg(target_arch = "wasm32")]
mod secured;
#[cfg(all(target_arch = "wasm32", feature = "threads"))]
mod shared_worker;
#[cfg(target_arch = "wasm32")]
mod signal;
#[cfg(target_arch = "wasm32")]
mod socket;
#[cfg(target_arch = "wasm32")]
mod station;
#[cfg(target_arch = "wasm32")]
mod team;
#[cfg(target_arch = "wasm32")]
mod teams;
#[cfg(target_arch = "wasm32")]
mod timer;
#[cfg(target_arch = "wasm32")]
mod workers;
