//! What several tests need.

pub mod axe;
pub mod browser;
pub mod client;
pub mod driver;
pub mod golden;
pub mod http2;
pub mod memories;
pub mod parlab;
pub mod process;
pub mod proxy;
pub mod results;
pub mod room;
pub mod server;
pub mod site;
pub mod static_host;
pub mod tcp;
