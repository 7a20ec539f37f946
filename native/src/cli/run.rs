//! `parlab run`: carries a plan out on this machine and prints what came out.

use std::sync::Arc;
use std::time::SystemTime;

use anyhow::bail;
use parlab_shared::analysis::warnings;
use parlab_shared::measure::{Event, Plan, Request, carry_out};
use parlab_shared::report::{Environment, Report, SCHEMA_VERSION, Tool, left_out};
use parlab_shared::strategy::Platform;

use super::ExitStatus;
use super::output::{OutputArgs, Outputs};
use super::saving::{Shared, verdict};
use super::stop::stop_when_told;
use crate::environment::{self, CpuQuota};
use crate::executors::{Live, NativeExecutor};
use crate::python::PythonExecutor;
use crate::run_folder::PlanFolder;
use crate::terminal::{self, Progress, Style};
use crate::with_target::WithTarget;
use crate::{capacity, open_files, tls, with_target};

/// Runs what was asked for.
pub fn run(request: &Request, platform: Platform, to: &OutputArgs, wide: bool) -> anyhow::Result<ExitStatus> {
    if platform == Platform::Browser {
        bail!("platform browser runs on the page: start `parlab serve` and open it");
    }
    let mut plan = request.plan(platform)?;
    if platform == Platform::Native && plan.needs_tls() {
        tls::trusting()?;
    }
    open_files::check(&plan, platform)?;
    capacity::check(&plan, platform)?;
    let quota = CpuQuota::find();
    let report = begin(&plan, platform, environment::look());
    let outputs = Outputs::open(to)?;
    let mut streams = outputs.streams;
    // Owned here alone: whatever ends this early takes files that are new away again.
    let saving = Arc::new(Shared::begin(report, outputs.files)?);
    let own_folder = PlanFolder::of(&plan, platform)?;
    let folder = own_folder.as_ref().map(|folder| folder.path().to_owned());
    let live = Live::default();
    stop_when_told(live.clone(), Arc::downgrade(&saving), folder.clone())?;
    let python = match &folder {
        Some(folder) if platform == Platform::Python => {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            let mut executor = runtime.block_on(PythonExecutor::start(live.clone(), folder))?;
            if plan.needs_tls() {
                runtime.block_on(executor.check_https())?;
            }
            Some((runtime, executor))
        }
        _ => None,
    };
    if let Some((_, executor)) = &python {
        let environment = &mut saving.lock().report.environment;
        environment.clock_step_ms = executor.clock_step_ms;
        environment.python = Some(executor.python.clone());
    }

    // Lives until the plan is carried out: a process of its own, so that it shares nothing with what is measured.
    let target =
        if plan.needs_target() && plan.target.is_none() { Some(with_target::start(&plan, &live)?) } else { None };
    if let Some((target, _)) = &target {
        plan.target =
            Some(target.url().parse().map_err(|reason| anyhow::anyhow!("the target says no address: {reason}"))?);
    }

    // From here on every file holds what this plan measured, and nothing of before.
    saving.lock().save_as_stopped()?;
    let mut progress = Progress::start(&plan, live.clone());
    let on_event = |event: Event<'_>| match event {
        Event::RunStarted { index, of, spec } => progress.begin(index, of, spec),
        Event::RunFinished { run, pass_is_over } => saving.lock().keep(run, pass_is_over),
    };
    let ended = match python {
        Some((runtime, executor)) => {
            let mut executor = WithTarget::new(executor, target, live.clone());
            runtime.block_on(carry_out(&plan, &mut executor, on_event));
            executor.ended().map(str::to_owned)
        }
        None => {
            let mut executor = WithTarget::new(NativeExecutor::new(live.clone(), folder), target, live.clone());
            // Each run has an event loop of its own.
            futures::executor::block_on(carry_out(&plan, &mut executor, on_event));
            executor.ended().map(str::to_owned)
        }
    };
    progress.end();
    saving.lock().report.environment.throttled = quota.throttled();

    // First what is kept, then what somebody may not read to its end.
    let (report, saved) = saving.lock().finish(live.cancelled() || ended.is_some());
    let status = verdict(&report);
    let streamed = streams.write(std::slice::from_ref(&report));
    let text = (!streams.take_stdout()).then(|| terminal::results(&report, Style::of_stdout(wide)));
    let printed = text.map_or(Ok(()), |text| terminal::print(&text));
    for warning in warnings(&report) {
        terminal::complain(&format!("warning: {warning}"));
    }
    if let Some(reason) = ended {
        terminal::complain(&reason);
    }
    if report.cancelled {
        terminal::complain(&format!("stopped after {} of {} runs", report.runs.len(), plan.runs()));
    }
    saved.and(streamed)?;
    status.unless(printed)
}

/// The report of a plan that begins.
pub fn begin(plan: &Plan, platform: Platform, environment: Environment) -> Report {
    let now = SystemTime::now();
    let since_epoch = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Report {
        schema_version: SCHEMA_VERSION,
        // Two reports of one machine differ in time or, within a nanosecond, in process.
        id: format!("{:x}-{:x}", since_epoch.as_nanos(), std::process::id()),
        created: humantime::format_rfc3339_millis(now).to_string(),
        tool: Tool::this(option_env!("PARLAB_BUILD")),
        platform,
        environment,
        experiment: plan.experiment().map(str::to_owned),
        scale: plan.scale,
        seed: plan.seed,
        cancelled: false,
        sampling: plan.sampling(),
        runs: Vec::new(),
        warnings: left_out(plan).collect(),
        sessions: Vec::new(),
    }
}
