//! The named experiments: plans that answer one question each. The data is in `experiments.json`, one
//! file for CLI, page and tests.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::named::named;
use crate::row::Row;
use crate::scale::Scale;
use crate::strategy::{Dispatch, Platform, Strategy};
use crate::way::{Handing, Lock, Setup, Way};
use crate::workload::{self, CannotAdd, Kernel, Workload, entries, kernels};

/// Measured runs per row at [`Scale::Smoke`], at most: it shows that all works, not what it takes.
const SMOKE_RUNS: u32 = 2;

/// A named plan that answers one question.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Experiment {
    /// The name in CLI, URL and JSON.
    pub name: String,
    /// The source document and its title, if it comes from one.
    pub source: Option<Source>,
    /// The source's title of the workload.
    pub title: String,
    /// What one wants to know. In this text and the next ones a parameter's name in braces stands for what is run; see
    /// `say::Texts`.
    pub question: String,
    /// What is predicted, in words, and why.
    pub expect: String,
    /// What the source hides.
    pub hides: Option<String>,
    /// What of it the source does not say.
    #[serde(default)]
    pub inferred: Option<Inferred>,
    /// Why what it shows cannot be seen where the target is in the browser itself.
    #[serde(default)]
    pub unseen: Option<String>,
    /// Sizes by scale.
    pub sizes: Sizes,
    /// Warm-up runs per row.
    pub warmup: u32,
    /// Measured runs per row; see [`Experiment::runs_at`].
    pub runs: u32,
    /// Measured runs per row at the source's own sizes, if those take too long for as many.
    #[serde(default)]
    pub exact_runs: Option<u32>,
    /// Its source returns, for each run, when the last task stopped since the first one began.
    #[serde(default)]
    pub returns_last_stop: bool,
    /// Some of its tasks fail on purpose: it is not part of `all`.
    #[serde(default)]
    pub fails: bool,
    /// The parameters, by their names in JSON, of which its rows have several values to be drawn over.
    #[serde(default)]
    pub swept: Vec<String>,
    /// What is compared.
    pub rows: Vec<ExperimentRow>,
}

/// A document that an experiment comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Its number among the source documents.
    pub document: String,
    /// The title of the document's section.
    pub title: String,
}

/// What of an experiment its source does not say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inferred {
    /// What was chosen here so that the source's results fit, or could have been anything: in charts these words stand
    /// beside its results.
    pub what: Vec<String>,
    /// Why so.
    pub why: String,
}

impl Inferred {
    /// Whether the numbers of workers are.
    pub fn has_workers(&self) -> bool {
        self.what.iter().any(|what| what == "workers")
    }
}

/// A workload for each scale. Of a function in a list it is enough to name it: its entry says the sizes.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(from = "WrittenSizes")]
pub struct Sizes {
    /// The sizes that the source used.
    pub exact: Workload,
    /// Long enough to measure.
    pub lab: Workload,
    /// Seconds.
    pub smoke: Workload,
    /// Parameters that differ in Python, by scale: what compiled code does in milliseconds takes it seconds.
    #[serde(default)]
    pub python: BTreeMap<Scale, Map<String, Value>>,
}

