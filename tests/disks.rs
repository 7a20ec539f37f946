//! Disks that are full, become full, or cannot be written to: real ones, small, in memory.
#![cfg(target_os = "linux")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use parlab_shared::report::{Report, load};
use parlab_shared::span::ErrorKind;

use crate::support::parlab::{parlab, text};

/// Has a shell do something in a folder whose folder `disk` is a disk of 4 MB that nobody else sees; `$P` is parlab there.
#[track_caller]
fn with_disk(folder: &Path, script: &str) -> Output {
    fs::create_dir(folder.join("disk")).expect("a folder");
    // Whoever is not root may be in a place of its own.
    let user: &[&str] = if fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0) {
        &[]
    } else {
        &["--user", "--map-root-user"]
    };
    let script = format!("mount -t tmpfs -o size=4m none disk || exit 99; {script}");
    let mut command = Command::new("unshare");
    command.args(user).args(["--mount", "bash", "-c", &script]).current_dir(folder);
    command.env("P", parlab().get_program()).env("TMPDIR", folder).env_remove("RUST_BACKTRACE");
    let output = command.output().expect("there is unshare, of util-linux");
    assert_ne!(output.status.code(), Some(99), "nothing can be mounted here: {}", text(&output.stderr));
    output
}

fn read(path: &Path) -> Report {
    let bytes = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    load(&bytes).expect("a report").remove(0)
}

#[test]
fn a_disk_that_becomes_full_fails_tasks_and_loses_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    // It is filled as soon as the first runs are saved, and again whenever a task's file gives room back. All those files are
    // smaller (8 x 0.1 MB) than the report of all runs (2 MB), which therefore finds no room, whenever it was filled last.
    let script = "(until test -e over || grep -q wall_ms disk/r.json; do sleep 0.02; done
            until test -e over; do dd if=/dev/zero bs=4k >> disk/fill; sleep 0.01; done) 2> /dev/null &
        TMPDIR=$PWD/disk HOME=$PWD $P run write -n 8 --size 100000 -s threads -w 2 --runs 1000 --warmup 0 --json disk/r.json
        code=$?; touch over; wait; cp disk/r.json before.json; exit $code";
    let output = with_disk(here, script);
    let (printed, said) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(2), "{said}");
    // What was written before is whole.
    let before = read(&here.join("before.json"));
    assert!(before.cancelled && !before.runs.is_empty());
    // What was measured is where there is room, and whoever reads hears where.
    let (_, path) = said.split_once("what was measured is in ").unwrap_or_else(|| panic!("{said}"));
    let path = path.split_once(" instead").expect("a path").0;
    let report = read(Path::new(path));
    assert!(!report.cancelled && report.runs.len() == 1000 && path.starts_with(here.to_str().expect("a path")));
    let errors = report.runs.iter().flat_map(|run| &run.spans).filter_map(|span| span.error.as_ref());
    let kinds: Vec<ErrorKind> = errors.map(|error| error.kind).collect();
    assert!(!kinds.is_empty() && kinds.iter().all(|kind| *kind == ErrorKind::DiskFull), "{kinds:?}");
    // All failed alike, which is one line.
    let lines = printed.lines().filter(|line| line.contains("No space left on device"));
    assert_eq!(lines.count(), 1, "{printed}");
}

#[test]
fn what_does_not_fit_or_cannot_be_written_is_refused_before_anything_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = "run write -n 8 --size 200000 -s threads -w 2 --runs 2 --warmup 0";
    let script = format!(
        "TMPDIR=$PWD/disk $P {run} --size 1000000; echo \"$?\" >> codes
        echo kept > disk/r.html; dd if=/dev/zero of=disk/fill bs=4k 2> /dev/null
        $P {run} --json disk/r.json; echo \"$?\" >> codes
        $P {run} --html disk/r.html; echo \"$?\" >> codes; rm disk/fill
        mount -o remount,ro disk
        $P {run} --json disk/r.json; echo \"$?\" >> codes
        TMPDIR=$PWD/disk $P {run}; echo \"$?\" >> codes
        cat disk/r.html; ls disk"
    );
    let output = with_disk(folder.path(), &script);
    let said = text(&output.stderr);
    let codes = fs::read_to_string(folder.path().join("codes")).expect("a file");
    assert_eq!(codes, "2\n2\n2\n2\n2\n", "{said}");
    assert_eq!(text(&output.stdout), "kept\nr.html\n", "{said}");
    for reason in ["4.2 MB are free in ", "No space left on device", "Read-only file system"] {
        assert!(said.contains(reason), "{reason:?} is not in\n{said}");
    }
}

#[test]
fn a_site_without_room_is_refused_and_can_be_written_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = "$P site disk/site; code=$?; find disk/site -name '*.partial'; mount -o remount,size=64m disk && $P site disk/site > said
        mount -o remount,ro disk; $P site disk/other; exit $code";
    let output = with_disk(folder.path(), script);
    let (printed, said) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("the site cannot be written to disk/site: No space left on device"), "{said}");
    assert!(said.contains("; make room there, or name another place"), "{said}");
    assert!(said.contains("the site cannot be written to disk/other: Read-only file system"), "{said}");
    assert_eq!(printed, "", "half a file is left");
    let again = fs::read_to_string(folder.path().join("said")).expect("it was written then");
    assert!(again.starts_with("The site is in disk/site: "), "{again}");
}
