//! Tabs in a browser: carries out what is decided.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use yew::Callback;

use super::{Effect, Input, Tabs, Word};
use crate::page::browser::{self, time::Timeout};
use crate::wire;

#[wasm_bindgen(module = "/src/page/tabs.js")]
extern "C" {
    #[wasm_bindgen(js_name = Tabs)]
    type Channel;

    #[wasm_bindgen(constructor, js_class = "Tabs")]
    fn new(heard: &Closure<dyn FnMut(JsValue)>, granted: &Closure<dyn FnMut()>) -> Channel;
    #[wasm_bindgen(method)]
    fn has_locks(this: &Channel) -> bool;
    #[wasm_bindgen(method)]
    fn say(this: &Channel, word: &JsValue);
    #[wasm_bindgen(method)]
    fn request(this: &Channel);
    #[wasm_bindgen(method)]
    fn release(this: &Channel);
}

/// This tab's turn to measure. Clones are the same.
#[derive(Clone)]
pub struct Turn(Rc<Inner>);

struct Inner {
    tabs: RefCell<Tabs>,
    channel: Channel,
    /// What is done when it is this tab's turn.
    go: RefCell<Option<Box<dyn FnOnce()>>>,
    timer: RefCell<Option<Timeout>>,
    /// Hears what is to be told the user, when that changes.
    on_notice: Callback<Option<String>>,
    told: RefCell<Option<String>>,
}

impl Turn {
    /// A tab that wants nothing. `on_notice` is called whenever there is something else to tell the user, or nothing any
    /// more.
    pub fn new(on_notice: Callback<Option<String>>) -> Self {
        let inner = Rc::new_cyclic(|this: &std::rc::Weak<Inner>| {
            let (hearer, owner) = (this.clone(), this.clone());
            let heard = Closure::<dyn FnMut(JsValue)>::new(move |word: JsValue| {
                if let (Some(inner), Ok(word)) = (hearer.upgrade(), wire::open_bytes::<Word>(&word)) {
                    Turn(inner).on(Input::Heard(word));
                }
            });
            let granted = Closure::<dyn FnMut()>::new(move || {
                if let Some(inner) = owner.upgrade() {
                    Turn(inner).on(Input::Granted);
                }
            });
            let channel = Channel::new(&heard, &granted);
            // They live as long as the page.
            heard.forget();
            granted.forget();
            let tabs = Tabs::new(browser::unique_id(), channel.has_locks());
            Inner {
                tabs: RefCell::new(tabs),
                channel,
                go: RefCell::default(),
                timer: RefCell::default(),
                on_notice,
                told: RefCell::default(),
            }
        });
        Self(inner)
    }

    /// Does `go` when no other tab measures: as soon as that is known, or later. `title` is what other tabs say of it.
    pub fn want(&self, title: &str, go: impl FnOnce() + 'static) {
        self.0.go.replace(Some(Box::new(go)));
        self.on(Input::Want(title.to_owned()));
    }

    /// The user does not want to wait.
    pub fn withdraw(&self) {
        self.0.go.replace(None);
        self.on(Input::Withdraw);
    }

    /// What this tab wanted to measure, or did, is over.
    pub fn over(&self) {
        self.withdraw();
        self.on(Input::Done);
    }

    fn on(&self, input: Input) {
        let effects = self.0.tabs.borrow_mut().on(input);
        let mut go = None;
        for effect in effects {
            match effect {
                Effect::Say(word) => self.0.channel.say(&wire::seal_bytes(&word)),
                Effect::Request => self.0.channel.request(),
                Effect::Release => self.0.channel.release(),
                Effect::Go => go = self.0.go.take(),
                Effect::Wake(ms) => {
                    let this = self.clone();
                    let timer = Timeout::new(ms as i32, move || this.on(Input::Woken));
                    self.0.timer.replace(Some(timer));
                }
            }
        }
        let notice = self.0.tabs.borrow().notice();
        if *self.0.told.borrow() != notice {
            self.0.told.replace(notice.clone());
            self.0.on_notice.emit(notice);
        }
        if let Some(go) = go {
            go();
        }
    }
}
