//! `parlab run`: carries a plan out on this machine and prints what came out.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Instant, SystemTime};

use anyhow::{Context, bail};
use parlab_shared::measure::{Event, Plan, Request, carry_out};
use parlab_shared::report::{Environment, Report, Run, SCHEMA_VERSION, Tool, left_out, warnings};
use parlab_shared::strategy::Platform;

use super::Ended;
use crate::environment;
use crate::executors::{Live, NativeExecutor};
use crate::python::PythonExecutor;
use crate::target_process::TargetProcess;
use crate::terminal::{self, Progress};

/// A report that grew is written again after this many seconds, so that little is lost if the process ends.
const SAVE_AFTER_SECS: u64 = 2;

/// Runs what was asked for.
pub fn run(request: &Request, platform: Platform, json: Option<&Path>) -> anyhow::Result<Ended> {
    if platform == Platform::Browser {
        bail!("platform browser runs on the page: start `parlab serve` and open it");
    }
    let mut plan = request.plan(platform)?;
    let mut environment = environment::look();
    let live = Live::default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let python = match platform {
        Platform::Python => Some(runtime.block_on(PythonExecutor::start(live.clone()))?),
        Platform::Native | Platform::Browser => None,
    };
    if let Some(executor) = &python {
        environment.clock_step_ms = executor.clock_step_ms;
        environment.python = Some(executor.python.clone());
    }
    let mut output = JsonOutput::open(json)?;
    stop_on_interrupt(live.clone())?;

    // Lives until the plan is carried out: a process of its own, so that it shares nothing with what is measured.
    let target = if plan.needs_target() && plan.target.is_none() { Some(TargetProcess::start()?) } else { None };
    if let Some(target) = &target {
        plan.target = Some(target.url().to_owned());
    }

    let mut report = begin(&plan, platform, environment);
    let progress = Progress::start(live.clone());
    let mut saving = Ok(());
    let tell = |event: Event<'_>| match event {
        Event::Begins { index, of, spec } => progress.begin(index, of, spec),
        Event::Ended(run) => {
            let saved = output.save_soon(&report, run);
            saving = std::mem::replace(&mut saving, Ok(())).and(saved);
        }
    };
    report.runs = match python {
        Some(mut executor) => runtime.block_on(carry_out(&plan, &mut executor, tell)),
        None => runtime.block_on(carry_out(&plan, &mut NativeExecutor::new(live.clone()), tell)),
    };
    progress.end();
    report.cancelled = live.cancelled();
    report.warnings = left_out(&plan).chain(warnings(&report)).collect();

    // First what needs no disk: nothing that was measured is lost because a file cannot be written.
    if !matches!(output, JsonOutput::Stdout) {
        write!(std::io::stdout().lock(), "{}", terminal::results(&report))?;
    }
    let saved = output.save(&report);
    for warning in &report.warnings {
        terminal::complain(&format!("warning: {warning}"));
    }
    if report.cancelled {
        terminal::complain(&format!("stopped after {} of {} runs", report.runs.len(), plan.runs().len()));
    }
    saved.and(saving)?;
    Ok(if report.cancelled || report.failed() > 0 { Ended::Flawed } else { Ended::Clean })
}

fn begin(plan: &Plan, platform: Platform, environment: Environment) -> Report {
    let now = SystemTime::now();
    let since_epoch = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Report {
        schema_version: SCHEMA_VERSION,
        // Two reports of one machine differ in time or, within a nanosecond, in process.
        id: format!("{:x}-{:x}", since_epoch.as_nanos(), std::process::id()),
        created: humantime::format_rfc3339_millis(now).to_string(),
        tool: Tool::this(),
        platform,
        environment,
        experiment: plan.experiment().map(str::to_owned),
        scale: plan.scale,
        seed: plan.seed,
        cancelled: false,
        runs: Vec::new(),
        warnings: Vec::new(),
    }
}

/// The first interrupt stops the plan and keeps what was measured; the second ends the process.
fn stop_on_interrupt(live: Live) -> anyhow::Result<()> {
    static ASKED: AtomicBool = AtomicBool::new(false);
    ctrlc::set_handler(move || {
        if ASKED.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
        terminal::complain("stopping; interrupt again to end at once");
        live.cancel();
    })
    .context("interrupts cannot be handled")
}

/// Where the report goes.
enum JsonOutput {
    /// Nowhere.
    None,
    /// To standard output, which then takes nothing else.
    Stdout,
    /// To a file that is replaced as a whole, so that it always holds a report.
    File { path: PathBuf, runs: Vec<Run>, saved: Instant },
    /// To something that cannot be replaced, such as a pipe: written once, at the end.
    Stream(fs::File),
}

impl JsonOutput {
    /// Makes sure, before anything is measured, that the report can be written.
    fn open(path: Option<&Path>) -> anyhow::Result<Self> {
        let Some(path) = path else { return Ok(Self::None) };
        if path == Path::new("-") {
            return Ok(Self::Stdout);
        }
        let refused = || format!("the report cannot be written to {}", path.display());
        let file = fs::OpenOptions::new().append(true).create(true).open(path).with_context(refused)?;
        if !file.metadata().with_context(refused)?.is_file() {
            return Ok(Self::Stream(file));
        }
        // A link stays a link: what it leads to is replaced.
        let path = fs::canonicalize(path).with_context(refused)?;
        fs::write(partial(&path), "").with_context(refused)?;
        Ok(Self::File { path, runs: Vec::new(), saved: Instant::now() })
    }

    /// Keeps a run, and writes what there is if that was some time ago. Called between runs, outside of any measurement.
    fn save_soon(&mut self, report: &Report, run: &Run) -> anyhow::Result<()> {
        let Self::File { runs, saved, .. } = self else { return Ok(()) };
        runs.push(run.clone());
        if saved.elapsed().as_secs() < SAVE_AFTER_SECS {
            return Ok(());
        }
        *saved = Instant::now();
        // What is saved now would be all there is if the process ended: a plan stopped before its end.
        let so_far = Report { runs: runs.clone(), cancelled: true, ..report.clone() };
        self.save(&so_far)
    }

    /// Writes a report.
    fn save(&mut self, report: &Report) -> anyhow::Result<()> {
        match self {
            Self::None => Ok(()),
            Self::Stdout => Ok(write!(std::io::stdout().lock(), "{}", report.to_json())?),
            Self::Stream(file) => file.write_all(report.to_json().as_bytes()).context("the report cannot be written"),
            Self::File { path, .. } => fs::write(partial(path), report.to_json())
                .and_then(|()| fs::rename(partial(path), &*path))
                .with_context(|| format!("the report cannot be written to {}", path.display())),
        }
    }
}

/// Where a report is written before it replaces the last one: in the same folder, under a short name.
fn partial(path: &Path) -> PathBuf {
    path.with_file_name(format!(".parlab-{}.partial", std::process::id()))
}
