//! What of a report goes into which chart, and what it is called there: the same on the page and in exports.

use std::iter::once_with;

use super::timeline::{Detail, timeline};
use super::{Bar, Distribution, Series, article, bars, distribution, scaling, scaling_series, sweep};
use crate::analysis::{Analysis, RowAnalysis, compare};
use crate::named::named;
use crate::report::Run;
use crate::say::label;
use crate::say::number::Time;

/// What a chart shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChartKind {
    /// The article's figure, or the same figure of this report.
    Article,
    /// Time over a parameter.
    Sweep,
    /// Speed-up over workers.
    Scaling,
    /// Times of rows side by side.
    Bars,
    /// How long single tasks took.
    Distribution,
    /// The tasks of a run over time.
    Timeline,
}
named!(ChartKind "kind of chart":
    Article = "article", Sweep = "sweep", Scaling = "scaling", Bars = "bars", Distribution = "distribution",
    Timeline = "timeline",
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
    /// Where it stands.
    pub fn group(self) -> ChartGroup {
        match self {
            ChartKind::Article => ChartGroup::Article,
            ChartKind::Sweep | ChartKind::Scaling | ChartKind::Bars | ChartKind::Distribution => ChartGroup::Rows,
            ChartKind::Timeline => ChartGroup::Timelines,
        }
    }
}

/// A chart, drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart {
    /// What it shows.
    pub kind: ChartKind,
    /// One `<svg>` element.
    pub svg: String,
    /// What has to be known to read it.
    pub caption: Option<String>,
}

impl Chart {
    fn new(kind: ChartKind, svg: String) -> Self {
        Self { kind, svg, caption: None }
    }
}

/// The charts of an analysis but for its timelines, each drawn when it is asked for.
pub fn figures<'a>(analysis: &'a Analysis<'a>) -> impl Iterator<Item = Chart> + 'a {
    let speedups = move || {
        let series = scaling_series(analysis);
        let cores = Some(analysis.report.environment.cores);
        (!series.is_empty()).then(|| scaling("Speed-up by workers", &series, cores))
    };
    let article = once_with(move || article(analysis)).flatten().map(|svg| Chart::new(ChartKind::Article, svg));
    let sweep = once_with(move || sweep(analysis)).flatten().map(|svg| Chart::new(ChartKind::Sweep, svg));
    let scaling = once_with(speedups).flatten().map(|svg| Chart::new(ChartKind::Scaling, svg));
    let bars = once_with(move || Chart::new(ChartKind::Bars, bars("Wall time by row", &bars_of_rows(analysis))));
    let latencies = once_with(move || latencies(analysis)).flatten();
    let latencies = latencies.map(|svg| Chart::new(ChartKind::Distribution, svg));
    article.chain(sweep).chain(scaling).chain(bars).chain(latencies)
}

/// The last run of each row over time, drawn when it is asked for, with so much detail. One axis serves all rows of a
/// workload: what is faster is shorter.
pub fn timelines<'a>(
    analysis: &'a Analysis<'a>,
    detail: Detail,
) -> impl Iterator<Item = (&'a RowAnalysis<'a>, Chart)> + 'a {
    analysis.rows.iter().map(move |row| {
        let alike = analysis.rows.iter().filter(|other| other.row.workload == row.row.workload);
        let until_ms = alike.map(|row| row.last_run().wall_ms).max_by(f64::total_cmp);
        (row, timeline_of(row, &figure_title(row), until_ms, detail))
    })
}

fn timeline_of(row: &RowAnalysis<'_>, title: &str, until_ms: Option<f64>, detail: Detail) -> Chart {
    let run = row.last_run();
    let svg = timeline(title, run, until_ms, detail);
    Chart { kind: ChartKind::Timeline, svg, caption: Some(caption(row, run)) }
}

/// What shows in a timeline where connections are too few.
const CONNECTIONS: &str = " Under HTTP/1.1 a browser opens six connections to a host: of more requests at a time, the others \
                           wait for one, and their bars are longer.";

fn caption(row: &RowAnalysis<'_>, run: &Run) -> String {
    let kind = match (run.warmup, run.cancelled) {
        (_, true) => ", stopped",
        (true, false) => ", warm-up",
        (false, false) => "",
    };
    let making = format!("making the workers took {} before that", Time(run.setup_ms));
    let connections = if is_crowded(row, run) { CONNECTIONS } else { "" };
    let (wall, arrived) = (Time(run.wall_ms), run.arrival());
    format!("{} ({}){kind}: {wall}; {making}. Results arrived: {arrived}.{connections}", row.label, run.mechanism)
}

/// Whether more requests were in flight than a browser has connections for.
fn is_crowded(row: &RowAnalysis<'_>, run: &Run) -> bool {
    let at_once = run.row.workers.min(run.row.workload.tasks());
    run.row.workload.model().is_some() && row.platform.connections_max().is_some_and(|most| at_once > most)
}

