//! The conductor: carries a plan out for the page, a team per run.

use std::cell::{Cell, RefCell};

use futures::StreamExt;
use futures::future::{Either, FusedFuture, FutureExt, select};
use futures::{pin_mut, select_biased};
use js_sys::{Atomics, Int32Array};
use parlab_shared::measure::{Event, Execution, Executor, Plan, RunSpec, Snapshot, carry_out, failed};
use parlab_shared::report::{Run, Span};
use parlab_shared::strategy::{Mechanism, Platform, mechanism};
use parlab_shared::task::{ErrorKind, TaskError};

use super::clock::Clock;
use super::files::Folders;
use super::host::Signal;
use super::team::{FromTeam, TeamSpec, ToTeam};
use super::workers::{self, FromWorker, WorkerHandle, sleep_ms};
use super::{environment, panic_message};
use crate::messages::{BoardView, Finished, FromLab, RunStarted, ToLab, with_json};

/// Spans that are told the page at a time.
const SPANS_PER_MESSAGE: usize = 1000;

/// How long a cancelled team may take to end by itself: longer than any chunk of a kernel.
const CANCEL_PATIENCE_MS: f64 = 1000.0;

/// Serves the page until it ends this worker.
pub async fn serve() {
    panic_message::install();
    let mut inbox = workers::inbox();
    let folders = Folders::begin().await;
    workers::post(&FromLab::Ready(environment::look()).to_js());
    while let Some(message) = inbox.next().await {
        // A cancel that comes when nothing runs has nothing to stop.
        let Some(ToLab::Run(plan)) = ToLab::from_js(&message) else { continue };
        let conductor = Conductor::new(&folders);
        let mut carried = Box::pin(conduct(&plan, &conductor)).fuse();
        while !carried.is_terminated() {
            match select(&mut carried, inbox.next()).await {
                Either::Left(_) => {}
                Either::Right((Some(message), _)) => {
                    if let Some(ToLab::Cancel) = ToLab::from_js(&message) {
                        conductor.cancel();
                    }
                }
                Either::Right((None, _)) => return,
            }
        }
    }
}

/// Carries a plan out and tells the page of every run.
async fn conduct(plan: &Plan, conductor: &Conductor<'_>) {
    carry_out(plan, &mut &*conductor, |event| match event {
        Event::RunStarted { index, of, spec } => {
            workers::post(&FromLab::RunStarted(RunStarted { index, of, spec: spec.clone() }).to_js());
        }
        Event::RunFinished(run) => {
            for spans in run.spans.chunks(SPANS_PER_MESSAGE) {
                workers::post(&FromLab::Spans(spans.to_vec()).to_js());
            }
            workers::post(&FromLab::RunFinished(Box::new(Run { spans: Vec::new(), ..run.clone() })).to_js());
        }
    })
    .await;
    workers::post(&FromLab::Finished(Finished { cancelled: conductor.is_cancelled.get() }).to_js());
}

/// Carries the runs of one plan out.
struct Conductor<'a> {
    clock: Clock,
    folders: &'a Folders,
    cancelled: Signal,
    cancel: RefCell<Option<futures::channel::oneshot::Sender<()>>>,
    is_cancelled: Cell<bool>,
}

impl<'a> Conductor<'a> {
    fn new(folders: &'a Folders) -> Self {
        let (cancel, cancelled) = Signal::new();
        let cancel = RefCell::new(Some(cancel));
        Self { clock: Clock::start(), folders, cancelled, cancel, is_cancelled: Cell::new(false) }
    }

    fn cancel(&self) {
        self.is_cancelled.set(true);
        if let Some(cancel) = self.cancel.take() {
            // Nobody waits for it between two runs.
            _ = cancel.send(());
        }
    }
}

/// A team's part in a run.
struct Attempt {
    /// When the team was told to go, or, if it never was, when that was known.
    began_ms: f64,
    outcome: RunEnd,
}

/// How a team's part in a run ended.
enum RunEnd {
    /// The team did all that it was given.
    Done(Execution),
    /// The team could not be made.
    Unable(String),
    /// The team, or a worker that it cannot do without, died: why, and what its board said.
    Lost(String, Option<Snapshot>),
}

impl Executor for &Conductor<'_> {
    async fn execute(&mut self, run: &RunSpec) -> Execution {
        let folder = self.folders.next();
        let execution = self.execute_in(run, &folder).await;
        self.folders.remove(&folder).await;
        execution
    }

    fn cancelled(&self) -> bool {
        self.is_cancelled.get()
    }

    fn now_ms(&self) -> f64 {
        self.clock.now_ms()
    }
}

/// The spans of an execution with times since the plan's clock began, instead of since the run began.
fn on_the_plans_clock(mut execution: Execution) -> Vec<Span> {
    execution.began_ms = -execution.began_ms;
    execution.rebase();
    execution.spans
}

