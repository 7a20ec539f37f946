//! `parlab run`: carries a plan out on this machine and prints what came out.

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use anyhow::{Context, bail};
use parlab_shared::analysis::warnings;
use parlab_shared::measure::{Event, Plan, Request, carry_out};
use parlab_shared::report::{Environment, Report, SCHEMA_VERSION, Tool, left_out};
use parlab_shared::strategy::Platform;

use super::output::{OutputArgs, Outputs};
use super::{ExitStatus, address};
use crate::executors::{Live, NativeExecutor};
use crate::python::PythonExecutor;
use crate::terminal::{self, Progress, Style};
use crate::with_target::WithTarget;
use crate::{environment, open_files, with_target};

/// Runs what was asked for.
pub fn run(request: &Request, platform: Platform, to: &OutputArgs, wide: bool) -> anyhow::Result<ExitStatus> {
    if platform == Platform::Browser {
        bail!("platform browser runs on the page: start `parlab serve` and open it");
    }
    let mut plan = request.plan(platform)?;
    if let Some(target) = &plan.target {
        address::check(target)?;
    }
    open_files::check(&plan, platform)?;
    let mut environment = environment::look();
    let mut outputs = Outputs::open(to)?;
    let live = Live::default();
    let python = match platform {
        Platform::Python => {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            let executor = runtime.block_on(PythonExecutor::start(live.clone()))?;
            Some((runtime, executor))
        }
        Platform::Native | Platform::Browser => None,
    };
    if let Some((_, executor)) = &python {
        environment.clock_step_ms = executor.clock_step_ms;
        environment.python = Some(executor.python.clone());
    }
    stop_on_interrupt(live.clone())?;

    // Lives until the plan is carried out: a process of its own, so that it shares nothing with what is measured.
    let target =
        if plan.needs_target() && plan.target.is_none() { Some(with_target::start(&plan, &live)?) } else { None };
    if let Some((target, _)) = &target {
        plan.target = Some(target.url().to_owned());
    }

    let mut report = begin(&plan, platform, environment);
    let mut progress = Progress::start(&plan, live.clone());
    let mut saving = Ok(());
    let on_event = |event: Event<'_>| match event {
        Event::RunStarted { index, of, spec } => progress.begin(index, of, spec),
        Event::RunFinished(run) => {
            let saved = outputs.save_soon(&report, run);
            saving = std::mem::replace(&mut saving, Ok(())).and(saved);
        }
    };
    let ended;
    (report.runs, ended) = match python {
        Some((runtime, executor)) => {
            let mut executor = WithTarget::new(executor, target, live.clone());
            (runtime.block_on(carry_out(&plan, &mut executor, on_event)), executor.ended().map(str::to_owned))
        }
        None => {
            let mut executor = WithTarget::new(NativeExecutor::new(live.clone()), target, live.clone());
            // Each run has an event loop of its own.
            let runs = futures::executor::block_on(carry_out(&plan, &mut executor, on_event));
            (runs, executor.ended().map(str::to_owned))
        }
    };
    progress.end();
    report.cancelled = live.cancelled() || ended.is_some();
    report.warnings = left_out(&plan).collect();

    // First what needs no disk: nothing that was measured is lost because a file cannot be written.
    if !outputs.to_stdout() {
        write!(std::io::stdout().lock(), "{}", terminal::results(&report, Style::of_stdout(wide)))?;
    }
    let saved = outputs.save(std::slice::from_ref(&report));
    for warning in warnings(&report) {
        terminal::complain(&format!("warning: {warning}"));
    }
    if let Some(reason) = ended {
        terminal::complain(&reason);
    }
    if report.cancelled {
        terminal::complain(&format!("stopped after {} of {} runs", report.runs.len(), plan.runs()));
    }
    saved.and(saving)?;
    Ok(if report.cancelled || report.failed() > 0 { ExitStatus::Flawed } else { ExitStatus::Clean })
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
        sampling: plan.sampling(),
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
