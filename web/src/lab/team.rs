//! A team: the worker that carries one run out, with the workers that the run's strategy needs.

use std::cell::Cell;
use std::rc::Rc;

use futures::StreamExt;
use futures::channel::mpsc::UnboundedReceiver;
use js_sys::Uint8Array;
use parlab_shared::dictionary::Dictionary;
use parlab_shared::host::Host;
use parlab_shared::measure::{Board, Execution, RunSpec, drive};
use serde::{Deserialize, Serialize};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::WorkerGlobalScope;

use super::clock::Clock;
use super::executors;
use super::files;
use super::host::{BrowserHost, Signal, TeamStation};
use super::{panic_message, workers};
use crate::messages::{BoardView, get, json, set, typed, with_json};

/// What a team is made for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TeamSpec {
    /// The run.
    pub run: RunSpec,
    /// Tasks of it that an earlier team has done.
    pub done: Vec<u32>,
    /// The base of the clock.
    pub base_ms: f64,
    /// The name of the folder for the run's files.
    pub folder: String,
}

/// What the lab says to a team.
#[derive(Debug)]
pub enum ToTeam {
    /// Start the clock.
    Go,
    /// Stop as soon as the task at hand allows.
    Cancel,
}

/// What a team says to the lab.
#[derive(Debug)]
pub enum FromTeam {
    /// The workers are there; the board lies here, if memory can be shared.
    Ready(Option<BoardView>),
    /// The workers could not be made.
    Unable(String),
    /// A copy of the board, where memory cannot be shared.
    Snapshot(Uint8Array),
    /// A worker of the team died in a way that the team cannot survive.
    Lost(String),
    /// The run is over.
    Done(Execution),
}

impl ToTeam {
    /// The message.
    pub fn to_js(&self) -> JsValue {
        match self {
            ToTeam::Go => typed("go").into(),
            ToTeam::Cancel => typed("cancel").into(),
        }
    }

    fn from_js(message: &JsValue) -> Option<Self> {
        match get(message, "type").as_string()?.as_str() {
            "go" => Some(ToTeam::Go),
            "cancel" => Some(ToTeam::Cancel),
            _ => None,
        }
    }
}

impl FromTeam {
    fn to_js(&self) -> JsValue {
        match self {
            FromTeam::Ready(view) => {
                let message = typed("ready");
                if let Some(view) = view {
                    set(&message, "memory", &view.memory);
                    set(&message, "address", &view.address.into());
                    set(&message, "length", &view.length.into());
                }
                message.into()
            }
            FromTeam::Unable(reason) => with_json("unable", reason),
            FromTeam::Snapshot(bytes) => {
                let message = typed("snapshot");
                set(&message, "bytes", bytes);
                message.into()
            }
            FromTeam::Lost(reason) => with_json("lost", reason),
            FromTeam::Done(execution) => with_json("done", execution),
        }
    }

    /// Reads a message; `None` if it is none.
    pub fn from_js(message: &JsValue) -> Option<Self> {
        let number = |key| get(message, key).as_f64().map(|number| number as u32);
        match get(message, "type").as_string()?.as_str() {
            "ready" => Some(FromTeam::Ready(number("address").zip(number("length")).map(|(address, length)| {
                BoardView { memory: get(message, "memory").unchecked_into(), address, length }
            }))),
            "unable" => json(message).map(FromTeam::Unable),
            "snapshot" => Some(FromTeam::Snapshot(get(message, "bytes").dyn_into().ok()?)),
            "lost" => json(message).map(FromTeam::Lost),
            "done" => json(message).map(FromTeam::Done),
            _ => None,
        }
    }
}

/// Carries one run out and tells the lab.
pub async fn serve(argument: &JsValue) {
    let mut spec: TeamSpec = json(argument).expect("the lab sends a spec");
    if spec.run.target.is_empty() {
        spec.run.target = format!("{}/", js_sys::global().unchecked_into::<WorkerGlobalScope>().location().origin());
    }
    let workload = &spec.run.row.workload;
    let board = Board::new(workload.tasks(), workload.picture_side().unwrap_or(0));
    // These live as long as this worker's memory, which is thrown away after the run.
    let board: &'static Board = Box::leak(Box::new(board));
    let folder: &'static str = if workload.writes_files() { spec.folder.clone().leak() } else { "" };
    let timeout_ms = spec.run.timeout_ms as f64;
    let (dictionary, wanted) = Dictionary::with_owner(workload.sharing(), spec.run.row.workers);
    let dictionary: &'static Dictionary = Box::leak(Box::new(dictionary));
    if let Some(wanted) = wanted {
        wasm_bindgen_futures::spawn_local(dictionary.serve(wanted));
    }
    let host = BrowserHost { clock: Clock::join(spec.base_ms), board, folder, timeout_ms, worker: 0, dictionary };
    let shares = cfg!(feature = "threads");
    panic_message::prepare(host, 0, !shares);

    let mut inbox = workers::inbox();
    let (cancel, cancelled) = Signal::new();
    let copied_ms = (!shares).then(|| Rc::new(Cell::new(0.0)));
    let station = TeamStation { host, cancelled, copied_ms };

    let setup_began_ms = host.now_ms();
    files::open_folder(folder).await;
    let (mechanism, mut crew) = match executors::make(&spec.run, station).await {
        Ok(made) => made,
        Err(reason) => return workers::post(&FromTeam::Unable(reason).to_js()),
    };
    let setup_ms = host.now_ms() - setup_began_ms;

    workers::post(&FromTeam::Ready(shares.then(|| view(board))).to_js());
    loop {
        match next(&mut inbox).await {
            Some(ToTeam::Go) => break,
            Some(ToTeam::Cancel) => board.cancel(),
            None => {}
        }
    }
    wasm_bindgen_futures::spawn_local(async move {
        while !matches!(next(&mut inbox).await, Some(ToTeam::Cancel)) {}
        board.cancel();
        // Whoever waited for the signal is done already.
        _ = cancel.send(());
    });
    let waves = spec.run.waves().without(&spec.done);
    let execution = drive(waves, mechanism, setup_ms, &mut crew, dictionary, || host.now_ms()).await;
    if !shares {
        post_snapshot(board);
    }
    workers::post(&FromTeam::Done(execution).to_js());
    // The lab ends this worker; until then its own workers must live, or their end would disturb the lab's clock.
    std::future::pending::<()>().await;
}

async fn next(inbox: &mut UnboundedReceiver<JsValue>) -> Option<ToTeam> {
    match inbox.next().await {
        Some(message) => ToTeam::from_js(&message),
        None => std::future::pending().await,
    }
}

/// Where the board lies in this worker's memory.
fn view(board: &Board) -> BoardView {
    let (address, length) = board.location();
    BoardView { memory: wasm_bindgen::memory().unchecked_into(), address: address as u32, length: length as u32 }
}

/// Sends a copy of the board to the lab.
pub fn post_snapshot(board: &Board) {
    let bytes = Uint8Array::new_from_slice(&view(board).bytes());
    workers::post(&FromTeam::Snapshot(bytes).to_js());
}

/// Tells the lab that this team cannot go on.
#[cfg(feature = "threads")]
pub fn post_lost(reason: &str) {
    workers::post(&FromTeam::Lost(reason.to_owned()).to_js());
}
