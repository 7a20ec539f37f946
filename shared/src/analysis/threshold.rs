//! Thresholds: what must not be true of a comparison, as a user writes it.

mod syntax;

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use super::{Comparison, Ratio, Uncomparable, compare, compare_ratios, together, twins};
use crate::label::{RowLabel, full_name, with_plain_value};
use crate::report::Report;
use crate::row::Row;
use crate::statistics::{Verdict, verdicts};
use crate::strategy::{Platform, Strategy};
use crate::text::listed;

pub use self::syntax::ThresholdError;

/// `SIDE/SIDE [of SIDE/SIDE] > NUMBER [on NAME] [with STRATEGY[×WORKERS][, PART]…]`: broken by every row whose ratio is surely beyond the
/// number.
///
/// A side is a platform, the name of a browser or of a pair's part, or `#` and the place of a file among those that are
/// compared, from 1; both, as in `#2 chromium`, are a part of that file. Two files of pairs are held against each other part
/// by part; `#2/#1 of chromium/native` is how the ratio of two parts changed from the first to the second. Where neither side
/// says of which of several pairs it is, all but the first are meant. A name is an experiment or a workload. A part is what tables call a row by after its workers, such as
/// `one per task`, `map`, `n 10000` or `as the source ran it`, or the name of its dispatch, of how it hands tasks out or of its lock, such as
/// `pool`, `single` and `none`, which tables leave out.
#[derive(Clone, Debug, PartialEq)]
pub struct Threshold {
    /// The side above the stroke.
    pub numerator: String,
    /// The side below the stroke.
    pub denominator: String,
    /// The parts whose ratios are divided, if the sides are two pairs: above and below their stroke.
    pub of: Option<[String; 2]>,
    /// Beyond its number, on which side it breaks.
    pub direction: Direction,
    /// The ratio beyond which the threshold is broken.
    pub limit: f64,
    /// Only rows of this experiment or workload.
    pub on: Option<String>,
    /// Only rows with this strategy.
    pub strategy: Option<Strategy>,
    /// And with so many workers.
    pub workers: Option<u32>,
    /// And with all of these in their names.
    pub parts: Vec<String>,
}

/// On which side of its number a threshold breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Above it.
    Above,
    /// Below it.
    Below,
}

/// What became of a threshold: every row that it means is in one of these.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Checked {
    /// Rows that break it for sure: the whole interval of their ratio is beyond the number, and so far that it is no chance
    /// among all rows that are meant.
    pub broken: Vec<Ratio>,
    /// Rows that cannot be judged: they cannot be compared, or have no interval.
    pub unjudged: Vec<Uncomparable>,
    /// Rows of which that is not known.
    pub doubtful: Vec<Ratio>,
    /// Rows that keep it for sure.
    pub kept: Vec<Ratio>,
}

impl Checked {
    /// Whether every row was judged, and none breaks it for sure.
    pub fn passes(&self) -> bool {
        self.broken.is_empty() && self.unjudged.is_empty()
    }

    /// Whether of every row that was judged it is known on which side of the number it is.
    pub fn is_certain(&self) -> bool {
        self.doubtful.is_empty()
    }

    /// The platforms of the candidates that are meant.
    pub fn platforms(&self) -> BTreeSet<Platform> {
        let Self { broken, unjudged, doubtful, kept } = self;
        let ratios = [broken, doubtful, kept].into_iter().flatten().map(|ratio| ratio.candidate);
        ratios.chain(unjudged.iter().map(|row| row.candidate)).collect()
    }

    /// How many rows are meant.
    pub fn rows(&self) -> usize {
        let Self { broken, unjudged, doubtful, kept } = self;
        broken.len() + unjudged.len() + doubtful.len() + kept.len()
    }
}

