//! How many times as long rows took as elsewhere: ratios with their intervals, around 1.

use super::axis::LogScale;
use super::form::Form;
use super::frame::{EDGE, TEXT, clip, empty, group, group_lines, heading, width};
use super::legend::{Sample, colour, legend, mark};
use super::svg::{Anchor, Area, Numbers, Picture, Svg};
use crate::grouping::distinct;
use crate::number::{Counted, Percent, Ratio};
use crate::say::{Cell, Column, Unit};
use crate::statistics::{CONFIDENCE, Interval};

/// No more ratios than this are drawn; the chart says how many it left out.
const RATIOS_MAX: usize = 200;
/// The description reads out no more than this.
const RATIOS_READ: usize = 12;
/// From one ratio to the next.
const PITCH: f64 = 22.0;
/// Ratios beyond this, and its inverse, are drawn there: the others would be one line.
const FAR: f64 = 1e4;
/// The axis reaches so far at least, and its inverse.
pub(super) const NEAR: f64 = 1.1;

/// A ratio of two times.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Mark {
    /// The row: marks of one group stand together, under its name.
    pub(super) group: String,
    /// What was divided.
    pub(super) series: String,
    /// Over 1, it took longer.
    pub(super) ratio: f64,
    /// The ratio's interval, if there are enough runs for one.
    pub(super) interval: Option<Interval>,
}

impl Mark {
    /// The interval with both ends where they are drawn.
    fn ends(&self) -> Option<(f64, f64)> {
        self.interval.map(|interval| (drawable(interval.low), drawable(interval.high)))
    }

    /// What the mark says when pointed at.
    fn tip(&self) -> String {
        let Self { group, series, ratio, interval } = self;
        let interval = interval.map_or_else(
            || ", too few runs for an interval".to_owned(),
            |ends| format!(", {} interval {} to {}", Percent(CONFIDENCE), shown(ends.low), shown(ends.high)),
        );
        format!("{group}, {series}: {}{interval}", shown(*ratio))
    }
}

/// A ratio as it is written.
pub(super) fn shown(ratio: f64) -> Ratio {
    Ratio(if ratio.is_finite() { ratio } else { drawable(ratio) })
}

/// A ratio that can be drawn.
pub(super) fn drawable(ratio: f64) -> f64 {
    if ratio.is_nan() { 1.0 } else { ratio.clamp(1.0 / FAR, FAR) }
}

/// A mark for each ratio on a logarithmic axis, with a line along its interval, in groups; a line through 1, which is
/// whatever `unit` took.
///
/// Groups and series keep the order in which they first come.
pub(super) fn ratios(form: Form, title: &str, unit: &str, all: &[Mark]) -> Picture {
    let marks = &all[..all.len().min(RATIOS_MAX)];
    if marks.is_empty() {
        return empty(form, title, "Nothing could be compared.");
    }
    let left_out = if all.len() > RATIOS_MAX {
        format!(" The first {RATIOS_MAX} of {} are shown.", all.len())
    } else {
        String::new()
    };
    let mut svg = Svg::new(form);
    let line = format!("Times by those of {unit}: to the right of 1 it took longer.{left_out}");
    let y = heading(&mut svg, title, &line);
    let mut entries = vec![(Sample::Ideal, format!("1: as long as {unit}"))];
    if marks.iter().any(|mark| mark.interval.is_some()) {
        entries.push((Sample::Interval, format!("{} interval of the ratio", Percent(CONFIDENCE))));
    }
    let y = legend(&mut svg, y, &entries);

    let groups = distinct(marks.iter().map(|mark| mark.group.as_str()));
    let series = distinct(marks.iter().map(|mark| mark.series.as_str()));
    let names = series.iter().map(|name| width(name, TEXT)).fold(0.0, f64::max).min(form.names());
    let values =
        marks.iter().map(|mark| width(&shown(mark.ratio).to_string(), TEXT)).fold(0.0, f64::max).min(form.names());
    let x = EDGE + names + 8.0;
    let labels: Vec<Vec<String>> = groups.iter().map(|name| group_lines(form, name)).collect();
    let label_lines = labels.iter().map(Vec::len).sum::<usize>() as f64;
    let height = label_lines * PITCH + groups.len() as f64 * 10.0 + marks.len() as f64 * PITCH;
    let plot = Area { x, y, width: svg.width() - 2.0 * EDGE - x - values - 8.0, height };
    let reach = |mark: &Mark| {
        let ratio = drawable(mark.ratio);
        let (low, high) = mark.ends().unwrap_or((ratio, ratio));
        (low.min(ratio), high.max(ratio))
    };
    let (low, high) =
        marks.iter().map(reach).fold((1.0 / NEAR, NEAR), |all, ends| (all.0.min(ends.0), all.1.max(ends.1)));
    // What lies at an end is not drawn on the edge.
    let scale = LogScale::new((low / 1.02, high * 1.02), plot.x, plot.right());
    let bottom = scale.x_axis(&mut svg, plot, &format!("Time by that of {unit}"));
    svg.line("chart-ideal", (scale.at(1.0), plot.y), (scale.at(1.0), plot.bottom()));

    let mut y = plot.y + 2.0;
    for (name, label) in groups.iter().zip(&labels) {
        y = group(&mut svg, y, label);
        for of_group in marks.iter().filter(|mark| mark.group == *name) {
            let index = series.iter().position(|name| *name == of_group.series).unwrap_or_default();
            draw(&mut svg, of_group, index, y + PITCH / 2.0, plot, names, &scale);
            y += PITCH;
        }
        y += 10.0;
    }
    svg.finish(title, &description(marks, unit, &left_out), bottom + EDGE).with_numbers(numbers(marks, unit))
}

