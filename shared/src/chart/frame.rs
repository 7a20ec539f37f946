//! What surrounds the data: the heading, the axes, and how text and numbers are set.

use super::svg::{Anchor, Area, Svg};

/// The width of every chart. On a telephone it is shown at about 0.7, and text stays legible.
pub(super) const WIDTH: f64 = 520.0;
/// The size of most text, as in the style.
pub(super) const TEXT: f64 = 15.0;
/// The size of a chart's title, as in the style.
const TITLE: f64 = 18.0;
/// From one line of text to the next.
pub(super) const LINE: f64 = 21.0;
/// Between the edge and anything.
pub(super) const EDGE: f64 = 4.0;
/// Larger values (in any unit; as milliseconds 31 years) are drawn as this: their digits would fill the chart.
const VALUE_MAX: f64 = 1e12;

/// A value that can be drawn: not negative, and a number.
pub(super) fn drawable(value: f64) -> f64 {
    if value.is_nan() { 0.0 } else { value.clamp(0.0, VALUE_MAX) }
}

/// Writes a title and a line under it; returns where the next thing may begin.
pub(super) fn heading(svg: &mut Svg, title: &str, line: &str) -> f64 {
    let mut y = EDGE;
    // Bold letters are wider than those that the estimate is made for.
    for one in wrap(title, TITLE * 1.1, WIDTH - 2.0 * EDGE, 2) {
        y += 22.0;
        svg.text("chart-title", (EDGE, y - 5.0), Anchor::Start, &one);
    }
    for one in wrap(line, TEXT, WIDTH - 2.0 * EDGE, 2) {
        y += LINE;
        svg.text("chart-text chart-quiet", (EDGE, y - 5.0), Anchor::Start, &one);
    }
    y + 4.0
}

/// A chart that has nothing to show, and says so.
pub(super) fn empty(title: &str, sentence: &str) -> String {
    let mut svg = Svg::default();
    let y = heading(&mut svg, title, sentence);
    svg.finish(title, sentence, y + EDGE)
}

/// Where values from 0 on lie along a line.
#[derive(Clone, Copy)]
pub(super) struct AxisScale {
    /// Where 0 lies.
    from: f64,
    /// User units per 1.
    per_one: f64,
}

impl AxisScale {
    /// From `from` (at 0) to `to` (at `max`, which is over 0).
    pub(super) fn new(max: f64, from: f64, to: f64) -> Self {
        Self { from, per_one: (to - from) / max }
    }

    /// Where a value lies.
    pub(super) fn at(&self, value: f64) -> f64 {
        self.from + value * self.per_one
    }
}

/// The marks of an axis that begins at 0: a step of 1, 2 or 5 times a power of ten.
#[derive(Clone, Copy)]
pub(super) struct Ticks {
    /// From one mark to the next.
    pub(super) step: f64,
    count: u32,
    decimals: usize,
}

impl Ticks {
    /// At most `count` steps (or nearly so) up to `max`, which is over 0.
    pub(super) fn new(max: f64, count: f64) -> Self {
        let raw = max / count;
        let power = raw.log10().floor();
        let unit = 10_f64.powf(power);
        let (factor, power) = match raw / unit {
            over if over <= 1.0 + 1e-9 => (1.0, power),
            over if over <= 2.0 + 1e-9 => (2.0, power),
            over if over <= 5.0 + 1e-9 => (5.0, power),
            _ => (1.0, power + 1.0),
        };
        let step = factor * 10_f64.powf(power);
        Self { step, count: (max / step + 1e-6).floor() as u32, decimals: (-power).clamp(0.0, 12.0) as usize }
    }

    /// As many as have room for their labels side by side along `room` user units.
    pub(super) fn fitting(max: f64, room: f64) -> Self {
        let fits = |ticks: &Self| ticks.labels().map(|(_, label)| width(&label, TEXT) + 10.0).sum::<f64>() <= room;
        [6.0, 5.0, 4.0, 3.0].map(|count| Self::new(max, count)).into_iter().find(fits).unwrap_or(Self::new(max, 2.0))
    }

    /// Like [`Ticks::new`], for what can only be counted.
    pub(super) fn whole(max: f64, count: f64) -> Self {
        if max >= count {
            return Self::new(max, count);
        }
        Self { step: 1.0, count: max.floor() as u32, decimals: 0 }
    }

    /// The marks with their labels, all with the same decimals.
    pub(super) fn labels(self) -> impl Iterator<Item = (f64, String)> {
        (0..=self.count).map(move |index| {
            let value = f64::from(index) * self.step;
            (value, format!("{value:.*}", self.decimals))
        })
    }
}

