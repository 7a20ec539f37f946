//! What is done about what happens in the session, and what the session is asked for.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use parlab_shared::strategy::Platform;
use yew::prelude::*;

use super::browser;
use super::dispatcher::Dispatcher;
use super::passing::Passing;
use super::route::{self, Draft, Requested, View};
use super::session::{Event, Recorded, Session};
use super::state::{Action, Server};
use super::{earlier, found};
use crate::questions::{Answer, Question};
use crate::views::{Card, Parameters, PlanView};

/// What is said of a link that asks to be run.
const WAITS: &str = "This link asks to be run: press Run.";
/// Listens to the session and starts it; runs what the address asks for as soon as the lab is there, if it asks for that.
pub fn subscribe(session: &Session, dispatcher: Dispatcher, requested: &Requested, passing: &Rc<Passing>) {
    move_in(session, dispatcher.clone());
    // Somebody else's link starts nothing: a user, a driver or whoever has the server's token does.
    let may = browser::is_driven();
    match &requested.token {
        Some(token) => {
            let parameters = (requested.autorun && !may).then(|| requested.parameters.clone());
            ask_server(session, token.clone(), parameters, dispatcher.clone(), passing.clone());
        }
        None if requested.autorun && !may => dispatcher.dispatch(Action::Noticed(WAITS.to_owned())),
        None => {}
    }
    let autorun = RefCell::new((requested.autorun && may).then(|| requested.parameters.clone()));
    // What is kept is to stay: the browser is asked when there is something.
    let has_asked = Cell::new(false);
    let (running_on, passing) = (session.clone(), passing.clone());
    session.listen(Callback::from(move |event: Event| {
        let mut next = None;
        match &event {
            Event::Ready(environment) => {
                next = autorun.borrow_mut().take();
                describe(&running_on, environment, dispatcher.clone());
            }
            Event::Started(plan) => follow(plan, &dispatcher),
            Event::Recorded(Recorded { card: Some(card), is_measured, .. }) => {
                if *is_measured {
                    passing.hand_over(card);
                }
                if card.bytes.is_some() && !has_asked.replace(true) {
                    browser::persist();
                }
                list(&running_on, dispatcher.clone());
            }
            _ => {}
        }
        dispatcher.dispatch(Action::Session(event));
        if let Some(parameters) = next {
            run(&running_on, parameters, &dispatcher);
        }
    }));
    session.start();
}

/// Asks the server what it carries plans out on, and whether the token is its own; then runs what the address asks for.
fn ask_server(
    session: &Session,
    token: String,
    autorun: Option<Parameters>,
    dispatcher: Dispatcher,
    passing: Rc<Passing>,
) {
    let session = session.clone();
    wasm_bindgen_futures::spawn_local(async move {
        let read = browser::files::text_of(&format!("api/info?token={token}")).await;
        let Some((platforms, shares)) = read.ok().and_then(|text| found::offers(&text)) else {
            let stale = "The server does not know this page: it was started again since its address was opened. Everything \
                         runs here all the same; to run natively beside it, open the address that it printed last.";
            dispatcher.dispatch(Action::Noticed(stale.to_owned()));
            if autorun.is_some() {
                dispatcher.dispatch(Action::Noticed(WAITS.to_owned()));
            }
            return;
        };
        let server = Rc::new(Server { token, platforms, shares });
        passing.begin(&server);
        dispatcher.dispatch(Action::Offered(server));
        if let Some(parameters) = autorun {
            let running_on = session.clone();
            session.on_ready(Callback::from(move |known: Result<Rc<str>, String>| {
                if known.is_ok() {
                    run(&running_on, parameters.clone(), &dispatcher);
                }
            }));
        }
    });
}

/// Has what some parameters ask for run by the server, on some platforms in turn, or says why not.
pub fn run_beside(
    session: &Session,
    parameters: Parameters,
    platforms: Vec<Platform>,
    server: &Server,
    dispatcher: &Dispatcher,
) {
    let refuse = Callback::from({
        let dispatcher = dispatcher.clone();
        move |reason| dispatcher.dispatch(Action::NotRun(reason))
    });
    match session.conduct().begin(parameters, platforms, server.token.clone(), refuse.clone()) {
        Ok(()) => dispatcher.dispatch(Action::Noticed("The server was asked to run this.".to_owned())),
        Err(reason) => refuse.emit(reason),
    }
}

