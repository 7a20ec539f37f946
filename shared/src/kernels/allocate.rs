//! `allocate`: memory that is taken and given back, whose allocator is the limit where workers share it.

#![expect(unsafe_code, reason = "the allocator of the system is asked, and not the program's")]

use std::alloc::{GlobalAlloc, Layout, System, handle_alloc_error};
use std::hint::black_box;
use std::ptr::NonNull;

use parlab_work::{Sizes, Task, Workload};

use super::mixed;

/// Steps between two looks at whether somebody still waits.
const CHUNK: u64 = 10_000;
/// Pieces that are in use at any time.
const KEPT: usize = 64;

/// Takes pieces of 16 to 1,039 bytes and gives each back after 64 others: from the program's allocator (`allocator`), or from
/// that of Rust's standard library (`system`), which is the same wherever the program has no other. Or does the same in memory
/// that it has already (`none`), which shows what the allocator takes of it.
pub struct Allocate;

/// The pieces in use.
pub enum Kept {
    /// Of the program's allocator.
    Own(Vec<Vec<u8>>),
    /// Of the standard library's.
    System(Vec<OfSystem>),
}

impl Workload for Allocate {
    const NAME: &'static str = "allocate";
    const ABOUT: &'static str = "take small pieces of memory and give them back";
    const SIZE: &'static str = "pieces per task";
    const SIZES: Sizes = Sizes { smoke: 10_000, lab: 1_000_000, most: 1 << 32 };
    const METHODS: &'static [&'static str] = &["allocator", "system", "none"];

    type Input = Kept;

    fn setup(task: &Task<'_>) -> Kept {
        match task.method {
            0 => Kept::Own((0..KEPT).map(|_| Vec::new()).collect()),
            1 => Kept::System((0..KEPT).map(|_| OfSystem::take(1)).collect()),
            _ => Kept::Own((0..KEPT).map(|_| Vec::with_capacity(2048)).collect()),
        }
    }

    fn routine(kept: &mut Kept, task: &Task<'_>) -> u64 {
        let mut digest = u64::from(task.id);
        let mut from = 0;
        while from < task.size {
            if task.is_cancelled() {
                return 0;
            }
            let to = task.size.min(from + CHUNK);
            digest = match kept {
                Kept::Own(kept) => take_and_give_back(kept, from..to, digest, task.method == 0),
                Kept::System(kept) => take_and_give_back(kept, from..to, digest, true),
            };
            from = to;
        }
        digest
    }
}

#[inline(never)]
fn take_and_give_back<P: Piece>(kept: &mut [P], pieces: std::ops::Range<u64>, mut digest: u64, fresh: bool) -> u64 {
    for piece in pieces {
        let bytes = 16 + (mixed(piece) % 1024) as usize;
        let place = &mut kept[piece as usize % KEPT];
        if fresh {
            *place = P::take(bytes);
        }
        digest = digest.rotate_left(5) ^ bytes as u64 ^ u64::from(place.begun_with(piece as u8));
    }
    digest
}

/// Memory for some bytes.
trait Piece {
    /// Takes one.
    fn take(bytes: usize) -> Self;
    /// Writes its first byte, and reads that again: nothing else would keep a compiler from leaving it out.
    fn begun_with(&mut self, byte: u8) -> u8;
}

impl Piece for Vec<u8> {
    fn take(bytes: usize) -> Self {
        Self::with_capacity(bytes)
    }

    fn begun_with(&mut self, byte: u8) -> u8 {
        self.clear();
        self.push(byte);
        black_box(&*self)[0]
    }
}

/// Memory of the standard library's allocator.
pub struct OfSystem {
    start: NonNull<u8>,
    layout: Layout,
}

impl Piece for OfSystem {
    fn take(bytes: usize) -> Self {
        let layout = Layout::array::<u8>(bytes).expect("it is small");
        // SAFETY: nobody asks for no bytes.
        let start = unsafe { System.alloc(layout) };
        let Some(start) = NonNull::new(start) else { handle_alloc_error(layout) };
        Self { start, layout }
    }

    fn begun_with(&mut self, byte: u8) -> u8 {
        // SAFETY: it has a byte, and nobody else has it.
        unsafe {
            self.start.write(byte);
            black_box(self.start).read()
        }
    }
}

impl Drop for OfSystem {
    fn drop(&mut self) {
        // SAFETY: it was taken there, with this layout.
        unsafe { System.dealloc(self.start.as_ptr(), self.layout) };
    }
}
