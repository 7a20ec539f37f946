//! The one rule for words: nothing is faster, slower or the fastest without an interval that says so.

use crate::number::{Percent, Times};
use crate::statistics::{VALUES_FOR_INTERVAL, Verdict};
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

#[cfg(test)]
mod tests {
    use super::*;

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