/// Two analyses side by side, with what both are called: times of the rows that both have, and speed-ups, experiment by
/// experiment.
pub fn comparison_figures(baseline: &Analysis<'_>, candidate: &Analysis<'_>, names: [&str; 2]) -> Vec<Chart> {
    let sides = [baseline, candidate];
    let ratios = compare(baseline.report, candidate.report).ratios;
    let mut rows: Vec<_> = ratios.iter().map(|ratio| &ratio.row).collect();
    rows.sort_by_key(|row| baseline.runs.iter().position(|run| run.row.experiment == row.experiment));
    let mut charts = Vec::new();
    for rows in rows.chunk_by(|row, next| row.experiment == next.experiment) {
        let many = rows.windows(2).any(|two| two[0].workload.name() != two[1].workload.name());
        let bar = |row: &crate::row::Row, side: usize| {
            let analysis = sides[side].rows.iter().find(|analysis| analysis.row.is_same_work(row))?;
            let label = crate::say::RowLabel::of(row);
            let label = if many { label.with_workload(row) } else { label };
            Bar::of_row(label.to_string(), names[side].to_owned(), analysis)
        };
        let pairs: Vec<Bar> = rows.iter().flat_map(|row| [bar(row, 0), bar(row, 1)]).flatten().collect();
        let title = format!("Wall time: {}", label::group(rows[0]));
        charts.push(Chart::new(ChartKind::Bars, bars(&title, &pairs)));
    }
    let parts = sides.map(|side| Analysis::parts(side.report));
    for part in &parts[0] {
        let about = |part: &Analysis<'_>| part.rows.first().map(|row| label::group(row.row).to_owned());
        let Some(twin) = parts[1].iter().find(|twin| about(twin) == about(part)) else { continue };
        let series = [part, twin].into_iter().zip(names).flat_map(|(side, name)| {
            let own = scaling_series(side).into_iter();
            own.map(move |series| Series { name: format!("{name} {}", series.name), ..series })
        });
        let series: Vec<Series> = series.collect();
        if !series.is_empty() {
            // Two machines may differ; then no line says how many cores there are.
            let cores = [part, twin].map(|side| side.report.environment.cores);
            let cores = (cores[0] == cores[1]).then_some(cores[0]);
            let title = format!("Speed-up by workers: {}", about(part).unwrap_or_default());
            charts.push(Chart::new(ChartKind::Scaling, scaling(&title, &series, cores)));
        }
    }
    charts
}

/// The timelines of two rows that did the same work, on one axis, with what both sides are called.
pub fn comparison_timelines(rows: [&RowAnalysis<'_>; 2], names: [&str; 2]) -> [Chart; 2] {
    let until_ms = rows[0].last_run().wall_ms.max(rows[1].last_run().wall_ms);
    let draw = |side: usize| {
        let title = format!("{} · {}", names[side], figure_title(rows[side]));
        timeline_of(rows[side], &title, Some(until_ms), Detail::FULL)
    };
    [draw(0), draw(1)]
}

/// A bar for each row that was measured, in groups of one strategy.
fn bars_of_rows(analysis: &Analysis<'_>) -> Vec<Bar> {
    let bar = |row: &RowAnalysis<'_>| {
        let series = row.row.strategy.counted(row.row.workers);
        let expected_ms = row.theory.as_ref().map(|theory| theory.expected_ms);
        Some(Bar { expected_ms, ..Bar::of_row(row.label.clone().without_workers().to_string(), series, row)? })
    };
    analysis.rows.iter().filter_map(bar).collect()
}

/// How long single tasks took: a chart for each number of tasks of a workload, with a curve per row.
fn latencies(analysis: &Analysis<'_>) -> Vec<String> {
    let of_workload = |rows: &[RowAnalysis<'_>]| {
        let curve = |row: &RowAnalysis<'_>| Distribution {
            name: crate::say::RowLabel::of(row.row).to_string(),
            values_ms: row.tasks.latencies_ms.clone(),
        };
        let curves: Vec<Distribution> = rows.iter().map(curve).collect();
        let title = match rows.first().filter(|_| analysis.many_workloads) {
            Some(row) => format!("Time that tasks took: {}", row.row.workload.name()),
            None => "Time that tasks took".to_owned(),
        };
        distribution(&title, &curves)
    };
    let of = |row: &RowAnalysis<'_>| (row.row.workload.name(), row.row.workload.tasks());
    analysis.rows.chunk_by(|row, next| of(row) == of(next)).map(of_workload).collect()
}

/// The title of the source's figure, or else the row.
fn figure_title(row: &RowAnalysis<'_>) -> String {
    let of_source = row.source.and_then(|source| source.figure.clone());
    of_source.unwrap_or_else(|| row.label.to_string())
}
