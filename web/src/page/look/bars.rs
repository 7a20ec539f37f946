//! The bars of timelines as they come: lists of the same length, a place for each bar.

/// In a kind: the task failed.
pub const FAILED: u8 = 128;

/// Bars. Times are milliseconds since the run began that a bar belongs to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bars {
    /// The lane of each bar.
    pub lanes: Vec<u32>,
    /// When each began.
    pub starts: Vec<f64>,
    /// When each was over.
    pub ends: Vec<f64>,
    /// The kind of each, with [`FAILED`] if its task failed.
    pub kinds: Vec<u8>,
    /// The task of each, from 0.
    pub tasks: Vec<u32>,
    /// When the task of each could first be taken; empty if that is not known.
    pub queued: Vec<f64>,
}

impl Bars {
    /// How many bars there are: as many as all lists have room for.
    pub fn len(&self) -> usize {
        let lengths = [self.lanes.len(), self.starts.len(), self.ends.len(), self.kinds.len(), self.tasks.len()];
        lengths.into_iter().min().unwrap_or(0)
    }

    /// When the task of a bar could first be taken, if that is known.
    pub fn queued_ms(&self, bar: usize) -> Option<f64> {
        self.queued.get(bar).copied().filter(|ms| ms.is_finite())
    }
}
