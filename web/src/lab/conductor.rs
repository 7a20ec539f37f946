//! The conductor: carries a plan out for the page, a team per run. What it decides of a run is in [`attempts`].

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use futures::StreamExt;
use futures::channel::oneshot;
use futures::future::{Either, FusedFuture, FutureExt, select};
use futures::{pin_mut, select_biased};
use js_sys::{Atomics, Int32Array, Uint8Array};
use parlab_shared::measure::{Event, Executor, Plan, Snapshot, carry_out};
use parlab_shared::run::{Execution, RunSpec};
use wasm_bindgen::{JsCast, JsValue};

use super::attempts::{self, Attempts, Effect, Input};
use super::clock::Clock;
use super::run_folder::RunFolders;
use super::signal::Signal;
use super::timer::sleep_ms;
use super::workers::{self, FromWorker, WorkerHandle};
use super::{environment, panic_message};
use crate::messages::{FromLab, FromTeam, Role, RunStarted, TeamSpec, ToLab, ToTeam};
use crate::shared_board::SharedBoard;
use crate::wire;

/// Spans that are told the page at a time.
const SPANS_PER_MESSAGE: usize = 1000;

/// Serves the page until it ends this worker.
pub async fn serve() {
    panic_message::install();
    let mut inbox = workers::inbox();
    let folders = RunFolders::begin().await;
    post(&FromLab::Ready(Box::new(environment::look())));
    while let Some(message) = inbox.next().await {
        // A cancel that comes when nothing runs has nothing to stop.
        let Some((ToLab::Run(plan), _)) = wire::open(&message) else { continue };
        let conductor = Conductor::new(&folders);
        let mut carried = Box::pin(conduct(&plan, &conductor)).fuse();
        while !carried.is_terminated() {
            match select(&mut carried, inbox.next()).await {
                Either::Left(_) => {}
                Either::Right((Some(message), _)) => {
                    if let Some((ToLab::Cancel, _)) = wire::open(&message) {
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
            post(&FromLab::RunStarted(RunStarted { index, of, spec: spec.clone() }));
        }
        Event::RunFinished { mut run, .. } => {
            for spans in std::mem::take(&mut run.spans).chunks(SPANS_PER_MESSAGE) {
                post(&FromLab::Spans(spans.to_vec()));
            }
            post(&FromLab::RunFinished(Box::new(run)));
        }
    })
    .await;
    post(&FromLab::Finished { cancelled: conductor.is_cancelled.get() });
}

/// Says something to the page that has nothing beside it.
fn post(message: &FromLab) {
    workers::post(message, &JsValue::UNDEFINED);
}

/// Carries the runs of one plan out.
struct Conductor<'a> {
    clock: Clock,
    folders: &'a RunFolders,
    cancelled: Signal,
    cancel: RefCell<Option<oneshot::Sender<()>>>,
    is_cancelled: Cell<bool>,
}

impl<'a> Conductor<'a> {
    fn new(folders: &'a RunFolders) -> Self {
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

impl Conductor<'_> {
    /// Carries a run out, whose files lie in a folder.
    async fn execute_in(&self, run: &RunSpec, folder: &str) -> Execution {
        let mut attempts = Attempts::new(run, folder, self.clock.base_ms(), self.clock.now_ms());
        let mut team: Option<Team> = None;
        let mut inputs = VecDeque::from([Input::Begin]);
        let cancelled = self.cancelled.raised().fuse();
        pin_mut!(cancelled);
        loop {
            let input = match inputs.pop_front() {
                Some(input) => input,
                // A cancel comes first: a team that dies of it is not replaced.
                None => select_biased! {
                    () = cancelled => Input::Cancel,
                    input = next(&mut team).fuse() => input,
                    () = self.until(attempts.due_ms()).fuse() => Input::Time,
                },
            };
            let board = &|| team.as_ref().and_then(Team::snapshot);
            let effects = attempts.on(input, &attempts::Now { ms: self.clock.now_ms(), board });
            for effect in effects {
                match effect {
                    Effect::Make(spec) => {
                        // The last one ends before the next begins.
                        team = None;
                        match Team::make(spec) {
                            Ok(made) => team = Some(made),
                            Err(reason) => inputs.push_back(Input::Heard(FromTeam::Unable(reason))),
                        }
                    }
                    Effect::Post(message) => {
                        let posted = team.as_ref().map_or(Ok(()), |team| team.handle.post(&message));
                        // A team that cannot be told to stop is gone, which will be heard of.
                        if let (Err(reason), ToTeam::Go) = (posted, message) {
                            inputs.push_back(Input::Heard(FromTeam::Unable(reason)));
                        }
                    }
                    Effect::RaiseCancelFlag => {
                        if let Some(board) = team.as_ref().and_then(|team| team.board.as_ref()) {
                            raise_cancel_flag(board);
                        }
                    }
                    Effect::Over(execution) => return execution,
                }
            }
        }
    }

    /// Returns at a time on the plan's clock, if there is one.
    async fn until(&self, due_ms: Option<f64>) {
        match due_ms {
            Some(due_ms) => sleep_ms((due_ms - self.clock.now_ms()).max(0.0)).await,
            None => std::future::pending().await,
        }
    }
}

/// A team, and what can be seen of its board.
struct Team {
    handle: WorkerHandle,
    board: Option<SharedBoard>,
    copy: Option<Snapshot>,
}

impl Team {
    fn make(spec: TeamSpec) -> Result<Self, String> {
        Ok(Self { handle: WorkerHandle::start(Role::Team(spec))?, board: None, copy: None })
    }

    fn snapshot(&self) -> Option<Snapshot> {
        let shared = self.board.as_ref().and_then(|board| Snapshot::decode(&board.bytes()));
        shared.or_else(|| self.copy.clone())
    }

    /// The next thing that the team says. The page sees its board, too.
    async fn next(&mut self) -> Input {
        loop {
            let posted = match self.handle.next().await {
                FromWorker::Message(posted) => posted,
                FromWorker::Died(reason) => return Input::Died(reason),
            };
            let Some((message, beside)) = wire::open(&posted) else { continue };
            match message {
                FromTeam::Ready(Some(place)) => {
                    workers::post(&FromLab::Board(place), &beside);
                    self.board = Some(SharedBoard { memory: beside.unchecked_into(), place });
                }
                FromTeam::Snapshot => {
                    workers::post(&FromLab::Snapshot, &beside);
                    let bytes: Uint8Array = beside.unchecked_into();
                    self.copy = Snapshot::decode(&bytes.to_vec());
                }
                _ => {}
            }
            return Input::Heard(message);
        }
    }
}

/// The next thing that a team says; nothing, if there is none.
async fn next(team: &mut Option<Team>) -> Input {
    match team {
        Some(team) => team.next().await,
        None => std::future::pending().await,
    }
}

/// Sets the cancel flag of a board in shared memory: its first word.
fn raise_cancel_flag(board: &SharedBoard) {
    let words = Int32Array::new_with_byte_offset_and_length(&board.memory.buffer(), board.place.address, 1);
    Atomics::store(&words, 0, 1).expect("a board lies in shared memory");
}
