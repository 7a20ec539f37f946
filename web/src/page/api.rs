//! `window.parlab`: the page for embedding and automation.

use std::rc::Rc;

use js_sys::{Array, Error, Function, Object, Promise};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use yew::Callback;

use super::browser::{self, call};
use super::session::{Progress, Recorded, Session};
use crate::js::set;
use crate::questions::{Answer, Question};
use crate::views::{Parameters, PlanView};

#[wasm_bindgen(module = "/src/page/api.js")]
extern "C" {
    /// Does what was asked for so far, and everything from now on.
    fn install(api: &Object);
}

/// Carries out what is asked for through `window.parlab`: `ready`, `run(options)`, `cancel()`, `on("progress", f)`.
pub fn serve(session: &Session) {
    let api = Object::new();
    let ready = {
        let session = session.clone();
        Promise::new(&mut move |resolve, reject| {
            session.on_ready(Callback::from(move |known: Result<Rc<str>, String>| match known {
                Ok(environment) => call(&resolve, &browser::parse_json(&environment)),
                Err(reason) => call(&reject, &Error::new(&reason)),
            }));
        })
    };
    set(&api, "ready", &ready);
    let run = {
        let session = session.clone();
        Closure::<dyn Fn(JsValue) -> Promise>::new(move |options| run(&session, &options))
    };
    set(&api, "run", &run.into_js_value());
    let cancel = {
        let session = session.clone();
        Closure::<dyn Fn()>::new(move || session.cancel())
    };
    set(&api, "cancel", &cancel.into_js_value());
    let on = {
        let session = session.clone();
        Closure::<dyn Fn(Function)>::new(move |listener| on_progress(&session, listener))
    };
    set(&api, "on", &on.into_js_value());
    install(&api);
}

/// Runs what the options ask for; a promise of the report.
fn run(session: &Session, options: &JsValue) -> Promise {
    let parameters = read(options);
    let session = session.clone();
    Promise::new(&mut move |resolve, reject| {
        let refuse = Refuse(reject);
        let parameters = match &parameters {
            Ok(parameters) => parameters.clone(),
            Err(reason) => return refuse.because(reason),
        };
        let (later, at_once) = (session.clone(), refuse.clone());
        // What cannot be run is refused before the lab is there.
        session.analyst().ask(Question::SetUp(parameters), move |outcome| {
            let plan = match outcome {
                Ok((Answer::SetUp(view), _)) => match (view.plan, view.problems.first()) {
                    (_, Some(problem)) => return at_once.because(&problem.text),
                    (Some(plan), None) => Rc::new(plan),
                    (None, None) => return at_once.because("there is nothing to run"),
                },
                Ok(_) => return at_once.because("there is nothing to run"),
                Err(reason) => return at_once.because(&reason),
            };
            let ready = later.clone();
            ready.on_ready(Callback::from(move |known: Result<Rc<str>, String>| {
                if let Err(reason) = known.and_then(|_| begin(&later, plan.clone(), &resolve, &at_once)) {
                    at_once.because(&reason);
                }
            }));
        });
    })
}

/// Rejects a promise.
#[derive(Clone)]
struct Refuse(Function);

impl Refuse {
    fn because(&self, reason: &str) {
        call(&self.0, &Error::new(reason));
    }
}

fn begin(session: &Session, plan: Rc<PlanView>, resolve: &Function, refuse: &Refuse) -> Result<(), String> {
    let (analyst, resolve, refuse) = (session.analyst().clone(), resolve.clone(), refuse.clone());
    let on_end = Callback::from(move |Recorded { card, problems, .. }: Recorded| {
        let (resolve, refuse, problem) = (resolve.clone(), refuse.clone(), problems.into_iter().next());
        let Some(card) = card else {
            let reason =
                problem.unwrap_or_else(|| "stopped before the first run was over: there is no report".to_owned());
            return refuse.because(&reason);
        };
        analyst.ask(Question::Json(card.id), move |outcome| match (outcome, problem) {
            (Ok((Answer::Text(json), _)), None) => call(&resolve, &browser::parse_json(&json)),
            (Ok((Answer::Text(json), _)), Some(problem)) => {
                let error = Error::new(&problem);
                // What was measured before goes with the reason.
                set(&error, "report", &browser::parse_json(&json));
                call(&refuse.0, &error);
            }
            (Ok(_), _) => refuse.because("the report cannot be read"),
            (Err(reason), _) => refuse.because(&reason),
        });
    });
    session.run(plan, on_end)
}

/// Parameters from an object with the names of the address's.
fn read(options: &JsValue) -> Result<Parameters, String> {
    let refused = || "run(options) wants an object such as {run: \"cpu-heavy\", workers: [1, 2]}".to_owned();
    // An object of another window, or of a driver's sandbox, is no instance of this window's `Object`.
    if !options.is_object() {
        return Err(refused());
    }
    let given = browser::entries(options.unchecked_ref()).into_iter().filter(|(_, value)| !value.is_undefined());
    Ok(given
        .map(|(key, value)| {
            // Of several addresses each has a line of its own; all other lists have commas.
            let separator = if key == "urls" { "\n" } else { "," };
            let text = as_text(&value, separator);
            (key, text)
        })
        .collect())
}

/// An option's value as it would stand in the address; what can be none stands as it was given, for whoever refuses it.
fn as_text(value: &JsValue, separator: &str) -> String {
    if Array::is_array(value) {
        let values = value.unchecked_ref::<Array>().iter();
        values.map(|value| as_text(&value, separator)).collect::<Vec<_>>().join(separator)
    } else if value.is_object() || value.is_null() || value.is_undefined() || value.is_symbol() {
        browser::json(value)
    } else {
        // As JavaScript itself writes it: `NaN`, `1e+21`, `true`.
        Array::of1(value).join("").into()
    }
}

/// Tells a listener how far each run is.
fn on_progress(session: &Session, listener: Function) {
    session.on_progress(Callback::from(move |progress: Progress| {
        let event = Object::new();
        let Progress { run, of, finished, tasks } = progress;
        for (key, value) in [("run", run), ("of", of), ("finished", finished), ("tasks", tasks)] {
            set(&event, key, &JsValue::from(value as f64));
        }
        call(&listener, &event);
    }));
}
