//! What a recording becomes.

use parlab_shared::conduct::Happened;
use parlab_shared::measure::{Plan, Snapshot, TaskState};
use parlab_shared::report::{Environment, Report, SCHEMA_VERSION, Tool, Warning, load_json, recorded};
use parlab_shared::run::{Execution, Run};
use parlab_shared::strategy::Platform;

use super::RawRun;
use crate::analyst::card;
use crate::questions::{Beginning, Ending, Salvage};

/// What was recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    /// The reports of one file.
    pub reports: Vec<Report>,
    /// Runs that came and could not be read.
    pub unread: usize,
}

impl Recorded {
    /// How many runs there are.
    pub fn runs(&self) -> usize {
        self.reports.iter().map(|report| report.runs.len()).sum()
    }

    /// Whether a run counts.
    pub fn is_measured(&self) -> bool {
        self.reports.iter().flat_map(|report| &report.runs).any(Run::is_measured)
    }
}

/// The id of what a recording becomes, and how many runs its plan has at least, if that is known.
///
/// # Errors
/// What does not begin a recording.
pub fn what(beginning: &Beginning) -> Result<(String, Option<usize>), String> {
    match beginning {
        Beginning::Own { plan, id, .. } => Ok((id.clone(), Some(self::plan(plan)?.runs()))),
        Beginning::Conducted(files) => {
            let reports = conducted(files)?;
            let first = reports.first().ok_or("The server begins nothing.")?;
            Ok((card::id(first).to_owned(), None))
        }
    }
}

/// The reports without runs of what the server conducts.
fn conducted(files: &[String]) -> Result<Vec<Report>, String> {
    let load = |file: &String| load_json(file).map_err(|error| format!("What the server begins {error}."));
    Ok(files.iter().map(load).collect::<Result<Vec<_>, _>>()?.concat())
}

fn plan(json: &str) -> Result<Plan, String> {
    serde_json::from_str(json).map_err(|error| format!("The plan cannot be recorded: {error}."))
}

/// The reports of what came. `board` is of the run whose lab died, if one did; `build` is the page's.
///
/// # Errors
/// What does not begin a recording.
pub fn reports(
    beginning: &Beginning,
    runs: impl IntoIterator<Item = RawRun>,
    ending: &Ending,
    board: Option<&[u8]>,
    build: &str,
) -> Result<Recorded, String> {
    let mut reports = match beginning {
        Beginning::Own { plan, id, created, environment } => {
            vec![own(&self::plan(plan)?, id, created, environment, build)?]
        }
        Beginning::Conducted(files) => conducted(files)?,
    };
    let mut unread = 0;
    for (part, run) in runs {
        match (reports.get_mut(part), serde_json::from_slice::<Run>(&run)) {
            (Some(report), Ok(run)) => report.runs.push(run),
            _ => unread += 1,
        }
    }
    if let (Beginning::Own { plan, .. }, Some(salvage)) = (beginning, &ending.salvage) {
        let board = board.and_then(Snapshot::decode);
        let run = board.and_then(|board| salvaged(&self::plan(plan).ok()?, salvage, &board));
        reports[0].runs.extend(run);
    }
    // A server that went away has said nothing of them.
    let happened: Vec<Happened> = serde_json::from_str(&ending.happened).unwrap_or_default();
    for (report, Happened { warnings, throttled }) in reports.iter_mut().zip(happened) {
        report.warnings.extend(warnings);
        report.environment.throttled = throttled;
    }
    for report in &mut reports {
        report.cancelled |= ending.cancelled || ending.problem.is_some();
        if ending.was_hidden && report.platform.is_browser() {
            report.warnings.push(Warning::HiddenPage);
        }
    }
    Ok(Recorded { reports, unread })
}

/// The report of a plan of this page's own lab, without runs.
fn own(plan: &Plan, id: &str, created: &str, environment: &str, build: &str) -> Result<Report, String> {
    let environment: Environment = serde_json::from_str(environment)
        .map_err(|error| format!("What the lab says of its machine cannot be recorded: {error}."))?;
    Ok(Report {
        schema_version: SCHEMA_VERSION,
        id: id.to_owned(),
        part: None,
        created: created.to_owned(),
        tool: Tool::this(Some(build).filter(|build| !build.is_empty())),
        platform: Platform::Browser,
        environment,
        experiment: plan.experiment().map(str::to_owned),
        scale: plan.scale,
        seed: plan.seed,
        cancelled: false,
        sampling: plan.sampling(),
        runs: Vec::new(),
        warnings: recorded(plan).collect(),
        sessions: Vec::new(),
    })
}

/// What can be kept of a run whose lab died; `None` if no task of it was over.
fn salvaged(plan: &Plan, salvage: &Salvage, board: &Snapshot) -> Option<Run> {
    let spans = board.spans(&salvage.reason);
    if spans.is_empty() {
        return None;
    }
    let taken = board.slots.iter().filter(|slot| slot.state != TaskState::Waiting);
    let began_ms = taken.map(|slot| slot.queued_ms).min_by(f64::total_cmp)?;
    let wall_ms = spans.iter().map(|span| span.end_ms).fold(began_ms, f64::max) - began_ms;
    let spec = plan.run(plan.rows().nth(salvage.row)?, salvage.repetition, salvage.warmup);
    let mechanism = spec.row.mechanism(Platform::Browser).ok()?;
    let mut execution = Execution { mechanism, began_ms, setup_ms: 0.0, wall_ms, costs: None, spans };
    execution.rebase();
    Some(Run::new(spec, execution, began_ms - salvage.started_ms, true))
}