impl Threshold {
    /// Checks reports against it.
    ///
    /// # Errors
    /// It names no two reports, or no row.
    pub fn check(&self, reports: &[Report]) -> Result<Checked, ThresholdError> {
        let (mut ratios, mut uncomparable) = (Vec::new(), Vec::new());
        for comparison in self.comparisons(reports)? {
            ratios.extend(comparison.ratios);
            uncomparable.extend(comparison.uncomparable);
        }
        let rows =
            ratios.iter().map(|ratio| &ratio.row).chain(uncomparable.iter().map(|uncomparable| &uncomparable.row));
        let rows: Vec<String> = rows.map(full_name).collect();
        let mut checked = Checked::default();
        let is_meant = |uncomparable: &Uncomparable| self.means(&uncomparable.row, &uncomparable.candidate_experiment);
        checked.unjudged.extend(uncomparable.into_iter().filter(is_meant));
        let meant = ratios.into_iter().filter(|ratio| self.means(&ratio.row, &ratio.candidate_experiment));
        let (known, unknown): (Vec<Ratio>, Vec<Ratio>) = meant.partition(|ratio| ratio.estimate.interval.is_some());
        checked.unjudged.extend(unknown.into_iter().map(|ratio| {
            let reason = ratio.too_few();
            Uncomparable {
                row: ratio.row,
                candidate_experiment: ratio.candidate_experiment,
                candidate: ratio.candidate,
                reason,
            }
        }));
        let estimates: Vec<_> = known.iter().map(|ratio| ratio.estimate).collect();
        let verdicts = verdicts(&estimates, self.limit);
        for (ratio, verdict) in known.into_iter().zip(verdicts) {
            let is_within =
                ratio.estimate.interval.is_some_and(|ends| !self.is_beyond(ends.low) && !self.is_beyond(ends.high));
            let place = match (verdict, self.direction) {
                (Verdict::Slower, Direction::Above) | (Verdict::Faster, Direction::Below) => &mut checked.broken,
                _ if is_within => &mut checked.kept,
                _ => &mut checked.doubtful,
            };
            place.push(ratio);
        }
        if checked.rows() == 0 {
            let known = if rows.is_empty() { "none".to_owned() } else { rows.join("; ") };
            return Err(ThresholdError::Nothing { text: self.to_string(), known });
        }
        Ok(checked)
    }

    /// What is held against the number.
    fn comparisons(&self, reports: &[Report]) -> Result<Vec<Comparison>, ThresholdError> {
        let Some([above, below]) = &self.of else {
            let sides = self.sides(reports)?;
            return Ok(sides.into_iter().map(|(above, below)| compare(below, above)).collect());
        };
        let [now, then] = [side(&self.numerator, reports)?, side(&self.denominator, reports)?];
        if std::ptr::eq(now, then) {
            let (numerator, denominator) = (self.numerator.clone(), self.denominator.clone());
            return Err(ThresholdError::Same { numerator, denominator, known: known(reports) });
        }
        let parts = |file| Ok([part(below, file)?, part(above, file)?]);
        Ok(vec![compare_ratios(parts(then)?, parts(now)?).change])
    }

    /// The reports that are held against each other: that above the stroke, and that below it.
    fn sides<'a>(&self, reports: &'a [Report]) -> Result<Vec<(&'a Report, &'a Report)>, ThresholdError> {
        let Self { numerator, denominator, .. } = self;
        let sides = side(numerator, reports).and_then(|above| Ok((above, side(denominator, reports)?)));
        let (above, below) = match sides {
            Ok(sides) => sides,
            Err(error) if numerator.starts_with('#') || denominator.starts_with('#') => return Err(error),
            Err(error) => {
                let of_file = |file| Some((part(numerator, file).ok()?, part(denominator, file).ok()?));
                let within: Vec<(&Report, &Report)> = together(reports).skip(1).filter_map(of_file).collect();
                return if within.is_empty() { Err(error) } else { Ok(within) };
            }
        };
        let (numerator, denominator) = (numerator.clone(), denominator.clone());
        let of_twins =
            twins(below, above).into_iter().map(|[baseline, candidate]| (&above[candidate], &below[baseline]));
        let pairs: Vec<(&Report, &Report)> = of_twins.collect();
        if pairs.is_empty() {
            return Err(ThresholdError::NothingInCommon { numerator, denominator, known: known(reports) });
        }
        if pairs.iter().any(|(above, below)| std::ptr::eq(*above, *below)) {
            return Err(ThresholdError::Same { numerator, denominator, known: known(reports) });
        }
        Ok(pairs)
    }

    /// Whether it is about a row, which may belong to another experiment in the candidate.
    fn means(&self, row: &Row, candidate_experiment: &Option<String>) -> bool {
        let names = [row.experiment.as_deref(), candidate_experiment.as_deref(), Some(row.workload.name())];
        self.on.as_ref().is_none_or(|on| names.contains(&Some(on)))
            && self.strategy.is_none_or(|strategy| strategy == row.strategy)
            && self.workers.is_none_or(|workers| workers == row.workers)
            && self.parts.iter().all(|part| is_part(part, row))
    }

    fn is_beyond(&self, value: f64) -> bool {
        match self.direction {
            Direction::Above => value > self.limit,
            Direction::Below => value < self.limit,
        }
    }
}

