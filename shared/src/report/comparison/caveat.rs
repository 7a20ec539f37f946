//! Why ratios of two reports may say something else than how the work was done.

use serde::Serialize;

use super::WhichReport;
use crate::measure::Scale;
use crate::report::Report;

/// What two reports differ in, or one lacks, and ratios with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Caveat {
    /// They come from builds that define the work differently, as far as their ids tell.
    Builds {
        /// The build of the first report.
        first: String,
        /// And of the second.
        second: String,
    },
    /// They were measured on different processors.
    Processors {
        /// That of the first report.
        first: String,
        /// And of the second.
        second: String,
    },
    /// They were measured with different numbers of cores.
    Cores {
        /// Those of the first report.
        first: u32,
        /// And of the second.
        second: u32,
    },
    /// They are of different scales.
    Scales {
        /// That of the first report.
        first: Scale,
        /// And of the second.
        second: Scale,
    },
    /// One of them was stopped.
    Stopped {
        /// Which.
        side: WhichReport,
    },
}

impl Caveat {
    /// The caveat in words, with names for the first report and for the second.
    pub fn in_words(&self, names: [&str; 2]) -> String {
        let [one, other] = names;
        match self {
            Caveat::Builds { first, second } => format!(
                "{one} comes from build {first} and {other} from {second}: their work may be defined differently"
            ),
            Caveat::Processors { first, second } => {
                format!("{one} ran on {first} and {other} on {second}: ratios are of the processors too")
            }
            Caveat::Cores { first, second } => {
                format!("{one} had {first} cores and {other} {second}: ratios are of the machines too")
            }
            Caveat::Scales { first, second } => {
                format!("{one} is at scale {first} and {other} at {second}: their sizes may differ")
            }
            Caveat::Stopped { side } => {
                format!("{} was stopped before its end: runs or rows of it are missing", side.of(names))
            }
        }
    }
}

/// What is to be minded in comparing two reports.
pub(super) fn between(first: &Report, second: &Report) -> Vec<Caveat> {
    /// Two values, if both are known and they differ.
    fn differing<T: PartialEq>(first: Option<T>, second: Option<T>) -> Option<(T, T)> {
        first.zip(second).filter(|(first, second)| first != second)
    }
    let build = |report: &Report| Some(report.tool.build.clone());
    let cpu = |report: &Report| report.environment.cpu.clone();
    let cores = |report: &Report| Some(report.environment.cores).filter(|cores| *cores > 0);
    let stopped = |report: &Report, side| report.cancelled.then_some(Caveat::Stopped { side });
    [
        differing(build(first), build(second)).map(|(first, second)| Caveat::Builds { first, second }),
        differing(cpu(first), cpu(second)).map(|(first, second)| Caveat::Processors { first, second }),
        differing(cores(first), cores(second)).map(|(first, second)| Caveat::Cores { first, second }),
        differing(Some(first.scale), Some(second.scale)).map(|(first, second)| Caveat::Scales { first, second }),
        stopped(first, WhichReport::First),
        stopped(second, WhichReport::Second),
    ]
    .into_iter()
    .flatten()
    .collect()
}
