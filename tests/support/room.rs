//! A place of its own for a parlab, whose processes and files can be told from all others.
#![cfg(target_os = "linux")]

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use procfs::process::{Process, all_processes};

use super::parlab::parlab;

/// A folder for all files of a parlab and what it starts. Its name is in their environment, too: it tells them from all
/// other processes.
pub struct Room(tempfile::TempDir);

impl Room {
    /// One with nothing in it.
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    /// Where its files lie.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// `parlab doctor --json` in this room.
    pub fn doctor(&self) -> Command {
        let mut command = self.parlab();
        command.args(["doctor", "--json"]);
        command
    }

    /// `parlab` in this room.
    pub fn parlab(&self) -> Command {
        let mut command = parlab();
        command.env("TMPDIR", self.path());
        command
    }

    /// The same where nothing is installed.
    pub fn bare(&self) -> Command {
        let mut command = self.doctor();
        command.env("PATH", "/nonexistent").env("HOME", "/nonexistent");
        command
    }

    /// The processes of this room, by their names: those whose temporary files lie here.
    pub fn processes(&self) -> Vec<String> {
        let is_ours = |process: &Process| {
            let folder = process.environ().ok().and_then(|variables| variables.get(OsStr::new("TMPDIR")).cloned());
            folder.is_some_and(|folder| Path::new(&folder).starts_with(self.path()))
        };
        let all = all_processes().expect("there are processes").flatten();
        all.filter(is_ours).filter_map(|process| Some(process.stat().ok()?.comm)).collect()
    }

    /// Asserts that nothing runs or lies here any more.
    #[track_caller]
    pub fn is_left_empty(&self) {
        assert_eq!(self.processes(), [] as [&str; 0]);
        let left: Vec<_> = fs::read_dir(self.path()).expect("a folder").flatten().map(|entry| entry.path()).collect();
        assert_eq!(left, [] as [PathBuf; 0]);
    }

    /// A program of our own.
    pub fn program(&self, name: &str, script: &str) -> PathBuf {
        let folder = self.path().join("programs");
        fs::create_dir_all(&folder).expect("a folder");
        let path = folder.join(name);
        fs::write(&path, script).expect("a file");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a program");
        path
    }
}

/// Every process that was seen below another one, by its number and the time at which it began. Not all of them can be
/// found by their environment: Chromium's overwrite it with their names.
#[derive(Default)]
pub struct Seen(BTreeMap<(i32, u64), String>);

impl Seen {
    /// Looks once more, and returns the names of those that are there.
    pub fn look(&mut self, child: &Child) -> Vec<String> {
        let stats = all_processes().expect("there are processes").flatten().filter_map(|process| process.stat().ok());
        let stats: Vec<_> = stats.collect();
        let mut names = Vec::new();
        let mut below = vec![i32::try_from(child.id()).expect("a number")];
        let mut next = 0;
        while let Some(parent) = below.get(next).copied() {
            for stat in stats.iter().filter(|stat| stat.ppid == parent) {
                below.push(stat.pid);
                self.0.insert((stat.pid, stat.starttime), stat.comm.clone());
                names.push(stat.comm.clone());
            }
            next += 1;
        }
        names
    }

    /// The names of all that were ever seen.
    pub fn names(&self) -> impl Iterator<Item = &String> {
        self.0.values()
    }

    /// Those of them that are there still.
    pub fn left(&self) -> Vec<&String> {
        let lives = |pid: i32, began: u64| {
            let stat = Process::new(pid).and_then(|process| process.stat());
            stat.is_ok_and(|stat| stat.starttime == began && stat.state != 'Z')
        };
        self.0.iter().filter(|((pid, began), _)| lives(*pid, *began)).map(|(_, name)| name).collect()
    }
}
