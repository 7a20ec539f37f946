//! Which of an experiment's sizes are run.

use serde::{Deserialize, Serialize};

use crate::named::named;

/// Which of an experiment's sizes to run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// The source's own.
    Exact,
    /// Sizes that are long enough to measure, under a minute for a whole experiment.
    #[default]
    Lab,
    /// Seconds; for tests and first looks.
    Smoke,
}
named!(Scale "scale": Exact = "exact", Lab = "lab", Smoke = "smoke");

impl Scale {
    /// What people call it, who have not learnt its name.
    pub fn title(self) -> &'static str {
        match self {
            Scale::Exact => "As published",
            Scale::Lab => "Standard",
            Scale::Smoke => "Quick look",
        }
    }

    /// What it is, in a few words.
    pub fn about(self) -> &'static str {
        match self {
            Scale::Exact => "the article's own sizes",
            Scale::Lab => "about a minute per experiment",
            Scale::Smoke => "seconds, small sizes",
        }
    }
}
