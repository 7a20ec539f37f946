//! What colours, lines and marks stand for.

use super::frame::{EDGE, LINE, TEXT, width, wrap};
use super::svg::{Anchor, Area, Svg};

/// How many colours there are for workers and series; more than these take turns.
const COLOURS: usize = 8;
/// How many kinds of dash there are, the unbroken line included.
const DASHES: usize = 4;

/// The class that gives a worker or a series its colour.
pub(super) fn colour(index: usize) -> String {
    format!("chart-w{}", index % COLOURS)
}

/// The classes of a series' line.
pub(super) fn line(index: usize) -> String {
    format!("chart-line chart-dash{} {}", index % DASHES, colour(index))
}

/// The classes of the law that was fitted to a series: its colour, and dashes that no line of measured points has.
pub(super) fn law(index: usize) -> String {
    format!("chart-law chart-law{} {}", index % DASHES, colour(index))
}

/// Draws the mark of a series, a shape of its own for each of five.
pub(super) fn mark(svg: &mut Svg, index: usize, (x, y): (f64, f64), tip: Option<&str>) {
    let class = format!("chart-mark {}", colour(index));
    let corners: &[(f64, f64)] = match index % 5 {
        0 => return svg.circle(&class, (x, y), 5.5, tip),
        1 => &[(-5.0, -5.0), (5.0, -5.0), (5.0, 5.0), (-5.0, 5.0)],
        2 => &[(0.0, -6.5), (6.0, 4.5), (-6.0, 4.5)],
        3 => &[(0.0, -7.0), (6.0, 0.0), (0.0, 7.0), (-6.0, 0.0)],
        _ => &[(0.0, 6.5), (6.0, -4.5), (-6.0, -4.5)],
    };
    let corners: Vec<_> = corners.iter().map(|(dx, dy)| (x + dx, y + dy)).collect();
    svg.polygon(&class, &corners, tip);
}

/// Draws a ring around what is far from the others of its row.
pub(super) fn outlier(svg: &mut Svg, at: (f64, f64), tip: Option<&str>) {
    svg.circle("chart-outlier", at, 4.5, tip);
}

/// What stands beside a label.
#[derive(Clone, Copy)]
pub(super) enum Sample {
    /// Nothing: the label speaks of what follows it.
    None,
    /// The colour of a worker.
    Worker(u32),
    /// The line of a task that waits.
    Wait,
    /// The hatching of a task that failed.
    Failed,
    /// The line and mark of a series.
    Series(usize),
    /// The line of ideal speed-up.
    Ideal,
    /// The line of the law that was fitted to a series, with its interval if it has one, and pale where it is extrapolated.
    Law {
        /// The series.
        index: usize,
        /// There is a band around it.
        has_band: bool,
        /// It goes beyond what was measured.
        is_extrapolated: bool,
    },
    /// The mark of a predicted time.
    Predicted,
    /// The line along an interval.
    Interval,
    /// The ring around what is far from the others.
    Outlier,
}

impl Sample {
    fn width(self) -> f64 {
        match self {
            Sample::None => 0.0,
            Sample::Worker(_) | Sample::Predicted | Sample::Interval | Sample::Outlier => 13.0,
            Sample::Wait | Sample::Failed => 22.0,
            Sample::Series(_) | Sample::Ideal | Sample::Law { .. } => 34.0,
        }
    }

    /// Draws the sample to the right of `x`, centred on `y`.
    fn draw(self, svg: &mut Svg, x: f64, y: f64) {
        let swatch = Area { x, y: y - 6.5, width: self.width(), height: 13.0 };
        let ends = ((x, y), (x + self.width(), y));
        match self {
            Sample::None => {}
            Sample::Worker(worker) => svg.rect(&format!("chart-bar {}", colour(worker as usize)), swatch, None),
            Sample::Wait => svg.line("chart-wait", ends.0, ends.1),
            Sample::Failed => {
                svg.rect("chart-bar chart-any", swatch, None);
                svg.hatch(swatch);
            }
            Sample::Series(index) => {
                svg.line(&line(index), ends.0, ends.1);
                mark(svg, index, (x + self.width() / 2.0, y), None);
            }
            Sample::Ideal => svg.line("chart-ideal", ends.0, ends.1),
            Sample::Law { index, has_band, is_extrapolated } => {
                if has_band {
                    svg.rect(&format!("chart-band {}", colour(index)), swatch, None);
                }
                let until = if is_extrapolated { x + self.width() * 0.6 } else { ends.1.0 };
                svg.line(&law(index), ends.0, (until, y));
                if is_extrapolated {
                    svg.line(&format!("{} chart-extrapolated", law(index)), (until, y), ends.1);
                }
            }
            Sample::Outlier => outlier(svg, (x + self.width() / 2.0, y), None),
            Sample::Interval => svg.line("chart-interval", ends.0, ends.1),
            Sample::Predicted => {
                let x = x + self.width() / 2.0;
                svg.line("chart-predicted", (x, y - 8.0), (x, y + 8.0));
            }
        }
    }
}

/// Writes labels with their samples in as many lines as they need; returns where the next thing may begin.
pub(super) fn legend(svg: &mut Svg, top: f64, entries: &[(Sample, String)]) -> f64 {
    let right = svg.width() - EDGE;
    let (mut x, mut y) = (EDGE, top);
    for (sample, label) in entries {
        let before = if sample.width() > 0.0 { sample.width() + 6.0 } else { 0.0 };
        let lines = wrap(label, TEXT, right - EDGE - before, svg.form.lines(2));
        let entry = before + lines.iter().map(|line| width(line, TEXT)).fold(0.0, f64::max);
        if x > EDGE && (x + entry > right || lines.len() > 1) {
            x = EDGE;
            y += LINE;
        }
        sample.draw(svg, x, y + LINE / 2.0);
        for (place, line) in lines.iter().enumerate() {
            y += if place > 0 { LINE } else { 0.0 };
            svg.text("chart-text", (x + before, y + LINE / 2.0 + 5.5), Anchor::Start, line);
        }
        // Nothing stands beside an entry of several lines.
        x = if lines.len() > 1 { right } else { x + entry + 12.0 };
    }
    if entries.is_empty() { top } else { y + LINE + 4.0 }
}
