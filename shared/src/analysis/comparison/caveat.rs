//! Why ratios of two reports may say something else than how the work was done.

use serde::Serialize;

use super::WhichReport;
use crate::analysis::RowAnalysis;
use crate::number::{Cores, Time};
use crate::report::Report;
use crate::run::Run;
use crate::statistics::{RatioEstimate, median, ratio_interval};

/// The same piece of computing takes no more than this share longer by chance, even where runs are many.
const PROBE: f64 = 0.02;

/// What two reports differ in, or one lacks, and ratios with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Caveat {
    /// Something beside the work is not the same.
    Differs {
        /// What.
        aspect: Aspect,
        /// What it is in the baseline.
        baseline: String,
        /// And in the candidate.
        candidate: String,
    },
    /// One of them was stopped.
    Stopped {
        /// The report that is not whole.
        side: WhichReport,
    },
}

/// What reports can differ in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Aspect {
    /// The build of the program.
    Build,
    /// The processor.
    Processor,
    /// The number of cores.
    Cores,
    /// How much of the cores' time could be used.
    Quota,
    /// The operating system.
    System,
    /// The type of the file system that files were written to.
    FileSystem,
    /// The version of the same browser.
    Browser,
    /// The protocol over which pages came, and tasks ask.
    Http,
    /// The Python.
    Python,
    /// The scale.
    Scale,
    /// What the same piece of computing took before each run.
    Probe,
    /// What carried a row out on the same platform.
    Mechanism,
}

/// An aspect with its value in a report, where it is known.
type Known = (Aspect, fn(&Report) -> Option<String>);

/// What a report says of each aspect that is one value per report.
const ASPECTS: &[Known] = &[
    (Aspect::Processor, |report| report.environment.cpu.clone()),
    (Aspect::Cores, |report| Some(report.environment.cores).filter(|cores| *cores > 0).map(|cores| cores.to_string())),
    (Aspect::Quota, |report| {
        let quota = report.environment.cpu_quota.map(|quota| Cores(quota).to_string());
        // A report that does not tell is of a time when none did, or of a platform that cannot.
        quota.or_else(|| report.environment.busy_cores.map(|_| "none".to_owned()))
    }),
    (Aspect::FileSystem, |report| {
        let writes = report.runs.iter().any(|run| run.row.workload.writes_files());
        report.environment.file_system.clone().filter(|_| writes)
    }),
    (Aspect::Http, |report| {
        let asks = |run: &Run| run.row.workload.model().is_some() && run.row.workload.protocol().is_none();
        let asks = report.runs.iter().any(asks);
        report.environment.http.clone().filter(|_| asks)
    }),
    (Aspect::Python, |report| {
        report.environment.python.as_ref().map(|python| format!("{} {}", python.implementation, python.version))
    }),
    (Aspect::Scale, |report| Some(report.scale.to_string())),
];

impl Aspect {
    /// What differs in a word, to stand beside a ratio.
    pub fn word(self) -> &'static str {
        match self {
            Aspect::Build => "build",
            Aspect::Processor => "processor",
            Aspect::Cores => "cores",
            Aspect::Quota => "quota",
            Aspect::System => "system",
            Aspect::FileSystem => "file system",
            Aspect::Browser => "browser version",
            Aspect::Http => "protocol",
            Aspect::Python => "Python",
            Aspect::Scale => "scale",
            Aspect::Probe => "speed of the machine",
            Aspect::Mechanism => "mechanism",
        }
    }

    /// What it is called in a sentence, and what it means that it differs.
    fn meaning(self) -> (&'static str, &'static str) {
        match self {
            Aspect::Build => ("the build", "their work may be defined differently"),
            Aspect::Processor => ("the processor", "ratios are of the processors, too"),
            Aspect::Cores => ("the number of cores", "ratios are of the machines, too"),
            Aspect::Quota => ("the quota for the cores' time", "ratios are of the quotas, too"),
            Aspect::FileSystem => ("the file system", "ratios of work that writes files are of the file systems, too"),
            Aspect::System => ("the operating system", "ratios are of the systems, too"),
            Aspect::Browser => ("the version of", "ratios are of the versions, too"),
            Aspect::Http => ("the protocol of requests", "ratios of work that asks a server are of the protocols, too"),
            Aspect::Python => ("the Python", "ratios are of the versions, too"),
            Aspect::Scale => ("the scale", "sizes may differ"),
            Aspect::Probe => (
                "the time of the same piece of computing before each run",
                "the machine, or what else ran on it, was not the same",
            ),
            Aspect::Mechanism => ("what carried some rows out", "their ratios are of that, too"),
        }
    }
}

