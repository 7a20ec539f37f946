//! `sha256`: a digest, for which processors have instructions that WebAssembly has not.

use parlab_work::{Sizes, Task, Workload, checksum};

use super::mixed;

/// Bytes between two looks at whether somebody still waits.
const CHUNK: usize = 1 << 20;

/// Digests bytes: by code that is the same everywhere (`portable`), or by the processor's own instructions where there are any
/// and the platform lets them be used (`processor`): natively it does, in a browser it does not.
pub struct Sha256;

impl Workload for Sha256 {
    const NAME: &'static str = "sha256";
    const ABOUT: &'static str = "digest bytes by SHA-256";
    const SIZE: &'static str = "bytes per task";
    const SIZES: Sizes = Sizes { smoke: 200_000, lab: 16_000_000, most: 1 << 30 };
    const METHODS: &'static [&'static str] = &["portable", "processor"];

    type Input = Vec<u8>;

    fn setup(task: &Task<'_>) -> Vec<u8> {
        (0..task.size).map(|at| mixed(at / 8).to_le_bytes()[at as usize % 8]).collect()
    }

    fn routine(bytes: &mut Vec<u8>, task: &Task<'_>) -> u64 {
        match task.method {
            0 => portable(bytes, task),
            _ => by_processor(bytes, task),
        }
    }

    fn steps(size: u64) -> Option<u64> {
        // A block of 64 bytes takes 64 rounds, of which the processor's instructions do two at once.
        Some(size / 2)
    }
}

fn portable(bytes: &[u8], task: &Task<'_>) -> u64 {
    use sha2_portable::Digest;
    let mut digest = sha2_portable::Sha256::new();
    feed(bytes, task, |chunk| digest.update(chunk));
    number(&digest.finalize())
}

fn by_processor(bytes: &[u8], task: &Task<'_>) -> u64 {
    use sha2::Digest;
    let mut digest = sha2::Sha256::new();
    feed(bytes, task, |chunk| digest.update(chunk));
    number(&digest.finalize())
}

/// Has the task's number and some bytes digested, until nobody waits for it.
fn feed(bytes: &[u8], task: &Task<'_>, mut update: impl FnMut(&[u8])) {
    update(&task.id.to_le_bytes());
    bytes.chunks(CHUNK).take_while(|_| !task.is_cancelled()).for_each(update);
}

/// A digest as a number.
fn number(digest: &[u8]) -> u64 {
    let mut words = [0; 4];
    for (word, bytes) in words.iter_mut().zip(digest.chunks(8)) {
        *word = bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
    }
    checksum(&words)
}
