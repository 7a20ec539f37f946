//! An executor at the other end of a socket: a page, in a browser that somebody opens. It is told of each run, as Python
//! is, and meanwhile says some times a second how far its tasks are.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use futures::future::BoxFuture;
use parlab_shared::measure::{Board, Executor, failed};
use parlab_shared::remote::{Executed, FromExecutor, ToExecutor};
use parlab_shared::report::{Environment, Warning};
use parlab_shared::run::{Execution, RunSpec};
use parlab_shared::span::{ErrorKind, TaskError};
use parlab_shared::strategy::Platform;
use tokio::time::timeout;

use crate::clock::Clock;
use crate::executors::Live;
use crate::hub::{Answer, Connection, Lost, Place};
use crate::terminal::complain;

/// How long a page may take.
#[derive(Clone, Copy, Debug)]
struct Patience {
    /// From when it was opened until it connects: it is loaded and compiled, on a busy machine.
    start: Duration,
    /// Until another lab connects, which a page makes by itself, once, when the first one died.
    returning: Duration,
    /// Until it says something: a run that is on is heard of twice a second.
    silence: Duration,
    /// Until it has stopped a run: longer than it gives its own workers.
    stop: Duration,
}

const PATIENCE: Patience = Patience {
    start: Duration::from_secs(60),
    returning: Duration::from_secs(5),
    silence: Duration::from_secs(10),
    stop: Duration::from_secs(5),
};

/// How often a page that was lost is opened again, over a whole plan: one that is lost more often measures nothing that could
/// be relied on.
const AGAIN: [&str; 5] = ["1st", "2nd", "3rd", "4th", "5th"];
/// How often is looked, while a page is waited for, whether what it was opened in is there still.
const LOOK: Duration = Duration::from_secs(1);
/// It is gone if so many looks in a row say so: a page that loads may not answer one of them.
const LOOKS: u32 = 2;

/// Opens a page that connects to a [`Place`]: the first time, and again when it was lost.
pub trait Open: Debug + Send {
    /// What the page is in, for messages: `chromium`.
    fn name(&self) -> &str;

    /// Opens the page, in place of the one that was there, which is ended. Whoever stops the plan drops the future.
    ///
    /// # Errors
    /// Why it cannot be opened.
    fn open(&mut self) -> BoxFuture<'_, anyhow::Result<()>>;

    /// Whether what the page was opened in is there still.
    ///
    /// # Errors
    /// It is not; how that was seen.
    fn check(&mut self) -> BoxFuture<'_, anyhow::Result<()>> {
        Box::pin(async { Ok(()) })
    }

    /// Puts into what a page says of where it measures what whoever opened it knows better; `here` is this machine.
    fn describe(&self, _environment: &mut Environment, _here: &Environment) {}
}

/// Carries runs out in a page. A page that is lost in the middle of a run is opened once more and the run repeated; if it
/// is lost in that run again, or too often in all, it is given up.
#[derive(Debug)]
pub struct RemoteExecutor {
    clock: Clock,
    live: Live,
    page: Box<dyn Open>,
    /// Where the page connects.
    place: Place,
    /// The page, while it is there.
    connection: Option<Connection>,
    /// The page was there and is lost: it may come back by itself.
    may_return: bool,
    /// The page has carried out a run since it was opened.
    is_used: bool,
    /// The page was lost since its last run: the next one is its second chance.
    is_suspect: bool,
    /// Why it was opened again, each time that it was lost.
    lost: Vec<String>,
    /// And each time that it had no room for another run.
    full: Vec<String>,
    /// Why there is no page any more.
    gone: Option<String>,
    patience: Patience,
}

impl RemoteExecutor {
    /// Opens a page and waits until it has connected to its place. It shows its runs in `live` and is stopped through it.
    ///
    /// # Errors
    /// It cannot be opened, does not connect, or is of another build.
    pub async fn start(live: Live, page: Box<dyn Open>, place: Place) -> anyhow::Result<Self> {
        let mut executor = Self {
            clock: Clock::start(),
            live,
            page,
            place,
            connection: None,
            may_return: false,
            is_used: false,
            is_suspect: false,
            lost: Vec::new(),
            full: Vec::new(),
            gone: None,
            patience: PATIENCE,
        };
        match executor.connection().await {
            Ok(_) => Ok(executor),
            Err(Lost(reason)) => bail!("{}: {reason}", executor.page.name()),
        }
    }

