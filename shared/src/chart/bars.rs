//! How long rows took, side by side.

use super::frame::{
    AxisScale, EDGE, TEXT, Ticks, WIDTH, clip, counted, drawable, duration, empty, heading, width, x_axis,
};
use super::legend::{Sample, colour, legend};
use super::svg::{Anchor, Area, Svg};
use crate::analysis::{RowAnalysis, Spread};
use crate::statistics::{CONFIDENCE, Interval};

/// No more bars than this are drawn; the chart says how many it left out.
const BARS_MAX: usize = 200;
/// The description reads out no more bars than this.
const BARS_READ: usize = 12;
/// From one bar to the next.
const PITCH: f64 = 22.0;
/// How thick a bar is.
const THICKNESS: f64 = 15.0;
/// The widest that the names of series may be, beside their bars.
const NAMES_MAX: f64 = 130.0;

/// The spread of one row on one platform.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// The row: bars of one group stand together, under its name.
    pub group: String,
    /// The platform, or whatever the group compares.
    pub series: String,
    /// Its times.
    pub spread: Spread,
    /// The interval of their median, in milliseconds, if they are enough for one.
    pub interval: Option<Interval>,
    /// The time that it should take in theory, in milliseconds, if one is known.
    pub expected_ms: Option<f64>,
}

impl Bar {
    /// The bar of a row that was measured.
    pub fn of_row(group: String, series: String, row: &RowAnalysis<'_>) -> Option<Self> {
        let summary = &row.summary;
        Some(Self { group, series, spread: summary.wall?, interval: summary.interval, expected_ms: None })
    }
}

/// Horizontal bars of medians in groups, a bar per series, with whiskers from fastest to slowest, a thick line along the
/// median's interval, and a mark where a bar should end in theory.
///
/// Groups and series keep the order in which they first come. The axis is in milliseconds, or in
/// seconds where the longest time is one or more.
pub fn bars(title: &str, bars: &[Bar]) -> String {
    draw(title, "Median, with whiskers from fastest to slowest.", bars)
}

/// The same for times that somebody else has published: `line` says whose, and under what conditions.
pub fn published(title: &str, line: &str, bars: &[Bar]) -> String {
    draw(title, line, bars)
}

fn draw(title: &str, line: &str, bars: &[Bar]) -> String {
    let all = bars.len();
    let bars: Vec<Times<'_>> = bars.iter().take(BARS_MAX).map(Times::of).collect();
    if bars.is_empty() {
        return empty(title, "Nothing was measured.");
    }
    let max_ms = bars.iter().map(|bar| bar.slowest_ms.max(bar.expected_ms.unwrap_or(0.0))).fold(0.0, f64::max);
    // Where the clock could tell nothing apart, any scale is as good.
    let max_ms = if max_ms > 0.0 { max_ms } else { 1.0 };
    let (unit_ms, unit) = if max_ms < 1000.0 { (1.0, "Milliseconds") } else { (1000.0, "Seconds") };
    let groups = in_order(bars.iter().map(|bar| bar.group));
    let series = in_order(bars.iter().map(|bar| bar.series));

    let mut svg = Svg::default();
    let left_out = if all > BARS_MAX { format!(" The first {BARS_MAX} of {all} are shown.") } else { String::new() };
    let y = heading(&mut svg, title, &format!("{line}{left_out}"));
    let mut entries = Vec::new();
    if bars.iter().any(|bar| bar.interval_ms.is_some()) {
        entries.push((Sample::Interval, format!("{:.0} % interval of the median", CONFIDENCE * 100.0)));
    }
    if bars.iter().any(|bar| bar.expected_ms.is_some()) {
        entries.push((Sample::Expected, "in theory".to_owned()));
    }
    let y = if entries.is_empty() { y } else { legend(&mut svg, y, &entries) };

    let names = series.iter().map(|name| width(name, TEXT)).fold(0.0, f64::max).min(NAMES_MAX);
    let values = bars.iter().map(|bar| width(&duration(bar.median_ms), TEXT)).fold(0.0, f64::max);
    let x = EDGE + names + 8.0;
    let height = groups.len() as f64 * (PITCH + 10.0) + bars.len() as f64 * PITCH;
    // The plot reaches to the edge; the longest whisker leaves room for the value beside it.
    let plot = Area { x, y, width: WIDTH - 2.0 * EDGE - x, height };
    let scale = AxisScale::new(max_ms / unit_ms, plot.x, plot.right() - values - 12.0);
    let room = plot.width / (scale.at(max_ms / unit_ms) - plot.x);
    let shown = max_ms / unit_ms * room;
    // The last label is centred on its mark and has to end before the edge.
    let bottom = x_axis(&mut svg, plot, scale, Ticks::fitting(shown * (1.0 - 24.0 / plot.width), plot.width), unit);
    svg.line("chart-axis", (plot.x, plot.y), (plot.x, plot.bottom()));

    let mut y = plot.y + 2.0;
    for group in &groups {
        let label = clip(group, TEXT, WIDTH - 2.0 * EDGE);
        svg.text("chart-text chart-group", (EDGE, y + 16.0), Anchor::Start, &label);
        y += PITCH;
        for bar in bars.iter().filter(|bar| bar.group == *group) {
            let index = series.iter().position(|name| *name == bar.series).unwrap_or_default();
            bar.draw(&mut svg, index, y + PITCH / 2.0, plot.x, names, |ms| scale.at(ms / unit_ms));
            y += PITCH;
        }
        y += 10.0;
    }
    svg.finish(title, &description(&bars, groups.len(), &left_out), bottom + EDGE)
}

