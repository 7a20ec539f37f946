//! The allocator of the lab with threads: each thread has small pieces of memory at hand, so that threads take and give back
//! side by side. std's own, which has one lock for all, is asked for many of them at once, and for what is large.
//!
//! 1. Sizes up to 32 KiB are rounded up to one of 40 classes, four to each doubling. A thread keeps a list of free pieces for
//!    each class: it takes from there, and gives back there what it frees, whoever took it.
//! 2. A list that is empty gets a batch: one that other threads had too many of, or pieces cut from one stretch of std's
//!    memory, of whole cache lines, so that no line begins as that of two threads.
//! 3. A list that is longer than two batches keeps one, and leaves the rest for all.
//!
//! What is a piece once is one of its class for ever: std never gets it back. A thread has at most 0.75 MiB at hand. When it
//! gives its thread-local storage back, as workers for one task do, it leaves them for all; a worker that is closed loses them,
//! as it loses its stack, until its team's memory is given up.
//!
//! Nobody waits for the lock of a class asleep: it lies at the same address in every team, and in a memory that is used again a
//! wake-up could go to a worker of a team before.

#![expect(unsafe_code, reason = "an allocator hands out memory")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ptr;

use parlab_shared::sync::Guarded;

/// What every piece is aligned to; whoever wants more goes to std's.
const ALIGN: usize = 16;
/// The largest pieces that threads keep, in bytes.
const LARGEST: usize = 32 << 10;
/// A cache line, in bytes, of most processors.
const LINE: usize = 64;

/// A global allocator with pieces at hand for each thread.
#[derive(Debug)]
pub struct PerThread;

// In tests, too: all that this crate's do goes through it.
#[cfg(any(test, target_family = "wasm"))]
#[global_allocator]
static GLOBAL: PerThread = PerThread;

static DEPOT: Depot = Depot::new();

thread_local! {
    static CACHE: Cache = const { Cache::new() };
}

// Nothing of it is put where memory is taken, of which there are so many places that the lab would grow by a thirtieth.
// SAFETY: pieces are at least as large and as aligned as was asked for, and in one place at a time: in use, in the list of one
// thread or in a batch. Whether memory is a piece follows from its layout alone, as does which class it is of. Nothing panics.
unsafe impl GlobalAlloc for PerThread {
    #[inline(never)]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let Some(class) = Class::of(layout) else {
            // SAFETY: the caller's promise.
            return unsafe { System.alloc(layout) };
        };
        CACHE.with(|cache| if is_ready(cache) { cache.take(class, &DEPOT) } else { class.alone() })
    }

    #[inline(never)]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if Class::of(layout).is_none() {
            // SAFETY: the caller's promise.
            return unsafe { System.alloc_zeroed(layout) };
        }
        // SAFETY: the caller's promise.
        let start = unsafe { self.alloc(layout) };
        if !start.is_null() {
            // SAFETY: it was just taken, with as many bytes.
            unsafe { start.write_bytes(0, layout.size()) };
        }
        start
    }

    #[inline(never)]
    unsafe fn dealloc(&self, start: *mut u8, layout: Layout) {
        let Some(class) = Class::of(layout) else {
            // SAFETY: it is no piece, so that it came from there.
            return unsafe { System.dealloc(start, layout) };
        };
        let is_left = CACHE.with(|cache| {
            let is_left = (ptr::from_ref(cache) as usize).wrapping_sub(start as usize) < layout.size();
            if is_left {
                cache.leave(&DEPOT);
            } else {
                // SAFETY: the layout says that it is a piece of the class, and the caller that nobody uses it.
                unsafe { cache.give(start.cast(), class, &DEPOT) };
            }
            is_left
        });
        if is_left {
            // The lists lie in this very piece: the thread ends.
            // SAFETY: as above; from here on the thread uses none of its lists.
            unsafe { DEPOT.put(Piece::last(start.cast()), class) };
        }
    }

    #[inline(never)]
    unsafe fn realloc(&self, start: *mut u8, layout: Layout, bytes: usize) -> *mut u8 {
        // SAFETY: the caller's promise, of a size that is possible with this alignment.
        let wanted = unsafe { Layout::from_size_align_unchecked(bytes, layout.align()) };
        match (Class::of(layout), Class::of(wanted)) {
            // SAFETY: it is no piece, so that it came from there, and will be none.
            (None, None) => unsafe { System.realloc(start, layout, bytes) },
            (before, after) if before == after => start,
            // SAFETY: both are as large as is copied, and not the same; what was copied is not used any more.
            _ => unsafe {
                let moved = self.alloc(wanted);
                if !moved.is_null() {
                    moved.copy_from_nonoverlapping(start, layout.size().min(bytes));
                    self.dealloc(start, layout);
                }
                moved
            },
        }
    }
}

