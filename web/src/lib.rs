//! parlab in the browser: four wasm modules from one crate.
//!
//! *page* is what the user sees; it loads everywhere, and only draws. *lab* is what runs in workers and does the
//! work. *analyst* is a worker that makes plans of what is asked for, and tables, sentences and pictures of what was
//! measured. They share no code but `messages`, `questions` and `views`, how these travel, and parlab-shared, and no
//! memory but the board. *target* is what a service worker answers with where no server does: it knows none of the others.
//!
//! What touches the browser is compiled for the browser only. Everything else, which decides, is plain Rust
//! without clock, timer or worker, and is tested on any machine.

#![cfg_attr(
    not(target_arch = "wasm32"),
    allow(dead_code, unused_imports, reason = "outside the browser only tests call what the browser's half would")
)]

#[cfg(any(test, feature = "analyst"))]
mod analyst;
#[cfg(test)]
mod fixture;
#[cfg(all(target_arch = "wasm32", any(feature = "page", feature = "lab", feature = "analyst")))]
#[cfg_attr(feature = "analyst", allow(dead_code, reason = "each module reads its part of what JavaScript gives"))]
mod js;
#[cfg(any(test, feature = "lab"))]
mod lab;
#[cfg(all(target_arch = "wasm32", any(feature = "page", feature = "lab")))]
mod life;
#[cfg_attr(target_arch = "wasm32", allow(dead_code, reason = "each module speaks its part of the language"))]
mod messages;
#[cfg(all(target_arch = "wasm32", any(feature = "lab", feature = "analyst")))]
mod origin_files;
#[cfg(any(test, feature = "page"))]
mod page;
#[cfg_attr(target_arch = "wasm32", allow(dead_code, reason = "page and analyst each speak their part of the language"))]
mod questions;
#[cfg(all(target_arch = "wasm32", any(feature = "page", feature = "lab")))]
mod shared_board;
#[cfg(any(test, feature = "target"))]
mod target;
#[cfg_attr(target_arch = "wasm32", allow(dead_code, reason = "made by the analyst and read by the page"))]
mod views;
#[cfg(all(target_arch = "wasm32", any(feature = "page", feature = "lab", feature = "analyst")))]
mod wire;

/// Adds the workloads of another crate to parlab's: whoever builds a lab or an analyst with them calls this in each instance
/// of the module, before anything else.
///
/// # Errors
/// Why they cannot be run.
#[cfg(any(feature = "lab", feature = "analyst"))]
pub fn add(workloads: &'static [parlab_work::Entry]) -> Result<(), parlab_shared::workload::CannotAdd> {
    parlab_shared::experiment::add(workloads)
}

/// Reads what stands in a link after its `#`.
///
/// # Errors
/// Why there is no report in it.
#[cfg(all(not(target_arch = "wasm32"), any(test, feature = "analyst")))]
pub fn open_link(fragment: &str) -> Result<Vec<parlab_shared::report::Report>, String> {
    analyst::link::open(fragment)
}

/// What a link would have after its `#`, were these bytes the text of a report.
#[cfg(all(not(target_arch = "wasm32"), any(test, feature = "analyst")))]
pub fn packed_link(text: &str) -> String {
    analyst::link::packed(text)
}

/// What a page shows before an analyst answers, as JSON: `web/static/catalogue.json`, with the workloads that were added.
#[cfg(all(not(target_arch = "wasm32"), any(test, feature = "analyst")))]
pub fn catalogue() -> String {
    analyst::catalogue_text()
}
