//! The conductor: carries runs out, a team for each. What it decides of a run is in [`attempts`].

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use futures::channel::mpsc::{self, UnboundedReceiver, UnboundedSender};
use futures::channel::oneshot;
use futures::future::FutureExt;
use futures::lock::Mutex;
use futures::{StreamExt, pin_mut, select_biased};
use js_sys::{Atomics, Int32Array, Uint8Array};
use parlab_shared::measure::{Counts, Executor, Snapshot, failed};
use parlab_shared::run::{Execution, RunSpec};
use parlab_shared::screen::FromScreen;
use parlab_shared::span::{ErrorKind, TaskError};
use parlab_shared::strategy::Platform;
use parlab_shared::target::Secured;
use wasm_bindgen::{JsCast, JsValue};

use super::attempts::{self, Attempts, Effect, Input};
use super::clock::Clock;
use super::run_folder::RunFolders;
use super::secured;
use super::signal::Signal;
use super::teams::Teams;
use super::timer::sleep_ms;
use super::workers::{self, FromWorker, WorkerHandle};
use crate::messages::{FromLab, FromTeam, ToTeam};
use crate::shared_board::SharedBoard;
use crate::wire;

/// Who sees the boards of runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// The page, which draws what it sees.
    Page,
    /// Nobody but this worker, which counts what is over.
    Nobody,
}

/// What the runs of a lab have one after another.
pub struct Supplies {
    /// What the page's main thread says.
    screen: (UnboundedSender<FromScreen>, Mutex<UnboundedReceiver<FromScreen>>),
    /// The folders for their files.
    pub folders: RunFolders,
    /// Their teams.
    pub teams: Teams,
    /// Where the page's server listens with TLS, once it was asked.
    secured: RefCell<Option<Secured>>,
}

impl Supplies {
    /// What a lab begins with.
    pub async fn begin() -> Self {
        let (say, said) = mpsc::unbounded();
        let (folders, teams, secured) = (RunFolders::begin().await, Teams::begin(), RefCell::default());
        Self { screen: (say, Mutex::new(said)), folders, teams, secured }
    }

    /// The page's main thread says something, to the team that is there.
    pub fn screen_says(&self, said: FromScreen) {
        // They have one owner.
        _ = self.screen.0.unbounded_send(said);
    }
}

/// Carries runs out, and tells their times since it was made.
pub struct Conductor<'a> {
    clock: Clock,
    supplies: &'a Supplies,
    audience: Audience,
    /// What can be seen of the run that is on.
    board: RefCell<Option<Board>>,
    cancelled: Signal,
    cancel: RefCell<Option<oneshot::Sender<()>>>,
    is_cancelled: Cell<bool>,
}

impl<'a> Conductor<'a> {
    /// A conductor whose clock begins now.
    pub fn new(supplies: &'a Supplies, audience: Audience) -> Self {
        let (cancel, cancelled) = Signal::new();
        let (cancel, board) = (RefCell::new(Some(cancel)), RefCell::default());
        Self { clock: Clock::start(), supplies, audience, board, cancelled, cancel, is_cancelled: Cell::new(false) }
    }

    /// Whether it was told to stop.
    pub fn is_cancelled(&self) -> bool {
        self.is_cancelled.get()
    }

    /// How many tasks of the run that is on are over, as far as can be seen.
    pub fn counts(&self) -> Counts {
        self.board.borrow().as_ref().map(Board::counts).unwrap_or_default()
    }

    /// Stops the run that is on, and whatever would come after it.
    pub fn cancel(&self) {
        self.is_cancelled.set(true);
        if let Some(cancel) = self.cancel.take() {
            // Nobody waits for it between two runs.
            _ = cancel.send(());
        }
    }
}

impl Executor for &Conductor<'_> {
    async fn execute(&mut self, run: &RunSpec) -> Execution {
        let Supplies { folders, teams, secured, .. } = self.supplies;
        let mut run = Cow::Borrowed(run);
        if run.row.workload.protocol().is_some() && run.secured.is_none() {
            if secured.borrow().is_none() {
                match secured::of(&run.target).await {
                    Ok(found) => drop(secured.replace(Some(found))),
                    Err(reason) => return unable(&run, self.clock.now_ms(), reason),
                }
            }
            run.to_mut().secured.clone_from(&secured.borrow());
        }
        let workers = run.row.strategy.effective_workers(run.row.workers);
        teams.make_room_for(workers).await;
        let folder = folders.next();
        let execution = self.execute_in(&run, &folder).await;
        if run.row.workload.writes_files() {
            // Whoever has a file open holds up its end.
            teams.end_all().await;
        }
        folders.remove(&folder).await;
        execution
    }

    fn cancelled(&self) -> bool {
        self.is_cancelled()
    }

    fn asleep_ms(&self) -> f64 {
        Clock::asleep_ms()
    }

    fn now_ms(&self) -> f64 {
        self.clock.now_ms()
    }
}

