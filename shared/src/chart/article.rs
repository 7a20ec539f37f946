//! The figure of the source document beside the same figure of a report.

use super::bars::{self, Bar};
use crate::experiment::{self, ExperimentRow};
use crate::measure::Scale;
use crate::report::{Report, RowSummary, Spread, theory, traffic};

/// The rows of a report that the source has a figure for.
fn published<'a>(report: &Report, rows: &'a [RowSummary]) -> Vec<(&'a RowSummary, &'static ExperimentRow, f64)> {
    let of_source = |one: &'a RowSummary| {
        let row = experiment::source_row(&one.row, report.scale)?;
        Some((one, row, row.source_s?))
    };
    rows.iter().filter_map(of_source).collect()
}

/// What to know about the article's seconds; nothing, if the report has no rows of an article.
pub fn article_hint(report: &Report, rows: &[RowSummary]) -> Option<&'static str> {
    (!published(report, rows).is_empty()).then(|| other_sizes(report.scale))
}

fn other_sizes(scale: Scale) -> &'static str {
    match scale {
        Scale::Exact => "The article's seconds were measured with the same sizes on another machine, in Python.",
        Scale::Lab | Scale::Smoke => {
            "The article's seconds were measured with other sizes on another machine: compare its rows with each \
             other, not with these."
        }
    }
}

/// The article's figure and the same of this report: same bars, same titles, each on its own axis, because sizes differ;
/// at the article's own sizes on one axis.
pub fn article(report: &Report, rows: &[RowSummary]) -> Vec<String> {
    let published = published(report, rows);
    if let [(_, own, _)] = published[..]
        && !own.source_phases_s.is_empty()
    {
        return in_parts(report, own);
    }
    let article =
        |(one, own, seconds): &(&RowSummary, &ExperimentRow, f64)| bar(title(one, own), "article", seconds * 1e3);
    let here = |(one, own, _): &(&RowSummary, &ExperimentRow, f64)| {
        let expected_ms = theory(report, rows, &one.row).map(|theory| theory.expected_ms);
        Some(Bar { expected_ms, ..Bar::of_row(title(one, own), "here".to_owned(), one)? })
    };
    let article: Vec<Bar> = published.iter().map(article).collect();
    let here: Vec<Bar> = published.iter().filter_map(here).collect();
    beside(report, "Wall time by row", article, here)
}

/// The title of the source's figure, and what it is of.
fn title(one: &RowSummary, own: &ExperimentRow) -> String {
    match &own.figure {
        Some(figure) => format!("{figure} ({})", one.row.label()),
        None => one.row.label(),
    }
}

/// A single time.
fn bar(group: String, series: &str, ms: f64) -> Bar {
    let spread = Spread { fastest_ms: ms, median_ms: ms, slowest_ms: ms };
    Bar { group, series: series.to_owned(), spread, interval: None, expected_ms: None }
}

/// A task's phases, the article's and those of this report.
fn in_parts(report: &Report, own: &ExperimentRow) -> Vec<String> {
    let mut phases: Vec<(&String, f64)> =
        own.source_phases_s.iter().map(|(name, seconds)| (name, seconds * 1e3)).collect();
    // In the order in which they take place, which is that of their lengths.
    phases.sort_by(|one, other| other.1.total_cmp(&one.1));
    let traffic = traffic(report);
    let measured = |name: &String| traffic.first()?.phases.get(name).copied();
    let article = phases.iter().map(|(name, ms)| bar((*name).clone(), "article", *ms)).collect();
    let here = phases.iter().filter_map(|(name, _)| Some(bar((*name).clone(), "here", measured(name)?))).collect();
    beside(report, "Parts of a task", article, here)
}

fn beside(report: &Report, what: &str, article: Vec<Bar>, here: Vec<Bar>) -> Vec<String> {
    if article.is_empty() || here.is_empty() {
        return Vec::new();
    }
    if report.scale == Scale::Exact {
        let both: Vec<Bar> = article.into_iter().chain(here).collect();
        return vec![bars::bars(&format!("{what}, in the article and here"), &both)];
    }
    let line = "As published: another machine, other sizes.";
    vec![
        bars::published(&format!("{what}, in the article"), line, &article),
        bars::bars(&format!("{what}, here"), &here),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::{Execution, Request};
    use crate::report::{Run, fixture, summarize};
    use crate::strategy::{Mechanism, Platform};

    /// A report of an experiment's rows, a second each.
    fn report(name: &str, scale: Scale) -> Report {
        let plan = Request { scale, ..Request::named(name) }.plan(Platform::Native).expect("a plan");
        let runs = plan.rows().map(|row| {
            let (mechanism, spans) = (Mechanism::OneThread, Vec::new());
            let execution = Execution { mechanism, began_ms: 0.0, setup_ms: 0.0, wall_ms: 1e3, spans };
            Run::new(plan.run(row, 0, false), execution, 0.0, false)
        });
        Report { scale, ..fixture::report(runs.collect()) }
    }

    #[test]
    fn on_one_axis_at_the_articles_own_sizes_only() {
        let check = |scale, titles: &[&str], hint: &str| {
            let report = report("square", scale);
            let rows = summarize(&report);
            let charts = article(&report, &rows);
            assert_eq!(charts.len(), titles.len());
            assert!(charts.iter().zip(titles).all(|(chart, title)| chart.contains(title)), "{charts:?}");
            assert!(article_hint(&report, &rows).is_some_and(|line| line.contains(hint)));
        };
        check(Scale::Exact, &["Wall time by row, in the article and here"], "same sizes");
        check(Scale::Lab, &["Wall time by row, in the article", "Wall time by row, here"], "other sizes");
    }

    #[test]
    fn nothing_without_an_article() {
        let report = report("mandelbrot", Scale::Lab);
        let rows = summarize(&report);
        assert!(article(&report, &rows).is_empty() && article_hint(&report, &rows).is_none());
    }
}
