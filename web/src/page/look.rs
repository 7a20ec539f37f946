//! Timelines to look into: zoomed, moved along, task by task, of a run or of several below each other on one axis.
//!
//! What is drawn is found in time that grows with the width of the picture and not with the number of tasks: tasks stand in
//! rows in the order of their times, and of those that share a pixel one is drawn.

mod bars;
mod gesture;
mod said;
mod scene;
mod strips;
mod window;

#[cfg(target_arch = "wasm32")]
mod painter;
#[cfg(target_arch = "wasm32")]
mod view;

pub use bars::Bars;
#[cfg(target_arch = "wasm32")]
pub use view::{Data, Look};
