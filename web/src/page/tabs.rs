//! Two tabs: one measures at a time. What another tab measures is waited for, and both say so.
//!
//! Where browsers have locks, the tab that measures holds one, and those that wait queue for it. Elsewhere tabs ask each
//! other: whoever measures answers, and of two that want to begin at once the one with the smaller id does.

#[cfg(target_arch = "wasm32")]
mod shell;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

#[cfg(target_arch = "wasm32")]
pub use shell::Turn;

/// An answer of another tab comes within this time, if there is one: it is a message between two event loops.
const ANSWER_MS: f64 = 300.0;
/// A tab that waits without locks asks again so often: the one that measures may have been closed without a word.
const AGAIN_MS: f64 = 5000.0;

/// What a tab says to all others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Word {
    /// The tab with this id wants to measure. Whoever measures answers.
    Wanting(String),
    /// It no longer does.
    Withdrawn(String),
    /// It measures this.
    Measuring(String, String),
    /// It is done.
    Done(String),
}

/// What this tab does.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Mine {
    Nothing,
    /// It wants to measure this, and has not heard yet whether it may.
    Asking(String),
    /// It wants to measure this, and another one measures.
    Waiting(String),
    /// It measures this.
    Measuring(String),
}

/// What happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The user wants to measure this.
    Want(String),
    /// The user does not want to wait.
    Withdraw,
    /// The lock is this tab's.
    Granted,
    /// What this tab measures is over.
    Done,
    /// Another tab said something.
    Heard(Word),
    /// The time has come that was asked for.
    Woken,
}

/// What is to be done about it.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Say this to all other tabs.
    Say(Word),
    /// Queue for the lock.
    Request,
    /// Give the lock back, or leave the queue.
    Release,
    /// Begin to measure.
    Go,
    /// Come back after so many milliseconds, and not at a time that was asked for before.
    Wake(f64),
}

/// What a tab knows of itself and of others.
#[derive(Clone, Debug)]
pub struct Tabs {
    id: String,
    has_locks: bool,
    mine: Mine,
    /// The tab that measures, and what.
    measuring: Option<(String, String)>,
    /// Those that want to.
    wanting: BTreeSet<String>,
}

impl Tabs {
    /// A tab with an id that no other has, in a browser that has locks or not.
    pub fn new(id: String, has_locks: bool) -> Self {
        Self { id, has_locks, mine: Mine::Nothing, measuring: None, wanting: BTreeSet::new() }
    }

    /// What is to be told the user, if anything.
    pub fn notice(&self) -> Option<String> {
        match &self.mine {
            Mine::Waiting(title) => {
                let other = self.measuring.as_ref().map_or("something", |(_, title)| title);
                Some(format!(
                    "Another tab of this browser measures {other}: {title} begins when that is over, since two at once would \
                     disturb each other."
                ))
            }
            Mine::Measuring(_) if !self.wanting.is_empty() => {
                Some("Another tab of this browser waits for this one to be done.".to_owned())
            }
            Mine::Nothing | Mine::Asking(_) | Mine::Measuring(_) => None,
        }
    }

    /// Something happens.
    pub fn on(&mut self, input: Input) -> Vec<Effect> {
        match input {
            Input::Want(title) => match self.mine {
                Mine::Nothing => {
                    self.mine = Mine::Asking(title);
                    self.measuring = None;
                    self.ask()
                }
                // One plan at a time: the page asks for no second one.
                _ => Vec::new(),
            },
            Input::Withdraw => match self.mine {
                Mine::Asking(_) | Mine::Waiting(_) => {
                    self.mine = Mine::Nothing;
                    vec![Effect::Release, Effect::Say(Word::Withdrawn(self.id.clone()))]
                }
                Mine::Nothing | Mine::Measuring(_) => Vec::new(),
            },
            Input::Granted => self.begin(),
            Input::Done => match self.mine {
                Mine::Measuring(_) => {
                    self.mine = Mine::Nothing;
                    vec![Effect::Release, Effect::Say(Word::Done(self.id.clone()))]
                }
                _ => Vec::new(),
            },
            Input::Heard(word) => self.hear(word),
            Input::Woken => self.woken(),
        }
    }

