//! Charts: what was measured, as SVG.
//!
//! Every chart is a pure function from data to the text of one `<svg>` element that is meant to
//! stand inline in a page: it holds no style, no script and no handler, so that the strictest
//! content security policy lets it through, and all text in it is escaped.
//! Its looks come from [`STYLE`], which a page carries once for all its charts.
//!
//! Nothing is told by colour alone: failures are hatched and named, series differ in marks and
//! dashes, bars carry labels, and `<title>` and `<desc>` say in words what is seen.
//!
//! A kind of chart is a file that draws it and an entry in this one: see [`ChartKind`].

mod article;
mod axis;
mod bars;
mod comparison;
mod distribution;
mod form;
mod frame;
mod frames;
mod idea;
mod legend;
mod outliers;
mod ratio_sweep;
mod ratios;
mod scaling;
mod svg;
mod sweep;
mod timeline;
mod trend;

use crate::analysis::{Analysis, Comparison, RowAnalysis, TrendRow};
use crate::named::named;
use crate::say::{Evidence, Table};
use svg::Picture;

pub use form::Form;
pub use idea::idea;
pub(crate) use svg::Escaped;
pub use timeline::{Detail, TimelineData, timeline_data};
pub use trend::Begun;

/// The one style of all charts, in light, dark and print.
///
/// The colours are custom properties of the root, `--w0` to `--w7` for workers and series and
/// `--chart-…` for the rest, so that a canvas can draw with the same. They follow the system's
/// theme, and `data-theme="light"` or `"dark"` on the root or on a part of the page overrides it.
pub const STYLE: &str = include_str!("chart/chart.css");

/// What a chart shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChartKind {
    /// The article's figure, or the same figure of this report.
    Article,
    /// Time over a parameter.
    Sweep,
    /// Speed-up over workers.
    Scaling,
    /// Ratios of times to those of a baseline.
    Ratios,
    /// The same over a parameter.
    RatioSweep,
    /// Times of rows side by side.
    Bars,
    /// The longest times without a frame side by side.
    Frames,
    /// How long single tasks took.
    Distribution,
    /// The tasks of a run over time.
    Timeline,
    /// What rows took from report to report.
    Trend,
}
named!(ChartKind "kind of chart":
    Article = "article", Sweep = "sweep", Scaling = "scaling", Ratios = "ratios",
    RatioSweep = "ratio-sweep", Bars = "bars", Frames = "frames", Distribution = "distribution",
    Timeline = "timeline", Trend = "trend",
);

/// Charts that stand together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChartGroup {
    /// Two figures to be compared with each other.
    Article,
    /// What rows took.
    Rows,
    /// What runs looked like.
    Timelines,
}
named!(ChartGroup "group of charts": Article = "article", Rows = "rows", Timelines = "timelines");

impl ChartKind {
    /// The kind that shows the evidence for a statement.
    pub fn showing(evidence: Evidence) -> Self {
        match evidence {
            Evidence::Times => ChartKind::Bars,
            Evidence::Frames => ChartKind::Frames,
            Evidence::SpeedUps => ChartKind::Scaling,
            Evidence::Ratios => ChartKind::Ratios,
        }
    }

    /// Where it stands.
    pub fn group(self) -> ChartGroup {
        match self {
            ChartKind::Article => ChartGroup::Article,
            ChartKind::Sweep
            | ChartKind::Scaling
            | ChartKind::Ratios
            | ChartKind::RatioSweep
            | ChartKind::Bars
            | ChartKind::Frames
            | ChartKind::Distribution
            | ChartKind::Trend => ChartGroup::Rows,
            ChartKind::Timeline => ChartGroup::Timelines,
        }
    }

