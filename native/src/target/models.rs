//! Delays and faults, drawn so that every platform meets the same ones, in whatever order it asks.
//!
//! A draw depends on nothing but the request: `draw(what) = uniform(fnv1a64("SEED\nPATH\nTASK\nWHAT"), 0)`, where
//!
//! - SEED and TASK are parameters (by default `1` and nothing), PATH is the URL's path as it was sent, from `/target`
//!   on and without the query, and WHAT is `latency` or `fail`;
//! - `fnv1a64` is FNV-1a (<http://www.isthe.com/chongo/tech/comp/fnv/>) over those bytes: from 0xcbf29ce484222325, for
//!   each byte `hash = (hash ^ byte) * 0x100000001b3`;
//! - `uniform` is [`parlab_shared::draw::uniform`]: the first output of SplitMix64 for that seed, its upper 53 bits as
//!   a number in 0..1.
//!
//! The latency is `MIN + draw(latency) × (MAX − MIN)`. A request fails if `draw(fail) < PROBABILITY`. Whoever asks
//! again with the same seed, path and task meets the same fate; another task draws anew.

use std::time::Duration;

use parlab_shared::draw;
use serde::Serialize;

/// The most milliseconds that a latency may have: ten minutes.
pub const MAX_LATENCY_MS: u32 = 600_000;

/// How long a stalled answer is kept open at most.
pub const STALL: Duration = Duration::from_secs(120);

/// What a request's draws depend on.
#[derive(Clone, Copy, Debug)]
pub struct Draws<'a> {
    /// The seed.
    pub seed: u64,
    /// The path as it was sent, without the query.
    pub path: &'a str,
    /// The label of the task; empty if there is none.
    pub task: &'a str,
}

/// The time before the head of an answer, uniform between two bounds in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Latency {
    /// The least.
    pub min_ms: u32,
    /// The most.
    pub max_ms: u32,
}

/// What goes wrong, and how often.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Failure {
    /// What.
    pub kind: FailureKind,
    /// How probably, from 0 to 1.
    pub probability: f64,
}

/// What can go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FailureKind {
    /// The status is 500.
    Status,
    /// The connection ends after half of the body.
    Cut,
    /// Half of the body, then nothing for [`STALL`], then the connection ends.
    Stall,
    /// What comes is no HTTP, and the connection ends.
    Garbage,
    /// A redirect (307) to the same address, again and again; its parameter `hop` counts.
    Redirect,
}

impl FailureKind {
    /// All of them.
    pub const ALL: [FailureKind; 5] = [Self::Status, Self::Cut, Self::Stall, Self::Garbage, Self::Redirect];

    /// Its name in URLs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Cut => "cut",
            Self::Stall => "stall",
            Self::Garbage => "garbage",
            Self::Redirect => "redirect",
        }
    }
}

impl Draws<'_> {
    /// One draw, uniform in 0..1.
    fn draw(&self, what: &str) -> f64 {
        let Self { seed, path, task } = self;
        draw::uniform(fnv1a64(format!("{seed}\n{path}\n{task}\n{what}").as_bytes()), 0)
    }

    /// How long this request waits.
    pub fn latency(&self, latency: Latency) -> Duration {
        let Latency { min_ms, max_ms } = latency;
        // Most requests wait for a fixed time or not at all: nothing to draw.
        let drawn = if min_ms == max_ms { 0.0 } else { self.draw("latency") * f64::from(max_ms - min_ms) };
        Duration::from_secs_f64((f64::from(min_ms) + drawn) / 1e3)
    }

    /// What goes wrong with this request, if anything.
    pub fn failure(&self, failure: Option<Failure>) -> Option<FailureKind> {
        failure.filter(|failure| self.draw("fail") < failure.probability).map(|failure| failure.kind)
    }
}

/// FNV-1a, 64 bits.
pub fn fnv1a64(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draws<'a>(path: &'a str, task: &'a str) -> Draws<'a> {
        Draws { seed: 1, path, task }
    }

    #[test]
    fn hashes_are_the_published_ones() {
        assert_eq!(fnv1a64(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a64(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv1a64(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn draws_are_what_the_formula_says() {
        // Computed with another implementation, in Python.
        assert_eq!(draws("/target/bytes/10", "").draw("latency"), 0.807_894_454_156_014_1);
        assert_eq!(draws("/target/bytes/10", "7").draw("fail"), 0.082_549_617_400_222_49);
    }

    #[test]
    fn latencies_are_uniform_between_their_bounds() {
        let latency = Latency { min_ms: 100, max_ms: 300 };
        let drawn: Vec<f64> = (0..10_000)
            .map(|task| draws("/target/echo", &task.to_string()).latency(latency).as_secs_f64() * 1e3)
            .collect();
        assert!(drawn.iter().all(|ms| (100.0..=300.0).contains(ms)));
        let mean = drawn.iter().sum::<f64>() / 1e4;
        // Five standard errors: 200 / sqrt(12) / sqrt(10,000) = 0.58.
        assert!((mean - 200.0).abs() < 3.0, "{mean}");
        let fixed = Latency { min_ms: 290, max_ms: 290 };
        assert_eq!(draws("/x", "1").latency(fixed), Duration::from_millis(290));
    }

    #[test]
    fn failures_come_as_often_as_asked() {
        let count = |probability| {
            let failure = Some(Failure { kind: FailureKind::Cut, probability });
            (0..10_000).filter(|task| draws("/target/echo", &task.to_string()).failure(failure).is_some()).count()
        };
        assert_eq!(count(0.0), 0);
        assert_eq!(count(1.0), 10_000);
        assert!(count(0.2).abs_diff(2000) < 200, "{}", count(0.2));
        assert_eq!(draws("/x", "").failure(None), None);
    }
}
