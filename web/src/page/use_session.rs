//! The page's state, kept up to date with what happens in the session.

use std::cell::RefCell;
use std::rc::Rc;

use yew::prelude::*;

use super::dispatcher::Dispatcher;
use super::draft::{self, Draft};
use super::session::{Event, Session};
use super::state::{Action, State};
use super::{browser, kept, url};

/// The page's state: it begins with what the address asks for, and follows the session, which it starts.
#[hook]
pub fn use_session(session: &Session) -> UseReducerHandle<State> {
    let requested = use_memo((), |()| url::read(&browser::query(), browser::shared_memory()));
    let state = {
        let requested = requested.clone();
        use_reducer(move || State::new(requested.draft.clone(), requested.errors.clone(), kept::entries()))
    };
    {
        let (session, dispatcher) = (session.clone(), state.dispatcher());
        let autorun = requested.autorun.then(|| requested.draft.clone());
        use_effect_with((), move |()| subscribe(&session, dispatcher, autorun));
    }
    {
        // A link to a set-up leads to it.
        let named = requested.named;
        use_effect_with((), move |()| {
            if named {
                browser::lead_to("bench");
            }
        });
    }
    state
}

/// Listens to the session and starts it; runs the draft as soon as the lab is there, if one is given.
fn subscribe(session: &Session, dispatcher: Dispatcher, autorun: Option<Draft>) {
    let autorun = RefCell::new(autorun);
    let running_on = session.clone();
    session.listen(Callback::from(move |event: Event| {
        let next = match &event {
            Event::Ready(_) => autorun.borrow_mut().take(),
            _ => None,
        };
        if let Event::Finished { report, .. } = &event
            && !report.runs.is_empty()
        {
            kept::keep_soon(Rc::clone(report), dispatcher.clone());
        }
        dispatcher.dispatch(Action::Session(event));
        if let Some(draft) = next {
            run(&running_on, &draft, &dispatcher);
        }
    }));
    session.start();
}

/// Runs what a draft asks for, or says why not.
pub fn run(session: &Session, draft: &Draft, dispatcher: &Dispatcher) {
    let begun = draft.offer(browser::shared_memory()).and_then(|plan| {
        let left_out = draft::left_out(&plan);
        session.run(plan, Callback::noop())?;
        Ok(left_out)
    });
    match begun {
        Ok(Some(left_out)) => dispatcher.dispatch(Action::Noticed(left_out)),
        Ok(None) => {}
        Err(reason) => dispatcher.dispatch(Action::Refused(reason)),
    }
}
