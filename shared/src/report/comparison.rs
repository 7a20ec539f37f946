//! Two reports side by side.

mod caveat;
mod reason;

use serde::Serialize;

use super::{Checksum, Report, RowSummary, Run, summarize};
use crate::measure::Row;
use crate::statistics::{Interval, RatioEstimate, Verdict, geometric_mean, ratio_interval};
use crate::strategy::Platform;

pub use self::caveat::Caveat;
pub use self::reason::{Reason, WhichReport};

/// Where there is no value.
const NONE: &str = "–";

/// What two reports say of the rows that they have in common: the second by the first.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Comparison {
    /// Rows that did the same work in both, in the order of the first.
    pub ratios: Vec<Ratio>,
    /// Rows that cannot be compared, those included that only one of them has.
    pub refused: Vec<Uncomparable>,
    /// The geometric mean of all ratios, if there are several.
    pub mean: Option<RatioEstimate>,
    /// Why ratios may say something else than how the work was done.
    pub caveats: Vec<Caveat>,
}

/// A row that did the same work in two reports.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ratio {
    /// The row, as the first report has it.
    #[serde(flatten)]
    pub row: Row,
    /// The experiment that it belongs to in the second report.
    pub second_experiment: Option<String>,
    /// The platform of the first report.
    pub first: Platform,
    /// Its median wall time in milliseconds.
    pub first_ms: f64,
    /// How many runs that is the median of.
    pub first_runs: usize,
    /// The platform of the second report.
    pub second: Platform,
    /// Its median wall time in milliseconds.
    pub second_ms: f64,
    /// How many runs that is the median of.
    pub second_runs: usize,
    /// `second_ms / first_ms`: over 1, the second took longer.
    pub ratio: f64,
    /// The 95 % interval of the ratio; `None` if the runs are too few.
    pub interval: Option<Interval>,
    /// Whether the second is faster or slower than the first.
    pub verdict: Verdict,
}

/// A row that cannot be compared.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Uncomparable {
    /// The row, as the first report has it, if it does.
    #[serde(flatten)]
    pub row: Row,
    /// The experiment that it belongs to in the second report.
    pub second_experiment: Option<String>,
    /// Why not.
    pub reason: Reason,
}

/// Compares the rows of two reports: those with the same kind of workload, strategy, workers and dispatch.
pub fn compare(first: &Report, second: &Report) -> Comparison {
    let mut comparison = Comparison { caveats: caveat::between(first, second), ..Comparison::default() };
    let (ones, others) = (summarize(first), summarize(second));
    for pair in pairs(&ones, &others) {
        let (row, second_experiment, ratio) = match pair {
            Pair::Both(one, other) => (&one.row, other.row.experiment.clone(), ratio((first, one), (second, other))),
            Pair::Alone(one, side) => (&one.row, None, Err(Reason::Only { side })),
        };
        match ratio {
            Ok(ratio) => comparison.ratios.push(ratio),
            Err(reason) => comparison.refused.push(Uncomparable { row: row.clone(), second_experiment, reason }),
        }
    }
    if comparison.ratios.len() > 1 {
        let ratios: Vec<f64> = comparison.ratios.iter().map(|one| one.ratio).collect();
        comparison.mean = geometric_mean(&ratios);
    }
    comparison
}

impl Comparison {
    /// Whether a row did not do the same work everywhere.
    pub fn has_other_work(&self) -> bool {
        self.refused.iter().any(|one| one.reason.is_other_work())
    }

    /// What was not compared and why, with names for both reports: a line per reason.
    pub fn left_out(&self, names: [&str; 2]) -> Vec<String> {
        let mut reasons: Vec<(&Reason, Vec<String>)> = Vec::new();
        for one in &self.refused {
            match reasons.iter_mut().find(|(reason, _)| *reason == &one.reason) {
                Some((_, rows)) => rows.push(row_name(&one.row)),
                None => reasons.push((&one.reason, vec![row_name(&one.row)])),
            }
        }
        let line = |(reason, rows): (&Reason, Vec<String>)| {
            let (why, rows) = (reason.in_words(names), rows.join("; "));
            match reason {
                Reason::Only { .. } => format!("{why}: {rows}"),
                _ => format!("not compared: {rows}: {why}"),
            }
        };
        reasons.into_iter().map(line).collect()
    }

