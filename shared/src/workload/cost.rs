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

/// No processor takes less than this for a step of a kernel, in nanoseconds: each waits for the one before, and a step of a
/// clock of 6 GHz takes three times as long.
pub const NS_PER_STEP_MIN: f64 = 0.05;

/// What is known of the time that a workload's tasks take, before any was measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cost {
    /// Each computes, so many steps of its kernel.
    Steps(u64),
    /// Each computes; for how long differs, and shows when it is done.
    Uneven,
    /// Each sleeps for a time that the seed decides.
    Sleep {
        /// The longest that can be drawn, in milliseconds.
        longest_ms: u64,
    },
    /// Each waits for an answer of the target server.
    Request {
        /// Of a task's time, the share in which it computes with the answer.
        computing: f64,
    },
    /// Some wait for an answer of the target server, the others compute.
    Mixed,
    /// Nothing.
    Unknown,
}

impl Cost {
    /// What tasks of such a cost spend their time on, if they share no memory.
    pub fn nature(self) -> Nature {
        match self {
            Cost::Steps(_) | Cost::Uneven => Nature::Computes,
            Cost::Sleep { .. } | Cost::Request { .. } | Cost::Mixed | Cost::Unknown => Nature::Waits,
        }
    }

    /// Whether every task is a request to the target server.
    pub fn is_request(self) -> bool {
        matches!(self, Cost::Request { .. })
    }
}
