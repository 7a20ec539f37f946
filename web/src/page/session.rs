//! The session: the page's side of the conversation with the lab. It starts the lab, hands it a
//! plan, collects what comes back and makes the report of it, also when the lab hangs or dies.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Uint8Array;
use parlab_shared::measure::{Plan, Row};
use parlab_shared::report::{Environment, Report, Run, SCHEMA_VERSION, Span, Tool, Warning, left_out};
use parlab_shared::strategy::Platform;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ErrorEvent, MessageEvent, Worker, WorkerOptions, WorkerType};
use yew::Callback;

use super::browser::{self, Ticker, Timeout};
use super::feed::Feed;
use crate::messages::{Boot, Finished, FromLab, RunStarted, ToLab};

/// The script that every worker begins with, beside the page.
const WORKER: &str = "worker.js";
/// The lab with threads, relative to the worker's script.
const LAB: &str = "./lab/lab.js";
/// The lab for pages whose workers cannot share a memory.
const LAB_PLAIN: &str = "./lab-plain/lab.js";
/// A lab that has not answered after this long has lost its way.
const START_LIMIT_MS: i32 = 15_000;
/// A plan waits so long before the lab has it: the page draws that it began, beside nothing that is measured.
const SETTLE_MS: i32 = 300;
/// A lab that has not stopped this long after it was asked to is ended.
const CANCEL_LIMIT_MS: i32 = 3_000;
/// A lab in which something went wrong is given up when nothing has moved in it for this long.
const SILENCE_LIMIT_MS: i32 = 3_000;
/// How often listeners hear of progress.
const PROGRESS_MS: i32 = 250;

/// What happens in a session.
#[derive(Clone, Debug)]
pub enum Event {
    /// The lab is being started.
    Starting,
    /// The lab is there.
    Ready(Environment),
    /// There is no lab, for this reason.
    Absent(String),
    /// A plan was handed over.
    Started(Rc<Plan>),
    /// A run begins.
    RunStarted(RunStarted),
    /// A run is over.
    RunFinished(RunSummary),
    /// The user asked to stop.
    Cancelling,
    /// The plan is over.
    Finished {
        /// What was measured.
        report: Rc<Report>,
        /// What ended it early, if it was not the user.
        problem: Option<String>,
    },
}

/// How a plan ended: with its report, or with what went wrong and the report of what was measured before.
pub type End = Result<Rc<Report>, (String, Rc<Report>)>;

/// What the page keeps of a run while the plan goes on.
#[derive(Clone, Debug, PartialEq)]
pub struct RunSummary {
    /// Its row.
    pub row: Row,
    /// Not part of the measurement.
    pub warmup: bool,
    /// Its wall time in milliseconds.
    pub wall_ms: f64,
    /// Tasks that failed.
    pub failed: usize,
}

/// How far a plan is, for listeners outside the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The run's place in the plan, from 0.
    pub run: usize,
    /// How many runs the plan has.
    pub of: usize,
    /// Tasks of the run that are over.
    pub finished: usize,
    /// Tasks of the run.
    pub tasks: usize,
}

/// A conversation with one lab after another. Clones are the same session.
#[derive(Clone)]
pub struct Session(Rc<Inner>);

impl PartialEq for Session {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

struct Inner {
    feed: Rc<Feed>,
    core: RefCell<Core>,
}

#[derive(Default)]
struct Core {
    lab: Option<Lab>,
    environment: Option<Environment>,
    absent: Option<String>,
    job: Option<Job>,
    listener: Callback<Event>,
    on_progress: Vec<Callback<Progress>>,
    /// Whom to tell that the lab is there, or why it is not.
    on_ready: Vec<Callback<Result<Environment, String>>>,
}

/// A lab worker, ended when dropped.
struct Lab {
    worker: Worker,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(web_sys::Event)>,
    _limit: Timeout,
}

impl Drop for Lab {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

/// A plan that is being carried out.
struct Job {
    plan: Rc<Plan>,
    created: String,
    began_ms: f64,
    runs: Vec<Run>,
    /// The spans of the next run, as far as they have come.
    spans: Vec<Span>,
    was_hidden: bool,
    /// Hands the plan to the lab; `None` once it has.
    hand_over: Option<Timeout>,
    /// Ends a lab that was asked to stop.
    limit: Option<Timeout>,
    /// Gives up a lab that fell silent after an error.
    watch: Option<Timeout>,
    on_end: Callback<End>,
    _progress: Ticker,
}

impl Session {
    /// A session without a lab; [`Session::start`] gets it one.
    pub fn new() -> Self {
        Self(Rc::new(Inner { feed: Rc::default(), core: RefCell::default() }))
    }

