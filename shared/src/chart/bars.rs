//! How long rows took, side by side.

use super::axis::{Ticks, TimeScale, TimeUnit, x_axis};
use super::form::Form;
use super::frame::{EDGE, TEXT, clip, drawable, empty, group, group_lines, heading, width};
use super::legend::{Sample, colour, legend, outlier};
use super::outliers::{OUTLIER, outlier_tip, outliers_cell};
use super::svg::{Anchor, Area, Numbers, Picture, Svg};
use crate::analysis::{Analysis, RowAnalysis, Spread};
use crate::grouping::distinct;
use crate::number::{Counted, Percent, Time};
use crate::say::{Cell, Column, OUTLIERS, Unit};
use crate::statistics::{CONFIDENCE, Interval};
use crate::text::{capitalised, listed};

/// No more bars than this are drawn; the chart says how many it left out.
const BARS_MAX: usize = 200;
/// The description reads out no more bars than this.
const BARS_READ: usize = 12;
/// From one bar to the next.
const PITCH: f64 = 22.0;
/// How thick a bar is.
const THICKNESS: f64 = 15.0;

/// The spread of one row on one platform.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Bar {
    /// The row: bars of one group stand together, under its name.
    pub(super) group: String,
    /// The platform, or whatever the group compares.
    pub(super) series: String,
    /// From its fastest run to its slowest.
    pub(super) spread: Spread,
    /// The interval of their median, in milliseconds, if they are enough for one.
    pub(super) interval: Option<Interval>,
    /// The runs that are far from the others, in milliseconds: the analysis says which.
    pub(super) outliers_ms: Vec<f64>,
    /// What is predicted for it, if anything is.
    pub(super) prediction: Option<Prediction>,
}

/// The time that is predicted for a row.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Prediction {
    /// The time, in milliseconds.
    ms: f64,
    /// What it is called.
    words: String,
}

impl Prediction {
    /// What is predicted for a row, if anything is.
    pub(super) fn of_row(row: &RowAnalysis<'_>) -> Option<Self> {
        row.theory.as_ref().map(|theory| Self { ms: theory.predicted_ms, words: theory.words() })
    }
}

impl Bar {
    /// The bar of a row that was measured.
    pub(super) fn of_row(group: String, series: String, row: &RowAnalysis<'_>) -> Option<Self> {
        let summary = &row.summary;
        let outliers_ms = summary.outliers_ms.clone();
        Some(Self { group, series, spread: summary.wall?, interval: summary.interval, outliers_ms, prediction: None })
    }
}

/// The wall times of all rows that were measured, in groups of one strategy.
pub(super) fn of_analysis(analysis: &Analysis<'_>, form: Form) -> Vec<Picture> {
    let bar = |row: &RowAnalysis<'_>| {
        let series = row.row.strategy.counted(row.row.workers);
        let prediction = Prediction::of_row(row);
        Some(Bar { prediction, ..Bar::of_row(row.label.clone().without_workers().to_string(), series, row)? })
    };
    let all: Vec<Bar> = sequential_first(analysis).into_iter().filter_map(bar).collect();
    vec![bars(form, "Wall time by row", &all)]
}

/// The rows, workload by workload, the sequential one first: others are read against it.
pub(super) fn sequential_first<'a>(analysis: &'a Analysis<'a>) -> Vec<&'a RowAnalysis<'a>> {
    let workload =
        |row: &RowAnalysis<'_>| analysis.rows.iter().position(|known| known.row.workload == row.row.workload);
    let mut rows: Vec<&RowAnalysis<'_>> = analysis.rows.iter().collect();
    rows.sort_by_cached_key(|row| (workload(row), row.row.strategy.is_concurrent()));
    rows
}

/// Horizontal bars of medians in groups, a bar per series, with whiskers from fastest to slowest, a thick line along the
/// median's interval, a ring around each outlier, and a mark where a bar is predicted to end.
///
/// Groups and series keep the order in which they first come. All times along the axis are in its unit.
pub(super) fn bars(form: Form, title: &str, bars: &[Bar]) -> Picture {
    draw(form, title, "Median, with whiskers from fastest to slowest.", bars)
}

/// The same for times that somebody else has published: `line` says whose, and under what conditions.
pub(super) fn published(form: Form, title: &str, line: &str, bars: &[Bar]) -> Picture {
    draw(form, title, line, bars)
}

