//! How the target fails.

use std::fmt::{self, Display};
use std::str::FromStr;

use serde::Serialize;

use super::{as_text, decimal};
use crate::named::named;

/// What can go wrong with a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// The status is 500.
    #[default]
    Status,
    /// The connection ends after half of the body.
    Cut,
    /// Half of the body, then nothing for a long time, then the connection ends.
    Stall,
    /// What comes is no HTTP, and the connection ends.
    Garbage,
    /// A redirect (307) to the same address, again and again.
    Redirect,
}
named!(FaultKind "fault":
    Status = "status", Cut = "cut", Stall = "stall", Garbage = "garbage", Redirect = "redirect",
);

/// What goes wrong with requests, and how often. As text: `KIND`, `KIND:PROBABILITY`, or nothing for never.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Fault {
    kind: FaultKind,
    /// From 0 to 1; what never happens is of the default kind.
    probability: f64,
}

impl Fault {
    /// What goes wrong.
    pub fn kind(self) -> FaultKind {
        self.kind
    }

    /// How probably, from 0 to 1.
    pub fn probability(self) -> f64 {
        self.probability
    }

    /// Whether nothing ever goes wrong.
    pub fn is_none(self) -> bool {
        self.probability == 0.0
    }
}

impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            fault if fault.is_none() => Ok(()),
            Self { kind, probability: 1.0 } => write!(f, "{kind}"),
            Self { kind, probability } => write!(f, "{kind}:{probability}"),
        }
    }
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        let (kind, probability) = text.split_once(':').unwrap_or((text, "1"));
        let kind: FaultKind = kind.parse()?;
        match decimal(probability).filter(|probability| (0.0..=1.0).contains(probability)) {
            Some(0.0) => Ok(Self::default()),
            Some(probability) => Ok(Self { kind, probability }),
            None => Err(format!("use {kind}, or {kind}:PROBABILITY from 0 to 1 such as {kind}:0.1")),
        }
    }
}

as_text!(Fault "fail");

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::golden;

    #[test]
    fn text_becomes_a_fault_and_text_again() {
        #[track_caller]
        fn check(text: &str, kind: FaultKind, probability: f64, printed: &str) {
            let fault: Fault = text.parse().expect("a fault");
            assert_eq!((fault.kind(), fault.probability()), (kind, probability));
            assert_eq!(fault.to_string(), printed);
            assert_eq!(serde_json::to_string(&fault).expect("JSON"), format!("\"{printed}\""));
        }
        check("", FaultKind::Status, 0.0, "");
        check("cut:0", FaultKind::Status, 0.0, "");
        check("stall", FaultKind::Stall, 1.0, "stall");
        check("garbage:1", FaultKind::Garbage, 1.0, "garbage");
        check("redirect:0.25", FaultKind::Redirect, 0.25, "redirect:0.25");
    }

    #[test]
    fn what_is_none_is_told_the_way_out() {
        let texts = ["fire", "cut:1e-1", "cut:2", "cut:", "cut:-1", "cut:inf", "cut:NaN", "cut:0.1:0.2"];
        golden::answers("refused.fault.txt", texts.map(|text| (text, text.parse::<Fault>().expect_err("no fault"))));
    }

    #[test]
    fn names_are_what_serde_writes() {
        for kind in FaultKind::ALL {
            assert_eq!(serde_json::to_string(kind).expect("a name"), format!("\"{kind}\""));
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(kind in prop::sample::select(FaultKind::ALL), probability in 0.0..=1.0) {
            let fault = if probability == 0.0 { Fault::default() } else { Fault { kind, probability } };
            prop_assert_eq!(fault.to_string().parse(), Ok(fault));
        }
    }
}
