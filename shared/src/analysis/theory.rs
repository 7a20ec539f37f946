//! What a row should take in theory: if nothing but the waiting and computing of its tasks took any time.

use super::{RowAnalysis, Spread};
use crate::number::{Counted, Time};
use crate::report::Report;
use crate::row::Row;
use crate::run::Run;
use crate::strategy::{Platform, Strategy};
use crate::task::Work;
use crate::workload::{Cost, Setting, Workload};

/// The time that a row should take, and how one comes to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Theory {
    /// The time, in milliseconds.
    pub predicted_ms: f64,
    /// How the time is worked out.
    pub rule: Rule,
    /// How many tasks make progress at once.
    pub at_once: u32,
    /// What keeps that below the number of workers, if anything does.
    pub limit: Option<Limit>,
}

/// How one comes to a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// Equal tasks take turns: ⌈tasks / at once⌉ × time of a task, wave by wave.
    Turns {
        /// How many turns, over all waves.
        turns: u32,
        /// The time of one, in milliseconds.
        each_ms: f64,
    },
    /// All tasks fit side by side: the time is that of the longest.
    Longest,
    /// The time of all tasks, shared out evenly: total / at once. No schedule is shorter (Graham, "Bounds on
    /// Multiprocessing Timing Anomalies", SIAM Journal on Applied Mathematics 17 (1969), 416–429), and taking the next task
    /// when one is done comes within one task of it.
    Share {
        /// The time of all tasks, in milliseconds.
        total_ms: f64,
    },
}

/// Why fewer tasks make progress at once than there are workers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// A browser's connections to one host.
    Connections,
    /// The machine's cores.
    Cores,
    /// One thread computes one task at a time.
    OneThread,
    /// CPython's global lock.
    InterpreterLock,
}

impl std::fmt::Display for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Limit::Connections => "a browser opens six connections to a host",
            Limit::Cores => "there are no more cores",
            Limit::OneThread => "one thread computes one task at a time",
            Limit::InterpreterLock => "CPython's global lock lets one thread compute at a time",
        })
    }
}

impl std::fmt::Display for Theory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { predicted_ms, rule, at_once, limit } = self;
        let expected = Time(*predicted_ms);
        match rule {
            Rule::Turns { turns, each_ms } => {
                let turns = match (turns, at_once) {
                    (tasks, 1) => Counted(u64::from(*tasks), "task").to_string(),
                    (turns, at_once) => format!("{} of up to {at_once} tasks", Counted(u64::from(*turns), "turn")),
                };
                write!(f, "{turns} × {} = {expected}", Time(*each_ms))?;
            }
            Rule::Longest => write!(f, "all at once: the longest task takes {expected}")?,
            Rule::Share { total_ms } => write!(f, "{} of tasks ÷ {at_once} at once = {expected}", Time(*total_ms))?,
        }
        match limit {
            Some(limit) => write!(f, " ({limit})"),
            None => Ok(()),
        }
    }
}

