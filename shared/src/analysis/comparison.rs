//! Two reports side by side.

mod basis;
mod caveat;
mod change;
mod names;
mod pairs;
mod ratio;
mod reason;

use serde::Serialize;

use super::Analysis;
use crate::grouping::grouped;
use crate::label::full_name;
use crate::number;
use crate::report::Report;
use crate::row::Row;
use crate::scale::Scale;
use crate::statistics::{Interval, RatioEstimate, Verdict, geometric_mean, verdicts};
use crate::strategy::Platform;

pub use self::basis::Basis;
pub use self::caveat::{Aspect, Caveat, caveats};
pub use self::change::{RatioChange, compare_ratios};
pub use self::names::names;
use self::pairs::{Pair, pairs};
pub use self::ratio::Ratio;
use self::ratio::ratio;
pub use self::reason::{Reason, WhichReport};

/// Where there is no value.
const NONE: &str = "–";

/// What two reports say of the rows that they have in common: the candidate by the baseline.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Comparison {
    /// Rows that did the same work in both, in the order of the baseline.
    pub ratios: Vec<Ratio>,
    /// Rows that cannot be compared, those included that only one of them has.
    pub uncomparable: Vec<Uncomparable>,
    /// The geometric mean of all ratios, if there are several. What may be said of it, [`Comparison::mean_in_words`] says.
    pub mean: Option<RatioEstimate>,
    /// Why ratios may say something else than how the work was done.
    pub caveats: Vec<Caveat>,
    /// Whether one of the reports is of scale smoke, which shows that all works and measures little.
    pub is_quick_look: bool,
    /// What the intervals are of.
    pub basis: Basis,
}

/// A row that cannot be compared.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Uncomparable {
    /// The row, as the baseline has it, if it does.
    #[serde(flatten)]
    pub row: Row,
    /// The experiment that it belongs to in the candidate.
    pub candidate_experiment: Option<String>,
    /// The candidate's platform.
    pub candidate: Platform,
    /// Why no ratio is taken.
    pub reason: Reason,
}

/// Compares the rows of two reports: those with the same kind of workload, strategy, workers and dispatch.
pub fn compare(baseline: &Report, candidate: &Report) -> Comparison {
    compare_analyses(&Analysis::of(baseline), &Analysis::of(candidate))
}

/// [`compare`] of reports that were analysed as a whole.
pub fn compare_analyses(of_baseline: &Analysis<'_>, of_candidate: &Analysis<'_>) -> Comparison {
    let (baseline, candidate) = (of_baseline.report, of_candidate.report);
    let mut comparison = Comparison {
        caveats: caveats(baseline, candidate),
        is_quick_look: [baseline, candidate].iter().any(|report| report.scale == Scale::Smoke),
        basis: Basis::of([baseline, candidate]),
        ..Comparison::default()
    };
    for pair in pairs(&of_baseline.rows, &of_candidate.rows) {
        let (row, candidate_experiment, ratio) = match pair {
            Pair::Both(row, counterpart) => {
                let ratio = ratio((baseline, row), (candidate, counterpart), comparison.basis);
                (row.row, counterpart.row.experiment.clone(), ratio)
            }
            Pair::Alone(row, side) => (row.row, None, Err(Reason::Only { side })),
        };
        match ratio {
            Ok(ratio) => comparison.ratios.push(ratio),
            Err(reason) => {
                let candidate = candidate.platform;
                let row = row.clone();
                comparison.uncomparable.push(Uncomparable { row, candidate_experiment, candidate, reason });
            }
        }
    }
    judge_together(comparison.ratios.iter_mut());
    if comparison.ratios.len() > 1 {
        comparison.mean = mean(&comparison.ratios);
    }
    comparison
}

/// Gives ratios the verdicts that hold together.
pub(super) fn judge_together<'a>(ratios: impl Iterator<Item = &'a mut Ratio>) {
    let ratios: Vec<&mut Ratio> = ratios.collect();
    let estimates: Vec<RatioEstimate> = ratios.iter().map(|ratio| ratio.estimate).collect();
    ratios.into_iter().zip(verdicts(&estimates, 1.0)).for_each(|(ratio, verdict)| ratio.verdict = verdict);
}

/// The geometric mean of ratios.
pub(super) fn mean<'a>(ratios: impl IntoIterator<Item = &'a Ratio>) -> Option<RatioEstimate> {
    geometric_mean(&ratios.into_iter().map(|ratio| ratio.estimate).collect::<Vec<RatioEstimate>>())
}

