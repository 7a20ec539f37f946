//! How much of the cores' time this program may use: the quota of its control groups, which containers and services have.
//!
//! <https://docs.kernel.org/admin-guide/cgroup-v2.html> and, for version 1,
//! <https://docs.kernel.org/scheduler/sched-bwc.html>.

use std::fs;
use std::path::{Component, Path, PathBuf};

use parlab_shared::report::Throttled;

/// The control groups that this program belongs to, and what they had counted when they were found.
#[derive(Clone, Debug)]
pub struct CpuQuota {
    groups: Vec<Group>,
    counted: Throttled,
}

/// A control group, by its folder; each lies in the one that it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Group {
    folder: PathBuf,
    version: Version,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Version {
    V1,
    V2,
}

impl CpuQuota {
    /// Finds the groups of this program; none, where the system has no such thing.
    pub fn find() -> Self {
        Self::of(own_groups())
    }

    fn of(groups: Vec<Group>) -> Self {
        let counted = groups.iter().filter_map(Group::throttled).fold(NEVER, add);
        Self { groups, counted }
    }

    /// The quota in cores, if there is one: the smallest one that holds.
    pub fn cores(&self) -> Option<f64> {
        self.groups.iter().filter_map(Group::quota).min_by(f64::total_cmp)
    }

    /// How often it held this program back since it was found; nothing, if there is no quota.
    pub fn throttled(&self) -> Option<Throttled> {
        self.cores()?;
        let now = self.groups.iter().filter_map(Group::throttled).fold(NEVER, add);
        let periods = now.periods.saturating_sub(self.counted.periods);
        Some(Throttled { periods, ms: (now.ms - self.counted.ms).max(0.0) })
    }
}

const NEVER: Throttled = Throttled { periods: 0, ms: 0.0 };

fn add(sum: Throttled, more: Throttled) -> Throttled {
    Throttled { periods: sum.periods + more.periods, ms: sum.ms + more.ms }
}

impl Group {
    /// Its own quota in cores.
    fn quota(&self) -> Option<f64> {
        let read = |name| fs::read_to_string(self.folder.join(name)).ok();
        let (quota_us, period_us) = match self.version {
            Version::V1 => (read("cpu.cfs_quota_us")?, read("cpu.cfs_period_us")?),
            Version::V2 => {
                let both = read("cpu.max")?;
                let (quota_us, period_us) = both.split_once(' ')?;
                (quota_us.to_owned(), period_us.to_owned())
            }
        };
        // No quota is `-1` in one version, `max` in the other.
        let (quota_us, period_us): (f64, f64) = (quota_us.trim().parse().ok()?, period_us.trim().parse().ok()?);
        (quota_us > 0.0 && period_us > 0.0).then_some(quota_us / period_us)
    }

    /// How often its quota held back whoever is in it, since it was made.
    fn throttled(&self) -> Option<Throttled> {
        let counters = fs::read_to_string(self.folder.join("cpu.stat")).ok()?;
        let counter = |name| {
            let mut counters = counters.lines().filter_map(|line| line.split_once(' '));
            counters.find(|(known, _)| *known == name).and_then(|(_, value)| value.trim().parse::<u64>().ok())
        };
        let ms = match self.version {
            Version::V1 => counter("throttled_time").map(|ns| ns as f64 / 1e6),
            Version::V2 => counter("throttled_usec").map(|us| us as f64 / 1e3),
        };
        Some(Throttled { periods: counter("nr_throttled")?, ms: ms? })
    }
}

/// A group and all that it lies in, up to where its kind is mounted. `path` is what the program knows it as, `root` what
/// of that is mounted at `mounted_at`: in a container it is the group itself, or lies outside of what can be seen.
fn up_from(mounted_at: &Path, root: &str, path: &str, version: Version) -> Vec<Group> {
    let below = Path::new(path).strip_prefix(root).unwrap_or(Path::new(""));
    let mut parts = below.components().peekable();
    let is_below = parts.peek().is_some() && parts.all(|part| matches!(part, Component::Normal(_)));
    let own = if is_below { mounted_at.join(below) } else { mounted_at.to_owned() };
    let all = own.ancestors().take_while(|folder| folder.starts_with(mounted_at));
    all.map(|folder| Group { folder: folder.to_owned(), version }).collect()
}

