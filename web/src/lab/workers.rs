//! Making workers and talking with them.

use std::cell::RefCell;

use futures::StreamExt;
use futures::channel::mpsc::{self, UnboundedReceiver, UnboundedSender};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DedicatedWorkerGlobalScope, ErrorEvent, MessageEvent, Worker, WorkerOptions, WorkerType};

use crate::messages::{Boot, get};

/// The glue of this very module, relative to `worker.js`.
pub const GLUE: &str = if cfg!(feature = "threads") { "./lab/lab.js" } else { "./lab-plain/lab.js" };

/// What comes from a worker.
#[derive(Debug)]
pub enum FromWorker {
    /// A message.
    Message(JsValue),
    /// It ended with an error.
    Died(String),
}

/// A worker that this one made. Dropping it ends the worker, and those that it made.
#[derive(Debug)]
pub struct WorkerHandle {
    worker: Worker,
    events: UnboundedReceiver<FromWorker>,
    _on_message: Listener,
    _on_error: Closure<dyn FnMut(ErrorEvent)>,
}

impl WorkerHandle {
    /// Makes a worker of this module: with this worker's memory, if `share_memory`, else with one of its own.
    pub fn start(entry: &str, argument: JsValue, share_memory: bool) -> Result<Self, String> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = Worker::new_with_options("worker.js", &options).map_err(|error| describe(&error))?;
        let (tell, events) = mpsc::unbounded();
        let on_message = Closure::new({
            let tell = tell.clone();
            move |event: MessageEvent| forward(&tell, FromWorker::Message(event.data()))
        });
        let on_error = Closure::new(move |event: ErrorEvent| {
            event.prevent_default();
            let message = get(&event, "message").as_string().filter(|message| !message.is_empty());
            forward(&tell, FromWorker::Died(message.unwrap_or_else(|| "the worker could not be loaded".to_owned())));
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        let boot = Boot {
            glue: GLUE.to_owned(),
            module: Some(wasm_bindgen::module()),
            memory: share_memory.then(wasm_bindgen::memory),
            entry: entry.to_owned(),
            argument,
        };
        worker.post_message(&boot.to_js()).map_err(|error| describe(&error))?;
        Ok(Self { worker, events, _on_message: on_message, _on_error: on_error })
    }

    /// Says something to the worker.
    pub fn post(&self, message: &JsValue) -> Result<(), String> {
        self.worker.post_message(message).map_err(|error| describe(&error))
    }

    /// The next thing that comes from the worker.
    pub async fn next(&mut self) -> FromWorker {
        self.events.next().await.unwrap_or_else(|| FromWorker::Died("the worker is gone".to_owned()))
    }

    /// The next message from the worker, or how it died.
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

fn forward<T>(tell: &UnboundedSender<T>, what: T) {
    // Nobody listens any more: the handle is being dropped.
    _ = tell.unbounded_send(what);
}

/// Hears messages.
type Listener = Closure<dyn FnMut(MessageEvent)>;

/// What comes from whoever made this worker. There is one inbox in a worker's life.
pub fn inbox() -> UnboundedReceiver<JsValue> {
    std::thread_local! {
        static LISTENER: RefCell<Option<Listener>> = const { RefCell::new(None) };
    }
    let (tell, messages) = mpsc::unbounded();
    let listener = Listener::new(move |event: MessageEvent| forward(&tell, event.data()));
    scope().set_onmessage(Some(listener.as_ref().unchecked_ref()));
    LISTENER.with(|kept| kept.replace(Some(listener)));
    messages
}

/// Says something to whoever made this worker.
pub fn post(message: &JsValue) {
    scope().post_message(message).expect("messages are made of what can be cloned");
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// A JavaScript error, for a human.
pub fn describe(error: &JsValue) -> String {
    let message = get(error, "message").as_string();
    message.or_else(|| error.as_string()).unwrap_or_else(|| format!("{error:?}"))
}

/// Returns after some time, never sooner: timers count whole milliseconds.
pub async fn sleep_ms(duration_ms: f64) {
    let mut timer = None;
    let promise = js_sys::Promise::new(&mut |resolve, _| {
        let set = scope().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, duration_ms.ceil() as i32);
        timer = Some(Timer(set.expect("a worker has timers")));
    });
    _ = wasm_bindgen_futures::JsFuture::from(promise).await;
    drop(timer);
}

/// A timer, which does not go off after it is dropped.
struct Timer(i32);

impl Drop for Timer {
    fn drop(&mut self) {
        scope().clear_timeout_with_handle(self.0);
    }
}