    /// What can be seen of the run that is going on.
    pub fn feed(&self) -> Rc<Feed> {
        self.0.feed.clone()
    }

    /// Tells `listener` everything that happens from now on.
    pub fn listen(&self, listener: Callback<Event>) {
        self.0.core.borrow_mut().listener = listener;
    }

    /// Tells `listener` how far each run is, some times a second.
    pub fn on_progress(&self, listener: Callback<Progress>) {
        self.0.core.borrow_mut().on_progress.push(listener);
    }

    /// Tells `listener` once, as soon as it is known, that the lab is there or why it is not.
    pub fn on_ready(&self, listener: Callback<Result<Environment, String>>) {
        let known = {
            let mut core = self.0.core.borrow_mut();
            let known = match (&core.environment, &core.absent) {
                (Some(environment), _) => Some(Ok(environment.clone())),
                (None, Some(reason)) => Some(Err(reason.clone())),
                (None, None) => None,
            };
            if known.is_none() {
                core.on_ready.push(listener.clone());
            }
            known
        };
        if let Some(known) = known {
            listener.emit(known);
        }
    }

    /// Starts a lab, in place of the last one.
    pub fn start(&self) {
        {
            let mut core = self.0.core.borrow_mut();
            core.lab = None;
            core.environment = None;
            core.absent = None;
        }
        self.tell(Event::Starting);
        match self.new_lab() {
            Ok(lab) => self.0.core.borrow_mut().lab = Some(lab),
            Err(error) => self.lost(&browser::describe(&error)),
        }
    }

