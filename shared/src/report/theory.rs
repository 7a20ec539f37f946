//! What a row should take in theory: if nothing but the waiting and computing of its tasks took any time.

use serde::Serialize;

use super::{Report, RowSummary, Run, Spread, baseline};
use crate::measure::Row;
use crate::strategy::{Platform, Strategy};
use crate::task::Work;
use crate::workload::{Nature, Setting, Workload};

/// Connections that browsers open to one host under HTTP/1.1, whatever the number of workers.
pub const CONNECTIONS_MAX: u32 = 6;

/// The time that a row should take, and how one comes to it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Theory {
    /// The time, in milliseconds.
    pub expected_ms: f64,
    /// The rule.
    pub rule: Rule,
    /// How many tasks make progress at once.
    pub at_once: u32,
    /// What keeps that below the number of workers, if anything does.
    pub limit: Option<Limit>,
}

/// How one comes to a time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "rule", rename_all = "kebab-case")]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
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

/// A time for a human.
fn time(ms: f64) -> String {
    match ms {
        ms if ms >= 1e4 => format!("{:.1} s", ms / 1e3),
        ms if ms >= 1e3 => format!("{:.2} s", ms / 1e3),
        ms if ms >= 100.0 => format!("{ms:.0} ms"),
        ms if ms >= 10.0 => format!("{ms:.1} ms"),
        ms => format!("{ms:.2} ms"),
    }
}

impl std::fmt::Display for Theory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { expected_ms, rule, at_once, limit } = self;
        let expected = time(*expected_ms);
        match rule {
            Rule::Turns { turns, each_ms } => {
                write!(f, "{turns} turns of {at_once} at once × {} = {expected}", time(*each_ms))?;
            }
            Rule::Longest => write!(f, "all at once: the longest task takes {expected}")?,
            Rule::Share { total_ms } => write!(f, "{} of tasks / {at_once} at once = {expected}", time(*total_ms))?,
        }
        match limit {
            Some(limit) => write!(f, " ({limit})"),
            None => Ok(()),
        }
    }
}

impl Theory {
    /// What was measured, held against it, in a sentence.
    pub fn beside(&self, measured_ms: f64) -> String {
        let more = measured_ms / self.expected_ms - 1.0;
        let apart = match more {
            more if !more.is_finite() => return format!("In theory {self}; measured {}.", time(measured_ms)),
            more if more.abs() < 0.005 => "the same".to_owned(),
            more if more >= 1.0 => format!("{:.1} times as much", 1.0 + more),
            more if more > 0.0 => format!("{:.0} % more", more * 100.0),
            more => format!("{:.0} % less", -more * 100.0),
        };
        format!("In theory {self}; measured {}, {apart}.", time(measured_ms))
    }
}

/// What a row of a report should take; `None` where nothing is known beforehand: what files and bandwidth cost, and the
/// row that others are held against.
///
/// `rows` are the report's summaries. Sleeps and latencies are known from parameters and seed; what a task computes for
/// is taken from the row that speed-ups are against.
pub fn theory(report: &Report, rows: &[RowSummary], row: &Row) -> Option<Theory> {
    let workload = &row.workload;
    let workers = if row.strategy == Strategy::Sequential { 1 } else { row.workers };
    let computes = workload.nature() == Nature::Computes;
    if let Workload::Sleep { .. } = workload {
        let durations = of_tasks(report, workload, |work| match work {
            Work::Sleep { duration_ms, .. } => Some(*duration_ms),
            _ => None,
        });
        return Some(share(&durations, workers, None));
    }
    if computes || matches!(workload, Workload::Mixed { .. }) {
        return computing(report, rows, row, workers);
    }
    let latency_ms = latency(workload)?;
    let (at_once, limit) = connections(report, workers);
    let waves = match workload {
        Workload::Crawl { .. } => waves(report.runs.iter().rev().find(|run| run.is_of(row) && run.is_measured())?),
        _ => vec![workload.tasks()],
    };
    let turns: u32 = waves.iter().map(|tasks| tasks.div_ceil(at_once)).sum();
    let rule = Rule::Turns { turns, each_ms: latency_ms };
    let limit = limit.filter(|_| workload.tasks() > at_once);
    Some(Theory { expected_ms: f64::from(turns) * latency_ms, rule, at_once, limit })
}

/// How many requests can be under way at once.
fn connections(report: &Report, workers: u32) -> (u32, Option<Limit>) {
    let few = report.platform == Platform::Browser && workers > CONNECTIONS_MAX;
    if few { (CONNECTIONS_MAX, Some(Limit::Connections)) } else { (workers, None) }
}