    /// The charts of this kind that an analysis has.
    fn of_analysis(self, analysis: &Analysis<'_>, form: Form) -> Vec<Picture> {
        match self {
            ChartKind::Article => article::of_analysis(analysis, form),
            ChartKind::Sweep => sweep::of_analysis(analysis, form),
            ChartKind::Scaling => scaling::of_analysis(analysis, form),
            ChartKind::Bars => bars::of_analysis(analysis, form),
            ChartKind::Frames => frames::of_analysis(analysis, form),
            ChartKind::Distribution => distribution::of_analysis(analysis, form),
            // One report has nothing to be compared with: see `comparison_figures` and `trend`.
            ChartKind::Ratios | ChartKind::RatioSweep | ChartKind::Trend => Vec::new(),
            // Each belongs to a row, and there can be more of them than a page has room for: see `timelines`.
            ChartKind::Timeline => Vec::new(),
        }
    }
}

/// A chart, drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// What it shows.
    pub kind: ChartKind,
    /// What all ids in it begin with: the scope that it was drawn for, its kind and its number.
    pub id: String,
    /// What it is called: the same stands in it.
    pub title: String,
    /// One `<svg>` element. What it shows is said in its `<desc>`, whose id ends with `-desc`.
    pub svg: String,
    /// What has to be known to read it.
    pub caption: Option<String>,
    /// The numbers that it draws; none, where there are none.
    pub table: Option<Table>,
}

impl Chart {
    fn new(kind: ChartKind, scope: &str, number: usize, picture: Picture) -> Self {
        let id = format!("{scope}-{kind}-{number}");
        let svg = picture.svg(&id);
        let Picture { title, caption, table, .. } = picture;
        Self { kind, id, title, svg, caption, table }
    }
}

/// The charts of an analysis but for its timelines, each kind drawn when it is asked for.
///
/// `scope` is what ids of these charts begin with. It consists of letters, digits and hyphens, and nothing else in the
/// page has the same.
pub fn figures<'a>(analysis: &'a Analysis<'a>, form: Form, scope: &'a str) -> impl Iterator<Item = Chart> + 'a {
    ChartKind::ALL.iter().flat_map(move |kind| {
        let pictures = kind.of_analysis(analysis, form).into_iter().enumerate();
        pictures.map(move |(number, picture)| Chart::new(*kind, scope, number, picture))
    })
}

/// The last run of each row over time, drawn when it is asked for, with so much detail. Rows of a workload share an axis,
/// unless their times are too far apart for that: what is faster is shorter. For `scope`, see [`figures`].
pub fn timelines<'a>(
    analysis: &'a Analysis<'a>,
    detail: Detail,
    form: Form,
    scope: &'a str,
) -> impl Iterator<Item = (&'a RowAnalysis<'a>, Chart)> + 'a {
    let pictures = timeline::of_analysis(analysis, detail, form).enumerate();
    pictures.map(move |(number, (row, picture))| (row, Chart::new(ChartKind::Timeline, scope, number, picture)))
}

