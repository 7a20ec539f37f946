//! What runs took on this machine, which tells how long a plan will.

use std::collections::VecDeque;

use parlab_shared::analysis::Spread;
use parlab_shared::grouping::distinct;
use parlab_shared::measure::Plan;
use parlab_shared::report::Report;
use parlab_shared::row::Row;
use parlab_shared::strategy::Platform;

/// The walls of so many rows are kept at most: those of the longest plan.
const ROWS_MAX: usize = 500;

/// The median time of a run of each row that was measured here.
#[derive(Clone, Debug, Default)]
pub struct Walls(VecDeque<(Row, f64)>);

impl Walls {
    /// Takes over what was measured here just now.
    pub fn learn(&mut self, reports: &[Report]) {
        for report in reports.iter().filter(|report| report.platform == Platform::Browser) {
            let runs = || report.runs.iter().filter(|run| run.is_measured());
            for row in distinct(runs().map(|run| &run.row)) {
                let walls = runs().filter(|run| run.row == *row).map(|run| run.setup_ms + run.wall_ms);
                let Some(Spread { median_ms, .. }) = Spread::of(walls) else { continue };
                self.0.retain(|(known, _)| known != row);
                self.0.push_back((row.clone(), median_ms));
                if self.0.len() > ROWS_MAX {
                    self.0.pop_front();
                }
            }
        }
    }

    /// About how long a plan takes, in milliseconds; `None` if some row of it was never measured here.
    pub fn of_plan(&self, plan: &Plan) -> Option<f64> {
        let of_row = |row: &Row| Some(self.0.iter().find(|(known, _)| known == row)?.1);
        let stages = plan.stages.iter().map(|stage| {
            let pass_ms: Option<f64> = stage.rows.iter().map(of_row).sum();
            Some(pass_ms? * stage.passes_at_least() as f64)
        });
        stages.sum()
    }
}

#[cfg(test)]
mod tests {
    use parlab_shared::run::Run;

    use super::*;
    use crate::fixture::{plan, report, run, span};

    #[test]
    fn a_plan_takes_as_long_as_its_rows_did_here() {
        let of_row = |row: usize, wall_ms: f64| {
            let spans = (0..4).map(|task| span(task, 1.0)).collect();
            Run { wall_ms, setup_ms: 1.0, spans, ..run(&plan(), row) }
        };
        let here = |runs: Vec<Run>| Report { platform: Platform::Browser, ..report(runs) };
        let mut walls = Walls::default();
        assert_eq!(walls.of_plan(&plan()), None);
        walls.learn(&[here(vec![of_row(0, 9.0)])]);
        assert_eq!(walls.of_plan(&plan()), None, "a row was never run");
        walls.learn(&[here(vec![of_row(0, 19.0), of_row(1, 29.0)])]);
        assert_eq!(walls.of_plan(&plan()), Some(50.0));
        let elsewhere = Report { platform: Platform::Native, ..report(vec![of_row(0, 999.0)]) };
        walls.learn(&[elsewhere]);
        assert_eq!(walls.of_plan(&plan()), Some(50.0), "another platform tells nothing of this one");
    }
}
