//! Where the time of a task goes, by its parts.

use super::statement::{Evidence, Statement};
use crate::analysis::{Analysis, RowAnalysis, phases};
use crate::number::Percent;
use crate::run::Run;
use crate::span::phase;
use crate::statistics::{Interval, median, median_interval};
use crate::text::{in_sentence, listed};

/// Which share each part has of the time of all tasks, in the first row whose tasks have several parts.
pub(super) fn parts_of_tasks(analysis: &Analysis<'_>) -> Option<Statement> {
    let of_row = |row: &RowAnalysis<'_>| -> Option<Statement> {
        let known = || phase::LEADING.iter().chain(phase::TRAILING);
        let names: Vec<&str> =
            phases([&row.tasks]).into_iter().filter(|name| known().any(|part| part == name)).collect();
        if names.len() < 2 || row.summary.failed > 0 {
            return None;
        }
        let share = |(place, name): (usize, &&str)| {
            let is = if place == 0 { "is " } else { "" };
            Some(format!("{} {is}{name}", in_words(&row.measured, name)?))
        };
        let shares: Vec<String> = names.iter().enumerate().map(share).collect::<Option<_>>()?;
        let name = in_sentence(&row.label.to_string()).into_owned();
        let text = format!("of the time of tasks with {name}, {}", listed(&shares, "and"));
        Some(Statement::new(&text, vec![row.label.clone()], Evidence::Times))
    };
    analysis.rows.iter().find_map(of_row)
}

/// A part's share with its interval.
fn in_words(runs: &[&Run], name: &str) -> Option<String> {
    let share = |run: &&Run| {
        let all: f64 = run.spans.iter().map(|span| span.end_ms - span.start_ms).sum();
        let part: f64 = run.spans.iter().filter_map(|span| span.phases.get(name)).sum();
        (all > 0.0).then(|| part / all)
    };
    let shares: Vec<f64> = runs.iter().map(share).collect::<Option<_>>()?;
    let Interval { low, high, .. } = median_interval(&shares)?;
    Some(format!("{} ({} to {})", Percent(median(&shares)?), Percent(low), Percent(high)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::ReportBuilder;

    #[test]
    fn shares_are_told_with_their_intervals() {
        let said = |runs| {
            let report = ReportBuilder::of("breakdown").runs(runs).build();
            parts_of_tasks(&Analysis::of(&report)).map(|said| said.text)
        };
        let expected = "Of the time of tasks with sequential, 88 % (88 % to 88 %) is get, 10 % (10 % to 10 %) parse and 0.2 % (0.2 % to 0.2 \
                        %) filter.";
        assert_eq!(said(6).as_deref(), Some(expected));
        assert_eq!(said(2), None, "too few runs");
        assert_eq!(parts_of_tasks(&Analysis::of(&ReportBuilder::of("sum").runs(6).build())), None);
    }
}
