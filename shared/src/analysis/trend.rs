//! How the rows of an experiment went from report to report.

use super::Analysis;
use crate::label::RowLabel;
use crate::report::{Environment, Report};
use crate::row::Row;
use crate::statistics::{CONFIDENCE, Drift, Interval, drift, holm};

/// A change is looked for in so many reports, and more: in fewer none can be told from chance.
pub const REPORTS_FOR_CHANGE: usize = 5;

/// A row from report to report.
#[derive(Clone, Debug, PartialEq)]
pub struct TrendRow<'a> {
    /// The row.
    pub row: &'a Row,
    /// What it is called.
    pub label: RowLabel,
    /// What it took, report by report, in their order; reports without times of it are left out.
    pub points: Vec<TrendPoint>,
    /// How it changes, if it does: all its medians go one way more than chance lets them, in any row of as many (Holm), and
    /// the intervals of the first and the last one have nothing in common.
    pub change: Option<Drift>,
}

/// What a row took in one report.
#[derive(Clone, Debug, PartialEq)]
pub struct TrendPoint {
    /// The place of the report.
    pub report: usize,
    /// The median of its wall times, in milliseconds.
    pub median_ms: f64,
    /// The 95 % interval of that median; `None` if runs are too few.
    pub interval: Option<Interval>,
    /// How many runs were measured.
    pub runs: usize,
    /// Wall times far from the others, in milliseconds.
    pub outliers_ms: Vec<f64>,
}

/// Whether two reports are of one series: the same scale, platform and machine, and in a browser the same one, of whichever
/// version, with its target in the same place.
pub fn is_same_series(report: &Report, other: &Report) -> bool {
    let machine = |report: &Report| {
        let environment = &report.environment;
        let browser = environment.browser.as_ref().map(|browser| browser.name.clone());
        let target = environment.target_in_browser;
        let Environment { os, cpu, cores, cross_origin_isolated, .. } = environment.clone();
        (os, cpu, cores, browser, cross_origin_isolated, target)
    };
    (report.scale, report.platform) == (other.scale, other.platform) && machine(report) == machine(other)
}

/// How the rows of an experiment went, in reports in the order in which they were measured. Rows are the same if all that
/// was asked for is.
pub fn trend<'a>(reports: &[&'a Report], experiment: &str) -> Vec<TrendRow<'a>> {
    let mut rows: Vec<TrendRow<'a>> = Vec::new();
    for (place, report) in reports.iter().enumerate() {
        for part in Analysis::parts(report).into_iter().filter(|part| part.name() == experiment) {
            for row in &part.rows {
                let Some(median_ms) = row.summary.median_ms() else { continue };
                let point = TrendPoint {
                    report: place,
                    median_ms,
                    interval: row.summary.interval,
                    runs: row.summary.runs,
                    outliers_ms: row.summary.outliers_ms.clone(),
                };
                match rows.iter_mut().find(|known| known.row == row.row) {
                    Some(known) => known.points.push(point),
                    None => {
                        let (row, label) = (row.row, row.label.clone());
                        rows.push(TrendRow { row, label, points: vec![point], change: None });
                    }
                }
            }
        }
    }
    let drifts: Vec<Option<Drift>> = rows.iter().map(drift_of).collect();
    let holds = holm(&drifts.iter().map(|drift| drift.map_or(1.0, |drift| drift.p)).collect::<Vec<f64>>());
    for ((row, drift), holds) in rows.iter_mut().zip(drifts).zip(holds) {
        row.change = drift.filter(|drift| holds && drift.p < 1.0 - CONFIDENCE && row.ends_apart());
    }
    rows
}

fn drift_of(row: &TrendRow<'_>) -> Option<Drift> {
    let medians: Vec<f64> = row.points.iter().map(|point| point.median_ms).collect();
    if medians.len() < REPORTS_FOR_CHANGE { None } else { drift(&medians) }
}

impl TrendRow<'_> {
    /// Whether the intervals of the first and the last report have nothing in common.
    fn ends_apart(&self) -> bool {
        let ends = self.points.first().zip(self.points.last());
        ends.and_then(|(first, last)| Some((first.interval?, last.interval?)))
            .is_some_and(|(first, last)| first.high < last.low || last.high < first.low)
    }
}

/// The report of a file that a trend is of: the one that a page measured, or else the first.
pub fn of_series(reports: &[Report]) -> Option<&Report> {
    reports.iter().find(|report| report.platform.is_browser()).or(reports.first())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::ReportBuilder;
    use crate::strategy::Platform;

    /// Reports of `sum` in which sequential rows take so much longer from one to the next, and others change to and fro.
    fn reports(count: usize, factor: f64) -> Vec<Report> {
        let report = |place: usize| {
            let mut report = ReportBuilder::of("sum").runs(8).build();
            for run in &mut report.runs {
                let noise = 1.0 + 0.001 * f64::from(run.repetition % 4);
                let change =
                    if run.row.workers == 1 { factor.powi(place as i32) } else { 1.0 + 0.01 * (place % 2) as f64 };
                run.wall_ms = 100.0 * noise * change;
            }
            report
        };
        (0..count).map(report).collect()
    }

    fn changes(reports: &[Report]) -> Vec<(u32, bool)> {
        let rows = trend(&reports.iter().collect::<Vec<_>>(), "sum");
        rows.iter().map(|row| (row.row.workers, row.change.is_some())).collect()
    }

    #[test]
    fn a_change_is_one_that_goes_on_and_whose_ends_are_apart() {
        let found = changes(&reports(8, 1.05));
        assert!(!found.is_empty() && found.iter().all(|(workers, changes)| *changes == (*workers == 1)), "{found:?}");
        assert!(changes(&reports(8, 1.0)).iter().all(|(_, changes)| !changes), "nothing changes");
        assert!(changes(&reports(4, 1.5)).iter().all(|(_, changes)| !changes), "they are too few");
        // It goes one way all the time, but less than a median is known to.
        assert!(changes(&reports(8, 1.0001)).iter().all(|(_, changes)| !changes), "the intervals meet");
    }

    #[test]
    fn a_row_that_is_another_one_has_points_of_its_own() {
        let mut reports = reports(3, 1.0);
        reports[1].runs.retain(|run| run.row.workers == 1);
        let rows = trend(&reports.iter().collect::<Vec<_>>(), "sum");
        for row in &rows {
            let places: Vec<usize> = row.points.iter().map(|point| point.report).collect();
            assert_eq!(places, if row.row.workers == 1 { vec![0, 1, 2] } else { vec![0, 2] });
        }
        assert!(trend(&reports.iter().collect::<Vec<_>>(), "cpu-heavy").is_empty());
    }

    #[test]
    fn a_series_is_of_one_machine() {
        let report = &reports(1, 1.0)[0];
        let other = |change: fn(&mut Report)| {
            let mut other = report.clone();
            change(&mut other);
            is_same_series(report, &other)
        };
        assert!(other(|report| report.tool.build = "another".to_owned()));
        assert!(!other(|report| report.environment.cores += 1));
        assert!(!other(|report| report.scale = crate::scale::Scale::Exact));
        assert!(!other(|report| report.platform = Platform::Python));
        assert!(!other(|report| report.environment.cross_origin_isolated = Some(false)));
    }
}
