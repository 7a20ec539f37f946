//! A plan that is carried out on this machine, by one platform or by several in turn: what it takes beforehand, where its
//! runs are kept, and how it is stopped.

use std::sync::Arc;
use std::time::SystemTime;

use parlab_shared::measure::{Event, Executor, PairPlan, Part, carry_out};
use parlab_shared::report::{Environment, PartOf, Report, SCHEMA_VERSION, Tool, part_id, recorded};

use super::output::{OutputArgs, Outputs, Streams};
use super::saving::Shared;
use super::stop::stop_when_told;
use crate::any_executor::AnyExecutor;
use crate::environment::{self, CpuQuota};
use crate::executors::Live;
use crate::run_folder::PlanFolder;
use crate::terminal::Progress;
use crate::with_target::WithTarget;
use crate::{capacity, open_files, with_target};

/// A plan for which all is ready, but for what carries it out.
#[derive(Debug)]
pub struct Session {
    /// What is carried out.
    pub plan: PairPlan,
    /// What is seen of it, and how it is stopped.
    pub live: Live,
    /// What is written once it is over, if no file is.
    pub streams: Streams,
    saving: Arc<Shared>,
    quota: CpuQuota,
    folder: Option<PlanFolder>,
}

/// What came of a plan.
#[derive(Debug)]
pub struct Outcome {
    /// What each part measured.
    pub reports: Vec<Report>,
    /// Why parts did not come to their end, each with its part's name.
    pub lost: Vec<(String, String)>,
    /// Whether all files could be written.
    pub saved: anyhow::Result<()>,
}

impl Session {
    /// Holds a plan against what this machine has, and makes sure that all can be written that is to be.
    ///
    /// # Errors
    /// What cannot be had or done, and what to do; then no new file is left behind.
    pub fn begin(plan: PairPlan, to: &OutputArgs) -> anyhow::Result<Self> {
        for (place, part) in plan.parts.iter().enumerate() {
            let own = plan.plan_of(place);
            if !part.platform.is_browser() {
                open_files::check(&own, part.platform)?;
            }
        }
        capacity::check(&plan)?;
        let quota = CpuQuota::find();
        let reports = begin(&plan, &environment::look());
        let outputs = Outputs::open(to)?;
        // Owned here alone: whatever ends this early takes files that are new away again.
        let saving = Arc::new(Shared::begin(reports, outputs.files)?);
        let folder = PlanFolder::of(&plan)?;
        let live = Live::default();
        let path = folder.as_ref().map(|folder| folder.path().to_owned());
        stop_when_told(live.clone(), Arc::downgrade(&saving), path)?;
        Ok(Self { plan, live, streams: outputs.streams, saving, quota, folder })
    }

    /// What carries out the part at a place, natively or in Python, with a target of its own if it needs one.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn on_this_machine(&mut self, place: usize) -> anyhow::Result<WithTarget<AnyExecutor>> {
        let folder = self.folder.as_ref().map(|folder| folder.path().to_owned());
        let plan = self.plan.plan_of(place);
        let platform = self.plan.parts[place].platform;
        let executor = AnyExecutor::start(platform, self.live.clone(), folder, plan.needs_tls())?;
        executor.describe(&mut self.saving.lock().reports[place].environment);
        // Lives until the plan is carried out: a process of its own, so that it shares nothing with what is measured.
        let target = if plan.needs_target() && plan.target.is_none() {
            Some(with_target::start(&plan, &self.live)?)
        } else {
            None
        };
        if let Some((target, _)) = &target {
            self.plan.parts[place].target = Some(target.address().clone());
        }
        Ok(WithTarget::new(executor, target, self.live.clone()))
    }

    /// What this machine is, as it was found before anything began.
    pub fn environment(&self) -> Environment {
        self.saving.lock().reports[0].environment.clone()
    }

    /// What carries out the part at a place in a page.
    pub fn in_page(&mut self, place: usize, page: AnyExecutor) -> WithTarget<AnyExecutor> {
        page.describe(&mut self.saving.lock().reports[place].environment);
        WithTarget::new(page, None, self.live.clone())
    }

    /// Carries the plan out. There is an executor for each of its parts.
    ///
    /// # Errors
    /// A file cannot be written, before anything is measured.
    pub fn carry_out(&mut self, executors: &mut [WithTarget<AnyExecutor>]) -> anyhow::Result<Outcome> {
        // From here on every file holds what this plan measured, and nothing of before.
        self.saving.lock().save_as_stopped()?;
        let mut progress = Progress::start(&self.plan, self.live.clone());
        let on_event = |event: Event<'_>| match event {
            Event::RunStarted { index, of, part, spec } => progress.begin(index, of, part, spec),
            Event::RunFinished { part, run, pass_is_over } => self.saving.lock().keep(part, run, pass_is_over),
        };
        futures::executor::block_on(carry_out(&self.plan, executors, on_event));
        progress.end();
        let lost = self
            .plan
            .parts
            .iter()
            .zip(&*executors)
            .filter_map(|(part, executor)| Some((part.name.clone(), executor.gone()?.to_owned())));
        let lost: Vec<(String, String)> = lost.collect();
        let mut saving = self.saving.lock();
        let is_here = |report: &&mut Report| !report.platform.is_browser();
        let throttled = self.quota.throttled();
        saving.reports.iter_mut().filter(is_here).for_each(|report| report.environment.throttled = throttled);
        let (reports, saved) = saving.finish(self.live.cancelled() || lost.len() == executors.len());
        Ok(Outcome { reports, lost, saved })
    }
}

/// The reports of a plan that begins, one for each part.
pub fn begin(plan: &PairPlan, environment: &Environment) -> Vec<Report> {
    let now = SystemTime::now();
    let since_epoch = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    // Two reports of one machine differ in time or, within a nanosecond, in process.
    let id = format!("{:x}-{:x}", since_epoch.as_nanos(), std::process::id());
    let part_of = |place: usize, part: &Part| PartOf {
        pair: id.clone(),
        name: part.name.clone(),
        place: place as u32,
        sizes_of: plan.sizes_of,
    };
    let of_part = |(place, part): (usize, &Part)| Report {
        schema_version: SCHEMA_VERSION,
        id: if plan.is_pair() { part_id(&id, &part.name) } else { id.clone() },
        part: plan.is_pair().then(|| part_of(place, part)),
        created: humantime::format_rfc3339_millis(now).to_string(),
        tool: Tool::this(option_env!("PARLAB_BUILD")),
        platform: part.platform,
        environment: environment.clone(),
        experiment: plan.plan.experiment().map(str::to_owned),
        scale: plan.plan.scale,
        seed: plan.plan.seed,
        cancelled: false,
        sampling: plan.plan.sampling(),
        runs: Vec::new(),
        warnings: recorded(&plan.plan_of(place)).collect(),
        sessions: Vec::new(),
    };
    plan.parts.iter().enumerate().map(of_part).collect()
}