    /// On what the page measures, as it was when it connected last; `None` while it is lost. `here` is this machine.
    pub fn environment(&self, here: &Environment) -> Option<Environment> {
        let mut environment = self.connection.as_ref()?.environment.clone();
        self.page.describe(&mut environment, here);
        Some(environment)
    }

    /// What the runs do not show: that the page was opened again, and why.
    pub fn warnings(&self) -> Vec<Warning> {
        let mut warnings: Vec<Warning> = Vec::new();
        for reason in self.lost.iter().chain(&self.full) {
            let known = warnings.iter_mut().find_map(|warning| match warning {
                Warning::OpenedAgain { reason: known, times } if known == reason => Some(times),
                _ => None,
            });
            match known {
                Some(times) => *times += 1,
                None => warnings.push(Warning::OpenedAgain { reason: reason.clone(), times: 1 }),
            }
        }
        warnings
    }

    /// The page's end, opened again if it was lost.
    async fn connection(&mut self) -> Result<&mut Connection, Lost> {
        if let Some(reason) = &self.gone {
            return Err(Lost(reason.clone()));
        }
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => {
                let live = self.live.clone();
                tokio::select! {
                    connection = self.connect() => connection.map_err(|error| Lost(format!("{error:#}")))?,
                    () = live.until_cancelled() => return Err(Lost("the plan was stopped".to_owned())),
                }
            }
        };
        Ok(self.connection.insert(connection))
    }

    /// Waits until the page comes back, or opens it.
    async fn connect(&mut self) -> anyhow::Result<Connection> {
        self.is_used = false;
        if std::mem::take(&mut self.may_return) {
            let returned = tokio::select! {
                returned = self.place.wait(self.patience.returning) => returned,
                ended = end_of(self.page.as_mut(), LOOK) => Err(ended),
            };
            if returned.is_ok() {
                return returned;
            }
        }
        self.page.open().await?;
        tokio::select! {
            connection = self.place.wait(self.patience.start) => connection,
            ended = end_of(self.page.as_mut(), LOOK) => Err(ended),
        }
    }

    /// The page is lost, as far as this end can tell.
    fn lose(&mut self) {
        self.connection = None;
        self.may_return = true;
    }

    /// Has the page carry a run out. One that was lost is no longer there afterwards.
    async fn attempt(&mut self, run: &RunSpec, board: &Board) -> Result<Execution, Lost> {
        let (live, Patience { silence, stop, .. }, clock) = (self.live.clone(), self.patience, self.clock);
        let connection = self.connection().await?;
        let sent_ms = clock.now_ms();
        connection.say(ToExecutor::Execute(Box::new(run.clone())));
        let executed = tokio::select! {
            executed = hear(connection, board, silence) => executed,
            () = live.until_cancelled() => {
                connection.say(ToExecutor::Cancel);
                let stopped = timeout(stop, hear(connection, board, silence)).await;
                stopped.unwrap_or_else(|_| Err(Lost(format!("it did not stop within {} s", stop.as_secs()))))
            }
        };
        let executed = executed.and_then(|executed| match executed.fault(run, clock.now_ms() - sent_ms) {
            Some(fault) => Err(Lost(format!("it answered with {fault}"))),
            None => Ok(executed),
        });
        let Executed { mut execution, hidden } = executed.inspect_err(|_| self.lose())?;
        // Its times are since the order came, which on one machine is when it was sent but for half a millisecond.
        execution.began_ms += sent_ms;
        if hidden {
            execution.spoil("the page was hidden, and browsers slow down what nobody sees: leave its window in view");
        }
        Ok(execution)
    }

    /// How long a fixed piece of computing takes in the page.
    async fn probe(&mut self) -> Result<f64, Lost> {
        let silence = self.patience.silence;
        let connection = self.connection().await?;
        connection.say(ToExecutor::Probe);
        let answer = match next(connection, silence).await {
            Ok(Answer::Said(FromExecutor::Probed(ms))) if ms.is_finite() && ms >= 0.0 => Ok(ms),
            Ok(answer) => Err(Lost(format!("it answered {answer:?} when asked for its pace"))),
            Err(lost) => Err(lost),
        };
        answer.inspect_err(|_| self.lose())
    }

    /// The page was lost, and is opened again by whoever needs it next.
    fn open_again(&mut self, reason: String) {
        let (name, which, most) = (self.page.name(), AGAIN[self.lost.len()], AGAIN.len());
        complain(&format!("{name}: {reason}; it is opened again ({which} of at most {most} times)"));
        self.lost.push(reason);
    }

    /// Why a page that was lost is given up, if it is.
    fn given_up(&self, reason: &str) -> Option<String> {
        let most = AGAIN.len();
        (self.lost.len() >= most).then(|| format!("{reason}, after it was opened again {most} times"))
    }
}

