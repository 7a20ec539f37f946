//! What became of the other tasks, where one panics on purpose.

use super::statement::{Evidence, Statement};
use crate::analysis::{Analysis, RowAnalysis};
use crate::grouping::grouped;
use crate::number::Counted;
use crate::text::{in_sentence, listed};

/// How many tasks of a run failed, and how many ended well, as they were counted: the same of several rows once. `None` where
/// no task panics on purpose.
pub(super) fn losses(analysis: &Analysis<'_>) -> Option<Statement> {
    let counts = |row: &&RowAnalysis<'_>| {
        row.row.workload.panics_at()?;
        let counts = row.measured.iter().map(|run| (run.failed(), run.tasks_done()));
        let mut counts: Vec<(usize, usize)> = counts.collect();
        counts.sort_unstable();
        counts.dedup();
        (!counts.is_empty()).then_some(counts)
    };
    let rows: Vec<&RowAnalysis<'_>> = analysis.rows.iter().filter(|row| counts(row).is_some()).collect();
    let all = rows.len();
    let said = |(counts, rows): (Vec<(usize, usize)>, Vec<&RowAnalysis<'_>>)| {
        let counts: Vec<String> = counts
            .iter()
            .map(|(failed, done)| format!("{} failed and {done} ended well", Counted(*failed as u64, "task")))
            .collect();
        let names: Vec<String> = rows.iter().map(|row| in_sentence(&row.label.to_string()).into_owned()).collect();
        let which = match names.len() {
            1 => format!("with {}", names[0]),
            some if some == all => format!("in every run of all {all} rows"),
            _ => format!("with {}", listed(&names, "and")),
        };
        format!("{} {which}", listed(&counts, "or"))
    };
    let groups = grouped(rows.iter().filter_map(|row| Some((counts(row)?, *row))));
    let said: Vec<String> = groups.into_iter().map(said).collect();
    let labels = rows.iter().map(|row| row.label.clone()).collect();
    (all > 0).then(|| Statement::new(&said.join("; "), labels, Evidence::Times))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::ReportBuilder;
    use crate::span::{ErrorKind, TaskError};
    use crate::strategy::Strategy;

    #[test]
    fn what_became_of_the_others_is_counted() {
        let report = |more: Option<Strategy>| {
            let fails = move |strategy, task| task == 3 || (task == 5 && more == Some(strategy));
            let error = move |row: &crate::row::Row, _: u32, task: u32| {
                fails(row.strategy, task).then(|| TaskError::new(ErrorKind::Panicked, "on purpose"))
            };
            ReportBuilder::of("crash").runs(1).fails(error).build()
        };
        let said = |more| losses(&Analysis::of(&report(more))).expect("one panics").text;
        assert_eq!(said(None), "1 task failed and 7 ended well in every run of all 6 rows.");
        let text = said(Some(Strategy::Async));
        assert!(text.contains("; 2 tasks failed and 6 ended well with \"async × 2, waits\"."), "{text}");
        assert_eq!(losses(&Analysis::of(&ReportBuilder::of("sum").build())), None);
    }
}
