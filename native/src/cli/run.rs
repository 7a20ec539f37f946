//! `parlab run`: carries a plan out on this machine and prints what came out.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Instant, SystemTime};

use anyhow::{Context, bail};
use parlab_shared::measure::{Event, Plan, Request, carry_out};
use parlab_shared::report::{Environment, Report, Run, SCHEMA_VERSION, Tool, warnings};
use parlab_shared::strategy::Platform;

use super::Ended;
use crate::environment;
use crate::executors::{Live, NativeExecutor};
use crate::terminal::{self, Progress};

/// A report that grew is written again after this many seconds, so that little is lost if the process ends.
const SAVE_AFTER_SECS: u64 = 2;

/// Runs what was asked for.
pub fn run(request: &Request, platform: Platform, json: Option<&Path>) -> anyhow::Result<Ended> {
    if platform == Platform::Browser {
        bail!("platform browser runs on the page: start `parlab serve` and open it");
    }
    let plan = request.plan(platform)?;
    let mut output = JsonOutput::open(json)?;
    let live = Live::default();
    stop_on_interrupt(live.clone())?;

    let mut report = begin(&plan, environment::look());
    let progress = Progress::start(live.clone());
    let mut executor = NativeExecutor::new(live.clone());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut saving = Ok(());
    report.runs = runtime.block_on(carry_out(&plan, &mut executor, |event| match event {
        Event::Begins { index, of, spec } => progress.begin(index, of, spec),
        Event::Ended(run) => {
            let saved = output.save_soon(&report, run);
            saving = std::mem::replace(&mut saving, Ok(())).and(saved);
        }
    }));
    progress.end();
    saving?;
    report.cancelled = live.cancelled();
    report.warnings = warnings(&report);
    output.save(&report)?;

    if !output.is_stdout() {
        write!(std::io::stdout().lock(), "{}", terminal::results(&report))?;
    }
    for warning in &report.warnings {
        terminal::complain(&format!("warning: {warning}"));
    }
    if report.cancelled {
        terminal::complain(&format!("stopped after {} of {} runs", report.runs.len(), plan.runs().len()));
    }
    Ok(if report.cancelled || report.failed() > 0 { Ended::Flawed } else { Ended::Clean })
}

fn begin(plan: &Plan, environment: Environment) -> Report {
    let now = SystemTime::now();
    let since_epoch = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Report {
        schema_version: SCHEMA_VERSION,
        // Two reports of one machine differ in time or, within a nanosecond, in process.
        id: format!("{:x}-{:x}", since_epoch.as_nanos(), std::process::id()),
        created: humantime::format_rfc3339_millis(now).to_string(),
        tool: Tool::this(),
        platform: Platform::Native,
        environment,
        experiment: plan.experiment.clone(),
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
struct JsonOutput {
    to: Option<JsonTarget>,
}

enum JsonTarget {
    Stdout,
    File { path: PathBuf, runs: Vec<Run>, saved: Instant },
}

impl JsonOutput {
    /// Makes sure, before anything is measured, that the report can be written.
    fn open(path: Option<&Path>) -> anyhow::Result<Self> {
        let to = match path {
            None => None,
            Some(path) if path == Path::new("-") => Some(JsonTarget::Stdout),
            Some(path) => {
                fs::OpenOptions::new()
                    .append(true)
                    .create(true)
                    .open(path)
                    .with_context(|| format!("the report cannot be written to {}", path.display()))?;
                Some(JsonTarget::File { path: path.to_owned(), runs: Vec::new(), saved: Instant::now() })
            }
        };
        Ok(Self { to })
    }

    fn is_stdout(&self) -> bool {
        matches!(self.to, Some(JsonTarget::Stdout))
    }

    /// Keeps a run, and writes what there is if that was some time ago. Called between runs, outside of any measurement.
    fn save_soon(&mut self, report: &Report, run: &Run) -> anyhow::Result<()> {
        let Some(JsonTarget::File { runs, saved, .. }) = &mut self.to else { return Ok(()) };
        runs.push(run.clone());
        if saved.elapsed().as_secs() < SAVE_AFTER_SECS {
            return Ok(());
        }
        *saved = Instant::now();
        // What is saved now would be all there is if the process ended: a plan stopped before its end.
        let so_far = Report { runs: runs.clone(), cancelled: true, ..report.clone() };
        self.save(&so_far)
    }

    /// Writes a report; a file is replaced as a whole.
    fn save(&self, report: &Report) -> anyhow::Result<()> {
        match &self.to {
            None => Ok(()),
            Some(JsonTarget::Stdout) => Ok(write!(std::io::stdout().lock(), "{}", report.to_json())?),
            Some(JsonTarget::File { path, .. }) => {
                let mut partial = path.clone().into_os_string();
                partial.push(".partial");
                fs::write(&partial, report.to_json())
                    .and_then(|()| fs::rename(&partial, path))
                    .with_context(|| format!("the report cannot be written to {}", path.display()))
            }
        }
    }
}
