//! The move itself, in a browser.

use std::collections::VecDeque;

use js_sys::{Array, Uint8Array};
use web_sys::Storage;

use super::Texts;
use crate::page::ask::Analyst;
use crate::page::browser;
use crate::questions::{Answer, Question};

impl Texts for Storage {
    fn names(&self) -> Vec<String> {
        let count = self.length().unwrap_or(0);
        (0..count).filter_map(|index| self.key(index).ok().flatten()).collect()
    }

    fn get(&self, name: &str) -> Option<String> {
        self.get_item(name).ok().flatten()
    }

    fn remove(&self, name: &str) {
        // What cannot be forgotten is known already the next time.
        _ = self.remove_item(name);
    }
}

/// Moves what an earlier page kept into the history, then calls `then`. Without any of it the analyst is not asked.
pub fn move_in(analyst: &Analyst, then: impl FnOnce() + 'static) {
    let Some(storage) = browser::kept_texts() else { return };
    let texts: VecDeque<(String, String)> = super::texts(&storage).into();
    if !texts.is_empty() {
        next(analyst.clone(), storage, texts, Box::new(then));
    }
}

/// Moves one after another.
fn next(analyst: Analyst, storage: Storage, mut texts: VecDeque<(String, String)>, then: Box<dyn FnOnce()>) {
    let Some((name, text)) = texts.pop_front() else { return then() };
    let bytes = Uint8Array::new_from_slice(text.as_bytes());
    let (given, asked) = (Array::of1(&bytes.buffer()), analyst.clone());
    asked.ask_with(Question::Import("the report".to_owned()), &bytes, &given, move |outcome| {
        if matches!(&outcome, Ok((Answer::Imported { refused, .. }, _)) if refused.is_empty()) {
            super::forget(&storage, &name);
        }
        next(analyst, storage, texts, then);
    });
}
