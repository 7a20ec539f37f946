//! What tasks spend their time on.

/// What a task spends its time on; decides which mechanism fits it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nature {
    /// It computes and never waits.
    Computes,
    /// It waits, for all or part of its time. A rayon worker in the browser never returns to its
    /// event loop and cannot wait, so that waiting has a mechanism of its own, on both platforms.
    Waits,
    /// It waits, and keeps results in a memory that all workers share.
    Shares,
}
