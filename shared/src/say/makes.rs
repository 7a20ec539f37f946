//! What rows make before their clocks start, and so what wall times do not tell.

use crate::analysis::Analysis;
use crate::row::Row;

/// What the rows of an analysis make before their clocks start, beside each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Makes {
    /// All make the same: wall times are all that they differ in.
    Alike,
    /// Workers of different kinds, all of them before the clock starts, or none.
    Workers,
    /// Some make workers before the clock starts, others while it runs.
    AtOtherTimes,
}

impl Makes {
    pub(super) fn of(analysis: &Analysis<'_>) -> Self {
        let any = |differ: fn(&Row, &Row) -> bool| analysis.rows.windows(2).any(|two| differ(two[0].row, two[1].row));
        if any(|row, next| (row.dispatch, row.way.setup) != (next.dispatch, next.way.setup)) {
            Makes::AtOtherTimes
        } else if any(|row, next| row.strategy != next.strategy) {
            Makes::Workers
        } else {
            Makes::Alike
        }
    }
}
