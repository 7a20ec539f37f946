//! The figure of the source document beside the same figure of a report.

use super::bars::{self, Bar};
use super::svg::Picture;
use crate::analysis::{Analysis, RowAnalysis, Spread};
use crate::experiment::ExperimentRow;
use crate::scale::Scale;

/// The rows that the source has a figure for.
fn published<'a>(analysis: &'a Analysis<'a>) -> Vec<(&'a RowAnalysis<'a>, &'static ExperimentRow, f64)> {
    let of_source = |row: &'a RowAnalysis<'a>| {
        let source = row.source?;
        Some((row, source, source.source_s?))
    };
    analysis.rows.iter().filter_map(of_source).collect()
}

/// The article's figure and the same of this report: same bars, same titles, each on its own axis, because sizes differ;
/// at the article's own sizes on one axis.
pub(super) fn of_analysis(analysis: &Analysis<'_>) -> Vec<Picture> {
    let published = published(analysis);
    if let [(_, source, _)] = published[..]
        && !source.source_phases_s.is_empty()
    {
        return in_parts(analysis, source);
    }
    let article = published.iter().map(|(row, source, seconds)| bar(title(row, source), "article", seconds * 1e3));
    let here = published.iter().filter_map(|(row, source, _)| {
        let expected_ms = row.theory.as_ref().map(|theory| theory.expected_ms);
        Some(Bar { expected_ms, ..Bar::of_row(title(row, source), "here".to_owned(), row)? })
    });
    let (article, here) = (article.collect(), here.collect());
    beside(analysis.report.scale, "Wall time by row", article, here)
}

/// The title of the source's figure, and what it is of.
fn title(row: &RowAnalysis<'_>, source: &ExperimentRow) -> String {
    match &source.figure {
        Some(figure) => format!("{figure} ({})", row.label),
        None => row.label.to_string(),
    }
}

/// A single time.
fn bar(group: String, series: &str, ms: f64) -> Bar {
    let spread = Spread { fastest_ms: ms, median_ms: ms, slowest_ms: ms };
    Bar { group, series: series.to_owned(), spread, interval: None, expected_ms: None }
}

/// A task's phases, the article's and those of this report.
fn in_parts(analysis: &Analysis<'_>, source: &ExperimentRow) -> Vec<Picture> {
    let mut phases: Vec<(&String, f64)> =
        source.source_phases_s.iter().map(|(name, seconds)| (name, seconds * 1e3)).collect();
    // In the order in which they take place, which is that of their lengths.
    phases.sort_by(|(_, ms), (_, next_ms)| next_ms.total_cmp(ms));
    let measured = |name: &String| analysis.rows.first()?.tasks.phases.get(name).copied();
    let article = phases.iter().map(|(name, ms)| bar((*name).clone(), "article", *ms)).collect();
    let here = phases.iter().filter_map(|(name, _)| Some(bar((*name).clone(), "here", measured(name)?))).collect();
    beside(analysis.report.scale, "Parts of a task", article, here)
}

fn beside(scale: Scale, what: &str, article: Vec<Bar>, here: Vec<Bar>) -> Vec<Picture> {
    if article.is_empty() || here.is_empty() {
        return Vec::new();
    }
    if scale == Scale::Exact {
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
    use crate::chart::check::{drawn, golden};
    use crate::report::Report;
    use crate::report::fixture::ReportBuilder;

    fn measured(name: &str, scale: Scale) -> Report {
        ReportBuilder::of(name).scale(scale).runs(1).wall_ms(|row, _| 1e6 / f64::from(row.workers)).build()
    }

    #[test]
    fn on_one_axis_at_the_articles_own_sizes_only() {
        let mut pictures = Vec::new();
        for (name, scale) in [("square", Scale::Exact), ("square", Scale::Lab), ("breakdown", Scale::Lab)] {
            let report = measured(name, scale);
            let charts: Vec<String> = of_analysis(&Analysis::of(&report)).iter().map(drawn).collect();
            assert_eq!(charts.len(), if scale == Scale::Exact { 1 } else { 2 }, "{name}");
            pictures.extend(charts.into_iter().map(|chart| (name, chart)));
        }
        golden("article", &pictures);
    }

    #[test]
    fn nothing_without_an_article() {
        assert!(of_analysis(&Analysis::of(&measured("mandelbrot", Scale::Lab))).is_empty());
    }
}
