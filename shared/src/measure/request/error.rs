//! Why a request is no plan.

use crate::strategy::{Dispatch, Platform, Strategy};
use crate::workload::OutOfRange;

/// Names the value, the reason and the fix.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// No such experiment or workload.
    #[error("there is no experiment or workload \"{name}\"; use one of {known}")]
    UnknownName {
        /// What was asked for.
        name: String,
        /// The names that can be used, with commas.
        known: String,
    },
    /// No such parameter.
    #[error("there is no parameter \"{key}\"; use one of {known}")]
    UnknownParameter {
        /// What was asked for.
        key: String,
        /// The names that can be used, with commas.
        known: String,
    },
    /// A value that cannot be read.
    #[error("{key} = \"{value}\" cannot be used: {reason}")]
    Unreadable {
        /// The parameter's name, as it was given.
        key: String,
        /// The value as it was given.
        value: String,
        /// Why it is none.
        reason: String,
    },
    /// A parameter that is given more than once.
    #[error("{key} is given twice, as \"{first}\" and as \"{second}\": give it once{}", if *together { ", with commas between its values" } else { "" })]
    Twice {
        /// The parameter's name, as it was given.
        key: String,
        /// What was given first.
        first: String,
        /// What was given then.
        second: String,
        /// It takes several values at once.
        together: bool,
    },
    /// A value outside its limits.
    #[error(transparent)]
    OutOfRange(#[from] OutOfRange),
    /// A combination that the platform cannot run.
    #[error("{strategy} with dispatch {dispatch} cannot run \"{name}\" on platform {platform}: {reason}")]
    Unsupported {
        /// The workload's name.
        name: String,
        /// The strategy that cannot carry it out.
        strategy: Strategy,
        /// The dispatch that was asked for.
        dispatch: Dispatch,
        /// The platform that cannot.
        platform: Platform,
        /// Why not, as a clause without a full stop.
        reason: String,
    },
    /// A combination that less than two platforms of a pair can run.
    #[error(
        "{strategy} with dispatch {dispatch} cannot be paired on \"{name}\": {reason}; name other platforms or strategies"
    )]
    Unpaired {
        /// The workload's name.
        name: String,
        /// The strategy that cannot carry it out.
        strategy: Strategy,
        /// The dispatch that was asked for.
        dispatch: Dispatch,
        /// Who cannot, and why not, as a clause without a full stop.
        reason: String,
    },
    /// An empty list.
    #[error("{key} is empty: give at least one, separated by commas")]
    Empty {
        /// The parameter's name, as it was given.
        key: &'static str,
    },
}