fn draw(form: Form, title: &str, line: &str, bars: &[Bar]) -> Picture {
    let all = bars.len();
    let bars: Vec<DrawnBar<'_>> = bars.iter().take(BARS_MAX).map(DrawnBar::of).collect();
    if bars.is_empty() {
        return empty(form, title, "Nothing was measured.");
    }
    let max_ms = bars.iter().map(|bar| bar.slowest_ms.max(bar.predicted.map_or(0.0, |(ms, _)| ms))).fold(0.0, f64::max);
    // Where the clock could tell nothing apart, any scale is as good.
    let max_ms = if max_ms > 0.0 { max_ms } else { 1.0 };
    let unit = TimeUnit::of(max_ms);
    let groups = distinct(bars.iter().map(|bar| bar.group));
    let series = distinct(bars.iter().map(|bar| bar.series));

    let mut svg = Svg::new(form);
    let left_out = if all > BARS_MAX { format!(" The first {BARS_MAX} of {all} are shown.") } else { String::new() };
    let y = heading(&mut svg, title, &format!("{line}{left_out}"));
    let mut entries = Vec::new();
    if bars.iter().any(|bar| bar.interval_ms.is_some()) {
        entries.push((Sample::Interval, format!("{} interval of the median", Percent(CONFIDENCE))));
    }
    if let Some(predicted) = predicted(bars.iter()) {
        entries.push((Sample::Predicted, predicted.to_owned()));
    }
    if bars.iter().any(|bar| !bar.outliers_ms.is_empty()) {
        entries.push((Sample::Outlier, OUTLIER.to_owned()));
    }
    let y = if entries.is_empty() { y } else { legend(&mut svg, y, &entries) };

    let names = series.iter().map(|name| width(name, TEXT)).fold(0.0, f64::max).min(form.names());
    let values = bars.iter().map(|bar| width(&unit.text(bar.median_ms), TEXT)).fold(0.0, f64::max);
    let x = EDGE + names + 8.0;
    let labels: Vec<Vec<String>> = groups.iter().map(|name| group_lines(form, name)).collect();
    let label_lines = labels.iter().map(Vec::len).sum::<usize>() as f64;
    let height = label_lines * PITCH + groups.len() as f64 * 10.0 + bars.len() as f64 * PITCH;
    // The plot reaches to the edge; the longest whisker leaves room for the value beside it.
    let plot = Area { x, y, width: svg.width() - 2.0 * EDGE - x, height };
    let scale = TimeScale::new(max_ms, plot.x, plot.right() - values - 12.0);
    let shown = unit.value(max_ms) * plot.width / (scale.at(max_ms) - plot.x);
    // The last label is centred on its mark and has to end before the edge.
    let ticks = Ticks::fitting(shown * (1.0 - 24.0 / plot.width), plot.width);
    let bottom = x_axis(&mut svg, plot, scale.values, ticks, unit.name());
    svg.line("chart-axis", (plot.x, plot.y), (plot.x, plot.bottom()));

    let mut y = plot.y + 2.0;
    for (name, label) in groups.iter().zip(&labels) {
        y = group(&mut svg, y, label);
        for bar in bars.iter().filter(|bar| bar.group == *name) {
            let index = series.iter().position(|name| *name == bar.series).unwrap_or_default();
            bar.draw(&mut svg, index, y + PITCH / 2.0, plot.x, names, scale);
            y += PITCH;
        }
        y += 10.0;
    }
    svg.finish(title, &description(&bars, groups.len(), &left_out), bottom + EDGE).with_numbers(numbers(&bars))
}

/// What predicted times are called, if there are any. Where they are predicted from several rows, each bar says from which.
fn predicted<'a>(bars: impl Iterator<Item = &'a DrawnBar<'a>>) -> Option<&'a str> {
    match distinct(bars.filter_map(|bar| Some(bar.predicted?.1)))[..] {
        [] => None,
        [words] => Some(words),
        _ => Some("predicted"),
    }
}

/// A bar whose times can be drawn: numbers in their order.
struct DrawnBar<'a> {
    group: &'a str,
    series: &'a str,
    fastest_ms: f64,
    median_ms: f64,
    slowest_ms: f64,
    interval_ms: Option<(f64, f64)>,
    outliers_ms: Vec<f64>,
    /// What is predicted, in milliseconds, and what that is called.
    predicted: Option<(f64, &'a str)>,
}