/// What a row of a report should take; `None` where nothing is known beforehand: what files and bandwidth cost, and the
/// row that others are held against.
///
/// `rows` are all rows. Sleeps and latencies are known from parameters and seed; what a task computes for is taken from the
/// row that speed-ups are against.
pub(super) fn theory(report: &Report, rows: &[RowAnalysis<'_>], analysis: &RowAnalysis<'_>) -> Option<Theory> {
    let row = analysis.row;
    let workload = &row.workload;
    let workers = row.strategy.tasks_at_once(row.workers);
    match workload.cost() {
        Cost::Steps(_) | Cost::Uneven | Cost::Mixed => computing(report, rows, analysis, workers),
        Cost::Sleep { .. } => {
            let durations = of_tasks(report, workload, |work| match work {
                Work::Sleep { duration_ms, .. } => Some(*duration_ms),
                _ => None,
            });
            Some(share(&durations, workers, None))
        }
        Cost::Request { .. } => requesting(report, analysis, workers),
        Cost::Unknown => None,
    }
}

/// A row whose tasks all wait for the target: only its latency is known.
fn requesting(report: &Report, analysis: &RowAnalysis<'_>, workers: u32) -> Option<Theory> {
    let workload = &analysis.row.workload;
    let latency_ms = latency(workload)?;
    let (at_once, limit) = connections(report, workers);
    let waves = if workload.entry().finds_tasks { waves(analysis.measured.last()?) } else { vec![workload.tasks()] };
    let turns: u32 = waves.iter().map(|tasks| tasks.div_ceil(at_once)).sum();
    let rule = Rule::Turns { turns, each_ms: latency_ms };
    let limit = limit.filter(|_| workload.tasks() > at_once);
    Some(Theory { predicted_ms: f64::from(turns) * latency_ms, rule, at_once, limit })
}

/// How many requests can be under way at once.
fn connections(report: &Report, workers: u32) -> (u32, Option<Limit>) {
    match report.platform.connections_max() {
        Some(most) if workers > most => (most, Some(Limit::Connections)),
        _ => (workers, None),
    }
}

/// Tasks with known times over some workers.
fn share(durations_ms: &[f64], at_once: u32, limit: Option<Limit>) -> Theory {
    let total_ms: f64 = durations_ms.iter().sum();
    let longest_ms = durations_ms.iter().copied().fold(0.0, f64::max);
    let evenly_ms = total_ms / f64::from(at_once);
    // As many workers as tasks, or one task that outlasts everything else.
    if durations_ms.len() <= at_once as usize || longest_ms >= evenly_ms {
        return Theory { predicted_ms: longest_ms, rule: Rule::Longest, at_once, limit };
    }
    Theory { predicted_ms: evenly_ms, rule: Rule::Share { total_ms }, at_once, limit }
}

/// What is known of the tasks of a workload's only wave.
fn of_tasks<T>(report: &Report, workload: &Workload, known: impl Fn(&Work) -> Option<T>) -> Vec<T> {
    let wave = workload.waves(Setting { target: "", seed: report.seed }).next(&[]);
    wave.iter().flatten().filter_map(|task| known(&task.work)).collect()
}

/// How long the target lets each request wait, in the mean; `None` if it does not.
fn latency(workload: &Workload) -> Option<f64> {
    let latency = workload.model()?.latency;
    (!latency.is_none()).then(|| latency.mean_ms())
}

/// How many tasks each wave of a run had: those that could first be taken at the same time.
fn waves(run: &Run) -> Vec<u32> {
    let mut queued: Vec<f64> = run.spans.iter().map(|span| span.queued_ms).collect();
    queued.sort_by(f64::total_cmp);
    queued.chunk_by(|time, next| time == next).map(|wave| wave.len() as u32).collect()
}

/// Whether one thread at a time runs Python code: so it is unless the report says otherwise.
fn has_lock(report: &Report) -> bool {
    report.environment.python.as_ref().is_none_or(|python| python.gil)
}

/// A row that computes, all the time or between requests.
fn computing(report: &Report, rows: &[RowAnalysis<'_>], analysis: &RowAnalysis<'_>, workers: u32) -> Option<Theory> {
    let row: &Row = analysis.row;
    let base = analysis.baseline.map(|base| &rows[base]).filter(|base| base.row != row)?;
    let computes = of_tasks(report, &row.workload, |work| Some(!work.waits()));
    // The median time of each task in the row with one worker.
    let mut times: Vec<Vec<f64>> = vec![Vec::new(); computes.len()];
    for run in &base.measured {
        for span in run.spans.iter().filter(|span| span.error.is_none()) {
            times.get_mut(span.task as usize)?.push(span.end_ms - span.start_ms);
        }
    }
    let times: Option<Vec<f64>> = times.into_iter().map(|of_task| Some(Spread::of(of_task)?.median_ms)).collect();
    let times = times?;
    let cores = report.environment.cores;
    let (at_once, limit) = match (report.platform, row.strategy) {
        (_, strategy) if !strategy.is_parallel() => (1, Some(Limit::OneThread)),
        (Platform::Python, Strategy::Threads) if has_lock(report) => (1, Some(Limit::InterpreterLock)),
        _ if workers > cores => (cores, Some(Limit::Cores)),
        _ => (workers, None),
    };
    let limit = limit.filter(|_| workers > at_once);
    let sum_of = |computing: bool| -> f64 {
        computes.iter().zip(&times).filter(|(computes, _)| **computes == computing).map(|(_, ms)| ms).sum()
    };
    if row.workload.cost() == Cost::Mixed {
        // Waiting needs no core: whichever of the two takes longer decides.
        let (computing_ms, total_ms) = (sum_of(true), sum_of(true) + sum_of(false));
        let (by_cores_ms, by_workers_ms) = (computing_ms / f64::from(at_once), total_ms / f64::from(workers));
        return Some(if by_cores_ms > by_workers_ms {
            Theory { predicted_ms: by_cores_ms, rule: Rule::Share { total_ms: computing_ms }, at_once, limit }
        } else {
            Theory { predicted_ms: by_workers_ms, rule: Rule::Share { total_ms }, at_once: workers, limit: None }
        });
    }
    let total_ms = sum_of(true);
    let equal = matches!(row.workload.cost(), Cost::Steps(_));
    if equal && limit.is_none() {
        let (turns, each_ms) = (row.workload.tasks().div_ceil(at_once), total_ms / times.len() as f64);
        return Some(Theory {
            predicted_ms: f64::from(turns) * each_ms,
            rule: Rule::Turns { turns, each_ms },
            at_once,
            limit,
        });
    }
    Some(share(&times, at_once, limit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Analysis;
    use crate::report::fixture::ReportBuilder;
    use crate::scale::Scale;

    /// What the theory of a row of an experiment says on a platform with two cores, at scale exact, if each task takes 10 ms.
    fn said(name: &str, platform: Platform, strategy: Strategy, workers: u32) -> String {
        // What is computed does not depend on where the plan could be carried out.
        let report = ReportBuilder::of(name).scale(Scale::Exact).runs(1).build();
        let mut report = Report { platform, ..report };
        report.runs.iter_mut().flat_map(|run| &mut run.spans).for_each(|span| span.end_ms = span.start_ms + 10.0);
        let analysis = Analysis::of(&report);
        let is_it = |row: &&RowAnalysis<'_>| (row.row.strategy, row.row.workers) == (strategy, workers);
        let row = analysis.rows.iter().find(is_it).expect("a row");
        row.theory.as_ref().map_or_else(|| "nothing".to_owned(), ToString::to_string)
    }

    #[test]
    fn what_the_sources_measured() {
        use Platform::{Browser, Native, Python};
        use Strategy::{Async, Processes, Sequential, Threads};
        // 100, 50 and 16.8 s: the article's 100, 50 and 15.
        assert_eq!(said("post", Native, Sequential, 1), "500 tasks × 200 ms = 100.0 s");
        assert_eq!(said("post", Native, Processes, 2), "250 turns of up to 2 tasks × 200 ms = 50.0 s");
        assert_eq!(said("post", Native, Threads, 6), "84 turns of up to 6 tasks × 200 ms = 16.8 s");
        // A site of 140 pages reproduces the article's 45.4 s less its parsing; ten at a time 4.5 s.
        assert_eq!(said("crawl", Native, Sequential, 1), "140 tasks × 290 ms = 40.6 s");
        assert_eq!(said("sites", Browser, Threads, 5), "60 turns of up to 5 tasks × 100 ms = 6.00 s");
        assert_eq!(
            said("crawl", Browser, Async, 20),
            "25 turns of up to 6 tasks × 290 ms = 7.25 s (a browser opens six connections to a host)"
        );
        assert_eq!(said("cpu-heavy", Native, Threads, 2), "8 turns of up to 2 tasks × 10.0 ms = 80.0 ms");
        assert_eq!(
            said("cpu-heavy", Native, Processes, 4),
            "160 ms of tasks ÷ 2 at once = 80.0 ms (there are no more cores)"
        );
        assert_eq!(said("cpu-heavy", Native, Sequential, 1), "nothing");
        assert_eq!(said("io-heavy", Native, Threads, 2), "nothing");
        assert_eq!(
            said("cpu-heavy", Python, Threads, 4),
            "160 ms of tasks ÷ 1 at once = 160 ms (CPython's global lock lets one thread compute at a time)"
        );
    }

    #[test]
    fn sleeps_are_known_from_their_seed() {
        let ten = said("square", Platform::Native, Strategy::Processes, 10);
        let fifty = said("square", Platform::Native, Strategy::Processes, 50);
        // Expected are 125.1 and 25.0 s; these are this seed's draws.
        assert_eq!(ten, "1215.3 s of tasks ÷ 10 at once = 121.5 s");
        assert_eq!(fifty, "1215.3 s of tasks ÷ 50 at once = 24.3 s");
        let all = said("gather", Platform::Native, Strategy::Async, 100);
        assert_eq!(all, "all at once: the longest task takes 998 ms");
    }
}
