//! Values that stand apart.

use super::median;

/// Beyond this modified z-score, a value is an outlier.
const SCORE_MAX: f64 = 3.5;

/// A normal distribution's median absolute deviation, in standard deviations: its 75 % quantile.
const MEDIAN_DEVIATION: f64 = 0.6745;

/// A normal distribution's mean absolute deviation, in standard deviations: √(2/π).
const MEAN_DEVIATION: f64 = 0.797_885;

/// The indexes of values that stand apart from the others, to be marked and never dropped: a slow run took
/// place, whatever made it slow.
///
/// They are those whose modified z-score `0.6745·|x − median|/MAD` is over 3.5, where MAD is the median of
/// all `|x − median|`: Iglewicz and Hoaglin, "How to Detect and Handle Outliers" (1993). Where more than half of
/// the values are equal, MAD is 0; the mean of `|x − median|` takes its place, with √(2/π) instead of 0.6745, as in
/// SPSS. There are none among fewer than 3 values, nor where a value is not finite.
pub fn outliers(values: &[f64]) -> Vec<usize> {
    let Some(middle) = median(values).filter(|_| values.len() >= 3) else { return Vec::new() };
    let distances: Vec<f64> = values.iter().map(|value| (value - middle).abs()).collect();
    let unit = match median(&distances) {
        Some(deviation) if deviation > 0.0 => deviation / MEDIAN_DEVIATION,
        _ => distances.iter().sum::<f64>() / distances.len() as f64 / MEAN_DEVIATION,
    };
    let far = |&(_, distance): &(usize, f64)| distance > SCORE_MAX * unit;
    distances.into_iter().enumerate().filter(far).map(|(index, _)| index).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_apart() {
        fn check(values: &[f64], expected: &[usize]) {
            assert_eq!(outliers(values), expected, "{values:?}");
        }
        check(&[], &[]);
        check(&[1.0, 100.0], &[]);
        check(&[5.0; 9], &[]);
        check(&[10.0, 11.0, 10.5, 10.2, 30.0], &[4]);
        check(&[-30.0, 10.0, 11.0, 10.5, 10.2, 30.0], &[0, 5]);
        // The median is 10 and MAD 1: a score of 3.5 begins at 10 + 3.5/0.6745 = 15.189.
        check(&[8.0, 9.0, 9.5, 10.0, 10.5, 11.0, 15.1], &[]);
        check(&[8.0, 9.0, 9.5, 10.0, 10.5, 11.0, 15.2], &[6]);
        // MAD is 0: one of ten apart is one, whatever its size, and four of ten are none.
        check(&[5.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.1], &[9]);
        check(&[5.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.1, 5.1, 5.1, 5.1], &[]);
        check(&[1.0, 1.0, 2.0, f64::NAN], &[]);
    }
}
