//! The session as the page holds it: the lab's worker, timers and listeners, which carry out what the machine decides.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use js_sys::{Array, Uint8Array, WebAssembly};
use parlab_shared::measure::Counts;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{MessageEvent, Worker};
use yew::Callback;

use super::conduct::Conduct;
use super::effects::Effects;
use super::machine::{Effect, Input, Machine, Now};
use super::screen::MainThread;
use super::{Event, Progress, Recorded};
use crate::life::{self, DeathWatch};
use crate::messages::{Boot, FromLab, LAB, LAB_PLAIN, OfPage, Service, ToLab};
use crate::page::ask::{Analyst, Outcome};
use crate::page::browser::{self, time::Timeout};
use crate::page::feed::Feed;
use crate::page::route;
use crate::page::session::Gone;
use crate::page::tabs::Turn;
use crate::questions::{Answer, Beginning, Ending, Question};
use crate::shared_board::SharedBoard;
use crate::views::PlanView;
use crate::wire;

/// Where the lab finds whoever has a place for it; what the page shows of its runs is `watched`.
///
/// # Errors
/// The page has no address.
pub fn service(token: &str, watched: bool) -> Result<Service, String> {
    let folder = browser::folder().ok_or("the page has no address")?;
    let (url, tool) = (route::socket(folder.as_str(), route::EXECUTOR, token), browser::tool());
    Ok(Service { url, target: folder.to_string(), tool, hidden: browser::hidden(), watched })
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
    /// The address of the lab: the one that suits this page.
    lab: &'static str,
    feed: Rc<Feed>,
    /// Who records what is measured.
    analyst: Analyst,
    machine: RefCell<Machine>,
    /// The plan that is carried out.
    plan: RefCell<Option<Rc<PlanView>>>,
    /// What has plans carried out by the server.
    conduct: RefCell<Option<Conduct>>,
    /// This tab's turn to measure.
    turn: RefCell<Option<Turn>>,
    /// Whoever records the plan was told of it.
    is_recorded: Cell<bool>,
    /// Somebody is told whether the page can be seen.
    is_seen: Cell<bool>,
    /// What is drawn of runs.
    drawing: Cell<Drawing>,
    /// When the first run began, and when the last one was over.
    times_ms: Cell<(f64, Option<f64>)>,
    /// Draws for tasks that ask the page to.
    main_thread: MainThread,
    effects: Effects<Effect>,
    worker: RefCell<Option<LabWorker>>,
    timer: RefCell<Option<Timer>>,
    listeners: RefCell<Listeners>,
}

/// What is drawn of runs while they go on.
#[derive(Clone, Copy, Default)]
struct Drawing {
    /// The user wants nothing to be.
    is_paused: bool,
    /// Somebody draws.
    is_watched: bool,
}

#[derive(Default)]
struct Listeners {
    event: Callback<Event>,
    progress: Vec<Callback<Progress>>,
    /// Whom to tell that the lab is there, or why it is not.
    ready: Vec<Callback<Result<Rc<str>, String>>>,
    /// Whom to tell what became of a plan, plan by plan.
    end: VecDeque<Callback<Recorded>>,
}

/// Brings the machine back at a time.
struct Timer {
    due_ms: f64,
    _timeout: Timeout,
}

/// The lab's worker, ended when dropped.
struct LabWorker {
    worker: Worker,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(web_sys::Event)>,
}

impl Drop for LabWorker {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

impl Session {
    /// A session without a lab; [`Session::start`] gets it one.
    pub fn new(analyst: Analyst) -> Self {
        let lab = if browser::shared_memory().is_ok() { LAB } else { LAB_PLAIN };
        Self(Rc::new(Inner {
            lab,
            feed: Rc::default(),
            analyst,
            machine: RefCell::new(Machine::new(lab)),
            plan: RefCell::default(),
            conduct: RefCell::default(),
            turn: RefCell::default(),
            is_recorded: Cell::default(),
            is_seen: Cell::default(),
            drawing: Cell::default(),
            times_ms: Cell::default(),
            main_thread: MainThread::default(),
            effects: Effects::default(),
            worker: RefCell::default(),
            timer: RefCell::default(),
            listeners: RefCell::default(),
        }))
    }

    /// Who records what is measured.
    pub fn analyst(&self) -> &Analyst {
        &self.0.analyst
    }

    /// What can be seen of the run that is going on.
    pub fn feed(&self) -> Rc<Feed> {
        self.0.feed.clone()
    }

    /// Tells `listener` everything that happens from now on.
    pub fn listen(&self, listener: Callback<Event>) {
        self.0.listeners.borrow_mut().event = listener;
    }

    /// Tells `listener` how far each run is, some times a second.
    pub fn on_progress(&self, listener: Callback<Progress>) {
        self.0.listeners.borrow_mut().progress.push(listener);
        self.on(Input::ProgressWanted);
        self.conduct().want_progress();
        self.tell_whether_seen();
    }

