//! A pointer that threads replace in turn.

use std::ptr;
use std::sync::atomic::Ordering;

use super::{AtomicBool, AtomicPtr, IS_MODEL, spin_loop};

/// A pointer, and what belongs to it, that one thread changes at a time. It takes a few steps; nobody waits for that asleep.
#[derive(Debug)]
pub struct Guarded<T> {
    is_locked: AtomicBool,
    pointer: AtomicPtr<T>,
}

impl<T> Guarded<T> {
    /// None yet.
    #[cfg(not(all(test, loom)))]
    pub const fn null() -> Self {
        Self { is_locked: AtomicBool::new(false), pointer: AtomicPtr::new(ptr::null_mut()) }
    }

    /// None yet.
    #[cfg(all(test, loom))]
    pub fn null() -> Self {
        Self { is_locked: AtomicBool::new(false), pointer: AtomicPtr::new(ptr::null_mut()) }
    }

    /// Whether there was none a moment ago, which needs no lock to know.
    #[inline]
    pub fn was_null(&self) -> bool {
        self.pointer.load(Ordering::Relaxed).is_null()
    }

    /// Replaces the pointer, and returns what is found beside the new one. All that threads did in here before is seen.
    #[inline]
    pub fn replace(&self, replace: impl FnOnce(*mut T) -> (*mut T, *mut T)) -> *mut T {
        let is_locked = &self.is_locked;
        while is_locked.compare_exchange_weak(false, true, Ordering::Acquire, Ordering::Relaxed).is_err() {
            spin_loop();
            // To read takes the line of the cache from nobody. In a model, who only reads may see old values for ever.
            while !IS_MODEL && is_locked.load(Ordering::Relaxed) {
                spin_loop();
            }
        }
        let (pointer, found) = replace(self.pointer.load(Ordering::Relaxed));
        self.pointer.store(pointer, Ordering::Relaxed);
        is_locked.store(false, Ordering::Release);
        found
    }
}