    /// The mean of all ratios in words. Rows are no sample, and what their interval claims has to be said.
    pub fn mean_in_words(&self) -> Option<String> {
        let RatioEstimate { ratio, interval } = self.mean?;
        let interval = interval.map(|one| {
            format!(
                "; its 95 % interval over rows is {:.3} – {:.3}: that tells how alike the rows are, not how well they were \
                 measured",
                one.low, one.high
            )
        });
        Some(format!(
            "geometric mean of the ratios of {} rows: {ratio:.3}{}",
            self.ratios.len(),
            interval.unwrap_or_default()
        ))
    }
}

/// A row with its experiment or else its workload, for a human.
pub fn row_name(row: &Row) -> String {
    format!("{}, {}", row.experiment.as_deref().unwrap_or(row.workload.name()), row.label())
}

/// Names that tell reports apart, as short as that allows: the platform, with the browser, or with the place.
pub fn names<'a>(reports: impl IntoIterator<Item = &'a Report>) -> Vec<String> {
    let name = |report: &Report| match &report.environment.browser {
        Some(browser) => format!("{} ({})", report.platform, browser.name),
        None => report.platform.to_string(),
    };
    let names: Vec<String> = reports.into_iter().map(name).collect();
    let unique = |name: &String| names.iter().filter(|other| *other == name).count() == 1;
    let placed = names.iter().zip(1..);
    placed.map(|(name, place)| if unique(name) { name.clone() } else { format!("#{place} {name}") }).collect()
}

/// A row and what it is compared with.
enum Pair<'a> {
    /// Of both reports.
    Both(&'a RowSummary, &'a RowSummary),
    /// Of one of them.
    Alone(&'a RowSummary, WhichReport),
}

/// Every row of two reports, with the one of the other report that does the same or else comes nearest to it.
fn pairs<'a>(ones: &'a [RowSummary], others: &'a [RowSummary]) -> Vec<Pair<'a>> {
    // What does the same as some row is not what comes nearest to another.
    let is_apart = |other: &&RowSummary| !ones.iter().any(|one| one.row.is_same_work(&other.row));
    let apart: Vec<&RowSummary> = others.iter().filter(is_apart).collect();
    let mut taken: Vec<&Row> = Vec::new();
    let mut pairs: Vec<Pair<'a>> = Vec::new();
    for one in ones {
        let other = same_work(&one.row, others).or_else(|| nearest(&one.row, &apart));
        taken.extend(other.map(|other| &other.row));
        pairs.push(other.map_or(Pair::Alone(one, WhichReport::First), |other| Pair::Both(one, other)));
    }
    for other in others.iter().filter(|other| !taken.contains(&&other.row)) {
        let one = same_work(&other.row, ones);
        pairs.push(one.map_or(Pair::Alone(other, WhichReport::Second), |one| Pair::Both(one, other)));
    }
    pairs
}

/// The row that does the same as another: of the same experiment, if there is such a one.
fn same_work<'a>(row: &Row, others: &'a [RowSummary]) -> Option<&'a RowSummary> {
    let same = || others.iter().filter(|other| other.row.is_same_work(row));
    same().find(|other| other.row.experiment == row.experiment).or_else(|| same().next())
}

/// The row that comes nearest to one that no other does the same as: of the same experiment, if there is such a one.
fn nearest<'a>(row: &Row, others: &[&'a RowSummary]) -> Option<&'a RowSummary> {
    let alike = || {
        others.iter().copied().filter(|RowSummary { row: other, .. }| {
            other.workload.kind() == row.workload.kind()
                && (other.strategy, other.workers, other.dispatch) == (row.strategy, row.workers, row.dispatch)
        })
    };
    // Of an experiment whose rows differ in a parameter, another row is no counterpart.
    alike()
        .find(|other| other.row.experiment == row.experiment && other.row.label() == row.label())
        .or_else(|| alike().find(|other| other.row.experiment.is_none() || row.experiment.is_none()))
}