/// Tasks with known times over some workers.
fn share(durations_ms: &[f64], at_once: u32, limit: Option<Limit>) -> Theory {
    let total_ms: f64 = durations_ms.iter().sum();
    let longest_ms = durations_ms.iter().copied().fold(0.0, f64::max);
    let evenly_ms = total_ms / f64::from(at_once);
    // As many workers as tasks, or one task that outlasts everything else.
    if durations_ms.len() <= at_once as usize || longest_ms >= evenly_ms {
        return Theory { expected_ms: longest_ms, rule: Rule::Longest, at_once, limit };
    }
    Theory { expected_ms: evenly_ms, rule: Rule::Share { total_ms }, at_once, limit }
}

/// What the tasks of a workload's only wave tell of themselves.
fn of_tasks<T>(report: &Report, workload: &Workload, tell: impl Fn(&Work) -> Option<T>) -> Vec<T> {
    let wave = workload.waves(Setting { target: "", seed: report.seed }).next(&[]);
    wave.iter().flatten().filter_map(|task| tell(&task.work)).collect()
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
    queued.chunk_by(|one, other| one == other).map(|wave| wave.len() as u32).collect()
}

/// Whether one thread at a time runs Python code: so it is unless the report says otherwise.
fn has_lock(report: &Report) -> bool {
    report.environment.python.as_ref().is_none_or(|python| python.gil)
}