/// A plan begins: where it is shown, unless the user is there. What scripts ask for is seen, too.
fn follow(plan: &PlanView, dispatcher: &Dispatcher) {
    let Requested { view, parameters, .. } = route::read(&browser::query());
    let is_there = |(key, value): &(String, String)| key == route::RUN && *value == plan.name;
    // Lessons show their own runs.
    if view != View::Learn && (view != View::Experiment || !parameters.iter().any(is_there)) {
        let draft = Draft::of(&plan.name, "");
        browser::go(&View::Experiment.query(&draft));
        dispatcher.dispatch(Action::Drafted(draft));
        dispatcher.dispatch(Action::Went(View::Experiment));
    }
}

/// Opens the report that the address carries, if it carries one, beside the user's own.
pub fn open_link(session: &Session, dispatcher: Dispatcher) {
    let fragment = browser::fragment();
    if !fragment.starts_with("report=") {
        return;
    }
    session.analyst().ask(Question::OpenLink(fragment), move |outcome| match outcome {
        Ok((Answer::Cards(cards), _)) => {
            // It is read once: the address is that of the comparison from now on.
            browser::rename(&View::Compare.query(&Draft::default()));
            for card in cards {
                let name = Some(format!("{} (from a link)", card.title));
                dispatcher.dispatch(Action::Added(Card { name, ..card }));
            }
        }
        Ok(_) => {}
        Err(reason) => dispatcher.dispatch(Action::Refused(format!("The link holds no report: {reason}"))),
    });
}

/// Moves what an earlier page kept into the history.
fn move_in(session: &Session, dispatcher: Dispatcher) {
    let listing = session.clone();
    earlier::move_in(session.analyst(), move || list(&listing, dispatcher));
}

/// What is known of the lab's machine.
fn describe(session: &Session, environment: &str, dispatcher: Dispatcher) {
    session.analyst().ask(Question::Machine(environment.to_owned()), move |outcome| {
        if let Ok((Answer::Machine(machine), _)) = outcome {
            dispatcher.dispatch(Action::Described(Rc::new(machine)));
        }
    });
}

/// What is kept.
pub fn list(session: &Session, dispatcher: Dispatcher) {
    session.analyst().ask(Question::History, move |outcome| {
        if let Ok((Answer::History(history), _)) = outcome {
            history.notes.into_iter().for_each(|note| dispatcher.dispatch(Action::Noticed(note)));
            dispatcher.dispatch(Action::Kept(history.cards));
        }
    });
}

/// Runs what some parameters ask for. What cannot be is said where it is set up.
pub fn run(session: &Session, parameters: Parameters, dispatcher: &Dispatcher) {
    let (running_on, dispatcher) = (session.clone(), dispatcher.clone());
    session.analyst().ask(Question::SetUp(parameters), move |outcome| match outcome {
        Ok((Answer::SetUp(view), _)) => {
            if let (Some(plan), []) = (view.plan, &view.problems[..]) {
                start_plan(&running_on, Rc::new(plan), &dispatcher);
            }
        }
        Ok(_) => {}
        Err(reason) => dispatcher.dispatch(Action::Refused(reason)),
    });
}

/// Runs a plan, or says why not.
pub fn start_plan(session: &Session, plan: Rc<PlanView>, dispatcher: &Dispatcher) {
    if let Err(reason) = session.run(plan, Callback::noop()) {
        dispatcher.dispatch(Action::NotRun(reason));
    }
}

/// Runs the plan of a report, or says why not; `go` is called with what is run.
pub fn repeat(session: &Session, id: &str, dispatcher: &Dispatcher, go: impl Fn(&str) + 'static) {
    let (running_on, dispatcher) = (session.clone(), dispatcher.clone());
    session.analyst().ask(Question::Repeat(id.to_owned()), move |outcome| match outcome {
        Ok((Answer::Plan(plan), _)) => {
            go(&plan.name);
            start_plan(&running_on, Rc::from(plan), &dispatcher);
        }
        Ok(_) => {}
        Err(reason) => dispatcher.dispatch(Action::Refused(reason)),
    });
}
