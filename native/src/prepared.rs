//! A plan that is carried out on this machine, by one platform or by several in turn, whoever asked for it: what it takes
//! beforehand, what carries out each part, how it is stopped.

use std::path::Path;
use std::time::SystemTime;

use parlab_shared::measure::{Event, Executor, PairPlan, Part, carry_out};
use parlab_shared::report::{Environment, PartOf, Report, SCHEMA_VERSION, Throttled, Warning, part_id, recorded};
use parlab_shared::strategy::Platform;
use parlab_shared::target::Secured;

use crate::any_executor::AnyExecutor;
use crate::environment::{self, CpuQuota};
use crate::executors::Live;
use crate::program;
use crate::run_folder::PlanFolder;
use crate::with_target::WithTarget;
use crate::{capacity, open_files, with_target};

/// A plan for which all is ready, but for what carries it out.
#[derive(Debug)]
pub struct Prepared {
    /// What is carried out.
    pub plan: PairPlan,
    /// What is seen of it, and how it is stopped.
    pub live: Live,
    /// This machine, as it was found before anything began.
    pub here: Environment,
    quota: CpuQuota,
    folder: Option<PlanFolder>,
}

impl Prepared {
    /// Holds a plan against what this machine has, which is then seen and stopped through `live`.
    ///
    /// # Errors
    /// What cannot be had, and what to do.
    pub fn of(plan: PairPlan, live: Live) -> anyhow::Result<Self> {
        for (place, part) in plan.parts.iter().enumerate() {
            let own = plan.plan_of(place);
            if !part.platform.is_browser() {
                open_files::check(&own, part.platform)?;
            }
        }
        capacity::check(&plan)?;
        let (quota, folder) = (CpuQuota::find(), PlanFolder::of(&plan)?);
        Ok(Self { plan, live, here: environment::look(), quota, folder })
    }

    /// Where its tasks write their files, if they write any.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_ref().map(PlanFolder::path)
    }

    /// What carries out the part at a place, natively or in Python, with a target of its own if it needs one. What it is
    /// measured on, is put into its environment.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn on_this_machine(
        &mut self,
        place: usize,
        environment: &mut Environment,
    ) -> anyhow::Result<WithTarget<AnyExecutor>> {
        let plan = self.plan.plan_of(place);
        let platform = self.plan.parts[place].platform;
        let folder = self.folder().map(Path::to_owned);
        let executor = AnyExecutor::start(platform, &plan, self.live.clone(), folder)?;
        executor.describe(environment, &self.here);
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

    /// What carries out the part at a place in a page, which finds a target with TLS there, if not by itself. What it is measured
    /// on, is put into its environment.
    pub fn in_page(
        &mut self,
        place: usize,
        page: AnyExecutor,
        secured: Option<Secured>,
        environment: &mut Environment,
    ) -> WithTarget<AnyExecutor> {
        page.describe(environment, &self.here);
        self.plan.parts[place].has_files = environment.has_files();
        WithTarget::in_page(page, secured, self.live.clone())
    }

    /// Carries the plan out, with an executor for each of its parts. Returns what happened to each part that its runs do not
    /// show. To be called on a thread that belongs to no event loop.
    pub fn carry_out(
        &self,
        executors: &mut [WithTarget<AnyExecutor>],
        on_event: impl FnMut(Event<'_>),
    ) -> Vec<Vec<Warning>> {
        futures::executor::block_on(carry_out(&self.plan, executors, on_event));
        let lost = |reason: &str| Warning::Lost { reason: reason.to_owned() };
        let happened = |executor: &WithTarget<AnyExecutor>| {
            executor.inner().warnings().into_iter().chain(executor.gone().map(lost)).collect()
        };
        executors.iter().map(happened).collect()
    }

    /// How often the quota for the cores' time held this machine's parts back so far, if there is one.
    pub fn throttled(&self) -> Option<Throttled> {
        self.quota.throttled()
    }
}

/// What is known of where a platform measures before it is there, if this machine is `here`: of a page's browser nothing.
fn expected(platform: Platform, here: &Environment) -> Environment {
    if !platform.is_browser() {
        return here.clone();
    }
    Environment {
        os: "unknown".to_owned(),
        arch: "wasm32".to_owned(),
        cpu: None,
        cores: here.cores,
        parallel_speed: None,
        cpu_quota: None,
        throttled: None,
        clock_step_ms: 0.0,
        load_before: None,
        busy_cores: None,
        file_system: None,
        browser: None,
        cross_origin_isolated: None,
        http: None,
        python: None,
        target_in_browser: false,
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
        tool: program::tool(),
        platform: part.platform,
        environment: expected(part.platform, environment),
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