/// A bar whose times can be drawn: numbers in their order.
struct Times<'a> {
    group: &'a str,
    series: &'a str,
    fastest_ms: f64,
    median_ms: f64,
    slowest_ms: f64,
    interval_ms: Option<(f64, f64)>,
    expected_ms: Option<f64>,
}

impl<'a> Times<'a> {
    fn of(bar: &'a Bar) -> Self {
        let Bar { group, series, spread, interval, expected_ms } = bar;
        let median_ms = drawable(spread.median_ms);
        let fastest_ms = drawable(spread.fastest_ms).min(median_ms);
        let slowest_ms = drawable(spread.slowest_ms).max(median_ms);
        // A median lies within what was measured, and so does its interval.
        let within = |one: &Interval| {
            (drawable(one.low).clamp(fastest_ms, median_ms), drawable(one.high).clamp(median_ms, slowest_ms))
        };
        Self {
            group,
            series,
            fastest_ms,
            median_ms,
            slowest_ms,
            interval_ms: interval.as_ref().map(within),
            expected_ms: expected_ms.map(drawable),
        }
    }

    /// Draws name, bar, whiskers and value around the line `y`.
    fn draw(&self, svg: &mut Svg, index: usize, y: f64, x: f64, names: f64, at: impl Fn(f64) -> f64) {
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
        let expected = self.expected_ms.map(&at);
        if let Some(expected) = expected {
            let reach = THICKNESS / 2.0 + 3.0;
            svg.line("chart-expected-halo", (expected, y - reach), (expected, y + reach));
            svg.line("chart-expected", (expected, y - reach), (expected, y + reach));
        }
        let end = to.max(x + width).max(expected.unwrap_or(0.0));
        svg.text("chart-text", (end + 7.0, y + 5.0), Anchor::Start, &duration(self.median_ms));
    }

    /// What the bar says when pointed at.
    fn tip(&self) -> String {
        let [median, fastest, slowest] = [self.median_ms, self.fastest_ms, self.slowest_ms].map(duration);
        let spread = if self.fastest_ms < self.slowest_ms {
            format!("median {median}, fastest {fastest}, slowest {slowest}")
        } else {
            median
        };
        let interval = self.interval_ms.map_or_else(String::new, |(low, high)| {
            format!(", {:.0} % interval {} to {}", CONFIDENCE * 100.0, duration(low), duration(high))
        });
        format!("{}, {}: {spread}{interval}{}", self.group, self.series, self.theory())
    }

    /// What is said of the theory, if there is one.
    fn theory(&self) -> String {
        self.expected_ms.map_or_else(String::new, |ms| format!(", in theory {}", duration(ms)))
    }
}

/// Different names, in the order in which they first come.
fn in_order<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut different = Vec::new();
    for name in names {
        if !different.contains(&name) {
            different.push(name);
        }
    }
    different
}

