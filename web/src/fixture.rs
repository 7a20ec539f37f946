//! Plans, runs and labs for tests.

use parlab_shared::measure::{Board, Plan, Request, Snapshot, failed};
use parlab_shared::report::{Environment, Report};
use parlab_shared::row::Row;
use parlab_shared::run::{Execution, Run, RunSpec};
use parlab_shared::span::{Span, TaskError};
use parlab_shared::strategy::{Mechanism, Platform, Strategy};
use parlab_shared::task::{Finished, Task, Work};

use crate::views::{PlanRow, PlanView};
use parlab_shared::measure::{RunFinished, RunStarted};

/// A plan of two rows, each with one measured run of four tasks.
pub fn plan() -> Plan {
    let request = Request {
        strategies: Some(vec![Strategy::Sequential, Strategy::Threads]),
        workers: Some(vec![2]),
        tasks: Some(vec![4]),
        runs: Some(1),
        warmup: Some(0),
        ..Request::named("count")
    };
    request.plan(Platform::Browser).expect("it can be run")
}

/// The same plan as the page knows it.
pub fn plan_view() -> PlanView {
    let plan = plan();
    let row = |row: &Row| PlanRow {
        label: row.workload.name().to_owned(),
        experiment: None,
        runs: 1,
        tasks: row.workload.tasks(),
        tasks_text: "4 tasks".to_owned(),
        lanes: row.workers,
        waits: false,
        kinds: Vec::new(),
        kind_names: Vec::new(),
        picture: None,
    };
    PlanView {
        name: "count".to_owned(),
        title: "count".to_owned(),
        about: String::new(),
        left_out: None,
        runs: plan.runs(),
        rows: plan.rows().map(row).collect(),
        estimate_ms: None,
        needs_server: false,
        target: None,
        needs_files: false,
        plan: serde_json::to_string(&plan).expect("a plan has only text keys"),
    }
}

/// That a run of a row is over.
pub fn over(row: usize) -> RunFinished {
    RunFinished { part: 0, row, warmup: false, wall_ms: 4.0, tasks: 4, failed: 0, pass_is_over: row == 1 }
}

/// A run of a row of the plan.
pub fn spec(plan: &Plan, row: usize) -> RunSpec {
    plan.run(plan.rows().nth(row).expect("the plan has it"), 0, false)
}

/// That a run of the plan begins.
pub fn started(plan: &Plan, row: usize) -> RunStarted {
    RunStarted { index: row, of: plan.runs(), part: 0, row, warmup: false, repetition: 0 }
}

/// A task that is over, a millisecond after it was taken.
fn finished(task: u32, at_ms: f64) -> Finished {
    let mut finished = failed(task, 0, [at_ms, at_ms, at_ms + 1.0], TaskError::cancelled());
    finished.span.error = None;
    finished
}

/// The span of a task.
pub fn span(task: u32, at_ms: f64) -> Span {
    finished(task, at_ms).span
}

/// A run that is over, without its spans, which come on their own.
pub fn run(plan: &Plan, row: usize) -> Run {
    let execution = Execution {
        mechanism: Mechanism::OneThread,
        began_ms: 5.0,
        setup_ms: 1.0,
        wall_ms: 4.0,
        costs: None,
        spans: vec![],
    };
    Run::new(spec(plan, row), execution, 0.0, false)
}

/// A report of runs, otherwise one of yesterday.
pub fn report(runs: Vec<Run>) -> Report {
    let report = Report::from_json(include_str!("../../tests/data/report-v1.json")).expect("a report");
    Report { runs, ..report }
}

/// The bytes of a board of four tasks, of which the first ones are over.
pub fn board_bytes(over: u32) -> Vec<u8> {
    let board = Board::new(4, 0);
    for task in 0..over {
        board.end(&Task { id: task, work: Work::Count { n: 1 } }, &finished(task, 100.0));
    }
    board.bytes()
}

/// What such a board says.
pub fn board(over: u32) -> Snapshot {
    Snapshot::decode(&board_bytes(over)).expect("a board")
}

/// Where a lab measures.
pub fn environment() -> Environment {
    Environment {
        os: "Linux".to_owned(),
        arch: "wasm32".to_owned(),
        cpu: None,
        cores: 2,
        clock_step_ms: 0.005,
        parallel_speed: None,
        cpu_quota: None,
        throttled: None,
        load_before: None,
        busy_cores: None,
        file_system: None,
        browser: None,
        cross_origin_isolated: Some(true),
        http: None,
        python: None,
        target_in_browser: false,
    }
}