/// Draws name, interval, mark and value around the line `y`.
fn draw(svg: &mut Svg, of_group: &Mark, index: usize, y: f64, plot: Area, names: f64, scale: &LogScale) {
    svg.text("chart-text", (plot.x - 8.0, y + 5.0), Anchor::End, &clip(&of_group.series, TEXT, names));
    if let Some((low, high)) = of_group.ends() {
        svg.line(&format!("chart-whisker {}", colour(index)), (scale.at(low), y), (scale.at(high), y));
        svg.line("chart-interval", (scale.at(low), y), (scale.at(high), y));
    }
    mark(svg, index, (scale.at(drawable(of_group.ratio)), y), Some(&of_group.tip()));
    svg.text(
        "chart-text",
        (plot.right() + 8.0, y + 5.0),
        Anchor::Start,
        &clip(&shown(of_group.ratio).to_string(), TEXT, svg.form.names()),
    );
}

/// All that is drawn, in numbers.
fn numbers(marks: &[Mark], unit: &str) -> Numbers {
    let columns = vec![
        Column::new("row", "Row", Unit::Text, 0),
        Column::new("series", "Of", Unit::Text, 0),
        Column::new("ratio", format!("Time by that of {unit}"), Unit::Ratio, 0),
        Column::new("low", "Interval from", Unit::Ratio, 1),
        Column::new("high", "Interval to", Unit::Ratio, 1),
    ];
    let line = |mark: &Mark| {
        let (low, high) = mark.interval.map(|interval| (interval.low, interval.high)).unzip();
        let names = [Cell::text(&mark.group), Cell::text(&mark.series)];
        names.into_iter().chain([Some(mark.ratio), low, high].map(Cell::number)).collect()
    };
    Numbers::new(columns, marks.iter().map(line))
}

/// The whole picture in words.
fn description(marks: &[Mark], unit: &str, left_out: &str) -> String {
    let mut text = format!("{} to {unit}.{left_out}", Counted(marks.len() as u64, "ratio"));
    for read in marks.iter().take(RATIOS_READ) {
        text += &format!(" {}.", read.tip());
    }
    if marks.len() > RATIOS_READ {
        text += &format!(" And {} more.", marks.len() - RATIOS_READ);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::check::{count, drawn, golden};

    fn mark_of(group: &str, series: &str, ratio: f64, ends: Option<(f64, f64)>) -> Mark {
        let interval = ends.map(|(low, high)| Interval { low, high, confidence: CONFIDENCE });
        Mark { group: group.to_owned(), series: series.to_owned(), ratio, interval }
    }

    #[test]
    fn what_is_written() {
        let near = [
            mark_of("sequential", "chromium", 0.99, Some((0.98, 1.0))),
            mark_of("threads × 2", "chromium", 1.07, Some((1.05, 1.09))),
            mark_of("threads × 2", "firefox", 1.06, None),
        ];
        let far =
            [mark_of("sequential", "python", 41.0, Some((40.0, 42.0))), mark_of("threads × 2", "python", 85.0, None)];
        golden(
            "ratios",
            &[
                ("near 1", drawn(&ratios(Form::Wide, "Side by side", "native", &near))),
                ("far from 1", drawn(&ratios(Form::Wide, "Side by side", "native", &far))),
                ("in a narrow form", drawn(&ratios(Form::Narrow, "Side by side", "native", &near))),
                ("none", drawn(&ratios(Form::Wide, "t", "native", &[]))),
            ],
        );
    }

    #[test]
    fn degenerate_ratios() {
        for ratio in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e-300, 1e300, 1.0] {
            for ends in [None, Some((ratio, ratio)), Some((0.0, f64::INFINITY)), Some((f64::NAN, 1.0))] {
                drawn(&ratios(Form::Wide, "t", "u", &[mark_of("g", "s", ratio, ends)]));
            }
        }
    }

    #[test]
    fn hostile_names_and_too_many_ratios() {
        let long = "<script>alert('&')</script>".repeat(100);
        let svg = drawn(&ratios(Form::Wide, &long, &long, &vec![mark_of(&long, &long, 1.0, None); 1000]));
        assert_eq!(count(&svg, "class=\"chart-mark"), RATIOS_MAX);
        assert_eq!(count(&svg, "The first 200 of 1000 are shown."), 1);
    }
}
