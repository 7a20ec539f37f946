//! Axes along which equal factors are equal distances, and those that are so where values are far apart.

use super::{AxisScale, Ticks, grid, labelled, x_axis, y_axis, y_labelled};
use crate::chart::svg::{Area, Svg};
use crate::number::Grouped;

/// Where ratios lie along a line: equal factors are equal distances.
#[derive(Clone, Copy)]
pub(in crate::chart) struct LogScale {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

/// What marks of a logarithmic axis may be multiples of, the closest first.
const MULTIPLES: [f64; 5] = [0.02, 0.05, 0.1, 0.2, 0.5];
/// Or which digits they have in each power of ten.
const DIGITS: [&[f64]; 3] = [&[1.0, 2.0, 5.0], &[1.0, 3.0], &[1.0]];
/// A logarithmic axis whose ends differ by less than this factor has its marks at multiples.
const NEAR: f64 = 10.0;
/// A logarithmic axis has no more marks than this,
const MARKS_MAX: f64 = 6.0;
/// and one for so many user units.
const MARK_ROOM: f64 = 46.0;

impl LogScale {
    /// From `from` (at the low end) to `to` (at the high end); both ends are over 0, and different.
    pub(in crate::chart) fn new((low, high): (f64, f64), from: f64, to: f64) -> Self {
        Self { low, high, from, to }
    }

    /// Where a ratio lies.
    pub(in crate::chart) fn at(&self, ratio: f64) -> f64 {
        self.from + (self.to - self.from) * (ratio / self.low).ln() / (self.high / self.low).ln()
    }

    /// The marks: as close to each other as there is room for.
    fn marks(&self) -> Vec<f64> {
        let most = ((self.to - self.from).abs() / MARK_ROOM).floor().clamp(2.0, MARKS_MAX);
        let of_step = |step: &f64| {
            let (first, last) = ((self.low / step).ceil(), (self.high / step).floor());
            (last - first < most).then(|| (first as i64..=last as i64).map(|at| at as f64 * step).collect())
        };
        let powers = || self.low.log10().floor() as i32..=self.high.log10().floor() as i32;
        let of_digits = |digits: &&[f64]| {
            let all = powers().flat_map(|power| digits.iter().map(move |digit| digit * 10_f64.powi(power)));
            all.filter(|value| (self.low..=self.high).contains(value)).collect::<Vec<f64>>()
        };
        let of_powers = |step: i32| {
            let marks = powers().filter(|power| power % step == 0).map(|power| 10_f64.powi(power));
            marks.filter(|value| (self.low..=self.high).contains(value)).collect::<Vec<f64>>()
        };
        let closest = MULTIPLES.iter().filter(|_| self.high < NEAR * self.low).find_map(of_step);
        let fits = |marks: &Vec<f64>| marks.len() as f64 <= most;
        closest
            .or_else(|| DIGITS.iter().map(of_digits).find(fits))
            .or_else(|| (2..).map(of_powers).find(fits))
            .unwrap_or_default()
    }

    /// The marks with their labels, each with where it lies.
    fn labels(&self) -> impl Iterator<Item = (f64, String)> {
        self.marks().into_iter().map(|mark| (self.at(mark), label(mark)))
    }

