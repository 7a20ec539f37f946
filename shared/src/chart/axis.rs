//! Axes: where values lie along a line, in which unit, and which of them are marked.

mod log;

use super::frame::{TEXT, width};
use super::svg::{Anchor, Area, Svg};
use crate::number::Digits;

pub(super) use log::{LogScale, ValueScale};

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

/// The unit of a time axis and of all that is written along it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TimeUnit {
    Microseconds,
    Milliseconds,
    Seconds,
}

impl TimeUnit {
    /// The unit in which the longest time of an axis is 1 or more.
    pub(super) fn of(longest_ms: f64) -> Self {
        match longest_ms {
            ms if ms < 1.0 => TimeUnit::Microseconds,
            ms if ms < 1000.0 => TimeUnit::Milliseconds,
            _ => TimeUnit::Seconds,
        }
    }

    /// The name of the axis.
    pub(super) fn name(self) -> &'static str {
        match self {
            TimeUnit::Microseconds => "Microseconds",
            TimeUnit::Milliseconds => "Milliseconds",
            TimeUnit::Seconds => "Seconds",
        }
    }

    /// A time in the unit.
    pub(super) fn value(self, ms: f64) -> f64 {
        match self {
            TimeUnit::Microseconds => ms * 1e3,
            TimeUnit::Milliseconds => ms,
            TimeUnit::Seconds => ms / 1e3,
        }
    }

    /// The same as text, with its unit and the digits that tables have.
    pub(super) fn text(self, ms: f64) -> String {
        let symbol = match self {
            TimeUnit::Microseconds => "µs",
            TimeUnit::Milliseconds => "ms",
            TimeUnit::Seconds => "s",
        };
        match self.value(ms) {
            0.0 => format!("0 {symbol}"),
            // It would read as nothing.
            value if value < 0.0005 => format!("< 0.001 {symbol}"),
            value => format!("{} {symbol}", Digits(value)),
        }
    }
}

/// Where times lie along an axis, in milliseconds.
#[derive(Clone, Copy)]
pub(super) struct TimeScale {
    /// The longest time, in the unit.
    longest: f64,
    /// What its labels are in.
    pub(super) unit: TimeUnit,
    /// Where times in that unit lie.
    pub(super) values: AxisScale,
}

impl TimeScale {
    /// From `from` (at 0) to `to` (at `longest_ms`, which is over 0).
    pub(super) fn new(longest_ms: f64, from: f64, to: f64) -> Self {
        let unit = TimeUnit::of(longest_ms);
        let longest = unit.value(longest_ms);
        Self { longest, unit, values: AxisScale::new(longest, from, to) }
    }

    /// The marks that have room along so many user units.
    pub(super) fn ticks(&self, room: f64) -> Ticks {
        Ticks::fitting(self.longest, room)
    }

    /// Where a time lies.
    pub(super) fn at(&self, ms: f64) -> f64 {
        self.values.at(self.unit.value(ms))
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
    x_grid(svg, plot, scale, ticks);
    let labels: Vec<(f64, String)> = ticks.labels().map(|(value, label)| (scale.at(value), label)).collect();
    labelled(svg, plot, &labels, name)
}

/// Draws the grid lines of the axis that stands under another plot below.
pub(super) fn x_grid(svg: &mut Svg, plot: Area, scale: AxisScale, ticks: Ticks) {
    grid(svg, plot, ticks.labels().map(|(value, _)| scale.at(value)));
}

fn grid(svg: &mut Svg, plot: Area, at: impl Iterator<Item = f64>) {
    for x in at {
        svg.line("chart-grid", (x, plot.y), (x, plot.bottom()));
    }
    svg.line("chart-axis", (plot.x, plot.bottom()), (plot.right(), plot.bottom()));
}

fn labelled(svg: &mut Svg, plot: Area, labels: &[(f64, String)], name: &str) -> f64 {
    for (x, label) in labels {
        svg.text("chart-tick", (*x, plot.bottom() + 18.0), Anchor::Middle, label);
    }
    svg.text("chart-text", (plot.x + plot.width / 2.0, plot.bottom() + 39.0), Anchor::Middle, name);
    plot.bottom() + 46.0
}

/// Draws the grid lines, labels and name of the axis on the left of a plot.
pub(super) fn y_axis(svg: &mut Svg, plot: Area, scale: AxisScale, ticks: Ticks, name: &str) {
    y_labelled(svg, plot, ticks.labels().map(|(value, label)| (scale.at(value), label)), name);
}

fn y_labelled(svg: &mut Svg, plot: Area, labels: impl Iterator<Item = (f64, String)>, name: &str) {
    for (y, label) in labels {
        svg.line(if y < plot.bottom() { "chart-grid" } else { "chart-axis" }, (plot.x, y), (plot.right(), y));
        svg.text("chart-tick", (plot.x - 7.0, y + 5.0), Anchor::End, &label);
    }
    left_edge(svg, plot, name);
}

/// Draws the line on the left of a plot, with the name of what stands along it.
pub(super) fn left_edge(svg: &mut Svg, plot: Area, name: &str) {
    svg.line("chart-axis", (plot.x, plot.y), (plot.x, plot.bottom()));
    svg.text_upwards("chart-text", (16.0, plot.y + plot.height / 2.0), name);
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
    fn a_unit_for_all_times_of_an_axis() {
        #[track_caller]
        fn check(longest_ms: f64, ms: f64, name: &str, text: &str) {
            let unit = TimeUnit::of(longest_ms);
            assert_eq!((unit.name(), unit.text(ms).as_str()), (name, text));
        }
        check(100_000.0, 250.0, "Seconds", "0.250 s");
        check(1000.0, 1000.0, "Seconds", "1.000 s");
        check(1000.0, 0.2, "Seconds", "< 0.001 s");
        check(999.0, 656.12, "Milliseconds", "656.1 ms");
        check(12.0, 0.0, "Milliseconds", "0 ms");
        check(0.25, 0.25, "Microseconds", "250.0 µs");
    }
}
