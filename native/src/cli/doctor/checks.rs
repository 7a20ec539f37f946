//! The checks of the machine. A check says what there is; where that spoils measurements, also what it means for them, and
//! what helps. None costs noteworthy time: they precede measurements, too.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use parlab_shared::number::{Counted, Time};
use parlab_shared::report::{Environment, Tool};
use parlab_shared::text::sentence;
use sysinfo::System;

use crate::program;
use crate::run_folder::RunFolder;
use crate::{open_files, server};

/// A check.
pub struct Check {
    /// What is looked at.
    pub name: &'static str,
    /// Looks at it; nothing is found where there is no such thing.
    pub look: fn(&Environment) -> Option<Finding>,
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What there is.
    pub found: String,
    /// What is wrong with that.
    pub doubt: Option<Doubt>,
}

/// What is wrong with something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// What it means for measurements.
    pub means: String,
    /// What helps.
    pub fix: String,
}

/// All of them.
pub const CHECKS: &[Check] = &[
    Check { name: "cores", look: cores },
    Check { name: "SMT", look: smt },
    Check { name: "quota", look: quota },
    Check { name: "frequency governor", look: governor },
    Check { name: "other programs", look: busy },
    Check { name: "clock", look: clock },
    Check { name: "folder for files", look: space },
    Check { name: "open files", look: files },
    Check { name: "shared memory", look: shared_memory },
    Check { name: "build", look: build },
];

/// Others use the machine if they use more than this share of its cores' time.
const BUSY_SHARE: f64 = 0.1;
/// A clock with a larger step than this leaves short tasks unmeasured, in milliseconds.
const STEP_MAX_MS: f64 = 0.001;
/// What the largest of the experiments write, with as much again to spare, in bytes.
const SPACE_MIN: u64 = 2_000_000_000;
/// A thousand connections at once, and what else is open.
const FILES_MIN: usize = 2048;
/// Browsers share memory among their processes there; containers have 64 MB if nobody says otherwise.
const SHARED_MEMORY: &str = "/dev/shm";
/// Less than this and Chromium's tabs crash, in bytes.
const SHARED_MEMORY_MIN: u64 = 256_000_000;

impl Finding {
    /// That all is well with something.
    pub fn fine(found: impl Into<String>) -> Self {
        Self { found: found.into(), doubt: None }
    }

    /// That something spoils measurements.
    pub fn doubtful(found: impl Into<String>, means: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { found: found.into(), doubt: Some(Doubt { means: means.into(), fix: fix.into() }) }
    }

    /// What is wrong, in sentences.
    pub fn said(&self, name: &str) -> Option<String> {
        let Doubt { means, fix } = self.doubt.as_ref()?;
        Some(format!("{name}: {}. {means}. {}", self.found, sentence(fix)))
    }
}

fn cores(environment: &Environment) -> Option<Finding> {
    let physical = System::physical_core_count().ok().and_then(|cores| u32::try_from(cores).ok());
    Some(judge_cores(environment.cores, physical))
}

fn judge_cores(logical: u32, physical: Option<u32>) -> Finding {
    let said = Counted(logical.into(), "logical core").to_string();
    match physical {
        _ if logical < 2 => Finding::doubtful(
            said,
            "Nothing runs in parallel on a single core, so that every speed-up is 1 at most",
            "allow more cores (taskset, the container's or the machine's settings)",
        ),
        Some(physical) if physical < logical => Finding::doubtful(
            format!("{said}, two or more of which are a core: {physical} cores"),
            format!("More than {physical} workers that compute share cores, and gain little from it"),
            format!(
                "ask for up to {physical} workers, or switch it off: as root, echo off > /sys/devices/system/cpu/smt/control"
            ),
        ),
        _ => Finding::fine(said),
    }
}

/// What is found where the system says nothing of a matter, as in most virtual machines.
const NOT_TOLD: &str = "not told by this system";

/// Whether two logical cores share one.
fn smt(_: &Environment) -> Option<Finding> {
    let read = |name: &str| fs::read_to_string(Path::new("/sys/devices/system/cpu/smt").join(name)).ok();
    Some(Finding::fine(judge_smt(read("control").as_deref(), read("active").as_deref())))
}

/// What that means for workers, stands beside the cores.
fn judge_smt(control: Option<&str>, active: Option<&str>) -> &'static str {
    match (control.map(str::trim), active.map(str::trim)) {
        (_, Some("1")) => "on: two or more logical cores share a core",
        (Some("notsupported" | "notimplemented"), _) => "none that this system tells of",
        (_, Some("0")) => "off: each logical core is a core",
        _ => NOT_TOLD,
    }
}

