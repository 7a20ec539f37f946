//! parlab in the browser: two wasm modules from one crate.
//!
//! *page* is what the user sees; it loads everywhere. *lab* is what runs in workers and does the
//! work. They share no code but `messages`, how these travel, and parlab-shared, and no memory but the board.
//!
//! What touches the browser is compiled for the browser only. Everything else, which decides, is plain Rust
//! without clock, timer or worker, and is tested on any machine.

#![cfg_attr(
    not(target_arch = "wasm32"),
    allow(dead_code, unused_imports, reason = "outside the browser only tests call what the browser's half would")
)]

#[cfg(test)]
mod fixture;
#[cfg(target_arch = "wasm32")]
mod js;
#[cfg(any(test, feature = "lab"))]
mod lab;
#[cfg_attr(target_arch = "wasm32", allow(dead_code, reason = "each module speaks its part of the language"))]
mod messages;
#[cfg(any(test, feature = "page"))]
mod page;
#[cfg(target_arch = "wasm32")]
mod shared_board;
#[cfg(target_arch = "wasm32")]
mod wire;
