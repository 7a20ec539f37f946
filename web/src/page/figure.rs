//! A chart with what belongs to it: tips of its marks for pointer, keyboard and touch, ways to save and copy it, its caption
//! and the table behind it.

mod file;

#[cfg(target_arch = "wasm32")]
mod drawn;
#[cfg(target_arch = "wasm32")]
mod marks;
#[cfg(target_arch = "wasm32")]
mod picture;

#[cfg(target_arch = "wasm32")]
pub use drawn::Figure;
