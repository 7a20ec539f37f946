//! What this machine is.

use parlab_shared::report::Environment;
use sysinfo::{CpuRefreshKind, RefreshKind, System};

use crate::clock::Clock;

/// Looks around. What the system does not tell is `None`.
pub fn look() -> Environment {
    let system = System::new_with_specifics(RefreshKind::nothing().with_cpu(CpuRefreshKind::nothing())).ok();
    let brand = system.and_then(|system| system.cpus().first().map(|cpu| cpu.brand().trim().to_owned()));
    Environment {
        os: System::long_os_version().unwrap_or_else(|_| std::env::consts::OS.to_owned()),
        arch: std::env::consts::ARCH.to_owned(),
        cpu: brand.filter(|brand| !brand.is_empty()),
        cores: std::thread::available_parallelism().map_or(1, |cores| cores.get() as u32),
        clock_step_ms: Clock::step_ms(),
        load_before: System::load_average().ok().map(|load| load.one),
        browser: None,
        cross_origin_isolated: None,
        python: None,
    }
}