impl<'a> DrawnBar<'a> {
    fn of(bar: &'a Bar) -> Self {
        let Bar { group, series, spread, interval, outliers_ms, prediction } = bar;
        let median_ms = drawable(spread.median_ms);
        let fastest_ms = drawable(spread.fastest_ms).min(median_ms);
        let slowest_ms = drawable(spread.slowest_ms).max(median_ms);
        // A median lies within what was measured, and so does its interval.
        let within = |interval: &Interval| {
            (drawable(interval.low).clamp(fastest_ms, median_ms), drawable(interval.high).clamp(median_ms, slowest_ms))
        };
        Self {
            group,
            series,
            fastest_ms,
            median_ms,
            slowest_ms,
            interval_ms: interval.as_ref().map(within),
            outliers_ms: outliers_ms.iter().map(|ms| drawable(*ms).clamp(fastest_ms, slowest_ms)).collect(),
            predicted: prediction.as_ref().map(|prediction| (drawable(prediction.ms), prediction.words.as_str())),
        }
    }

    /// Draws name, bar, whiskers and value around the line `y`.
    fn draw(&self, svg: &mut Svg, index: usize, y: f64, x: f64, names: f64, scale: TimeScale) {
        let at = |ms: f64| scale.at(ms);
        let name = clip(self.series, TEXT, names);
        svg.text("chart-text", (x - 8.0, y + 5.0), Anchor::End, &name);
        let width = (at(self.median_ms) - x).max(1.0);
        let area = Area { x, y: y - THICKNESS / 2.0, width, height: THICKNESS };
        svg.rect(&format!("chart-bar {}", colour(index)), area, Some(&self.tip()));
        let (from, to) = (at(self.fastest_ms), at(self.slowest_ms));
        for class in ["chart-whisker-halo", "chart-whisker"] {
            if to - from < 0.5 {
                break;
            }
            svg.line(class, (from, y), (to, y));
            svg.line(class, (from, y - 4.0), (from, y + 4.0));
            svg.line(class, (to, y - 4.0), (to, y + 4.0));
        }
        if let Some((low, high)) = self.interval_ms {
            svg.line("chart-interval", (at(low), y), (at(high), y));
        }
        let predicted = self.predicted.map(|(ms, _)| at(ms));
        if let Some(predicted) = predicted {
            let reach = THICKNESS / 2.0 + 3.0;
            svg.line("chart-predicted-halo", (predicted, y - reach), (predicted, y + reach));
            svg.line("chart-predicted", (predicted, y - reach), (predicted, y + reach));
        }
        for ms in &self.outliers_ms {
            let tip = outlier_tip(&format!("{}, {}", self.group, self.series), *ms, self.median_ms);
            outlier(svg, (at(*ms), y), Some(&tip));
        }
        let end = to.max(x + width).max(predicted.unwrap_or(0.0));
        // A ring reaches beyond the time that it stands for.
        let gap = if self.outliers_ms.is_empty() { 7.0 } else { 12.0 };
        svg.text("chart-text", (end + gap, y + 5.0), Anchor::Start, &scale.unit.text(self.median_ms));
    }

    /// What the bar says when pointed at.
    fn tip(&self) -> String {
        let [median, fastest, slowest] = [self.median_ms, self.fastest_ms, self.slowest_ms].map(Time);
        let spread = if self.fastest_ms < self.slowest_ms {
            format!("median {median}, fastest {fastest}, slowest {slowest}")
        } else {
            median.to_string()
        };
        let interval = self.interval_ms.map_or_else(String::new, |(low, high)| {
            format!(", {} interval {} to {}", Percent(CONFIDENCE), Time(low), Time(high))
        });
        format!("{}, {}: {spread}{interval}{}{}", self.group, self.series, self.prediction(), self.outliers())
    }

    /// What is said of outliers, if there are any.
    fn outliers(&self) -> String {
        let times: Vec<String> = self.outliers_ms.iter().map(|ms| Time(*ms).to_string()).collect();
        match times.len() {
            0 => String::new(),
            1 => format!(", an outlier of {}", times[0]),
            _ => format!(", outliers of {}", listed(&times, "and")),
        }
    }

