//! What a kernel works on: made by each worker before the clock starts, and kept for the tasks that it does.

use std::cell::RefCell;
use std::{fmt, mem};

use parlab_work::Input;

use crate::span::{ErrorKind, TaskError};
use crate::workload::Known;

/// What an input was made for.
#[derive(Clone, Copy, PartialEq)]
struct Purpose {
    known: &'static Known,
    size: u64,
    method: u32,
}

impl Purpose {
    fn task(self, id: u32) -> parlab_work::Task<'static> {
        parlab_work::Task::new(id, self.size).by(self.method as usize)
    }
}

/// The input that a task is given. When it is dropped it goes back to the worker, for the next task.
#[derive(Default)]
pub struct KernelInput(Option<(Purpose, Option<Input>)>);

std::thread_local! {
    /// The input that this worker made last.
    static LAST: RefCell<Option<(Purpose, Input)>> = const { RefCell::new(None) };
}

impl KernelInput {
    /// The worker's input for such tasks, which it makes if it has none.
    pub fn take(known: &'static Known, size: u64, method: u32) -> Self {
        let purpose = Purpose { known, size, method };
        // Another one is given up before this one is made: there is memory for one of them.
        let last = LAST.take().filter(|(of, _)| *of == purpose).map(|(_, input)| input);
        let make = || known.kernel().map(|kernel| kernel.setup(&purpose.task(0)));
        Self(Some((purpose, last.or_else(make))))
    }

    /// Calls the function. What it returns when it was cancelled is nothing.
    ///
    /// # Errors
    /// There is no such function.
    pub fn call(&mut self, task: u32, cancelled: impl Fn() -> bool) -> Result<Option<u64>, TaskError> {
        let no_function = || TaskError::new(ErrorKind::Setup, "this build of parlab has no such function");
        let (purpose, place) = self.0.as_mut().ok_or_else(no_function)?;
        let kernel = purpose.known.kernel().ok_or_else(no_function)?;
        // If it panics, what it was working on is not there for the next task.
        let mut input = mem::take(place).ok_or_else(no_function)?;
        let checksum = kernel.routine(&mut input, &purpose.task(task).until(&cancelled)).map_err(|_| no_function())?;
        *place = Some(input);
        Ok((!cancelled()).then_some(checksum))
    }
}

impl Drop for KernelInput {
    fn drop(&mut self) {
        if let Some((purpose, Some(input))) = self.0.take() {
            // A thread that ends has no place for it any more.
            _ = LAST.try_with(|last| last.replace(Some((purpose, input))));
        }
    }
}

impl fmt::Debug for KernelInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("KernelInput").field(&self.0.as_ref().map(|(purpose, _)| purpose.known)).finish()
    }
}
