//! Everything that page, lab, teams and their workers say to each other.
//!
//! ```text
//! page ── ToLab, FromLab ── lab ── ToTeam, FromTeam ── team ─┬─ ToPeer, FromPeer ── isolated peer
//!                                                            └─ ToThread, FromThread ── worker over the team's memory
//! ```
//!
//! The first message to any worker is a [`Boot`]. All travel as bytes (postcard: nothing in them may be left out, flattened or
//! told apart by what it looks like), with what is none of a message beside them (`wire`).

use parlab_shared::dictionary::Sharing;
use parlab_shared::measure::{RunFinished, RunStarted};
use parlab_shared::report::Tool;
use parlab_shared::run::{Execution, RunSpec};
use parlab_shared::screen::{FromScreen, ToScreen};
use parlab_shared::way::Lock;
use serde::{Deserialize, Serialize};

use crate::questions::PageFacts;

/// The address of the lab's module, relative to `worker.js`: with threads, which need shared memory, and without.
pub const LAB: &str = "./lab/lab.js";
/// The same for the lab without threads.
pub const LAB_PLAIN: &str = "./lab-plain/lab.js";

/// What `worker.js` says to whoever made the worker, before anything else, when the lock of its life is held: its end can be
/// waited for. Not said where the browser has no locks.
pub const ALIVE: &str = "alive";

/// The first message to any worker. Beside it: an array of the compiled module, if there is one already, and the memory
/// to join, if the worker is to have none of its own. `worker.js` reads all but the role, and answers [`ALIVE`].
#[derive(Clone, Debug)]
pub struct Boot<R> {
    /// The module's glue, relative to `worker.js`.
    pub glue: &'static str,
    /// What the worker is made for: [`OfPage`] or [`Role`].
    pub role: R,
    /// The lock that it holds for as long as it lives, if somebody wants to hear of its end.
    pub life: Option<String>,
    /// The lock that all workers over its memory hold together, if that is lent to them.
    pub memory_lock: Option<String>,
}

/// What the page makes workers for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum OfPage {
    /// Carries plans out; the same as [`Role::Lab`].
    Lab,
    /// Answers questions about what is asked for and what was measured ([`crate::questions`]).
    Analyst(PageFacts),
}

/// What a worker of the lab's module is made for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Role {
    /// Carries plans out for the page.
    Lab,
    /// Carries one run out for the lab.
    Team(Box<TeamSpec>),
    /// Performs tasks for a team, isolated from it.
    Peer(PeerSpec),
    /// Performs the tasks of queues in the memory of its team: the address of its `WorkerSlot`.
    QueueWorker(u32),
    /// Performs one task in the memory of its team: the address of its `Job`.
    TaskWorker(u32),
    /// Is a thread of the pool in the memory of its team: the address of its `PoolThread`.
    PoolThread(u32),
}

/// What a team is made for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TeamSpec {
    /// Which run of the plan it is.
    #[serde(with = "as_json")]
    pub run: RunSpec,
    /// Tasks of it that an earlier team has done.
    pub done: Vec<u32>,
    /// The base of the clock, in milliseconds since the Unix epoch.
    pub base_ms: f64,
    /// The name of the folder for the run's files.
    pub folder: String,
}

/// What an isolated peer is made for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PeerSpec {
    /// Which worker of the run it is.
    pub worker: u32,
    /// The base of the clock, in milliseconds since the Unix epoch.
    pub base_ms: f64,
    /// The name of the folder for the run's files; empty if it writes none.
    pub folder: String,
    /// How long a task may wait for an answer.
    pub timeout_ms: f64,
    /// How results are kept by key, if they are.
    pub sharing: Option<Sharing>,
    /// Which lock it takes, which nobody else wants.
    pub lock: Lock,
}

/// What the page says to the lab.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ToLab {
    /// Carry a plan out.
    Run {
        /// The plan, which is JSON: the page does not read it.
        plan: String,
        /// The page's own target, for a plan that names none.
        target: Option<String>,
    },
    /// Stop as soon as the task at hand allows.
    Cancel,
    /// Carry out what is asked for at the other end of a socket, until that ends.
    Serve(Service),
    /// Whether the page is hidden, from now on.
    Hidden(bool),
    /// The page's main thread says this to the team that asked it to draw.
    Screen(FromScreen),
}

