//! Can a page compress what it sends? `miniz_oxide`, the compressor that many crates use, natively and in browsers.
//!
//! `cargo lab --with work/deflate pair deflate` answers it for this machine.

use miniz_oxide::deflate::compress_to_vec;
use parlab_work::{Entry, Sizes, Task, Workload, checksum, checksum_of_bytes};

/// What parlab builds in.
pub static WORKLOADS: &[Entry] = &[Entry::of::<Deflate>()];

/// Bytes that are compressed at once; between two of them a run can be stopped.
const PART: usize = 1 << 18;

/// Level by level, as [`Deflate::METHODS`] names them.
const LEVELS: [u8; 2] = [1, 6];

/// Compresses a log, as a server writes it, into DEFLATE (RFC 1951).
pub struct Deflate;

impl Workload for Deflate {
    const NAME: &'static str = "deflate";
    const ABOUT: &'static str = "compress a server's log with miniz_oxide";
    const SIZE: &'static str = "bytes per task";
    const SIZES: Sizes = Sizes { smoke: 50_000, lab: 4_000_000, most: 1 << 28 };
    const METHODS: &'static [&'static str] = &["fast", "default"];

    type Input = Vec<u8>;

    fn setup(task: &Task<'_>) -> Vec<u8> {
        let mut state = 1_u64;
        let mut drawn = |below: u64| {
            // Knuth's MMIX generator; its high bits are good ones.
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        let mut log = Vec::new();
        while (log.len() as u64) < task.size {
            let (path, status, bytes) = (drawn(500), [200, 200, 200, 304, 404][drawn(5) as usize], drawn(100_000));
            log.extend_from_slice(format!("10.0.0.{} GET /page/{path} {status} {bytes}\n", drawn(256)).as_bytes());
        }
        log.truncate(task.size as usize);
        log
    }

    fn routine(log: &mut Vec<u8>, task: &Task<'_>) -> u64 {
        let parts = log.chunks(PART).take_while(|_| !task.is_cancelled());
        let compressed = parts.map(|part| checksum_of_bytes(&compress_to_vec(part, LEVELS[task.method])));
        checksum(&compressed.collect::<Vec<_>>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_compressed_is_shorter_and_comes_back() {
        let log = Deflate::setup(&Task::new(0, 100_000));
        for level in LEVELS {
            let compressed = compress_to_vec(&log, level);
            assert!(compressed.len() < log.len() / 2);
            assert_eq!(miniz_oxide::inflate::decompress_to_vec(&compressed).as_ref(), Ok(&log));
        }
    }
}