    /// Whether nothing is to be drawn of what goes on.
    pub fn is_paused(&self) -> bool {
        self.0.drawing.get().is_paused
    }

    /// Draws what goes on, or not. What is measured goes on in any case.
    pub fn pause(&self, is_paused: bool) {
        self.0.drawing.set(Drawing { is_paused, ..self.0.drawing.get() });
    }

    /// Somebody draws what goes on from now on, or nobody any more.
    pub fn watch(&self, is_watched: bool) {
        self.0.drawing.set(Drawing { is_watched, ..self.0.drawing.get() });
        self.tell_whether_seen();
    }

    /// A server that conducts sends what nobody looks at to nobody.
    fn tell_whether_seen(&self) {
        let is_watched = self.0.drawing.get().is_watched && !browser::hidden();
        let is_wanted = is_watched || !self.0.listeners.borrow().progress.is_empty();
        self.conduct().pause(!is_wanted);
    }

    /// How much time of the plan has gone.
    pub fn gone(&self) -> Gone {
        let (began_ms, over_ms) = self.0.times_ms.get();
        let last_ms = over_ms.unwrap_or(began_ms);
        Gone { spent_ms: last_ms - began_ms, since_ms: browser::time::now_ms() - last_ms }
    }

    /// Tells those who want to know how far the plan is.
    pub fn progress(&self, progress: Progress) {
        let listeners = self.0.listeners.borrow().progress.clone();
        listeners.into_iter().for_each(|listener| listener.emit(progress));
    }

    /// How many tasks of the run that goes on are over, as far as can be seen on its board.
    pub fn finished(&self) -> usize {
        self.0.feed.bytes().map_or(0, |(_, _, board)| Counts::decode(&board).finished as usize)
    }

    /// Tells `listener` once, as soon as it is known, that the lab is there or why it is not.
    pub fn on_ready(&self, listener: Callback<Result<Rc<str>, String>>) {
        let known = self.0.machine.borrow().lab().map(|lab| lab.map(Rc::from).map_err(str::to_owned));
        match known {
            Some(known) => listener.emit(known),
            None => self.0.listeners.borrow_mut().ready.push(listener),
        }
    }

    /// Starts a lab, in place of the last one.
    pub fn start(&self) {
        self.on(Input::Start);
    }

    /// Takes a plan, for the lab to carry out as soon as the page has drawn that it did and somebody records it. `on_end`
    /// is called once.
    ///
    /// # Errors
    /// Why it cannot run now.
    pub fn run(&self, plan: Rc<PlanView>, on_end: Callback<Recorded>) -> Result<(), String> {
        self.idle_environment()?;
        self.0.listeners.borrow_mut().end.push_back(on_end);
        self.on(Input::Run(plan));
        Ok(())
    }

    /// Passes the lab on to whoever is at the other end of a socket, as soon as it is there, and tells it from then on
    /// whether the page can be seen.
    pub fn serve(&self, service: Service) {
        if !self.0.is_seen.replace(true) {
            let session = self.clone();
            browser::on_visibility(move || {
                session.tell_whether_seen();
                session.on(Input::Visibility);
            });
        }
        self.on(Input::Serve(service));
    }

    /// What has plans carried out by the server, in which this lab takes part.
    pub fn conduct(&self) -> Conduct {
        self.0.conduct.borrow_mut().get_or_insert_with(|| Conduct::new(self.clone())).clone()
    }

    /// This tab's turn to measure: tabs of one browser take turns.
    pub fn turn(&self) -> Turn {
        let tell = || {
            let session = self.clone();
            Turn::new(Callback::from(move |notice| session.emit(Event::Tabs(notice))))
        };
        self.0.turn.borrow_mut().get_or_insert_with(tell).clone()
    }

    /// The environment of a lab that has nothing to do, as JSON.
    ///
    /// # Errors
    /// Why no plan can be run now.
    pub fn idle_environment(&self) -> Result<String, String> {
        if self.conduct().is_busy() {
            return Err("a plan is already running: cancel it first, or wait for its end".to_owned());
        }
        let machine = self.0.machine.borrow();
        match (machine.refusal(), machine.lab()) {
            (None, Some(Ok(environment))) => Ok(environment.to_owned()),
            (reason, _) => Err(reason.unwrap_or("there is no lab").to_owned()),
        }
    }

    /// Asks the lab to stop, or the server; ends the lab if it does not.
    pub fn cancel(&self) {
        self.turn().withdraw();
        self.conduct().cancel();
        self.on(Input::Cancel);
    }

    /// Ends all workers, and what the server carries out, as if the page were closed. One that a browser keeps aside stands
    /// still in the middle of a run or of a transaction, and holds locks that other pages wait for.
    pub fn leave(&self) {
        drop(self.0.worker.take());
        self.conduct().end();
        self.0.analyst.end();
    }

