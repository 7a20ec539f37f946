//! Children that somebody has stopped, and how long they are waited for.

use std::time::Duration;

use tokio::process::Child;

/// How long a child may be stopped before it is given up.
const LIMIT_S: u32 = if cfg!(test) { 2 } else { 10 };
/// How often is looked.
const LOOK: Duration = Duration::from_secs(1);

/// Returns when a child was stopped (as by SIGSTOP) for too long, and says so; never, as long as it works, however long
/// that takes.
pub async fn for_too_long(child: &Child) -> String {
    let mut stopped_s = 0;
    while stopped_s < LIMIT_S {
        // Counted in steps of its own: a machine that slept, or a parent that was stopped itself, gives nobody up.
        tokio::time::sleep(LOOK).await;
        stopped_s = if is_stopped(child) { stopped_s + 1 } else { 0 };
    }
    format!("was stopped for {LIMIT_S} s, and given up")
}

/// Whether a child is stopped, where the system tells.
#[cfg(unix)]
fn is_stopped(child: &Child) -> bool {
    use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
    let pid = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    // What is only looked at stays to be seen by whoever waits for its end.
    let look = WaitIdOptions::STOPPED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    let seen = pid.and_then(|pid| waitid(WaitId::Pid(pid), look).ok().flatten());
    seen.is_some_and(|status| status.stopped())
}

#[cfg(not(unix))]
fn is_stopped(_: &Child) -> bool {
    false
}
