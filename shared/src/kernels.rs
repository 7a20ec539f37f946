//! parlab's own kernels: each shows another limit of processors, memories and compilers.
//!
//! They are written as everybody's own work is, against the crate `parlab-work`: the same code on both sides, in chunks that
//! a cancel can come between, without allocation where that is not what is measured.

mod allocate;
pub(crate) mod contend;
mod json;
mod matmul;
mod nbody;
mod sha256;
mod sieve;
mod sort;
mod triad;

use parlab_work::Entry;

/// Every one of them, in the order in which they are shown.
pub static ALL: &[Entry] = &[
    Entry::of::<matmul::Matmul>(),
    Entry::of::<nbody::Nbody>(),
    Entry::of::<sha256::Sha256>(),
    Entry::of::<sieve::Sieve>(),
    Entry::of::<triad::Triad>(),
    Entry::of::<sort::Sort>(),
    Entry::of::<json::Json>(),
    Entry::of::<contend::Contend>(),
    Entry::of::<allocate::Allocate>(),
];

/// A number that looks drawn by chance, for inputs: the same everywhere. Source: SplitMix64 (Steele, Lea, Flood 2014).
fn mixed(number: u64) -> u64 {
    let mut z = number.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A number from 0 to 1 that looks drawn by chance.
fn fraction(number: u64) -> f64 {
    (mixed(number) >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use parlab_work::Task;

    use super::*;

    #[test]
    fn a_result_is_the_same_whatever_the_worker_did_before() {
        for kernel in ALL {
            for method in 0..kernel.methods.len().max(1) {
                let task = |id| Task::new(id, kernel.sizes.smoke).by(method);
                let mut input = kernel.setup(&task(0));
                let mut run = |id| kernel.routine(&mut input, &task(id)).expect("its own input");
                let (first, second) = (run(0), run(1));
                assert_eq!([run(1), run(0)], [second, first], "{} by method {method}", kernel.name);
                let mut fresh = kernel.setup(&task(0));
                assert_eq!(kernel.routine(&mut fresh, &task(1)), Ok(second), "{} by method {method}", kernel.name);
            }
        }
    }

    #[test]
    fn all_methods_come_to_the_same() {
        for kernel in ALL {
            let result = |method| {
                let task = Task::new(3, kernel.sizes.smoke).by(method);
                kernel.routine(&mut kernel.setup(&task), &task).expect("its own input")
            };
            for method in 1..kernel.methods.len() {
                assert_eq!(result(method), result(0), "{} by {}", kernel.name, kernel.methods[method]);
            }
        }
    }

    #[test]
    fn another_size_has_another_result() {
        for kernel in ALL {
            let result = |size| {
                let task = Task::new(0, size);
                kernel.routine(&mut kernel.setup(&task), &task).expect("its own input")
            };
            assert_ne!(result(kernel.sizes.smoke), result(kernel.sizes.smoke / 2), "{}", kernel.name);
        }
    }

    #[test]
    fn a_cancelled_task_ends_early() {
        use std::cell::Cell;
        for kernel in ALL {
            // So many looks, and then nobody waits any more.
            let looks = Cell::new(0_u64);
            let is_cancelled = || {
                looks.set(looks.get() + 1);
                looks.get() > 1
            };
            let task = Task::new(0, kernel.sizes.lab);
            let mut input = kernel.setup(&task);
            assert!(kernel.routine(&mut input, &task.until(&is_cancelled)).is_ok());
            assert_eq!(looks.get(), 2, "{} goes on", kernel.name);
        }
    }
}