/// Whether the thread has its thread-local storage. What wasm-bindgen has each begin with takes memory for that first; until
/// then its address is 0 or that of the first values, which lie before the heap.
fn is_ready(cache: &Cache) -> bool {
    #[cfg(target_family = "wasm")]
    return {
        unsafe extern "C" {
            /// The linker puts it where the heap begins.
            static __heap_base: u8;
        }
        ptr::from_ref(cache) as usize >= &raw const __heap_base as usize
    };
    #[cfg(not(target_family = "wasm"))]
    return {
        _ = cache;
        true
    };
}

/// Which size pieces have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Class(usize);

impl Class {
    const ALL: usize = Self::of_bytes(LARGEST).0 + 1;
    /// The last class whose sizes follow each other by 16 bytes is that of 64.
    const SMALL: usize = 4;

    /// The class of what is asked for, if it is one.
    #[inline]
    const fn of(layout: Layout) -> Option<Self> {
        if layout.size() <= LARGEST && layout.align() <= ALIGN { Some(Self::of_bytes(layout.size())) } else { None }
    }

    #[inline]
    const fn of_bytes(bytes: usize) -> Self {
        // That nobody asks for no bytes is a promise of whoever asks.
        let last = bytes.saturating_sub(1);
        if last < Self::SMALL * ALIGN {
            return Self(last / ALIGN);
        }
        let doubling = last.ilog2();
        let quarter = (last >> (doubling - 2)) & 3;
        Self(Self::SMALL + (doubling as usize - 6) * 4 + quarter)
    }

    /// How large its pieces are, in bytes: a multiple of 16.
    const fn bytes(self) -> usize {
        match self.0.checked_sub(Self::SMALL) {
            None => (self.0 + 1) * ALIGN,
            Some(above) => (5 + above % 4) << (4 + above / 4),
        }
    }

    /// How many pieces are a batch: 8 KiB of them, but 64 at most.
    const fn batch(self) -> usize {
        let pieces = (8 << 10) / self.bytes();
        if pieces == 0 {
            1
        } else if pieces > 64 {
            64
        } else {
            pieces
        }
    }

    /// A piece for a thread that has no lists yet; null if there is no memory.
    #[cold]
    fn alone(self) -> *mut u8 {
        stretch(self.bytes())
    }
}

/// Memory of std's, of whole cache lines; null if there is none.
fn stretch(bytes: usize) -> *mut u8 {
    let layout = Layout::from_size_align(bytes.next_multiple_of(LINE), LINE).expect("a few KiB");
    // SAFETY: it has bytes.
    unsafe { System.alloc(layout) }
}

/// A free piece.
#[derive(Debug)]
struct Piece {
    /// The one that follows in the same list or batch.
    next: *mut Piece,
    /// If it is the first of a batch: the batch that was left before.
    batch: *mut Piece,
}

impl Piece {
    /// Makes it the only one of a list.
    ///
    /// # Safety
    /// It is a piece, and the caller's.
    unsafe fn last(this: *mut Self) -> *mut Self {
        // SAFETY: all are large and aligned enough for it.
        unsafe { this.write(Self { next: ptr::null_mut(), batch: ptr::null_mut() }) };
        this
    }
}

/// What one thread has at hand.
#[derive(Debug)]
struct Cache([List; Class::ALL]);

/// How many pieces the longest list of each class has.
const MOST: [u32; Class::ALL] = {
    let mut most = [0; Class::ALL];
    let mut class = 0;
    while class < Class::ALL {
        most[class] = 2 * Class(class).batch() as u32;
        class += 1;
    }
    most
};

/// Free pieces of one class.
#[derive(Debug)]
struct List {
    first: Cell<*mut Piece>,
    /// How many there are.
    pieces: Cell<u32>,
}

impl Cache {
    const fn new() -> Self {
        Self([const { List { first: Cell::new(ptr::null_mut()), pieces: Cell::new(0) } }; Class::ALL])
    }

    /// Takes a piece; null if there is no memory.
    #[inline]
    fn take(&self, class: Class, depot: &Depot) -> *mut u8 {
        let list = &self.0[class.0];
        let first = list.first.get();
        if first.is_null() {
            return self.refill(class, depot);
        }
        // SAFETY: what is in a list is a free piece.
        list.first.set(unsafe { (*first).next });
        list.pieces.set(list.pieces.get() - 1);
        first.cast()
    }

