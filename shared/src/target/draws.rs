//! Delays and faults, drawn so that every platform meets the same ones, in whatever order it asks.
//!
//! A draw depends on nothing but the request: `draw(what) = uniform(fnv1a64("SEED\nPATH\nTASK\nWHAT"), 0)`, where
//!
//! - SEED and TASK are parameters (by default `1` and nothing), PATH is the URL's path as it was sent, from `/target`
//!   on and without the query, and WHAT is `latency` or `fail`;
//! - `fnv1a64` is FNV-1a (<http://www.isthe.com/chongo/tech/comp/fnv/>) over those bytes: from 0xcbf29ce484222325, for
//!   each byte `hash = (hash ^ byte) * 0x100000001b3`;
//! - `uniform` is [`crate::draw::uniform`]: the first output of SplitMix64 for that seed, its upper 53 bits as
//!   a number in 0..1.
//!
//! The latency is `MIN + draw(latency) × (MAX − MIN)`. A request fails if `draw(fail) < PROBABILITY`. Whoever asks
//! again with the same seed, path and task meets the same fate; another task draws anew.

use super::{Fault, FaultKind, Latency};
use crate::draw;

/// The seed of a request that names none.
pub const SEED: u64 = 1;

/// What a request's draws depend on.
#[derive(Clone, Copy, Debug)]
pub struct Draws<'a> {
    /// What all delays and faults are drawn with.
    pub seed: u64,
    /// The path as it was sent, without the query.
    pub path: &'a str,
    /// The label of the task; empty if there is none.
    pub task: &'a str,
}

impl<'a> Draws<'a> {
    /// The draws of a request to an address with a query, as tasks send it.
    pub fn of_url(url: &'a str) -> Option<Self> {
        let (address, query) = url.split_once('?')?;
        let value = |name: &str| {
            query
                .split('&')
                .filter_map(|pair| pair.split_once('='))
                .find(|(known, _)| *known == name)
                .map(|(_, value)| value)
        };
        let seed = value("seed").map_or(Some(SEED), |seed| seed.parse().ok())?;
        Some(Self { seed, path: &address[address.rfind("/target/")?..], task: value("task").unwrap_or_default() })
    }

    /// One draw, uniform in 0..1.
    fn draw(&self, what: &str) -> f64 {
        let Self { seed, path, task } = self;
        draw::uniform(fnv1a64(format!("{seed}\n{path}\n{task}\n{what}").as_bytes()), 0)
    }

    /// How long this request waits, in milliseconds.
    pub fn latency_ms(&self, latency: Latency) -> f64 {
        let (min_ms, max_ms) = (latency.min_ms(), latency.max_ms());
        // Most requests wait for a fixed time or not at all: nothing to draw.
        let drawn_ms = if min_ms == max_ms { 0.0 } else { self.draw("latency") * (max_ms - min_ms) };
        min_ms + drawn_ms
    }

    /// What goes wrong with this request, if anything.
    pub fn fault(&self, fault: Fault) -> Option<FaultKind> {
        (!fault.is_none() && self.draw("fail") < fault.probability()).then(|| fault.kind())
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
    fn a_url_says_what_its_draws_depend_on() {
        let of =
            |url| Draws::of_url(url).map(|draws: Draws<'_>| (draws.seed, draws.path.to_owned(), draws.task.to_owned()));
        let expected = Some((7, "/target/page/3".to_owned(), "12".to_owned()));
        assert_eq!(of("http://127.0.0.1:80/lab/target/page/3?pages=2&seed=7&task=12&latency=1-2"), expected);
        assert_eq!(of("/target/echo?latency=1"), Some((SEED, "/target/echo".to_owned(), String::new())));
        assert_eq!(
            (of("http://example.org/?seed=1"), of("/target/echo"), of("/target/echo?seed=x")),
            (None, None, None)
        );
    }

    #[test]
    fn latencies_are_uniform_between_their_bounds() {
        let latency: Latency = "100-300".parse().expect("a latency");
        let drawn: Vec<f64> =
            (0..10_000).map(|task| draws("/target/echo", &task.to_string()).latency_ms(latency)).collect();
        assert!(drawn.iter().all(|ms| (100.0..=300.0).contains(ms)));
        let mean = drawn.iter().sum::<f64>() / 1e4;
        // Five standard errors: 200 / sqrt(12) / sqrt(10,000) = 0.58.
        assert!((mean - 200.0).abs() < 3.0, "{mean}");
        let fixed = |text: &str| draws("/x", "1").latency_ms(text.parse().expect("a latency"));
        assert_eq!((fixed("290"), fixed("0.5")), (290.0, 0.5));
    }

    #[test]
    fn faults_come_as_often_as_asked() {
        let count = |probability: f64| {
            let fault = format!("cut:{probability}").parse().expect("a fault");
            (0..10_000).filter(|task| draws("/target/echo", &task.to_string()).fault(fault).is_some()).count()
        };
        assert_eq!(count(0.0), 0);
        assert_eq!(count(1.0), 10_000);
        assert!(count(0.2).abs_diff(2000) < 200, "{}", count(0.2));
        assert_eq!(draws("/x", "").fault(Fault::default()), None);
    }
}
