//! `window.parlab`: the page for embedding and automation.

use js_sys::{Array, Error, Function, Object, Promise};
use parlab_shared::measure::option;
use parlab_shared::measure::read_pairs;
use parlab_shared::report::Environment;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use yew::Callback;

use super::browser::{self, call};
use super::draft::Draft;
use super::session::{End, Progress, Session};
use crate::js::set;

/// Puts `parlab` on the window: `ready`, `run(options)`, `cancel()`, `on("progress", f)`.
pub fn install(session: &Session) {
    let api = Object::new();
    let ready = {
        let session = session.clone();
        Promise::new(&mut move |resolve, reject| {
            session.on_ready(Callback::from(move |known: Result<Environment, String>| match known {
                Ok(environment) => {
                    let json = serde_json::to_string(&environment).expect("an environment has only text keys");
                    call(&resolve, &browser::parse_json(&json));
                }
                Err(reason) => call(&reject, &Error::new(&reason)),
            }));
        })
    };
    // Nobody need wait for it: the page shows the reason by itself.
    let ignore = Closure::<dyn FnMut(JsValue)>::new(|_| {});
    let _ = ready.catch(&ignore);
    ignore.forget();
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
        Closure::<dyn Fn(JsValue, JsValue) -> Result<(), JsValue>>::new(move |event, listener| {
            on(&session, &event, listener)
        })
    };
    set(&api, "on", &on.into_js_value());
    browser::publish("parlab", &api);
}

/// Runs what the options ask for; a promise of the report.
fn run(session: &Session, options: &JsValue) -> Promise {
    let draft = read(options);
    let session = session.clone();
    Promise::new(&mut move |resolve, reject| {
        let refuse = {
            let reject = reject.clone();
            move |reason: &str| call(&reject, &Error::new(reason))
        };
        let draft = match &draft {
            Ok(draft) => draft.clone(),
            Err(reason) => return refuse(reason),
        };
        let later = session.clone();
        session.on_ready(Callback::from(move |known: Result<Environment, String>| {
            let (resolve, reject) = (resolve.clone(), reject.clone());
            let on_end = Callback::from(move |end: End| match end {
                Ok(report) => call(&resolve, &browser::parse_json(&report.to_json())),
                Err((reason, report)) => {
                    let error = Error::new(&reason);
                    // What was measured before goes with the reason.
                    set(&error, "report", &browser::parse_json(&report.to_json()));
                    call(&reject, &error);
                }
            });
            let begun =
                known.and_then(|_| draft.offer(browser::shared_memory())).and_then(|plan| later.run(plan, on_end));
            if let Err(reason) = begun {
                refuse(&reason);
            }
        }));
    })
}

/// A draft from an object with the names of the address's parameters.
fn read(options: &JsValue) -> Result<Draft, String> {
    let refused = || "run(options) wants an object such as {run: \"cpu-heavy\", workers: [1, 2]}".to_owned();
    // An object of another window, or of a driver's sandbox, is no instance of this window's `Object`.
    if !options.is_object() {
        return Err(refused());
    }
    let given = browser::entries(options.unchecked_ref()).into_iter().filter(|(_, value)| !value.is_undefined());
    let (parameters, errors) = read_pairs(given.map(|(key, value)| {
        let separator = option::find(&key).map_or(",", |option| option.kind.separator());
        (key, as_text(&value, separator))
    }));
    // Refused before the lab is there.
    errors.first().map_or_else(|| Ok(parameters.into_iter().collect()), |error| Err(error.to_string()))
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

/// Adds a listener.
fn on(session: &Session, event: &JsValue, listener: JsValue) -> Result<(), JsValue> {
    if event.as_string().as_deref() != Some("progress") {
        let event = browser::json(event);
        return Err(Error::new(&format!("there is no event {event}; use \"progress\"")).into());
    }
    let listener: Function =
        listener.dyn_into().map_err(|_| Error::new("on(\"progress\", listener) wants a function as its listener"))?;
    session.on_progress(Callback::from(move |progress: Progress| {
        let event = Object::new();
        let Progress { run, of, finished, tasks } = progress;
        for (key, value) in [("run", run), ("of", of), ("finished", finished), ("tasks", tasks)] {
            set(&event, key, &JsValue::from(value as f64));
        }
        call(&listener, &event);
    }));
    Ok(())
}