    fn new_lab(&self) -> Result<Lab, JsValue> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        options.set_name("parlab lab");
        let worker = Worker::new_with_options(WORKER, &options)?;
        let session = self.clone();
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(message) = FromLab::from_js(&event.data()) {
                session.hear(message);
            }
        });
        let session = self.clone();
        let on_error = Closure::<dyn FnMut(web_sys::Event)>::new(move |event: web_sys::Event| {
            // A script that could not be loaded sends an event without a message.
            let message = event.dyn_ref::<ErrorEvent>().map(ErrorEvent::message).filter(|text| !text.is_empty());
            session.doubt(&message.unwrap_or_else(|| format!("{WORKER} or what it imports could not be loaded")));
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        let glue = if browser::shared_memory().is_ok() { LAB } else { LAB_PLAIN };
        let boot = Boot {
            glue: glue.to_owned(),
            module: None,
            memory: None,
            entry: "lab".to_owned(),
            argument: JsValue::UNDEFINED,
        };
        worker.post_message(&boot.to_js())?;
        let session = self.clone();
        let limit = Timeout::new(START_LIMIT_MS, move || {
            if session.0.core.borrow().environment.is_none() {
                session.lost(&format!("{glue} has not answered for {} s", START_LIMIT_MS / 1000));
            }
        });
        Ok(Lab { worker, _on_message: on_message, _on_error: on_error, _limit: limit })
    }

    /// Takes a plan, for the lab to carry out as soon as the page has drawn that it did. `on_end` is called once.
    ///
    /// # Errors
    /// Why it cannot run now.
    pub fn run(&self, plan: Plan, on_end: Callback<End>) -> Result<(), String> {
        let plan = Rc::new(plan);
        {
            let mut core = self.0.core.borrow_mut();
            if core.job.is_some() {
                return Err("a plan is already running: cancel it first, or wait for its end".to_owned());
            }
            if core.lab.is_none() || core.environment.is_none() {
                return Err(core.absent.clone().unwrap_or_else(|| "the lab is still starting".to_owned()));
            }
            let (session, later) = (self.clone(), self.clone());
            core.job = Some(Job {
                plan: plan.clone(),
                created: browser::timestamp(),
                began_ms: browser::now_ms(),
                runs: Vec::new(),
                spans: Vec::new(),
                was_hidden: browser::hidden(),
                hand_over: Some(Timeout::new(SETTLE_MS, move || later.hand_over())),
                limit: None,
                watch: None,
                on_end,
                _progress: Ticker::new(PROGRESS_MS, move || session.progress()),
            });
        }
        self.tell(Event::Started(plan));
        Ok(())
    }

    /// Hands the plan to the lab.
    fn hand_over(&self) {
        let refused = {
            let mut core = self.0.core.borrow_mut();
            let Core { lab: Some(lab), job: Some(job), .. } = &mut *core else { return };
            job.hand_over = None;
            job.began_ms = browser::now_ms();
            lab.worker.post_message(&ToLab::Run((*job.plan).clone()).to_js()).err()
        };
        if let Some(error) = refused {
            self.finish(true, Some(format!("The lab did not take the plan: {}.", browser::describe(&error))));
        }
    }

    /// Asks the lab to stop; ends it if it does not.
    pub fn cancel(&self) {
        if self.0.core.borrow().job.as_ref().is_some_and(|job| job.hand_over.is_some()) {
            // The lab does not know of the plan yet.
            return self.finish(true, None);
        }
        {
            let mut core = self.0.core.borrow_mut();
            let Core { lab: Some(lab), job: Some(job), .. } = &mut *core else { return };
            if job.limit.is_some() {
                return;
            }
            // A lab that cannot be told is ended by the limit.
            let _ = lab.worker.post_message(&ToLab::Cancel.to_js());
            let session = self.clone();
            job.limit = Some(Timeout::new(CANCEL_LIMIT_MS, move || session.end_lab()));
        }
        self.tell(Event::Cancelling);
    }

    /// The lab was asked to stop and did not.
    fn end_lab(&self) {
        self.salvage("the lab did not stop when asked and was ended");
        self.0.core.borrow_mut().lab = None;
        self.finish(true, None);
        self.start();
    }

    /// Something went wrong in the lab. While a plan is carried out that may be a worker whose end
    /// the lab deals with, so that only a lab in which nothing moves any more is given up.
    fn doubt(&self, reason: &str) {
        if self.0.core.borrow().job.is_none() {
            return self.lost(reason);
        }
        let before = self.pulse();
        let (session, reason) = (self.clone(), reason.to_owned());
        let watch = Timeout::new(SILENCE_LIMIT_MS, move || {
            if session.pulse() == before { session.lost(&reason) } else { session.doubt(&reason) }
        });
        if let Some(job) = &mut self.0.core.borrow_mut().job {
            job.watch = Some(watch);
        }
    }

    /// Two numbers that change while the lab lives.
    fn pulse(&self) -> (usize, u32) {
        let runs = self.0.core.borrow().job.as_ref().map_or(0, |job| job.runs.len());
        (runs, self.0.feed.look().map_or(0, |look| look.snapshot.finished))
    }

    /// The lab died or never lived.
    fn lost(&self, reason: &str) {
        let (lived, busy) = {
            let core = self.0.core.borrow();
            (core.environment.is_some(), core.job.is_some())
        };
        if !lived {
            // A lab that never lived would die again: the user decides when to try.
            let reason = format!("The lab did not start: {reason}");
            let waiting = {
                let mut core = self.0.core.borrow_mut();
                core.lab = None;
                core.absent = Some(reason.clone());
                std::mem::take(&mut core.on_ready)
            };
            for listener in waiting {
                listener.emit(Err(reason.clone()));
            }
            self.tell(Event::Absent(reason));
            return;
        }
        if busy {
            self.salvage(reason);
            self.0.core.borrow_mut().lab = None;
            self.finish(true, Some(format!("The lab died: {reason}. What was measured before is kept.")));
        }
        self.start();
    }

    fn hear(&self, message: FromLab) {
        match message {
            FromLab::Ready(environment) => {
                let waiting = {
                    let mut core = self.0.core.borrow_mut();
                    core.environment = Some(environment.clone());
                    std::mem::take(&mut core.on_ready)
                };
                for listener in waiting {
                    listener.emit(Ok(environment.clone()));
                }
                self.tell(Event::Ready(environment));
            }
            FromLab::RunStarted(begins) => {
                self.0.feed.begins(begins.clone());
                self.tell(Event::RunStarted(begins));
                self.progress();
            }
            FromLab::Board(view) => self.0.feed.board(view),
            FromLab::Snapshot(bytes) => self.0.feed.copied(Uint8Array::to_vec(&bytes)),
            FromLab::Spans(spans) => {
                if let Some(job) = &mut self.0.core.borrow_mut().job {
                    job.spans.extend(spans);
                }
            }
            FromLab::RunFinished(mut run) => {
                if let Some(job) = &mut self.0.core.borrow_mut().job {
                    run.spans = std::mem::take(&mut job.spans);
                }
                self.progress_is(run.spans.len());
                self.0.feed.ended();
                let summary =
                    RunSummary { row: run.row.clone(), warmup: run.warmup, wall_ms: run.wall_ms, failed: run.failed() };
                if let Some(job) = &mut self.0.core.borrow_mut().job {
                    job.was_hidden |= browser::hidden();
                    job.runs.push(*run);
                    job.watch = None;
                }
                self.tell(Event::RunFinished(summary));
            }
            FromLab::Finished(Finished { cancelled }) => self.finish(cancelled, None),
        }
    }

    /// Keeps what can be read of a run whose lab is gone: its board outlives it.
    fn salvage(&self, reason: &str) {
        let Some(look) = self.0.feed.look() else { return };
        if let Some(job) = &mut self.0.core.borrow_mut().job {
            job.runs.extend(look.salvaged(reason, look.began_ms - job.began_ms));
        }
    }

    /// The plan is over: makes the report.
    fn finish(&self, cancelled: bool, problem: Option<String>) {
        let (report, on_end) = {
            let mut core = self.0.core.borrow_mut();
            let Some(environment) = core.environment.clone() else { return };
            let Some(job) = core.job.take() else { return };
            let mut report = Report {
                schema_version: SCHEMA_VERSION,
                id: browser::unique_id(),
                created: job.created,
                tool: Tool::this(),
                platform: Platform::Browser,
                environment,
                experiment: job.plan.experiment().map(str::to_owned),
                scale: job.plan.scale,
                seed: job.plan.seed,
                cancelled,
                runs: job.runs,
                sampling: job.plan.sampling(),
                warnings: left_out(&job.plan).collect(),
            };
            if job.was_hidden {
                report.warnings.push(Warning::HiddenPage);
            }
            (Rc::new(report), job.on_end)
        };
        self.0.feed.clear();
        self.tell(Event::Finished { report: report.clone(), problem: problem.clone() });
        on_end.emit(match problem {
            None => Ok(report),
            Some(problem) => Err((problem, report)),
        });
    }

    /// Tells listeners how far the run is, if there are any: looking costs something.
    fn progress(&self) {
        let anyone = {
            let mut core = self.0.core.borrow_mut();
            if let Some(job) = &mut core.job {
                job.was_hidden |= browser::hidden();
            }
            !core.on_progress.is_empty()
        };
        if anyone {
            self.progress_is(self.0.feed.look().map_or(0, |look| look.snapshot.finished as usize));
        }
    }

    fn progress_is(&self, finished: usize) {
        let listeners = self.0.core.borrow().on_progress.clone();
        let Some((begins, _)) = self.0.feed.current() else { return };
        let tasks = begins.spec.row.workload.tasks() as usize;
        let progress = Progress { run: begins.index, of: begins.of, finished, tasks };
        for listener in listeners {
            listener.emit(progress);
        }
    }

    fn tell(&self, event: Event) {
        let listener = self.0.core.borrow().listener.clone();
        listener.emit(event);
    }
}