impl Comparison {
    /// Whether a row did not do the same work everywhere.
    pub fn has_other_work(&self) -> bool {
        self.uncomparable.iter().any(|uncomparable| uncomparable.reason.is_other_work())
    }

    /// What was not compared and why, with names for both reports: a line per reason.
    pub fn left_out(&self, names: [&str; 2]) -> Vec<String> {
        self.left_out_of(names, |_| true)
    }

    /// The same of some rows.
    pub fn left_out_of(&self, names: [&str; 2], is_meant: impl Fn(&Uncomparable) -> bool) -> Vec<String> {
        let of_row = |uncomparable: &Uncomparable| (uncomparable.reason.clone(), full_name(&uncomparable.row));
        let line = |(reason, rows): (Reason, Vec<String>)| {
            let (why, rows) = (reason.in_words(names), rows.join("; "));
            match reason {
                Reason::Only { .. } => format!("{why}: {rows}"),
                _ => format!("not compared: {rows}, because {why}"),
            }
        };
        let meant = self.uncomparable.iter().filter(|uncomparable| is_meant(uncomparable));
        grouped(meant.map(of_row)).into_iter().map(line).collect()
    }

    /// The mean of all ratios in words, if some row is shown to differ and the mean is, too.
    pub fn mean_in_words(&self) -> Option<String> {
        let mean = self.mean.filter(|mean| self.tells() && mean.verdict() != Verdict::CannotTell)?;
        let Interval { low, high, .. } = mean.interval?;
        Some(format!(
            "geometric mean of the ratios of {} rows: {} (95 % interval: {} – {})",
            self.ratios.len(),
            number::Ratio(mean.ratio),
            number::Ratio(low),
            number::Ratio(high)
        ))
    }

    /// Whether some row is shown to differ.
    pub fn tells(&self) -> bool {
        self.ratios.iter().any(|ratio| ratio.verdict != Verdict::CannotTell)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Request;
    use crate::report::fixture::ReportBuilder;
    use crate::run::AllTasks;
    use crate::run::Run;
    use crate::scale::Scale;
    use crate::span::{Checksum, ErrorKind, TaskError};
    use crate::strategy::Mechanism;

    /// A report of `sum` at scale smoke whose runs took so many milliseconds.
    fn report(walls_ms: &[f64], change: impl Fn(&mut Request)) -> Report {
        let builder = ReportBuilder::of("sum").request(change).runs(walls_ms.len() as u32);
        builder.wall_ms(|_, repetition| walls_ms[repetition as usize]).build()
    }

    const TEN: [f64; 8] = [10.0, 10.1, 9.9, 10.0, 10.2, 9.8, 10.0, 10.1];
    const TWENTY: [f64; 8] = [20.0, 20.1, 19.9, 20.0, 20.2, 19.8, 20.0, 20.1];

    #[test]
    fn ratios_have_intervals_and_a_verdict() {
        let comparison = compare(&report(&TEN, |_| {}), &report(&TWENTY, |_| {}));
        assert_eq!((comparison.ratios.len(), comparison.uncomparable.len()), (3, 0));
        for ratio in &comparison.ratios {
            let interval = ratio.estimate.interval.expect("eight runs are enough");
            assert!(
                (ratio.estimate.ratio - 2.0).abs() < 0.01 && interval.low < 2.0 && 2.0 < interval.high,
                "{ratio:?}"
            );
            assert_eq!(ratio.verdict, Verdict::Slower);
        }
        let mean = comparison.mean_in_words().expect("three ratios");
        assert!(mean.starts_with("geometric mean of the ratios of 3 rows: 2.000 (95 % interval: 1.9"), "{mean}");
        let same = compare(&report(&TEN, |_| {}), &report(&TEN, |_| {}));
        assert!(same.ratios.iter().all(|ratio| ratio.verdict == Verdict::CannotTell));
        assert_eq!(same.mean_in_words(), None, "no mean of what is not shown to differ");
        let few = compare(&report(&TEN[..2], |_| {}), &report(&TWENTY[..2], |_| {}));
        assert!(
            few.ratios.iter().all(|ratio| ratio.estimate.interval.is_none() && ratio.verdict == Verdict::CannotTell)
        );
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
            assert_eq!(comparison.uncomparable[0].reason.in_words(["#1", "#2"]), expected);
        }
        let own = report(&TEN, |_| {});
        let sized = report(&TEN, |request| request.size = Some(vec![9]));
        check(&own, &sized, "n is 20000000 in #1 and 9 in #2");
        check(&own, &report(&TEN, |request| request.seed = Some(2)), "the seed is 1 in #1 and 2 in #2");
        let other = with(&own, |run| run.spans[3].checksum = Some(Checksum(8)));
        check(
            &own,
            &other,
            "task 3 has checksum 78dde6e5fd29f054 in #1 and 0000000000000008 in #2: they did not do the same work",
        );
        let unsteady = with(&own, |run| run.spans[3].checksum = Some(Checksum(run.repetition.into())));
        check(&unsteady, &own, "task 3 has several checksums in #1: its runs did not do the same work");
        assert!(compare(&own, &other).has_other_work() && compare(&unsteady, &own).has_other_work());
        // Where few spans are kept, the digest of all results tells.
        let few = |report: &Report| {
            with(report, |run| {
                run.all_tasks = Some(Box::new(AllTasks::of(&run.spans)));
                run.spans.truncate(2);
            })
        };
        assert_eq!(compare(&own, &few(&own)).uncomparable, []);
        let digests = [&own, &other].map(|report| report.runs[0].checksum());
        let reason = format!(
            "all tasks together have checksum {} in #1 and {} in #2: they did not do the same work",
            digests[0], digests[1]
        );
        check(&few(&own), &few(&other), &reason);
        check(
            &few(&unsteady),
            &own,
            "all tasks together have several checksums in #1: its runs did not do the same work",
        );
        let failing = with(&own, |run| run.spans[0].error = Some(TaskError::new(ErrorKind::Panicked, "x")));
        check(&own, &failing, "8 of its tasks failed in #2");
        check(&with(&own, |run| run.cancelled = true), &own, "it has no whole run in #1");
    }

