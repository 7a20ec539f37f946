//! Which Python runs, and how a user has set it up.

use std::path::PathBuf;
use std::process::Command;

use super::folder_with;
use crate::schema::check_valid;
use crate::support::parlab::{parlab, report, text};

#[test]
fn a_report_says_which_python_ran() {
    let report = report(&["sum", "-n", "2", "--size", "1000", "--platform", "python"]);
    let python = report.environment.python.as_ref().expect("a Python");
    assert!(python.version.starts_with("3.") && !python.implementation.is_empty(), "{python:?}");
    check_valid(&report.to_json());
}

/// Runs `parlab run sum --platform python` with a choice of Python and checks that it cannot, and what it says.
#[track_caller]
fn check_no_python(choice: &str, expected: &str) {
    let output = parlab().args(["run", "sum", "--platform", "python"]).env("PARLAB_PYTHON", choice).output();
    let output = output.expect("parlab runs");
    let complaint = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{complaint}");
    assert!(complaint.contains(expected), "{complaint}");
    assert!(complaint.contains("install Python 3.9 or newer, or name one with PARLAB_PYTHON"), "{complaint}");
}

#[test]
fn without_a_python_there_is_a_reason() {
    check_no_python("no-such-python", "no-such-python: there is no such program");
    check_no_python("true", "true: the process ended (exit status: 0)");
    check_no_python("echo", "echo: it answered \"/");
}

#[cfg(unix)]
#[test]
fn a_python_that_is_too_old_says_so() {
    use std::os::unix::fs::PermissionsExt;

    // Says that it is older than it is, and is right in all else.
    let folder = tempfile::tempdir().expect("a folder");
    let old = folder.path().join("old-python");
    let pretends = "import runpy, sys; sys.version_info = (3, 8, 18); sys.argv = sys.argv[1:]; \
        runpy.run_path(sys.argv[0], run_name='__main__')";
    std::fs::write(&old, format!("#!/bin/sh\nexec python3 -c \"{pretends}\" \"$@\"\n")).expect("written");
    std::fs::set_permissions(&old, std::fs::Permissions::from_mode(0o755)).expect("allowed");
    check_no_python(&old.display().to_string(), "Python 3.9 or newer is needed, and this is 3.8.18");
}

#[cfg(unix)]
#[test]
fn how_a_user_sets_python_up_is_of_no_account() {
    let once = ["sum", "--scale", "smoke", "-s", "sequential,processes", "-w", "2", "--runs", "1", "--warmup", "0"];
    let other = folder_with("twin.py", "raise ImportError('another twin')\n");
    let printing = folder_with("python", "#!/bin/sh\necho welcome\nprintf 'to this Python'\nexec python3 \"$@\"\n");
    let (other_path, printing_path) = (other.path().to_owned(), printing.path().join("python"));
    let settings: [(&str, &std::ffi::OsStr); 7] = [
        ("PYTHONSAFEPATH", "1".as_ref()),
        ("PYTHONPATH", other_path.as_os_str()),
        ("PYTHONHOME", "/nonexistent".as_ref()),
        ("PYTHONINSPECT", "1".as_ref()),
        ("PYTHONDONTWRITEBYTECODE", "1".as_ref()),
        ("PYTHONOPTIMIZE", "2".as_ref()),
        ("PARLAB_PYTHON", printing_path.as_os_str()),
    ];
    for (name, value) in settings {
        let mut command = parlab();
        command.arg("run").args(once).args(["--platform", "python", "--json", "-"]).env(name, value);
        let output = command.output().expect("parlab runs");
        assert!(output.status.success(), "{name}: {}", text(&output.stderr));
    }
    // The script of its own, whose settings are the user's.
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../baselines/python/parlab.py");
    for setting in [["-I"], ["-E"]] {
        let mut command = Command::new("python3");
        command.args(setting).arg(&script).args(once).env("PYTHONPATH", &other_path).env("PYTHONSAFEPATH", "1");
        let output = command.output().expect("Python runs");
        assert!(output.status.success(), "{setting:?}: {}", text(&output.stderr));
    }
    let mut command = Command::new("python3");
    command.arg(&script).args(once).env("PYTHONPATH", &other_path).env("PYTHONSAFEPATH", "1");
    let output = command.output().expect("Python runs");
    assert!(output.status.success(), "{}", text(&output.stderr));
}
