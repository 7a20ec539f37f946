//! A plan that the page's server carries out, natively and in this page in turn: the page's side of the conversation.
//!
//! [`machine`] decides, without clock, timer or socket; `shell` has these and carries out what was decided. What happens is
//! told to the same listeners as what happens to a plan of this page alone.

pub mod machine;
#[cfg(target_arch = "wasm32")]
mod shell;

#[cfg(target_arch = "wasm32")]
pub use shell::Conduct;
