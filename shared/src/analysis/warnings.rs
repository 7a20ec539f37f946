//! What gives cause for doubt about a measurement, found in its runs.

use super::row::far_walls;
use super::{Analysis, RowAnalysis, Spread};
use crate::label::full_name;
use crate::measure::{Precision, PrecisionOf, precision};
use crate::report::{CLOCK_STANDS_MS, Environment, Report, STEPS_MIN, Throttled, Warning};
use crate::span::ErrorKind;
use crate::statistics::{drift, median};
use crate::workload::{Cost, NS_PER_STEP_MIN, Nature};

/// From this step on a clock is coarse: what browsers give to pages that are not isolated.
const COARSE_STEP_MS: f64 = 0.1;
/// From so many runs on, a slow first run tells.
const RUNS_FOR_FIRST: usize = 3;
/// And so many for other outliers.
const RUNS_FOR_OUTLIERS: usize = 6;
/// A trend is one if chance alone would make it with less than this probability.
const DRIFT_P: f64 = 0.01;
/// And if it changes times by more than so many percent.
const DRIFT_PERCENT: f64 = 5.0;
/// The same for the machine.
const THROTTLING_PERCENT: f64 = 10.0;
/// The slowest probe on a steady machine takes less than so many times the median.
const UNSTEADY: f64 = 1.5;
/// With so many tasks per worker, none is left without one by chance.
const TASKS_PER_WORKER: u32 = 8;
/// When others use more than this share of the cores' time, they are in the way of what is measured.
const BUSY_SHARE_MAX: f64 = 0.2;
/// A quota that holds a program back for less than this share of its runs' time is nobody's problem.
const HELD_BACK_SHARE: f64 = 0.01;

/// What gives cause for doubt about a report: what was recorded with it, then what its runs show.
pub fn warnings(report: &Report) -> Vec<Warning> {
    let analysis = Analysis::of(report);
    let mut warnings = report.warnings.clone();
    warnings.extend(report.sampling.iter().flat_map(|goal| sampling_warnings(report, *goal)));
    warnings.extend(machine_warnings(report));
    let environment = &report.environment;
    let (cores, usable) = (environment.cores, environment.usable_cores());
    let parallel = analysis.rows.iter().map(|row| row.row).filter(|row| {
        // Workers that wait need no core meanwhile.
        row.workload.nature() == Nature::Computes && row.strategy.is_parallel()
    });
    if let Some(workers) = parallel.map(|row| row.workers).max().filter(|workers| f64::from(*workers) > usable) {
        let quota = environment.limiting_quota();
        let like = environment.computes_like();
        warnings.push(Warning::MoreWorkersThanCores { workers, cores, quota, like });
    }
    let writes = |row: &RowAnalysis<'_>| row.row.workload.writes_files();
    if let Some(file_system) = environment.file_system.clone().filter(|_| environment.files_lie_in_memory())
        && analysis.rows.iter().any(writes)
    {
        warnings.push(Warning::FilesInMemory { file_system });
    }
    warnings.extend(analysis.rows.iter().flat_map(|row| row_warnings(report, row)));
    if report.failed() > 0 {
        warnings.push(Warning::FailedTasks { failed: report.failed() });
    }
    warnings
}

/// What is to be known of runs that were taken until the rows were known well enough, or the time was over.
fn sampling_warnings(report: &Report, goal: Precision) -> Vec<Warning> {
    let mut warnings = Vec::new();
    // How well ratios of a pair are known, one of its parts does not tell.
    if report.part.is_some() && goal.of == PrecisionOf::Ratio {
        return warnings;
    }
    for part in Analysis::parts(report) {
        let walls = |row: &RowAnalysis<'_>| {
            let runs = row.runs.iter().filter(|run| !run.warmup);
            runs.map(|run| run.is_measured().then_some(run.wall_ms)).collect::<Vec<_>>()
        };
        // Each pass had its own order; repetitions of a row stand in theirs.
        let walls: Vec<_> = part.rows.iter().map(walls).collect();
        let reached = precision(&walls, goal.of);
        let is_wide = |reached: &Option<f64>| reached.is_none_or(|share| share > goal.half_width);
        for (row, reached) in part.rows.iter().zip(&reached).filter(|(_, reached)| is_wide(reached)) {
            warnings.push(Warning::Imprecise {
                row: full_name(row.row),
                reached_percent: reached.map(|share| share * 100.0),
                asked_percent: goal.half_width * 100.0,
            });
        }
        if !reached.iter().any(is_wide) && !warnings.contains(&Warning::EndedWhenNarrow) {
            warnings.push(Warning::EndedWhenNarrow);
        }
    }
    warnings
}

