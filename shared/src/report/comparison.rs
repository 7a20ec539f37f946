//! Two reports side by side.

use serde::Serialize;

use super::{Checksum, Report, RowSummary, Run, summarize};
use crate::measure::Row;
use crate::statistics::{Interval, RatioEstimate, Verdict, geometric_mean, ratio_interval};
use crate::strategy::Platform;

/// What two reports say of the rows that they have in common.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Comparison {
    /// Rows that did the same work in both, in the order of the first.
    pub ratios: Vec<Ratio>,
    /// Rows that look alike and cannot be compared.
    pub refused: Vec<Refused>,
    /// The geometric mean of all ratios, if there are several.
    pub mean: Option<RatioEstimate>,
    /// The reports come from builds that define the work differently, as far as their ids tell.
    pub builds_differ: bool,
}

/// A row that did the same work in two reports.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ratio {
    /// The row, as the first report has it.
    #[serde(flatten)]
    pub row: Row,
    /// The platform of the first report.
    pub first: Platform,
    /// Its median wall time in milliseconds.
    pub first_ms: f64,
    /// The platform of the second report.
    pub second: Platform,
    /// Its median wall time in milliseconds.
    pub second_ms: f64,
    /// `first_ms / second_ms`: over 1, the first took longer.
    pub ratio: f64,
    /// The 95 % interval of the ratio; `None` if the runs are too few.
    pub interval: Option<Interval>,
    /// Whether the first is faster or slower than the second.
    pub verdict: Verdict,
}

/// A row that looks alike in two reports and cannot be compared.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Refused {
    /// The row, as the first report has it.
    #[serde(flatten)]
    pub row: Row,
    /// Why not.
    pub reason: Reason,
}

/// Why a row cannot be compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Reason {
    /// Its parameters are not the same.
    #[error("{name} is {first} in one and {second} in the other")]
    Parameter {
        /// The first that differs.
        name: String,
        /// Its value in the first report.
        first: String,
        /// And in the second.
        second: String,
    },
    /// What was drawn by chance is not the same.
    #[error("the seed is {first} in one and {second} in the other")]
    Seed {
        /// The seed of the first report.
        first: u64,
        /// And of the second.
        second: u64,
    },
    /// Tasks failed in one of them, so that less was done there.
    #[error("{failed} of its tasks failed on {platform}")]
    Failed {
        /// Where.
        platform: Platform,
        /// How many.
        failed: usize,
    },
    /// One of them has no run that was whole, or none that took any time.
    #[error("it has no whole run on {platform}")]
    NoRun {
        /// Where.
        platform: Platform,
    },
    /// They did not do the same work.
    #[error("task {task} has checksum {first} in one and {second} in the other: they did not do the same work")]
    Checksum {
        /// The first task that differs.
        task: u32,
        /// Its checksum in the first report, or a dash.
        first: String,
        /// And in the second.
        second: String,
    },
}

/// Compares the rows of two reports: those with the same kind of workload, strategy, workers and dispatch.
pub fn compare(first: &Report, second: &Report) -> Comparison {
    let others = summarize(second);
    let mut comparison = Comparison { builds_differ: first.tool.build != second.tool.build, ..Comparison::default() };
    for one in summarize(first) {
        let Some(other) = counterpart(&one.row, &others) else { continue };
        match ratio((first, &one), (second, other)) {
            Ok(ratio) => comparison.ratios.push(ratio),
            Err(reason) => comparison.refused.push(Refused { row: one.row, reason }),
        }
    }
    if comparison.ratios.len() > 1 {
        let ratios: Vec<f64> = comparison.ratios.iter().map(|one| one.ratio).collect();
        comparison.mean = geometric_mean(&ratios);
    }
    comparison
}