/// Analyses side by side, the baseline first, each with what it is called, and how the others compare with the first: ratios,
/// also over a parameter, and times of the rows that they have in common, and speed-ups, experiment by experiment. For `scope`, see [`figures`].
pub fn comparison_figures(
    sides: &[(&str, &Analysis<'_>)],
    comparisons: &[&Comparison],
    form: Form,
    scope: &str,
) -> Vec<Chart> {
    let kinds: [(ChartKind, Vec<Picture>); 4] = [
        (ChartKind::Ratios, comparison::ratios_of_rows(sides, comparisons, form)),
        (ChartKind::RatioSweep, comparison::ratios_by_parameter(sides, comparisons, form)),
        (ChartKind::Bars, comparison::bars_of_rows(sides, comparisons, form)),
        (ChartKind::Scaling, comparison::speedups(sides, form)),
    ];
    let charts = kinds.into_iter().flat_map(|(kind, pictures)| {
        let pictures = pictures.into_iter().enumerate();
        pictures.map(move |(number, picture)| Chart::new(kind, scope, number, picture))
    });
    charts.collect()
}

/// The timelines of rows that did the same work, each with what its side is called, below each other on one axis. For
/// `scope`, see [`figures`]: each set of rows in a page has its own.
pub fn comparison_timelines(rows: &[(&str, &RowAnalysis<'_>)], detail: Detail, form: Form, scope: &str) -> Chart {
    Chart::new(ChartKind::Timeline, scope, 0, timeline::of_sides(rows, detail, form))
}

/// How rows of an experiment went, in reports that were begun then. For `scope`, see [`figures`].
pub fn trend(experiment: &str, rows: &[TrendRow<'_>], reports: &[Begun<'_>], form: Form, scope: &str) -> Chart {
    Chart::new(ChartKind::Trend, scope, 0, trend::of_rows(experiment, rows, reports, form))
}

#[cfg(test)]
mod check;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::analysis::{self, compare_analyses};
    use crate::experiment::experiments;
    use crate::report::fixture::ReportBuilder;
    use crate::say::Line;

    #[test]
    fn every_group_has_a_kind() {
        for group in ChartGroup::ALL {
            assert!(ChartKind::ALL.iter().any(|kind| kind.group() == *group), "{group}");
        }
        assert!(ChartKind::ALL.iter().all(|kind| !kind.name().is_empty()));
    }

    /// Charts of every experiment, each drawn for as much room and in all ways that there are.
    fn all(runs: u32, form: Form) -> Vec<Chart> {
        let mut charts = Vec::new();
        for experiment in experiments() {
            let name = &experiment.name;
            let report = ReportBuilder::of(name).runs(runs).build();
            let analysis = Analysis::of(&report);
            let timelines = timelines(&analysis, Detail::FULL, form, name).map(|(_, chart)| chart);
            let (sides, comparison) =
                ([("before", &analysis), ("after", &analysis)], compare_analyses(&analysis, &analysis));
            let compared = comparison_figures(&sides, &[&comparison], form, &format!("compare-{name}"));
            let rows = analysis::trend(&[&report, &report], name);
            let begun = [0.0, 1.0].map(|since_ms| Begun { since_ms, when: "2026-01-01T00:00:00Z" });
            let trend = trend(name, &rows, &begun, form, &format!("trend-{name}"));
            let beside: Vec<(&str, &RowAnalysis<'_>)> =
                vec![("before", &analysis.rows[0]), ("after", &analysis.rows[0])];
            let beside = comparison_timelines(&beside, Detail::FULL, form, &format!("beside-{name}"));
            charts.extend(figures(&analysis, form, name).chain(timelines).chain(compared).chain([trend, beside]));
        }
        charts
    }

    #[test]
    fn every_kind_is_drawn_of_some_experiment_and_ids_are_there_once() {
        let mut kinds = BTreeSet::new();
        let mut ids = BTreeSet::new();
        for chart in all(1, Form::Wide) {
            check::check(&chart.svg);
            assert_eq!(check::count(&chart.svg, &format!("<title id=\"{}-title\">", chart.id)), 1, "{}", chart.svg);
            assert!(ids.insert(chart.id.clone()), "{} twice", chart.id);
            kinds.insert(chart.kind.name());
        }
        assert_eq!(kinds, ChartKind::ALL.iter().map(|kind| kind.name()).collect());
    }

    #[test]
    fn every_chart_has_a_title_its_numbers_in_words_and_a_table() {
        for chart in all(8, Form::Wide) {
            let said =
                chart.svg.split("<desc").nth(1).and_then(|rest| rest.split("</desc>").next()).unwrap_or_default();
            let said = said.split_once('>').map_or("", |(_, said)| said);
            assert!(!chart.title.is_empty() && said.contains(|letter: char| letter.is_ascii_digit()), "{said}");
            let table = chart.table.as_ref().unwrap_or_else(|| panic!("{} has no table", chart.id));
            assert!(table.title.contains(&chart.title) && !table.lines.is_empty(), "{table:?}");
            for line in &table.lines {
                let Line::Cells { cells, .. } = line else { panic!("{line:?}") };
                assert_eq!(cells.len(), table.columns.len(), "{table:?}");
            }
        }
    }

    #[test]
    fn nothing_is_cut_in_either_form() {
        for form in [Form::Wide, Form::Narrow] {
            for chart in all(8, form) {
                check::within(&chart.svg, form);
            }
        }
    }
}
