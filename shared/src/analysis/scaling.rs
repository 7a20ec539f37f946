//! How the rows of a report scale: the laws of scaling, held against its worker sweeps.

use std::collections::BTreeMap;

use super::RowAnalysis;
use crate::label::RowLabel;
use crate::number::Percent;
use crate::report::Report;
use crate::row::Row;
use crate::statistics::median;
use crate::statistics::scaling::{Fit, FitError, Law, Point, fit, karp_flatt};
use crate::workload::Nature;

/// A sweep over worker counts, with everything else the same.
#[derive(Clone, Debug)]
pub struct Sweep {
    /// Its first row; the others differ in their workers only.
    pub row: Row,
    /// The serial fraction that each number of workers over 1 shows by the median of its speed-ups over the passes (Karp
    /// and Flatt), by workers.
    pub serial_fractions: BTreeMap<u32, f64>,
    /// Amdahl's law.
    pub amdahl: Fit,
    /// The Universal Scalability Law.
    pub universal: Fit,
    /// The machine's cores, where the sweep goes beyond them and its work computes.
    pub shared_cores: Option<u32>,
}

impl Sweep {
    /// What the rows of the sweep have in common.
    pub fn label(&self) -> RowLabel {
        RowLabel::of(&self.row).without_workers()
    }

    /// The serial fractions, for a human, with what makes them and the laws look worse than the work is.
    pub fn fractions(&self) -> String {
        let fraction = |(place, (workers, share)): (usize, (&u32, &f64))| {
            let noun = if place == 0 { " workers" } else { "" };
            format!("{} with {workers}{noun}", Percent(*share))
        };
        let fractions: Vec<String> = self.serial_fractions.iter().enumerate().map(fraction).collect();
        let fractions = fractions.join(", ");
        let shared = match self.shared_cores {
            Some(1) => "all workers share one core".to_owned(),
            Some(cores) => format!("more workers than the {cores} cores share them"),
            None => return fractions,
        };
        format!("{fractions}; {shared}, which looks like serial work, here and in the laws")
    }
}

/// The sweeps of a report over at least three worker counts, one of them 1.
///
/// Speed-ups are those over the sweep's own single worker, pass by pass: what a worker costs in itself is no matter of
/// scaling. Without a row of a single worker the sequential row stands for it.
pub(super) fn sweeps(report: &Report, rows: &[RowAnalysis<'_>]) -> Vec<Sweep> {
    let is_swept = |row: &&RowAnalysis<'_>| row.summary.failed == 0 && row.row.strategy.is_parallel();
    let mut sweeps: Vec<Vec<&RowAnalysis<'_>>> = Vec::new();
    for row in rows.iter().filter(is_swept) {
        let is_alike = |first: &Row| Row { workers: row.row.workers, ..first.clone() } == *row.row;
        match sweeps.iter_mut().find(|sweep| is_alike(sweep[0].row)) {
            Some(sweep) => sweep.push(row),
            None => sweeps.push(vec![row]),
        }
    }
    // With a single number of workers, and the one that stands for a single worker, there is no law to be found.
    let sweeps = sweeps.into_iter().filter(|sweep| sweep.len() > 1);
    sweeps.filter_map(|sweep| sweep_of(report, rows, &sweep).ok().flatten()).collect()
}

fn sweep_of(report: &Report, rows: &[RowAnalysis<'_>], sweep: &[&RowAnalysis<'_>]) -> Result<Option<Sweep>, FitError> {
    let own = sweep.iter().copied().find(|row| row.row.workers == 1);
    let Some(base) = own.or_else(|| sweep[0].baseline.map(|base| &rows[base])) else { return Ok(None) };
    let speedups = |row: &RowAnalysis<'_>| base.pairs_with(row).into_iter().map(|(base, many)| base / many).collect();
    let mut points: Vec<Point> =
        sweep.iter().map(|row| Point { workers: row.row.workers, speedups: speedups(row) }).collect();
    if own.is_none() {
        let repetitions = points.iter().map(|point| point.speedups.len()).max().unwrap_or(0);
        points.push(Point { workers: 1, speedups: vec![1.0; repetitions] });
    }
    let (amdahl, universal) = (fit(Law::Amdahl, &points)?, fit(Law::Universal, &points)?);
    let serial = |point: &Point| Some((point.workers, karp_flatt(median(&point.speedups)?, point.workers)?));
    let serial = points.iter().filter_map(serial);
    let (cores, row) = (report.environment.cores, sweep[0].row);
    let shares = amdahl.measured > cores && row.workload.nature() == Nature::Computes;
    Ok(Some(Sweep {
        row: row.clone(),
        serial_fractions: serial.collect(),
        amdahl,
        universal,
        shared_cores: shares.then_some(cores),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Analysis;
    use crate::report::fixture::{self, ReportBuilder};
    use crate::strategy::Strategy;

    #[test]
    fn the_law_that_times_follow_is_found() {
        // A tenth of the work is serial; processes cost a tenth more, whatever their number.
        let wall_ms = |row: &Row, repetition: u32| {
            let workers = f64::from(row.workers);
            let own = if row.strategy == Strategy::Processes { 110.0 } else { 100.0 };
            // Every pass is slower than the one before.
            own * (0.1 + 0.9 / workers) * (1.0 + f64::from(repetition) / 10.0)
        };
        let report = ReportBuilder::of("cpu-heavy").runs(5).wall_ms(wall_ms).build();
        let sweeps = Analysis::of(&report).sweeps;
        let names: Vec<String> = sweeps.iter().map(|sweep| sweep.label().to_string()).collect();
        assert_eq!(names, ["threads", "processes"]);
        for sweep in &sweeps {
            assert!((sweep.amdahl.serial.value - 0.1).abs() < 1e-6, "{sweep:?}");
            assert!((sweep.serial_fractions[&4] - 0.1).abs() < 1e-6, "{sweep:?}");
            assert_eq!(sweep.serial_fractions.keys().collect::<Vec<_>>(), [&2, &4]);
            let said = "10 % with 2 workers, 10 % with 4; more workers than the 2 cores share them, which looks like serial work, here and in \
                        the laws";
            assert_eq!(sweep.fractions(), said);
        }
    }

    #[test]
    fn two_worker_counts_follow_any_law() {
        let report = fixture::report(Vec::new());
        assert!(Analysis::of(&report).sweeps.is_empty());
    }
}