/// Draws the grid lines, labels and name of the axis under a plot; returns where the next thing may begin.
pub(super) fn x_axis(svg: &mut Svg, plot: Area, scale: AxisScale, ticks: Ticks, name: &str) -> f64 {
    for (value, label) in ticks.labels() {
        let x = scale.at(value);
        svg.line("chart-grid", (x, plot.y), (x, plot.bottom()));
        svg.text("chart-tick", (x, plot.bottom() + 18.0), Anchor::Middle, &label);
    }
    svg.line("chart-axis", (plot.x, plot.bottom()), (plot.right(), plot.bottom()));
    svg.text("chart-text", (plot.x + plot.width / 2.0, plot.bottom() + 39.0), Anchor::Middle, name);
    plot.bottom() + 46.0
}

/// The width that a text takes, estimated from above for common fonts: a chart cannot ask the reader's.
pub(super) fn width(text: &str, size: f64) -> f64 {
    let ems = |character| match character {
        'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | ' ' | '·' => 0.35,
        'm' | 'w' | 'M' | 'W' | '@' | '%' | '…' => 1.0,
        'A'..='Z' => 0.74,
        '\u{1100}'.. => 1.05,
        _ => 0.64,
    };
    size * text.chars().map(ems).sum::<f64>()
}

/// The text, or as much of its beginning as fits into `room`, with an ellipsis.
pub(super) fn clip(text: &str, size: f64, room: f64) -> String {
    if width(text, size) <= room {
        return text.to_owned();
    }
    let fitting = fitting(text, size, room - width("…", size));
    format!("{}…", text[..fitting].trim_end())
}

/// The text in lines no wider than `room`, broken between words where that is possible.
fn wrap(text: &str, size: f64, room: f64, lines_max: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        if lines.len() + 1 == lines_max || width(rest, size) <= room {
            lines.push(clip(rest, size, room));
            break;
        }
        let fitting = fitting(rest, size, room);
        let between_words = || rest[..fitting].rfind(char::is_whitespace).filter(|at| *at > 0);
        let end = if rest[fitting..].starts_with(char::is_whitespace) { None } else { between_words() };
        let (line, next) = rest.split_at(end.unwrap_or(fitting));
        lines.push(line.trim_end().to_owned());
        rest = next.trim_start();
    }
    lines
}

/// How many bytes of the text fit into `room`: at least its first character.
fn fitting(text: &str, size: f64, room: f64) -> usize {
    let mut used = 0.0;
    for (at, character) in text.char_indices() {
        used += width(character.encode_utf8(&mut [0; 4]), size);
        if used > room && at > 0 {
            return at;
        }
    }
    text.len()
}

/// A number with three significant digits, or all before the point.
pub(super) fn digits(value: f64) -> String {
    let decimals = if value > 0.0 { (2.0 - value.log10().floor()).clamp(0.0, 6.0) } else { 0.0 };
    format!("{value:.*}", decimals as usize)
}

/// A duration in milliseconds, or in seconds where it is one or more, with its unit.
pub(super) fn duration(ms: f64) -> String {
    if ms < 1000.0 { format!("{} ms", digits(ms)) } else { format!("{} s", digits(ms / 1000.0)) }
}

/// A count with its noun: "1 task", "2 tasks".
pub(super) fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks() {
        fn check(max: f64, expected: &[&str]) {
            let labels: Vec<String> = Ticks::new(max, 5.0).labels().map(|(_, label)| label).collect();
            assert_eq!(labels, expected);
        }
        check(1.0, &["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        check(0.99, &["0.0", "0.2", "0.4", "0.6", "0.8"]);
        check(7.0, &["0", "2", "4", "6"]);
        check(12.0, &["0", "5", "10"]);
        check(0.000_3, &["0.0000", "0.0001", "0.0002", "0.0003"]);
        check(1234.0, &["0", "500", "1000"]);
    }

    #[test]
    fn whole_ticks() {
        fn check(max: f64, expected: &[&str]) {
            let labels: Vec<String> = Ticks::whole(max, 5.0).labels().map(|(_, label)| label).collect();
            assert_eq!(labels, expected);
        }
        check(1.0, &["0", "1"]);
        check(4.2, &["0", "1", "2", "3", "4"]);
        check(8.0, &["0", "2", "4", "6", "8"]);
    }

    #[test]
    fn text_is_broken_between_words_or_else_anywhere() {
        fn check(text: &str, expected: &[&str]) {
            // Ten letters of average width.
            assert_eq!(wrap(text, 10.0, 64.0, 2), expected);
        }
        check("", &[]);
        check("one two", &["one two"]);
        check("one hundred", &["one", "hundred"]);
        check("abcdefghxx abc", &["abcdefghxx", "abc"]);
        check("aaaaaaaaaaaaaaaaaaaaaaaa", &["aaaaaaaaaa", "aaaaaaaa…"]);
        check("ééééééééééééé", &["éééééééééé", "ééé"]);
    }

    #[test]
    fn digits_are_three_or_more() {
        fn check(value: f64, expected: &str) {
            assert_eq!(digits(value), expected);
        }
        check(0.0, "0");
        check(220.0, "220");
        check(2.2, "2.20");
        check(12_345.6, "12346");
        check(0.000_000_1, "0.000000");
    }
}
