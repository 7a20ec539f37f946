//! What page and lab say to each other.
//!
//! Every message is an object with a `type`. What has a schema travels as JSON text in `json`;
//! memories and bytes travel as they are.

use js_sys::{Object, Reflect, Uint8Array, WebAssembly};
use parlab_shared::measure::{Plan, RunSpec};
use parlab_shared::report::{Environment, Run, Span};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
#[cfg(feature = "page")]
use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;

/// The first message to any worker: which module to load, and which of its entry points to call. `worker.js` reads it.
#[derive(Debug)]
pub struct Boot {
    /// The address of the module's glue, relative to `worker.js`.
    pub glue: String,
    /// The compiled module, if there is one already; else the glue fetches it.
    pub module: Option<JsValue>,
    /// The memory to join as a thread; without one, the worker has its own.
    pub memory: Option<JsValue>,
    /// The entry point.
    pub entry: String,
    /// What the entry point is called with.
    pub argument: JsValue,
}

impl Boot {
    /// The message.
    pub fn to_js(&self) -> JsValue {
        let message = Object::new();
        set(&message, "glue", &self.glue.as_str().into());
        set(&message, "module", &self.module.clone().unwrap_or(JsValue::UNDEFINED));
        set(&message, "memory", &self.memory.clone().unwrap_or(JsValue::UNDEFINED));
        set(&message, "entry", &self.entry.as_str().into());
        set(&message, "argument", &self.argument);
        message.into()
    }
}

/// What the page says to the lab.
#[derive(Debug)]
pub enum ToLab {
    /// Carry this plan out.
    Run(Plan),
    /// Stop as soon as the task at hand allows.
    Cancel,
}

impl ToLab {
    /// The message.
    #[cfg(feature = "page")]
    pub fn to_js(&self) -> JsValue {
        match self {
            ToLab::Run(plan) => with_json("run", plan),
            ToLab::Cancel => typed("cancel").into(),
        }
    }

    /// Reads a message; `None` if it is none.
    #[cfg(feature = "lab")]
    pub fn from_js(message: &JsValue) -> Option<Self> {
        match get(message, "type").as_string()?.as_str() {
            "run" => json(message).map(ToLab::Run),
            "cancel" => Some(ToLab::Cancel),
            _ => None,
        }
    }
}

/// What the lab says to the page.
#[derive(Debug)]
pub enum FromLab {
    /// The lab is there and has looked around. Comes once, first.
    Ready(Environment),
    /// A run is about to begin.
    RunStarted(RunStarted),
    /// The run's board is in shared memory: read it whenever you like, until the next `RunStarted`.
    Board(BoardView),
    /// A copy of the run's board, where memory cannot be shared. Comes some times a second.
    Snapshot(Uint8Array),
    /// Some spans of the run that is over, in their order, before its `RunFinished`: of a long run they come in several messages,
    /// none of which takes the page long to read.
    Spans(Vec<Span>),
    /// A run is over. Its spans have come before.
    RunFinished(Box<Run>),
    /// The plan is over.
    Finished(Finished),
}

/// A run is about to begin.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RunStarted {
    /// Its place in the plan, from 0.
    pub index: usize,
    /// How many runs the plan has.
    pub of: usize,
    /// The run.
    pub spec: RunSpec,
}

/// The plan is over.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Finished {
    /// It was stopped before its end.
    pub cancelled: bool,
}

/// Where a board lies in shared memory.
#[derive(Clone, Debug)]
pub struct BoardView {
    /// The memory.
    pub memory: WebAssembly::Memory,
    /// Its first byte.
    pub address: u32,
    /// Its length in bytes.
    pub length: u32,
}

impl BoardView {
    /// A copy of the board's bytes, for `parlab_shared::measure::Snapshot::decode`.
    pub fn bytes(&self) -> Vec<u8> {
        let view = Uint8Array::new_with_byte_offset_and_length(&self.memory.buffer(), self.address, self.length);
        // Copied outside of this memory first: to make room for the copy can grow it, and what is not shared is detached then.
        view.slice(0, self.length).to_vec()
    }
}

impl FromLab {
    /// The message.
    #[cfg(feature = "lab")]
    pub fn to_js(&self) -> JsValue {
        match self {
            FromLab::Ready(environment) => with_json("ready", environment),
            FromLab::RunStarted(begins) => with_json("run-started", begins),
            FromLab::Board(view) => {
                let message = typed("board");
                set(&message, "memory", &view.memory);
                set(&message, "address", &view.address.into());
                set(&message, "length", &view.length.into());
                message.into()
            }
            FromLab::Snapshot(bytes) => {
                let message = typed("snapshot");
                set(&message, "bytes", bytes);
                message.into()
            }
            FromLab::Spans(spans) => with_json("spans", spans),
            FromLab::RunFinished(run) => with_json("run-finished", run),
            FromLab::Finished(finished) => with_json("finished", finished),
        }
    }

    /// Reads a message; `None` if it is none.
    #[cfg(feature = "page")]
    pub fn from_js(message: &JsValue) -> Option<Self> {
        let number = |key| get(message, key).as_f64().map(|number| number as u32);
        match get(message, "type").as_string()?.as_str() {
            "ready" => json(message).map(FromLab::Ready),
            "run-started" => json(message).map(FromLab::RunStarted),
            "board" => Some(FromLab::Board(BoardView {
                memory: get(message, "memory").unchecked_into(),
                address: number("address")?,
                length: number("length")?,
            })),
            "snapshot" => Some(FromLab::Snapshot(get(message, "bytes").dyn_into().ok()?)),
            "spans" => json(message).map(FromLab::Spans),
            "run-finished" => json(message).map(FromLab::RunFinished),
            "finished" => json(message).map(FromLab::Finished),
            _ => None,
        }
    }
}

/// A property of a message, or undefined.
pub fn get(object: &JsValue, key: &str) -> JsValue {
    Reflect::get(object, &key.into()).unwrap_or(JsValue::UNDEFINED)
}

/// Sets a property of a message.
pub fn set(object: &Object, key: &str, value: &JsValue) {
    Reflect::set(object, &key.into(), value).expect("a plain object takes properties");
}

/// An object with a `type`.
pub fn typed(name: &str) -> Object {
    let message = Object::new();
    set(&message, "type", &name.into());
    message
}

/// An object with a `type` and a value as JSON text.
pub fn with_json<T: Serialize>(name: &str, value: &T) -> JsValue {
    let message = typed(name);
    set(&message, "json", &serde_json::to_string(value).expect("messages have only text keys").into());
    message.into()
}

/// The value in the JSON text of a message.
pub fn json<T: DeserializeOwned>(message: &JsValue) -> Option<T> {
    serde_json::from_str(&get(message, "json").as_string()?).ok()
}