/// Whether a row is called by a part of a name, beside its strategy and workers; by a parameter also where no others have
/// another value of it.
fn is_part(part: &str, row: &Row) -> bool {
    let names = [row.dispatch.name(), row.way.handing.name(), row.way.lock.name()];
    let has_value = |(name, value): (&String, &Value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        with_plain_value(name, &value).is_some_and(|own| own == part)
    };
    names.contains(&part)
        || RowLabel::of(row).plain().split(", ").skip(1).any(|own| own == part)
        || row.workload.params().iter().any(has_value)
}

/// What a report can be called in a threshold: its part of a pair, its platform; a browser also so, and by its engine and
/// its own name.
fn sides(report: &Report) -> Vec<String> {
    let is_browser = report.platform.is_browser().then(|| Platform::Browser.to_string());
    if let Some(part) = &report.part {
        // Its platform can be that of another part, too.
        return [part.name.clone()].into_iter().chain(is_browser).collect();
    }
    let browser = report.environment.browser.as_ref();
    let engine = browser.and_then(|browser| Platform::of_engine(&browser.engine)).map(|platform| platform.to_string());
    let name = browser.map(|browser| browser.name.to_lowercase());
    let mut sides = Vec::new();
    for side in [report.platform.to_string()].into_iter().chain(is_browser).chain(engine).chain(name) {
        if !sides.contains(&side) {
            sides.push(side);
        }
    }
    sides
}

/// The reports that a side means: one, or all parts of a pair's file.
fn side<'a>(side: &str, reports: &'a [Report]) -> Result<&'a [Report], ThresholdError> {
    let refuse = |count: &'static str| {
        let side = side.to_owned();
        if together(reports).count() > 1 || reports.len() < 2 {
            return Err(ThresholdError::NoSuchReport { side, count, known: known(reports) });
        }
        let count = if count == "several" { "more than one platform" } else { "not a platform" };
        let names: Vec<String> = reports.iter().map(|part| sides(part).swap_remove(0)).collect();
        Err(ThresholdError::NoSuchPart { side, count, known: listed(&names, "and") })
    };
    let (place, name) = side.split_once(' ').map_or((side, None), |(place, name)| (place, Some(name.trim())));
    let placed = place.strip_prefix('#').and_then(|place| place.parse::<usize>().ok());
    let (among, name) = match placed {
        Some(place) => match place.checked_sub(1).and_then(|place| together(reports).nth(place)) {
            Some(file) => (file, name),
            None => return refuse("none"),
        },
        None => (reports, Some(side)),
    };
    let Some(name) = name else { return Ok(among) };
    let mut meant = among.iter().filter(|report| sides(report).iter().any(|known| known == name));
    match (meant.next(), meant.next()) {
        (Some(report), None) => Ok(std::slice::from_ref(report)),
        (Some(_), Some(_)) => refuse("several"),
        (None, _) => refuse("none"),
    }
}

/// The one report of a pair's file that a side means.
fn part<'a>(name: &str, file: &'a [Report]) -> Result<&'a Report, ThresholdError> {
    match side(name, file)? {
        [part] => Ok(part),
        _ => Err(ThresholdError::NoSuchReport { side: name.to_owned(), count: "several", known: known(file) }),
    }
}

