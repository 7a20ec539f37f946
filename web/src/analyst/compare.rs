//! Two files side by side: ratios of their rows.

use parlab_shared::analysis::{self, Comparison, Reason, compare, twins};
use parlab_shared::grouping::distinct;
use parlab_shared::report::Report;
use parlab_shared::row::Row;
use parlab_shared::say;
use parlab_shared::text::sentence;

use super::{card, table};
use crate::views::{ComparisonView, TableView};

/// Of more rows in common than this, no timelines are drawn: nobody would look at them all.
const PAIRS_MAX: usize = 24;

/// Two reports side by side: ratios are of the second by the first.
pub struct Sides<'a> {
    /// The baseline and the candidate.
    pub reports: [&'a Report; 2],
    /// What they are called.
    pub names: [String; 2],
    /// The rows of both whose timelines are drawn.
    pub timelines: Vec<[Row; 2]>,
}

impl<'a> Sides<'a> {
    /// What of two files is held against each other, the baseline's first: two reports by themselves, or the parts of pairs
    /// that have a name in common.
    pub fn all(baseline: &'a [Report], candidate: &'a [Report]) -> Vec<Self> {
        let names = analysis::names(baseline.iter().chain(candidate));
        let of_twins = |[of_baseline, of_candidate]: [usize; 2]| {
            let names = [of_baseline, baseline.len() + of_candidate].map(|place| names[place].clone());
            Self::of([&baseline[of_baseline], &candidate[of_candidate]], names)
        };
        twins(baseline, candidate).into_iter().map(of_twins).collect()
    }

    fn of(reports: [&'a Report; 2], names: [String; 2]) -> Self {
        let comparison = compare(reports[0], reports[1]);
        let pair = |ratio: &analysis::Ratio| {
            [ratio.row.clone(), Row { experiment: ratio.candidate_experiment.clone(), ..ratio.row.clone() }]
        };
        let has_too_many = comparison.ratios.len() > PAIRS_MAX;
        let timelines = if has_too_many { Vec::new() } else { comparison.ratios.iter().map(pair).collect() };
        Self { reports, names, timelines }
    }

    fn names(&self) -> [&str; 2] {
        [&self.names[0], &self.names[1]]
    }
}

/// How two files compare, the baseline's reports first.
pub fn view(baseline: &[Report], candidate: &[Report]) -> ComparisonView {
    if baseline.first().map(card::id) == candidate.first().map(card::id) {
        return refused("This is one and the same report.".to_owned());
    }
    let sides = Sides::all(baseline, candidate);
    if sides.is_empty() {
        let called = |reports| analysis::names(reports).join(", ");
        return refused(format!(
            "They have no platform in common: there are {} and {}.",
            called(baseline),
            called(candidate)
        ));
    }
    let compared = sides.iter().map(|sides| (sides, compare(sides.reports[0], sides.reports[1])));
    let compared: Vec<(&Sides<'_>, Comparison)> =
        compared.filter(|(_, comparison)| has_something(comparison)).collect();
    if compared.is_empty() {
        return refused(
            "They have no row in common: workload, strategy, workers and dispatch have to be equal. Run the same plan \
             here to compare."
                .to_owned(),
        );
    }
    let (mut notes, mut tables): (Vec<String>, Vec<TableView>) = (Vec::new(), Vec::new());
    for (sides, comparison) in &compared {
        let table = say::comparison(comparison, sides.names());
        // What is to be minded in all of it stands before the table, which explains itself.
        if table.lines.is_empty() {
            notes.extend(table.notes.iter().map(|note| note.text.clone()));
        } else {
            notes.extend(comparison.caveats.iter().map(|caveat| sentence(&caveat.in_words(sides.names()))));
            tables.push(table::view(&table));
        }
    }
    if compared.iter().any(|(_, comparison)| comparison.ratios.len() > PAIRS_MAX) {
        notes.push(format!("Timelines are drawn of up to {PAIRS_MAX} rows."));
    }
    let legend = compared.iter().flat_map(|(sides, _)| sides.names().into_iter().zip(sides.reports));
    let legend = distinct(legend.map(|(name, report)| format!("{name}: {}.", say::machine(report))));
    ComparisonView {
        refusal: None,
        legend: legend.join(" "),
        is_mismatch: compared.iter().any(|(_, comparison)| comparison.has_other_work()),
        notes: distinct(notes),
        tables,
        statements: Vec::new(),
        has_charts: true,
    }
}

/// Why files cannot be compared.
pub fn refused(refusal: String) -> ComparisonView {
    ComparisonView {
        refusal: Some(refusal),
        legend: String::new(),
        is_mismatch: false,
        notes: Vec::new(),
        tables: Vec::new(),
        statements: Vec::new(),
        has_charts: false,
    }
}

/// Whether some row is in both, if only to say why no ratio of it is taken.
fn has_something(comparison: &Comparison) -> bool {
    let is_only_here = |reason: &Reason| matches!(reason, Reason::Only { .. });
    !comparison.ratios.is_empty() || !comparison.uncomparable.iter().all(|row| is_only_here(&row.reason))
}

#[cfg(test)]
mod tests {
    use parlab_shared::report::PartOf;
    use parlab_shared::run::Run;

    use super::*;
    use crate::fixture::{plan, report, run, span};

    /// A report of both rows of the plan.
    fn whole(id: &str) -> Report {
        let spans: Vec<_> = (0..4).map(|task| span(task, 1.0)).collect();
        let runs = [0, 1].map(|row| Run { spans: spans.clone(), ..run(&plan(), row) });
        Report { id: id.to_owned(), ..report(runs.to_vec()) }
    }

    /// A pair with such a report for each name.
    fn pair(id: &str, names: &[&str]) -> Vec<Report> {
        let part = |(place, name): (usize, &&str)| {
            let part = PartOf { pair: id.to_owned(), name: (*name).to_owned(), place: place as u32, sizes_of: None };
            Report { part: Some(part), ..whole(&format!("{id}-{name}")) }
        };
        names.iter().enumerate().map(part).collect()
    }

    #[test]
    fn two_reports_have_one_table() {
        let view = view(&[whole("first")], &[whole("second")]);
        assert_eq!((view.refusal, view.tables.len(), view.has_charts), (None, 1, true));
        assert_eq!(view.tables[0].lines.len(), 2);
        assert!(view.legend.contains("#1 ") && view.legend.contains("#2 "), "{}", view.legend);
    }

    #[test]
    fn pairs_are_held_against_each_other_part_by_part() {
        let (first, second) = (pair("first", &["native", "chromium"]), pair("second", &["chromium", "native"]));
        let of_pairs = view(&first, &second);
        assert_eq!((of_pairs.refusal, of_pairs.tables.len()), (None, 2));
        let titles: Vec<&str> = of_pairs.tables.iter().map(|table| table.title.as_str()).collect();
        assert!(titles[0].contains("chromium against") && titles[1].contains("native against"), "{titles:?}");
        let none = view(&first, &pair("third", &["firefox"]));
        let expected = "They have no platform in common: there are native, chromium and firefox.";
        assert_eq!(none.refusal.as_deref(), Some(expected));
    }

    #[test]
    fn what_cannot_be_compared_says_why() {
        let same = view(&[whole("first")], &[whole("first")]);
        assert_eq!(same.refusal.as_deref(), Some("This is one and the same report."));
        let mut other = whole("second");
        other.runs.iter_mut().for_each(|run| run.row.workers += 7);
        let none = view(&[whole("first")], &[other]);
        assert!(none.refusal.is_some_and(|refusal| refusal.starts_with("They have no row in common")));
    }
}
