//! What this machine is, and what else it is doing.

mod cpu_quota;
mod file_system;

use std::thread;
use std::time::Duration;

use parlab_shared::report::Environment;
use sysinfo::{CpuRefreshKind, RefreshKind, System};

use crate::clock::Clock;
use crate::run_folder::RunFolder;

pub use cpu_quota::CpuQuota;

/// For how long it is looked who else uses the cores: the kernel counts their time in hundredths of a second.
const SAMPLE: Duration = Duration::from_millis(300);

/// Looks around. What the system does not tell is `None`.
pub fn look() -> Environment {
    let cpus = RefreshKind::nothing().with_cpu(CpuRefreshKind::nothing().with_usage());
    let mut system = System::new_with_specifics(cpus).ok();
    // This program sleeps meanwhile: what the cores do, they do for others.
    thread::sleep(SAMPLE);
    let busy_cores = system.as_mut().map(|system| {
        system.refresh_cpu_usage();
        system.cpus().iter().map(|cpu| f64::from(cpu.usage()) / 100.0).sum()
    });
    let brand = system.and_then(|system| system.cpus().first().map(|cpu| cpu.brand().trim().to_owned()));
    let quota = CpuQuota::find();
    Environment {
        os: System::long_os_version().unwrap_or_else(|_| std::env::consts::OS.to_owned()),
        arch: std::env::consts::ARCH.to_owned(),
        cpu: brand.filter(|brand| !brand.is_empty()),
        cores: cores(),
        parallel_speed: None,
        cpu_quota: quota.cores(),
        throttled: None,
        clock_step_ms: Clock::step_ms(),
        load_before: System::load_average().ok().map(|load| load.one),
        busy_cores,
        file_system: file_system::of(&RunFolder::parent()),
        browser: None,
        cross_origin_isolated: None,
        http: None,
        python: None,
        target_in_browser: false,
    }
}

/// Logical cores that this program may run on, whatever its quota: `available_parallelism` counts the quota too, and has
/// no halves.
fn cores() -> u32 {
    let all = thread::available_parallelism().map_or(1, |cores| cores.get() as u32);
    #[cfg(target_os = "linux")]
    let all = allowed().unwrap_or(all);
    all
}

/// The cores that the kernel lets this program run on.
#[cfg(target_os = "linux")]
fn allowed() -> Option<u32> {
    let status = procfs::process::Process::myself().and_then(|process| process.status()).ok()?;
    let ranges = status.cpus_allowed_list?;
    Some(ranges.iter().map(|(first, last)| last - first + 1).sum())
}
