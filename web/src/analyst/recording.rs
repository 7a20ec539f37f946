//! A plan that is being carried out, as it is recorded: bytes as they come, which become reports when it is over.

use parlab_shared::measure::{Plan, Snapshot, TaskState};
use parlab_shared::report::{Environment, Report, SCHEMA_VERSION, Tool, Warning, load_json, recorded};
use parlab_shared::run::{Execution, Run};
use parlab_shared::strategy::Platform;

use crate::questions::{Beginning, Ending, Salvage};

/// A plan that is being carried out.
pub struct Recording {
    plan: Option<Plan>,
    reports: Vec<Report>,
    runs: Vec<(usize, Vec<u8>)>,
}

impl Recording {
    /// A recording that begins.
    ///
    /// # Errors
    /// What cannot be read.
    pub fn begin(beginning: Beginning) -> Result<Self, String> {
        let unreadable = |error: serde_json::Error| error.to_string();
        let (plan, reports) = match beginning {
            Beginning::Own { plan, id, created, environment } => {
                let plan: Plan = serde_json::from_str(&plan).map_err(unreadable)?;
                let environment: Environment = serde_json::from_str(&environment).map_err(unreadable)?;
                let report = begun(&plan, id, created, environment);
                (Some(plan), vec![report])
            }
            Beginning::Conducted(reports) => {
                let read = |text: &String| load_json(text).map_err(|error| error.to_string());
                (None, reports.iter().map(read).collect::<Result<Vec<_>, _>>()?.concat())
            }
        };
        Ok(Self { plan, reports, runs: Vec::new() })
    }

    /// A run of a part is over.
    pub fn run(&mut self, part: usize, bytes: Vec<u8>) {
        self.runs.push((part, bytes));
    }

    /// The recording is over; `board` is that of a run whose lab died.
    ///
    /// # Errors
    /// What cannot be read.
    pub fn end(mut self, ending: &Ending, board: &[u8]) -> Result<Vec<Report>, String> {
        for (part, bytes) in std::mem::take(&mut self.runs) {
            let run: Run = serde_json::from_slice(&bytes).map_err(|error| error.to_string())?;
            self.reports.get_mut(part).ok_or("a run of no part")?.runs.push(run);
        }
        if let (Some(salvage), Some(plan), Some(report)) = (&ending.salvage, &self.plan, self.reports.first_mut()) {
            report.runs.extend(Snapshot::decode(board).and_then(|board| salvaged(plan, salvage, &board)));
        }
        // A server that went away has said nothing of them.
        let warnings: Vec<Vec<Warning>> = serde_json::from_str(&ending.warnings).unwrap_or_default();
        for (report, warnings) in self.reports.iter_mut().zip(warnings) {
            report.warnings.extend(warnings);
        }
        for report in &mut self.reports {
            report.cancelled = ending.cancelled;
            report.warnings.extend(ending.was_hidden.then_some(Warning::HiddenPage));
        }
        Ok(self.reports)
    }
}

fn begun(plan: &Plan, id: String, created: String, environment: Environment) -> Report {
    Report {
        schema_version: SCHEMA_VERSION,
        id,
        part: None,
        created,
        tool: Tool::this(option_env!("PARLAB_BUILD")),
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
    }
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
    let row = plan.rows().nth(salvage.row)?;
    let mechanism = row.mechanism(Platform::Browser).ok()?;
    let mut execution = Execution { mechanism, began_ms, setup_ms: 0.0, wall_ms, spans };
    execution.rebase();
    Some(Run::new(plan.run(row, salvage.repetition, salvage.warmup), execution, began_ms - salvage.started_ms, true))
}
