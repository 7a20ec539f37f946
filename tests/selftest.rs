//! `parlab selftest`: a machine that is well passes, and what is wrong is named.

use crate::support::parlab::{parlab, text};

/// What `parlab selftest --json` found.
fn found(output: &std::process::Output) -> serde_json::Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", text(&output.stderr)))
}

/// A check that was made.
#[track_caller]
fn check<'a>(all: &'a serde_json::Value, name: &str) -> &'a serde_json::Value {
    let checks = all["checks"].as_array().expect("checks");
    checks.iter().find(|check| check["name"] == name).unwrap_or_else(|| panic!("no check {name}: {all}"))
}

#[test]
fn what_is_well_passes_and_times_decide_the_rest() {
    let output = parlab().args(["selftest", "--json"]).output().expect("parlab runs");
    let all = found(&output);
    let made = all["checks"].as_array().expect("checks");
    let passes = made.iter().all(|made| made["passes"] == true);
    assert_eq!((&all["passes"], output.status.code()), (&passes.into(), Some(if passes { 0 } else { 1 })), "{all:#}");
    for made in made {
        let [found, tests, means] = ["found", "tests", "failure_means"].map(|part| made[part].as_str().expect("words"));
        assert!(!tests.is_empty() && !means.is_empty(), "{made}");
        // Others may use the machine meanwhile: then times are off, and what is not of times is not. Which times are refused
        // is tested beside what decides it.
        if ["kernels", "no difference", "twice the work"].iter().any(|name| made["name"] == *name) {
            assert!(
                found.contains("times as long") && found.contains(|character: char| character.is_ascii_digit()),
                "{made}"
            );
        } else {
            assert_eq!(made["passes"], true, "{made}");
        }
    }
    let said = |name: &str| check(&all, name)["found"].as_str().expect("words");
    assert!(said("checksums, native").contains(" works agree in "), "{}", said("checksums, native"));
    assert!(said("checksums, Python").starts_with("Python 3."), "{}", said("checksums, Python"));
    assert!(all["left_out"].as_str().is_some_and(|left_out| left_out.starts_with("Browsers are no part of it")));
}

#[cfg(target_os = "linux")]
#[test]
fn what_is_wrong_is_named() {
    // No file can have more than a few bytes: files cannot be written, and everything else can be done.
    let mut command = std::process::Command::new("prlimit");
    command.arg("--fsize=500").arg(parlab().get_program());
    let output = command.arg("selftest").env_remove("RUST_BACKTRACE").output().expect("prlimit runs");
    let printed = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{printed}");
    for line in ["passes: clock: ", "FAILS: checksums, native: write, ", "FAILS: report: "] {
        assert!(printed.contains(line), "{line}: {printed}");
    }
    assert!(printed.contains("reports saved here cannot be trusted"), "{printed}");
    // Where there is no place for files, nothing can be tested.
    let output = parlab().arg("selftest").env("TMPDIR", "/nonexistent").output().expect("parlab runs");
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("no folder for files can be created in /nonexistent"));
}