/// The row of another report that does the same as a row, or else the one that comes nearest to it: of the same
/// experiment, if there is such a one.
fn counterpart<'a>(row: &Row, others: &'a [RowSummary]) -> Option<&'a RowSummary> {
    let alike = |other: &&RowSummary| {
        let other = &other.row;
        other.workload.kind() == row.workload.kind()
            && (other.strategy, other.workers, other.dispatch) == (row.strategy, row.workers, row.dispatch)
    };
    let same_experiment = |other: &&RowSummary| other.row.experiment == row.experiment;
    let same_work = |other: &&RowSummary| other.row.workload == row.workload;
    let find = |want: &dyn Fn(&&RowSummary) -> bool| others.iter().filter(alike).find(|other| want(other));
    find(&|other| same_work(other) && same_experiment(other))
        .or_else(|| find(&same_work))
        // Of an experiment whose rows differ in a parameter, another row is no counterpart.
        .or_else(|| find(&|other| same_experiment(other) && other.row.label() == row.label()))
        .or_else(|| find(&|other| other.row.experiment.is_none() || row.experiment.is_none()))
}

fn ratio((first, one): (&Report, &RowSummary), (second, other): (&Report, &RowSummary)) -> Result<Ratio, Reason> {
    let (params, others) = (one.row.workload.params(), other.row.workload.params());
    let differing = params.iter().find(|(name, value)| others.get(*name) != Some(value));
    if let Some((name, value)) = differing {
        let text = |value: Option<&serde_json::Value>| value.map_or_else(|| "–".to_owned(), ToString::to_string);
        let (first, second) = (text(Some(value)), text(others.get(name)));
        return Err(Reason::Parameter { name: name.clone(), first, second });
    }
    if first.seed != second.seed {
        return Err(Reason::Seed { first: first.seed, second: second.seed });
    }
    for (report, summary) in [(first, one), (second, other)] {
        let platform = report.platform;
        if summary.failed > 0 {
            return Err(Reason::Failed { platform, failed: summary.failed });
        }
        if summary.wall.is_none_or(|wall| wall.fastest_ms <= 0.0) {
            return Err(Reason::NoRun { platform });
        }
    }
    let (runs, others) = (measured(first, &one.row), measured(second, &other.row));
    same_results(&runs, &others)?;
    let walls = |runs: &[&Run]| runs.iter().map(|run| run.wall_ms).collect::<Vec<f64>>();
    let median_ms = |summary: &RowSummary| summary.wall.map_or(f64::NAN, |wall| wall.median_ms);
    let (first_ms, second_ms) = (median_ms(one), median_ms(other));
    let interval = ratio_interval(&walls(&runs), &walls(&others)).and_then(|estimate| estimate.interval);
    Ok(Ratio {
        row: one.row.clone(),
        first: first.platform,
        first_ms,
        second: second.platform,
        second_ms,
        ratio: first_ms / second_ms,
        interval,
        verdict: interval.map_or(Verdict::CannotTell, Verdict::of),
    })
}

fn measured<'a>(report: &'a Report, row: &Row) -> Vec<&'a Run> {
    report.runs.iter().filter(|run| run.is_measured() && run.row() == *row).collect()
}