impl Caveat {
    /// The caveat in words, with names for the baseline and for the candidate.
    pub fn in_words(&self, names: [&str; 2]) -> String {
        let [baseline_name, candidate_name] = names;
        match self {
            Caveat::Differs { aspect, baseline, candidate } => {
                let (what, meaning) = aspect.meaning();
                // Where both values begin with the name of what they are versions of, it is said once.
                let named = (*aspect == Aspect::Browser).then(|| baseline.rsplit_once(' ')).flatten();
                let (what, baseline, candidate) = match named {
                    Some((name, version)) => {
                        let other = candidate.rsplit_once(' ').map_or(candidate.as_str(), |(_, version)| version);
                        (format!("{what} {name}"), version, other)
                    }
                    None => (what.to_owned(), baseline.as_str(), candidate.as_str()),
                };
                format!("{what} is {baseline} in {baseline_name} and {candidate} in {candidate_name}: {meaning}")
            }
            Caveat::Stopped { side } => {
                format!("{} was stopped before its end: runs or rows of it are missing", side.of(names))
            }
        }
    }

    /// The caveat in a word.
    pub fn word(&self) -> &'static str {
        match self {
            Caveat::Differs { aspect, .. } => aspect.word(),
            Caveat::Stopped { .. } => "stopped",
        }
    }
}

/// Two values of an aspect, if both are known and they differ.
fn differing(aspect: Aspect, baseline: Option<String>, candidate: Option<String>) -> Option<Caveat> {
    let (baseline, candidate) = baseline.zip(candidate).filter(|(baseline, candidate)| baseline != candidate)?;
    Some(Caveat::Differs { aspect, baseline, candidate })
}

/// What is to be minded in comparing two reports, or in taking them for one.
pub fn caveats(baseline: &Report, candidate: &Report) -> Vec<Caveat> {
    let stopped = |report: &Report, side| report.cancelled.then_some(Caveat::Stopped { side });
    let build = |report: &Report| report.tool.build.clone();
    let builds = (!baseline.tool.is_same_build(&candidate.tool)).then(|| Caveat::Differs {
        aspect: Aspect::Build,
        baseline: build(baseline),
        candidate: build(candidate),
    });
    let of_reports = ASPECTS.iter().map(|(aspect, value)| differing(*aspect, value(baseline), value(candidate)));
    let others = [
        system(baseline, candidate),
        browser(baseline, candidate),
        probe(baseline, candidate),
        stopped(baseline, WhichReport::Baseline),
        stopped(candidate, WhichReport::Candidate),
    ];
    [builds].into_iter().chain(of_reports).chain(others).flatten().collect()
}

/// Different systems. A browser tells no more than a system's name: `Linux` is no other system than `Linux (Debian …)`.
fn system(baseline: &Report, candidate: &Report) -> Option<Caveat> {
    let [baseline, candidate] = [baseline, candidate].map(|report| report.environment.os.clone());
    let is_rest = |rest: &str| rest.is_empty() || rest.starts_with(" (");
    let tells_less = |less: &str, more: &str| more.strip_prefix(less).is_some_and(is_rest);
    let is_same = tells_less(&baseline, &candidate) || tells_less(&candidate, &baseline);
    differing(Aspect::System, Some(baseline), Some(candidate)).filter(|_| !is_same)
}

/// Different versions of a browser. That a browser is not another one is what is compared.
fn browser(baseline: &Report, candidate: &Report) -> Option<Caveat> {
    let [baseline, candidate] = [baseline, candidate].map(|report| report.environment.browser.as_ref());
    let (baseline, candidate) =
        baseline.zip(candidate).filter(|(baseline, candidate)| baseline.name == candidate.name)?;
    let [baseline, candidate] = [baseline, candidate].map(|browser| format!("{} {}", browser.name, browser.version));
    differing(Aspect::Browser, Some(baseline), Some(candidate))
}

/// Whether the same piece of computing took another time on the same platform.
fn probe(baseline: &Report, candidate: &Report) -> Option<Caveat> {
    if baseline.platform != candidate.platform {
        return None;
    }
    let probes = |report: &Report| -> Vec<f64> {
        report.runs.iter().filter(|run| run.is_measured()).filter_map(|run| run.probe_ms).collect()
    };
    let (baseline, candidate) = (probes(baseline), probes(candidate));
    let RatioEstimate { ratio, interval, .. } = ratio_interval(&candidate, &baseline)?;
    if interval?.contains(1.0) || (ratio - 1.0).abs() <= PROBE {
        return None;
    }
    let [baseline, candidate] = [baseline, candidate].map(|probes| median(&probes).map(|ms| Time(ms).to_string()));
    differing(Aspect::Probe, baseline, candidate)
}

/// What is to be minded in comparing two rows.
pub(super) fn between_rows(baseline: &RowAnalysis<'_>, candidate: &RowAnalysis<'_>) -> Vec<Caveat> {
    // What carries a row out on another platform is what is compared.
    let is_same_platform = baseline.platform == candidate.platform;
    let [baseline, candidate] = [baseline, candidate].map(|row| Some(row.mechanism.to_string()));
    is_same_platform.then(|| differing(Aspect::Mechanism, baseline, candidate)).flatten().into_iter().collect()
}
