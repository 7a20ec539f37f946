//! What the clock shows of tasks that last only a few of its steps.

use super::statement::{Evidence, Statement, time_with_margin};
use crate::analysis::{Analysis, RowAnalysis};
use crate::number::{Counted, Percent, Time};
use crate::statistics::{Interval, median, median_interval};
use crate::strategy::Strategy;
use crate::text::in_sentence;
use crate::workload::Cost;

/// Tasks that last more steps of the clock than this are long enough for it.
const STEPS_MAX: f64 = 50.0;

/// How many steps of the clock a task lasts, or how many seem to take no time, where the tasks of all rows are short: of the
/// first row.
pub(super) fn seen_by_the_clock(analysis: &Analysis<'_>) -> Option<Statement> {
    let step_ms = analysis.report.environment.clock_step_ms;
    let is_short = |row: &RowAnalysis<'_>| {
        let is_work = matches!(row.row.workload.cost(), Cost::Steps(_)) && row.summary.failed == 0;
        row.tasks.latency.filter(|_| is_work).is_some_and(|lasts| lasts.p50_ms < STEPS_MAX * step_ms)
    };
    if step_ms <= 0.0 || !analysis.rows.iter().all(is_short) {
        return None;
    }
    let row = analysis.rows.first()?;
    let over_runs = |of_run: &dyn Fn(&[f64]) -> Option<f64>| -> Option<(f64, Interval)> {
        let lasts = |run: &&crate::run::Run| {
            let lasts: Vec<f64> = run.spans.iter().map(|span| span.end_ms - span.start_ms).collect();
            of_run(&lasts)
        };
        let values: Vec<f64> = row.measured.iter().map(lasts).collect::<Option<_>>()?;
        Some((median(&values)?, median_interval(&values)?))
    };
    // Differences of times are rounded.
    let none = |lasts: &[f64]| {
        let none = lasts.iter().filter(|ms| **ms < 0.5 * step_ms).count();
        (!lasts.is_empty()).then(|| none as f64 / lasts.len() as f64)
    };
    let (share, of_share) = over_runs(&none)?;
    let name = in_sentence(&row.label.to_string()).into_owned();
    let step = Time(step_ms);
    let text = if share > 0.0 {
        let between = format!("{} to {}", Percent(of_share.low), Percent(of_share.high));
        let tasks = row.measured.first()?.tasks();
        let whole = row.summary.median_ms().filter(|_| row.row.strategy == Strategy::Sequential);
        let real = whole.map_or_else(String::new, |ms| {
            let each = Time(ms / tasks as f64);
            format!(", though by its run as a whole each of {} takes {each}", Counted(tasks as u64, "task"))
        });
        format!(
            "{name}: by a clock that goes on by {step}, {} ({between}) of its tasks take no time{real}",
            Percent(share)
        )
    } else {
        let (lasts_ms, Interval { low, high, confidence }) = over_runs(&|lasts| median(lasts))?;
        // Each time is known to a step.
        let interval = Interval { low: low - step_ms / 2.0, high: high + step_ms / 2.0, confidence };
        let (lasts, steps) = (time_with_margin(lasts_ms, interval), (lasts_ms / step_ms).round());
        let known = Percent(step_ms / lasts_ms);
        let steps = Counted(steps as u64, "step");
        format!(
            "{name}: a task lasts {lasts}, {steps} of a clock that goes on by {step}, so that a single one is known to ± \
             {known} at best"
        )
    };
    Some(Statement::new(&text, vec![row.label.clone()], Evidence::Times))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::ReportBuilder;

    fn said(step_ms: f64, lasts_ms: fn(u32) -> f64) -> Option<String> {
        let mut report = ReportBuilder::of("clock").runs(8).build();
        report.environment.clock_step_ms = step_ms;
        for run in &mut report.runs {
            run.wall_ms = 1.0 + f64::from(run.repetition) / 1000.0;
            for span in &mut run.spans {
                span.end_ms = span.start_ms + lasts_ms(span.task + run.repetition);
            }
        }
        seen_by_the_clock(&Analysis::of(&report)).map(|said| said.text)
    }

    #[test]
    fn what_is_shorter_than_a_step_takes_none_or_one() {
        let browser = said(0.005, |task| if task % 5 == 0 { 0.005 } else { 0.0 });
        let expected = "Sequential: by a clock that goes on by 5.00 µs, 80 % (80 % to 80 %) of its tasks take no time, though by \
                        its run as a whole each of 1,000 tasks takes 1.00 µs.";
        assert_eq!(browser.as_deref(), Some(expected));
        let native = said(2e-5, |task| 0.0008 + f64::from(task % 3) * 2e-5);
        let expected = "Sequential: a task lasts 820 ns ± 10.0 ns, 41 steps of a clock that goes on by 20.0 ns, so that a single one \
                        is known to ± 2.4 % at best.";
        assert_eq!(native.as_deref(), Some(expected));
        // Long enough.
        assert_eq!(said(2e-5, |_| 0.0011), None);
    }
}
