//! What single operations cost, from the cheapest to the dearest, and from which length on a task pays for its way.

use super::statement::{Evidence, Statement, time_with_margin};
use crate::analysis::{Analysis, Estimated, RowAnalysis};
use crate::number::Time;
use crate::text::{in_sentence, listed};
use crate::way::Setup;

/// Of more rows than this the table tells.
const ROWS_MAX: usize = 4;

/// The least and the most that an operation costs, and from which length on tasks gain from several workers.
pub(super) fn operations(analysis: &Analysis<'_>) -> Vec<Statement> {
    let costs: Vec<_> = analysis.rows.iter().filter_map(|row| Some((row, analysis.operation_cost(row)?))).collect();
    let each = || costs.iter().filter(|(_, cost)| cost.each.interval.is_some()).map(|(row, cost)| (*row, cost.each));
    let order = |(_, cost): &(&RowAnalysis<'_>, Estimated), (_, next): &(&RowAnalysis<'_>, Estimated)| {
        cost.ms.total_cmp(&next.ms)
    };
    let named = |row: &RowAnalysis<'_>| in_sentence(&row.label.to_string()).into_owned();
    let range = each().min_by(order).zip(each().max_by(order)).filter(|((least, _), (most, _))| least.row != most.row);
    let range = range.and_then(|((least, low), (most, high))| {
        let ms = |cost: Estimated| Some(time_with_margin(cost.ms, cost.interval?));
        let text = format!(
            "an operation takes from {} with {} to {} with {}, by their medians",
            ms(low)?,
            named(least),
            ms(high)?,
            named(most)
        );
        Some(Statement::new(&text, vec![least.label.clone(), most.label.clone()], Evidence::Times))
    });
    let pays = costs.iter().filter(|(row, _)| row.row.way.setup == Setup::Untimed).filter_map(|(row, cost)| {
        let Estimated { ms, interval } = cost.break_even?;
        let interval = interval?;
        // Where nothing may be what it costs, only the most of it is known.
        let from = if interval.low <= 0.0 {
            format!("at most {}", Time(interval.high))
        } else {
            time_with_margin(ms, interval)
        };
        Some((*row, format!("from {from} on with {}", named(row))))
    });
    let pays: Vec<_> = pays.take(ROWS_MAX).collect();
    let (rows, pays): (Vec<_>, Vec<String>) = pays.into_iter().map(|(row, text)| (row.label.clone(), text)).unzip();
    let text = format!(
        "predicted from tasks that do nothing: several workers are faster for tasks that last {}",
        listed(&pays, "and")
    );
    let pays = (!rows.is_empty()).then(|| Statement::new(&text, rows, Evidence::Times));
    range.into_iter().chain(pays).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::ReportBuilder;
    use crate::row::Row;
    use crate::strategy::Strategy;
    use crate::workload::Workload;

    #[test]
    fn costs_are_told_from_the_least_to_the_most() {
        let wall_ms = |row: &Row, run: u32| {
            let Workload::Operation(work) = &row.workload else { panic!("{row:?}") };
            let each = match (row.strategy, row.way.setup) {
                (_, Setup::Timed) => return 9.0 + f64::from(run) / 100.0,
                (Strategy::Processes, _) => 0.004,
                _ if row.workers == 2 => 0.002,
                _ => 0.001,
            };
            work.operations() * each * (1.0 + f64::from(run) / 100.0)
        };
        let mut report = ReportBuilder::of("ladder").runs(8).wall_ms(wall_ms).build();
        let said = |report: &crate::report::Report| -> Vec<String> {
            operations(&Analysis::of(report)).into_iter().map(|said| said.text).collect()
        };
        let found = said(&report);
        let least =
            "An operation takes from 1.03 µs ± 25.6 ns with \"sequential, atomic\" to 9.04 ms ± 25.6 µs with \"";
        assert!(found[0].starts_with(least) && found[0].ends_with(", by their medians."), "{found:?}");
        let pays = "Predicted from tasks that do nothing: several workers are faster for tasks that last from 2.07 µs ± 51.3 ns on \
                    with \"threads × 2, nothing\"";
        assert!(found[1].starts_with(pays), "{found:?}");
        // A law of two workers is not told of the times of one.
        let is_meant = |row: &Row| row.strategy == Strategy::Threads && row.workers == 2;
        for span in report.runs.iter_mut().filter(|run| is_meant(&run.row)).flat_map(|run| &mut run.spans) {
            span.worker = 0;
        }
        assert!(!said(&report)[1].contains("threads × 2, nothing"), "{found:?}");
        assert_eq!(said(&ReportBuilder::of("ladder").runs(3).build()), [""; 0]);
        assert_eq!(said(&ReportBuilder::of("sum").runs(8).build()), [""; 0]);
    }
}
