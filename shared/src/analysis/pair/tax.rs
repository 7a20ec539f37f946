//! Where the time goes on the way from native code to isolated workers in a browser, step by step.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use super::PairStage;
use crate::analysis::RowAnalysis;
use crate::label::RowLabel;
use crate::report::Report;
use crate::row::Row;
use crate::statistics::{RatioEstimate, Verdict, paired_ratio, verdicts};
use crate::strategy::{Dispatch, Platform, Strategy};
use crate::way::Way;
use crate::workload::{Nature, Workload};

/// What a browser adds to the first part's time, which is native, step by step. The steps from one worker over several to
/// isolated ones multiply to the last of them, all together.
#[derive(Clone, Debug, PartialEq)]
pub struct Tax {
    /// The browser, by its place among the parts.
    pub part: usize,
    /// The steps.
    pub steps: Vec<Step>,
}

/// A step, measured pass by pass.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Step {
    /// Which one.
    #[serde(flatten)]
    pub kind: StepKind,
    /// What its work does.
    #[serde(skip)]
    pub nature: Nature,
    /// What the row with one worker is called.
    #[serde(serialize_with = "as_text")]
    pub one_worker: RowLabel,
    /// How many passes had all runs that it takes.
    pub passes: usize,
    /// By how much it multiplies the time: over 1, it costs something. The median over all passes.
    #[serde(flatten)]
    pub estimate: RatioEstimate,
    /// Whether it is shown to cost or to save time. The verdicts on all steps of a pair hold together.
    pub verdict: Verdict,
}

/// A step on the way from native code to isolated workers in a browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// From native to the browser on one worker: that of a sequential row, or the only one of another kind.
    OneWorker(Strategy),
    /// From one worker to so many of a kind: what that costs in the browser beyond what it costs natively.
    Workers(Strategy, u32),
    /// From so many workers with one memory to as many isolated ones, in the browser.
    Isolation(u32),
    /// From one worker without messages to an isolated one that gets its tasks in messages, in the browser.
    Messages,
    /// All together: so many isolated workers in the browser beside as many native threads.
    Together(u32),
}

impl Serialize for StepKind {
    /// The step by a name, with its strategy if it is one of several, and its workers.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Named {
            step: &'static str,
            #[serde(skip_serializing_if = "Option::is_none")]
            strategy: Option<Strategy>,
            workers: u32,
        }
        let (step, strategy, workers) = match *self {
            Self::OneWorker(strategy) => ("one-worker", Some(strategy), 1),
            Self::Workers(strategy, workers) => ("workers", Some(strategy), workers),
            Self::Isolation(workers) => ("isolation", None, workers),
            Self::Messages => ("messages", None, 1),
            Self::Together(workers) => ("in-all", None, workers),
        };
        Named { step, strategy, workers }.serialize(serializer)
    }
}

fn as_text<S: Serializer>(label: &RowLabel, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(label)
}

/// Strategies whose tasks share one memory, in the order in which their steps are said.
const OF_ONE_MEMORY: [Strategy; 2] = [Strategy::Threads, Strategy::Async];

/// The steps of an experiment, for each browser beside native.
pub(super) fn taxes(stage: &PairStage<'_>, reports: &[Report]) -> Vec<Tax> {
    if reports.first().is_none_or(|first| first.platform != Platform::Native) {
        return Vec::new();
    }
    let browsers = (1..reports.len()).filter(|part| reports[*part].environment.browser.is_some());
    let tax = |part: usize| Tax { part, steps: steps(stage, part) };
    browsers.map(tax).filter(|tax| !tax.steps.is_empty()).collect()
}

/// Gives the steps of all experiments the verdicts that hold together.
pub(super) fn judge_together(taxes: &mut [Vec<Tax>]) {
    let steps: Vec<&mut Step> = taxes.iter_mut().flatten().flat_map(|tax| &mut tax.steps).collect();
    let estimates: Vec<RatioEstimate> = steps.iter().map(|step| step.estimate).collect();
    steps.into_iter().zip(verdicts(&estimates, 1.0)).for_each(|(step, verdict)| step.verdict = verdict);
}