/// What all reports can be called.
fn known(reports: &[Report]) -> String {
    let of_file = |(file, place): (&[Report], usize)| match file {
        [report] => format!("#{place} ({})", sides(report).join(" or ")),
        parts => {
            let part = |part: &Report| format!("#{place} {} ({})", sides(part)[0], sides(part).join(" or "));
            parts.iter().map(part).collect::<Vec<String>>().join(", ")
        }
    };
    together(reports).zip(1..).map(of_file).collect::<Vec<String>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::golden;
    use crate::measure::Request;
    use crate::report::fixture::{PairBuilder, ReportBuilder};
    use crate::run::Run;
    use crate::span::{ErrorKind, TaskError};

    fn read(text: &str) -> Result<Threshold, ThresholdError> {
        text.parse()
    }

    /// A report of `sum` on a platform whose runs took about so many milliseconds, and scattered by a share.
    fn report(platform: Platform, wall_ms: f64, scatter: f64, runs: u32) -> Report {
        let wall_ms = |_: &Row, repetition| wall_ms * (1.0 + scatter * (f64::from(repetition) / 4.5 - 1.0));
        ReportBuilder::of("sum").platform(platform).runs(runs).wall_ms(wall_ms).build()
    }

    fn reports() -> [Report; 2] {
        [report(Platform::Browser, 20.0, 0.01, 10), report(Platform::Native, 10.0, 0.01, 10)]
    }

    fn checked(text: &str, reports: &[Report]) -> Checked {
        read(text).expect("readable").check(reports).expect("checkable")
    }

    /// How many rows of a threshold are broken, unjudged, doubtful and kept.
    #[track_caller]
    fn counts(text: &str, reports: &[Report], expected: [usize; 4]) {
        let one = checked(text, reports);
        let Checked { broken, unjudged, doubtful, kept } = &one;
        assert_eq!([broken.len(), unjudged.len(), doubtful.len(), kept.len()], expected, "{text}");
        assert_eq!((one.rows(), one.passes()), (expected.iter().sum(), expected[..2] == [0, 0]), "{text}");
    }

    #[test]
    fn what_is_surely_beyond_breaks() {
        let sure = reports();
        counts("browser/native > 1.5", &sure, [3, 0, 0, 0]);
        counts("browser/native > 2.5 on sum", &sure, [0, 0, 0, 3]);
        counts("native/browser < 0.6 with processes", &sure, [2, 0, 0, 0]);
        counts("#1/#2 > 1.5", &sure, [3, 0, 0, 0]);
        for one in ["x 5, one per task", "× 5, per-task", ", pool", ", pool, single"] {
            counts(&format!("browser/native > 1.5 on sum with processes {one}"), &sure, [1, 0, 0, 0]);
        }
        counts("browser/native > 1.5 with processes, single", &sure, [2, 0, 0, 0]);
        let locked = [(Platform::Native, 9.0), (Platform::Browser, 10.0)]
            .map(|(platform, ms)| ReportBuilder::of("gil").platform(platform).runs(10).wall_ms(move |_, _| ms).build());
        for (lock, rows) in [("GIL", 3), ("gil", 3), ("none", 3)] {
            counts(&format!("browser/native > 1.05 on gil with threads, {lock}"), &locked, [rows, 0, 0, 0]);
        }
        counts("browser/native > 1.05 on gil with threads x 2, GIL", &locked, [1, 0, 0, 0]);
        let scattered = [report(Platform::Browser, 12.0, 0.9, 10), report(Platform::Native, 10.0, 0.9, 10)];
        for doubtful in ["browser/native > 1.1", "browser/native > 1.3", "browser/native < 1.1"] {
            counts(doubtful, &scattered, [0, 0, 3, 0]);
        }
    }

    #[test]
    fn rows_are_meant_by_the_value_of_what_was_swept() {
        let report = |platform, factor: f64| {
            let set = |request: &mut Request| {
                let options = [("size", "1e4,1e5"), ("strategy", "sequential,threads"), ("workers", "2")];
                options.iter().for_each(|(key, value)| request.set(key, value).expect("an option"));
            };
            // What the larger one takes differs.
            let wall_ms = move |row: &Row, repetition: u32| {
                let factor = if row.workload.size() == Some(100_000) { factor } else { 1.0 };
                10.0 * factor * (1.0 + f64::from(repetition) / 500.0)
            };
            ReportBuilder::of("count").platform(platform).request(set).runs(10).wall_ms(wall_ms).build()
        };
        let swept = [report(Platform::Browser, 2.0), report(Platform::Native, 1.0)];
        counts("browser/native > 1.5 on count", &swept, [2, 0, 0, 2]);
        counts("browser/native > 1.5 on count with threads x 2, n 100000", &swept, [1, 0, 0, 0]);
        counts("browser/native > 1.5 on count with threads, n 10000", &swept, [0, 0, 0, 1]);
        // Rows of another report that has one of the values are the same work.
        let [browser, native] = &swept;
        let mut single = native.clone();
        single.runs.retain(|run| run.row.workload.size() == Some(100_000));
        single.runs.iter_mut().for_each(|run| run.row.swept.clear());
        counts("browser/native > 1.5 on count with threads, n 100000", &[browser.clone(), single], [1, 0, 0, 0]);
    }

    #[test]
    fn what_cannot_be_judged_does_not_pass() {
        let [browser, native] = reports();
        let is_sequential = |run: &Run| run.row.workers == 1;
        let mut failing = browser.clone();
        for run in failing.runs.iter_mut().filter(|run| is_sequential(run)) {
            run.spans[0].error = Some(TaskError::new(ErrorKind::Panicked, "x"));
        }
        let failing = [failing, native.clone()];
        counts("browser/native > 30", &failing, [0, 1, 0, 2]);
        counts("browser/native > 30 with processes", &failing, [0, 0, 0, 2]);
        counts("native/browser < 0.6", &failing, [2, 1, 0, 0]);

        let mut fewer = native.clone();
        fewer.runs.retain(|run| !is_sequential(run));
        for reports in
            [[browser.clone(), fewer.clone()], [Report { platform: Platform::Browser, ..fewer }, native.clone()]]
        {
            counts("browser/native > 30 on sum", &reports, [0, 1, 0, reports[0].runs.len().min(20) / 10]);
        }

        let few = [report(Platform::Browser, 20.0, 0.01, 2), native];
        counts("browser/native > 1.5", &few, [0, 3, 0, 0]);
        let reason = checked("browser/native > 1.5", &few).unjudged[0].reason.in_words(["native", "browser"]);
        assert_eq!(reason, "it has 10 runs in native and 2 in browser; 6 runs each are needed for an interval");
    }

    #[test]
    fn a_side_is_a_part_a_platform_or_any_browser() {
        let pair = PairBuilder::of("sum", &[Platform::Native, Platform::Native, Platform::Chromium]).build();
        let old = report(Platform::Browser, 20.0, 0.01, 10);
        let is_side = |name: &str, reports: &[Report]| {
            let found = side(name, reports).ok()?;
            reports.iter().position(|report| found.iter().any(|found| report.id == found.id))
        };
        assert_eq!(
            ["native", "native#2", "chromium", "browser"].map(|name| is_side(name, &pair)),
            [0, 1, 2, 2].map(Some)
        );
        assert_eq!(["firefox", "python", "#4"].map(|name| is_side(name, &pair)), [None; 3]);
        // A report of version 1 is of the browser that its environment names.
        assert_eq!(
            ["browser", "firefox", "chromium"].map(|name| is_side(name, std::slice::from_ref(&old))),
            [Some(0), Some(0), None]
        );
        let two = [pair[2].clone(), old];
        assert_eq!(["browser", "chromium", "firefox"].map(|name| is_side(name, &two)), [None, Some(0), Some(1)]);
    }

    /// A pair of its own session in which the second platform takes some times as long as the first.
    fn pair(id: &str, times: f64, scatter: f64) -> Vec<Report> {
        let wall_ms = |part: &crate::measure::Part, row: &Row, repetition: u32| {
            let own = 1.0 + scatter * f64::from((repetition * 7 + row.workers * 3) % 5) / 5.0;
            // Passes differ more than platforms do.
            let pass_ms = 10.0 + f64::from(repetition % 3) * 10.0;
            pass_ms * if part.platform == Platform::Chromium { times * own } else { 1.0 }
        };
        let mut reports =
            PairBuilder::of("sum", &[Platform::Native, Platform::Chromium]).runs(8).wall_ms(wall_ms).build();
        for report in &mut reports {
            report.id = format!("{id}/{}", report.id);
            report.part.as_mut().expect("a part").pair = id.to_owned();
        }
        reports
    }

    #[test]
    fn platforms_of_a_pair_are_judged_by_the_ratios_of_their_passes() {
        let one = pair("one", 1.6, 0.01);
        counts("chromium/native > 1.5 on sum", &one, [3, 0, 0, 0]);
        counts("native/chromium < 0.5", &one, [0, 0, 0, 3]);
        counts("#1 chromium/#1 native > 1.7", &one, [0, 0, 0, 3]);
        let scattered = pair("one", 1.4, 0.4);
        counts("chromium/native > 1.5", &scattered, [0, 0, 3, 0]);
        assert!(!checked("chromium/native > 1.5", &scattered).is_certain());
        let mut few = one.clone();
        few[1].runs.retain(|run| run.repetition < 5);
        counts("chromium/native > 1.5", &few, [0, 3, 0, 0]);
        let reason = checked("chromium/native > 1.5", &few).unjudged[0].reason.in_words(["native", "chromium"]);
        assert_eq!(reason, "native and chromium took turns in 5 passes; 6 are needed for an interval");
    }

    #[test]
    fn two_pairs_are_judged_platform_by_platform() {
        let both: Vec<Report> = [pair("one", 1.6, 0.01), pair("two", 20.0, 0.01)].concat();
        // Native took the same in both.
        counts("#2/#1 > 1.1", &both, [3, 0, 3, 0]);
        counts("#2 chromium/#1 chromium > 1.1 on sum", &both, [3, 0, 0, 0]);
        counts("#2 chromium/#2 native > 10", &both, [3, 0, 0, 0]);
        assert_eq!(checked("#2/#1 > 1.1", &both).platforms().len(), 2);
        let alone: Vec<Report> = [pair("one", 1.6, 0.01), reports().to_vec()].concat();
        // Of several pairs those are meant that are compared with the first.
        counts("chromium/native > 10", &both, [3, 0, 0, 0]);
        counts("#2/#1 of chromium/native > 10 on sum", &both, [3, 0, 0, 0]);
        counts("#2/#1 of chromium/native > 20", &both, [0, 0, 0, 3]);
        counts("#1/#2 of chromium/native > 1", &both, [0, 0, 0, 3]);
        // A machine that is twice as slow changes no ratio.
        let mut slow = pair("two", 1.6, 0.01);
        slow.iter_mut().flat_map(|report| &mut report.runs).for_each(|run| run.wall_ms *= 2.0);
        let slow: Vec<Report> = [pair("one", 1.6, 0.01), slow].concat();
        counts("#2/#1 of chromium/native > 1.05", &slow, [0, 0, 0, 3]);
        let mut few = both.clone();
        few[3].runs.retain(|run| run.repetition < 5);
        counts("#2/#1 of chromium/native > 1.1", &few, [0, 3, 0, 0]);
        few[3].runs.retain(|run| run.row.workers > 1);
        let reason = &checked("#2/#1 of chromium/native > 1.1 with sequential", &few).unjudged[0].reason;
        assert_eq!(reason.in_words(["#1", "#2"]), "only in #1");
        let refused = [
            "firefox/native > 1",
            "#2/#1 of firefox/native > 1",
            "#1/#1 > 1",
            "#2/#2 of chromium/native > 1",
            "#1/#4 > 1",
            "#2/#1 > 1",
            "#1 native/#1 native > 1",
        ]
        .map(|text| {
            let of = if text.starts_with("#2") { &alone } else { &both };
            let answer = read(text).and_then(|threshold| threshold.check(of));
            (text, answer.expect_err("names no two platforms"))
        });
        golden::answers("refused.threshold-of-pairs.txt", refused);
    }

    #[test]
    fn what_names_nothing_is_an_error() {
        let reports = reports();
        let texts = [
            "python/native > 1",
            "browser/native > 1 on count",
            "browser/native > 1 with threads x 63",
            "browser/native > 1 with processes, per-wave",
            "#2/native > 1",
        ];
        let refused =
            texts.map(|text| (text, read(text).expect("readable").check(&reports).expect_err("names nothing")));
        golden::answers("refused.threshold-of-reports.txt", refused);
    }
}