/// Where a lab that serves somebody else finds that, and what it has to know of its page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Service {
    /// The address of the socket.
    pub url: String,
    /// The page's own target, for runs that name none.
    pub target: String,
    /// The program that the page is a part of: the lab does not know its build.
    pub tool: Tool,
    /// Whether the page is hidden now.
    pub hidden: bool,
    /// Whether the page shows how far runs are.
    pub watched: bool,
}

/// What the lab says to the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FromLab {
    /// The lab is there and has looked around: its environment as JSON, which the page does not read. Comes first, and again
    /// when more is known of it.
    Ready(String),
    /// A run is about to begin.
    RunStarted(RunStarted),
    /// The run's board is in shared memory, which is beside: read it whenever you like, until the next `RunStarted`.
    Board(BoardPlace),
    /// A copy of the run's board, where memory cannot be shared; its bytes are beside. Comes some times a second.
    Snapshot,
    /// A run is over; it is beside, as JSON (`Uint8Array`), which the page passes on unread.
    RunFinished(RunFinished),
    /// The plan is over.
    Finished {
        /// It was stopped before its end.
        cancelled: bool,
    },
    /// The socket has ended: all is done, or this is wrong.
    Served(Result<(), String>),
    /// A team asks this of the page's main thread.
    Screen(ToScreen),
}

/// Where a board lies in the memory of its team.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardPlace {
    /// Its first byte.
    pub address: u32,
    /// Its length in bytes.
    pub length: u32,
}

/// What the lab says to a team.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum ToTeam {
    /// Start the clock.
    Go,
    /// Stop as soon as the task at hand allows.
    Cancel,
    /// The page's main thread says this.
    Screen(FromScreen),
}

/// What a team says to the lab.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FromTeam {
    /// The workers are there. If memory can be shared, the board lies here; the memory is beside.
    Ready(Option<BoardPlace>),
    /// The workers could not be made, for this reason.
    Unable(String),
    /// A copy of the board, where memory cannot be shared; its bytes are beside.
    Snapshot,
    /// A worker of the team died, for this reason, in a way that the team cannot survive.
    Lost(String),
    /// The run is over.
    Done(Execution),
    /// The page's main thread is asked for this.
    Screen(ToScreen),
}

/// What a team says to a worker over its memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ToThread {
    /// Perform the tasks of a queue until it is empty: the address of a share in it, which the worker takes over.
    Queue(u32),
    /// Stop as soon as the task at hand allows.
    Cancel,
}

/// What a worker over a team's memory says to the team.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FromThread {
    /// It waits for queues, or is a thread of a pool from now on.
    Ready,
    /// The queue is empty, or its one task is over. For a worker with one task `worker.js` says so, after it has given
    /// the worker's stack back.
    Over,
}

/// What postcard cannot tell apart travels as JSON within a message: parameters lie flat among others in a report.
mod as_json {
    use serde::de::{DeserializeOwned, Error};
    use serde::{Deserialize, Deserializer, Serialize, Serializer, ser};

