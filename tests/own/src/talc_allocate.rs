//! What parlab's `allocate` does, with memory of talc's, an allocator for WebAssembly with one lock for all: for BENCHMARKS.md.

use std::hint::black_box;
use std::mem::MaybeUninit;

use allocator_api2::vec::Vec;
use parlab_work::{Sizes, Task, Workload};
use talc::TalcLock;
use talc::source::Claim;

/// Steps between two looks at whether somebody still waits.
const CHUNK: u64 = 10_000;
/// Pieces that are in use at any time.
const KEPT: usize = 64;
/// All memory that there is, in bytes. A task has 64 KiB in use.
const ARENA: usize = 16 << 20;

type Talc = TalcLock<spinning_top::RawSpinlock, Claim>;

static TALC: Talc = TalcLock::new({
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

    type Input = [Vec<u8, &'static Talc>; KEPT];

    fn setup(_: &Task<'_>) -> Self::Input {
        std::array::from_fn(|_| Vec::with_capacity_in(1, &TALC))
    }

    fn routine(kept: &mut Self::Input, task: &Task<'_>) -> u64 {
        let mut digest = u64::from(task.id);
        for piece in 0..task.size {
            if piece % CHUNK == 0 && task.is_cancelled() {
                return 0;
            }
            let bytes = 16 + (piece.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 54) as usize;
            let place = &mut kept[piece as usize % KEPT];
            *place = Vec::with_capacity_in(bytes, &TALC);
            place.push(piece as u8);
            digest = digest.rotate_left(5) ^ bytes as u64 ^ u64::from(black_box(&*place)[0]);
        }
        digest
    }
}
