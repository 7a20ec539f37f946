//! What the runs of a row cost besides time.

use crate::costs::Costs;
use crate::run::Run;
use crate::statistics::median;

/// The costs of a row's runs: of each the median over those that tell it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RowCosts {
    /// CPU time that the program's own code had, in milliseconds.
    pub user_ms: Option<f64>,
    /// CPU time that the system had on its behalf, in milliseconds.
    pub system_ms: Option<f64>,
    /// How many cores that were: CPU time by time.
    pub cores: Option<f64>,
    /// The most memory that was resident, in bytes.
    pub peak_memory_bytes: Option<f64>,
    /// That of one run at least is since its process began.
    pub peak_since_start: bool,
    /// How often a thread gave its core up.
    pub voluntary_switches: Option<f64>,
    /// How often the system took one.
    pub involuntary_switches: Option<f64>,
    /// How large the lab's memories were, in bytes.
    pub wasm_memory_bytes: Option<f64>,
}

impl RowCosts {
    /// The costs of some runs.
    pub(super) fn of(runs: &[&Run]) -> Self {
        let costs = || runs.iter().filter_map(|run| run.costs);
        let over = |value: fn(Costs) -> Option<f64>| median(&costs().filter_map(value).collect::<Vec<f64>>());
        Self {
            user_ms: over(|costs| costs.user_ms),
            system_ms: over(|costs| costs.system_ms),
            cores: median(&runs.iter().filter_map(|run| run.cores_used()).collect::<Vec<f64>>()),
            peak_memory_bytes: over(|costs| costs.peak_memory_bytes.map(|bytes| bytes as f64)),
            peak_since_start: costs().any(|costs| costs.peak_since_start),
            voluntary_switches: over(|costs| costs.voluntary_switches.map(|count| count as f64)),
            involuntary_switches: over(|costs| costs.involuntary_switches.map(|count| count as f64)),
            wasm_memory_bytes: over(|costs| costs.wasm_memory_bytes.map(|bytes| bytes as f64)),
        }
    }

    /// Whether anything is known.
    pub fn is_known(&self) -> bool {
        self.user_ms.or(self.wasm_memory_bytes).or(self.peak_memory_bytes).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Analysis;
    use crate::report::fixture::ReportBuilder;

    #[test]
    fn costs_are_medians_of_measured_runs() {
        let mut report = ReportBuilder::of("sum").runs(5).warmup(1).build();
        let row = report.runs[0].row.clone();
        let costs = |ms: u32, memory| Costs {
            user_ms: Some(f64::from(ms)),
            system_ms: Some(1.0),
            peak_memory_bytes: memory,
            ..Costs::default()
        };
        let runs = report.runs.iter_mut().filter(|run| run.row == row);
        // The first one warms up; of the last one nothing is known.
        let all = [Some(costs(1000, None)), Some(costs(3, Some(7))), Some(costs(5, None)), Some(costs(4, Some(9)))];
        for (run, costs) in runs.zip(all.into_iter().chain([None, None])) {
            (run.wall_ms, run.costs) = (10.0, costs);
        }
        let found = Analysis::of(&report).rows[0].summary.costs;
        let expected = RowCosts {
            user_ms: Some(4.0),
            system_ms: Some(1.0),
            cores: Some(0.5),
            peak_memory_bytes: Some(8.0),
            ..RowCosts::default()
        };
        assert!(found == expected && found.is_known(), "{found:?}");
        assert!(!RowCosts::default().is_known());
    }
}