    fn ask(&self) -> Vec<Effect> {
        let mut effects = vec![Effect::Say(Word::Wanting(self.id.clone())), Effect::Wake(ANSWER_MS)];
        if self.has_locks {
            effects.push(Effect::Request);
        }
        effects
    }

    fn begin(&mut self) -> Vec<Effect> {
        match std::mem::replace(&mut self.mine, Mine::Nothing) {
            Mine::Asking(title) | Mine::Waiting(title) => {
                self.mine = Mine::Measuring(title.clone());
                self.measuring = None;
                self.wanting.remove(&self.id);
                vec![Effect::Say(Word::Measuring(self.id.clone(), title)), Effect::Go]
            }
            // It was withdrawn while it was granted.
            Mine::Nothing => vec![Effect::Release],
            measuring @ Mine::Measuring(_) => {
                self.mine = measuring;
                Vec::new()
            }
        }
    }

    fn hear(&mut self, word: Word) -> Vec<Effect> {
        match word {
            Word::Wanting(id) => {
                let is_before = self.id < id;
                self.wanting.insert(id);
                match &self.mine {
                    Mine::Measuring(title) => {
                        return vec![Effect::Say(Word::Measuring(self.id.clone(), title.clone()))];
                    }
                    // It is told that somebody was here first.
                    Mine::Asking(_) if !self.has_locks && is_before => {
                        return vec![Effect::Say(Word::Wanting(self.id.clone()))];
                    }
                    Mine::Asking(title) if !self.has_locks => self.mine = Mine::Waiting(title.clone()),
                    Mine::Nothing | Mine::Asking(_) | Mine::Waiting(_) => return Vec::new(),
                }
                vec![Effect::Wake(AGAIN_MS)]
            }
            Word::Measuring(id, title) => {
                self.wanting.remove(&id);
                self.measuring = Some((id, title));
                match &self.mine {
                    Mine::Asking(title) => {
                        self.mine = Mine::Waiting(title.clone());
                        self.wait()
                    }
                    Mine::Waiting(_) => self.wait(),
                    Mine::Nothing | Mine::Measuring(_) => Vec::new(),
                }
            }
            Word::Withdrawn(id) => {
                self.wanting.remove(&id);
                self.after()
            }
            Word::Done(id) => {
                self.wanting.remove(&id);
                if self.measuring.as_ref().is_some_and(|(measuring, _)| *measuring == id) {
                    self.measuring = None;
                }
                self.after()
            }
        }
    }

    /// The queue for the lock tells when it is time; without one, this tab asks again.
    fn wait(&self) -> Vec<Effect> {
        if self.has_locks { Vec::new() } else { vec![Effect::Wake(AGAIN_MS)] }
    }

    /// Another tab no longer measures, or no longer wants to.
    fn after(&mut self) -> Vec<Effect> {
        match &self.mine {
            Mine::Waiting(title) if !self.has_locks => {
                self.mine = Mine::Asking(title.clone());
                self.ask()
            }
            _ => Vec::new(),
        }
    }

    fn woken(&mut self) -> Vec<Effect> {
        match &self.mine {
            // The lock was not granted at once: somebody has it, whoever that is.
            Mine::Asking(title) if self.has_locks => {
                self.mine = Mine::Waiting(title.clone());
                Vec::new()
            }
            // Nobody said a word.
            Mine::Asking(_) => self.begin(),
            Mine::Waiting(title) if !self.has_locks => {
                self.mine = Mine::Asking(title.clone());
                self.measuring = None;
                self.ask()
            }
            Mine::Nothing | Mine::Waiting(_) | Mine::Measuring(_) => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests;
