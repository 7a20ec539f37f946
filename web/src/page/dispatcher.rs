//! What changes the state of the page.

use std::rc::Rc;

use yew::{Callback, Reducible, UseReducerDispatcher};

use super::state::{Action, State};

/// What changes the state of the page.
pub type Dispatcher = UseReducerDispatcher<State>;

impl Reducible for State {
    type Action = Action;

    fn reduce(self: Rc<Self>, action: Action) -> Rc<Self> {
        Rc::new(self.after(action))
    }
}

/// A callback that dispatches what `action` makes of its argument.
pub fn dispatching<T: 'static>(dispatcher: &Dispatcher, action: impl Fn(T) -> Action + 'static) -> Callback<T> {
    let dispatcher = dispatcher.clone();
    Callback::from(move |argument| dispatcher.dispatch(action(argument)))
}
