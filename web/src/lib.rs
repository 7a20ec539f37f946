//! parlab in the browser: two wasm modules from one crate.
//!
//! *page* is what the user sees; it loads everywhere. *lab* is what runs in workers and does the
//! work. They share no code but `messages` and parlab-shared, and no memory but the board.

#![cfg(target_arch = "wasm32")]

#[cfg(feature = "lab")]
mod lab;
mod messages;
#[cfg(feature = "page")]
mod page;
