//! A few tasks that stand for those of an experiment.

use crate::draw;
use crate::experiment::Experiment;
use crate::ideal::{Doing, Part};
use crate::scale::Scale;
use crate::task::Work;
use crate::workload::{Cost, Setting};

/// More tasks than this would be too thin to see.
const TASKS_MAX: u32 = 12;
/// What is drawn by chance, is so with this.
const SEED: u64 = 1;
/// Of a request to a server that answers at once, the share that is drawn as waiting for the head of its answer.
const HEAD: f64 = 0.25;

/// A few tasks that stand for those of an experiment at its source's size; `share` of them, if there are many.
pub(super) fn tasks(experiment: &Experiment, share: f64) -> Vec<Vec<Part>> {
    let workload = experiment.workload(Scale::Exact);
    let all = workload.tasks();
    let count = ((f64::from(all) * share).round() as u32).clamp(1, TASKS_MAX.min(all));
    let works: Vec<Work> = match workload.waves(Setting { target: "", seed: SEED }).next(&[]) {
        // Only the first page of a crawl is known; the others are like it.
        Some(wave) if wave.len() == all as usize => wave.into_iter().map(|task| task.work).collect(),
        _ => Vec::new(),
    };
    let is_delayed = workload.model().is_some_and(|model| !model.latency.is_none());
    let parts = |index: u32| match workload.cost() {
        _ if workload.panics_at() == Some(index) => vec![(Doing::Fails, 0.5)],
        Cost::Uneven => vec![(Doing::Computes, 0.2 + draw::uniform(SEED, index.into()))],
        Cost::Sleep { longest_ms } => match works.get((index * all / count) as usize) {
            Some(Work::Sleep { duration_ms, .. }) => vec![(Doing::Waits, duration_ms / longest_ms as f64)],
            _ => vec![(Doing::Waits, 1.0)],
        },
        Cost::Mixed => match works.get(index as usize) {
            Some(work) if !work.waits() => vec![(Doing::Computes, 1.0)],
            _ => vec![(Doing::Waits, 1.0)],
        },
        Cost::Request { computing } if computing > 0.0 => {
            vec![(Doing::Waits, 1.0 - computing), (Doing::Computes, computing)]
        }
        Cost::Request { .. } if is_delayed => vec![(Doing::Waits, 1.0)],
        // The head of an answer is waited for; its body keeps a core busy.
        Cost::Request { .. } => vec![(Doing::Waits, HEAD), (Doing::Computes, 1.0 - HEAD)],
        // What nothing is known of differs from task to task.
        Cost::Unknown => vec![(Doing::Computes, 0.7 + 0.6 * draw::uniform(SEED, index.into()))],
        Cost::Steps(_) => vec![(Doing::Computes, 1.0)],
    };
    (0..count).map(parts).collect()
}