    #[test]
    fn what_asked_a_target_in_the_browser_is_not_held_against_what_asked_one_over_a_network() {
        let of = |name: &str, in_browser: bool| {
            let mut report = ReportBuilder::of(name).platform(Platform::Chromium).runs(8).build();
            report.environment.target_in_browser = in_browser;
            report
        };
        let words = |first: &Report, second: &Report| {
            let comparison = compare(first, second);
            assert!(comparison.ratios.is_empty(), "{comparison:?}");
            comparison.uncomparable[0].reason.in_words(["#1", "#2"])
        };
        let (here, there) = (of("post", true), of("post", false));
        let reason = "the target that it asks was in the browser in #1, where no request opens a connection, and reached over \
                      a network in #2";
        assert_eq!(words(&here, &there), reason);
        assert!(words(&there, &here).starts_with("the target that it asks was in the browser in #2, where"));
        // Who has the same target, or asks none, is compared as ever.
        assert!(!compare(&here, &here).ratios.is_empty() && !compare(&there, &there).ratios.is_empty());
        assert!(!compare(&of("sum", true), &of("sum", false)).ratios.is_empty());
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
            rows.sort_unstable();
            rows.reverse();
            format!("{why}: {}", rows.join("; "))
        };
        assert_eq!(sorted(one_line(&own, &fewer)), format!("only in #1: {rows}"));
        assert_eq!(sorted(one_line(&fewer, &own)), format!("only in #2: {rows}"));

