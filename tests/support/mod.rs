//! What several tests need.

pub mod browser;
pub mod client;
pub mod golden;
pub mod parlab;
pub mod server;
pub mod site;
