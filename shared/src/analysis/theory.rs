//! What a row is predicted to take: if nothing but the waiting and computing of its tasks took any time.

use std::fmt::{Display, Formatter, Result as Written};

use super::RowAnalysis;
use crate::ideal::{Doing, Part, end, schedule};
use crate::label::RowLabel;
use crate::number::{Cores, Counted, Time};
use crate::report::{Report, Warning};
use crate::run::Run;
use crate::statistics::median;
use crate::workload::{Cost, Setting};

/// The time that a row is predicted to take, and how one comes to it.
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
    /// The row of this report that the times of single tasks were measured in; `None` where parameters and seed decide them.
    pub measured_in: Option<RowLabel>,
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
    /// Tasks of different length go, in their order, to whoever is free first (list scheduling: Graham, "Bounds on
    /// Multiprocessing Timing Anomalies", SIAM Journal on Applied Mathematics 17 (1969), 416–429), wave by wave.
    Queue {
        /// The time of all tasks, in milliseconds.
        total_ms: f64,
    },
}

/// Why fewer tasks make progress at once than there are workers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Limit {
    /// A browser's connections to one host.
    Connections,
    /// The machine's cores.
    Cores,
    /// A quota for their time, in cores.
    Quota(f64),
    /// One thread computes one task at a time.
    OneThread,
    /// The lock that threads take turns at.
    GlobalLock,
}

impl Display for Limit {
    fn fmt(&self, f: &mut Formatter<'_>) -> Written {
        match self {
            Limit::Connections => f.write_str("a browser opens six connections to a host"),
            Limit::Cores => f.write_str("there are no more cores"),
            Limit::Quota(quota) => write!(f, "there is a quota of {}", Cores(*quota)),
            Limit::OneThread => f.write_str("one thread computes one task at a time"),
            Limit::GlobalLock => f.write_str("the global lock lets one thread compute at a time"),
        }
    }
}

impl Theory {
    /// What its time is called: predicted, and from what, if it was measured in this very report.
    pub fn words(&self) -> String {
        self.measured_in.as_ref().map_or_else(|| "predicted".to_owned(), |row| format!("predicted from {row}"))
    }
}

impl Display for Theory {
    fn fmt(&self, f: &mut Formatter<'_>) -> Written {
        let Self { predicted_ms, rule, at_once, limit, measured_in } = self;
        let predicted = Time(*predicted_ms);
        match rule {
            Rule::Turns { turns, each_ms } => {
                let turns = match (turns, at_once) {
                    (tasks, 1) => Counted(u64::from(*tasks), "task").to_string(),
                    (turns, at_once) => format!("{} of up to {at_once} tasks", Counted(u64::from(*turns), "turn")),
                };
                write!(f, "{turns} × {} = {predicted}", Time(*each_ms))?;
            }
            Rule::Longest => write!(f, "all at once: the longest task takes {predicted}")?,
            Rule::Queue { total_ms } if *at_once == 1 => {
                write!(f, "{} of tasks, one after another = {predicted}", Time(*total_ms))?;
            }
            Rule::Queue { total_ms } => {
                write!(f, "{} of tasks, up to {at_once} at once = {predicted}", Time(*total_ms))?;
            }
        }
        if let Some(limit) = limit {
            write!(f, " ({limit})")?;
        }
        match measured_in {
            Some(row) => write!(f, "; task times as in {row}"),
            None => Ok(()),
        }
    }
}

