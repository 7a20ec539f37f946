//! Frames that were drawn, or not, while the tasks of a row were done.

use super::Spread;
use crate::run::Run;
use crate::screen::FRAME_MS;
use crate::span::phase;
use crate::statistics::{Interval, median, median_interval};

/// What was drawn while the tasks of a row were done. Known of workloads whose tasks a thread draws beside.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RowFrames {
    /// Frames of a run that were due and did not come: the median over runs.
    pub dropped: f64,
    /// The fewest of a run.
    pub fewest: u32,
    /// The most of a run.
    pub most: u32,
    /// The time of a run in which frames that were due did not come, in milliseconds: the median over runs.
    pub frozen_ms: f64,
    /// The longest time from one frame to the next in each run.
    pub longest_gaps: Spread,
    /// The 95 % interval of their median, in milliseconds; `None` if runs are too few.
    pub longest_gap_interval: Option<Interval>,
}

impl RowFrames {
    /// What was drawn in some runs; `None` if none of them tells.
    pub(super) fn of(runs: &[&Run]) -> Option<Self> {
        let drawn: Vec<(f64, f64)> = runs.iter().filter_map(|run| of_run(run)).collect();
        let dropped = || drawn.iter().map(|(frozen_ms, _)| (frozen_ms / FRAME_MS).round() as u32);
        let longest = || drawn.iter().map(|(_, longest_ms)| *longest_ms);
        Some(Self {
            dropped: median(&dropped().map(f64::from).collect::<Vec<f64>>())?,
            fewest: dropped().min()?,
            most: dropped().max()?,
            frozen_ms: median(&drawn.iter().map(|(frozen_ms, _)| *frozen_ms).collect::<Vec<f64>>())?,
            longest_gaps: Spread::of(longest())?,
            longest_gap_interval: median_interval(&longest().collect::<Vec<f64>>()),
        })
    }
}

/// Of a run: the time without frames that were due, and the longest time from one frame to the next.
fn of_run(run: &Run) -> Option<(f64, f64)> {
    let of_spans =
        |name: &str| run.spans.iter().filter_map(|span| span.phases.get(name).copied()).collect::<Vec<f64>>();
    let longest_ms = of_spans(phase::LONGEST_GAP).into_iter().reduce(f64::max)?;
    Some((of_spans(phase::FROZEN).iter().sum(), longest_ms))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Analysis;
    use crate::report::fixture::ReportBuilder;

    #[test]
    fn frames_are_counted_over_the_tasks_of_a_run() {
        let mut report = ReportBuilder::of("frames").runs(3).build();
        let row = report.runs[0].row.clone();
        for (run, dropped) in report.runs.iter_mut().filter(|run| run.row == row && !run.warmup).zip([2.0, 5.0, 3.0]) {
            run.wall_ms = 1000.0;
            for (span, at) in run.spans.iter_mut().zip(1..) {
                span.phases.insert(phase::FROZEN.to_owned(), dropped * FRAME_MS);
                span.phases.insert(phase::LONGEST_GAP.to_owned(), dropped * 10.0 + f64::from(at));
            }
        }
        let frames = Analysis::of(&report).rows[0].summary.frames.expect("it draws");
        assert_eq!((frames.fewest, frames.most, frames.dropped), (4, 10, 6.0));
        assert!(
            (frames.frozen_ms - 6.0 * FRAME_MS).abs() < 1e-9 && (frames.longest_gaps.median_ms - 32.0).abs() < 1e-9,
            "{frames:?}"
        );
        assert_eq!(Analysis::of(&ReportBuilder::of("sum").build()).rows[0].summary.frames, None);
    }
}