fn quota(environment: &Environment) -> Option<Finding> {
    let Some(quota) = environment.cpu_quota else { return Some(Finding::fine("none")) };
    let found = format!("{quota:.2} of {}", Counted(environment.cores.into(), "core"));
    Some(if quota < f64::from(environment.cores) {
        Finding::doubtful(
            found,
            "What computes for longer than its share is held back in the middle of runs, which makes them slow and uneven",
            "raise the quota (cpu.max, docker --cpus, a pod's limit), or ask for as many workers as it has room for",
        )
    } else {
        Finding::fine(found)
    })
}

fn governor(_: &Environment) -> Option<Finding> {
    let folders = fs::read_dir("/sys/devices/system/cpu").into_iter().flatten().flatten();
    let read = |folder: fs::DirEntry| fs::read_to_string(folder.path().join("cpufreq/scaling_governor")).ok();
    Some(judge_governors(&folders.filter_map(read).map(|governor| governor.trim().to_owned()).collect()))
}

fn judge_governors(governors: &BTreeSet<String>) -> Finding {
    let said = governors.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    if governors.is_empty() {
        Finding::fine(NOT_TOLD)
    } else if governors.iter().all(|governor| governor == "performance") {
        Finding::fine(said)
    } else {
        Finding::doubtful(
            said,
            "Cores change their speed with what they have to do: short runs, and the first ones, come out slow",
            "as root: cpupower frequency-set -g performance",
        )
    }
}

fn busy(environment: &Environment) -> Option<Finding> {
    let busy = environment.busy_cores?;
    let load = environment.load_before.map_or_else(String::new, |load| format!(", load {load:.2}"));
    let found = format!("use {busy:.1} of {}{load}", Counted(environment.cores.into(), "core"));
    Some(if busy > BUSY_SHARE * f64::from(environment.cores) {
        Finding::doubtful(found, "They slow down whatever is measured meanwhile, and unevenly", "close them")
    } else {
        Finding::fine(found)
    })
}

fn clock(environment: &Environment) -> Option<Finding> {
    let source = fs::read_to_string("/sys/devices/system/clocksource/clocksource0/current_clocksource").ok();
    let source = source.map_or_else(String::new, |source| format!(" ({})", source.trim()));
    let found = format!("steps by {}{source}", Time(environment.clock_step_ms));
    Some(if environment.clock_step_ms > STEP_MAX_MS {
        Finding::doubtful(
            found,
            "Tasks that are not much longer than a step are measured badly",
            "choose another source of the system's clock (tsc, kvm-clock), or sizes whose tasks take longer",
        )
    } else {
        Finding::fine(found)
    })
}

fn space(environment: &Environment) -> Option<Finding> {
    let folder = RunFolder::parent();
    let free = free_bytes(&folder);
    let system = environment.file_system.as_ref().map_or_else(String::new, |system| format!(" on {system}"));
    let room = free.map_or_else(String::new, |free| format!(", {} MB free", free / 1_000_000));
    let found = format!("{}{system}{room}", folder.display());
    Some(if free.is_some_and(|free| free < SPACE_MIN) {
        Finding::doubtful(
            found,
            "Experiments that write files may find no room, and disks that are nearly full are slow",
            "free some, or name another folder with TMPDIR",
        )
    } else if environment.files_lie_in_memory() {
        Finding::doubtful(
            found,
            "Files are written to memory: their times say nothing of disks",
            "name a folder on a disk with TMPDIR",
        )
    } else {
        Finding::fine(found)
    })
}

fn files(_: &Environment) -> Option<Finding> {
    let limit = open_files::limit()?;
    let found = format!("{limit} at once in a process");
    Some(if limit < FILES_MIN {
        Finding::doubtful(
            found,
            "Rows with many connections or workers at once are refused",
            "raise the limit: ulimit -n, as root above ulimit -Hn",
        )
    } else {
        Finding::fine(found)
    })
}

fn shared_memory(_: &Environment) -> Option<Finding> {
    let bytes = total_bytes(Path::new(SHARED_MEMORY))?;
    let found = format!("{} MB in {SHARED_MEMORY}", bytes / 1_000_000);
    Some(if bytes < SHARED_MEMORY_MIN {
        Finding::doubtful(
            found,
            "Browsers run out of it, and tabs crash",
            "give the container more: docker run --shm-size=1g",
        )
    } else {
        Finding::fine(found)
    })
}

