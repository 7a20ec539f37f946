//! What a page and the server that it came from say to each other, where the server does more than send files.

use serde::{Deserialize, Serialize};

use crate::report::Tool;
use crate::strategy::Platform;

/// What the server is and offers: `/api/info`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Info {
    /// The program that serves the page: the page compares its own build with it.
    #[serde(flatten)]
    pub tool: Tool,
    /// What it carries plans out on, in turn with the page; nothing, if it carries none out.
    pub platforms: Vec<Offer>,
    /// The request had the server's token in its address, and so may have something done.
    pub trusted: bool,
}

/// A platform that the server carries plans out on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// Which one.
    pub platform: Platform,
    /// The version of what it is there, where that is no part of parlab: `3.12.3`.
    pub version: Option<String>,
}
