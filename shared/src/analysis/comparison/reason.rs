//! Why a row of two reports cannot be compared.

use serde::Serialize;

use crate::statistics::VALUES_FOR_INTERVAL;

/// One of two reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum WhichReport {
    /// The one that the other is divided by.
    Baseline,
    /// The one that is divided.
    Candidate,
}

impl WhichReport {
    pub(super) fn of<T>(self, [baseline, candidate]: [T; 2]) -> T {
        match self {
            WhichReport::Baseline => baseline,
            WhichReport::Candidate => candidate,
        }
    }
}

/// Why a row cannot be compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Reason {
    /// The other report has no row with the same kind of workload, strategy, workers and dispatch.
    Only {
        /// The report that has it.
        side: WhichReport,
    },
    /// Its parameters are not the same.
    Parameter {
        /// The first that differs.
        name: String,
        /// Its value in the baseline, or a dash.
        baseline: String,
        /// And in the candidate.
        candidate: String,
    },
    /// What was drawn by chance is not the same.
    Seed {
        /// The seed of the baseline.
        baseline: u64,
        /// And of the candidate.
        candidate: u64,
    },
    /// Tasks failed in one of them, so that less was done there.
    Failed {
        /// Where.
        side: WhichReport,
        /// How many.
        failed: usize,
    },
    /// One of them has no run that was whole, or none that took any time.
    NoRun {
        /// Where.
        side: WhichReport,
    },
    /// The target was in the browser in one of them, and reached over a network in the other.
    TargetInBrowser {
        /// Where it was in the browser.
        side: WhichReport,
    },
    /// They are parts of a pair and have no pass in common in which both were measured.
    NoPass,
    /// The runs of one of them did not all do the same work.
    Unsteady {
        /// Where.
        side: WhichReport,
        /// The first task that has another checksum, where it is known.
        task: Option<u32>,
    },
    /// They did not do the same work.
    Checksum {
        /// The first task that differs, where it is known.
        task: Option<u32>,
        /// Its checksum in the baseline, or a dash; the digest of all checksums, if it is not known which task differs.
        baseline: String,
        /// And in the candidate.
        candidate: String,
    },
    /// The ratio that is held against another one cannot be taken.
    NoRatio {
        /// In which pair.
        side: WhichReport,
    },
    /// The runs are too few for an interval, without which a threshold cannot be judged.
    TooFewRuns {
        /// Those of the baseline.
        baseline: usize,
        /// And of the candidate.
        candidate: usize,
    },
    /// The passes that parts of a pair have in common are too few for an interval.
    TooFewPasses {
        /// How many they are.
        passes: usize,
    },
}

impl Reason {
    /// The reason in words, with names for the baseline and for the candidate.
    pub fn in_words(&self, names: [&str; 2]) -> String {
        let [baseline_name, candidate_name] = names;
        match self {
            Reason::Only { side } => format!("only in {}", side.of(names)),
            Reason::Parameter { name, baseline, candidate } => {
                format!("{name} is {baseline} in {baseline_name} and {candidate} in {candidate_name}")
            }
            Reason::Seed { baseline, candidate } => {
                format!("the seed is {baseline} in {baseline_name} and {candidate} in {candidate_name}")
            }
            Reason::Failed { side, failed } => format!("{failed} of its tasks failed in {}", side.of(names)),
            Reason::NoRun { side } => format!("it has no whole run in {}", side.of(names)),
            Reason::TargetInBrowser { side } => {
                let [there, elsewhere] = match side {
                    WhichReport::Baseline => [baseline_name, candidate_name],
                    WhichReport::Candidate => [candidate_name, baseline_name],
                };
                format!(
                    "the target that it asks was in the browser in {there}, where no request opens a connection, and reached \
                     over a network in {elsewhere}"
                )
            }
            Reason::NoPass => format!("no pass has a whole run of it in both {baseline_name} and {candidate_name}"),
            Reason::Unsteady { side, task } => {
                let what = task.map_or_else(|| "all tasks together have".to_owned(), |task| format!("task {task} has"));
                format!("{what} several checksums in {}: its runs did not do the same work", side.of(names))
            }
            Reason::Checksum { task, baseline, candidate } => format!(
                "{} checksum {baseline} in {baseline_name} and {candidate} in {candidate_name}: they did not do the same work",
                task.map_or_else(|| "all tasks together have".to_owned(), |task| format!("task {task} has"))
            ),
            Reason::NoRatio { side } => format!("its ratio cannot be taken in {}", side.of(names)),
            Reason::TooFewRuns { baseline, candidate } => format!(
                "it has {baseline} runs in {baseline_name} and {candidate} in {candidate_name}; {VALUES_FOR_INTERVAL} runs each are needed for an interval"
            ),
            Reason::TooFewPasses { passes } => format!(
                "{baseline_name} and {candidate_name} took turns in {passes} passes; {VALUES_FOR_INTERVAL} are needed for an interval"
            ),
        }
    }

    /// Whether it means that something went wrong with the work itself.
    pub(super) fn is_other_work(&self) -> bool {
        matches!(self, Reason::Unsteady { .. } | Reason::Checksum { .. })
    }
}
