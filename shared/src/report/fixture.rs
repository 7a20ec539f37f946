//! Reports for tests, made by hand: no clock, nothing drawn by chance, the same on every machine.

mod pair;
pub mod samples;
mod spans;

use std::collections::BTreeMap;

pub use pair::PairBuilder;

use super::{Browser, Environment, Python, Report, SCHEMA_VERSION, Tool, recorded};
use crate::costs::Costs;
use crate::measure::Request;
use crate::row::Row;
use crate::run::Run;
use crate::scale::Scale;
use crate::span::{Span, TaskError};
use crate::strategy::{Dispatch, Mechanism, Platform, Strategy};
use crate::way::Way;
use crate::workload::Workload;

/// What the fixed piece of computing before each run takes, in milliseconds.
const PROBE_MS: f64 = 4.0;

/// The wall time of a row's repetition, in milliseconds.
type WallMs<'a> = dyn Fn(&Row, u32) -> f64 + 'a;
/// Why a task of a row's repetition fails, if it does.
type Failure<'a> = dyn Fn(&Row, u32, u32) -> Option<TaskError> + 'a;

/// A report of the rows that a request means, with times that the test decides.
///
/// Rows take turns in the order of the plan. Tasks are spread evenly over the workers of their row, within the run's wall
/// time: `ReportBuilder::of("sum").runs(6).wall_ms(|row, repetition| …).build()`.
pub struct ReportBuilder<'a> {
    request: Request,
    platform: Platform,
    is_wanted: Box<dyn Fn(&Row) -> bool + 'a>,
    wall_ms: Option<Box<WallMs<'a>>>,
    error: Box<Failure<'a>>,
    whole_runs: Option<usize>,
}

impl<'a> ReportBuilder<'a> {
    /// Two runs per row of an experiment or a workload, natively, at scale smoke, without warm-up.
    pub fn of(name: &str) -> Self {
        let request = Request { scale: Scale::Smoke, runs: Some(2), warmup: Some(0), ..Request::named(name) };
        Self {
            request,
            platform: Platform::Native,
            is_wanted: Box::new(|_| true),
            wall_ms: None,
            error: Box::new(|_, _, _| None),
            whole_runs: None,
        }
    }

    /// The same with another request: other sizes, strategies, workers.
    #[must_use]
    pub fn request(mut self, change: impl Fn(&mut Request)) -> Self {
        change(&mut self.request);
        self
    }

    /// The same with so many tasks per run.
    #[must_use]
    pub fn tasks(self, tasks: u32) -> Self {
        self.request(|request| request.tasks = Some(vec![tasks]))
    }

    /// The same at another scale.
    #[must_use]
    pub fn scale(self, scale: Scale) -> Self {
        self.request(|request| request.scale = scale)
    }

    /// The same with so many measured runs per row.
    #[must_use]
    pub fn runs(self, runs: u32) -> Self {
        self.request(|request| request.runs = Some(runs))
    }

    /// The same with so many warm-up runs per row.
    #[must_use]
    pub fn warmup(self, warmup: u32) -> Self {
        self.request(|request| request.warmup = Some(warmup))
    }

    /// The same on another platform.
    #[must_use]
    pub fn platform(self, platform: Platform) -> Self {
        Self { platform, ..self }
    }

    /// The same with some of the rows only.
    #[must_use]
    pub fn only(self, is_wanted: impl Fn(&Row) -> bool + 'a) -> Self {
        Self { is_wanted: Box::new(is_wanted), ..self }
    }

    /// The same with wall times in milliseconds by row and repetition; warm-up runs take as long as measured ones.
    #[must_use]
    pub fn wall_ms(self, wall_ms: impl Fn(&Row, u32) -> f64 + 'a) -> Self {
        Self { wall_ms: Some(Box::new(wall_ms)), ..self }
    }

    /// The same with failures by row, repetition and task.
    #[must_use]
    pub fn fails(self, error: impl Fn(&Row, u32, u32) -> Option<TaskError> + 'a) -> Self {
        Self { error: Box::new(error), ..self }
    }

    /// The same, stopped in the middle of the run that follows so many.
    #[must_use]
    pub fn cancelled_after(self, runs: usize) -> Self {
        Self { whole_runs: Some(runs), ..self }
    }