    /// What is said of the predicted time, if there is one.
    fn prediction(&self) -> String {
        self.predicted.map_or_else(String::new, |(ms, words)| format!(", {words} {}", Time(ms)))
    }
}

/// All that is drawn, in numbers.
fn numbers(bars: &[DrawnBar<'_>]) -> Numbers {
    let has_spread = bars.iter().any(|bar| bar.fastest_ms < bar.slowest_ms);
    let predicted = predicted(bars.iter()).map_or_else(String::new, capitalised);
    let columns = vec![
        Column::new("row", "Row", Unit::Text, 0),
        Column::new("series", "Bar", Unit::Text, 0),
        Column::new("median", "Median", Unit::Ms, 0),
        Column::new("low", "Interval from", Unit::Ms, 1),
        Column::new("high", "Interval to", Unit::Ms, 1),
        Column::new("fastest", "Fastest", Unit::Ms, 2),
        Column::new("slowest", "Slowest", Unit::Ms, 2),
        Column::new("predicted", predicted, Unit::Ms, 3),
        Column::new("outliers", "Outliers, ms", Unit::Text, 1),
    ];
    let line = |bar: &DrawnBar<'_>| {
        let (low, high) = bar.interval_ms.unzip();
        vec![
            Cell::text(bar.group),
            Cell::text(bar.series),
            Cell::number(bar.median_ms),
            Cell::number(low),
            Cell::number(high),
            Cell::number(Some(bar.fastest_ms).filter(|_| has_spread)),
            Cell::number(Some(bar.slowest_ms).filter(|_| has_spread)),
            Cell::number(bar.predicted.map(|(ms, _)| ms)),
            outliers_cell(&bar.outliers_ms),
        ]
    };
    let has_outliers = bars.iter().any(|bar| !bar.outliers_ms.is_empty());
    Numbers::new(columns, bars.iter().map(line)).with_note(has_outliers.then(|| OUTLIERS.to_owned()))
}

