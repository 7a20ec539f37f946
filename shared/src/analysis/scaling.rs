//! How the rows of a report scale: the laws of scaling, held against its worker sweeps.

use std::collections::BTreeMap;

use super::RowAnalysis;
use crate::grouping::grouped;
use crate::label::RowLabel;
use crate::report::Report;
use crate::row::Row;
use crate::statistics::scaling::{Fit, Law, NoFit, Speedups, fit};
use crate::statistics::{RatioEstimate, median, paired_ratio};
use crate::workload::Nature;

/// Workers that had a smaller part of a core each than this, as the times of their tasks tell, shared their cores: with each
/// other, or with other programs. A clock that slows down when all cores are busy takes a tenth; two threads of one core leave
/// each other about 0.6.
const OWN_CORE: f64 = 0.85;

/// A sweep over worker counts, with everything else the same.
#[derive(Clone, Debug)]
pub struct Sweep {
    /// Its first row; the others differ in their workers only.
    pub row: Row,
    /// The speed-ups over a single worker by the number of workers, for those that had what they need to themselves: what laws
    /// are held against.
    pub speedups: BTreeMap<u32, RatioEstimate>,
    /// How many passes measured all of those.
    pub passes: usize,
    /// Amdahl's law.
    pub amdahl: Result<Fit, NoFit>,
    /// The Universal Scalability Law.
    pub universal: Result<Fit, NoFit>,
    /// The numbers of workers that were measured, but share something that the machine has too little of, ascending.
    pub beyond: Vec<u32>,
    /// What those share.
    pub shared: Option<SharedResource>,
    /// The numbers of workers whose times are not theirs, ascending: in too many runs some of them had no task.
    pub idle: Vec<u32>,
    /// Work that computes has no more cores than these on this machine.
    pub cores: Option<f64>,
}

/// What workers share, so that their times tell of the machine and not of the work.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SharedResource {
    /// The machine's cores, or the part of them that a program may use: there are more workers.
    Cores(f64),
    /// The cores that were free, fewer than the machine names: so many workers had so many, as the times of tasks tell.
    FreeCores {
        /// The workers.
        workers: u32,
        /// Their cores.
        cores: f64,
    },
    /// The lock that lets one thread compute at a time.
    GlobalLock,
}

impl Sweep {
    /// What the rows of the sweep have in common.
    pub fn label(&self) -> RowLabel {
        RowLabel::of(&self.row).without_workers()
    }

    /// The law that tells the most, of those that are told.
    pub fn law(&self) -> Option<&Fit> {
        self.universal.as_ref().or(self.amdahl.as_ref()).ok()
    }
}

