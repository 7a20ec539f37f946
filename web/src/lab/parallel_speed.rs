//! How many times as much as one worker as many workers as a browser names cores compute at once.
//!
//! Whatever else a machine does only ever takes something away: of several rounds the best counts. One that shows what the
//! browser says is enough. Where it is less, other programs may be the cause, and rounds are repeated at other times.

/// So large a part of the cores that are named is all of them: they share caches, and a clock that slows down.
const ALL: f64 = 0.85;
/// How long it is waited before rounds begin, in milliseconds: the first time until what a page loads is there.
const PAUSES_MS: [f64; 3] = [1_000.0, 4_000.0, 16_000.0];
/// So many rounds are made each time, if they do not show all cores before.
const ROUNDS: u32 = 6;
/// The most cores that are measured: for more it would take long to make the workers.
const CORES_MAX: u32 = 64;

/// What was seen so far.
#[derive(Clone, Copy, Debug)]
pub struct ParallelSpeed {
    cores: u32,
    /// How often it was looked.
    looks: usize,
    rounds: u32,
    /// The most that one worker computed in a round.
    of_one: f64,
    /// The most that all computed together in a round.
    of_all: f64,
}

impl ParallelSpeed {
    /// Nothing, of a browser that names so many cores.
    pub fn of(cores: u32) -> Self {
        Self { cores, looks: 0, rounds: 0, of_one: 0.0, of_all: 0.0 }
    }

    /// How many cores the browser names.
    pub fn cores(&self) -> u32 {
        self.cores
    }

    /// How long to wait until it is looked again; `None` if enough is known.
    pub fn pause_ms(&self) -> Option<f64> {
        let is_open = (2..=CORES_MAX).contains(&self.cores) && !self.is_all();
        PAUSES_MS.get(self.looks).copied().filter(|_| is_open)
    }

    /// Takes down what one worker computed in a round, and what all did. Returns whether this look is over.
    pub fn add(&mut self, of_one: f64, of_all: f64) -> bool {
        self.of_one = self.of_one.max(of_one);
        self.of_all = self.of_all.max(of_all);
        self.rounds += 1;
        let is_over = self.is_all() || self.rounds == ROUNDS;
        if is_over {
            self.end();
        }
        is_over
    }

    /// Ends a look, however far it came.
    pub fn end(&mut self) {
        (self.looks, self.rounds) = (self.looks + 1, 0);
    }

    /// The speed, if anything was seen.
    pub fn value(&self) -> Option<f64> {
        (self.of_one > 0.0).then(|| self.of_all / self.of_one)
    }

    fn is_all(&self) -> bool {
        self.value().is_some_and(|speed| speed >= ALL * f64::from(self.cores))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A machine with so many cores, some of which others keep busy in a round: what one worker computes there, and what as
    /// many do together as are named. Whoever computes has an equal share.
    fn round(named: u32, cores: f64, others: f64) -> (f64, f64) {
        let had = |workers: f64| workers * (cores / (workers + others)).min(1.0);
        (had(1.0), had(named.into()))
    }

    /// Looks for as long as it is worth it. Returns the speed and the rounds that it took.
    fn looked(named: u32, cores: f64, mut others: impl FnMut(usize) -> f64) -> (f64, usize) {
        let (mut speed, mut rounds) = (ParallelSpeed::of(named), 0);
        while speed.pause_ms().is_some() {
            loop {
                let (of_one, of_all) = round(named, cores, others(rounds));
                rounds += 1;
                if speed.add(of_one, of_all) {
                    break;
                }
            }
        }
        (speed.value().expect("a speed"), rounds)
    }

    #[test]
    fn a_browser_that_says_what_is_so_is_looked_at_once() {
        assert_eq!(looked(4, 4.0, |_| 0.0), (4.0, 1));
        // Not that many cores for any of its workers.
        assert_eq!((looked(8, 7.0, |_| 0.0)), (7.0, 1));
    }

    #[test]
    fn cores_that_are_not_there_are_looked_for_at_several_times() {
        assert_eq!(looked(4, 2.0, |_| 0.0), (2.0, 18));
        assert_eq!(looked(2, 1.0, |_| 0.0), (1.0, 18));
    }

    #[test]
    fn other_programs_do_no_harm_if_they_stop_for_a_round() {
        let busy_at_first = |round| if round < 9 { 3.0 } else { 0.0 };
        assert_eq!(looked(2, 2.0, busy_at_first), (2.0, 10));
        assert_eq!(looked(4, 2.0, busy_at_first).0, 2.0);
    }

    #[test]
    fn other_programs_that_never_stop_leave_more_than_half_of_what_there_is() {
        for named in [2, 4, 8, 16] {
            for others in 1..64 {
                let (speed, _) = looked(named, named.into(), |_| others.into());
                assert!(speed > f64::from(named) / 2.0, "{named} cores beside {others}: {speed}");
            }
        }
    }

    #[test]
    fn what_cannot_be_measured_is_not_looked_at() {
        for cores in [0, 1, 65] {
            assert_eq!(ParallelSpeed::of(cores).pause_ms(), None);
        }
        let mut interrupted = ParallelSpeed::of(2);
        let pauses = std::iter::from_fn(|| {
            let pause_ms = interrupted.pause_ms()?;
            interrupted.end();
            Some(pause_ms)
        });
        assert_eq!(pauses.collect::<Vec<_>>(), PAUSES_MS);
        assert_eq!(interrupted.value(), None);
    }
}
