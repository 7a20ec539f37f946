//! When how much of a body may be sent.

/// A slow body comes in pieces of what may be sent in this time, in milliseconds.
const PIECE_MS: f64 = 50.0;

/// How fast a body may be sent. Times count from when its first piece was begun: where one comes too late, the next ones make
/// up for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Bytes per second.
    pub per_second: u64,
}

impl Pace {
    /// The most bytes that are sent at once.
    pub fn piece_bytes(self) -> u64 {
        (self.per_second as f64 * PIECE_MS / 1e3).max(1.0) as u64
    }

    /// How long after the beginning so many bytes, all together, may have been sent: in milliseconds.
    pub fn due_ms(self, bytes: u64) -> f64 {
        bytes as f64 / self.per_second as f64 * 1e3
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_is_what_may_be_sent_until_it_is_due() {
        for (per_second, bytes, ms) in [(400_000, 20_000, 50.0), (1000, 50, 50.0), (1, 1, 1000.0)] {
            let pace = Pace { per_second };
            assert_eq!((pace.piece_bytes(), pace.due_ms(pace.piece_bytes())), (bytes, ms), "{per_second}");
        }
    }
}
