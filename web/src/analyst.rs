//! The analyst: a worker that makes plans of what is asked for, and tables, sentences and pictures of what was measured, so
//! that the page only draws. It answers one question after another.
//!
//! [`answers`] answers; what touches the database is in `history`.

// What decides.
mod answers;
mod card;
#[cfg(not(target_arch = "wasm32"))]
mod catalogue;
mod charts;
mod compare;
mod draft;
mod history;
pub(crate) mod link;
mod machine;
mod recording;
mod repeat;
mod results;
mod setup;
mod table;
mod text;
mod timelines;
mod walls;

// What touches the browser.
#[cfg(target_arch = "wasm32")]
mod entry;
#[cfg(target_arch = "wasm32")]
mod keeper;

#[cfg(not(target_arch = "wasm32"))]
pub use catalogue::text as catalogue_text;
