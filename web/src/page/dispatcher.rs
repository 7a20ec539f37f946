//! What changes the state of the page.

use std::rc::Rc;

use yew::{Reducible, UseReducerDispatcher};

use super::state::{Action, State};

/// What changes the state of the page.
pub type Dispatcher = UseReducerDispatcher<State>;

impl Reducible for State {
    type Action = Action;

    fn reduce(self: Rc<Self>, action: Action) -> Rc<Self> {
        Rc::new(self.after(action))
    }
}