    /// The report.
    pub fn build(self) -> Report {
        let mut plan = self.request.plan(self.platform).expect("a test asks for what there is");
        plan.retain(self.is_wanted.as_ref());
        let mut report = Report {
            experiment: plan.experiment().map(str::to_owned),
            scale: plan.scale,
            seed: plan.seed,
            sampling: plan.sampling(),
            platform: self.platform,
            environment: environment(self.platform),
            warnings: recorded(&plan).collect(),
            ..report(Vec::new())
        };
        let (mut started_ms, most) = (0.0, self.whole_runs.map_or(usize::MAX, |runs| runs + 1));
        for stage in &plan.stages {
            let warmup = (0..stage.warmup).map(|repetition| (repetition, true));
            for (repetition, warmup) in warmup.chain((0..stage.runs).map(|repetition| (repetition, false))) {
                for row in stage.rows.iter().take(most - report.runs.len()) {
                    let run = self.run(row, plan.seed, repetition);
                    let ended_ms = started_ms + run.setup_ms + run.wall_ms;
                    report.runs.push(Run { warmup, started_ms: rounded(started_ms), ..run });
                    started_ms = ended_ms + PROBE_MS;
                }
            }
        }
        if self.whole_runs.is_some()
            && let Some(last) = report.runs.last_mut()
        {
            (report.cancelled, last.cancelled) = (true, true);
            last.wall_ms = rounded(last.wall_ms / 2.0);
            spans::cancel(&mut last.spans, last.wall_ms);
        }
        report
    }

    fn run(&self, row: &Row, seed: u64, repetition: u32) -> Run {
        let wall_ms = self.wall_ms.as_ref();
        let wall_ms = wall_ms.map_or_else(|| usual_wall_ms(self.platform, row, repetition), |ms| ms(row, repetition));
        made_run(self.platform, row, seed, repetition, wall_ms, &|task| (self.error)(row, repetition, task))
    }
}

/// A whole, measured run of a row's repetition on a platform; tasks fail as `error` says.
fn made_run(
    platform: Platform,
    row: &Row,
    seed: u64,
    repetition: u32,
    wall_ms: f64,
    error: &dyn Fn(u32) -> Option<TaskError>,
) -> Run {
    let wall_ms = rounded(wall_ms);
    let mut spans = spans::spans(row, seed, wall_ms, repetition);
    for span in &mut spans {
        if let Some(error) = error(span.task) {
            *span = Span { checksum: None, error: Some(error), bytes: 0, phases: BTreeMap::new(), ..span.clone() };
        }
    }
    Run {
        mechanism: row.mechanism(platform).expect("the plan has it"),
        repetition,
        setup_ms: rounded(setup_ms(row)),
        probe_ms: Some(rounded(PROBE_MS * (1.0 + 0.02 * chance(repetition * 5 + row.workers)))),
        asleep_ms: None,
        costs: Some(costs(platform, row, wall_ms)),
        ..run(row.clone(), wall_ms, spans)
    }
}

/// How many cores a row's tasks have, if they compute: those of Python's threads have one.
fn cores(platform: Platform, row: &Row) -> u32 {
    match (platform, row.strategy) {
        (Platform::Python, Strategy::Threads) => 1,
        _ => spans::slots(row).min(CORES),
    }
}

/// What such a run costs besides time.
fn costs(platform: Platform, row: &Row, wall_ms: f64) -> Costs {
    let processes = if row.strategy == Strategy::Processes { 1 + u64::from(row.workers) } else { 1 };
    if platform.is_browser() {
        return Costs { wasm_memory_bytes: Some(processes * 1_300_000), ..Costs::default() };
    }
    let tasks = row.workload.tasks();
    let (cpu_ms, waits) = if spans::waits(row) {
        (0.05 * f64::from(tasks), u64::from(tasks))
    } else {
        (0.98 * wall_ms * f64::from(cores(platform, row)), processes - 1)
    };
    Costs {
        user_ms: Some(rounded(0.9 * cpu_ms)),
        system_ms: Some(rounded(0.1 * cpu_ms)),
        peak_memory_bytes: Some(processes * if platform == Platform::Python { 31_000_000 } else { 9_000_000 }),
        peak_since_start: false,
        voluntary_switches: Some(waits),
        involuntary_switches: Some((wall_ms / 4.0) as u64),
        wasm_memory_bytes: None,
    }
}