/// Doubts about the machine.
fn machine_warnings(report: &Report) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let Environment { clock_step_ms, cores, busy_cores, cross_origin_isolated, .. } = report.environment;
    if let Some(load) = busy_cores.filter(|busy| *busy > BUSY_SHARE_MAX * f64::from(cores)) {
        warnings.push(Warning::BusyMachine { load, cores });
    }
    let held_back = held_back(report);
    warnings.extend(held_back.map(|(quota, throttled)| Warning::CpuQuota { quota, throttled }));
    let quota = held_back.map(|(quota, _)| quota);
    if clock_step_ms >= COARSE_STEP_MS {
        warnings.push(Warning::CoarseClock { clock_step_ms, cross_origin_isolated });
    }
    let asleep: Vec<f64> = report.runs.iter().filter_map(|run| run.asleep_ms).collect();
    if !asleep.is_empty() {
        let (runs, ms, in_browser) = (asleep.len(), asleep.iter().sum(), report.platform.is_browser());
        warnings.push(Warning::Asleep { runs, ms, in_browser });
    }
    // The first probe of a process, or of a page, runs before its code is warm.
    let probes: Vec<f64> = report.runs.iter().skip(1).filter_map(|run| run.probe_ms).collect();
    if let Some(drift) = drift(&probes).filter(|drift| drift.p < DRIFT_P)
        && let Some(median_ms) = median(&probes)
    {
        let percent = drift.per_step * (probes.len() - 1) as f64 / median_ms * 100.0;
        if percent > THROTTLING_PERCENT {
            warnings.push(Warning::Throttling { percent, quota });
        }
    }
    if let Some(Spread { median_ms, slowest_ms, .. }) = Spread::of(probes)
        && slowest_ms > UNSTEADY * median_ms
    {
        warnings.push(Warning::UnsteadyMachine { median_ms, slowest_ms, quota });
    }
    warnings
}

/// The quota that held the program back for some of its time, and how often it did.
fn held_back(report: &Report) -> Option<(f64, Throttled)> {
    let Environment { cpu_quota, throttled, .. } = report.environment;
    let ran_ms: f64 = report.runs.iter().map(|run| run.wall_ms).sum();
    cpu_quota.zip(throttled).filter(|(_, throttled)| throttled.periods > 0 && throttled.ms > HELD_BACK_SHARE * ran_ms)
}

