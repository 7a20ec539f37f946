//! The figure of the source document beside the same figure of a report.

use super::bars::{self, Bar, Prediction};
use super::form::Form;
use super::svg::Picture;
use crate::analysis::{Analysis, RowAnalysis, Spread};
use crate::experiment::{ExperimentRow, Inferred};
use crate::say::{has_the_articles_sizes, inferred};

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
pub(super) fn of_analysis(analysis: &Analysis<'_>, form: Form) -> Vec<Picture> {
    let published = published(analysis);
    if let [(_, source, _)] = published[..]
        && !source.source_phases_s.is_empty()
    {
        return in_parts(analysis, form, source);
    }
    let has_inferred_workers =
        analysis.experiment().and_then(|experiment| experiment.inferred.as_ref()).is_some_and(Inferred::has_workers);
    let title = |row: &RowAnalysis<'_>, source| title(row, source, has_inferred_workers);
    let article = published.iter().map(|(row, source, seconds)| bar(title(row, source), "article", seconds * 1e3));
    let here = published.iter().filter_map(|(row, source, _)| {
        Some(Bar { prediction: Prediction::of_row(row), ..Bar::of_row(title(row, source), "here".to_owned(), row)? })
    });
    let (article, here) = (article.collect(), here.collect());
    beside(analysis, form, "Wall time by row", article, here)
}

/// The title of the source's figure, and what it is of here.
fn title(row: &RowAnalysis<'_>, source: &ExperimentRow, has_inferred_workers: bool) -> String {
    let inferred = if has_inferred_workers && row.row.strategy.is_concurrent() { ", inferred" } else { "" };
    match &source.figure {
        Some(figure) => format!("{figure} ({}{inferred})", row.label),
        None => row.label.to_string(),
    }
}

/// A bar without whiskers, for a time that stands alone.
fn bar(group: String, series: &str, ms: f64) -> Bar {
    let spread = Spread { fastest_ms: ms, median_ms: ms, slowest_ms: ms };
    Bar { group, series: series.to_owned(), spread, interval: None, outliers_ms: Vec::new(), prediction: None }
}

/// A task's phases, the article's and those of this report.
fn in_parts(analysis: &Analysis<'_>, form: Form, source: &ExperimentRow) -> Vec<Picture> {
    let mut phases: Vec<(&String, f64)> =
        source.source_phases_s.iter().map(|(name, seconds)| (name, seconds * 1e3)).collect();
    // In the order in which they take place, which is that of their lengths.
    phases.sort_by(|(_, ms), (_, next_ms)| next_ms.total_cmp(ms));
    let measured = |name: &String| analysis.rows.first()?.tasks.phases.get(name).copied();
    let article = phases.iter().map(|(name, ms)| bar((*name).clone(), "article", *ms)).collect();
    let here = phases.iter().filter_map(|(name, _)| Some(bar((*name).clone(), "here", measured(name)?))).collect();
    beside(analysis, form, "Parts of a task", article, here)
}

fn beside(analysis: &Analysis<'_>, form: Form, what: &str, article: Vec<Bar>, here: Vec<Bar>) -> Vec<Picture> {
    if article.is_empty() || here.is_empty() {
        return Vec::new();
    }
    let inferred = inferred(analysis).map_or_else(String::new, |inferred| format!(" {inferred}"));
    if has_the_articles_sizes(analysis) {
        let both: Vec<Bar> = article.into_iter().chain(here).collect();
        let line = format!("The article's on another machine, in Python.{inferred}");
        return vec![bars::published(form, &format!("{what}, in the article and here"), &line, &both)];
    }
    let line = format!("As published: another machine, other sizes.{inferred}");
    vec![
        bars::published(form, &format!("{what}, in the article"), &line, &article),
        bars::bars(form, &format!("{what}, here"), &here),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::check::{drawn, golden};
    use crate::report::Report;
    use crate::report::fixture::ReportBuilder;
    use crate::scale::Scale;

    fn measured(name: &str, scale: Scale) -> Report {
        ReportBuilder::of(name).scale(scale).runs(1).wall_ms(|row, _| 1e6 / f64::from(row.workers)).build()
    }

    #[test]
    fn on_one_axis_at_the_articles_own_sizes_only() {
        let mut pictures = Vec::new();
        for (name, scale) in [("square", Scale::Exact), ("square", Scale::Lab), ("breakdown", Scale::Lab)] {
            let report = measured(name, scale);
            let charts: Vec<String> = of_analysis(&Analysis::of(&report), Form::Wide).iter().map(drawn).collect();
            assert_eq!(charts.len(), if scale == Scale::Exact { 1 } else { 2 }, "{name}");
            pictures.extend(charts.into_iter().map(|chart| (name, chart)));
        }
        golden("article", &pictures);
        // Sizes that were asked for are other sizes, whatever the scale is called.
        let report = ReportBuilder::of("square").scale(Scale::Exact).tasks(20).build();
        assert_eq!(of_analysis(&Analysis::of(&report), Form::Wide).len(), 2);
    }

    #[test]
    fn what_is_inferred_is_marked_as_such() {
        for scale in Scale::ALL {
            let report = measured("post", *scale);
            let article = drawn(&of_analysis(&Analysis::of(&report), Form::Wide)[0]);
            let words: Vec<&str> = article.split('<').filter_map(|tag| Some(tag.split_once('>')?.1.trim())).collect();
            let words = words.join(" ").split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(words.contains("Inferred, not in the article: workers and latency."), "{words}");
            assert!(words.contains("Multithreading (threads × 6, inferred)") && words.contains("(sequential)"));
        }
        let square = measured("square", Scale::Exact);
        assert!(
            !drawn(&of_analysis(&Analysis::of(&square), Form::Wide)[0]).contains("nferred"),
            "the article says it all"
        );
    }

    #[test]
    fn nothing_without_an_article() {
        assert!(of_analysis(&Analysis::of(&measured("mandelbrot", Scale::Lab)), Form::Wide).is_empty());
    }
}