/// What a row takes if nobody says otherwise: what its tasks wait or compute, and a little more, not always the same.
fn usual_wall_ms(platform: Platform, row: &Row, repetition: u32) -> f64 {
    let at_once = if spans::waits(row) { spans::slots(row) } else { cores(platform, row) };
    let turns: u32 = spans::waves(&row.workload).iter().map(|tasks| tasks.div_ceil(at_once)).sum();
    let more = 1.01 + 0.02 * chance(repetition * 3 + row.workers * 5 + row.strategy as u32);
    f64::from(turns) * spans::task_ms(row) * more + 0.1 * setup_ms(row)
}

/// A whole, measured run of a row on one thread.
pub fn run(row: Row, wall_ms: f64, spans: Vec<Span>) -> Run {
    Run {
        row,
        mechanism: Mechanism::OneThread,
        repetition: 0,
        warmup: false,
        cancelled: false,
        started_ms: 0.0,
        setup_ms: 0.0,
        probe_ms: None,
        asleep_ms: None,
        wall_ms,
        costs: None,
        spans,
        all_tasks: None,
    }
}

/// A row of no experiment, with a pool.
pub fn row(workload: Workload, strategy: Strategy, workers: u32) -> Row {
    Row {
        experiment: None,
        workload,
        strategy,
        workers,
        dispatch: Dispatch::Pool,
        way: Way::default(),
        swept: Vec::new(),
    }
}

/// A task that ended well and could be taken from the beginning; it has no result. Times in milliseconds.
pub fn span(task: u32, worker: u32, start_ms: f64, end_ms: f64) -> Span {
    let phases = BTreeMap::new();
    Span { task, worker, queued_ms: 0.0, start_ms, end_ms, bytes: 0, checksum: None, error: None, phases }
}

/// A report of some runs, natively, on two cores.
pub fn report(runs: Vec<Run>) -> Report {
    Report {
        schema_version: SCHEMA_VERSION,
        id: "id".to_owned(),
        part: None,
        created: "2026-01-01T00:00:00Z".to_owned(),
        tool: Tool { name: "parlab".to_owned(), version: "0.0.0".to_owned(), build: "fixture".to_owned() },
        platform: Platform::Native,
        environment: environment(Platform::Native),
        experiment: None,
        scale: Scale::Smoke,
        seed: 1,
        cancelled: false,
        runs,
        sampling: None,
        warnings: Vec::new(),
        sessions: Vec::new(),
    }
}

/// What a platform tells of the machine that there never was.
fn environment(platform: Platform) -> Environment {
    let native = Environment {
        os: "linux".to_owned(),
        arch: "x86_64".to_owned(),
        cpu: None,
        cores: CORES,
        clock_step_ms: 1e-5,
        parallel_speed: None,
        cpu_quota: None,
        throttled: None,
        load_before: None,
        busy_cores: None,
        file_system: None,
        browser: None,
        cross_origin_isolated: None,
        http: None,
        python: None,
        target_in_browser: false,
    };
    match platform {
        Platform::Native => native,
        Platform::Browser | Platform::Firefox => in_browser(["Firefox", "140.0", "Gecko"], native),
        Platform::Chromium => in_browser(["Chromium", "141.0.0.0", "Blink"], native),
        Platform::Webkit => in_browser(["WebKit", "18.0", "WebKit"], native),
        Platform::Python => {
            let [version, implementation] = ["3.13.5", "CPython"].map(str::to_owned);
            Environment { python: Some(Python { version, implementation, gil: true }), ..native }
        }
    }
}

/// What a browser tells of it: a name, a version, an engine.
fn in_browser(browser: [&str; 3], native: Environment) -> Environment {
    let [name, version, engine] = browser.map(str::to_owned);
    let browser = Some(Browser { name, version, engine });
    let arch = "wasm32".to_owned();
    Environment { arch, browser, cross_origin_isolated: Some(true), clock_step_ms: 0.005, ..native }
}

/// Its logical cores.
const CORES: u32 = 2;

/// What making the workers of a row takes, in milliseconds.
fn setup_ms(row: &Row) -> f64 {
    match row.strategy {
        Strategy::Sequential | Strategy::Async => 0.02,
        Strategy::Threads => 0.1 * f64::from(row.workers),
        Strategy::Processes => 1.2 * f64::from(row.workers),
    }
}

/// From 0 to 1, as if drawn by chance, and always the same for the same number.
fn chance(number: u32) -> f64 {
    (f64::from(number) * 0.618_033_988_75).fract()
}

/// Milliseconds with whole microseconds: what is written of them is short, and the same on every machine.
fn rounded(ms: f64) -> f64 {
    (ms * 1e3).round() / 1e3
}
