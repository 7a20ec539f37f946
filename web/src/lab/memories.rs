//! Memories for teams: one is used again as soon as all workers over its last team have ended.
//!
//! A browser reserves the address space of a shared memory's maximum, and has room for a few dozen. It gives one back when it
//! finds that nobody refers to it any more, neither the lab nor the page, which saw its board; that it hardly ever looks for,
//! because a memory that was hardly used weighs little.
//!
//! Where the module's own data lies is emptied; the heap begins at another place than the last one ([`heap_start`]).

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Object, SharedArrayBuffer, Uint8Array, Uint32Array, WebAssembly};
use wasm_bindgen::{JsCast, JsValue};

use super::errors::describe;
use super::heap::{self, PAGE_BYTES, laid_out_bytes};
use super::heap_start;
use crate::{js, life};

/// The most that a memory can have; the linker has been told the same (`--max-memory`).
const MAX_BYTES: usize = 1 << 30;
/// A memory that has grown beyond this is not used again: it never shrinks. Browsers look for such ones.
const MAX_KEPT_BYTES: u32 = 64 << 20;

/// A memory that nobody uses, and where the last heap in it began.
#[derive(Debug)]
struct Free {
    memory: WebAssembly::Memory,
    began: u32,
}

/// Memories that nobody uses.
#[derive(Clone, Debug, Default)]
pub struct Memories(Rc<RefCell<Vec<Free>>>);

impl Memories {
    /// A memory for a team, as if it were new.
    ///
    /// # Errors
    /// Why the browser makes none.
    pub fn lend(&self) -> Result<Lent, String> {
        let free = self.0.borrow_mut().pop();
        let first = heap::first() as u32;
        let (memory, began) = match free {
            Some(Free { memory, began }) => {
                let next = next_page(&memory);
                let begins = heap_start::next(first, began, next.get_index(0));
                // Also what tells the module that its data lies there already.
                Uint8Array::new(&memory.buffer()).fill(0, 0, laid_out_bytes() as u32);
                next.set_index(0, begins);
                (memory, begins)
            }
            None => (make().map_err(|error| describe(&error))?, first),
        };
        Ok(Lent { memory, began, lock: life::new_lock(), home: self.clone() })
    }
}

/// The word that says where the next page of a heap is.
fn next_page(memory: &WebAssembly::Memory) -> Uint32Array {
    Uint32Array::new_with_byte_offset_and_length(&memory.buffer(), laid_out_bytes() as u32, 1)
}

fn make() -> Result<WebAssembly::Memory, JsValue> {
    let descriptor = Object::new();
    js::set(&descriptor, "initial", &(heap::first() / PAGE_BYTES).into());
    js::set(&descriptor, "maximum", &(MAX_BYTES / PAGE_BYTES).into());
    js::set(&descriptor, "shared", &JsValue::TRUE);
    WebAssembly::Memory::new(&descriptor)
}

/// A memory that a team has. Dropping it gives it back: whoever does ends the team.
#[derive(Debug)]
pub struct Lent {
    /// The memory.
    pub memory: WebAssembly::Memory,
    /// Where the team's heap begins in it.
    began: u32,
    /// All workers over it hold this lock together, each from before it touches the memory until it ends.
    pub lock: String,
    home: Memories,
}

impl Drop for Lent {
    fn drop(&mut self) {
        let (memory, began) = (self.memory.clone(), self.began);
        let (lock, home) = (std::mem::take(&mut self.lock), self.home.clone());
        wasm_bindgen_futures::spawn_local(async move {
            // Held for ever: a worker of this team that begins only now will never touch the memory.
            life::hold(&lock).await;
            if memory.buffer().unchecked_into::<SharedArrayBuffer>().byte_length() <= MAX_KEPT_BYTES {
                home.0.borrow_mut().push(Free { memory, began });
            }
        });
    }
}