/// A row that computes, all the time or between requests.
fn computing(report: &Report, rows: &[RowSummary], row: &Row, workers: u32) -> Option<Theory> {
    let base = baseline(rows, row).map(|base| &base.row).filter(|base| *base != row)?;
    let computes = of_tasks(report, &row.workload, |work| Some(!work.waits()));
    // The median time of each task in the row with one worker.
    let mut times: Vec<Vec<f64>> = vec![Vec::new(); computes.len()];
    for run in report.runs.iter().filter(|run| run.is_of(base) && run.is_measured()) {
        for span in run.spans.iter().filter(|span| span.error.is_none()) {
            times.get_mut(span.task as usize)?.push(span.end_ms - span.start_ms);
        }
    }
    let times: Option<Vec<f64>> = times.into_iter().map(|of_task| Some(Spread::of(of_task)?.median_ms)).collect();
    let times = times?;
    let cores = report.environment.cores;
    let (at_once, limit) = match (report.platform, row.strategy) {
        (_, Strategy::Async | Strategy::Sequential) => (1, Some(Limit::OneThread)),
        (Platform::Python, Strategy::Threads) if has_lock(report) => (1, Some(Limit::InterpreterLock)),
        _ if workers > cores => (cores, Some(Limit::Cores)),
        _ => (workers, None),
    };
    let limit = limit.filter(|_| workers > at_once);
    let sum_of = |computing: bool| -> f64 {
        computes.iter().zip(&times).filter(|(computes, _)| **computes == computing).map(|(_, ms)| ms).sum()
    };
    if matches!(row.workload, Workload::Mixed { .. }) {
        // Waiting needs no core: whichever of the two takes longer decides.
        let (computing_ms, total_ms) = (sum_of(true), sum_of(true) + sum_of(false));
        let (by_cores_ms, by_workers_ms) = (computing_ms / f64::from(at_once), total_ms / f64::from(workers));
        return Some(if by_cores_ms > by_workers_ms {
            Theory { expected_ms: by_cores_ms, rule: Rule::Share { total_ms: computing_ms }, at_once, limit }
        } else {
            Theory { expected_ms: by_workers_ms, rule: Rule::Share { total_ms }, at_once: workers, limit: None }
        });
    }
    let total_ms = sum_of(true);
    let equal = !matches!(row.workload, Workload::Mandelbrot { .. });
    if equal && limit.is_none() {
        let (turns, each_ms) = (row.workload.tasks().div_ceil(at_once), total_ms / times.len() as f64);
        return Some(Theory {
            expected_ms: f64::from(turns) * each_ms,
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
    use crate::measure::{Execution, Request, Scale, failed};
    use crate::report::fixture;
    use crate::report::{Span, summarize};
    use crate::strategy::Mechanism;
    use crate::task::TaskError;

    /// A task that took 10 ms. Ten of them could first be taken at a time.
    fn span(task: u32) -> Span {
        let queued_ms = f64::from(task.div_ceil(10));
        let span = failed(task, 0, [queued_ms, 0.0, 10.0], TaskError::cancelled()).span;
        Span { error: None, ..span }
    }

    /// What the theory of a row of an experiment says on a platform with two cores, at scale exact.
    fn said(name: &str, platform: Platform, strategy: Strategy, workers: u32) -> String {
        let request = Request { scale: Scale::Exact, ..Request::named(name) };
        // What is computed does not depend on where the plan could be carried out.
        let plan = request.plan(Platform::Native).expect("a plan");
        let runs = plan.rows().map(|row| {
            let spec = plan.run(row, 0, false);
            let tasks = if name == "crawl" { 140 } else { spec.row.workload.tasks() };
            let spans = (0..tasks).map(span).collect();
            let mechanism = Mechanism::OneThread;
            Run::new(spec, Execution { mechanism, began_ms: 0.0, setup_ms: 0.0, wall_ms: 1.0, spans }, 0.0, false)
        });
        let report = Report { platform, ..fixture::report(runs.collect()) };
        let rows = summarize(&report);
        let row = plan.rows().find(|row| (row.strategy, row.workers) == (strategy, workers)).expect("a row");
        theory(&report, &rows, row).map_or_else(|| "nothing".to_owned(), |theory| theory.to_string())
    }

    #[test]
    fn what_the_sources_measured() {
        use Platform::{Browser, Native, Python};
        use Strategy::{Async, Processes, Sequential, Threads};
        // 100, 50 and 16.8 s: the article's 100, 50 and 15.
        assert_eq!(said("post", Native, Sequential, 1), "500 turns of 1 at once × 200 ms = 100.0 s");
        assert_eq!(said("post", Native, Processes, 2), "250 turns of 2 at once × 200 ms = 50.0 s");
        assert_eq!(said("post", Native, Threads, 6), "84 turns of 6 at once × 200 ms = 16.8 s");
        // A site of 140 pages reproduces the article's 45.4 s less its parsing; ten at a time 4.5 s.
        assert_eq!(said("crawl", Native, Sequential, 1), "140 turns of 1 at once × 290 ms = 40.6 s");
        assert_eq!(said("sites", Browser, Threads, 5), "60 turns of 5 at once × 100 ms = 6.00 s");
        assert_eq!(
            said("crawl", Browser, Async, 20),
            "29 turns of 6 at once × 290 ms = 8.41 s (a browser opens six connections to a host)"
        );
        assert_eq!(said("cpu-heavy", Native, Threads, 2), "8 turns of 2 at once × 10.0 ms = 80.0 ms");
        assert_eq!(
            said("cpu-heavy", Native, Processes, 4),
            "160 ms of tasks / 2 at once = 80.0 ms (there are no more cores)"
        );
        assert_eq!(said("cpu-heavy", Native, Sequential, 1), "nothing");
        assert_eq!(said("io-heavy", Native, Threads, 2), "nothing");
        assert_eq!(
            said("cpu-heavy", Python, Threads, 4),
            "160 ms of tasks / 1 at once = 160 ms (CPython's global lock lets one thread compute at a time)"
        );
    }

    #[test]
    fn held_against_what_was_measured() {
        fn check(measured_ms: f64, expected: &str) {
            let rule = Rule::Turns { turns: 84, each_ms: 10.0 };
            let theory = Theory { expected_ms: 840.0, rule, at_once: 6, limit: None };
            let theirs = format!("In theory 84 turns of 6 at once × 10.0 ms = 840 ms; measured {expected}");
            assert_eq!(theory.beside(measured_ms), theirs);
        }
        check(898.8, "899 ms, 7 % more.");
        check(840.1, "840 ms, the same.");
        check(756.0, "756 ms, 10 % less.");
        check(2100.0, "2.10 s, 2.5 times as much.");
    }

    #[test]
    fn sleeps_are_known_from_their_seed() {
        let ten = said("square", Platform::Native, Strategy::Processes, 10);
        let fifty = said("square", Platform::Native, Strategy::Processes, 50);
        // Expected are 125.1 and 25.0 s; these are this seed's draws.
        assert_eq!(ten, "1226.6 s of tasks / 10 at once = 122.7 s");
        assert_eq!(fifty, "1226.6 s of tasks / 50 at once = 24.5 s");
        let all = said("gather", Platform::Native, Strategy::Async, 100);
        assert_eq!(all, "all at once: the longest task takes 971 ms");
    }
}