/// A row as it was measured natively, and in a browser.
#[derive(Clone, Copy)]
struct Sides<'s, 'a> {
    native: &'s RowAnalysis<'a>,
    browser: &'s RowAnalysis<'a>,
}

/// The steps of one browser, workload by workload.
fn steps(stage: &PairStage<'_>, part: usize) -> Vec<Step> {
    // Only what did the same work in both, in the plain way: another way is another step.
    let is_plain = |row: &Row| row.dispatch == Dispatch::Pool && row.way == Way::default();
    let rows = stage.rows.iter().filter(|row| row.ratio(part).is_some() && is_plain(row.row));
    let rows = rows.filter_map(|row| Some(Sides { native: stage.side(row, 0)?, browser: stage.side(row, part)? }));
    let mut workloads: Vec<(&Workload, Vec<Sides<'_, '_>>)> = Vec::new();
    for sides in rows {
        let workload = &sides.native.row.workload;
        match workloads.iter_mut().find(|(known, _)| *known == workload) {
            Some((_, rows)) => rows.push(sides),
            None => workloads.push((workload, vec![sides])),
        }
    }
    workloads.into_iter().flat_map(|(_, rows)| steps_of(&rows)).collect()
}

/// The steps of one workload.
fn steps_of(rows: &[Sides<'_, '_>]) -> Vec<Step> {
    let find = |strategy: Strategy, workers: u32| {
        rows.iter().find(|sides| (sides.native.row.strategy, sides.native.row.workers) == (strategy, workers))
    };
    let Some(single) = find(Strategy::Sequential, 1).or_else(|| find(Strategy::Threads, 1)) else { return Vec::new() };
    let kind = StepKind::OneWorker(single.native.row.strategy);
    let mut steps = vec![step(single.native, kind, &[(single.browser, 1), (single.native, -1)])];
    for strategy in OF_ONE_MEMORY {
        let of_strategy = rows.iter().filter(|sides| sides.native.row.strategy == strategy);
        // One thread is not several.
        for Sides { native, browser } in of_strategy.filter(|sides| sides.native.row.workers > 1) {
            let workers = native.row.workers;
            let beyond_native = [(*browser, 1), (*native, -1), (single.browser, -1), (single.native, 1)];
            steps.push(step(single.native, StepKind::Workers(strategy, workers), &beyond_native));
            let isolated = find(Strategy::Processes, workers).filter(|_| strategy == Strategy::Threads);
            if let Some(Sides { browser: isolated, .. }) = isolated {
                steps.push(step(single.native, StepKind::Isolation(workers), &[(isolated, 1), (browser, -1)]));
                steps.push(step(single.native, StepKind::Together(workers), &[(isolated, 1), (native, -1)]));
            }
        }
    }
    if let Some(Sides { browser: isolated, .. }) = find(Strategy::Processes, 1) {
        steps.push(step(single.native, StepKind::Messages, &[(isolated, 1), (single.browser, -1)]));
    }
    steps.into_iter().flatten().collect()
}

/// A step from the rows whose times it multiplies (1) or divides by (−1), pass by pass; `None` if no pass has all of them.
fn step(one_worker: &RowAnalysis<'_>, kind: StepKind, terms: &[(&RowAnalysis<'_>, i32)]) -> Option<Step> {
    let walls: Vec<(BTreeMap<u32, f64>, i32)> = terms.iter().map(|(row, power)| (row.passes(), *power)).collect();
    let in_pass = |repetition: &u32| {
        let (mut above, mut below) = (1.0, 1.0);
        for (walls, power) in &walls {
            let ms = walls.get(repetition)?;
            *(if *power > 0 { &mut above } else { &mut below }) *= ms;
        }
        Some((above, below))
    };
    let passes: Vec<(f64, f64)> = walls.first()?.0.keys().filter_map(in_pass).collect();
    let estimate = paired_ratio(&passes)?;
    Some(Step {
        kind,
        nature: one_worker.row.workload.nature(),
        one_worker: one_worker.label.clone(),
        passes: passes.len(),
        estimate,
        verdict: Verdict::CannotTell,
    })
}