/// Doubts about one row.
fn row_warnings(report: &Report, analysis: &RowAnalysis<'_>) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let RowAnalysis { row, measured, summary, .. } = analysis;
    let name = || full_name(row);
    if analysis.runs.iter().any(|run| run.failures().contains_key(&ErrorKind::TooLong)) {
        warnings.push(Warning::TooLong { row: name() });
    }
    let Some(wall) = summary.wall else { return warnings };
    let clock_step_ms = report.environment.clock_step_ms;
    if clock_step_ms >= CLOCK_STANDS_MS {
        // Of times that mean nothing there is nothing to say.
        return warnings;
    }
    if let Some(ns_per_step) = optimised_away(analysis, clock_step_ms) {
        // Its times mean nothing: what else they show is not worth a word.
        return vec![Warning::OptimisedAway { row: name(), ns_per_step }];
    }
    if wall.fastest_ms < STEPS_MIN * clock_step_ms {
        warnings.push(Warning::TooShort { row: name(), fastest_ms: wall.fastest_ms, clock_step_ms });
    }
    let walls: Vec<f64> = measured.iter().map(|run| run.wall_ms).collect();
    let far = far_walls(&walls);
    let first_is_slow = far.first() == Some(&0) && walls[0] == wall.slowest_ms;
    if first_is_slow && walls.len() >= RUNS_FOR_FIRST {
        warnings.push(Warning::FirstRunSlow { row: name(), first_ms: walls[0], median_ms: wall.median_ms });
    }
    let outliers = far.len() - usize::from(first_is_slow);
    if outliers > 0 && walls.len() >= RUNS_FOR_OUTLIERS {
        let file_system = report.environment.file_system.clone().filter(|_| row.workload.writes_files());
        warnings.push(Warning::Outliers { row: name(), outliers, runs: walls.len(), file_system });
    }
    if let Some(drift) = drift(&walls).filter(|drift| drift.p < DRIFT_P) {
        let percent = drift.per_step * (walls.len() - 1) as f64 / wall.median_ms * 100.0;
        if percent.abs() > DRIFT_PERCENT {
            warnings.push(Warning::Drift { row: name(), percent });
        }
    }
    let requested = row.strategy.effective_workers(row.workers);
    // With tasks to spare, a worker that gets none was not there.
    if row.workload.tasks() >= TASKS_PER_WORKER * requested
        && summary.failed == 0
        && let Some(used) = analysis.workers_used().filter(|used| *used < requested as usize)
    {
        warnings.push(Warning::IdleWorkers { row: name(), workers: requested, used });
    }
    if let Some(run) = analysis.runs.iter().find(|run| run.all_tasks.is_some()) {
        warnings.push(Warning::Sampled { row: name(), kept: run.spans.len(), tasks: run.tasks() });
    }
    warnings
}