/// The whole picture in words.
fn description(bars: &[Times<'_>], groups: usize, left_out: &str) -> String {
    let mut text = format!("Median times, {} in {}.{left_out}", counted(bars.len(), "bar"), counted(groups, "group"));
    for bar in bars.iter().take(BARS_READ) {
        text += &format!(" {}, {}: {}{}.", bar.group, bar.series, duration(bar.median_ms), bar.theory());
    }
    if bars.len() > BARS_READ {
        text += &format!(" And {} more.", bars.len() - BARS_READ);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::check::{check, count};

    fn bar(group: &str, series: &str, fastest_ms: f64, median_ms: f64, slowest_ms: f64) -> Bar {
        let spread = Spread { fastest_ms, median_ms, slowest_ms };
        Bar { group: group.to_owned(), series: series.to_owned(), spread, interval: None, expected_ms: None }
    }

    #[test]
    fn a_thick_line_along_the_interval() {
        let measured = bar("sequential", "here", 9.0, 10.0, 12.0);
        assert!(!bars("t", std::slice::from_ref(&measured)).contains("chart-interval"));
        for (low, high) in [(9.5, 11.0), (0.0, 1e300), (f64::NAN, f64::INFINITY), (10.0, 10.0)] {
            let svg = bars(
                "t",
                &[Bar { interval: Some(Interval { low, high, confidence: CONFIDENCE }), ..measured.clone() }],
            );
            check(&svg);
            assert_eq!(count(&svg, "class=\"chart-interval\""), 1 + 1, "one, and one in the legend");
        }
        let interval = Some(Interval { low: 9.5, high: 11.0, confidence: CONFIDENCE });
        let svg = bars("t", &[Bar { interval, ..measured }]);
        assert!(svg.contains("slowest 12.0 ms, 95 % interval 9.50 ms to 11.0 ms</title>"), "{svg}");
    }

    #[test]
    fn a_mark_where_theory_puts_the_end() {
        let measured = bar("sequential", "here", 9.0, 10.0, 12.0);
        assert!(!bars("t", std::slice::from_ref(&measured)).contains("chart-expected"));
        for expected_ms in [8.0, 50.0, f64::NAN] {
            let svg = bars("t", &[Bar { expected_ms: Some(expected_ms), ..measured.clone() }]);
            check(&svg);
            assert_eq!(count(&svg, "class=\"chart-expected\""), 1 + 1, "one, and one in the legend");
        }
        let svg = bars("t", &[Bar { expected_ms: Some(8.0), ..measured }]);
        assert!(svg.contains("sequential, here: 10.0 ms, in theory 8.00 ms.</desc>"), "{svg}");
    }

    #[test]
    fn published_times_say_whose_they_are() {
        let svg = published("In the article", "Ten cores.", &[bar("serial", "article", 5.0, 5.0, 5.0)]);
        check(&svg);
        assert!(svg.contains(">Ten cores.</text>") && svg.contains("<title>serial, article: 5.00 ms</title>"));
    }

    #[test]
    fn a_bar_per_row_and_platform() {
        let all = [
            bar("sequential", "native", 9.0, 10.0, 12.0),
            bar("threads × 2", "native", 5.0, 5.0, 5.0),
            bar("sequential", "browser", 10.0, 11.0, 15.0),
        ];
        let svg = bars("Side by side", &all);
        check(&svg);
        assert_eq!(count(&svg, "class=\"chart-bar"), 3);
        assert_eq!(count(&svg, "class=\"chart-whisker\""), 3 + 3, "none where all times are equal");
        assert_eq!(count(&svg, ">sequential</text>"), 1, "one heading per group");
        assert!(svg.contains("<title>sequential, browser: median 11.0 ms, fastest 10.0 ms, slowest 15.0 ms</title>"));
        assert!(svg.contains(">Milliseconds</text>") && svg.contains(">10.0 ms</text>"));
    }

    #[test]
    fn long_times_are_in_seconds() {
        let svg = bars("t", &[bar("g", "s", 900.0, 1200.0, 1500.0)]);
        check(&svg);
        assert!(svg.contains(">Seconds</text>") && svg.contains(">1.20 s</text>"));
    }

    #[test]
    fn degenerate_bars() {
        for times in [[0.0; 3], [1.0; 3], [3.0, 2.0, 1.0], [f64::NAN; 3], [-1.0, f64::INFINITY, 1e300], [1e-12; 3]] {
            let [fastest_ms, median_ms, slowest_ms] = times;
            check(&bars("t", &[bar("g", "s", fastest_ms, median_ms, slowest_ms)]));
        }
        let none = bars("t", &[]);
        check(&none);
        assert!(none.contains(">Nothing was measured.</text>"));
    }

    #[test]
    fn hostile_names_and_too_many_bars() {
        let long = "<script>alert('&')</script>".repeat(100);
        let all = vec![bar(&long, &long, 1.0, 2.0, 3.0); 1000];
        let svg = bars(&long, &all);
        check(&svg);
        assert_eq!(count(&svg, "class=\"chart-bar"), BARS_MAX);
        assert!(svg.contains("The first 200 of 1000 are shown."));
        assert!(!svg.contains("<script"));
    }
}