/// Sizes as they are written.
#[derive(Deserialize)]
#[serde(untagged)]
enum WrittenSizes {
    Kernel { kernel: String },
    Each(Box<EachSize>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EachSize {
    exact: Workload,
    lab: Workload,
    smoke: Workload,
    #[serde(default)]
    python: BTreeMap<Scale, Map<String, Value>>,
}

impl From<WrittenSizes> for Sizes {
    fn from(written: WrittenSizes) -> Self {
        match written {
            WrittenSizes::Kernel { kernel } => {
                Self::of(kernels().find(|known| known.name == kernel).expect("a test parses the experiments"))
            }
            WrittenSizes::Each(each) => {
                let EachSize { exact, lab, smoke, python } = *each;
                Self { exact, lab, smoke, python }
            }
        }
    }
}

impl Sizes {
    /// The sizes of a function in a list. It has no source, whose size would be the exact one.
    fn of(kernel: &parlab_work::Entry) -> Self {
        let at = |size| Workload::Kernel(Kernel::of(kernel, size));
        let parlab_work::Sizes { smoke, lab, .. } = kernel.sizes;
        Self { exact: at(lab), lab: at(lab), smoke: at(smoke), python: BTreeMap::new() }
    }
}

/// Whose way to carry a row out it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Variant {
    /// parlab's: what is compared differs in one thing only.
    #[default]
    Parlab,
    /// The source's: as it ran the row, whatever else that measures.
    Source,
    /// Either, because both do the same; of a request, all rows.
    Both,
}
named!(Variant "variant": Parlab = "parlab", Source = "source", Both = "both");

impl Variant {
    /// Whether who asks for this variant wants a row of another.
    pub fn includes(self, of_row: Self) -> bool {
        self == of_row || self == Variant::Both || of_row == Variant::Both
    }
}

/// A row of an experiment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExperimentRow {
    /// How tasks are spread.
    pub strategy: Strategy,
    /// Over how many workers.
    pub workers: u32,
    /// Where workers get their tasks from.
    #[serde(default)]
    pub dispatch: Dispatch,
    /// How tasks are handed to them.
    #[serde(default)]
    pub handing: Handing,
    /// Whether to make them is timed.
    #[serde(default)]
    pub setup: Setup,
    /// Which lock they take turns at.
    #[serde(default)]
    pub lock: Lock,
    /// Whose way that is.
    #[serde(default)]
    pub variant: Variant,
    /// Parameters of the workload that are the row's own, at every scale.
    #[serde(default)]
    pub params: Map<String, Value>,
    /// And at one scale, over those.
    #[serde(default)]
    pub sizes: BTreeMap<Scale, Map<String, Value>>,
    /// The title of the source's figure for this row.
    pub figure: Option<String>,
    /// The source's own result, in seconds, if it has one.
    pub source_s: Option<f64>,
    /// And its parts, in seconds, by phase.
    #[serde(default)]
    pub source_phases_s: BTreeMap<String, f64>,
}

impl Experiment {
    /// The workload at a scale.
    pub fn workload(&self, scale: Scale) -> &Workload {
        match scale {
            Scale::Exact => &self.sizes.exact,
            Scale::Lab => &self.sizes.lab,
            Scale::Smoke => &self.sizes.smoke,
        }
    }

    /// Measured runs per row at a scale.
    pub fn runs_at(&self, scale: Scale) -> u32 {
        match scale {
            Scale::Exact => self.exact_runs.unwrap_or(self.runs),
            Scale::Lab => self.runs,
            Scale::Smoke => self.runs.min(SMOKE_RUNS),
        }
    }

    /// Its rows of a variant at a scale on a platform.
    pub fn rows(&self, scale: Scale, platform: Platform, variant: Variant) -> Vec<Row> {
        self.rows_of(variant).map(|row| self.row(row, scale, platform)).collect()
    }

    /// Its rows of a variant, as they are listed.
    pub fn rows_of(&self, variant: Variant) -> impl Iterator<Item = &ExperimentRow> {
        self.rows.iter().filter(move |row| variant.includes(row.variant))
    }

    fn row(&self, row: &ExperimentRow, scale: Scale, platform: Platform) -> Row {
        let with = |workload: &Workload, params| workload.with_params(params).expect("a test reads every row");
        let mut workload = with(self.workload(scale), &row.params);
        if let (Platform::Python, Some(params)) = (platform, self.sizes.python.get(&scale)) {
            workload = with(&workload, params);
        }
        if let Some(params) = row.sizes.get(&scale) {
            workload = with(&workload, params);
        }
        let ExperimentRow { strategy, workers, dispatch, handing, setup, lock, .. } = *row;
        let way = Way { handing, setup, lock };
        Row {
            experiment: Some(self.name.clone()),
            workload,
            strategy,
            workers,
            dispatch,
            way,
            swept: self.swept.clone(),
        }
    }

    /// Whether a row of a report is one of its own. What platforms differ in tells no rows apart; and a row with parameters of
    /// its own is told apart by them alone, because the others may have been asked for.
    fn lists_as(&self, listed: &ExperimentRow, row: &Row, scale: Scale) -> bool {
        let planned = self.row(listed, scale, Platform::Native);
        planned.is_spread_alike(row) && row.workload.has_params_of(&planned.workload, listed.params.keys())
    }

    /// Its strategies, each once.
    pub fn strategies(&self) -> Vec<Strategy> {
        let mut strategies: Vec<_> = self.rows.iter().map(|row| row.strategy).collect();
        strategies.sort_unstable();
        strategies.dedup();
        strategies
    }

    /// The numbers of workers in its sweeps, ascending; what is sequential has none.
    pub fn workers(&self) -> Vec<u32> {
        let sweeps = self.rows.iter().filter(|row| row.strategy.is_concurrent());
        let mut workers: Vec<_> = sweeps.map(|row| row.workers).collect();
        workers.sort_unstable();
        workers.dedup();
        if workers.is_empty() { vec![1, 2] } else { workers }
    }
}

