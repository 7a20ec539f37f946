//! Coverage-guided fuzzing of whatever others can send (`tests/fuzz`), with libFuzzer: what tells it where it has been is an
//! option of the stable compiler.

use std::fs;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::CannotRun;
use crate::steps::quietly;
use crate::toolchain::host;
use crate::workspace::Workspace;

/// What is fuzzed; each is a file in `tests/fuzz/targets`, and a folder in `tests/fuzz/corpus`.
pub const TARGETS: &[&str] = &["report", "frames", "threshold", "parameters", "fragment", "links", "socket"];

/// Flags that have the compiler note which branches are taken, and what is compared there.
const FLAGS: &[&str] = &[
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "--cfg=fuzzing",
];
/// An input is found at fault that takes so many seconds, or so many MiB.
const LIMITS: &[&str] = &["-timeout=10", "-rss_limit_mb=2048", "-max_len=65536"];

/// What is asked for: which targets, and for how many seconds each.
pub fn wanted(args: &[impl AsRef<str>]) -> Result<(Vec<&'static str>, u32)> {
    let (mut targets, mut seconds) = (Vec::new(), 60);
    for arg in args.iter().map(AsRef::as_ref) {
        if let Some(number) = arg.strip_prefix("--seconds=") {
            let refused = || CannotRun(format!("--seconds={number}: give a number of seconds, as in --seconds=60"));
            seconds = number.parse().map_err(|_| refused())?;
        } else {
            let known = TARGETS.iter().find(|target| **target == arg);
            let known = known.ok_or_else(|| CannotRun(format!("{arg} is not fuzzed; {} are", TARGETS.join(", "))))?;
            targets.push(*known);
        }
    }
    if targets.is_empty() {
        targets = TARGETS.to_vec();
    }
    Ok((targets, seconds))
}

/// Compiles all targets.
pub fn build(workspace: &Workspace) -> Result<()> {
    let manifest = workspace.root.join("tests/fuzz/Cargo.toml");
    // With a target named, the flags are not for what runs while others are compiled.
    let mut cargo = workspace.cargo("build --quiet --release --bins --manifest-path");
    cargo.arg(manifest).args(["--target", &host(workspace)?]).arg("--target-dir").arg(workspace.target.join("fuzz"));
    quietly(cargo.env("RUSTFLAGS", FLAGS.join(" ")))
}

/// Runs a target for some seconds, from the inputs that are kept and those that it found before, which Git does not see. What
/// is at fault is kept in `target/fuzz/found`. Returns how many inputs there were.
pub fn run(workspace: &Workspace, target: &str, seconds: u32) -> Result<String> {
    let folder = workspace.target.join("fuzz");
    let (own, found) = (folder.join("corpus").join(target), folder.join("found"));
    for folder in [&own, &found] {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    let program = folder.join(host(workspace)?).join("release").join(format!("fuzz-{target}"));
    let mut command = Command::new(&program);
    command.args(LIMITS).arg(format!("-max_total_time={seconds}")).arg("-print_final_stats=1");
    command.arg(format!("-artifact_prefix={}/{target}-", found.display()));
    command.args([&own, &workspace.root.join("tests/fuzz/corpus").join(target)]);
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot run {}", program.display()))?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        let begins = said.find("panicked at").or_else(|| said.find("==")).unwrap_or_default();
        bail!("{target}: {}", &said[begins..]);
    }
    let executions = said.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
    Ok(executions.unwrap_or("an unknown number of").trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_has_a_file_and_inputs_to_begin_with() {
        let root = Workspace::find().expect("a workspace").root.join("tests/fuzz");
        let manifest = fs::read_to_string(root.join("Cargo.toml")).expect("a manifest");
        let files = fs::read_dir(root.join("targets")).expect("a folder").count();
        assert_eq!(files, TARGETS.len());
        for target in TARGETS {
            assert!(manifest.contains(&format!("path = \"targets/{target}.rs\"")), "{target}");
            let inputs = fs::read_dir(root.join("corpus").join(target)).map(Iterator::count).unwrap_or_default();
            assert!(inputs > 0, "{target}");
        }
    }

    #[test]
    fn what_is_asked_for_is_understood_or_refused() {
        let of = |args: &[&str]| wanted(args);
        assert_eq!(of(&[]).expect("all"), (TARGETS.to_vec(), 60));
        assert_eq!(of(&["links", "--seconds=5"]).expect("one"), (vec!["links"], 5));
        assert!(of(&["linsk"]).expect_err("unknown").to_string().contains("linsk is not fuzzed; report,"));
        assert!(of(&["--seconds=x"]).is_err());
    }
}
