//! What several tests need.

pub mod browser;
pub mod parlab;
pub mod server;
