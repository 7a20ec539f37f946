//! What machines decide is done in order: what happens while something is done is decided at once, and done after that.

use std::cell::RefCell;
use std::collections::VecDeque;

/// What is still to be done; `None` while nobody does it.
pub struct Effects<E>(RefCell<Option<VecDeque<E>>>);

impl<E> Default for Effects<E> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}

impl<E> Effects<E> {
    /// Does what was decided, and what is decided meanwhile; `apply` may come here again. Returns whether all is done: if
    /// not, whoever is at it will do this, too.
    pub fn put(&self, decided: Vec<E>, mut apply: impl FnMut(E)) -> bool {
        if let Some(waiting) = &mut *self.0.borrow_mut() {
            waiting.extend(decided);
            return false;
        }
        self.0.replace(Some(decided.into()));
        while let Some(effect) = self.next() {
            apply(effect);
        }
        self.0.replace(None);
        true
    }

    fn next(&self) -> Option<E> {
        self.0.borrow_mut().as_mut()?.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_decided_meanwhile_is_done_afterwards_and_in_order() {
        fn put(effects: &Effects<u32>, decided: Vec<u32>, done: &RefCell<Vec<u32>>) -> bool {
            effects.put(decided, |effect| {
                if effect == 1 {
                    assert!(!put(effects, vec![10, 11], done), "the first one does it");
                }
                done.borrow_mut().push(effect);
            })
        }
        let (effects, done) = (Effects::default(), RefCell::default());
        assert!(put(&effects, vec![1, 2], &done));
        assert!(put(&effects, vec![3], &done));
        assert_eq!(done.into_inner(), [1, 2, 10, 11, 3]);
    }
}