    pub fn serialize<T: Serialize, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        serde_json::to_string(value).map_err(ser::Error::custom)?.serialize(serializer)
    }

    pub fn deserialize<'de, T: DeserializeOwned, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
        serde_json::from_str(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use parlab_shared::screen::{Drawing, Drawn, OnThread};
    use parlab_shared::strategy::Mechanism;
    use serde::de::DeserializeOwned;

    use super::*;
    use crate::fixture::{plan, span, spec, started};
    use crate::questions::OwnTarget;

    #[track_caller]
    fn check<T: Serialize + DeserializeOwned + PartialEq + Debug>(messages: impl IntoIterator<Item = T>) {
        for message in messages {
            let bytes = postcard::to_stdvec(&message).expect("written");
            assert_eq!(postcard::from_bytes::<T>(&bytes).expect("read"), message, "{bytes:?}");
        }
    }

    #[test]
    fn what_is_said_is_understood() {
        let plan = plan();
        let team =
            TeamSpec { run: spec(&plan, 1), done: vec![0, 3], base_ms: 1.7e12 + 0.125, folder: "parlab-1".to_owned() };
        let peer = PeerSpec {
            worker: 3,
            base_ms: 0.1,
            folder: String::new(),
            timeout_ms: 3e4,
            sharing: Some(Sharing::Owner),
            lock: Lock::Gil,
        };
        let threads = [Role::QueueWorker(u32::MAX), Role::TaskWorker(8), Role::PoolThread(16)];
        let roles = [Role::Lab, Role::Team(Box::new(team)), Role::Peer(peer)].into_iter().chain(threads);
        check(roles);
        let facts =
            PageFacts { folder: None, target: OwnTarget::Server, unshared: None, unfiled: None, build: String::new() };
        check([OfPage::Lab, OfPage::Analyst(facts)]);
        let of_page = postcard::to_stdvec(&OfPage::Lab).expect("written");
        assert_eq!(postcard::from_bytes::<Role>(&of_page).expect("the lab reads what the page writes"), Role::Lab);
        let [url, target] = ["ws://localhost:80/api/executor?token=0f", "http://localhost:80/"].map(str::to_owned);
        let service = Service { url, target, tool: Tool::this(None), hidden: true, watched: true };
        check([
            ToLab::Run { plan: "{}".to_owned(), target: None },
            ToLab::Cancel,
            ToLab::Serve(service),
            ToLab::Hidden(true),
            ToLab::Screen(FromScreen::Draws),
        ]);
        let place = BoardPlace { address: u32::MAX, length: 4 };
        check([
            FromLab::Ready("{\"cores\":2}".to_owned()),
            FromLab::RunStarted(started(&plan, 1)),
            FromLab::Board(place),
            FromLab::Snapshot,
            FromLab::RunFinished(RunFinished {
                part: 0,
                row: 1,
                warmup: true,
                wall_ms: 0.1 + 0.2,
                tasks: 4,
                failed: 3,
                pass_is_over: true,
            }),
            FromLab::Finished { cancelled: true },
            FromLab::Served(Ok(())),
            FromLab::Served(Err("it is gone".to_owned())),
            FromLab::Screen(ToScreen::End),
        ]);
        let drawn = Drawn { steps: Some(u64::MAX), dropped: 3, longest_ms: 0.1 + 0.2 };
        check([ToTeam::Go, ToTeam::Cancel, ToTeam::Screen(FromScreen::Drawn(drawn))]);
        let mechanism = Mechanism::OneThread;
        let execution =
            Execution { mechanism, began_ms: 0.3, setup_ms: 1.0, wall_ms: 2.0, costs: None, spans: vec![span(2, 0.7)] };
        check([
            FromTeam::Ready(None),
            FromTeam::Ready(Some(place)),
            FromTeam::Unable("no memory, \"none\"".to_owned()),
            FromTeam::Snapshot,
            FromTeam::Lost("it is gone".to_owned()),
            FromTeam::Done(execution),
            FromTeam::Screen(ToScreen::Draw(Drawing { on: OnThread::Worker, n: u64::MAX })),
        ]);
        check([ToThread::Queue(1 << 31), ToThread::Cancel]);
        check([FromThread::Ready, FromThread::Over]);
    }

    #[test]
    fn what_is_no_message_is_refused() {
        let run = postcard::to_stdvec(&ToLab::Run { plan: "{}".to_owned(), target: None }).expect("written");
        for bytes in [&[][..], &run[..run.len() - 1], &[9], &[0, 1, 255]] {
            assert!(postcard::from_bytes::<ToLab>(bytes).is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn the_script_of_workers_speaks_the_same_language() {
        let script = include_str!("../static/worker.js");
        let over = postcard::to_stdvec(&FromThread::Over).expect("written");
        assert!(script.contains(&format!("self.postMessage([new Uint8Array({over:?})])")));
        assert!(script.contains(&format!("self.postMessage([\"{ALIVE}\"])")));
        assert!(script.contains("data: [role, [module, memory] = [], glue, life, memory_lock]"));
    }
}