/// What a row of a report is predicted to take; `None` where nothing is known beforehand: what files and bandwidth cost,
/// and the row that others are held against.
///
/// `rows` are all rows. Sleeps and latencies are drawn as tasks and target draw them; what a task computes for is taken from
/// the row that speed-ups are against.
pub(super) fn theory(report: &Report, rows: &[RowAnalysis<'_>], analysis: &RowAnalysis<'_>) -> Option<Theory> {
    let row = analysis.row;
    if analysis.summary.all_failed {
        // There is nothing that could be held against it.
        return None;
    }
    let workers = row.strategy.tasks_at_once(row.workers);
    match row.workload.cost() {
        Cost::Steps(_) | Cost::Uneven | Cost::Mixed => computing(report, rows, analysis, workers),
        Cost::Sleep { .. } => Some(waiting(&row.workload.waits_ms(report.seed), workers, None)),
        Cost::Request { .. } => requesting(report, analysis, workers),
        Cost::Unknown => None,
    }
}

/// How many requests a connection of HTTP/2 surely has at once: of more, browser and server say how many
/// (<https://www.rfc-editor.org/rfc/rfc9113#section-6.5.2>).
const STREAMS: u32 = 100;

/// A row whose tasks all wait for the target: only its latency is known, and of another server's not even that.
fn requesting(report: &Report, analysis: &RowAnalysis<'_>, workers: u32) -> Option<Theory> {
    if report.warnings.iter().any(|warning| matches!(warning, Warning::OtherTarget { .. })) {
        return None;
    }
    let workload = &analysis.row.workload;
    let latency = workload.model().map(|model| model.latency).filter(|latency| !latency.is_none())?;
    let waits_ms = if !workload.entry().finds_tasks {
        workload.waits_ms(report.seed)
    } else {
        // What was found, and when, shows in the run. Where latencies differ, it has to be known which page was which.
        let waves = waves(analysis.measured.last().filter(|run| run.all_tasks.is_none())?);
        if latency.min_ms() == latency.max_ms() {
            waves.iter().map(|tasks| vec![latency.min_ms(); *tasks]).collect()
        } else {
            let drawn = workload.waits_ms(report.seed);
            drawn.iter().map(Vec::len).eq(waves).then_some(drawn)?
        }
    };
    // WebKitGTK 2.50 opens six connections over HTTP/2, too, and has one request under way on each; other ports of WebKit are
    // not known.
    if report.speaks_http2(analysis.row) && (workers > STREAMS || report.is_of_webkit()) {
        return None;
    }
    let (at_once, limit) = match report.connections_max(analysis.row) {
        Some(most) if workers > most => (most, Some(Limit::Connections)),
        _ => (workers, None),
    };
    let is_limited = waits_ms.iter().any(|wave| wave.len() > at_once as usize);
    Some(waiting(&waits_ms, at_once, limit.filter(|_| is_limited)))
}

/// Tasks that need no core, with known times, wave by wave.
fn waiting(waves_ms: &[Vec<f64>], at_once: u32, limit: Option<Limit>) -> Theory {
    let theory = |predicted_ms, rule| Theory { predicted_ms, rule, at_once, limit, measured_in: None };
    let first_ms = waves_ms.iter().flatten().next().copied().unwrap_or_default();
    if waves_ms.iter().flatten().all(|ms| *ms == first_ms) {
        let turns: u32 = waves_ms.iter().map(|wave| (wave.len() as u32).div_ceil(at_once)).sum();
        return theory(f64::from(turns) * first_ms, Rule::Turns { turns, each_ms: first_ms });
    }
    let ends_ms = |wave: &Vec<f64>| {
        let tasks: Vec<[Part; 1]> = wave.iter().map(|ms| [(Doing::Waits, *ms)]).collect();
        end(&schedule(&tasks, at_once, 1.0))
    };
    let predicted_ms = waves_ms.iter().map(ends_ms).sum();
    match waves_ms {
        [wave] if wave.len() <= at_once as usize => theory(predicted_ms, Rule::Longest),
        _ => theory(predicted_ms, Rule::Queue { total_ms: waves_ms.iter().flatten().sum() }),
    }
}

/// How many tasks each wave of a run had: those that could first be taken at the same time.
fn waves(run: &Run) -> Vec<usize> {
    let mut queued: Vec<f64> = run.spans.iter().map(|span| span.queued_ms).collect();
    queued.sort_by(f64::total_cmp);
    queued.chunk_by(|time, next| time == next).map(<[f64]>::len).collect()
}

/// A row that computes, all the time or between requests.
fn computing(report: &Report, rows: &[RowAnalysis<'_>], analysis: &RowAnalysis<'_>, workers: u32) -> Option<Theory> {
    let row = analysis.row;
    let base = analysis.baseline.map(|base| &rows[base]).filter(|base| base.row != row)?;
    let wave = row.workload.waves(Setting { target: "/", seed: report.seed }).next(&[])?;
    // The median time of each task in the row with one worker.
    let mut times: Vec<Vec<f64>> = vec![Vec::new(); wave.len()];
    for run in &base.measured {
        for span in run.spans.iter().filter(|span| span.error.is_none()) {
            times.get_mut(span.task as usize)?.push(span.end_ms - span.start_ms);
        }
    }
    // Where only some of the spans are kept, what all tasks took is known, and with it the mean.
    let means =
        base.measured.iter().filter(|run| run.all_tasks.is_some()).map(|run| run.busy_ms() / run.tasks() as f64);
    let mean = median(&means.collect::<Vec<f64>>());
    let times: Option<Vec<f64>> = times.iter().map(|of_task| mean.or_else(|| median(of_task))).collect();
    let times = times?;
    // A quota of less than a core held the worker back, too, in whose row the tasks were timed.
    let cores = report.environment.usable_cores().max(1.0);
    let (cores, limit) = match row.strategy {
        strategy if !strategy.is_parallel() => (1.0, Some(Limit::OneThread)),
        _ if report.has_global_lock(row) => (1.0, Some(Limit::GlobalLock)),
        _ => (cores, Some(report.environment.limiting_quota().map_or(Limit::Cores, Limit::Quota))),
    };
    let limit = limit.filter(|_| f64::from(workers) > cores);
    let (cores, at_once) = (cores.min(workers.into()), workers.min(cores.ceil() as u32));
    let doing = |waits| if waits { Doing::Waits } else { Doing::Computes };
    let tasks: Vec<[Part; 1]> = wave.iter().zip(&times).map(|(task, ms)| [(doing(task.work.waits()), *ms)]).collect();
    let total_of = |is_meant: fn(Doing) -> bool| -> f64 {
        tasks.iter().map(|[(doing, ms)]| if is_meant(*doing) { *ms } else { 0.0 }).sum()
    };
    let total_ms = total_of(|_| true);
    let theory = |predicted_ms, rule, at_once, limit| {
        Some(Theory { predicted_ms, rule, at_once, limit, measured_in: Some(base.label.clone()) })
    };
    if matches!(row.workload.cost(), Cost::Steps(_)) && limit.is_none() {
        let (turns, each_ms) = (row.workload.tasks().div_ceil(at_once), total_ms / times.len() as f64);
        return theory(f64::from(turns) * each_ms, Rule::Turns { turns, each_ms }, at_once, None);
    }
    let predicted_ms = end(&schedule(&tasks, workers, cores));
    let computing_ms = total_of(|doing| doing == Doing::Computes);
    // Waiting needs no core: whichever of the two takes longer decides.
    if computing_ms < total_ms && computing_ms / cores <= total_ms / f64::from(workers) {
        theory(predicted_ms, Rule::Queue { total_ms }, workers, None)
    } else if times.len() <= workers as usize && limit.is_none() {
        theory(predicted_ms, Rule::Longest, at_once, None)
    } else {
        theory(predicted_ms, Rule::Queue { total_ms: computing_ms }, at_once, limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Analysis;
    use crate::experiment::experiments;
    use crate::measure::Request;
    use crate::report::fixture::ReportBuilder;
    use crate::scale::Scale;
    use crate::strategy::{Platform, Strategy};
    use crate::target::{Draws, Latency};
    use crate::way::Lock;

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
        assert_eq!(
            said("cpu-heavy", Native, Threads, 2),
            "8 turns of up to 2 tasks × 10.0 ms = 80.0 ms; task times as in sequential"
        );
        assert_eq!(
            said("cpu-heavy", Native, Processes, 4),
            "160 ms of tasks, up to 2 at once = 80.0 ms (there are no more cores); task times as in sequential"
        );
        assert_eq!(said("cpu-heavy", Native, Sequential, 1), "nothing");
        assert_eq!(said("io-heavy", Native, Threads, 2), "nothing");
        assert_eq!(
            said("cpu-heavy", Python, Threads, 4),
            "160 ms of tasks, one after another = 160 ms (the global lock lets one thread compute at a time); task times as in sequential"
        );
    }

    #[test]
    fn over_http2_a_browser_has_no_staircase_as_far_as_is_known() {
        let said = |http: Option<&str>, workers: u32| {
            let mut report = ReportBuilder::of("connections").platform(Platform::Chromium).runs(1).build();
            report.environment.http = http.map(str::to_owned);
            report.runs.retain(|run| run.row.workers == 24);
            report.runs.iter_mut().for_each(|run| run.row.workers = workers);
            let analysis = Analysis::of(&report);
            analysis.rows[0].theory.as_ref().map(ToString::to_string)
        };
        let stairs = "4 turns of up to 6 tasks × 20.0 ms = 80.0 ms (a browser opens six connections to a host)";
        assert_eq!(said(None, 24).as_deref(), Some(stairs));
        assert_eq!(said(Some("http/1.1"), 24).as_deref(), Some(stairs));
        assert_eq!(said(Some("h2"), 24).as_deref(), Some("1 turn of up to 24 tasks × 20.0 ms = 20.0 ms"));
        assert_eq!(said(Some("h2"), 101), None);
    }

    #[test]
    fn the_staircase_is_that_of_the_protocol_that_was_asked_for() {
        for http in [None, Some("h2"), Some("http/1.1")] {
            let said = |platform: Platform| {
                let mut report = ReportBuilder::of("http2").platform(platform).runs(1).build();
                report.environment.http = http.map(str::to_owned);
                let analysis = Analysis::of(&report);
                let said = |row: &RowAnalysis<'_>| {
                    let theory = row.theory.as_ref().expect("a prediction").to_string();
                    (row.label.params(), theory)
                };
                analysis.rows.iter().map(said).collect::<Vec<_>>()
            };
            let stairs = "4 turns of up to 6 tasks × 20.0 ms = 80.0 ms (a browser opens six connections to a host)";
            let none = "1 turn of up to 24 tasks × 20.0 ms = 20.0 ms";
            let rows = |of: [&str; 2]| {
                let named = [", protocol http1", ", protocol http2"].into_iter().zip(of);
                named.map(|(name, theory)| (name.to_owned(), theory.to_owned())).collect::<Vec<_>>()
            };
            assert_eq!(said(Platform::Firefox), rows([stairs, none]), "{http:?}");
            assert_eq!(said(Platform::Native), rows([none, none]), "{http:?}");
        }
        let report = ReportBuilder::of("http2").platform(Platform::Webkit).runs(1).build();
        let predicted = Analysis::of(&report).rows.iter().map(|row| row.theory.is_some()).collect::<Vec<_>>();
        assert_eq!(predicted, [true, false]);
    }

    #[test]
    fn a_target_in_the_browser_has_no_staircase() {
        let mut report = ReportBuilder::of("connections").platform(Platform::Chromium).runs(1).build();
        report.environment.target_in_browser = true;
        report.runs.retain(|run| run.row.workers == 24);
        let theory = Analysis::of(&report).rows[0].theory.as_ref().map(ToString::to_string);
        assert_eq!(theory.as_deref(), Some("1 turn of up to 24 tasks × 20.0 ms = 20.0 ms"));
    }

    #[test]
    fn a_quota_and_the_lock_are_what_they_are_to_scaling() {
        let said = |platform, strategy, change: fn(&mut Report)| {
            let mut report = ReportBuilder::of("cpu-heavy").platform(platform).tasks(16).runs(1).build();
            report.runs.iter_mut().flat_map(|run| &mut run.spans).for_each(|span| span.end_ms = span.start_ms + 10.0);
            change(&mut report);
            let analysis = Analysis::of(&report);
            let row = analysis.rows.iter().find(|row| (row.row.strategy, row.row.workers) == (strategy, 2));
            let theory = row.and_then(|row| row.theory.clone()).expect("a prediction").to_string();
            theory.split_once(';').map_or(theory.clone(), |(rule, _)| rule.to_owned())
        };
        let threads = |quota: fn(&mut Report)| said(Platform::Native, Strategy::Threads, quota);
        assert_eq!(threads(|_| {}), "8 turns of up to 2 tasks × 10.0 ms = 80.0 ms");
        assert_eq!(threads(|report| report.environment.cpu_quota = Some(4.0)), threads(|_| {}));
        assert_eq!(
            threads(|report| report.environment.cpu_quota = Some(1.5)),
            "160 ms of tasks, up to 2 at once = 107 ms (there is a quota of 1.5 cores)"
        );
        // The single worker of the row whose times these are had no more than half a core, either.
        assert_eq!(
            threads(|report| report.environment.cpu_quota = Some(0.5)),
            "160 ms of tasks, one after another = 160 ms (there is a quota of 0.5 cores)"
        );
        // Reports of older versions do not say what Python it was.
        let unknown = |report: &mut Report| report.environment.python = None;
        let locked = said(Platform::Python, Strategy::Threads, unknown);
        assert!(locked.contains("the global lock"), "{locked}");
        let under = |report: &mut Report| report.runs.iter_mut().for_each(|run| run.row.way.lock = Lock::Gil);
        assert_eq!(said(Platform::Native, Strategy::Threads, under), locked);
        assert!(!said(Platform::Native, Strategy::Processes, under).contains("lock"));
        let free = |report: &mut Report| report.environment.python.as_mut().expect("Python").gil = false;
        assert!(!said(Platform::Python, Strategy::Threads, free).contains("lock"));
        assert!(!said(Platform::Python, Strategy::Processes, unknown).contains("lock"));
    }

    #[test]
    fn sleeps_are_known_from_their_seed() {
        let ten = said("square", Platform::Native, Strategy::Processes, 10);
        let fifty = said("square", Platform::Native, Strategy::Processes, 50);
        // Expected are 125.1 and 25.0 s; these are this seed's draws.
        assert_eq!(ten, "1215.3 s of tasks, up to 10 at once = 121.5 s");
        assert_eq!(fifty, "1215.3 s of tasks, up to 50 at once = 24.4 s");
        let all = said("gather", Platform::Native, Strategy::Async, 100);
        assert_eq!(all, "all at once: the longest task takes 998 ms");
    }

    #[test]
    fn nothing_is_predicted_of_a_server_that_may_not_know_what_it_is_asked() {
        let latency = ("latency", "30");
        assert!(predicted_ms("post", &[latency]).is_some());
        assert_eq!(predicted_ms("post", &[latency, ("target", "http://127.0.0.1:8018/")]), None);
    }

    /// What is predicted for the first row of a request, in milliseconds.
    fn predicted_ms(name: &str, options: &[(&str, &str)]) -> Option<f64> {
        let set = |request: &mut Request| {
            options.iter().for_each(|(key, value)| request.set(key, value).expect("an option"));
        };
        let report = ReportBuilder::of(name).request(set).build();
        Analysis::of(&report).rows[0].theory.as_ref().map(|theory| theory.predicted_ms)
    }

    #[test]
    fn latencies_of_a_range_are_those_that_are_drawn() {
        let post = |workers, latency| {
            let options = [("tasks", "10"), ("strategy", "async"), ("workers", workers), ("latency", latency)];
            predicted_ms("post", &options).expect("latency is known")
        };
        let latency: Latency = "0-200".parse().expect("a latency");
        let drawn = (0..10)
            .map(|task: u32| Draws { seed: 1, path: "/target/echo", task: &task.to_string() }.latency_ms(latency));
        let drawn: Vec<f64> = drawn.collect();
        let longest_ms = drawn.iter().copied().fold(0.0, f64::max);
        assert!((post("10", "0-200") - longest_ms).abs() < 1e-9 && longest_ms > 150.0, "{longest_ms}");
        assert!((post("1", "0-200") - drawn.iter().sum::<f64>()).abs() < 1e-9);
        let two_ms = post("2", "0-200");
        assert!(two_ms > drawn.iter().sum::<f64>() / 2.0 && two_ms < post("1", "0-200") / 2.0 + longest_ms, "{two_ms}");
        assert_eq!(post("10", "100-100"), 100.0);
    }

    #[test]
    fn every_experiment_that_waits_or_computes_has_a_theory_at_every_scale() {
        for experiment in experiments().iter().filter(|experiment| !experiment.fails) {
            for scale in Scale::ALL {
                let workload = experiment.workload(*scale);
                let is_known = match workload.cost() {
                    Cost::Unknown => false,
                    Cost::Request { .. } => workload.model().is_some_and(|model| !model.latency.is_none()),
                    Cost::Steps(_) | Cost::Uneven | Cost::Sleep { .. } | Cost::Mixed => true,
                };
                let report = ReportBuilder::of(&experiment.name).scale(*scale).runs(1).build();
                let analysis = Analysis::of(&report);
                let has_theory = analysis.rows.iter().any(|row| row.theory.is_some());
                assert_eq!(has_theory, is_known, "{} {scale}", experiment.name);
            }
        }
    }

    #[test]
    fn a_crawl_with_latencies_of_a_range_knows_which_page_is_which() {
        let options = [("scale", "exact"), ("latency", "0-100"), ("strategy", "sequential")];
        let found_ms = predicted_ms("crawl", &options);
        let draw_ms = |id: u32| {
            let latency = "0-100".parse().expect("a latency");
            Draws { seed: 1, path: &format!("/target/page/{id}"), task: "" }.latency_ms(latency)
        };
        let all_ms: f64 = (0..140).map(draw_ms).sum();
        assert!(found_ms.is_some_and(|ms| (ms - all_ms).abs() < 1e-6), "{found_ms:?} {all_ms}");
    }
}
