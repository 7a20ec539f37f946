//! Real browsers: which there are, and how a page is opened in one of them.
//!
//! [`engine`] says what belongs to each of the engines, [`mod@find`] looks for it. [`session`] is a browser with a page,
//! which it asks for through a [`driver`] of this machine or one elsewhere, in the words of [`wire`]. Whatever is started
//! is [`kept`] by a process of its own, which does what [`keep`] says: nothing of it outlives parlab, however that ends.

mod driver;
mod engine;
mod find;
pub mod keep;
mod kept;
mod session;
mod wire;

pub use find::{BrowserArgs, Found, Missing, find, has_display};
pub use session::Browser;
