//! The analyst as the page has it: a worker that is started when the first question is asked, and again after it died.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use js_sys::Array;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{MessageEvent, Worker};

use super::browser::{self, static_host};
use crate::messages::{Boot, OfPage};
use crate::questions::{ANALYST, Answer, Ask, PageFacts, Question, Reply};
use crate::wire;

/// An answer with what came beside it, or why there is none, for a human.
pub type Outcome = Result<(Answer, JsValue), String>;

/// What is done with an outcome.
type Then = Box<dyn FnOnce(Outcome)>;

/// The analyst. Clones are the same.
#[derive(Clone)]
pub struct Analyst(Rc<Inner>);

impl PartialEq for Analyst {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

struct Inner {
    facts: PageFacts,
    worker: RefCell<Option<AnalystWorker>>,
    /// It is not started again.
    has_ended: Cell<bool>,
    /// The number of the last question.
    last: Cell<u32>,
    waiting: RefCell<BTreeMap<u32, Then>>,
}

/// Its worker, ended when dropped.
struct AnalystWorker {
    worker: Worker,
    /// It hears questions; until then they are kept here.
    early: Option<Vec<(JsValue, Array)>>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(web_sys::Event)>,
}

impl Drop for AnalystWorker {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

impl Analyst {
    /// An analyst that has not been started.
    pub fn new() -> Self {
        let facts = PageFacts {
            folder: browser::folder().map(|folder| folder.to_string()),
            target: static_host::own_target(),
            unshared: static_host::unshared(),
            unfiled: None,
            build: browser::build().unwrap_or_default(),
        };
        let (worker, has_ended) = (RefCell::default(), Cell::default());
        let (last, waiting) = (Cell::default(), RefCell::default());
        Self(Rc::new(Inner { facts, worker, has_ended, last, waiting }))
    }

    /// Asks a question that has nothing beside it; `then` is called once, later.
    pub fn ask(&self, question: Question, then: impl FnOnce(Outcome) + 'static) {
        self.ask_with(question, &JsValue::UNDEFINED, &Array::new(), then);
    }

    /// Asks a question with something beside it, of which `given` is transferred; `then` is called once, later.
    pub fn ask_with(&self, question: Question, beside: &JsValue, given: &Array, then: impl FnOnce(Outcome) + 'static) {
        let number = self.0.last.get() + 1;
        self.0.last.set(number);
        self.0.waiting.borrow_mut().insert(number, Box::new(then));
        let sealed = wire::seal(&Ask { number, question }, beside);
        if let Err(reason) = self.post(sealed, given) {
            self.lose(&reason);
        }
    }

    /// Ends its worker for good; whoever waits or asks hears nothing any more.
    pub fn end(&self) {
        self.0.has_ended.set(true);
        drop(self.0.worker.take());
    }

    fn post(&self, sealed: JsValue, given: &Array) -> Result<(), String> {
        if self.0.has_ended.get() {
            return Ok(());
        }
        let mut worker = self.0.worker.borrow_mut();
        if worker.is_none() {
            *worker = Some(self.start().map_err(|error| browser::describe(&error))?);
        }
        match worker.as_mut() {
            Some(AnalystWorker { early: Some(early), .. }) => early.push((sealed, given.clone())),
            Some(AnalystWorker { worker, .. }) => {
                worker.post_message_with_transfer(&sealed, given).map_err(|error| browser::describe(&error))?;
            }
            None => {}
        }
        Ok(())
    }

    fn start(&self) -> Result<AnalystWorker, JsValue> {
        let worker = browser::worker("parlab analyst")?;
        let this = self.clone();
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some((reply, beside)) = wire::open::<Reply>(&event.data()) {
                this.hear(reply, beside);
            }
        });
        let this = self.clone();
        let on_error = Closure::<dyn FnMut(web_sys::Event)>::new(move |event: web_sys::Event| {
            this.lose(&browser::last_words(&event));
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        let boot = Boot { glue: ANALYST, role: OfPage::Analyst(self.0.facts.clone()), life: None, memory_lock: None };
        worker.post_message(&wire::seal_boot(&boot, &JsValue::UNDEFINED))?;
        Ok(AnalystWorker { worker, early: Some(Vec::new()), _on_message: on_message, _on_error: on_error })
    }

    fn hear(&self, Reply { number, answer }: Reply, beside: JsValue) {
        let then = self.0.waiting.borrow_mut().remove(&number);
        match then {
            Some(then) => then(answer.map(|answer| (answer, beside))),
            // It says that it hears: what was asked before is asked now.
            None => {
                let early = self.0.worker.borrow_mut().as_mut().and_then(|worker| worker.early.take());
                for (sealed, given) in early.into_iter().flatten() {
                    if let Err(reason) = self.post(sealed, &given) {
                        return self.lose(&reason);
                    }
                }
            }
        }
    }

    /// It is gone: whoever waits hears why.
    fn lose(&self, reason: &str) {
        // This may be called by the worker itself, whose closures must outlive the call.
        let gone = self.0.worker.take();
        wasm_bindgen_futures::spawn_local(async move { drop(gone) });
        let waiting = std::mem::take(&mut *self.0.waiting.borrow_mut());
        for then in waiting.into_values() {
            then(Err(format!("the part of the page that reads and draws results has stopped ({reason}): try again")));
        }
    }
}
