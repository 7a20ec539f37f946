//! What this process uses besides time, as the system tells.

#[cfg(unix)]
use std::sync::{Mutex, PoisonError};

use parlab_shared::costs::Costs;

/// Counts what this process uses, with its children that have ended: from one look to the next, and to the first one from when
/// the process began.
#[derive(Debug, Default)]
pub struct Meter {
    #[cfg(unix)]
    last: Mutex<Reading>,
}

impl Meter {
    /// What was used since the last look. Takes some microseconds.
    #[cfg(unix)]
    pub fn take(&self) -> Costs {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(now) = Reading::now() else { return Costs::default() };
        // How time is split is corrected afterwards by some systems.
        let since = u64::saturating_sub;
        let costs = Costs {
            user_ms: Some(since(now.user_us, last.user_us) as f64 / 1e3),
            system_ms: Some(since(now.system_us, last.system_us) as f64 / 1e3),
            peak_memory_bytes: peak_memory_bytes(),
            peak_since_start: !last.peak_is_forgotten,
            voluntary_switches: Some(since(now.voluntary_switches, last.voluntary_switches)),
            involuntary_switches: Some(since(now.involuntary_switches, last.involuntary_switches)),
            wasm_memory_bytes: None,
        };
        // To look is no part of what follows.
        let peak_is_forgotten = forget_peak();
        *last = Reading { peak_is_forgotten, ..Reading::now().unwrap_or(now) };
        costs
    }

    /// This system tells nothing.
    #[cfg(not(unix))]
    pub fn take(&self) -> Costs {
        Costs::default()
    }
}

/// What this process and its children that ended have used since they began.
#[cfg(unix)]
#[derive(Clone, Copy, Debug, Default)]
struct Reading {
    user_us: u64,
    system_us: u64,
    voluntary_switches: u64,
    involuntary_switches: u64,
    /// The most memory that was resident is since this reading.
    peak_is_forgotten: bool,
}

#[cfg(unix)]
impl Reading {
    fn now() -> Option<Self> {
        use nix::sys::resource::{UsageWho, getrusage};
        use nix::sys::time::TimeValLike;

        /// None of them is ever negative.
        fn count(count: impl TryInto<u64>) -> u64 {
            count.try_into().unwrap_or_default()
        }

        let mut all = Self::default();
        for who in [UsageWho::RUSAGE_SELF, UsageWho::RUSAGE_CHILDREN] {
            let usage = getrusage(who).ok()?;
            all.user_us += count(usage.user_time().num_microseconds());
            all.system_us += count(usage.system_time().num_microseconds());
            all.voluntary_switches += count(usage.voluntary_context_switches());
            all.involuntary_switches += count(usage.involuntary_context_switches());
        }
        Some(all)
    }
}

/// The most memory that was resident: since [`forget_peak`], if that says so, or else since the process began.
#[cfg(target_os = "linux")]
fn peak_memory_bytes() -> Option<u64> {
    let status = procfs::process::Process::myself().and_then(|process| process.status());
    // What it names kB are 1024 bytes.
    status.ok()?.vmhwm.map(|kib| kib * 1024)
}

#[cfg(all(unix, not(target_os = "linux")))]
fn peak_memory_bytes() -> Option<u64> {
    let usage = nix::sys::resource::getrusage(nix::sys::resource::UsageWho::RUSAGE_SELF).ok()?;
    let unit = if cfg!(target_vendor = "apple") { 1 } else { 1024 };
    u64::try_from(usage.max_rss()).ok().map(|most| most * unit)
}

/// Has the system begin anew with the most memory that was resident; whether it does.
#[cfg(unix)]
fn forget_peak() -> bool {
    // `5` means that: see proc_pid_clear_refs(5).
    cfg!(target_os = "linux") && std::fs::write("/proc/self/clear_refs", "5").is_ok()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_peak_is_of_the_time_since_the_last_look() {
        const BYTES: usize = 200 << 20;
        let (meter, fresh) = (Meter::default(), Meter::default());
        assert!(meter.take().peak_since_start);
        drop(std::hint::black_box(vec![1_u8; BYTES]));
        let with = meter.take();
        assert!(!with.peak_since_start && with.peak_memory_bytes >= Some(BYTES as u64), "{with:?}");
        // Others test in this process meanwhile; none of them holds so much.
        let without = meter.take();
        assert!(without.peak_memory_bytes < Some(BYTES as u64), "{without:?}");
        assert!(fresh.take().cpu_ms() >= with.cpu_ms(), "all that the process did");
    }
}
