//! Ways within the page.

use yew::Callback;

use super::browser;
use super::dispatcher::Dispatcher;
use super::route::{Draft, View};
use super::state::Action;

/// Goes to views.
#[derive(Clone)]
pub struct Go {
    /// Hears where.
    pub dispatcher: Dispatcher,
    /// What is set up.
    pub draft: Draft,
}

impl Go {
    /// Goes to a view.
    pub fn to(&self, view: View) {
        browser::go(&view.query(&self.draft));
        self.dispatcher.dispatch(Action::Went(view));
        arrive();
    }

    /// Goes to an experiment that is set up like this.
    pub fn to_experiment(&self, draft: Draft) {
        browser::go(&View::Experiment.query(&draft));
        self.dispatcher.dispatch(Action::Drafted(draft));
        self.dispatcher.dispatch(Action::Went(View::Experiment));
        arrive();
    }

    /// Goes to the experiment that it is called with.
    pub fn choosing(&self) -> Callback<Draft> {
        let go = self.clone();
        Callback::from(move |draft: Draft| go.to_experiment(draft))
    }
}

/// What is shown is new from its top, for eyes and for readers.
fn arrive() {
    browser::scroll_to_top();
    browser::focus("main");
}
