//! What a person sees meanwhile: one line per step, with its duration.

use std::io::{self, Write};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

/// Numbered steps, announced on stderr: `[2/5] Building the lab…  done in 48 s`.
pub struct Steps {
    total: usize,
    begun: usize,
    patience: Duration,
}

impl Steps {
    /// Steps of which only those are announced that take longer than `patience`.
    pub fn new(total: usize, patience: Duration) -> Self {
        Self { total, begun: 0, patience }
    }

    /// Does the next step. `work` prints only what goes wrong.
    pub fn step(&mut self, what: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
        let title = self.next(what);
        let patience = self.patience;
        let announced = AtomicBool::new(false);
        let announce = &|| {
            if !announced.swap(true, Ordering::Relaxed) {
                say(&format!("{title}…"));
            }
        };
        if patience.is_zero() {
            announce();
        }
        let begun = Instant::now();
        let (over, is_over) = channel::<()>();
        let result = thread::scope(|scope| {
            scope.spawn(move || {
                if is_over.recv_timeout(patience) == Err(RecvTimeoutError::Timeout) {
                    announce();
                }
            });
            let result = work();
            drop(over);
            result
        });
        if announced.load(Ordering::Relaxed) {
            let outcome = if result.is_ok() { "done in" } else { "failed after" };
            say(&format!("  {outcome} {}\n", seconds(begun)));
        }
        result.with_context(|| format!("{what}: failed"))
    }

    /// Runs a command whose output is the point of the step.
    pub fn live(&mut self, what: &str, command: &mut Command) -> Result<()> {
        let title = self.next(what);
        say(&format!("{title}:\n"));
        let begun = Instant::now();
        let status = command.status().with_context(|| format!("cannot start {command:?}"))?;
        ensure!(status.success(), "{what}: failed after {}", seconds(begun));
        say(&format!("{title}: done in {}\n", seconds(begun)));
        Ok(())
    }

    fn next(&mut self, what: &str) -> String {
        self.begun += 1;
        format!("[{}/{}] {what}", self.begun, self.total)
    }
}

/// Runs a command and shows its complaints afterwards, so that the line of a step without any stays whole.
pub fn quietly(command: &mut Command) -> Result<()> {
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot start {command:?}"))?;
    let complaints = String::from_utf8_lossy(&output.stderr);
    // The compiler says at each build that a flag is unstable which we cannot do without.
    let is_news = |complaint: &&str| !complaint.contains("unstable feature specified for `-Ctarget-feature`");
    let complaints: Vec<&str> = complaints.split_inclusive("\n\n").filter(is_news).collect();
    if !complaints.is_empty() {
        say(&format!("\n{}", complaints.concat()));
    }
    if !output.status.success() {
        say(&String::from_utf8_lossy(&output.stdout));
        bail!("{} ({command:?})", output.status);
    }
    Ok(())
}

/// What a command says, without the white space around it; an error, if it fails.
pub fn said_by(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot start {command:?}"))?;
    let complaints = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{} ({command:?}): {}", output.status, complaints.trim());
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Whether a command succeeds; what it prints does not matter.
pub fn succeeds(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

fn seconds(begun: Instant) -> String {
    let elapsed = begun.elapsed().as_secs_f64();
    if elapsed < 10.0 { format!("{elapsed:.1} s") } else { format!("{elapsed:.0} s") }
}

/// Writes to stderr: progress, warnings, errors. Whether anybody listens does not matter.
pub fn say(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_fails_has_said_nothing() {
        let said = |arguments: &[&str]| said_by(Command::new("rustc").args(arguments));
        assert!(said(&["-vV"]).expect("a compiler").starts_with("rustc "));
        let error = said(&["--print", "nonsense"]).expect_err("it fails").to_string();
        assert!(error.contains("exit status: 1") && error.contains("nonsense"), "{error}");
    }
}
