//! The analyst: a worker that makes plans of what is asked for, and tables, sentences and pictures of what was measured, so
//! that the page only draws. It answers one question after another.

// What touches the browser.
#[cfg(target_arch = "wasm32")]
mod entry;
