//! Making workers and talking with them.

use std::cell::{Cell, RefCell};

use futures::StreamExt;
use futures::channel::mpsc::{self, UnboundedReceiver, UnboundedSender};
use js_sys::{Array, Uint8Array};
use serde::Serialize;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DedicatedWorkerGlobalScope, ErrorEvent, MessageEvent, Worker, WorkerOptions, WorkerType};

use super::errors::describe;
#[cfg(feature = "threads")]
use super::memories::Lent;
use crate::js;
use crate::life::{self, DeathWatch};
use crate::messages::{Boot, LAB, LAB_PLAIN, Role};
use crate::wire;

/// The glue of this very module.
const GLUE: &str = if cfg!(feature = "threads") { LAB } else { LAB_PLAIN };

/// The script of a worker, beside this one's. Below a service worker, which this worker's own address tells, each has an address
/// of its own: WebKit leaves workers to the network whose script it is loading, or has loaded, for another one.
fn script() -> String {
    thread_local! {
        static MADE: Cell<u32> = const { Cell::new(0) };
    }
    let own = js::get(&js::get(&js_sys::global(), "location"), "search").as_string().unwrap_or_default();
    if own.is_empty() {
        return "worker.js".to_owned();
    }
    MADE.set(MADE.get() + 1);
    format!("worker.js{own}-{}", MADE.get())
}

/// What comes from a worker.
#[derive(Debug)]
pub enum FromWorker {
    /// A message, as it was posted.
    Message(JsValue),
    /// It ended, with an error or without a word.
    Died(String),
}

/// A worker that this one made. Dropping it ends the worker, and those that it made.
#[derive(Debug)]
pub struct WorkerHandle {
    worker: Worker,
    events: UnboundedReceiver<FromWorker>,
    _on_message: Listener,
    _on_error: Closure<dyn FnMut(ErrorEvent)>,
    /// Its memory, if that was lent to it. Given back after the worker was ended.
    #[cfg(feature = "threads")]
    _lent: Option<Lent>,
}

impl WorkerHandle {
    /// Makes a worker of this module with a memory of its own.
    ///
    /// # Errors
    /// Why the browser makes none.
    pub fn start(role: Role) -> Result<Self, String> {
        Self::start_with(role, &JsValue::UNDEFINED, None)
    }

    /// Makes a worker of this module, the first over a memory.
    ///
    /// # Errors
    /// Why the browser makes none.
    #[cfg(feature = "threads")]
    pub fn start_over(lent: Lent, role: Role) -> Result<Self, String> {
        let mut started = Self::start_with(role, &lent.memory, Some(lent.lock.clone()))?;
        started._lent = Some(lent);
        Ok(started)
    }

    /// Makes a worker of this module with this worker's memory.
    ///
    /// # Errors
    /// Why the browser makes none.
    #[cfg(feature = "threads")]
    pub fn start_sharing(role: Role) -> Result<Self, String> {
        Self::start_with(role, &wasm_bindgen::memory(), MEMORY_LOCK.with_borrow(Clone::clone))
    }

