//! Why ratios of two reports may say something else than how the work was done.

use serde::Serialize;

use super::WhichReport;
use crate::report::Report;
use crate::scale::Scale;

/// What two reports differ in, or one lacks, and ratios with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Caveat {
    /// They come from builds that define the work differently, as far as their ids tell.
    Builds {
        /// The build of the baseline.
        baseline: String,
        /// And of the candidate.
        candidate: String,
    },
    /// They were measured on different processors.
    Processors {
        /// That of the baseline.
        baseline: String,
        /// And of the candidate.
        candidate: String,
    },
    /// They were measured with different numbers of cores.
    Cores {
        /// Those of the baseline.
        baseline: u32,
        /// And of the candidate.
        candidate: u32,
    },
    /// They are of different scales.
    Scales {
        /// That of the baseline.
        baseline: Scale,
        /// And of the candidate.
        candidate: Scale,
    },
    /// One of them was stopped.
    Stopped {
        /// The report that is not whole.
        side: WhichReport,
    },
}

impl Caveat {
    /// The caveat in words, with names for the baseline and for the candidate.
    pub fn in_words(&self, names: [&str; 2]) -> String {
        let [baseline_name, candidate_name] = names;
        match self {
            Caveat::Builds { baseline, candidate } => format!(
                "{baseline_name} comes from build {baseline} and {candidate_name} from {candidate}: their work may be defined differently"
            ),
            Caveat::Processors { baseline, candidate } => {
                format!(
                    "{baseline_name} ran on {baseline} and {candidate_name} on {candidate}: ratios are of the processors too"
                )
            }
            Caveat::Cores { baseline, candidate } => {
                format!(
                    "{baseline_name} had {baseline} cores and {candidate_name} {candidate}: ratios are of the machines too"
                )
            }
            Caveat::Scales { baseline, candidate } => {
                format!(
                    "{baseline_name} is at scale {baseline} and {candidate_name} at {candidate}: their sizes may differ"
                )
            }
            Caveat::Stopped { side } => {
                format!("{} was stopped before its end: runs or rows of it are missing", side.of(names))
            }
        }
    }
}

/// What is to be minded in comparing two reports.
pub(super) fn between(baseline: &Report, candidate: &Report) -> Vec<Caveat> {
    /// Two values, if both are known and they differ.
    fn differing<T: PartialEq>(baseline: Option<T>, candidate: Option<T>) -> Option<(T, T)> {
        baseline.zip(candidate).filter(|(baseline, candidate)| baseline != candidate)
    }
    let build = |report: &Report| Some(report.tool.build.clone());
    let cpu = |report: &Report| report.environment.cpu.clone();
    let cores = |report: &Report| Some(report.environment.cores).filter(|cores| *cores > 0);
    let stopped = |report: &Report, side| report.cancelled.then_some(Caveat::Stopped { side });
    [
        differing(build(baseline), build(candidate))
            .map(|(baseline, candidate)| Caveat::Builds { baseline, candidate }),
        differing(cpu(baseline), cpu(candidate))
            .map(|(baseline, candidate)| Caveat::Processors { baseline, candidate }),
        differing(cores(baseline), cores(candidate)).map(|(baseline, candidate)| Caveat::Cores { baseline, candidate }),
        differing(Some(baseline.scale), Some(candidate.scale))
            .map(|(baseline, candidate)| Caveat::Scales { baseline, candidate }),
        stopped(baseline, WhichReport::Baseline),
        stopped(candidate, WhichReport::Candidate),
    ]
    .into_iter()
    .flatten()
    .collect()
}
