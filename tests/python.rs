//! Platform `python`: the same results and failures as natively, whatever happens to the process that runs them, and the
//! script of its own.

mod addresses;
mod answers;
mod deaths;
mod interpreter;
#[cfg(unix)]
mod other_pythons;
mod rows;
mod script;
mod sources;

use std::path::PathBuf;

use parlab_shared::strategy::Platform;

use crate::support::parlab::report;
use crate::support::results::{EVERY, ONCE, results};

/// The repository's script, to be run by Python.
fn script() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../baselines/python/parlab.py")
}

/// A folder with a file in it.
#[cfg(unix)]
fn folder_with(name: &str, content: &str) -> tempfile::TempDir {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    std::fs::write(&path, content).expect("a file");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("a program");
    folder
}

/// Runs an experiment natively and in Python under every strategy, and checks that all runs have the same results.
#[track_caller]
fn check_same(args: &[&str]) {
    check_same_under(args, &EVERY);
}

/// The same under some strategies.
#[track_caller]
fn check_same_under(args: &[&str], strategies: &[&[&str]]) {
    let smoke = ["--scale", "smoke"];
    let expected = report(&[args, &["-s", "sequential"], &smoke, &ONCE].concat());
    let expected = results(&expected.runs[0]);
    assert!(!expected.is_empty());
    for some in strategies {
        let report = report(&[args, some, &smoke, &ONCE, &["--platform", "python"]].concat());
        assert_eq!(report.platform, Platform::Python);
        assert!(!report.runs.is_empty());
        for run in &report.runs {
            let errors: Vec<_> = run.spans.iter().filter_map(|span| span.error.as_ref()).collect();
            let row = format!("{args:?}: {} × {} {}", run.row.strategy, run.row.workers, run.row.dispatch);
            assert_eq!(results(run), expected, "{row}: {errors:?}");
            assert!(run.spans.iter().all(|span| span.worker < run.row.workers), "{row}");
        }
    }
}
