//! What several tests need.

pub mod browser;
pub mod golden;
pub mod parlab;
pub mod server;