#[cfg(target_os = "linux")]
fn own_groups() -> Vec<Group> {
    use procfs::process::{MountInfo, Process};
    let Ok(process) = Process::myself() else { return Vec::new() };
    let (Ok(memberships), Ok(mounts)) = (process.cgroups(), process.mountinfo()) else { return Vec::new() };
    let groups = memberships.0.iter().flat_map(|membership| {
        let version = if membership.hierarchy == 0 { Version::V2 } else { Version::V1 };
        let has_cpu = version == Version::V2 || membership.controllers.iter().any(|name| name == "cpu");
        let is_its_own = |mount: &&MountInfo| match version {
            Version::V1 => mount.fs_type == "cgroup" && mount.super_options.contains_key("cpu"),
            Version::V2 => mount.fs_type == "cgroup2",
        };
        let mount = mounts.0.iter().find(is_its_own).filter(|_| has_cpu);
        mount.map(|mount| up_from(&mount.mount_point, &mount.root, &membership.pathname, version)).unwrap_or_default()
    });
    groups.collect()
}

#[cfg(not(target_os = "linux"))]
fn own_groups() -> Vec<Group> {
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Groups in a folder with these files, the last one being the program's own.
    fn groups(version: Version, files: &[(&str, &str)]) -> (tempfile::TempDir, CpuQuota) {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(path, text).expect("a file");
        }
        let quota = CpuQuota::of(up_from(folder.path(), "/", "/pod/own", version));
        (folder, quota)
    }

    #[test]
    fn half_a_core_and_one_and_a_half_are_not_the_same() {
        let check = |version, files: &[(&str, &str)], expected| {
            let (_folder, quota) = groups(version, files);
            assert_eq!(quota.cores(), expected);
        };
        check(Version::V2, &[("pod/own/cpu.max", "50000 100000\n")], Some(0.5));
        check(Version::V2, &[("pod/own/cpu.max", "150000 100000\n")], Some(1.5));
        check(Version::V2, &[("pod/own/cpu.max", "max 100000\n"), ("pod/cpu.max", "20000 10000\n")], Some(2.0));
        check(Version::V2, &[("pod/own/cpu.max", "300000 100000\n"), ("cpu.max", "100000 100000\n")], Some(1.0));
        check(Version::V2, &[("pod/own/cpu.max", "max 100000\n")], None);
        check(Version::V2, &[], None);
        let v1 = |quota| [("pod/own/cpu.cfs_quota_us", quota), ("pod/own/cpu.cfs_period_us", "100000\n")];
        check(Version::V1, &v1("50000\n"), Some(0.5));
        check(Version::V1, &v1("150000\n"), Some(1.5));
        check(Version::V1, &v1("-1\n"), None);
    }

    #[test]
    fn only_what_was_held_back_since_is_counted() {
        let before = "nr_periods 9\nnr_throttled 4\nthrottled_usec 2000\n";
        let (folder, quota) = groups(Version::V2, &[("pod/own/cpu.max", "50000 100000"), ("pod/own/cpu.stat", before)]);
        assert_eq!(quota.throttled(), Some(Throttled { periods: 0, ms: 0.0 }));
        let after = "nr_periods 20\nnr_throttled 11\nthrottled_usec 52500\n";
        fs::write(folder.path().join("pod/own/cpu.stat"), after).expect("a file");
        assert_eq!(quota.throttled(), Some(Throttled { periods: 7, ms: 50.5 }));
        let (_folder, free) = groups(Version::V2, &[("pod/own/cpu.stat", before)]);
        assert_eq!(free.throttled(), None);
    }

    #[test]
    fn a_group_is_found_where_its_kind_is_mounted() {
        let folders = |root, path| {
            let groups = up_from(Path::new("/sys/fs/cgroup"), root, path, Version::V2);
            groups.iter().map(|group| group.folder.display().to_string()).collect::<Vec<_>>()
        };
        assert_eq!(folders("/", "/"), ["/sys/fs/cgroup"]);
        assert_eq!(folders("/", "/a/b"), ["/sys/fs/cgroup/a/b", "/sys/fs/cgroup/a", "/sys/fs/cgroup"]);
        // A container sees its own group only, or hears of a place outside of what it sees.
        assert_eq!(folders("/docker/1", "/docker/1"), ["/sys/fs/cgroup"]);
        assert_eq!(folders("/docker/1", "/elsewhere"), ["/sys/fs/cgroup"]);
        assert_eq!(folders("/", "/../b"), ["/sys/fs/cgroup"]);
    }
}
