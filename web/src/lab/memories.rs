//! Memories for teams: one is used again as soon as all workers over its last team have ended.
//!
//! A browser reserves the address space of a shared memory's maximum, and has room for a few dozen. It gives one back when it
//! finds that nobody refers to it any more, neither the lab nor the page, which saw its board; that it hardly ever looks for,
//! because a memory that was hardly used weighs little.
//!
//! What is used again is only where the module's own data lies, which is emptied. A team's heap begins where the memory
//! ended: as in a new one it grows there, into pages that nobody has touched, and nobody who still waits at an address of a
//! team before can be woken in place of a worker of this one.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Object, SharedArrayBuffer, Uint8Array, WebAssembly};
use wasm_bindgen::{JsCast, JsValue};

use super::errors::describe;
use super::memory::{PAGE_BYTES, first_bytes};
use crate::{js, life};

/// The most that a memory can have; the linker has been told the same (`--max-memory`).
const MAX_BYTES: usize = 1 << 30;
/// A memory that has grown beyond this is not used again: it never shrinks. Browsers look for such ones.
const MAX_KEPT_BYTES: u32 = 64 << 20;

/// Memories that nobody uses.
#[derive(Clone, Debug, Default)]
pub struct Memories(Rc<RefCell<Vec<WebAssembly::Memory>>>);

impl Memories {
    /// A memory for a team, as if it were new.
    ///
    /// # Errors
    /// Why the browser makes none.
    pub fn lend(&self) -> Result<Lent, String> {
        let free = self.0.borrow_mut().pop();
        let memory = match free {
            Some(memory) => {
                // Also what tells the module that its data lies there already.
                Uint8Array::new(&memory.buffer()).fill(0, 0, first_bytes() as u32);
                memory
            }
            None => make().map_err(|error| describe(&error))?,
        };
        Ok(Lent { memory, lock: life::new_lock(), home: self.clone() })
    }
}

fn make() -> Result<WebAssembly::Memory, JsValue> {
    let descriptor = Object::new();
    js::set(&descriptor, "initial", &(first_bytes() / PAGE_BYTES).into());
    js::set(&descriptor, "maximum", &(MAX_BYTES / PAGE_BYTES).into());
    js::set(&descriptor, "shared", &JsValue::TRUE);
    WebAssembly::Memory::new(&descriptor)
}

/// A memory that a team has. Dropping it gives it back: whoever does ends the team.
#[derive(Debug)]
pub struct Lent {
    /// The memory.
    pub memory: WebAssembly::Memory,
    /// All workers over it hold this lock together, each from before it touches the memory until it ends.
    pub lock: String,
    home: Memories,
}

impl Drop for Lent {
    fn drop(&mut self) {
        let (memory, lock, home) = (self.memory.clone(), std::mem::take(&mut self.lock), self.home.clone());
        wasm_bindgen_futures::spawn_local(async move {
            // Held for ever: a worker of this team that begins only now will never touch the memory.
            life::hold(&lock).await;
            if memory.buffer().unchecked_into::<SharedArrayBuffer>().byte_length() <= MAX_KEPT_BYTES {
                home.0.borrow_mut().push(memory);
            }
        });
    }
}