/// The sweeps of a report over at least two worker counts.
///
/// Speed-ups are those over the sweep's own single worker, pass by pass: what a worker costs in itself is no matter of
/// scaling. Without a row of a single worker the sequential row stands for it.
pub(super) fn sweeps(report: &Report, rows: &[RowAnalysis<'_>]) -> Vec<Sweep> {
    let is_swept = |row: &&RowAnalysis<'_>| row.summary.failed == 0 && row.row.strategy.is_parallel();
    // Rows of a sweep differ in their workers only.
    let sweeps = grouped(rows.iter().filter(is_swept).map(|row| (Row { workers: 0, ..row.row.clone() }, row)));
    // A single number of workers is no sweep.
    let sweeps = sweeps.into_iter().map(|(_, sweep)| sweep).filter(|sweep| sweep.len() > 1);
    sweeps.filter_map(|sweep| sweep_of(report, rows, sweep)).collect()
}

fn sweep_of(report: &Report, rows: &[RowAnalysis<'_>], mut sweep: Vec<&RowAnalysis<'_>>) -> Option<Sweep> {
    let first = sweep[0];
    let own = sweep.iter().copied().find(|row| row.row.workers == 1);
    let base = own.or_else(|| first.baseline.map(|base| &rows[base]))?;
    sweep.retain(|row| row.row.workers > 1);
    sweep.sort_by_key(|row| row.row.workers);
    let (sweep, idle): (Vec<_>, Vec<_>) = sweep.into_iter().partition(|row| row.is_of_all_its_workers());
    let limits = Limits::of(report, first.row);
    let is_beyond = |row: &&&RowAnalysis<'_>| limits.shared_by(base, row).is_some();
    let reach = sweep.iter().position(|row| is_beyond(&row)).unwrap_or(sweep.len());
    let (within, beyond) = sweep.split_at(reach);
    let speedup = |row: &&RowAnalysis<'_>| Some((row.row.workers, paired_ratio(&base.pairs_with(row))?));
    let of_passes = passes(base, within);
    Some(Sweep {
        row: first.row.clone(),
        speedups: within.iter().filter_map(speedup).collect(),
        passes: of_passes.passes.len(),
        amdahl: fit(Law::Amdahl, &of_passes),
        universal: fit(Law::Universal, &of_passes),
        beyond: beyond.iter().map(|row| row.row.workers).collect(),
        shared: beyond.first().and_then(|row| limits.shared_by(base, row)),
        idle: idle.iter().map(|row| row.row.workers).collect(),
        cores: limits.computes.then_some(limits.cores).filter(|cores| cores.is_finite()),
    })
}

/// The speed-ups of the passes in which all rows were measured.
fn passes(base: &RowAnalysis<'_>, rows: &[&RowAnalysis<'_>]) -> Speedups {
    let walls: Vec<BTreeMap<u32, f64>> = rows.iter().map(|row| row.passes()).collect();
    let pass = |(repetition, base_ms): (u32, f64)| {
        walls.iter().map(|walls| Some(base_ms / walls.get(&repetition)?)).collect::<Option<Vec<f64>>>()
    };
    let passes = base.passes().into_iter().filter_map(pass).collect();
    Speedups { workers: rows.iter().map(|row| row.row.workers).collect(), passes }
}

/// What the machine has for workers.
struct Limits {
    /// The cores that the program may use; infinite where that is not known.
    cores: f64,
    /// Whether the work needs nothing else.
    computes: bool,
    /// Whether threads take turns at a lock.
    locked: bool,
}

impl Limits {
    fn of(report: &Report, row: &Row) -> Self {
        let cores = report.environment.usable_cores();
        Self {
            cores: if cores > 0.0 { cores } else { f64::INFINITY },
            computes: row.workload.nature() == Nature::Computes,
            locked: report.has_global_lock(row),
        }
    }

    /// What the workers of a row share, if they do: work that computes needs a core for each; other work shares them where
    /// there are fewer and its tasks took longer than those of a single worker.
    fn shared_by(&self, base: &RowAnalysis<'_>, row: &RowAnalysis<'_>) -> Option<SharedResource> {
        let workers = row.row.workers;
        let had = busy_ms(base).zip(busy_ms(row)).map(|(alone, together)| f64::from(workers) * alone / together);
        let had_less = had.is_some_and(|cores| cores < OWN_CORE * f64::from(workers));
        let (are_more, named) = (f64::from(workers) > self.cores, SharedResource::Cores(self.cores));
        match (self.computes, self.locked) {
            (true, true) => Some(SharedResource::GlobalLock),
            (true, false) if are_more => Some(named),
            (true, false) if had_less => had.map(|cores| SharedResource::FreeCores { workers, cores }),
            (false, true) if had_less => Some(SharedResource::GlobalLock),
            (false, false) if had_less && are_more => Some(named),
            _ => None,
        }
    }
}

/// How long all tasks of a run took together, waiting for their turn left out: the median over the measured runs. `None`
/// where that is nothing.
fn busy_ms(row: &RowAnalysis<'_>) -> Option<f64> {
    median(&row.measured.iter().map(|run| run.busy_ms()).collect::<Vec<f64>>()).filter(|ms| *ms > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Analysis;
    use crate::measure::Request;
    use crate::report::fixture::{self, ReportBuilder};
    use crate::span::phase;
    use crate::strategy::{Dispatch, Platform, Strategy};
    use crate::way::Lock;

    /// A report of sweeps on so many cores, by what a number of workers takes; processes cost a tenth more.
    fn report(platform: Platform, cores: u32, workers: &[u32], wall: fn(f64) -> f64) -> Report {
        let wall_ms = |row: &Row, repetition: u32| {
            let own = if row.strategy == Strategy::Processes { 110.0 } else { 100.0 };
            // Every pass is slower than the one before.
            own * wall(f64::from(row.workers)) * (1.0 + f64::from(repetition) / 10.0)
        };
        let builder = ReportBuilder::of("cpu-heavy").platform(platform).runs(6).wall_ms(wall_ms);
        let mut report = builder.request(|request| request.workers = Some(workers.to_vec())).build();
        report.environment.cores = cores;
        report
    }

    /// A part of 0.05 is serial.
    fn twentieth(workers: f64) -> f64 {
        0.05 + 0.95 / workers
    }

    /// There are two cores.
    fn two_cores(workers: f64) -> f64 {
        1.0 / workers.min(2.0)
    }

    #[test]
    fn the_law_that_times_follow_is_found() {
        let report = report(Platform::Native, 4, &[1, 2, 4], twentieth);
        let sweeps = Analysis::of(&report).sweeps;
        let names: Vec<String> = sweeps.iter().map(|sweep| sweep.label().to_string()).collect();
        assert_eq!(names, ["threads", "processes"]);
        for sweep in &sweeps {
            let amdahl = sweep.amdahl.as_ref().expect("a law");
            assert!((amdahl.serial.value - 0.05).abs() < 1e-6, "{sweep:?}");
            assert_eq!(sweep.universal, Err(NoFit::TooFewCounts { counts: 2, needed: 3 }));
            assert!((sweep.speedups[&4].ratio - 1.0 / twentieth(4.0)).abs() < 1e-6, "{sweep:?}");
            assert_eq!((&sweep.beyond[..], sweep.shared, sweep.cores), (&[][..], None, Some(4.0)));
        }
    }

    #[test]
    fn what_shares_cores_is_not_fitted() {
        // The findings' own case: perfectly parallel work on two cores was "30 % serial".
        let named = report(Platform::Native, 2, &[1, 2, 4, 8], two_cores);
        // A machine that names more cores than it gives.
        let measured = report(Platform::Native, 8, &[1, 2, 4, 8], two_cores);
        // Other programs took a part of the two cores: what is left looks like serial work, and is none.
        let busy = report(Platform::Native, 2, &[1, 2, 4, 8], |workers| 1.0 / workers.min(1.56));
        let sweep = &Analysis::of(&busy).sweeps[0];
        assert!(matches!(sweep.shared, Some(SharedResource::FreeCores { workers: 2, .. })), "{sweep:?}");
        assert!(sweep.speedups.is_empty() && sweep.law().is_none());
        let mut limited = report(Platform::Native, 8, &[1, 2, 4, 8], two_cores);
        limited.environment.cpu_quota = Some(2.0);
        let mut like_two = report(Platform::Chromium, 4, &[1, 2, 4, 8], two_cores);
        like_two.environment.parallel_speed = Some(1.9);
        assert_eq!(like_two.environment.computes_like(), Some(2));
        like_two.environment.parallel_speed = Some(3.0);
        assert_eq!(like_two.environment.computes_like(), None, "other programs took a share");
        like_two.environment.parallel_speed = Some(1.9);
        for (report, shared) in [
            (&named, SharedResource::Cores(2.0)),
            (&limited, SharedResource::Cores(2.0)),
            // A browser that names more than there are.
            (&like_two, SharedResource::Cores(2.0)),
            (&measured, SharedResource::FreeCores { workers: 4, cores: 2.0 }),
        ] {
            for sweep in Analysis::of(report).sweeps {
                assert_eq!(sweep.amdahl, Err(NoFit::TooFewCounts { counts: 1, needed: 2 }));
                assert_eq!(sweep.law(), None);
                assert_eq!((&sweep.beyond[..], sweep.speedups.len()), (&[4, 8][..], 1));
                match (sweep.shared, shared) {
                    (
                        Some(SharedResource::FreeCores { workers: 4, cores }),
                        SharedResource::FreeCores { cores: expected, .. },
                    ) => {
                        assert!((cores - expected).abs() < 0.1, "{cores}");
                    }
                    (found, expected) => assert_eq!(found, Some(expected)),
                }
            }
        }
    }

    #[test]
    fn making_a_worker_for_each_task_is_no_part_of_the_task() {
        let per_task = |request: &mut Request| {
            (request.workers, request.dispatch) = (Some(vec![1, 2, 4]), Some(vec![Dispatch::PerTask]));
        };
        let wall_ms = |row: &Row, _: u32| 100.0 * two_cores(f64::from(row.workers));
        let mut report = ReportBuilder::of("cpu-heavy").runs(6).request(per_task).wall_ms(wall_ms).build();
        // The machine names more cores than it gives.
        report.environment.cores = 8;
        for run in report.runs.iter_mut().filter(|run| run.row.dispatch == Dispatch::PerTask) {
            // The more workers are made at once, the longer each of them takes.
            let share = 0.2 * f64::from(run.row.workers);
            for span in &mut run.spans {
                span.phases.insert(phase::SPAWN.to_owned(), share * (span.end_ms - span.start_ms));
            }
        }
        let sweeps = Analysis::of(&report).sweeps;
        assert_eq!(sweeps.len(), 2);
        for sweep in sweeps {
            let Some(SharedResource::FreeCores { workers: 4, cores }) = sweep.shared else { panic!("{sweep:?}") };
            assert!((cores - 2.0).abs() < 0.1, "{cores}");
        }
    }

    #[test]
    fn threads_share_the_lock_of_python_or_of_their_row() {
        let locked = |threads: &Sweep| {
            assert_eq!((threads.shared, &threads.beyond[..]), (Some(SharedResource::GlobalLock), &[2, 4][..]));
        };
        let mut native = report(Platform::Native, 8, &[1, 2, 4], |_| 1.0);
        native.runs.iter_mut().for_each(|run| run.row.way.lock = Lock::Gil);
        let sweeps = Analysis::of(&native).sweeps;
        locked(&sweeps[0]);
        assert_eq!(sweeps[1].row.strategy, Strategy::Processes);
        assert_ne!(sweeps[1].shared, Some(SharedResource::GlobalLock));
        let report = report(Platform::Python, 8, &[1, 2, 4], |_| 1.0);
        locked(&Analysis::of(&report).sweeps[0]);
        let mut free = report.clone();
        free.environment.python.as_mut().expect("Python").gil = false;
        assert_ne!(Analysis::of(&free).sweeps[0].shared, Some(SharedResource::GlobalLock));
    }

    #[test]
    fn laws_are_not_told_of_workers_that_had_no_task() {
        let mut report = report(Platform::Native, 8, &[1, 2, 4, 8], twentieth);
        let threads = |run: &crate::run::Run| run.row.strategy == Strategy::Threads;
        let mut alone = |workers: u32, runs: u32| -> Vec<Sweep> {
            let is_meant = |run: &crate::run::Run| threads(run) && run.row.workers == workers && run.repetition < runs;
            for span in report.runs.iter_mut().filter(|run| is_meant(run)).flat_map(|run| &mut run.spans) {
                span.worker = 0;
            }
            Analysis::of(&report).sweeps
        };
        // A single such run is an exception.
        assert!(alone(8, 1)[0].idle.is_empty());
        let sweeps = alone(8, 2);
        assert_eq!((&sweeps[0].idle[..], sweeps[0].speedups.len(), sweeps[0].law().is_some()), (&[8][..], 2, true));
        assert!(sweeps[1].idle.is_empty(), "processes all had tasks");
        alone(2, 6);
        alone(4, 6);
        let sweep = &Analysis::of(&report).sweeps[0];
        assert_eq!((&sweep.idle[..], sweep.speedups.len(), sweep.law()), (&[2, 4, 8][..], 0, None));
        assert_eq!(sweep.amdahl, Err(NoFit::TooFewCounts { counts: 0, needed: 2 }));
    }

    #[test]
    fn fewer_passes_than_an_interval_needs_have_no_law() {
        let mut report = report(Platform::Native, 8, &[1, 2, 4, 8], twentieth);
        report.runs.retain(|run| run.repetition < 2);
        let sweep = &Analysis::of(&report).sweeps[0];
        assert_eq!(sweep.amdahl, Err(NoFit::TooFewPasses { passes: 2 }));
        assert_eq!((sweep.law(), sweep.speedups[&2].interval), (None, None));
    }

    #[test]
    fn nothing_was_swept() {
        let report = fixture::report(Vec::new());
        assert!(Analysis::of(&report).sweeps.is_empty());
    }
}
