//! In how many steps the answers to requests came that all wait equally long.

use super::RowAnalysis;
use crate::run::Run;
use crate::statistics::Interval;

/// Steps lie at least so large a share of the wait apart, and the answers of one come within less: else there are no steps.
const STEP: f64 = 0.5;

/// How the answers came to the requests of a row, each of which waits equally long at the target.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Answers {
    /// How long each of them waits, in milliseconds.
    pub wait_ms: f64,
    /// How many requests a run has.
    pub requests: usize,
    /// How many steps they came in: the fewest and the most of a run. The answers of a step come closer to each other than half a
    /// wait, so that all its requests were under way when the first of them was answered.
    pub steps: (usize, usize),
    /// How many came in the largest step: the fewest and the most of a run.
    pub largest: (usize, usize),
    /// In how many runs they came in steps.
    pub runs: usize,
    /// How many requests waited at the target at once, on average over a run: the median over runs, with its interval, which is
    /// `None` if runs are too few. All waits together are known, and how long they took.
    pub at_once: (f64, Option<Interval>),
}

impl RowAnalysis<'_> {
    /// How the answers to its requests came; `None` where they do not all wait equally long, where one failed, and where they
    /// come in no steps in half of the runs or more.
    pub fn answers(&self) -> Option<Answers> {
        // Where it is predicted by its parameters alone, the target is parlab's own and does as it was told.
        self.theory.as_ref().filter(|theory| theory.measured_in.is_none() && self.tasks.are_requests)?;
        let latency = self.row.workload.model()?.latency;
        let wait_ms = Some(latency.min_ms()).filter(|ms| *ms > 0.0 && *ms == latency.max_ms())?;
        if self.summary.failed > 0 || self.tasks.resent > 0 || self.row.workload.entry().finds_tasks {
            return None;
        }
        let of_runs: Vec<Vec<usize>> = self.measured.iter().filter_map(|run| steps(run, wait_ms)).collect();
        if 2 * of_runs.len() <= self.measured.len() {
            return None;
        }
        let ends = |of: fn(&Vec<usize>) -> usize| Some((of_runs.iter().map(of).min()?, of_runs.iter().map(of).max()?));
        let requests = self.measured.first()?.tasks();
        let waits_ms = requests as f64 * wait_ms;
        let mean = |Interval { low, high, confidence }: Interval| Interval {
            low: waits_ms / high,
            high: waits_ms / low,
            confidence,
        };
        Some(Answers {
            wait_ms,
            requests,
            steps: ends(Vec::len)?,
            largest: ends(|steps| steps.iter().copied().max().unwrap_or_default())?,
            runs: of_runs.len(),
            at_once: (waits_ms / self.summary.median_ms()?, self.summary.interval.map(mean)),
        })
    }
}

/// How many answers came in each step of a run; `None` where not all are known, or where they come in no steps.
fn steps(run: &Run, wait_ms: f64) -> Option<Vec<usize>> {
    if run.all_tasks.is_some() {
        return None;
    }
    let mut ends: Vec<f64> = run.spans.iter().map(|span| span.end_ms).collect();
    ends.sort_unstable_by(f64::total_cmp);
    let steps: Vec<&[f64]> = ends.chunk_by(|end, next| next - end < STEP * wait_ms).collect();
    let is_one =
        |step: &&[f64]| step.last().zip(step.first()).is_some_and(|(last, first)| last - first < STEP * wait_ms);
    steps.iter().all(is_one).then(|| steps.iter().map(|step| step.len()).collect())
}

#[cfg(test)]
mod tests {
    use crate::analysis::Analysis;
    use crate::report::Report;
    use crate::report::fixture::ReportBuilder;

    /// Requests of which so many are under way at once, though all were sent at the beginning.
    fn report(at_once: u32, late_ms: f64) -> Report {
        let mut report = ReportBuilder::of("connections").runs(6).only(|row| row.workers == 24).build();
        for run in &mut report.runs {
            run.wall_ms = f64::from(24_u32.div_ceil(at_once)) * 21.0;
            for span in &mut run.spans {
                let (turn, place) = (span.task / at_once, span.task % at_once);
                span.start_ms = 0.0;
                span.end_ms = f64::from(turn + 1) * 20.5 + late_ms * f64::from(place) / f64::from(at_once);
            }
        }
        report
    }

    #[test]
    fn as_many_as_come_within_a_wait_were_under_way_at_once() {
        let answers = |report: &Report| Analysis::of(report).rows[0].answers();
        for (at_once, steps) in [(6, 4), (24, 1), (1, 24)] {
            let found = answers(&report(at_once, 2.0)).expect("equal waits");
            assert_eq!((found.steps, found.largest), ((steps, steps), (at_once as usize, at_once as usize)));
            assert_eq!((found.requests, found.runs, found.wait_ms), (24, 6, 20.0));
            let (mean, interval) = found.at_once;
            assert!((mean - f64::from(at_once) * 20.0 / 21.0).abs() < 1e-9 && interval.is_some(), "{found:?}");
        }
        // What comes all the time comes in no steps.
        assert_eq!(answers(&report(24, 19.0)), None);
        let mut some = report(6, 2.0);
        for (run, is_late) in some.runs.iter_mut().zip([true, true, false, false, false, false]) {
            run.spans.iter_mut().filter(|_| is_late).for_each(|span| span.end_ms = f64::from(span.task) * 7.0);
        }
        assert_eq!(answers(&some).map(|answers| (answers.runs, answers.steps)), Some((4, (4, 4))));
        let mut unequal = ReportBuilder::of("connections")
            .request(|request| request.latency = Some(vec!["10-20".parse().expect("a latency")]));
        unequal = unequal.only(|row| row.workers == 24);
        assert_eq!(answers(&unequal.build()), None);
        assert_eq!(answers(&ReportBuilder::of("sum").build()), None);
    }
}
