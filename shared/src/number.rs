//! One rule for digits and units: about four digits, since more would be noise.

use std::fmt::{Display, Formatter, Result, Write};

/// The most decimals of any number.
const DECIMALS_MAX: usize = 6;

/// How many decimals a number under 10 has: as many as usual, and more where it is so small that two digits would not be seen.
fn decimals(size: f64, usual: usize) -> usize {
    // Of 0.1 and more the first digit that counts is the first decimal.
    let first = if size > 0.0 { (-size.log10()).ceil() as usize } else { 0 };
    usual.max(first.saturating_add(1).min(DECIMALS_MAX))
}

/// A number as cells show it, without its unit.
///
/// From 1000 on it is a whole number; below, decimals fill it up to four digits, and what is small has two that count.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Digits(pub f64);

impl Display for Digits {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Self(value) = *self;
        // What rounds up to the next power of ten has its digits.
        let decimals = match value.abs() {
            size if size >= 999.95 => 0,
            size if size >= 99.995 => 1,
            size if size >= 9.9995 => 2,
            size => decimals(size, 3),
        };
        write!(f, "{value:.decimals$}")
    }
}

/// A time in milliseconds, with the unit that fits it: `1.23 s`, `899 ms`, `10.0 ms`, `250 µs`, `40.0 ns`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Time(pub f64);

impl Display for Time {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Self(ms) = *self;
        let (value, unit) = match ms.abs() {
            size if size >= 9_995.0 => return write!(f, "{:.1} s", ms / 1e3),
            size if size >= 999.5 => (ms / 1e3, "s"),
            size if size >= 0.9995 || size == 0.0 => (ms, "ms"),
            size if size >= 0.000_999_5 => (ms * 1e3, "µs"),
            _ => (ms * 1e6, "ns"),
        };
        let decimals = match value.abs() {
            size if size >= 99.95 => 0,
            size if size >= 9.995 => 1,
            _ => 2,
        };
        write!(f, "{value:.decimals$} {unit}")
    }
}

/// About how long something takes, in milliseconds, no more exactly than it can be told: `under 1 s`, `8 s`, `2 min`, `1 h
/// 20 min`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Roughly(pub f64);

impl Display for Roughly {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match (self.0 / 1e3).round() as u64 {
            0 => f.write_str("under 1 s"),
            seconds @ 1..120 => write!(f, "{seconds} s"),
            seconds @ 120..7170 => write!(f, "{} min", (seconds + 30) / 60),
            seconds => write!(f, "{} h {} min", (seconds + 30) / 3600, (seconds + 30) / 60 % 60),
        }
    }
}

/// How many times as fast, or as long: `1.93×`, `0.0034×`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Times(pub f64);

impl Display for Times {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Self(times) = *self;
        let decimals = match times.abs() {
            size if size >= 99.95 => 0,
            size if size >= 9.995 => 1,
            size => decimals(size, 2),
        };
        write!(f, "{times:.decimals$}×")
    }
}

/// A ratio whose third decimal tells something: `1.066`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ratio(pub f64);

impl Display for Ratio {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{:.3}", self.0)
    }
}

/// A share of 1 in percent: `0.3 %`, `97 %`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Percent(pub f64);

impl Display for Percent {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let percent = self.0 * 100.0;
        // What rounds to nothing has no sign.
        let percent = if percent.abs() < 0.05 { 0.0 } else { percent };
        // From 9.95 on, rounding makes it 10.
        let decimals = usize::from(percent.abs() < 9.95);
        write!(f, "{percent:.decimals$} %")
    }
}

/// A rate with about three digits, without its unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate(pub f64);

impl Display for Rate {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Self(rate) = *self;
        let decimals = match rate.abs() {
            size if size >= 99.95 => 0,
            size if size >= 9.995 => 1,
            size => decimals(size, 2),
        };
        write!(f, "{rate:.decimals$}")
    }
}

/// A number of things, with the plural of the noun where there are several: `1 core`, `1,200 tasks`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Counted<'a>(pub u64, pub &'a str);

impl Display for Counted<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Self(number, noun) = *self;
        // As a whole number: what writes fractions is as long as much of the page's first part, which needs none of it.
        group(f, &number.to_string())?;
        write!(f, " {noun}{}", if number == 1 { "" } else { "s" })
    }
}

/// Cores, or a part of their time, to a hundredth, in which quotas are given: `1 core`, `2 cores`, `0.5 cores`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cores(pub f64);

impl Display for Cores {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let cores = (self.0 * 100.0).round() / 100.0;
        write!(f, "{cores} core{}", if cores == 1.0 { "" } else { "s" })
    }
}

