//! How many files and connections a process may have open at once, and how many a plan needs.

use anyhow::bail;
use parlab_shared::label::RowLabel;
use parlab_shared::measure::Plan;
use parlab_shared::row::Row;
use parlab_shared::strategy::{Mechanism, Platform};

/// What a process has open besides what its workers have: streams, files that reports go to, an event loop and its pipes,
/// the pipes to the target. Measured, with room for a few more.
const BASE: usize = 20;
/// What Python has open besides, and what tells it of runs: pipes, boards, a module that is read. Measured, with room for a few
/// more.
const PER_PYTHON: usize = 8;
/// With fewer than this, browsers and their drivers do not start, and say something else.
const BROWSER: usize = 1024;
/// What the event loop of a thread has open: two epolls, its waker, its way to hear of signals. Measured.
const PER_LOOP: usize = 4;
/// What a worker process takes in its parent: two pipes, and what tells of its end.
const PER_PROCESS: usize = 3;

/// Lets this process, and those that it starts, have as many files open as the system lets it choose.
pub fn raise_limit() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
        // Where that is refused, as for "unlimited" on macOS, what was allowed before stays, and the plan is held against it.
        _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    }
}

/// Refuses a plan of which a row needs more open files than a process may have.
///
/// # Errors
/// Names the row, what it needs, what there is, and what to do.
pub fn check(plan: &Plan, platform: Platform) -> anyhow::Result<()> {
    let Some(limit) = limit() else { return Ok(()) };
    for row in plan.rows() {
        let base = if platform == Platform::Python { BASE + PER_PYTHON } else { BASE };
        let needed = base + needed(plan, row, platform);
        if needed > limit {
            let label = RowLabel::of(row);
            bail!(
                "{label} may have {needed} files and connections open at once, and a process here {limit} at most: use fewer \
                 workers, or raise the limit (`ulimit -n {needed}`, as root above `ulimit -Hn`)"
            );
        }
    }
    Ok(())
}

/// Why a browser may not open, whatever it says itself, if it is that processes here may have too few files open; and what
/// helps.
pub fn too_few_for_browsers() -> Option<(String, String)> {
    let limit = limit().filter(|limit| *limit < BROWSER)?;
    Some((
        format!("a process here may have {limit} files open at once, and browsers need {BROWSER} or more"),
        format!("raise the limit: ulimit -n {BROWSER}, as root above ulimit -Hn"),
    ))
}

/// How many files this process may have open; `None` if nothing limits it.
pub fn limit() -> Option<usize> {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, getrlimit};
        getrlimit(Resource::Nofile).current.and_then(|limit| usize::try_from(limit).ok())
    }
    #[cfg(not(unix))]
    {
        None
    }
}

/// The most that a row's workers have open in one process: this one, Python, or the target.
fn needed(plan: &Plan, row: &Row, platform: Platform) -> usize {
    let at_once = row.strategy.tasks_at_once(row.workers);
    let per_task = plan.run(row, 0, false).waves().next(&[]).unwrap_or_default();
    let per_task = per_task.iter().map(|task| task.work.open_files()).max().unwrap_or(0);
    let Ok(mechanism) = row.mechanism(platform) else { return 0 };
    let per_worker = match mechanism {
        Mechanism::OsThreads if platform == Platform::Native => PER_LOOP + per_task,
        // What its tasks have open is open in the child; the target has a connection to each.
        Mechanism::ChildProcesses | Mechanism::ProcessPoolExecutor | Mechanism::MultiprocessingPool => PER_PROCESS,
        Mechanism::RayonPool => 0,
        Mechanism::EventLoop => return at_once.min(row.workload.tasks()) as usize * per_task,
        _ => per_task,
    };
    at_once as usize * per_worker
}