fn ratio((first, one): (&Report, &RowSummary), (second, other): (&Report, &RowSummary)) -> Result<Ratio, Reason> {
    let (params, others) = (one.row.workload.params(), other.row.workload.params());
    if let Some(name) = params.keys().chain(others.keys()).find(|name| params.get(*name) != others.get(*name)) {
        let text = |value: Option<&serde_json::Value>| value.map_or_else(|| NONE.to_owned(), ToString::to_string);
        let (first, second) = (text(params.get(name)), text(others.get(name)));
        return Err(Reason::Parameter { name: name.clone(), first, second });
    }
    if first.seed != second.seed {
        return Err(Reason::Seed { first: first.seed, second: second.seed });
    }
    let (runs, others) = (measured(first, &one.row), measured(second, &other.row));
    for (side, summary, runs) in [(WhichReport::First, one, &runs), (WhichReport::Second, other, &others)] {
        if summary.failed > 0 {
            return Err(Reason::Failed { side, failed: summary.failed });
        }
        if summary.wall.is_none_or(|wall| wall.fastest_ms <= 0.0) {
            return Err(Reason::NoRun { side });
        }
        if let Some((task, ..)) = runs.iter().find_map(|run| difference(runs[0], run)) {
            return Err(Reason::Unsteady { side, task });
        }
    }
    if let Some((task, first, second)) = difference(runs[0], others[0]) {
        return Err(Reason::Checksum { task, first, second });
    }
    let walls = |runs: &[&Run]| runs.iter().map(|run| run.wall_ms).collect::<Vec<f64>>();
    let median_ms = |summary: &RowSummary| summary.wall.map_or(f64::NAN, |wall| wall.median_ms);
    let (first_ms, second_ms) = (median_ms(one), median_ms(other));
    let interval = ratio_interval(&walls(&others), &walls(&runs)).and_then(|estimate| estimate.interval);
    Ok(Ratio {
        row: one.row.clone(),
        second_experiment: other.row.experiment.clone(),
        first: first.platform,
        first_ms,
        first_runs: runs.len(),
        second: second.platform,
        second_ms,
        second_runs: others.len(),
        ratio: second_ms / first_ms,
        interval,
        verdict: interval.map_or(Verdict::CannotTell, Verdict::of),
    })
}

fn measured<'a>(report: &'a Report, row: &Row) -> Vec<&'a Run> {
    report.runs.iter().filter(|run| run.row == *row && run.is_measured()).collect()
}