/// The time per step of a row's tasks, in nanoseconds, if no processor does a step in so little time. A loop that was
/// folded takes no time at all, whatever the number of its steps: what is held against the clock is what so many steps
/// would have to take.
fn optimised_away(analysis: &RowAnalysis<'_>, clock_step_ms: f64) -> Option<f64> {
    let Cost::Steps(steps) = analysis.row.workload.cost() else { return None };
    let tasks = analysis.measured.iter().flat_map(|run| &run.spans).filter(|span| span.error.is_none());
    let task_ms = median(&tasks.map(|span| span.end_ms - span.start_ms).collect::<Vec<f64>>())?.max(0.0);
    let least_ms = steps as f64 * NS_PER_STEP_MIN / 1e6;
    // Begin and end are each known to a step of the clock.
    let at_most_ms = task_ms + 2.0 * clock_step_ms;
    (at_most_ms < least_ms).then(|| task_ms * 1e6 / steps as f64)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::golden;
    use crate::report::fixture::ReportBuilder;
    use crate::row::Row;
    use crate::run::AllTasks;
    use crate::span::TaskError;
    use crate::strategy::{Platform, Strategy};

    /// How wall times scatter where nothing is wrong, by repetition.
    const SCATTER: [f64; 8] = [1.0, 1.01, 0.99, 1.0, 1.02, 0.98, 1.0, 1.01];

    /// Eight runs per row of enough tasks for one and for two workers.
    fn clean<'a>() -> ReportBuilder<'a> {
        timed(|_, _| 1.0)
    }

    /// The same with times that are so many times as long.
    fn timed<'a>(factor: impl Fn(&Row, u32) -> f64 + 'a) -> ReportBuilder<'a> {
        let wall_ms = move |row: &Row, repetition: u32| {
            160.0 / f64::from(row.workers.min(2)) * SCATTER[repetition as usize] * factor(row, repetition)
        };
        ReportBuilder::of("cpu-heavy").tasks(16).runs(8).only(|row| row.workers <= 2).wall_ms(wall_ms)
    }

    fn changed(change: impl Fn(&mut Report)) -> Report {
        let mut report = clean().build();
        change(&mut report);
        report
    }

    /// A quota of a core and a half, which held the program back.
    fn hold_back(report: &mut Report) {
        report.environment.cpu_quota = Some(1.5);
        report.environment.throttled = Some(Throttled { periods: 37, ms: 1_200.0 });
    }

    /// Rows that have no more workers than a quota has cores.
    fn held_back(change: impl Fn(&mut Report)) -> Report {
        let mut report = clean().only(|row| row.workers == 1).build();
        hold_back(&mut report);
        change(&mut report);
        report
    }

    /// A single row that writes files to a file system.
    fn writing(file_system: &str, wall_ms: impl Fn(&Row, u32) -> f64) -> Report {
        let builder = ReportBuilder::of("write").tasks(16).runs(8).only(|row| row.strategy == Strategy::Sequential);
        let mut report = builder.wall_ms(wall_ms).build();
        report.environment.file_system = Some(file_system.to_owned());
        report
    }

    /// Reports in which something is wrong that a warning of this kind tells of, or warnings of these kinds, and nothing
    /// else.
    fn flawed() -> Vec<(&'static str, Report)> {
        let is_sequential = |row: &Row| row.strategy == Strategy::Sequential;
        let slow =
            move |at: u32| timed(move |row, run| if is_sequential(row) && run == at { 1.5 } else { 1.0 }).build();
        let unsteady = |report: &mut Report| report.runs[7].probe_ms = Some(9.0);
        let slowing = |report: &mut Report| {
            (0..).zip(&mut report.runs).for_each(|(at, run)| run.probe_ms = Some(4.0 + 0.02 * f64::from(at)));
        };
        let coarse = |report: &mut Report, isolated| {
            report.environment.clock_step_ms = 0.1;
            report.environment.cross_origin_isolated = isolated;
            report.runs.iter_mut().for_each(|run| run.wall_ms *= 10.0);
        };
        let failure = || TaskError::new(ErrorKind::Panicked, "why");
        let left_out = || {
            let (name, row) = ("cpu-heavy".to_owned(), "threads × 4".to_owned());
            Warning::LeftOut { name, row, reason: "it needs shared memory".to_owned() }
        };
        let opened_again = |times| Warning::OpenedAgain { reason: "its page was closed".to_owned(), times };
        let lost = || Warning::Lost { reason: "its page was closed".to_owned() };
        let other_target = || Warning::OtherTarget { target: "http://127.0.0.1:8018/".to_owned() };
        let precise = |percent: f64| clean().request(move |request| request.precision = Some(percent)).build();
        vec![
            ("too-short", changed(|report| report.environment.clock_step_ms = 0.09)),
            ("more-workers-than-cores", clean().only(|row| row.workers <= 4).tasks(32).build()),
            ("busy-machine", changed(|report| report.environment.busy_cores = Some(1.3))),
            ("cpu-quota", held_back(|_| {})),
            ("more-workers-than-cores", changed(|report| report.environment.cpu_quota = Some(1.5))),
            ("more-workers-than-cores", changed(|report| report.environment.parallel_speed = Some(1.04))),
            ("files-in-memory", writing("tmpfs", |_, run| 160.0 * SCATTER[run as usize])),
            ("unsteady-machine", changed(unsteady)),
            ("cpu-quota unsteady-machine", held_back(unsteady)),
            ("throttling", changed(slowing)),
            ("cpu-quota throttling", held_back(slowing)),
            ("coarse-clock", changed(|report| coarse(report, Some(false)))),
            ("coarse-clock", changed(|report| coarse(report, Some(true)))),
            ("coarse-clock", changed(|report| coarse(report, None))),
            ("first-run-slow", slow(0)),
            ("outliers", slow(5)),
            ("outliers", writing("ext4", |_, run| 160.0 * if run == 5 { 1.5 } else { SCATTER[run as usize] })),
            (
                "drift",
                timed(|_, repetition| (1.0 + 0.03 * f64::from(repetition)) / SCATTER[repetition as usize]).build(),
            ),
            (
                "idle-workers",
                changed(|report| {
                    report.runs.iter_mut().flat_map(|run| &mut run.spans).for_each(|span| span.worker = 0);
                }),
            ),
            (
                "sampled",
                changed(|report| {
                    let run = &mut report.runs[0];
                    run.all_tasks = Some(Box::new(AllTasks { tasks: 1_000_000, ..AllTasks::of(&run.spans) }));
                }),
            ),
            ("optimised-away", clean().request(|request| request.size = Some(vec![1_000_000_000])).build()),
            // A loop that was folded takes no time that a clock would show.
            ("optimised-away", timed(|_, _| 1e-9).build()),
            ("imprecise", precise(0.1)),
            ("ended-when-narrow", precise(50.0)),
            ("asleep", changed(|report| report.runs[7].asleep_ms = Some(300_000.0))),
            (
                "asleep",
                changed(|report| {
                    report.platform = Platform::Firefox;
                    report.runs[7..9].iter_mut().for_each(|run| run.asleep_ms = Some(90_000.0));
                }),
            ),
            ("hidden-page", changed(|report| report.warnings.push(Warning::HiddenPage))),
            ("left-out", changed(|report| report.warnings.push(left_out()))),
            ("coarse-clock", changed(|report| report.environment.clock_step_ms = CLOCK_STANDS_MS)),
            ("other-target", changed(|report| report.warnings.push(other_target()))),
            ("opened-again", changed(|report| report.warnings.push(opened_again(1)))),
            ("opened-again", changed(|report| report.warnings.push(opened_again(3)))),
            ("lost", changed(|report| report.warnings.push(lost()))),
            (
                "failed-tasks too-long",
                clean()
                    .fails(|_, run, task| (run + task == 0).then(|| TaskError::new(ErrorKind::TooLong, "why")))
                    .build(),
            ),
            ("failed-tasks", clean().fails(|_, run, task| (run + task == 0).then(failure)).build()),
        ]
    }

    /// What a warning is called in JSON.
    fn kind(warning: &Warning) -> String {
        serde_json::to_value(warning).expect("JSON")["kind"].as_str().expect("a kind").to_owned()
    }

    #[test]
    fn nothing_is_wrong_with_a_clean_report() {
        assert_eq!(warnings(&clean().build()), []);
    }

    #[test]
    fn every_kind_of_warning_fires_and_no_other() {
        let mut words = String::new();
        for (expected, report) in flawed() {
            let of_kind: BTreeMap<String, Warning> =
                warnings(&report).into_iter().map(|warning| (kind(&warning), warning)).collect();
            assert_eq!(of_kind.keys().cloned().collect::<Vec<_>>().join(" "), expected, "{of_kind:?}");
            for (kind, warning) in of_kind {
                words += &format!("{kind}: {warning}\n");
            }
        }
        golden::check([("warnings.txt".to_owned(), words)]);
    }

    #[test]
    fn only_what_others_use_now_makes_a_machine_busy() {
        // Somebody computed until just before: that is over.
        let report = changed(|report| {
            report.environment.load_before = Some(3.9);
            report.environment.busy_cores = Some(0.1);
        });
        assert_eq!(warnings(&report), []);
    }

    #[test]
    fn half_a_core_and_one_and_a_half_are_told_apart() {
        let words = |quota: f64| {
            let report = changed(move |report| report.environment.cpu_quota = Some(quota));
            warnings(&report).iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
        };
        assert!(words(0.5).contains("a quota of 0.5 cores"), "{}", words(0.5));
        assert!(words(1.5).contains("a quota of 1.5 cores"), "{}", words(1.5));
        assert_eq!(words(2.0), "");
    }

    #[test]
    fn every_kind_of_warning_has_a_flawed_report() {
        // Who is asked for a kind that there is not names those that there are.
        let error = serde_json::from_str::<Warning>(r#"{"kind": ""}"#).expect_err("no kind").to_string();
        let known: BTreeSet<&str> = error.split('`').skip(1).step_by(2).filter(|kind| !kind.is_empty()).collect();
        let flawed = flawed();
        assert_eq!(flawed.iter().flat_map(|(kinds, _)| kinds.split(' ')).collect::<BTreeSet<_>>(), known);
    }
}