    /// Draws the grid lines, labels and name of the axis under a plot; returns where the next thing may begin.
    pub(in crate::chart) fn x_axis(&self, svg: &mut Svg, plot: Area, name: &str) -> f64 {
        let labels: Vec<(f64, String)> = self.labels().collect();
        grid(svg, plot, labels.iter().map(|(x, _)| *x));
        labelled(svg, plot, &labels, name)
    }
}

/// A mark as text. Multiples of a twentieth are not exact, and a large number takes less room as a power of ten.
fn label(mark: f64) -> String {
    if mark < 1e5 {
        return Grouped((mark * 1e6).round() / 1e6).to_string();
    }
    let power = (mark.log10() + 1e-9).floor();
    format!("{}e{power}", (mark / 10_f64.powf(power) * 10.0).round() / 10.0)
}

/// Values that differ by this factor, or a larger one, lie on a logarithmic axis.
const FAR: f64 = 20.0;
/// No values that anybody measures differ by this one.
const FARTHEST: f64 = 1e15;
/// Such an axis goes beyond the values by this share of its length, so that marks keep their shape.
const MARGIN: f64 = 0.04;

/// Where values lie along an axis: equal steps are equal distances, or equal factors where the values are far apart.
#[derive(Clone, Copy)]
pub(in crate::chart) enum ValueScale {
    /// Equal steps, from 0 on.
    Linear {
        /// Where values lie.
        scale: AxisScale,
        /// Which are marked.
        ticks: Ticks,
    },
    /// Equal factors.
    Log(LogScale),
}

impl ValueScale {
    /// From `from` to `to` for values that are not negative: those of a linear axis end at `end` times the largest one, and
    /// have marks that `ticks` makes of that.
    pub(in crate::chart) fn of(
        values: impl Iterator<Item = f64> + Clone,
        (from, to): (f64, f64),
        end: f64,
        ticks: impl FnOnce(f64) -> Ticks,
    ) -> Self {
        let (low, high) = (values.clone().fold(f64::INFINITY, f64::min), values.fold(0.0, f64::max));
        if low > 0.0 && (FAR..FARTHEST).contains(&(high / low)) {
            let margin = (high / low).powf(MARGIN);
            return Self::Log(LogScale::new((low / margin, high * margin), from, to));
        }
        let end = if high > 0.0 { high * end } else { 1.0 };
        Self::Linear { scale: AxisScale::new(end, from, to), ticks: ticks(end) }
    }

    /// Where a value lies.
    pub(in crate::chart) fn at(&self, value: f64) -> f64 {
        match self {
            Self::Linear { scale, .. } => scale.at(value),
            Self::Log(scale) => scale.at(value),
        }
    }

    /// Draws the grid lines, labels and name of the axis under a plot; returns where the next thing may begin.
    pub(in crate::chart) fn x_axis(&self, svg: &mut Svg, plot: Area, name: &str) -> f64 {
        match self {
            Self::Linear { scale, ticks } => x_axis(svg, plot, *scale, *ticks, name),
            Self::Log(scale) => scale.x_axis(svg, plot, name),
        }
    }

    /// The same on the left of a plot.
    pub(in crate::chart) fn y_axis(&self, svg: &mut Svg, plot: Area, name: &str) {
        match self {
            Self::Linear { scale, ticks } => y_axis(svg, plot, *scale, *ticks, name),
            Self::Log(scale) => y_labelled(svg, plot, scale.labels(), name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_of_ratios() {
        fn check(low: f64, high: f64, expected: &[&str]) {
            assert_eq!(marks(low, high, 400.0), expected);
        }
        fn marks(low: f64, high: f64, room: f64) -> Vec<String> {
            LogScale::new((low, high), 0.0, room).labels().map(|(_, label)| label).collect()
        }
        check(0.97, 1.05, &["0.98", "1", "1.02", "1.04"]);
        check(0.9, 1.1, &["0.9", "0.95", "1", "1.05", "1.1"]);
        check(0.4, 3.2, &["0.5", "1", "1.5", "2", "2.5", "3"]);
        check(0.9, 60.0, &["1", "2", "5", "10", "20", "50"]);
        check(0.5, 900.0, &["1", "3", "10", "30", "100", "300"]);
        check(1e-4, 1e4, &["0.0001", "0.01", "1", "100", "10,000"]);
        check(8e3, 1.2e6, &["10,000", "30,000", "1e5", "3e5", "1e6"]);
        check(1e4, 1e9, &["10,000", "1e5", "1e6", "1e7", "1e8", "1e9"]);
        assert_eq!(marks(0.4, 3.2, 140.0), ["0.5", "1", "2"], "where there is less room there are fewer");
    }

    #[test]
    fn values_that_are_far_apart_lie_by_their_factors() {
        let is_log = |values: &[f64]| {
            let scale = ValueScale::of(values.iter().copied(), (0.0, 100.0), 1.04, |end| Ticks::new(end, 5.0));
            assert!(values.iter().all(|value| (0.0..=100.0).contains(&scale.at(*value))), "{values:?}");
            matches!(scale, ValueScale::Log(_))
        };
        assert!(is_log(&[1.0, 3.0, 20.0]) && is_log(&[1e4, 1e6]));
        assert!(!is_log(&[1.0, 19.0]) && !is_log(&[0.0, 10.0, 1000.0]) && !is_log(&[7.0]) && !is_log(&[0.0]));
        assert!(!is_log(&[]));
    }
}