impl Conductor<'_> {
    /// Carries a run out, whose files lie in a folder.
    async fn execute_in(&self, run: &RunSpec, folder: &str) -> Execution {
        let mut attempts = Attempts::new(run, folder, self.clock.base_ms(), self.clock.now_ms());
        let mut team: Option<WorkerHandle> = None;
        let mut inputs = VecDeque::from([Input::Begin]);
        let cancelled = self.cancelled.raised().fuse();
        pin_mut!(cancelled);
        let mut screen = self.supplies.screen.1.lock().await;
        // What was said to an earlier run is of no use to this one.
        while screen.try_recv().is_ok() {}
        loop {
            let input = match inputs.pop_front() {
                Some(input) => input,
                // A cancel comes first: a team that dies of it is not replaced.
                None => select_biased! {
                    () = cancelled => Input::Cancel,
                    said = screen.select_next_some() => {
                        // A team that cannot be told is gone, which will be heard of.
                        _ = team.as_ref().map(|team| team.post(&ToTeam::Screen(said)));
                        continue;
                    }
                    input = self.next(&mut team).fuse() => input,
                    () = self.until(attempts.due_ms()).fuse() => Input::Time,
                },
            };
            let is_done = matches!(input, Input::Heard(FromTeam::Done(_)));
            let board = &|| self.board.borrow().as_ref().and_then(Board::snapshot);
            let effects = attempts.on(input, &attempts::Now { ms: self.clock.now_ms(), board });
            for effect in effects {
                match effect {
                    Effect::Make(spec) => {
                        // The last one ends before the next begins.
                        team = None;
                        self.board.replace(None);
                        match self.supplies.teams.make(spec) {
                            Ok(made) => team = Some(made),
                            Err(reason) => inputs.push_back(Input::Heard(FromTeam::Unable(reason))),
                        }
                    }
                    Effect::Post(message) => {
                        let posted = team.as_ref().map_or(Ok(()), |team| team.post(&message));
                        // A team that cannot be told to stop is gone, which will be heard of.
                        if let (Err(reason), ToTeam::Go) = (posted, message) {
                            inputs.push_back(Input::Heard(FromTeam::Unable(reason)));
                        }
                    }
                    Effect::RaiseCancelFlag => {
                        if let Some(Board::Shared(board)) = &*self.board.borrow() {
                            raise_cancel_flag(board);
                        }
                    }
                    Effect::Over(execution) => {
                        self.board.replace(None);
                        if is_done && let Some(team) = team {
                            self.supplies.teams.take(team);
                        }
                        return execution;
                    }
                }
            }
        }
    }

    /// The next thing that a team says; nothing, if there is none. Keeps its board, and shows it to the page.
    async fn next(&self, team: &mut Option<WorkerHandle>) -> Input {
        let Some(team) = team else { return std::future::pending().await };
        loop {
            let posted = match team.next().await {
                FromWorker::Message(posted) => posted,
                FromWorker::Died(reason) => return Input::Died(reason),
            };
            let Some((message, beside)) = wire::open(&posted) else { continue };
            match message {
                FromTeam::Ready(Some(place)) => {
                    self.show(&FromLab::Board(place), &beside);
                    self.board.replace(Some(Board::Shared(SharedBoard { memory: beside.unchecked_into(), place })));
                }
                FromTeam::Snapshot => {
                    self.show(&FromLab::Snapshot, &beside);
                    let bytes: Uint8Array = beside.unchecked_into();
                    if let Some(copy) = Snapshot::decode(&bytes.to_vec()) {
                        self.board.replace(Some(Board::Copy(copy)));
                    }
                }
                FromTeam::Screen(asked) => {
                    workers::post(&FromLab::Screen(asked), &JsValue::UNDEFINED);
                    continue;
                }
                _ => {}
            }
            return Input::Heard(message);
        }
    }

    /// Tells the page of a board, if it looks.
    fn show(&self, board: &FromLab, beside: &JsValue) {
        if self.audience == Audience::Page {
            workers::post(board, beside);
        }
    }

    /// Returns at a time on the plan's clock.
    async fn until(&self, due_ms: f64) {
        sleep_ms((due_ms - self.clock.now_ms()).max(0.0)).await;
    }
}

/// What is left of a run that cannot begin.
fn unable(run: &RunSpec, now_ms: f64, reason: String) -> Execution {
    let mechanism = run.row.mechanism(Platform::Browser).expect("a plan has rows that its platform can run");
    let spans = vec![failed(0, 0, [0.0; 3], TaskError::new(ErrorKind::Setup, reason)).span];
    Execution { mechanism, began_ms: now_ms, setup_ms: 0.0, wall_ms: 0.0, costs: None, spans }
}

/// A board, as far as this worker sees it.
enum Board {
    /// It lies in the memory of its team.
    Shared(SharedBoard),
    /// This is the last copy of it.
    Copy(Snapshot),
}

impl Board {
    fn snapshot(&self) -> Option<Snapshot> {
        match self {
            Board::Shared(board) => Snapshot::decode(&board.bytes()),
            Board::Copy(copy) => Some(copy.clone()),
        }
    }

    fn counts(&self) -> Counts {
        match self {
            Board::Shared(board) => Counts::decode(&board.header()),
            Board::Copy(copy) => Counts { finished: copy.finished, failed: copy.failed },
        }
    }
}

/// Sets the cancel flag of a board in shared memory: its first word.
fn raise_cancel_flag(board: &SharedBoard) {
    let words = Int32Array::new_with_byte_offset_and_length(&board.memory.buffer(), board.place.address, 1);
    Atomics::store(&words, 0, 1).expect("a board lies in shared memory");
}
