//! What is known of a workload whoever it is of.

use std::any::Any;
use std::fmt;

use crate::{Sizes, Task, Workload};

/// A workload in a list: what its trait says, without its type.
pub struct Entry {
    /// [`Workload::NAME`].
    pub name: &'static str,
    /// [`Workload::ABOUT`].
    pub about: &'static str,
    /// [`Workload::SIZE`].
    pub size: &'static str,
    /// [`Workload::SIZES`].
    pub sizes: Sizes,
    /// [`Workload::TASKS`].
    pub tasks: u32,
    /// [`Workload::METHODS`].
    pub methods: &'static [&'static str],
    /// The Rust path of its type: crate, module and name.
    pub path: fn() -> &'static str,
    steps: fn(u64) -> Option<u64>,
    setup: fn(&Task<'_>) -> Input,
    routine: fn(&mut Input, &Task<'_>) -> Result<u64, WrongInput>,
}

/// What a [setup](Workload::setup) made.
pub type Input = Box<dyn Any>;

/// An input that another workload's setup made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrongInput;

impl Entry {
    /// The entry of a workload.
    pub const fn of<W: Workload>() -> Self {
        Self {
            name: W::NAME,
            about: W::ABOUT,
            size: W::SIZE,
            sizes: W::SIZES,
            tasks: W::TASKS,
            methods: W::METHODS,
            path: std::any::type_name::<W>,
            steps: W::steps,
            setup: |task| Box::new(W::setup(task)),
            routine: |input, task| match input.downcast_mut::<W::Input>() {
                Some(input) => Ok(W::routine(input, task)),
                None => Err(WrongInput),
            },
        }
    }

    /// [`Workload::steps`].
    pub fn steps(&self, size: u64) -> Option<u64> {
        (self.steps)(size)
    }

    /// [`Workload::setup`].
    pub fn setup(&self, task: &Task<'_>) -> Input {
        (self.setup)(task)
    }

    /// [`Workload::routine`].
    ///
    /// # Errors
    /// The input is not one that [`Entry::setup`] made.
    pub fn routine(&self, input: &mut Input, task: &Task<'_>) -> Result<u64, WrongInput> {
        (self.routine)(input, task)
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry").field("name", &self.name).field("path", &(self.path)()).finish_non_exhaustive()
    }
}