impl Conductor<'_> {
    /// Carries a run out, whose files lie in a folder.
    async fn execute_in(&self, run: &RunSpec, folder: &str) -> Execution {
        let row = &run.row;
        let mechanism = mechanism(&row.workload, row.strategy, row.dispatch, Platform::Browser);
        let mechanism = mechanism.unwrap_or(Mechanism::OneThread);
        let setup_began_ms = self.clock.now_ms();
        let mut began_ms = None;
        // On the plan's clock.
        let mut spans: Vec<Span> = Vec::new();
        // A team that dies is followed by another that does what is left. Each death costs a task at least.
        loop {
            let done: Vec<u32> = spans.iter().map(|span| span.task).collect();
            let attempt = self.attempt(run, folder, done.clone()).await;
            began_ms.get_or_insert(attempt.began_ms);
            let fail = |spans: &[Span], kind, reason| {
                let left = (0..).find(|task| spans.iter().all(|span| span.task != *task)).unwrap_or(0);
                failed(left, 0, [self.clock.now_ms(); 3], TaskError::new(kind, reason)).span
            };
            match attempt.outcome {
                RunEnd::Done(execution) if done.is_empty() => {
                    return Execution { setup_ms: attempt.began_ms - setup_began_ms, ..execution };
                }
                RunEnd::Done(execution) => {
                    spans.extend(on_the_plans_clock(execution));
                    break;
                }
                RunEnd::Unable(reason) => {
                    spans.push(fail(&spans, ErrorKind::Setup, reason));
                    break;
                }
                RunEnd::Lost(reason, left) => {
                    let ended = left.map(|left| left.spans(&reason)).unwrap_or_default();
                    spans.extend(ended.into_iter().filter(|span| !done.contains(&span.task)));
                    if self.is_cancelled.get() {
                        break;
                    }
                    if spans[done.len()..].iter().all(|span| span.error.is_none()) {
                        // It died without last words: the first task that is left is as likely as any.
                        spans.push(fail(&spans, ErrorKind::WorkerDied, reason));
                    }
                    let done: Vec<u32> = spans.iter().map(|span| span.task).collect();
                    if run.waves().without(&done).next(&[]).is_none_or(|wave| wave.is_empty()) {
                        break;
                    }
                }
            }
        }
        let now_ms = self.clock.now_ms();
        let began_ms = began_ms.unwrap_or(now_ms);
        let (setup_ms, wall_ms) = (began_ms - setup_began_ms, now_ms - began_ms);
        let mut execution = Execution { mechanism, began_ms, setup_ms, wall_ms, spans };
        execution.rebase();
        execution
    }

    /// Makes a team for what is left of a run and follows it to its end.
    async fn attempt(&self, run: &RunSpec, folder: &str, done: Vec<u32>) -> Attempt {
        let mut began_ms = None;
        let outcome = self.follow(run, folder, done, &mut began_ms).await;
        Attempt { began_ms: began_ms.unwrap_or_else(|| self.clock.now_ms()), outcome }
    }

    async fn follow(&self, run: &RunSpec, folder: &str, done: Vec<u32>, began_ms: &mut Option<f64>) -> RunEnd {
        let spec = TeamSpec { run: run.clone(), done, base_ms: self.clock.base_ms(), folder: folder.to_owned() };
        let mut team = match WorkerHandle::start("team", with_json("team", &spec), false) {
            Ok(team) => team,
            Err(reason) => return RunEnd::Unable(reason),
        };
        let mut board: Option<BoardView> = None;
        let mut copy: Option<Snapshot> = None;
        let cancelled = self.cancelled.raised().fuse();
        let out_of_patience = self.out_of_patience().fuse();
        pin_mut!(cancelled, out_of_patience);
        loop {
            let event = select_biased! {
                event = team.next().fuse() => event,
                () = cancelled => {
                    if let Some(board) = &board {
                        raise_cancel_flag(board);
                    }
                    // A team that is gone will be heard of.
                    _ = team.post(&ToTeam::Cancel.to_js());
                    continue;
                }
                () = out_of_patience => FromWorker::Died("the run was cancelled".to_owned()),
            };
            let message = match event {
                FromWorker::Message(message) => FromTeam::from_js(&message),
                FromWorker::Died(reason) if began_ms.is_none() => Some(FromTeam::Unable(reason)),
                FromWorker::Died(reason) => Some(FromTeam::Lost(reason)),
            };
            match message {
                Some(FromTeam::Ready(view)) => {
                    if let Some(view) = &view {
                        workers::post(&FromLab::Board(view.clone()).to_js());
                    }
                    board = view;
                    *began_ms = Some(self.clock.now_ms());
                    if let Err(reason) = team.post(&ToTeam::Go.to_js()) {
                        return RunEnd::Unable(reason);
                    }
                }
                Some(FromTeam::Snapshot(bytes)) => {
                    copy = Snapshot::decode(&bytes.to_vec());
                    workers::post(&FromLab::Snapshot(bytes).to_js());
                }
                Some(FromTeam::Unable(reason)) => return RunEnd::Unable(reason),
                Some(FromTeam::Lost(reason)) => {
                    let shared = board.as_ref().and_then(|board| Snapshot::decode(&board.bytes()));
                    return RunEnd::Lost(reason, shared.or(copy));
                }
                Some(FromTeam::Done(execution)) => return RunEnd::Done(execution),
                None => {}
            }
        }
    }

    /// Returns some time after the run was cancelled.
    async fn out_of_patience(&self) {
        self.cancelled.raised().await;
        sleep_ms(CANCEL_PATIENCE_MS).await;
    }
}

/// Sets the cancel flag of a board in shared memory: its first word.
fn raise_cancel_flag(board: &BoardView) {
    let words = Int32Array::new_with_byte_offset_and_length(&board.memory.buffer(), board.address, 1);
    Atomics::store(&words, 0, 1).expect("a board lies in shared memory");
}
