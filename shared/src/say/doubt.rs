//! What gives cause for doubt about reports, the same of several rows in one sentence.

use std::fmt;

use crate::analysis::{PairAnalysis, warnings};
use crate::number::Counted;
use crate::report::{Report, Warning};

/// In one line stand so many rows; the others are counted.
const ROWS_IN_A_LINE: usize = 3;

/// What gives cause for doubt, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// What it is, and what helps.
    pub text: String,
    /// What was seen, for each row, if it is about several.
    pub rows: Vec<String>,
}

/// What gives cause for doubt about reports that belong together: what holds of all of them once, all else with whose it is,
/// and the same of several rows in one sentence. `names` are the reports', in their order; a single report needs none.
pub fn doubts(reports: &[Report], names: &[String]) -> Vec<Doubt> {
    let of_parts: Vec<Vec<Warning>> = reports.iter().map(warnings).collect();
    let of_all = PairAnalysis::of(reports).warnings();
    let whose = |warning: &Warning| {
        let whose: Vec<&str> = names
            .iter()
            .zip(&of_parts)
            .filter(|(_, known)| known.contains(warning))
            .map(|(name, _)| name.as_str())
            .collect();
        if whose.is_empty() || whose.len() == reports.len() { String::new() } else { format!("{}: ", whose.join(", ")) }
    };
    let mut all: Vec<&Warning> = Vec::new();
    for warning in of_parts.iter().flatten().chain(&of_all) {
        if !all.contains(&warning) {
            all.push(warning);
        }
    }
    in_words(&all.into_iter().map(|warning| (whose(warning), warning)).collect::<Vec<_>>())
}

/// The same of warnings of one report.
pub fn doubts_of(warnings: &[Warning]) -> Vec<Doubt> {
    in_words(&warnings.iter().map(|warning| (String::new(), warning)).collect::<Vec<_>>())
}

/// Warnings, each with what stands before it.
fn in_words(warnings: &[(String, &Warning)]) -> Vec<Doubt> {
    let mut doubts = Vec::new();
    let mut said: Vec<String> = Vec::new();
    for (whose, warning) in warnings {
        let kind = warning.of_row().map(|of_row| of_row.of_several);
        if kind.as_ref().is_some_and(|kind| said.contains(kind)) {
            continue;
        }
        let of_kind = |warning: &Warning| warning.of_row().filter(|named| Some(&named.of_several) == kind.as_ref());
        let rows: Vec<String> =
            warnings.iter().filter_map(|(whose, warning)| Some(format!("{whose}{}", of_kind(warning)?.seen))).collect();
        doubts.push(match &kind {
            Some(of_several) if rows.len() > 1 => {
                Doubt { text: format!("{}: {of_several}", Counted(rows.len() as u64, "row")), rows }
            }
            _ => Doubt { text: format!("{whose}{warning}"), rows: Vec::new() },
        });
        said.extend(kind);
    }
    doubts
}

/// In one line: of many rows the first few.
impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        let (first, others) = self.rows.split_at(self.rows.len().min(ROWS_IN_A_LINE));
        if !first.is_empty() {
            write!(f, " {}", first.join("; "))?;
        }
        if !others.is_empty() {
            write!(f, "; and {} more", others.len())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slow(row: &str, first_ms: f64) -> Warning {
        Warning::FirstRunSlow { row: row.to_owned(), first_ms, median_ms: 100.0 }
    }

    #[test]
    fn the_same_of_several_rows_is_said_once() {
        let (first, second, other) =
            (slow("sum, sequential", 150.0), slow("sum, threads × 2", 180.0), Warning::HiddenPage);
        let alone = in_words(&[("native: ".to_owned(), &first)]);
        assert_eq!(alone, [Doubt { text: format!("native: {first}"), rows: Vec::new() }]);
        let both = in_words(&[("native: ".to_owned(), &first), (String::new(), &other), (String::new(), &second)]);
        assert_eq!(both.len(), 2);
        assert_eq!(
            both[0].to_string(),
            "2 rows: the first measured run took much longer than the others: ask for more warm-up runs (warmup), or for as \
             many as it takes (stable). native: sum, sequential: the first measured run took 150 ms, the median is 100 ms; sum, \
             threads × 2: the first measured run took 180 ms, the median is 100 ms"
        );
        assert_eq!(both[1].to_string(), other.to_string());
    }

    #[test]
    fn of_many_rows_a_line_names_the_first() {
        let all: Vec<Warning> = (0..5).map(|row| slow(&format!("row {row}"), 200.0)).collect();
        let doubts = doubts_of(&all);
        assert_eq!((doubts.len(), doubts[0].rows.len()), (1, 5));
        assert!(doubts[0].to_string().ends_with("; and 2 more"), "{}", doubts[0]);
    }
}
