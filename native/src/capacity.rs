//! Whether this machine can carry a plan out: its memory and its disk, held against what the plan takes at least.

use std::path::Path;

use anyhow::bail;
use parlab_shared::measure::PairPlan;
use parlab_shared::number::Bytes;
use parlab_shared::strategy::{Platform, Strategy};
use sysinfo::{MemoryRefreshKind, ProcessRefreshKind, ProcessesToUpdate, RefreshKind, System, get_current_pid};

use crate::run_folder::RunFolder;

/// What a span takes in memory, with its phases. An upper estimate: a run of 7.5 million spans without phases held 138 bytes
/// for each, and the text of a report is written piece by piece.
const SPAN_BYTES: u64 = 700;
/// What a task takes while its run is on: it is handed out, has its place on the board, and leaves a span. An upper estimate:
/// tasks that compute took 250, requests 850.
const TASK_BYTES: u64 = 1000;
/// What a worker takes: a thread with its stack and event loop (50 KB were seen of tasks that wait), a process of this
/// program, one of Python. Upper estimates.
const THREAD_BYTES: u64 = 200 << 10;
const PROCESS_BYTES: u64 = 6 << 20;
const PYTHON_BYTES: u64 = 12 << 20;

/// Refuses a plan for which there is too little memory, or disk.
///
/// # Errors
/// Names what it needs, what there is, and what to do.
pub fn check(plan: &PairPlan) -> anyhow::Result<()> {
    let folder = RunFolder::parent();
    held_against(plan, free_memory(), free_bytes(&folder), &folder)
}

/// The memory that this program can have: what the machine has free, and what the limits of its control groups leave of
/// that, which containers and services have. `None`, where the system tells neither.
fn free_memory() -> Option<u64> {
    let memory = RefreshKind::nothing().with_memory(MemoryRefreshKind::nothing().with_ram());
    let mut system = System::new_with_specifics(memory).ok()?;
    // Zero is what systems say that do not tell.
    let of_machine = Some(system.available_memory()).filter(|bytes| *bytes > 0);
    let own = get_current_pid().ok()?;
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[own]), false, ProcessRefreshKind::nothing());
    let limits = system.process(own).and_then(|process| process.cgroup_limits());
    smaller(of_machine, limits.map(|limits| (limits.total_memory, limits.rss)))
}

/// Lets this process have as much memory as is free now, and not more: one that asks for more ends, instead of whatever else
/// the system would end for it. It leaves no image of its memory behind.
pub fn limit_own_memory() {
    #[cfg(unix)]
    {
        use nix::sys::resource::{Resource, getrlimit, setrlimit};
        let limit = |resource, most: u64| {
            // Where that cannot be had, the system ends who takes too much.
            if let Ok((_, hard)) = getrlimit(resource) {
                _ = setrlimit(resource, most.min(hard), hard);
            }
        };
        if let Some(free) = free_memory() {
            limit(Resource::RLIMIT_DATA, free);
        }
        limit(Resource::RLIMIT_CORE, 0);
    }
}

/// What is free of the machine's memory and within a control group's limit, of which so much is taken. What files take there
/// is given back when it is needed.
fn smaller(of_machine: Option<u64>, of_group: Option<(u64, u64)>) -> Option<u64> {
    let of_group = of_group.map(|(limit, taken)| limit.saturating_sub(taken));
    of_machine.into_iter().chain(of_group).min()
}

fn held_against(plan: &PairPlan, memory: Option<u64>, disk: Option<u64>, folder: &Path) -> anyhow::Result<()> {
    let estimate = plan.estimate();
    let runs = plan.plan.rows().flat_map(|row| plan.on(row).into_iter().map(move |part| (row, part)));
    let of_workers = runs.map(|(row, part)| {
        let bytes = match (row.strategy, plan.parts[part].platform) {
            (Strategy::Sequential | Strategy::Async, _) => 0,
            (Strategy::Threads, _) => THREAD_BYTES,
            (Strategy::Processes, Platform::Python) => PYTHON_BYTES,
            (Strategy::Processes, _) => PROCESS_BYTES,
        };
        u64::from(row.workers) * bytes
    });
    let needed = estimate.spans * SPAN_BYTES + estimate.tasks_of_run * TASK_BYTES + of_workers.max().unwrap_or(0);
    if let Some(available) = memory.filter(|available| needed > *available) {
        bail!(
            "this takes about {} of memory (the spans of {} tasks in all runs, {} tasks at once, and the workers), and {} are \
             free: ask for fewer tasks, runs, rows or workers",
            Bytes(needed),
            estimate.spans,
            estimate.tasks_of_run,
            Bytes(available)
        );
    }
    if let Some(free) = disk.filter(|free| estimate.disk_bytes > *free) {
        bail!(
            "the files of a run take {}, and {} are free in {}: ask for fewer tasks or a smaller size, or name a folder with \
             more room (TMPDIR)",
            Bytes(estimate.disk_bytes),
            Bytes(free),
            folder.display()
        );
    }
    Ok(())
}

/// What is free on the disk of a folder.
#[cfg(unix)]
fn free_bytes(folder: &Path) -> Option<u64> {
    let about = rustix::fs::statvfs(folder).ok()?;
    Some(about.f_bavail.saturating_mul(about.f_frsize))
}

#[cfg(not(unix))]
fn free_bytes(_: &Path) -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use parlab_shared::measure::Request;

    use super::*;

    #[track_caller]
    fn check(pairs: &[(&str, &str)], memory: u64, disk: u64, expected: Option<&str>) {
        let mut request = Request::default();
        pairs.iter().for_each(|(key, value)| request.set(key, value).expect("a value"));
        let plan = PairPlan::alone(request.plan(Platform::Native).expect("a plan"), Platform::Native);
        let result = held_against(&plan, Some(memory), Some(disk), Path::new("/files"));
        match (result, expected) {
            (Ok(()), None) => {}
            (Err(error), Some(expected)) => assert!(error.to_string().contains(expected), "{error}"),
            (result, expected) => panic!("{result:?} instead of {expected:?}"),
        }
    }

    #[test]
    fn a_containers_memory_counts_where_it_is_less_than_the_machines() {
        assert_eq!(smaller(Some(64), Some((8, 3))), Some(5));
        assert_eq!(smaller(Some(4), Some((8, 3))), Some(4));
        assert_eq!(smaller(None, Some((8, 9))), Some(0));
        assert_eq!((smaller(Some(64), None), smaller(None, None)), (Some(64), None));
        if cfg!(target_os = "linux") {
            assert!(free_memory().is_some_and(|bytes| bytes > 0), "this program runs");
        }
    }

    #[test]
    fn what_the_machine_has_no_room_for_is_refused_beforehand() {
        const GB: u64 = 1_000_000_000;
        let write = [("run", "write"), ("tasks", "100000"), ("size", "2000000000"), ("runs", "1")];
        let large = "the files of a run take 200000.0 GB, and 30.0 GB are free in /files: ask for fewer tasks";
        check(&write, 64 * GB, 30 * GB, Some(large));
        check(&[("run", "write"), ("tasks", "4"), ("size", "1000")], GB, GB, None);
        let spans = [("run", "count"), ("strategy", "threads"), ("workers", "2"), ("tasks", "50000"), ("runs", "750")];
        check(&spans, 2 * GB, GB, Some("of memory"));
        check(&spans, 24 * GB, GB, None);
        let processes = [("run", "count"), ("strategy", "processes"), ("workers", "1024"), ("runs", "1")];
        check(&processes, 2 * GB, GB, Some("this takes about "));
        check(&processes, 24 * GB, GB, None);
    }
}