/// Waits until what a page was opened in is no longer there, and returns how that was seen.
async fn end_of(page: &mut dyn Open, look: Duration) -> anyhow::Error {
    let mut looks = 0;
    loop {
        tokio::time::sleep(look).await;
        match page.check().await {
            Ok(()) => looks = 0,
            Err(error) => {
                looks += 1;
                if looks == LOOKS {
                    return error;
                }
            }
        }
    }
}

/// The next thing that a page says.
async fn next(connection: &mut Connection, silence: Duration) -> Result<Answer, Lost> {
    let heard = timeout(silence, connection.next()).await;
    heard.unwrap_or_else(|_| Err(Lost(format!("it said nothing for {} s", silence.as_secs_f64()))))
}

/// Shows how far a run is, until it is over.
async fn hear(connection: &mut Connection, board: &Board, silence: Duration) -> Result<Executed, Lost> {
    loop {
        match next(connection, silence).await? {
            Answer::Said(FromExecutor::Progress(counts)) => board.tell(counts),
            Answer::Said(said) => return Err(Lost(format!("it said {said:?} during a run"))),
            Answer::Executed(executed) => return Ok(executed),
        }
    }
}

/// Why the workers of a run could not be made, if they could not.
fn setup_failure(execution: &Execution) -> Option<&str> {
    let mut errors = execution.spans.iter().flat_map(|span| &span.error);
    errors.find(|error| error.kind == ErrorKind::Setup).map(|error| error.message.as_str())
}

/// What is left of a run that no page carried out.
fn nothing_of(run: &RunSpec, now_ms: f64, error: TaskError) -> Execution {
    let mechanism = run.row.mechanism(Platform::Browser).expect("a plan has rows that its platform can run");
    let spans = vec![failed(0, 0, [0.0; 3], error).span];
    Execution { mechanism, began_ms: now_ms, setup_ms: 0.0, wall_ms: 0.0, costs: None, spans }
}

impl Executor for RemoteExecutor {
    async fn execute(&mut self, run: &RunSpec) -> Execution {
        let board = Arc::new(Board::new(run.row.workload.tasks(), 0));
        self.live.show(Arc::clone(&board));
        let mut is_again = std::mem::take(&mut self.is_suspect);
        loop {
            let was_used = self.is_used;
            let attempted = self.attempt(run, &board).await;
            match attempted {
                Ok(execution) => match setup_failure(&execution) {
                    // Browsers are slow to give memories back, and after many runs there is no room in the page for another:
                    // a new page has it.
                    Some(reason) if was_used && !is_again && !self.live.cancelled() => {
                        let reason = reason.to_owned();
                        complain(&format!("{}: {reason}; it is opened anew", self.page.name()));
                        self.connection = None;
                        self.full.push(reason);
                        is_again = true;
                        continue;
                    }
                    failure => {
                        self.is_used |= failure.is_none();
                        return execution;
                    }
                },
                Err(_) if self.live.cancelled() => {
                    return nothing_of(run, self.clock.now_ms(), TaskError::cancelled());
                }
                Err(Lost(reason)) => {
                    let given_up = if is_again { Some(reason.clone()) } else { self.given_up(&reason) };
                    if let Some(reason) = self.gone.clone().or(given_up) {
                        self.gone = Some(reason.clone());
                        return nothing_of(run, self.clock.now_ms(), TaskError::new(ErrorKind::Setup, reason));
                    }
                    self.open_again(reason);
                    is_again = true;
                }
            }
        }
    }

    fn cancelled(&self) -> bool {
        self.live.cancelled()
    }

    fn gone(&self) -> Option<&str> {
        self.gone.as_deref()
    }

    async fn probe_ms(&mut self) -> Option<f64> {
        match self.probe().await {
            Ok(ms) => Some(ms),
            Err(Lost(reason)) => {
                // The run that follows opens it again.
                if self.gone.is_none() && !self.live.cancelled() {
                    match self.given_up(&reason) {
                        Some(reason) => self.gone = Some(reason),
                        None => {
                            self.open_again(reason);
                            self.is_suspect = true;
                        }
                    }
                }
                None
            }
        }
    }

    fn now_ms(&self) -> f64 {
        self.clock.now_ms()
    }
}

#[cfg(test)]
mod tests;