    fn start_with(role: Role, memory: &JsValue, memory_lock: Option<String>) -> Result<Self, String> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = Worker::new_with_options(&script(), &options).map_err(|error| describe(&error))?;
        let (sender, events) = mpsc::unbounded();
        let mut watch = DeathWatch::new({
            let sender = sender.clone();
            move || forward(&sender, FromWorker::Died(life::CLOSED.to_owned()))
        });
        let life = Some(watch.lock());
        let on_message = Closure::new({
            let sender = sender.clone();
            move |event: MessageEvent| {
                let message = event.data();
                if !watch.hears(&message) {
                    forward(&sender, FromWorker::Message(message));
                }
            }
        });
        let on_error = Closure::new(move |event: ErrorEvent| {
            event.prevent_default();
            let message = js::get(&event, "message").as_string().filter(|message| !message.is_empty());
            forward(&sender, FromWorker::Died(message.unwrap_or_else(|| "the worker could not be loaded".to_owned())));
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        let boot = Boot { glue: GLUE, role, life, memory_lock };
        let boot = wire::seal_boot(&boot, &Array::of2(&wasm_bindgen::module(), memory));
        worker.post_message(&boot).map_err(|error| describe(&error))?;
        Ok(Self {
            worker,
            events,
            _on_message: on_message,
            _on_error: on_error,
            #[cfg(feature = "threads")]
            _lent: None,
        })
    }

    /// Says something to the worker.
    ///
    /// # Errors
    /// Why it cannot be said.
    pub fn post<T: Serialize>(&self, message: &T) -> Result<(), String> {
        self.post_sealed(&wire::seal(message, &JsValue::UNDEFINED))
    }

    /// Says something to the worker that is sealed already.
    ///
    /// # Errors
    /// Why it cannot be said.
    pub fn post_sealed(&self, message: &JsValue) -> Result<(), String> {
        self.worker.post_message(message).map_err(|error| describe(&error))
    }

    /// Gives the worker bytes that are a message: nothing of them stays here.
    ///
    /// # Errors
    /// Why they cannot be given.
    pub fn give_sealed(&self, bytes: &JsValue) -> Result<(), String> {
        let given = Array::of1(&js::get(bytes, "buffer"));
        self.worker.post_message_with_transfer(bytes, &given).map_err(|error| describe(&error))
    }

    /// The next thing that comes from the worker.
    pub async fn next(&mut self) -> FromWorker {
        self.events.next().await.unwrap_or_else(|| FromWorker::Died("the worker is gone".to_owned()))
    }

    /// The next message from the worker as it was posted, or how it died.
    ///
    /// # Errors
    /// Its last words.
    pub async fn message(&mut self) -> Result<JsValue, String> {
        match self.next().await {
            FromWorker::Message(message) => Ok(message),
            FromWorker::Died(reason) => Err(reason),
        }
    }
}

impl Drop for WorkerHandle {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

fn forward<T>(sender: &UnboundedSender<T>, what: T) {
    // Nobody listens any more: the handle is being dropped.
    _ = sender.unbounded_send(what);
}

#[cfg(feature = "threads")]
std::thread_local! {
    /// The lock that all workers over this memory hold together.
    static MEMORY_LOCK: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Every worker that this one makes over its memory will hold this lock.
#[cfg(feature = "threads")]
pub fn pass_on(memory_lock: Option<String>) {
    MEMORY_LOCK.set(memory_lock);
}

/// Hears messages.
type Listener = Closure<dyn FnMut(MessageEvent)>;

/// What comes from whoever made this worker, as it was posted. There is one inbox in a worker's life.
pub fn inbox() -> UnboundedReceiver<JsValue> {
    std::thread_local! {
        static LISTENER: RefCell<Option<Listener>> = const { RefCell::new(None) };
    }
    let (sender, messages) = mpsc::unbounded();
    let listener = Listener::new(move |event: MessageEvent| forward(&sender, event.data()));
    scope().set_onmessage(Some(listener.as_ref().unchecked_ref()));
    LISTENER.with(|kept| kept.replace(Some(listener)));
    messages
}

/// Says something to whoever made this worker, with what travels beside it.
pub fn post<T: Serialize>(message: &T, beside: &JsValue) {
    post_sealed(&wire::seal(message, beside));
}

/// Says something to whoever made this worker, and gives it the bytes that travel beside it.
pub fn give<T: Serialize>(message: &T, bytes: &Uint8Array) {
    let given = Array::of1(&bytes.buffer());
    scope()
        .post_message_with_transfer(&wire::seal(message, bytes), &given)
        .expect("messages are made of what can be cloned, and bytes were given to nobody else");
}

/// Says something to whoever made this worker that is sealed already.
pub fn post_sealed(message: &JsValue) {
    scope().post_message(message).expect("messages are made of what can be cloned");
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}