/// A whole number with its thousands apart, as in sentences: `10,000`; what is no whole number as it is: `1.5`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grouped(pub f64);

impl Display for Grouped {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let text = self.0.to_string();
        let (whole, fraction) = text.split_at(text.find('.').unwrap_or(text.len()));
        group(f, whole)?;
        f.write_str(fraction)
    }
}

/// The digits of a whole number, its thousands apart.
fn group(f: &mut Formatter<'_>, whole: &str) -> Result {
    for (at, digit) in whole.char_indices() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) && !whole[..at].ends_with('-') {
            f.write_char(',')?;
        }
        f.write_char(digit)?;
    }
    Ok(())
}

/// A size in bytes, in units of 1000 as networks and disks have them: `977 kB`, `1.5 MB`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bytes(pub u64);

impl Display for Bytes {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Self(bytes) = *self;
        match bytes {
            0..1_000 => write!(f, "{bytes} B"),
            1_000..999_500 => write!(f, "{:.0} kB", bytes as f64 / 1e3),
            999_500..999_950_000 => write!(f, "{:.1} MB", bytes as f64 / 1e6),
            _ => write!(f, "{:.1} GB", bytes as f64 / 1e9),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(number: impl Display, expected: &str) {
        assert_eq!(number.to_string(), expected);
    }

    #[test]
    fn about_four_digits() {
        check(Digits(0.0), "0.000");
        check(Digits(0.1234), "0.123");
        check(Digits(9.9996), "10.00");
        check(Digits(99.996), "100.0");
        check(Digits(656.12), "656.1");
        check(Digits(999.96), "1000");
        check(Digits(12_345.6), "12346");
        check(Digits(-1.5), "-1.500");
        check(Digits(0.0123), "0.012");
        check(Digits(0.002_34), "0.0023");
        check(Digits(-0.000_02), "-0.000020");
        check(Digits(4e-9), "0.000000");
    }

    #[test]
    fn times_in_the_unit_that_fits() {
        check(Time(100_000.0), "100.0 s");
        check(Time(9_999.0), "10.0 s");
        check(Time(2_100.0), "2.10 s");
        check(Time(999.6), "1.00 s");
        check(Time(898.8), "899 ms");
        check(Time(99.96), "100 ms");
        check(Time(10.0), "10.0 ms");
        check(Time(2.19), "2.19 ms");
        check(Time(0.9996), "1.00 ms");
        check(Time(0.25), "250 µs");
        check(Time(0.0021), "2.10 µs");
        check(Time(1e-5), "10.0 ns");
        check(Time(0.0), "0.00 ms");
    }

    #[test]
    fn waits_are_said_roughly() {
        let expected = [
            (0.0, "under 1 s"),
            (499.0, "under 1 s"),
            (1_499.0, "1 s"),
            (119_400.0, "119 s"),
            (119_600.0, "2 min"),
            (3_570_000.0, "60 min"),
            (7_170_000.0, "2 h 0 min"),
            (4.0 * 3.6e6 + 20.0 * 6e4, "4 h 20 min"),
        ];
        expected.into_iter().for_each(|(ms, text)| check(Roughly(ms), text));
    }

    #[test]
    fn ratios_shares_and_rates() {
        check(Times(1.934), "1.93×");
        check(Times(12.34), "12.3×");
        check(Times(0.42), "0.42×");
        check(Times(0.042), "0.042×");
        check(Times(0.001_04), "0.0010×");
        check(Times(0.0), "0.00×");
        check(Ratio(1.0656), "1.066");
        check(Percent(0.0031), "0.3 %");
        check(Percent(0.0994), "9.9 %");
        check(Percent(0.0996), "10 %");
        check(Percent(1.67), "167 %");
        check(Percent(-0.0004), "0.0 %");
        check(Rate(0.5), "0.50");
        check(Rate(847.3), "847");
        check(Rate(0.001_23), "0.0012");
        check(Bytes(999), "999 B");
        check(Bytes(976_600), "977 kB");
        check(Bytes(999_500), "1.0 MB");
        check(Bytes(2_345_678_901), "2.3 GB");
        check(Counted(1, "core"), "1 core");
        check(Counted(0, "task"), "0 tasks");
        check(Counted(1_200, "task"), "1,200 tasks");
        check(Cores(1.0), "1 core");
        check(Cores(8.0), "8 cores");
        check(Cores(0.5), "0.5 cores");
        check(Cores(1.504), "1.5 cores");
        check(Grouped(850_000.0), "850,000");
        check(Grouped(100.0), "100");
        check(Grouped(-1000.5), "-1,000.5");
    }
}
