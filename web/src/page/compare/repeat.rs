//! Repeating: the plan of a report from elsewhere, for this page.

use parlab_shared::experiment;
use parlab_shared::measure::{Plan, Request, Stage};
use parlab_shared::report::Report;
use parlab_shared::row::Row;
use parlab_shared::strategy::{self, Platform, Strategy};

use crate::page::browser;
use crate::page::draft;

/// The most runs of a row that are repeated here.
const RUNS_MAX: u32 = 100;

/// The plan that a report is of, for this page.
pub fn same_plan(report: &Report) -> Result<Plan, String> {
    let mut rows: Vec<Row> = Vec::new();
    for run in &report.runs {
        let row = run.row.clone();
        if !rows.contains(&row) {
            check(&row)?;
            rows.push(row);
        }
    }
    if rows.is_empty() {
        return Err("the report has no runs to repeat".to_owned());
    }
    let passes = |warmup: bool| {
        let last = report.runs.iter().filter(|run| run.warmup == warmup).map(|run| run.repetition).max();
        last.map_or(0, |last| last.saturating_add(1)).min(RUNS_MAX)
    };
    // A report does not say which server it asked: this page's own is asked again.
    let own = request(&rows[0]).plan(Platform::Browser).map_err(|error| error.to_string())?;
    let known = |name: &String| experiment::find(name).is_some_and(|(_, named)| named);
    for row in &mut rows {
        row.experiment = row.experiment.take().filter(known);
    }
    let (warmup, runs) = (passes(true), passes(false).max(1));
    // Rows take turns within their experiment, as they did.
    let stages = rows.chunk_by(|row, next| row.experiment == next.experiment);
    let stages = stages.map(|rows| Stage { rows: rows.to_vec(), warmup, stable: None, runs, until: None }).collect();
    let mut plan = Plan { scale: report.scale, seed: report.seed, stages, left_out: Vec::new(), ..own };
    if let Err(unshared) = browser::shared_memory() {
        draft::leave_out(&mut plan, unshared);
        if plan.stages.is_empty() {
            return Err(draft::refusal(Strategy::Threads, unshared));
        }
    }
    Ok(plan)
}

/// What a user would ask for to get the row's workload, with what its target does to requests.
fn request(row: &Row) -> Request {
    let model = row.workload.model();
    Request {
        latency: model.map(|model| model.latency),
        fail: model.map(|model| model.fault),
        ..Request::named(row.workload.name())
    }
}

/// A report may say anything: what it asks for is checked like what a user asks for.
fn check(row: &Row) -> Result<(), String> {
    row.workload.check().map_err(|error| error.to_string())?;
    request(row).plan(Platform::Browser).map_err(|error| error.to_string())?;
    let max = row.strategy.workers_max();
    if !(1..=max).contains(&row.workers) {
        return Err(format!("{} workers cannot be made: use 1 to {max}", row.workers));
    }
    strategy::mechanism(&row.workload, row.strategy, row.dispatch, Platform::Browser)
        .map(|_| ())
        .map_err(|reason| format!("{} with dispatch {} cannot run here: {reason}", row.strategy, row.dispatch))
}
