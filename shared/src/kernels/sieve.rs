//! `sieve`: prime numbers, which the cache limits.

use parlab_work::{Sizes, Task, Workload};

/// Numbers in a part: so many bytes fit into the first cache of all processors of today.
const PART: usize = 1 << 15;
/// Primes whose multiples are crossed out between two looks at whether somebody still waits.
const PRIMES: usize = 8;

/// Crosses out multiples, a byte per number: over all numbers at once, which do not fit into the cache, or part by part.
pub struct Sieve;

/// Which numbers are crossed out; and the primes up to the root.
pub struct Numbers {
    crossed_out: Vec<u8>,
    primes: Vec<usize>,
}

impl Workload for Sieve {
    const NAME: &'static str = "sieve";
    const ABOUT: &'static str = "find all primes below a number";
    const SIZE: &'static str = "the number";
    const SIZES: Sizes = Sizes { smoke: 100_000, lab: 16_000_000, most: 1 << 28 };
    const METHODS: &'static [&'static str] = &["whole", "parts"];

    type Input = Numbers;

    fn setup(task: &Task<'_>) -> Numbers {
        let below = task.size as usize;
        let primes = small_primes(below.isqrt() + 1);
        Numbers { crossed_out: vec![0; if task.method == 0 { below } else { PART.min(below) }], primes }
    }

    fn routine(numbers: &mut Numbers, task: &Task<'_>) -> u64 {
        let Numbers { crossed_out, primes } = numbers;
        let below = task.size as usize;
        let part = crossed_out.len();
        let mut found = 0;
        for from in (0..below).step_by(part.max(1)) {
            let crossed_out = &mut crossed_out[..part.min(below - from)];
            crossed_out.fill(0);
            // A part is small; all at once takes a while.
            for primes in primes.chunks(if task.method == 0 { PRIMES } else { usize::MAX }) {
                if task.is_cancelled() {
                    return 0;
                }
                primes.iter().for_each(|prime| cross_out(crossed_out, from, *prime));
            }
            found += crossed_out.iter().filter(|crossed_out| **crossed_out == 0).count() as u64;
            // Neither 0 nor 1 is a prime.
            found -= if from == 0 { 2.min(crossed_out.len() as u64) } else { 0 };
        }
        // Another task finds the same: its number makes the result its own.
        found << 20 ^ u64::from(task.id)
    }
}

/// Crosses out the multiples of a prime, from its square on, among the numbers that begin with `from`.
#[inline(never)]
fn cross_out(numbers: &mut [u8], from: usize, prime: usize) {
    let first = (prime * prime).max(from.div_ceil(prime) * prime);
    numbers.iter_mut().skip(first - from).step_by(prime).for_each(|number| *number = 1);
}

/// The primes below a small number.
fn small_primes(below: usize) -> Vec<usize> {
    let mut crossed_out = vec![0; below];
    let mut primes = Vec::new();
    for number in 2..below {
        if crossed_out[number] == 0 {
            primes.push(number);
            cross_out(&mut crossed_out, 0, number);
        }
    }
    primes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_primes_as_there_are() {
        for method in 0..Sieve::METHODS.len() {
            for (below, primes) in [(10, 4), (100, 25), (100_000, 9592), (1_000_000, 78_498)] {
                let task = Task::new(0, below).by(method);
                assert_eq!(Sieve::routine(&mut Sieve::setup(&task), &task) >> 20, primes, "below {below}");
            }
        }
    }
}