fn build(_: &Environment) -> Option<Finding> {
    let id = program::build();
    let binary = Tool::this(id).build;
    Some(match (server::page_is_of(id.unwrap_or_default()), id) {
        (None, _) => Finding::doubtful(
            format!("{binary}, without the page"),
            "Nothing can be measured in browsers",
            "build it with cargo lab, which builds the page, too",
        ),
        (Some(true), Some(_)) => Finding::fine(format!("{binary}, binary and page")),
        (Some(_), None) => Finding::doubtful(
            format!("{binary}, it is not known of which build the binary is"),
            "Whether binary and page do the same work is not known",
            "build both at once with cargo lab",
        ),
        (Some(false), Some(_)) => Finding::doubtful(
            format!("{binary}, the page is of another build"),
            "Binary and page may do different work, and pairs of both are refused",
            "build both at once with cargo lab",
        ),
    })
}

/// How much room there is in a folder for whoever runs this, in bytes.
fn free_bytes(folder: &Path) -> Option<u64> {
    #[cfg(unix)]
    let bytes = rustix::fs::statvfs(folder).ok().map(|room| room.f_bavail * room.f_frsize);
    #[cfg(not(unix))]
    let bytes = {
        _ = folder;
        None
    };
    bytes
}

/// How large the file system of a folder is, in bytes.
fn total_bytes(folder: &Path) -> Option<u64> {
    #[cfg(unix)]
    let bytes = rustix::fs::statvfs(folder).ok().map(|room| room.f_blocks * room.f_frsize);
    #[cfg(not(unix))]
    let bytes = {
        _ = folder;
        None
    };
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn here() -> Environment {
        Environment {
            cores: 4,
            cpu_quota: None,
            busy_cores: Some(0.1),
            clock_step_ms: 2e-5,
            ..crate::environment::look()
        }
    }

    #[track_caller]
    fn check(finding: Option<Finding>, found: &str, fix: Option<&str>) {
        let finding = finding.expect("a finding");
        assert!(finding.found.contains(found), "{finding:?}");
        let said = finding.doubt.map(|doubt| doubt.fix);
        assert_eq!(said.is_some(), fix.is_some(), "{said:?}");
        assert!(said.is_none_or(|said| said.contains(fix.unwrap_or_default())));
    }

    #[test]
    fn a_doubt_comes_with_what_helps() {
        check(quota(&here()), "none", None);
        check(quota(&Environment { cpu_quota: Some(1.5), ..here() }), "1.50 of 4 cores", Some("raise the quota"));
        check(quota(&Environment { cpu_quota: Some(4.0), ..here() }), "4.00 of 4 cores", None);
        check(busy(&here()), "use 0.1 of 4 cores", None);
        check(busy(&Environment { busy_cores: Some(1.0), ..here() }), "use 1.0 of 4 cores", Some("close them"));
        check(clock(&here()), "steps by", None);
        check(clock(&Environment { clock_step_ms: 1.0, ..here() }), "steps by 1", Some("another source"));
        check(Some(judge_cores(4, Some(4))), "4 logical cores", None);
        check(Some(judge_cores(4, None)), "4 logical cores", None);
        check(Some(judge_cores(4, Some(2))), "2 cores", Some("up to 2 workers"));
        check(Some(judge_cores(1, Some(1))), "1 logical core", Some("allow more cores"));
        let governors = |names: &[&str]| Some(judge_governors(&names.iter().map(|name| (*name).to_owned()).collect()));
        check(governors(&["performance"]), "performance", None);
        check(governors(&["performance", "powersave"]), "performance, powersave", Some("cpupower"));
        check(governors(&[]), "not told by this system", None);
        let smt = |control, active| Some(Finding::fine(judge_smt(control, active)));
        check(smt(None, None), "not told by this system", None);
        check(smt(Some("on\n"), Some("1\n")), "on: two or more", None);
        check(smt(Some("off\n"), Some("0\n")), "off: each", None);
        check(smt(Some("notsupported\n"), Some("0\n")), "none that this system tells of", None);
        check(space(&Environment { file_system: Some("tmpfs".to_owned()), ..here() }), "tmpfs", Some("TMPDIR"));
    }

    #[test]
    fn what_is_said_names_the_matter() {
        let finding = Finding::doubtful("2 of 4", "It is slow", "do something");
        assert_eq!(finding.said("quota").as_deref(), Some("quota: 2 of 4. It is slow. Do something."));
        assert_eq!(Finding::fine("none").said("quota"), None);
    }
}