/// Passes runs that all have the same checksums, task by task.
fn same_results(runs: &[&Run], others: &[&Run]) -> Result<(), Reason> {
    let Some(first) = runs.first() else { return Ok(()) };
    for run in runs.iter().chain(others) {
        for at in 0..first.spans.len().max(run.spans.len()) {
            let checksum = |run: &Run| run.spans.get(at).map(|span| (span.task, span.checksum));
            let (expected, found) = (checksum(first), checksum(run));
            if expected != found {
                let text = |one: Option<(u32, Option<Checksum>)>| {
                    one.and_then(|(_, checksum)| checksum).map_or_else(|| "–".to_owned(), |sum| sum.to_string())
                };
                let task = expected.or(found).map_or(0, |(task, _)| task);
                return Err(Reason::Checksum { task, first: text(expected), second: text(found) });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::{Execution, Request, Scale, failed};
    use crate::report::fixture;
    use crate::strategy::Mechanism;
    use crate::task::{ErrorKind, TaskError};

    /// A report of `sum` at scale smoke whose runs took so many milliseconds.
    fn report(walls_ms: &[f64], change: impl Fn(&mut Request)) -> Report {
        let mut request = Request { scale: Scale::Smoke, ..Request::named("sum") };
        change(&mut request);
        let plan = request.plan(Platform::Native).expect("a plan");
        let runs = plan.rows().flat_map(|row| {
            walls_ms.iter().zip(0..).map(|(wall_ms, repetition)| {
                let spans = (0..5).map(|task| {
                    let span = failed(task, 0, [0.0, 0.0, *wall_ms], TaskError::cancelled()).span;
                    crate::report::Span { error: None, checksum: Some(Checksum(7)), ..span }
                });
                let (mechanism, spans) = (Mechanism::OneThread, spans.collect());
                let execution = Execution { mechanism, began_ms: 0.0, setup_ms: 0.0, wall_ms: *wall_ms, spans };
                Run::new(plan.run(row, repetition, false), execution, 0.0, false)
            })
        });
        Report { seed: plan.seed, ..fixture::report(runs.collect()) }
    }

    const TEN: [f64; 8] = [10.0, 10.1, 9.9, 10.0, 10.2, 9.8, 10.0, 10.1];
    const TWENTY: [f64; 8] = [20.0, 20.1, 19.9, 20.0, 20.2, 19.8, 20.0, 20.1];

    #[test]
    fn ratios_have_intervals_and_a_verdict() {
        let comparison = compare(&report(&TWENTY, |_| {}), &report(&TEN, |_| {}));
        assert_eq!((comparison.ratios.len(), comparison.refused.len()), (3, 0));
        for one in &comparison.ratios {
            let interval = one.interval.expect("eight runs are enough");
            assert!((one.ratio - 2.0).abs() < 0.01 && interval.low < 2.0 && 2.0 < interval.high, "{one:?}");
            assert_eq!(one.verdict, Verdict::Slower);
        }
        let same = compare(&report(&TEN, |_| {}), &report(&TEN, |_| {}));
        assert!(same.ratios.iter().all(|one| one.verdict == Verdict::CannotTell));
        let few = compare(&report(&TWENTY[..2], |_| {}), &report(&TEN[..2], |_| {}));
        assert!(few.ratios.iter().all(|one| one.interval.is_none() && one.verdict == Verdict::CannotTell));
    }

    #[test]
    fn what_did_other_work_is_refused_with_its_reason() {
        #[track_caller]
        fn check(first: &Report, second: &Report, expected: &str) {
            let comparison = compare(first, second);
            assert!(comparison.ratios.is_empty(), "{comparison:?}");
            assert_eq!(comparison.refused[0].reason.to_string(), expected);
        }
        let own = report(&TEN, |_| {});
        let sized = report(&TEN, |request| request.size = Some(9));
        check(&own, &sized, "n is 20000000 in one and 9 in the other");
        check(&own, &report(&TEN, |request| request.seed = Some(2)), "the seed is 1 in one and 2 in the other");
        let with = |change: fn(&mut Run)| {
            let mut report = own.clone();
            report.runs.iter_mut().for_each(change);
            report
        };
        let other = with(|run| run.spans[3].checksum = Some(Checksum(8)));
        check(
            &own,
            &other,
            "task 3 has checksum 0000000000000007 in one and 0000000000000008 in the other: they did not do the same work",
        );
        let failing = with(|run| run.spans[0].error = Some(TaskError::new(ErrorKind::Panicked, "x")));
        check(&own, &failing, "8 of its tasks failed on native");
        check(&own, &with(|run| run.cancelled = true), "it has no whole run on native");
    }

    #[test]
    fn an_experiment_compares_with_its_workload_alone() {
        let alone = report(&TEN, |request| {
            request.name = "cpu-heavy".to_owned();
            request.tasks = Some(4);
        });
        let workload = report(&TEN, |request| {
            request.name = "count".to_owned();
            request.tasks = Some(4);
        });
        assert_eq!(compare(&alone, &workload).ratios.len(), alone.by_experiment()[0].runs.len() / TEN.len());
    }
}
