//! The one rule for words: nothing is faster, slower or the fastest without an interval that says so.

use crate::number::{Percent, Times};
use crate::statistics::{RatioEstimate, VALUES_FOR_INTERVAL, Verdict};
use crate::text::listed;

/// What is said where there are too few runs for an interval: so many, of those that it takes.
pub fn too_few_runs(runs: usize) -> String {
    format!("too few runs to tell ({runs} of {VALUES_FOR_INTERVAL})")
}

/// What is said where intervals do not tell the first of some from each of the others, which were not compared themselves; `of`
/// says in what, and begins with a blank, or is empty.
pub fn no_difference(of: &str, first: &str, others: &[String]) -> String {
    format!("no difference{of} is shown between {first} and {}", listed(others, "or"))
}

/// What a ratio of times says of the first of two, by the verdict on it.
pub fn of_ratio(ratio: f64, verdict: Verdict) -> String {
    match verdict {
        Verdict::CannotTell => "no difference shown".to_owned(),
        Verdict::Faster | Verdict::Slower if ratio >= 2.0 => format!("takes {} as long", Times(ratio)),
        Verdict::Slower => format!("takes {} longer", Percent(ratio - 1.0)),
        Verdict::Faster => format!("takes {} less", Percent(1.0 - ratio)),
    }
}

/// A verdict in a word or two; of none, there are too few runs.
pub fn in_short(verdict: Option<Verdict>) -> &'static str {
    match verdict {
        None => "too few runs",
        Some(Verdict::CannotTell) => "cannot tell",
        Some(Verdict::Faster) => "faster",
        Some(Verdict::Slower) => "slower",
    }
}

/// What several ratios with the same verdict say of the first of each two: from the smallest to the largest.
pub fn of_ratios(low: f64, high: f64, verdict: Verdict) -> String {
    let [from, to] = [of_ratio(low, verdict), of_ratio(high, verdict)];
    if from == to {
        return from;
    }
    match verdict {
        Verdict::CannotTell => from,
        // Both ends are on one scale.
        Verdict::Slower if high >= 2.0 => format!("takes {} to {} as long", Times(low), Times(high)),
        Verdict::Slower => format!("takes {} to {} longer", Percent(low - 1.0), Percent(high - 1.0)),
        Verdict::Faster => format!("takes {} to {} less", Percent(1.0 - high), Percent(1.0 - low)),
    }
}

/// What a step costs that multiplies the time by a ratio, found in so many runs, and judged together with others, so many in
/// all. Where nothing is shown it costs no more than its interval ends with.
pub fn cost(step: &RatioEstimate, verdict: Verdict, runs: usize, steps: usize) -> String {
    let Some(interval) = step.interval else { return too_few_runs(runs) };
    match verdict {
        // By itself it would tell.
        Verdict::CannotTell if step.verdict() != Verdict::CannotTell => format!("not sure enough among {steps} steps"),
        Verdict::CannotTell if interval.high > 1.0 => format!("none shown, at most {}", Percent(interval.high - 1.0)),
        Verdict::CannotTell => "none shown".to_owned(),
        Verdict::Slower if step.ratio >= 2.0 => format!("takes {} as long", Times(step.ratio)),
        Verdict::Slower => format!("costs {}", Percent(step.ratio - 1.0)),
        Verdict::Faster => format!("saves {}", Percent(1.0 - step.ratio)),
    }
}

/// What the ratio of a later ratio to an earlier one says of it, found in so many runs of the pair that has fewer.
pub fn change_in_words(change: &RatioEstimate, verdict: Verdict, runs: usize) -> String {
    match verdict {
        _ if change.interval.is_none() => too_few_runs(runs),
        Verdict::CannotTell => "no change shown".to_owned(),
        Verdict::Slower => format!("grew by {}", Percent(change.ratio - 1.0)),
        Verdict::Faster => format!("fell by {}", Percent(1.0 - change.ratio)),
    }
}

/// What a mean of ratios says, by the verdict on it.
pub fn of_mean(mean: &RatioEstimate, verdict: Verdict) -> String {
    if mean.interval.is_none() { "too few runs to tell".to_owned() } else { of_ratio(mean.ratio, verdict) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::paired_ratio;

    #[test]
    fn words_of_several_ratios_and_of_costs() {
        let check =
            |ends: (f64, f64), verdict, expected: &str| assert_eq!(of_ratios(ends.0, ends.1, verdict), expected);
        check((1.05, 1.2), Verdict::Slower, "takes 5.0 % to 20 % longer");
        check((1.2, 1.2), Verdict::Slower, "takes 20 % longer");
        check((1.068, 6.4), Verdict::Slower, "takes 1.07× to 6.40× as long");
        check((2.5, 30.0), Verdict::Slower, "takes 2.50× to 30.0× as long");
        check((0.5, 0.9), Verdict::Faster, "takes 10 % to 50 % less");
        check((0.5, 0.9), Verdict::CannotTell, "no difference shown");
        let step = |ratio: f64, runs: usize| paired_ratio(&vec![(ratio, 1.0); runs]).expect("runs");
        let check =
            |ratio, runs, verdict, expected: &str| assert_eq!(cost(&step(ratio, runs), verdict, runs, 9), expected);
        check(1.04, 6, Verdict::Slower, "costs 4.0 %");
        check(3.0, 6, Verdict::Slower, "takes 3.00× as long");
        check(0.9, 6, Verdict::Faster, "saves 10 %");
        // What its interval says by itself, it does not say among many.
        check(1.02, 6, Verdict::CannotTell, "not sure enough among 9 steps");
        check(0.98, 6, Verdict::CannotTell, "not sure enough among 9 steps");
        check(1.5, 5, Verdict::CannotTell, "too few runs to tell (5 of 6)");
        let around = |high: f64| {
            let pairs = [0.98, high, 0.98, high, 0.98, high].map(|ratio| (ratio, 1.0));
            cost(&paired_ratio(&pairs).expect("runs"), Verdict::CannotTell, 6, 9)
        };
        assert_eq!(around(1.02), "none shown, at most 2.0 %");
        assert_eq!(around(1.0), "none shown");
    }

    #[test]
    fn words() {
        assert_eq!(too_few_runs(2), "too few runs to tell (2 of 6)");
        let names = ["b", "c", "d"].map(str::to_owned);
        assert_eq!(no_difference("", "a", &names), "no difference is shown between a and b, c or d");
        let of_time = no_difference(" in wall time", "a", &names[..1]);
        assert_eq!(of_time, "no difference in wall time is shown between a and b");
        let check = |ratio, verdict, expected: &str| assert_eq!(of_ratio(ratio, verdict), expected);
        check(1.5, Verdict::CannotTell, "no difference shown");
        check(1.5, Verdict::Slower, "takes 50 % longer");
        check(2.5, Verdict::Slower, "takes 2.50× as long");
        check(0.8, Verdict::Faster, "takes 20 % less");
    }
}
