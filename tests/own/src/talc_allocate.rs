//! What parlab's `allocate` does, with memory of talc's, an allocator for WebAssembly with one lock for all: for BENCHMARKS.md.

use std::alloc::{GlobalAlloc, Layout, handle_alloc_error};
use std::hint::black_box;
use std::mem::MaybeUninit;
use std::ptr::NonNull;

use parlab_work::{Sizes, Task, Workload};
use talc::TalcLock;
use talc::source::Claim;

/// Steps between two looks at whether somebody still waits.
const CHUNK: u64 = 10_000;
/// Pieces that are in use at any time.
const KEPT: usize = 64;
/// All memory that there is, in bytes. A task has 64 KiB in use.
const ARENA: usize = 16 << 20;

static TALC: TalcLock<spinning_top::RawSpinlock, Claim> = TalcLock::new({
    static mut MEMORY: [MaybeUninit<u8>; ARENA] = [MaybeUninit::uninit(); ARENA];
    // SAFETY: nobody else uses it.
    unsafe { Claim::array(&raw mut MEMORY) }
});

/// Takes pieces of 16 to 1,039 bytes and gives each back after 64 others.
pub struct TalcAllocate;

impl Workload for TalcAllocate {
    const NAME: &'static str = "talc-allocate";
    const ABOUT: &'static str = "take small pieces of talc's memory and give them back";
    const SIZE: &'static str = "pieces per task";
    const SIZES: Sizes = Sizes { smoke: 10_000, lab: 1_000_000, most: 1 << 32 };

    type Input = Vec<Piece>;

    fn setup(_: &Task<'_>) -> Vec<Piece> {
        (0..KEPT).map(|_| Piece::take(1)).collect()
    }

    fn routine(kept: &mut Vec<Piece>, task: &Task<'_>) -> u64 {
        let mut digest = u64::from(task.id);
        for piece in 0..task.size {
            if piece % CHUNK == 0 && task.is_cancelled() {
                return 0;
            }
            let bytes = 16 + (piece.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 54) as usize;
            let place = &mut kept[piece as usize % KEPT];
            *place = Piece::take(bytes);
            digest = digest.rotate_left(5) ^ bytes as u64 ^ u64::from(place.begun_with(piece as u8));
        }
        digest
    }
}

/// Memory of talc's.
pub struct Piece {
    start: NonNull<u8>,
    layout: Layout,
}

impl Piece {
    fn take(bytes: usize) -> Self {
        let layout = Layout::array::<u8>(bytes).expect("it is small");
        // SAFETY: nobody asks for no bytes.
        let start = unsafe { TALC.alloc(layout) };
        let Some(start) = NonNull::new(start) else { handle_alloc_error(layout) };
        Self { start, layout }
    }

    /// Writes its first byte, and reads that again.
    fn begun_with(&mut self, byte: u8) -> u8 {
        // SAFETY: it has a byte, and nobody else has it.
        unsafe {
            self.start.write(byte);
            black_box(self.start).read()
        }
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        // SAFETY: it was taken there, with this layout.
        unsafe { TALC.dealloc(self.start.as_ptr(), self.layout) };
    }
}
