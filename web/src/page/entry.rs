//! What the list of kept reports says of each.

use serde::{Deserialize, Serialize};

/// A report that is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The report's identifier.
    pub id: String,
    /// What it is about.
    pub title: String,
    /// When it was begun (RFC 3339).
    pub created: String,
    /// How many runs it has.
    pub runs: usize,
    /// It was stopped before its end.
    pub cancelled: bool,
    /// Its size as JSON.
    pub bytes: usize,
}