/// The whole picture in words.
fn description(bars: &[DrawnBar<'_>], groups: usize, left_out: &str) -> String {
    let mut text = format!(
        "Median times, {} in {}.{left_out}",
        Counted(bars.len() as u64, "bar"),
        Counted(groups as u64, "group")
    );
    for bar in bars.iter().take(BARS_READ) {
        let interval =
            bar.interval_ms.map_or_else(String::new, |(low, high)| format!(" ({} to {})", Time(low), Time(high)));
        let (median, predicted, outliers) = (Time(bar.median_ms), bar.prediction(), bar.outliers());
        text += &format!(" {}, {}: {median}{interval}{predicted}{outliers}.", bar.group, bar.series);
    }
    if bars.len() > BARS_READ {
        text += &format!(" And {} more.", bars.len() - BARS_READ);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::check::{count, drawn, golden};
    use crate::report::fixture::ReportBuilder;
    use crate::row::Row;
    use crate::strategy::Strategy;

    fn bar(group: &str, series: &str, fastest_ms: f64, median_ms: f64, slowest_ms: f64) -> Bar {
        let spread = Spread { fastest_ms, median_ms, slowest_ms };
        Bar {
            group: group.to_owned(),
            series: series.to_owned(),
            spread,
            interval: None,
            outliers_ms: Vec::new(),
            prediction: None,
        }
    }

    fn prediction(ms: f64) -> Option<Prediction> {
        Some(Prediction { ms, words: "predicted".to_owned() })
    }

    fn interval((low, high): (f64, f64)) -> Option<Interval> {
        Some(Interval { low, high, confidence: CONFIDENCE })
    }

    #[test]
    fn what_is_written() {
        let row = bar("sequential", "native", 9.0, 10.0, 12.0);
        let rows =
            [row.clone(), bar("threads × 2", "native", 5.0, 5.0, 5.0), bar("sequential", "browser", 10.0, 11.0, 15.0)];
        let known = Bar { interval: interval((9.5, 11.0)), prediction: prediction(8.0), ..row };
        golden(
            "bars",
            &[
                ("a bar per row and platform", drawn(&bars(Form::Wide, "Side by side", &rows))),
                ("with an interval and a prediction", drawn(&bars(Form::Wide, "t", &[known]))),
                (
                    "published",
                    drawn(&published(
                        Form::Wide,
                        "In the article",
                        "Ten cores.",
                        &[bar("serial", "article", 5.0, 5.0, 5.0)],
                    )),
                ),
                (
                    "one unit along an axis",
                    drawn(&bars(
                        Form::Wide,
                        "t",
                        &[bar("g", "a", 2400.0, 2500.0, 2600.0), bar("g", "b", 40.0, 40.0, 40.0)],
                    )),
                ),
                (
                    "an outlier, in a narrow form",
                    drawn(&bars(
                        Form::Narrow,
                        "t",
                        &[Bar { outliers_ms: vec![90.0, 80.0], ..bar("g", "a", 9.0, 10.0, 90.0) }],
                    )),
                ),
                ("none", drawn(&bars(Form::Wide, "t", &[]))),
            ],
        );
    }

    #[test]
    fn intervals_and_predictions_that_are_none() {
        let row = bar("sequential", "here", 9.0, 10.0, 12.0);
        for ends in [(0.0, 1e300), (f64::NAN, f64::INFINITY), (10.0, 10.0)] {
            drawn(&bars(Form::Wide, "t", &[Bar { interval: interval(ends), ..row.clone() }]));
        }
        for ms in [50.0, f64::NAN] {
            drawn(&bars(Form::Wide, "t", &[Bar { prediction: prediction(ms), ..row.clone() }]));
        }
    }

    #[test]
    fn degenerate_bars() {
        for times in [[0.0; 3], [1.0; 3], [3.0, 2.0, 1.0], [f64::NAN; 3], [-1.0, f64::INFINITY, 1e300], [1e-12; 3]] {
            let [fastest_ms, median_ms, slowest_ms] = times;
            drawn(&bars(Form::Wide, "t", &[bar("g", "s", fastest_ms, median_ms, slowest_ms)]));
        }
    }

    #[test]
    fn hostile_names_and_too_many_bars() {
        let long = "<script>alert('&')</script>".repeat(100);
        let svg = drawn(&bars(Form::Wide, &long, &vec![bar(&long, &long, 1.0, 2.0, 3.0); 1000]));
        assert_eq!(count(&svg, "class=\"chart-bar"), BARS_MAX);
        assert_eq!(count(&svg, "200 bars in 1 group. The first 200 of 1000 are shown."), 1);
    }

    #[test]
    fn a_run_far_from_the_others_is_marked_where_it_is() {
        let slow = |row: &Row, run: u32| {
            let is_slow = run == 3 && row.strategy == Strategy::Threads;
            (100.0 + f64::from(run % 3)) * if is_slow { 4.0 } else { 1.0 }
        };
        let report = ReportBuilder::of("urls").runs(12).wall_ms(slow).build();
        let analysis = Analysis::of(&report);
        let of_threads: Vec<_> = analysis.rows.iter().filter(|row| row.row.strategy == Strategy::Threads).collect();
        assert!(
            !of_threads.is_empty() && of_threads.iter().all(|row| row.summary.outliers_ms == [400.0]),
            "{of_threads:?}"
        );
        let picture = of_analysis(&analysis, Form::Wide).remove(0);
        let svg = drawn(&picture);
        // One in the legend and one for each row of threads, which is told where it is pointed at.
        let expected = (1 + of_threads.len(), of_threads.len());
        assert_eq!(
            (count(&svg, "class=\"chart-outlier\""), count(&svg, "a run of 400 ms, an outlier")),
            expected,
            "{svg}"
        );
        assert_eq!(count(&svg, ">outlier: a run far from the others</text>"), 1, "{svg}");
        let table = picture.table.expect("its numbers");
        assert!(table.columns.iter().any(|column| column.key == "outliers"), "{table:?}");
        let steady = ReportBuilder::of("urls").runs(12).build();
        let picture = of_analysis(&Analysis::of(&steady), Form::Wide).remove(0);
        assert_eq!(count(&drawn(&picture), "chart-outlier"), 0);
    }

    #[test]
    fn the_baseline_comes_first() {
        let mut report = ReportBuilder::of("urls").runs(1).build();
        report.runs.reverse();
        let analysis = Analysis::of(&report);
        assert_ne!(analysis.rows[0].row.strategy, Strategy::Sequential);
        let svg = drawn(&of_analysis(&analysis, Form::Wide)[0]);
        let place = |group: &str| svg.find(&format!(">{group}</text>"));
        assert!(place("sequential").is_some() && place("sequential") < place("async"), "{svg}");
    }
}
