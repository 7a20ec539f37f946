//! Why a request is no plan.

use crate::measure::option;
use crate::strategy::{Dispatch, Platform, Strategy};
use crate::workload::OutOfRange;

/// What to do about a list that is empty.
const EMPTY: &str = "give at least one, separated by commas";

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
    #[error("{name} cannot be run as {strategy} with dispatch {dispatch} on platform {platform}: {reason}")]
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
        "{name} cannot be paired as {strategy} with dispatch {dispatch}: {reason}; name other platforms or strategies"
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
    #[error("{key} is empty: {EMPTY}")]
    Empty {
        /// The parameter's name, as it was given.
        key: &'static str,
    },
}

impl RequestError {
    /// The parameter that it is about, if it is about one.
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::UnknownName { .. } => Some(option::RUN),
            Self::Unreadable { key, .. } | Self::Twice { key, .. } => {
                Some(option::find(key).map_or(key, |option| option.key))
            }
            Self::OutOfRange(OutOfRange { name, .. }) => Some(name),
            Self::Empty { key } => Some(key),
            Self::UnknownParameter { .. } | Self::Unsupported { .. } | Self::Unpaired { .. } => None,
        }
    }

    /// The same, naming what was typed instead of what was read.
    pub(super) fn naming(mut self, read: &str, typed: &str) -> Self {
        if let Self::Unreadable { value, .. } | Self::OutOfRange(OutOfRange { value, .. }) = &mut self {
            *value = value.replace(read, typed);
        }
        self
    }

    /// What it says on the command line, where what was asked for are options: `--workers 0 cannot be run: …`.
    pub fn of_options(&self) -> String {
        let typed = |key: &str, value: &str| Some(option::find(key)?.typed(value));
        let said = match self {
            Self::Unreadable { key, value, reason } => {
                typed(key, value).map(|typed| format!("{typed} cannot be used: {reason}"))
            }
            Self::OutOfRange(OutOfRange { name, value, reason, fix }) => {
                typed(name, value).map(|typed| format!("{typed} cannot be run: {reason}; use {fix}"))
            }
            Self::Empty { key } => Some(format!("--{key} is empty: {EMPTY}")),
            Self::UnknownName { .. } => Some(format!("{self}; `parlab list` tells what each is")),
            Self::UnknownParameter { .. } | Self::Twice { .. } | Self::Unsupported { .. } | Self::Unpaired { .. } => {
                None
            }
        };
        said.unwrap_or_else(|| self.to_string())
    }
}

#[cfg(test)]
mod tests {
    use crate::measure::Request;
    use crate::strategy::Platform;

    #[test]
    fn on_the_command_line_options_are_named_as_they_are_typed() {
        #[track_caller]
        fn check(pairs: &[(&str, &str)], expected: &str) {
            let mut request = Request::named(pairs[0].0);
            let set = pairs[1..].iter().try_for_each(|(key, value)| request.set(key, value));
            let error = set.and_then(|()| request.plan(Platform::Native)).expect_err("refused");
            assert_eq!(error.of_options(), expected);
        }
        check(
            &[("sum", ""), ("size", "5000000000")],
            "--size 5000000000 cannot be run: the sum of so many numbers does not fit into 64 bits; use 1 to 4294967295",
        );
        for beyond in ["18446744073709551616", "99999999999999999999999", "1e30"] {
            let reason = "cannot be run: the sum of so many numbers does not fit into 64 bits; use 1 to 4294967295";
            check(&[("sum", ""), ("size", beyond)], &format!("--size {beyond} {reason}"));
            check(&[("sum", ""), ("size", &format!("7,{beyond}"))], &format!("--size {beyond} {reason}"));
            // In any order.
            let mut request = Request::default();
            [("size", beyond), ("run", "sum")]
                .iter()
                .for_each(|(key, value)| request.set(key, value).expect("readable"));
            let error = request.plan(Platform::Native).expect_err("too large");
            assert_eq!(error.of_options(), format!("--size {beyond} {reason}"));
        }
        check(
            &[("crash", ""), ("tasks", "2")],
            "--tasks 2 cannot be run: the task that panics would not be among them; use 4 to 1000000",
        );
        check(&[("sum", ""), ("flush", "1")], "--flush cannot be used: the workload sum writes no text; leave it out");
        check(
            &[("sum", ""), ("url", "http://127.0.0.1/")],
            "--url http://127.0.0.1/ cannot be used: the workload sum sends no requests; leave it out",
        );
        check(
            &[("post", ""), ("url", "http://127.0.0.1/")],
            "--url http://127.0.0.1/ cannot be used: the workload post asks the target alone, where urls, crawl and \
             breakdown ask any address; leave it out",
        );
        check(
            &[("sum", ""), ("workers", "1,two")],
            "--workers 1,two cannot be used: use whole numbers from 1 to 1024, with commas: 1,2,4",
        );
        check(&[("sum", ""), ("workers", "")], "--workers is empty: give at least one, separated by commas");
        check(
            &[("post", ""), ("latency", "1 2")],
            "--latency \"1 2\" cannot be used: use milliseconds from 0 to 600000, or MIN-MAX such as 100-300",
        );
    }
}