/// The first task that two runs have different results of, with its checksums.
fn difference(one: &Run, other: &Run) -> Option<(u32, String, String)> {
    let result = |run: &Run, at: usize| run.spans.get(at).map(|span| (span.task, span.checksum));
    let text = |result: Option<(u32, Option<Checksum>)>| {
        result.and_then(|(_, checksum)| checksum).map_or_else(|| NONE.to_owned(), |checksum| checksum.to_string())
    };
    let mut results = (0..one.spans.len().max(other.spans.len())).map(|at| (result(one, at), result(other, at)));
    let (first, second) = results.find(|(first, second)| first != second)?;
    let (task, _) = first.or(second)?;
    Some((task, text(first), text(second)))
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
        let comparison = compare(&report(&TEN, |_| {}), &report(&TWENTY, |_| {}));
        assert_eq!((comparison.ratios.len(), comparison.refused.len()), (3, 0));
        for one in &comparison.ratios {
            let interval = one.interval.expect("eight runs are enough");
            assert!((one.ratio - 2.0).abs() < 0.01 && interval.low < 2.0 && 2.0 < interval.high, "{one:?}");
            assert_eq!(one.verdict, Verdict::Slower);
        }
        let mean = comparison.mean_in_words().expect("three ratios");
        assert!(
            mean.starts_with("geometric mean of the ratios of 3 rows: 2.000; its 95 % interval over rows"),
            "{mean}"
        );
        let same = compare(&report(&TEN, |_| {}), &report(&TEN, |_| {}));
        assert!(same.ratios.iter().all(|one| one.verdict == Verdict::CannotTell));
        let few = compare(&report(&TEN[..2], |_| {}), &report(&TWENTY[..2], |_| {}));
        assert!(few.ratios.iter().all(|one| one.interval.is_none() && one.verdict == Verdict::CannotTell));
    }

    /// The report with every run changed.
    fn with(report: &Report, change: impl Fn(&mut Run)) -> Report {
        let mut report = report.clone();
        report.runs.iter_mut().for_each(change);
        report
    }

    #[test]
    fn what_did_other_work_is_refused_with_its_reason() {
        #[track_caller]
        fn check(first: &Report, second: &Report, expected: &str) {
            let comparison = compare(first, second);
            assert!(comparison.ratios.is_empty(), "{comparison:?}");
            assert_eq!(comparison.refused[0].reason.in_words(["#1", "#2"]), expected);
        }
        let own = report(&TEN, |_| {});
        let sized = report(&TEN, |request| request.size = Some(9));
        check(&own, &sized, "n is 20000000 in #1 and 9 in #2");
        check(&own, &report(&TEN, |request| request.seed = Some(2)), "the seed is 1 in #1 and 2 in #2");
        let other = with(&own, |run| run.spans[3].checksum = Some(Checksum(8)));
        check(
            &own,
            &other,
            "task 3 has checksum 0000000000000007 in #1 and 0000000000000008 in #2: they did not do the same work",
        );
        let unsteady = with(&own, |run| run.spans[3].checksum = Some(Checksum(run.repetition.into())));
        check(&unsteady, &own, "task 3 has several checksums in #1: its runs did not do the same work");
        assert!(compare(&own, &other).has_other_work() && compare(&unsteady, &own).has_other_work());
        let failing = with(&own, |run| run.spans[0].error = Some(TaskError::new(ErrorKind::Panicked, "x")));
        check(&own, &failing, "8 of its tasks failed in #2");
        check(&with(&own, |run| run.cancelled = true), &own, "it has no whole run in #1");
    }

    #[test]
    fn rows_of_one_report_are_said_and_do_not_stand_for_others() {
        let own = report(&TEN, |_| {});
        let mut fewer = own.clone();
        fewer.runs.retain(|run| run.row.workers == 1);
        let one_line = |first: &Report, second: &Report| compare(first, second).left_out(["#1", "#2"]).join("\n");
        assert_eq!(one_line(&own, &own), "");
        let rows = "sum, processes × 5, one per task; sum, processes × 5";
        let sorted = |line: String| {
            let (why, rows) = line.split_once(": ").expect("a reason and rows");
            let mut rows: Vec<&str> = rows.split("; ").collect();
            rows.sort_unstable_by(|one, other| other.cmp(one));
            format!("{why}: {}", rows.join("; "))
        };
        assert_eq!(sorted(one_line(&own, &fewer)), format!("only in #1: {rows}"));
        assert_eq!(sorted(one_line(&fewer, &own)), format!("only in #2: {rows}"));

        // A row that does the same as another is no counterpart of a third.
        let alone = |size| report(&TEN, |request| (request.name, request.size) = ("count".to_owned(), Some(size)));
        let mut both = alone(10);
        both.runs.extend(alone(20).runs);
        let comparison = compare(&both, &alone(10));
        assert!(
            comparison.refused.iter().all(|one| one.reason == Reason::Only { side: WhichReport::First }),
            "{comparison:?}"
        );
        assert_eq!(comparison.refused.len(), comparison.ratios.len());
        let comparison = compare(&alone(10), &alone(20));
        let words = comparison.left_out(["#1", "#2"]).join("\n");
        assert!(words.starts_with("not compared: ") && words.ends_with("n is 10 in #1 and 20 in #2"), "{words}");
    }

    #[test]
    fn what_two_reports_differ_in_is_a_doubt() {
        let own = report(&TEN, |_| {});
        assert_eq!(compare(&own, &own).caveats, []);
        let check = |change: fn(&mut Report), expected: &str| {
            let mut other = own.clone();
            change(&mut other);
            let mut known = own.clone();
            known.environment.cpu = Some("A".to_owned());
            let caveats = compare(&known, &other).caveats;
            let words: Vec<String> = caveats.iter().map(|caveat| caveat.in_words(["#1", "#2"])).collect();
            assert_eq!(words, if expected.is_empty() { vec![] } else { vec![expected.to_owned()] });
        };
        check(|_| {}, "");
        check(
            |report| report.environment.cpu = Some("B".to_owned()),
            "#1 ran on A and #2 on B: ratios are of the processors too",
        );
        check(|report| report.environment.cores = 8, "#1 had 2 cores and #2 8: ratios are of the machines too");
        check(|report| report.environment.cores = 0, "");
        check(|report| report.scale = Scale::Lab, "#1 is at scale smoke and #2 at lab: their sizes may differ");
        check(|report| report.cancelled = true, "#2 was stopped before its end: runs or rows of it are missing");
        let mut other = own.clone();
        other.tool.build = "x".to_owned();
        assert!(matches!(compare(&own, &other).caveats[..], [Caveat::Builds { .. }]));
    }

    #[test]
    fn names_tell_reports_apart() {
        let native = report(&TEN[..1], |_| {});
        let browser = Report { platform: Platform::Browser, ..native.clone() };
        assert_eq!(names([&native, &browser]), ["native", "browser"]);
        assert_eq!(names([&native, &browser, &native]), ["#1 native", "browser", "#3 native"]);
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
        let rows = alone.by_experiment()[0].runs.len() / TEN.len();
        assert_eq!(compare(&alone, &workload).ratios.len(), rows);
        // Both experiments that did a row's work are known, whichever report comes first.
        let comparison = compare(&workload, &alone);
        assert!(comparison.ratios.iter().all(|one| one.second_experiment.as_deref() == Some("cpu-heavy")));
    }
}
