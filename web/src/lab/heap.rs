//! The heap of a worker's memory: the allocator of the standard library, which takes pages from a place that is written down
//! in the memory itself. A memory that a team had before is longer than a new one; so whoever lends it can say from where on
//! its pages may be used again.
//!
//! What the module lays out is followed by one page whose first word says where the next page is taken: 0 where none was.

use std::alloc::{GlobalAlloc, Layout};
use std::arch::wasm32::{memory_grow, memory_size};
use std::cell::UnsafeCell;
use std::hint::spin_loop;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use dlmalloc::{Allocator, Dlmalloc};

/// The length of a page of WebAssembly.
pub const PAGE_BYTES: usize = 64 << 10;

unsafe extern "C" {
    /// The linker puts it where the memory ends that it lays out.
    static __heap_end: u8;
}

#[global_allocator]
static HEAP: Heap =
    Heap { is_used: AtomicBool::new(false), inner: UnsafeCell::new(Dlmalloc::new_with_allocator(Pages)) };

/// How many bytes the module lays out: there the word stands that says which page is next. wasm-bindgen has added a page to
/// those of the linker; that fewer than the module wants are none, every run would show.
pub fn laid_out_bytes() -> usize {
    (&raw const __heap_end as usize).next_multiple_of(PAGE_BYTES) + PAGE_BYTES
}

/// Where the first heap of a memory begins.
pub fn first() -> usize {
    laid_out_bytes() + PAGE_BYTES
}

/// Pages of this memory.
struct Pages;

// SAFETY: pages are handed out once each, since whoever calls has the lock of the heap, and the word is that of this memory alone.
unsafe impl Allocator for Pages {
    fn alloc(&self, size: usize) -> (*mut u8, usize, u32) {
        if memory_size(0) * PAGE_BYTES <= laid_out_bytes() && memory_grow(0, 1) == usize::MAX {
            return (null_mut(), 0, 0);
        }
        // SAFETY: the page is there, nobody else uses it, and its first byte is aligned.
        let next = unsafe { AtomicU32::from_ptr(laid_out_bytes() as *mut u32) };
        let from = match next.load(Ordering::Relaxed) {
            0 => first(),
            next => next as usize,
        };
        let room = memory_size(0) * PAGE_BYTES;
        let Some(end) = size.checked_next_multiple_of(PAGE_BYTES).and_then(|size| from.checked_add(size)) else {
            return (null_mut(), 0, 0);
        };
        if end > room && memory_grow(0, (end - room) / PAGE_BYTES) == usize::MAX {
            return (null_mut(), 0, 0);
        }
        next.store(end as u32, Ordering::Relaxed);
        (from as *mut u8, end - from, 0)
    }

    fn remap(&self, _: *mut u8, _: usize, _: usize, _: bool) -> *mut u8 {
        null_mut()
    }

    fn free_part(&self, _: *mut u8, _: usize, _: usize) -> bool {
        false
    }

    fn free(&self, _: *mut u8, _: usize) -> bool {
        false
    }

    fn can_release_part(&self, _: u32) -> bool {
        false
    }

    fn allocates_zeros(&self) -> bool {
        // Another team may have used them.
        false
    }

    fn page_size(&self) -> usize {
        PAGE_BYTES
    }
}

/// One allocator for all workers over a memory.
struct Heap {
    is_used: AtomicBool,
    inner: UnsafeCell<Dlmalloc<Pages>>,
}

// SAFETY: only whoever holds the lock touches what is inside.
unsafe impl Sync for Heap {}

impl Heap {
    /// Does something with the allocator. Whoever waits does so without sleeping, as the standard library does: the lab's own
    /// thread, and that of a page, must not sleep.
    fn with<R>(&self, act: impl FnOnce(&mut Dlmalloc<Pages>) -> R) -> R {
        while self.is_used.swap(true, Ordering::Acquire) {
            spin_loop();
        }
        // SAFETY: the lock is held, and given back only after the last use of the reference.
        let done = act(unsafe { &mut *self.inner.get() });
        self.is_used.store(false, Ordering::Release);
        done
    }
}

// SAFETY: Dlmalloc keeps what GlobalAlloc asks for; layouts are passed on as they are.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: whoever calls keeps what both ask for.
        self.with(|heap| unsafe { heap.malloc(layout.size(), layout.align()) })
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        self.with(|heap| unsafe { heap.calloc(layout.size(), layout.align()) })
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above.
        self.with(|heap| unsafe { heap.free(pointer, layout.size(), layout.align()) });
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as above.
        self.with(|heap| unsafe { heap.realloc(pointer, layout.size(), layout.align(), size) })
    }
}