    /// Takes a piece of a new batch; null if there is no memory.
    #[cold]
    #[inline(never)]
    fn refill(&self, class: Class, depot: &Depot) -> *mut u8 {
        let mut batch = depot.take(class);
        if batch.is_null() {
            batch = cut(class);
        }
        if batch.is_null() {
            return ptr::null_mut();
        }
        // SAFETY: the pieces of a batch are this thread's now, each with the next one.
        let rest = unsafe { (*batch).next };
        let list = &self.0[class.0];
        list.first.set(rest);
        // SAFETY: as above.
        list.pieces.set(unsafe { length(rest) });
        batch.cast()
    }

    /// Gives a piece back.
    ///
    /// # Safety
    /// It is a piece of this class, and nobody uses it.
    #[inline]
    unsafe fn give(&self, piece: *mut Piece, class: Class, depot: &Depot) {
        let list = &self.0[class.0];
        // SAFETY: all are large and aligned enough for it, and this one is free.
        unsafe { (&raw mut (*piece).next).write(list.first.get()) };
        list.first.set(piece);
        list.pieces.set(list.pieces.get() + 1);
        if list.pieces.get() > MOST[class.0] {
            self.shorten(class, depot);
        }
    }

    /// Keeps the batch that was used last, and leaves the others for all.
    #[cold]
    #[inline(never)]
    fn shorten(&self, class: Class, depot: &Depot) {
        let list = &self.0[class.0];
        let mut last = list.first.get();
        for _ in 1..class.batch() {
            // SAFETY: there are two batches and one piece more.
            last = unsafe { (*last).next };
        }
        // SAFETY: as above: it is not the last one, and what follows is free and this thread's.
        unsafe {
            let rest = (*last).next;
            (*last).next = ptr::null_mut();
            depot.put(rest, class);
        }
        list.pieces.set(class.batch() as u32);
    }

    /// Leaves everything for all.
    #[cold]
    fn leave(&self, depot: &Depot) {
        for (class, list) in self.0.iter().enumerate() {
            let first = list.first.replace(ptr::null_mut());
            list.pieces.set(0);
            if !first.is_null() {
                // SAFETY: they are free, and no list's any more.
                unsafe { depot.put(first, Class(class)) };
            }
        }
    }
}

/// A new batch; null if there is no memory.
fn cut(class: Class) -> *mut Piece {
    let start = stretch(class.batch() * class.bytes());
    if start.is_null() {
        return ptr::null_mut();
    }
    let mut first = ptr::null_mut();
    for piece in (0..class.batch()).rev() {
        // SAFETY: all these places lie in it, each large and aligned enough for a piece.
        unsafe {
            let piece = start.add(piece * class.bytes()).cast::<Piece>();
            piece.write(Piece { next: first, batch: ptr::null_mut() });
            first = piece;
        }
    }
    first
}

/// How many pieces a list has.
///
/// # Safety
/// They are free, and the caller's.
unsafe fn length(mut piece: *mut Piece) -> u32 {
    let mut pieces = 0;
    while !piece.is_null() {
        pieces += 1;
        // SAFETY: the caller's promise.
        piece = unsafe { (*piece).next };
    }
    pieces
}

/// Batches that threads had too many of, for all.
#[derive(Debug)]
struct Depot([Batches; Class::ALL]);

/// Those of one class. On a cache line of their own: threads that want other classes have nothing to do with it.
#[derive(Debug)]
#[repr(align(64))]
struct Batches {
    /// The first piece of the one that was left last.
    last: Guarded<Piece>,
}

impl Depot {
    const fn new() -> Self {
        Self([const { Batches { last: Guarded::null() } }; Class::ALL])
    }

    /// Takes a batch; null if there is none.
    fn take(&self, class: Class) -> *mut Piece {
        let batches = &self.0[class.0];
        // Most often there is none, which needs no lock.
        if batches.last.was_null() {
            return ptr::null_mut();
        }
        batches.last.replace(|last| {
            // SAFETY: what is here is the first piece of a batch, which is nobody else's while the lock is held.
            if last.is_null() { (last, last) } else { (unsafe { (*last).batch }, last) }
        })
    }

    /// Leaves a batch.
    ///
    /// # Safety
    /// Its pieces are of this class, and nobody uses them.
    unsafe fn put(&self, batch: *mut Piece, class: Class) {
        self.0[class.0].last.replace(|last| {
            // SAFETY: the caller's promise; all are large and aligned enough for it.
            unsafe { (&raw mut (*batch).batch).write(last) };
            (batch, batch)
        });
    }
}

#[cfg(test)]
mod tests;