/// Every experiment, in the order in which they are shown: those of this crate, then one for each workload that was
/// [added](add).
pub fn experiments() -> &'static [Experiment] {
    static EXPERIMENTS: OnceLock<Vec<Experiment>> = OnceLock::new();
    EXPERIMENTS.get_or_init(|| written().into_iter().chain(workload::added().iter().map(of_kernel)).collect())
}

/// The experiments of this crate.
fn written() -> Vec<Experiment> {
    serde_json::from_str(include_str!("experiments.json")).expect("a test parses the experiments")
}

/// Adds the workloads of other crates, and an experiment for each. They are there for whoever asks afterwards.
///
/// # Errors
/// None is added: the list is empty, a workload has a name that another or an experiment has or none can have, or it
/// cannot be run.
pub fn add(added: &'static [parlab_work::Entry]) -> Result<(), CannotAdd> {
    workload::add(added, written().iter().map(|experiment| experiment.name.as_str()))
}

/// The experiment of a workload that has none of its own: how long it takes on one worker, what more gain, and what each of
/// its methods takes.
fn of_kernel(kernel: &parlab_work::Entry) -> Experiment {
    let row = |strategy, workers, method: Option<&&str>| ExperimentRow {
        strategy,
        workers,
        dispatch: Dispatch::default(),
        handing: Handing::default(),
        setup: Setup::default(),
        lock: Lock::default(),
        variant: Variant::default(),
        params: method.map(|method| ("method".to_owned(), Value::from(*method))).into_iter().collect(),
        sizes: BTreeMap::new(),
        figure: None,
        source_s: None,
        source_phases_s: BTreeMap::new(),
    };
    let with_each = |method| {
        let several = [Strategy::Threads, Strategy::Processes];
        let several = several.into_iter().flat_map(|strategy| [1, 2, 4].map(|workers| (strategy, workers)));
        let all = std::iter::once((Strategy::Sequential, 1)).chain(several);
        all.map(move |(strategy, workers)| row(strategy, workers, method)).collect::<Vec<_>>()
    };
    let rows = match kernel.methods {
        [] => with_each(None),
        methods => methods.iter().flat_map(|method| with_each(Some(method))).collect(),
    };
    Experiment {
        name: kernel.name.to_owned(),
        source: None,
        title: kernel.name.to_owned(),
        question: format!("{}: what do more workers gain, and what does it take in a browser?", kernel.about),
        expect: "Nothing is known of this work before it is measured.".to_owned(),
        hides: None,
        inferred: None,
        unseen: None,
        sizes: Sizes::of(kernel),
        warmup: 1,
        runs: 6,
        exact_runs: None,
        returns_last_stop: false,
        fails: false,
        swept: Vec::new(),
        rows,
    }
}

/// Finds an experiment by name, or else the first one whose workload has that name; says which it was.
pub fn find(name: &str) -> Option<(&'static Experiment, bool)> {
    let named = experiments().iter().find(|experiment| experiment.name == name).map(|experiment| (experiment, true));
    let of_workload = || {
        experiments()
            .iter()
            .find(|experiment| experiment.sizes.lab.name() == name)
            .map(|experiment| (experiment, false))
    };
    named.or_else(of_workload)
}

/// Every name that [`find`] knows.
pub fn names() -> Vec<&'static str> {
    let mut names: Vec<_> = experiments().iter().map(|experiment| experiment.name.as_str()).collect();
    for entry in entries() {
        if !names.contains(&entry.name) {
            names.push(entry.name);
        }
    }
    names
}

/// The parameters that the rows of a row's experiment differ in, and those that were asked for with several values, with the
/// row's values, as text. What only the source's own way differs in is said by whose way it is.
pub fn differing_params(row: &Row) -> Vec<(&str, String)> {
    let experiment = row.experiment.as_deref().and_then(find).map(|(experiment, _)| experiment);
    let rows = experiment.iter().flat_map(|experiment| &experiment.rows).filter(|row| row.variant != Variant::Source);
    let swept = || row.swept.iter().map(String::as_str);
    // Of a function of another build nobody here knows how many ways there are.
    let of_another_build = (!row.workload.is_in_this_build()).then_some("method");
    let names = rows.flat_map(|row| row.params.keys().map(String::as_str)).chain(swept());
    let mut names: Vec<&str> = names.chain(of_another_build).collect();
    names.sort_unstable();
    names.dedup();
    let params = row.workload.params();
    let value = |name: &str| match params.get(name)? {
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    };
    // Of what has several values, that it is nothing is one of them.
    let told = |name: &str, value: String| match (name, value.as_str()) {
        _ if swept().all(|known| known != name) => value,
        ("latency_ms", "") => "0".to_owned(),
        ("fail", "") => "never".to_owned(),
        ("found", "0") => "any number".to_owned(),
        _ => value,
    };
    names.into_iter().filter_map(|name| Some((name, told(name, value(name)?)))).collect()
}