        // A row that does the same as another is no counterpart of a third.
        let alone =
            |size| report(&TEN, |request| (request.name, request.size) = ("count".to_owned(), Some(vec![size])));
        let mut both = alone(10);
        both.runs.extend(alone(20).runs);
        let comparison = compare(&both, &alone(10));
        assert!(
            comparison.uncomparable.iter().all(|row| row.reason == Reason::Only { side: WhichReport::Baseline }),
            "{comparison:?}"
        );
        assert_eq!(comparison.uncomparable.len(), comparison.ratios.len());
        let comparison = compare(&alone(10), &alone(20));
        let words = comparison.left_out(["#1", "#2"]).join("\n");
        assert!(
            words.starts_with("not compared: ") && words.ends_with(", because n is 10 in #1 and 20 in #2"),
            "{words}"
        );
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
            "the processor is A in #1 and B in #2: ratios are of the processors, too",
        );
        let machines = "ratios are of the machines, too";
        check(
            |report| report.environment.cores = 8,
            &format!("the number of cores is 2 in #1 and 8 in #2: {machines}"),
        );
        check(|report| report.environment.cores = 0, "");
        check(
            |report| report.environment.os = "macos".to_owned(),
            "the operating system is linux in #1 and macos in #2: ratios are of the systems, too",
        );
        // Which one of them it is, a browser does not tell.
        check(|report| report.environment.os = "linux (Debian GNU/Linux 12)".to_owned(), "");
        check(|report| report.scale = Scale::Lab, "the scale is smoke in #1 and lab in #2: sizes may differ");
        check(|report| report.cancelled = true, "#2 was stopped before its end: runs or rows of it are missing");
        check(
            |report| report.tool.build = "x".to_owned(),
            "the build is fixture in #1 and x in #2: their work may be defined differently",
        );
        // The machine got slower for everything, or something else ran on it.
        check(
            |report| report.runs.iter_mut().for_each(|run| run.probe_ms = run.probe_ms.map(|ms| 1.2 * ms)),
            "the time of the same piece of computing before each run is 4.04 ms in #1 and 4.84 ms in #2: the machine, or what \
             else ran on it, was not the same",
        );
    }

    #[test]
    fn versions_of_what_ran_the_work_are_doubts() {
        let check = |platform, change: fn(&mut Report), expected: &str| {
            let own = ReportBuilder::of("sum").platform(platform).build();
            let mut other = own.clone();
            change(&mut other);
            let words: Vec<String> =
                compare(&own, &other).caveats.iter().map(|caveat| caveat.in_words(["#1", "#2"])).collect();
            assert!(words.len() == 1 && words[0].starts_with(expected), "{words:?}");
        };
        let browser =
            |report: &mut Report| report.environment.browser.as_mut().expect("one").version = "141.0".to_owned();
        check(Platform::Browser, browser, "the version of Firefox is 140.0 in #1 and 141.0 in #2");
        let python = |report: &mut Report| report.environment.python.as_mut().expect("one").version = "3.9".to_owned();
        check(Platform::Python, python, "the Python is CPython 3.");
    }

    #[test]
    fn words_hold_for_the_whole_table() {
        // Three rows of equals, one of which seems to differ by chance.
        let walls = |row: &Row, run: u32, shift: f64| {
            let unlucky = if row.workers == 5 && row.dispatch == crate::strategy::Dispatch::Pool { shift } else { 0.0 };
            10.0 + 0.1 * f64::from((run * 5 + row.workers) % 7) + unlucky
        };
        let of = |shift: f64| ReportBuilder::of("sum").runs(8).wall_ms(move |row, run| walls(row, run, shift)).build();
        let words = |shift: f64| {
            let ratios = compare(&of(0.0), &of(shift)).ratios;
            let alone: Vec<Verdict> = ratios.iter().map(|ratio| ratio.estimate.verdict()).collect();
            let together: Vec<Verdict> = ratios.iter().map(|ratio| ratio.verdict).collect();
            (alone.contains(&Verdict::Slower), together.contains(&Verdict::Slower))
        };
        assert_eq!(words(0.0), (false, false));
        assert_eq!(words(0.3), (true, false), "one of three may seem to differ by chance");
        assert_eq!(words(2.0), (true, true));
    }

    #[test]
    fn a_mechanism_is_a_doubt_of_its_row() {
        let own = report(&TEN, |_| {});
        let mut other = own.clone();
        for run in other.runs.iter_mut().filter(|run| run.row.workers == 1) {
            run.mechanism = Mechanism::EventLoop;
        }
        let comparison = compare(&own, &other);
        assert_eq!(comparison.caveats, []);
        for ratio in &comparison.ratios {
            assert_eq!(ratio.caveats.len(), usize::from(ratio.row.workers == 1), "{ratio:?}");
        }
    }

    #[test]
    fn an_experiment_compares_with_its_workload_alone() {
        let alone = report(&TEN, |request| {
            request.name = "cpu-heavy".to_owned();
            request.tasks = Some(vec![4]);
        });
        let workload = report(&TEN, |request| {
            request.name = "count".to_owned();
            request.tasks = Some(vec![4]);
        });
        let rows = alone.runs.len() / TEN.len();
        assert_eq!(compare(&alone, &workload).ratios.len(), rows);
        // Both experiments that did a row's work are known, whichever report comes first.
        let comparison = compare(&workload, &alone);
        assert!(comparison.ratios.iter().all(|ratio| ratio.candidate_experiment.as_deref() == Some("cpu-heavy")));
    }
}
