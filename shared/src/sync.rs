//! What threads share by hand: the standard library's, or, where models are checked (`cargo xtask loom`), loom's, which tries
//! the orders in which threads may take their steps, and what each of them may see of the others' meanwhile.

mod guarded;

pub use guarded::Guarded;

/// Whether orders of steps are tried, which are too many where steps are.
pub(crate) const IS_MODEL: bool = cfg!(all(test, loom));

#[cfg(not(all(test, loom)))]
pub(crate) use std::{
    hint::spin_loop,
    sync::{
        Condvar, Mutex, MutexGuard, OnceLock,
        atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicUsize},
    },
    thread_local as per_thread,
};

#[cfg(all(test, loom))]
pub(crate) use loom::{
    hint::spin_loop,
    sync::{
        Condvar, Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicUsize},
    },
};
#[cfg(all(test, loom))]
pub(crate) use modelled::{OnceLock, per_thread};

#[cfg(all(test, loom))]
mod modelled {
    use std::sync::atomic::Ordering;

    use super::AtomicBool;

    /// loom's, with what the standard library's takes.
    macro_rules! per_thread {
        ($($(#[$attribute:meta])* static $name:ident: $type:ty = const { $value:expr };)*) => {
            loom::thread_local! { $($(#[$attribute])* static $name: $type = $value;)* }
        };
    }

    pub(crate) use per_thread;

    /// The standard library's, which loom lacks, with flags that loom sees: who comes first, and that there is a value.
    #[derive(Debug)]
    pub struct OnceLock<T> {
        value: std::sync::OnceLock<T>,
        is_taken: AtomicBool,
        is_set: AtomicBool,
    }

    impl<T> OnceLock<T> {
        pub fn new() -> Self {
            Self { value: std::sync::OnceLock::new(), is_taken: AtomicBool::new(false), is_set: AtomicBool::new(false) }
        }

        pub fn set(&self, value: T) -> Result<(), T> {
            if self.is_taken.swap(true, Ordering::AcqRel) {
                return Err(value);
            }
            self.value.set(value)?;
            self.is_set.store(true, Ordering::Release);
            Ok(())
        }

        pub fn get(&self) -> Option<&T> {
            self.is_set.load(Ordering::Acquire).then(|| self.value.get()).flatten()
        }

        pub fn into_inner(self) -> Option<T> {
            self.value.into_inner()
        }
    }
}