/// The row of its experiment that a row of a report is: where the source's figure and result stand. `None` if it is none
/// of an experiment's own rows.
pub fn source_row(row: &Row, scale: Scale) -> Option<&'static ExperimentRow> {
    let (experiment, _) = find(row.experiment.as_deref()?)?;
    // Where only parameters tell two rows apart, the one that names more of them is meant.
    let is_it = |listed: &&ExperimentRow| experiment.lists_as(listed, row, scale);
    experiment.rows.iter().filter(is_it).rev().max_by_key(|listed| listed.params.len())
}

/// Whether a row is carried out as its source did, where parlab has a way of its own to do it.
pub fn is_as_the_source_ran_it(row: &Row) -> bool {
    let Some((experiment, _)) = row.experiment.as_deref().and_then(find) else { return false };
    // Sizes tell no variants apart.
    let is_it = |listed: &ExperimentRow| Scale::ALL.iter().any(|scale| experiment.lists_as(listed, row, *scale));
    experiment.rows.iter().any(|listed| listed.variant == Variant::Source && is_it(listed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Analysis;
    use crate::measure::Request;
    use crate::report::fixture::ReportBuilder;
    use crate::statistics::VALUES_FOR_INTERVAL;
    use crate::workload::{Count, Countdown, Sum};

    #[test]
    fn every_experiment_is_a_plan_at_every_scale_on_every_platform() {
        for experiment in experiments() {
            for scale in Scale::ALL {
                for platform in Platform::ALL {
                    let variant = Some(Variant::Both);
                    let request = Request { scale: *scale, variant, ..Request::named(&experiment.name) };
                    // Python has what the source documents have.
                    let needs_tls = experiment.rows.iter().all(|row| row.params.contains_key("protocol"));
                    if *platform == Platform::Python && (needs_tls || !experiment.workload(*scale).entry().in_python) {
                        assert!(request.plan(*platform).is_err(), "{}", experiment.name);
                        continue;
                    }
                    let plan = request.plan(*platform).expect("a plan");
                    assert_eq!(plan.rows().count() + plan.left_out.len(), experiment.rows.len(), "{}", experiment.name);
                }
            }
        }
    }

    #[test]
    fn every_row_is_found_again_in_a_report() {
        for experiment in experiments() {
            for (scale, platform) in Scale::ALL.iter().flat_map(|scale| Platform::ALL.iter().map(move |on| (scale, on)))
            {
                for (row, expected) in experiment.rows(*scale, *platform, Variant::Both).iter().zip(&experiment.rows) {
                    assert_eq!(source_row(row, *scale), Some(expected), "{} {scale} {platform}", experiment.name);
                }
            }
        }
    }

    #[test]
    fn the_row_that_others_are_compared_with_comes_first() {
        for experiment in experiments() {
            let report = ReportBuilder::of(&experiment.name).runs(1).build();
            let analysis = Analysis::of(&report);
            for (place, row) in analysis.rows.iter().enumerate() {
                let first = row.baseline.unwrap_or(place);
                assert!(
                    first <= place,
                    "{}: {} stands before {}",
                    experiment.name,
                    row.label,
                    analysis.rows[first].label
                );
            }
        }
    }

    #[test]
    fn every_workload_has_an_experiment() {
        for entry in entries() {
            assert!(find(entry.name).is_some(), "{}", entry.name);
        }
    }

    #[test]
    fn enough_runs_for_an_interval_at_lab() {
        for experiment in experiments().iter().filter(|experiment| !experiment.fails) {
            assert!(experiment.runs_at(Scale::Lab) >= VALUES_FOR_INTERVAL, "{}", experiment.name);
        }
    }

    #[test]
    fn the_sources_own_sizes() {
        fn check(name: &str, workload: &Workload) {
            assert_eq!(find(name).expect("an experiment").0.workload(Scale::Exact), workload);
        }
        check("cpu-heavy", &Workload::Count(Count { tasks: 16, n: 10_000_000 }));
        check("countdown", &Workload::Countdown(Countdown { tasks: 300, n: 850_000 }));
        check("sum", &Workload::Sum(Sum { tasks: 5, n: 100_000_000 }));
    }
}
