//! `allocate`: memory that is taken and given back, whose allocator is the limit where workers share it.

use std::hint::black_box;

use parlab_work::{Sizes, Task, Workload};

use super::mixed;

/// Steps between two looks at whether somebody still waits.
const CHUNK: u64 = 10_000;
/// Pieces that are in use at any time.
const KEPT: usize = 64;

/// Takes pieces of 16 to 1,039 bytes and gives each back after 64 others (`allocator`); or does the same in memory that it has
/// already (`none`), which shows what the allocator takes of it.
pub struct Allocate;

impl Workload for Allocate {
    const NAME: &'static str = "allocate";
    const ABOUT: &'static str = "take small pieces of memory and give them back";
    const SIZE: &'static str = "pieces per task";
    const SIZES: Sizes = Sizes { smoke: 10_000, lab: 1_000_000, most: 1 << 32 };
    const METHODS: &'static [&'static str] = &["allocator", "none"];

    /// The pieces in use.
    type Input = Vec<Vec<u8>>;

    fn setup(task: &Task<'_>) -> Vec<Vec<u8>> {
        let bytes = if task.method == 0 { 0 } else { 2048 };
        (0..KEPT).map(|_| Vec::with_capacity(bytes)).collect()
    }

    fn routine(kept: &mut Vec<Vec<u8>>, task: &Task<'_>) -> u64 {
        let mut digest = u64::from(task.id);
        let mut from = 0;
        while from < task.size {
            if task.is_cancelled() {
                return 0;
            }
            let to = task.size.min(from + CHUNK);
            digest = take_and_give_back(kept, from..to, digest, task.method == 0);
            from = to;
        }
        digest
    }
}

#[inline(never)]
fn take_and_give_back(kept: &mut [Vec<u8>], pieces: std::ops::Range<u64>, mut digest: u64, fresh: bool) -> u64 {
    for piece in pieces {
        let bytes = 16 + (mixed(piece) % 1024) as usize;
        let place = &mut kept[piece as usize % KEPT];
        if fresh {
            *place = Vec::with_capacity(bytes);
        }
        place.clear();
        place.push(piece as u8);
        // Nothing else would keep a compiler from leaving it out.
        digest = digest.rotate_left(5) ^ bytes as u64 ^ u64::from(black_box(&*place)[0]);
    }
    digest
}
