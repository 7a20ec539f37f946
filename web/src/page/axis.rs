//! The time axis of a canvas: one unit for all of it, and marks at 1, 2 or 5 times a power of ten.

/// Marks are at least so many CSS pixels apart.
const ROOM: f64 = 84.0;
/// No axis has more decimals than this: they would tell picoseconds.
const DECIMALS_MAX: i32 = 9;

/// The unit of a time axis and of all that is written along it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Millionths of a second.
    Microseconds,
    /// Thousandths of a second.
    Milliseconds,
    /// Seconds.
    Seconds,
}

impl Unit {
    /// The unit in which the longest time of an axis, in milliseconds, is 1 or more.
    pub fn of(longest_ms: f64) -> Self {
        match longest_ms {
            ms if ms < 1.0 => Self::Microseconds,
            ms if ms < 1000.0 => Self::Milliseconds,
            _ => Self::Seconds,
        }
    }

    /// What stands behind numbers in it.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Microseconds => "µs",
            Self::Milliseconds => "ms",
            Self::Seconds => "s",
        }
    }

    /// Milliseconds in one of it.
    fn ms(self) -> f64 {
        match self {
            Self::Microseconds => 1e-3,
            Self::Milliseconds => 1.0,
            Self::Seconds => 1e3,
        }
    }
}

/// The marks of a stretch of an axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Marks {
    unit: Unit,
    /// From one mark to the next, in the unit.
    step: f64,
    /// The first mark is this many steps after 0.
    first: f64,
    count: u32,
    decimals: usize,
}

impl Marks {
    /// The marks from one time to another, in milliseconds, along `width` CSS pixels, in a unit.
    pub fn between(from_ms: f64, to_ms: f64, width: f64, unit: Unit) -> Self {
        let (from, to) = (from_ms / unit.ms(), to_ms / unit.ms());
        let step = round_up((to - from) / (width / ROOM).max(1.0));
        let first = (from / step - 1e-6).ceil().max(0.0);
        let count = ((to / step + 1e-6).floor() - first + 1.0).clamp(0.0, 100.0) as u32;
        let decimals = (-step.log10().floor() as i32).clamp(0, DECIMALS_MAX) as usize;
        Self { unit, step, first, count, decimals }
    }

    /// Where the marks are, in milliseconds, and what is written there: the unit stands behind the last number alone.
    pub fn labels(self) -> impl Iterator<Item = (f64, String)> {
        (0..self.count).map(move |index| {
            let value = (self.first + f64::from(index)) * self.step;
            let unit = if index + 1 == self.count { format!(" {}", self.unit.symbol()) } else { String::new() };
            (value * self.unit.ms(), format!("{value:.*}{unit}", self.decimals))
        })
    }
}

/// The next of 1, 2, 5, 10, 20, … that is not smaller.
fn round_up(value: f64) -> f64 {
    let value = if value.is_finite() { value.max(1e-12) } else { 1.0 };
    let power = 10_f64.powf(value.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power);
    steps.into_iter().find(|step| *step >= value * (1.0 - 1e-9)).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(from_ms: f64, to_ms: f64, longest_ms: f64, expected: &[&str]) {
        let marks = Marks::between(from_ms, to_ms, 4.0 * ROOM, Unit::of(longest_ms));
        let labels: Vec<String> = marks.labels().map(|(_, label)| label).collect();
        assert_eq!(labels, expected);
    }

    #[test]
    fn one_unit_for_all_of_an_axis() {
        check(0.0, 12.0, 12.0, &["0", "5", "10 ms"]);
        check(0.0, 1500.0, 1500.0, &["0.0", "0.5", "1.0", "1.5 s"]);
        check(0.0, 0.2, 0.2, &["0", "50", "100", "150", "200 µs"]);
        check(1200.0, 1204.0, 1500.0, &["1.200", "1.201", "1.202", "1.203", "1.204 s"]);
        check(0.0, 1.0, 1.0, &["0.0", "0.5", "1.0 ms"]);
    }

    #[test]
    fn marks_are_where_they_say() {
        let marks = Marks::between(1199.5, 1204.0, 4.0 * ROOM, Unit::Seconds);
        let at: Vec<f64> = marks.labels().map(|(ms, _)| ms.round()).collect();
        assert_eq!(at, [1200.0, 1202.0, 1204.0]);
    }

    #[test]
    fn axes_without_sense_have_few_marks() {
        for (from_ms, to_ms, width) in
            [(0.0, 0.0, 100.0), (5.0, 1.0, 0.0), (0.0, f64::INFINITY, 1e9), (f64::NAN, 1.0, 1.0)]
        {
            assert!(Marks::between(from_ms, to_ms, width, Unit::Milliseconds).labels().count() <= 100);
        }
    }
}
