//! How an experiment went over time on this machine.

use std::time::UNIX_EPOCH;

use humantime::parse_rfc3339;
use parlab_shared::analysis::{REPORTS_FOR_CHANGE, TrendRow, is_same_series, of_series, trend};
use parlab_shared::chart::{self, Begun, Form};
use parlab_shared::number::{Counted, Time};
use parlab_shared::report::Report;
use parlab_shared::say;

use crate::analyst::charts;
use crate::views::{Card, TrendView};

/// More reports than this are not read: to read hundreds takes minutes.
pub const REPORTS_MAX: usize = 30;

/// The reports that may belong to the trend of an experiment, of those that are kept: the newest.
pub fn of_experiment<'a>(cards: &'a [Card], experiment: &'a str) -> impl Iterator<Item = &'a Card> {
    cards.iter().filter(move |card| card.experiment.as_deref() == Some(experiment)).take(REPORTS_MAX)
}

/// The trend of an experiment, of what these files hold, the newest first. The newest decides which machine it is of.
/// `scope` is what ids in the chart begin with.
///
/// # Errors
/// Why there is none.
pub fn view(experiment: &str, files: &[Vec<Report>], form: Form, scope: &str) -> Result<TrendView, String> {
    let mut series = files.iter().filter_map(|file| of_series(file));
    let newest = series.next().ok_or_else(|| format!("No report of {experiment} is kept."))?;
    let (same, others): (Vec<&Report>, Vec<&Report>) = series.partition(|report| is_same_series(newest, report));
    let mut reports: Vec<(f64, &Report)> =
        std::iter::once(newest).chain(same).map(|report| (begun_ms(report), report)).collect();
    reports.sort_by(|(at_ms, _), (next_ms, _)| at_ms.total_cmp(next_ms));
    let first_ms = reports.first().map_or(0.0, |(at_ms, _)| *at_ms);
    let begun = reports.iter().map(|(at_ms, report)| Begun { since_ms: at_ms - first_ms, when: &report.created });
    let begun: Vec<Begun<'_>> = begun.collect();
    let reports: Vec<&Report> = reports.into_iter().map(|(_, report)| report).collect();
    let rows = trend(&reports, experiment);
    let title = format!("{experiment}, {}, {}", newest.scale.title(), say::machine(newest));
    let mut notes = Vec::new();
    if !others.is_empty() {
        let reports = Counted(others.len() as u64, "report");
        notes.push(format!("Left out: {reports} of another machine, browser or scale."));
    }
    let builds: std::collections::BTreeSet<&str> = reports.iter().map(|report| &*report.tool.build).collect();
    if builds.len() > 1 {
        notes.push(format!("They are of {} of parlab.", Counted(builds.len() as u64, "build")));
    }
    if rows.iter().all(|row| row.points.len() < 2) {
        notes.insert(0, "There is no trend yet: no two reports have a row in common.".to_owned());
        return Ok(TrendView { experiment: experiment.to_owned(), title, chart: None, notes });
    }
    notes.splice(0..0, said(&rows, reports.len()));
    let chart = charts::view(chart::trend(experiment, &rows, &begun, form, scope));
    Ok(TrendView { experiment: experiment.to_owned(), title, chart: Some(chart), notes })
}

/// When a report was begun, in milliseconds since 1970; what says no time was begun then.
fn begun_ms(report: &Report) -> f64 {
    let since = parse_rfc3339(&report.created).ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    since.map_or(0.0, |since| since.as_secs_f64() * 1000.0)
}

/// What can be said of changes.
fn said(rows: &[TrendRow<'_>], reports: usize) -> Vec<String> {
    if reports < REPORTS_FOR_CHANGE {
        let more = (REPORTS_FOR_CHANGE - reports) as u64;
        return vec![format!(
            "Whether anything changes can be said from {REPORTS_FOR_CHANGE} reports on: {} to go.",
            Counted(more, "report")
        )];
    }
    let changes = |row: &TrendRow<'_>| {
        let (change, first, last) = (row.change?, row.points.first()?, row.points.last()?);
        let way = if change.per_step > 0.0 { "longer and longer" } else { "less and less time" };
        let (first, last) = (Time(first.median_ms), Time(last.median_ms));
        Some(format!("{} takes {way}: {first} at first, {last} at last.", row.label))
    };
    let found: Vec<String> = rows.iter().filter_map(changes).collect();
    if found.is_empty() {
        let nothing = "No row shows a change: what differs from report to report goes to and fro, or less far than the intervals \
                       reach. The same work differs a little from day to day.";
        return vec![nothing.to_owned()];
    }
    found
}

#[cfg(test)]
mod tests {
    use parlab_shared::report::fixture::ReportBuilder;

    use super::*;

    /// A file with a report of `sum`, begun at a day, in which all takes so much longer.
    fn file(day: u32, factor: f64) -> Vec<Report> {
        let mut report = ReportBuilder::of("sum").runs(8).build();
        report.created = format!("2026-01-{day:02}T00:00:00.250Z");
        for run in &mut report.runs {
            run.wall_ms = factor * (100.0 + 0.1 * f64::from(run.repetition % 4));
        }
        vec![report]
    }

    /// The newest first.
    fn files(factors: &[f64]) -> Vec<Vec<Report>> {
        (1..).zip(factors).map(|(day, factor)| file(day, *factor)).collect::<Vec<_>>().into_iter().rev().collect()
    }

    #[test]
    fn what_goes_on_is_said_and_what_does_not_is_not() {
        let said = |factors: &[f64]| view("sum", &files(factors), Form::Wide, "t").expect("a trend").notes[0].clone();
        assert!(
            said(&[1.0, 1.1, 1.2, 1.3, 1.4, 1.5]).contains("takes longer and longer: 100 ms at first, 150 ms at last")
        );
        assert!(said(&[1.5, 1.4, 1.3, 1.2, 1.1, 1.0]).contains("takes less and less time"));
        assert!(said(&[1.0, 1.2, 1.0, 1.2, 1.0, 1.2]).starts_with("No row shows a change"));
        assert_eq!(said(&[1.0, 2.0]), "Whether anything changes can be said from 5 reports on: 3 reports to go.");
        assert!(said(&[1.0]).starts_with("There is no trend yet"));
    }

    #[test]
    fn the_chart_has_its_numbers_and_other_machines_are_left_out() {
        let mut files = files(&[1.0, 1.1, 1.2]);
        files[1][0].environment.cores += 2;
        let trend = view("sum", &files, Form::Wide, "t").expect("a trend");
        let chart = trend.chart.expect("a chart");
        assert!(chart.svg.starts_with("<svg") && chart.svg.contains("Hours since the first report"), "{}", chart.svg);
        let table = chart.table.expect("its numbers");
        let rows = files[0][0].runs.iter().filter(|run| run.repetition == 0 && !run.warmup).count();
        assert_eq!(table.lines.len(), 2 * rows);
        assert!(
            trend.notes.iter().any(|note| note.starts_with("Left out: 1 report of another machine")),
            "{:?}",
            trend.notes
        );
        view("sum", &[], Form::Wide, "t").expect_err("there is no report");
    }

    #[test]
    fn so_many_reports_are_read() {
        let card = crate::analyst::card::card(&file(1, 1.0)).expect("a report");
        let cards = vec![card; REPORTS_MAX + 5];
        assert_eq!(of_experiment(&cards, "sum").count(), REPORTS_MAX);
        assert_eq!(of_experiment(&cards, "crawl").count(), 0);
    }
}