    /// Something happens: does what the machine decides about it. What happens while something is done about something
    /// else is decided at once, and done after that.
    fn on(&self, input: Input) {
        let now = Now { ms: browser::time::now_ms(), hidden: browser::hidden(), finished: &|| self.finished() };
        let effects = self.0.machine.borrow_mut().on(input, &now);
        if self.0.effects.put(effects, |effect| self.apply(effect)) {
            self.set_timer();
        }
    }

    fn apply(&self, effect: Effect) {
        match effect {
            Effect::StartLab => match self.new_worker() {
                Ok(worker) => _ = self.0.worker.replace(Some(worker)),
                Err(error) => self.on(Input::NotStarted(browser::describe(&error))),
            },
            Effect::EndLab => {
                drop(self.0.worker.take());
                self.0.main_thread.end();
            }
            Effect::Post(message) => {
                let posted = match &*self.0.worker.borrow() {
                    Some(lab) => lab.worker.post_message(&wire::seal(&message, &JsValue::UNDEFINED)),
                    None => return,
                };
                match (posted, message) {
                    (Err(error), ToLab::Run { .. }) => self.on(Input::NotTaken(browser::describe(&error))),
                    (Err(error), ToLab::Serve(_)) => self.on(Input::Failed(browser::describe(&error))),
                    // A lab that cannot be told to stop is ended after a time.
                    _ => {}
                }
            }
            Effect::AskServer => {
                let session = self.clone();
                wasm_bindgen_futures::spawn_local(async move {
                    if !browser::files::answers("api/info").await {
                        session.on(Input::ServerGone);
                    }
                });
            }
            Effect::Emit(event) => self.emit(event),
            Effect::Progress(progress) => self.progress(progress),
        }
    }

    /// Tells everybody whom an event concerns: first the feed and whoever records it, then who waits for it outside the
    /// page, then the page; who waits for a plan's end comes last.
    pub fn emit(&self, event: Event) {
        let feed = &self.0.feed;
        match &event {
            Event::Ready(environment) => self.emit_ready(&Ok(environment.clone())),
            Event::Absent(reason) => self.emit_ready(&Err(reason.clone())),
            Event::Started(plan) => {
                self.0.plan.replace(Some(plan.clone()));
                self.begin_recording(plan);
            }
            Event::Conducted(plan, _) => {
                self.0.is_recorded.set(true);
                self.0.plan.replace(Some(plan.clone()));
            }
            Event::Served(_) => self.conduct().served(),
            Event::RunStarted(started) => {
                if started.index == 0 {
                    self.0.times_ms.set((browser::time::now_ms(), None));
                }
                if let Some(plan) = &*self.0.plan.borrow() {
                    feed.begins(plan.clone(), *started);
                }
            }
            Event::RunFinished(..) => {
                self.0.times_ms.set((self.0.times_ms.get().0, Some(browser::time::now_ms())));
                feed.ended();
            }
            Event::Finished(ending) => {
                self.end_recording(ending.clone());
                feed.clear();
                self.0.main_thread.end();
                self.0.plan.replace(None);
            }
            // What was measured is analysed: others may measure now.
            Event::Recorded(_) => self.turn().over(),
            Event::Starting | Event::Cancelling | Event::Serving | Event::Tabs(_) | Event::Noticed(_) => {}
        }
        let recorded = match &event {
            Event::Recorded(recorded) => Some(recorded.clone()),
            _ => None,
        };
        let listener = self.0.listeners.borrow().event.clone();
        listener.emit(event);
        if let Some(recorded) = recorded {
            let listener = self.0.listeners.borrow_mut().end.pop_front();
            _ = listener.map(|listener| listener.emit(recorded));
        }
    }

    fn begin_recording(&self, plan: &PlanView) {
        let environment = match self.0.machine.borrow().lab() {
            Some(Ok(environment)) => environment.to_owned(),
            Some(Err(_)) | None => return,
        };
        let (session, title, plan) = (self.clone(), plan.title.clone(), plan.plan.clone());
        // The lab gets the plan when somebody records it, and so when no other tab measures.
        self.turn().want(&title, move || {
            let (id, created) = (browser::unique_id(), browser::time::timestamp());
            session.0.is_recorded.set(true);
            let recording = session.clone();
            session.0.analyst.ask(Question::Begin(Beginning::Own { plan, id, created, environment }), move |outcome| {
                recording.on(Input::Recording(outcome.map(drop)));
            });
        });
    }

    /// Passes a run on to whoever records it, who says so at once when it cannot be kept.
    pub fn record(&self, run: Question, bytes: &Uint8Array) {
        let session = self.clone();
        self.0.analyst.ask_with(run, bytes, &Array::of1(&bytes.buffer()), move |outcome| {
            if let Err(reason) = outcome {
                session.emit(Event::Noticed(reason));
            }
        });
    }

