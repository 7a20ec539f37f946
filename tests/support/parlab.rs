//! The binary under test.

use std::process::Command;

use parlab_shared::report::Report;

/// A command that runs `parlab`.
pub fn parlab() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_parlab"));
    // How a developer likes backtraces is not part of what is tested.
    command.env_remove("RUST_BACKTRACE");
    command
}

/// The same, for a test that interrupts it. Whoever runs the tests may ignore signals, as `nohup` and a shell's background jobs
/// do, and what is ignored stays so in what is started.
pub fn interruptible() -> Command {
    if cfg!(not(target_os = "linux")) {
        return parlab();
    }
    // By its whole path: some tests take away the `PATH`.
    let mut command = Command::new("/usr/bin/env");
    command.arg("--default-signal=INT,TERM,HUP,XCPU").arg(parlab().get_program()).env_remove("RUST_BACKTRACE");
    command
}

/// What was printed, as text.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Runs `parlab run ARGS --json -` and reads the report.
#[track_caller]
pub fn report(args: &[&str]) -> Report {
    let output = parlab().arg("run").args(args).args(["--json", "-"]).output().expect("parlab runs");
    Report::from_json(&text(&output.stdout)).unwrap_or_else(|error| panic!("{error}\n{}", text(&output.stderr)))
}
