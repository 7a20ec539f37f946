//! What a run costs besides time.

use serde::{Deserialize, Serialize};

/// What a run used besides time, from handing over the first task until the last result was back, as far as its platform
/// tells: `None`, or `null`, is what it does not.
///
/// Natively that is what parlab's process used with all of its threads, those that draw progress included, and its worker
/// processes; in Python what Python's did, and its worker processes. The target server is a process of its own, and left out.
/// Of workers that were made before, what that took is left out; of those that are made for a task or a wave it is part of the
/// run, as it is of its time. A browser tells of memory alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Costs {
    /// CPU time that the program's own code had, in milliseconds, added up over cores. How CPU time is split into user and
    /// system time is sampled by most systems, some hundred times a second: of short runs the sum is known better.
    pub user_ms: Option<f64>,
    /// CPU time that the system had on the program's behalf, in milliseconds, added up over cores.
    pub system_ms: Option<f64>,
    /// The most memory that was resident, in bytes: the program's as a whole, with what it had before. Of several processes it
    /// is the sum of what each had at most; what they share counts in each of them. Unknown where processes ended in the run.
    pub peak_memory_bytes: Option<u64>,
    /// That is since the process began, and may be of an earlier run: this system does not forget it.
    pub peak_since_start: bool,
    /// How often a thread gave its core up, because it had to wait: voluntary context switches.
    pub voluntary_switches: Option<u64>,
    /// How often the system took a core from a thread that wanted to go on: involuntary context switches.
    pub involuntary_switches: Option<u64>,
    /// How large the WebAssembly memories of the lab's workers were at the end of the run, in bytes, those together that each
    /// have their own. They never shrink, so that this is the most. Unknown where workers with their own ended in the run.
    pub wasm_memory_bytes: Option<u64>,
}

impl Costs {
    /// Of workers that ended in the run: whoever made them has their CPU time, and nobody knows their memory any more.
    pub const OF_ENDED_WORKERS: Self = Self {
        user_ms: Some(0.0),
        system_ms: Some(0.0),
        peak_memory_bytes: None,
        peak_since_start: false,
        voluntary_switches: Some(0),
        involuntary_switches: Some(0),
        wasm_memory_bytes: None,
    };

    /// Both together. What is not known of one of them is not known.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        fn sum<T: std::ops::Add<Output = T>>(a: Option<T>, b: Option<T>) -> Option<T> {
            a.zip(b).map(|(a, b)| a + b)
        }
        Self {
            user_ms: sum(self.user_ms, other.user_ms),
            system_ms: sum(self.system_ms, other.system_ms),
            peak_memory_bytes: sum(self.peak_memory_bytes, other.peak_memory_bytes),
            peak_since_start: self.peak_since_start || other.peak_since_start,
            voluntary_switches: sum(self.voluntary_switches, other.voluntary_switches),
            involuntary_switches: sum(self.involuntary_switches, other.involuntary_switches),
            wasm_memory_bytes: sum(self.wasm_memory_bytes, other.wasm_memory_bytes),
        }
    }

    /// User and system time together, in milliseconds.
    pub fn cpu_ms(&self) -> Option<f64> {
        Some(self.user_ms? + self.system_ms?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NATIVE: Costs = Costs {
        user_ms: Some(2.0),
        system_ms: Some(0.5),
        peak_memory_bytes: Some(1000),
        peak_since_start: false,
        voluntary_switches: Some(3),
        involuntary_switches: Some(1),
        wasm_memory_bytes: None,
    };

    #[test]
    fn costs_of_several_processes_are_added_up() {
        let both = NATIVE.with(Costs { user_ms: Some(1.0), peak_since_start: true, ..NATIVE });
        let expected = Costs {
            user_ms: Some(3.0),
            system_ms: Some(1.0),
            peak_memory_bytes: Some(2000),
            peak_since_start: true,
            voluntary_switches: Some(6),
            involuntary_switches: Some(2),
            wasm_memory_bytes: None,
        };
        assert_eq!((both, both.cpu_ms()), (expected, Some(4.0)));
        let ended = NATIVE.with(Costs::OF_ENDED_WORKERS);
        assert_eq!(ended, Costs { peak_memory_bytes: None, ..NATIVE });
        assert_eq!(NATIVE.with(Costs::default()), Costs::default());
    }
}