    fn end_recording(&self, ending: Ending) {
        // The board of a lab that died outlives it.
        let board = self.0.feed.bytes().filter(|_| ending.salvage.is_some()).map(|(_, _, board)| board);
        let board = board.map_or(JsValue::UNDEFINED, |bytes| Uint8Array::new_from_slice(&bytes).into());
        let (session, cancelled, problem) = (self.clone(), ending.cancelled, ending.problem.clone());
        if !self.0.is_recorded.replace(false) {
            // It waited for another tab until it was stopped.
            let problems = problem.into_iter().collect();
            return self.emit(Event::Recorded(Recorded { card: None, is_measured: false, cancelled, problems }));
        }
        let then = move |outcome: Outcome| {
            let mut problems: Vec<String> = problem.into_iter().collect();
            let mut recorded = Recorded { card: None, is_measured: false, cancelled, problems: Vec::new() };
            match outcome {
                Ok((Answer::Recorded { card, is_measured, unkept }, _)) => {
                    problems.extend(unkept);
                    (recorded.card, recorded.is_measured) = (card, is_measured);
                }
                Ok(_) => {}
                Err(reason) => problems.push(format!("What was measured cannot be shown: {reason}.")),
            }
            session.emit(Event::Recorded(Recorded { problems, ..recorded }));
        };
        self.0.analyst.ask_with(Question::End(ending), &board, &Array::new(), then);
    }

    fn emit_ready(&self, known: &Result<Rc<str>, String>) {
        let waiting = std::mem::take(&mut self.0.listeners.borrow_mut().ready);
        waiting.into_iter().for_each(|listener| listener.emit(known.clone()));
    }

    /// Comes back when the machine wants it.
    fn set_timer(&self) {
        let due_ms = self.0.machine.borrow().due_ms();
        let mut timer = self.0.timer.borrow_mut();
        if timer.as_ref().map(|timer| timer.due_ms) == due_ms {
            return;
        }
        *timer = due_ms.map(|due_ms| {
            let session = self.clone();
            // A timer that goes off may go off a little early: then another is set.
            let go_off = move || {
                session.0.timer.replace(None);
                session.on(Input::Time);
            };
            Timer { due_ms, _timeout: Timeout::new((due_ms - browser::time::now_ms()).ceil().max(0.0) as i32, go_off) }
        });
    }

    fn new_worker(&self) -> Result<LabWorker, JsValue> {
        let worker = browser::worker("parlab lab")?;
        let session = self.clone();
        let mut watch = DeathWatch::new({
            let session = session.clone();
            move || session.on(Input::Failed(life::CLOSED.to_owned()))
        });
        let life = Some(watch.lock());
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            let message = event.data();
            if watch.hears(&message) {
                return;
            }
            if let Some((message, beside)) = wire::open(&message) {
                session.hear(message, beside);
            }
        });
        let session = self.clone();
        let on_error = Closure::<dyn FnMut(web_sys::Event)>::new(move |event: web_sys::Event| {
            session.on(Input::Failed(browser::last_words(&event)));
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        let boot = Boot { glue: self.0.lab, role: OfPage::Lab, life, memory_lock: None };
        worker.post_message(&wire::seal_boot(&boot, &JsValue::UNDEFINED))?;
        Ok(LabWorker { worker, _on_message: on_message, _on_error: on_error })
    }

    /// The lab says something; `beside` is what came beside it. Boards are for whoever watches, and change nothing.
    fn hear(&self, message: FromLab, beside: JsValue) {
        match message {
            FromLab::Board(place) => {
                let board = SharedBoard { memory: beside.unchecked_into::<WebAssembly::Memory>(), place };
                self.0.feed.board(move || board.bytes());
            }
            FromLab::Snapshot => {
                let bytes = beside.unchecked_into::<Uint8Array>().to_vec();
                self.0.feed.board(move || bytes.clone());
            }
            FromLab::RunFinished(run) => {
                // Its plan may be over, if it did not stop in time.
                if self.0.plan.borrow().is_some() {
                    let question = Question::Run { part: 0, pass_is_over: run.pass_is_over };
                    let bytes: Uint8Array = beside.unchecked_into();
                    self.record(question, &bytes);
                }
                self.on(Input::Heard(FromLab::RunFinished(run)));
            }
            FromLab::Screen(asked) => {
                let session = self.clone();
                self.0.main_thread.hear(asked, move |said| {
                    if let Some(lab) = &*session.0.worker.borrow() {
                        // A lab that cannot be told is gone.
                        _ = lab.worker.post_message(&wire::seal(&ToLab::Screen(said), &JsValue::UNDEFINED));
                    }
                });
            }
            message => self.on(Input::Heard(message)),
        }
    }
}
