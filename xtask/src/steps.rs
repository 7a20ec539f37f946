//! What a person sees meanwhile: one line per step, with its duration.

use std::io::{self, Write};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

/// Something to do, and what that is called.
pub struct Step<'a> {
    /// What it is called.
    pub what: String,
    /// Does it, and prints only what goes wrong.
    pub work: Box<dyn FnOnce() -> Result<()> + Send + 'a>,
}

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

    /// Does steps, in this order, of which some go on at once: as many as this machine has cores, two at least and four at most.
    /// Says of each how long it took, when it is over. After one that fails no other is begun.
    pub fn at_once(&mut self, steps: Vec<Step<'_>>) -> Result<()> {
        let lanes = thread::available_parallelism().map_or(2, |cores| cores.get().clamp(2, 4));
        let (total, patience, begun) = (self.total, self.patience, self.begun);
        self.begun += steps.len();
        let (left, over, failed) = (Mutex::new(steps.into_iter()), AtomicUsize::new(begun), Mutex::new(None));
        let lane = || {
            // Whoever panics says so itself, and nobody goes on.
            let next = || left.lock().ok()?.next();
            while let Some(Step { what, work }) = next() {
                let begun = Instant::now();
                let result = work();
                let number = over.fetch_add(1, Ordering::Relaxed) + 1;
                let outcome = if result.is_ok() { "done in" } else { "failed after" };
                if begun.elapsed() >= patience {
                    say(&format!("[{number}/{total}] {what}: {outcome} {}\n", seconds(begun)));
                }
                if let Err(error) = result.with_context(|| format!("{what}: failed")) {
                    let _ = left.lock().map(|mut left| left.by_ref().for_each(drop));
                    let _ = failed.lock().map(|mut failed| {
                        failed.get_or_insert(error);
                    });
                }
            }
        };
        thread::scope(|scope| (0..lanes).for_each(|_| drop(scope.spawn(lane))));
        match failed.into_inner() {
            Ok(Some(error)) => Err(error),
            _ => Ok(()),
        }
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
    use std::sync::Barrier;

    use super::*;

    #[test]
    fn steps_go_on_at_once_until_one_fails() {
        let done = Mutex::new(Vec::new());
        let step = |what: &'static str, is_well: bool| {
            let done = &done;
            let work = move || {
                done.lock().expect("nobody panicked").push(what);
                if is_well { Ok(()) } else { bail!("no {what}") }
            };
            Step { what: what.to_owned(), work: Box::new(work) }
        };
        let mut steps = Steps::new(9, Duration::from_secs(3600));
        steps.at_once(["a", "b", "c"].map(|what| step(what, true)).into()).expect("all is well");
        let mut all = done.lock().expect("nobody panicked").split_off(0);
        all.sort_unstable();
        assert_eq!((all, steps.begun), (vec!["a", "b", "c"], 3));

        let meet = Barrier::new(2);
        let waits = || {
            let work = || {
                meet.wait();
                Ok(())
            };
            Step { what: "waits".to_owned(), work: Box::new(work) }
        };
        steps.at_once(vec![waits(), waits()]).expect("two go on at once");

        let error = steps.at_once(vec![step("d", false)]).expect_err("it fails");
        assert_eq!(format!("{error:#}"), "d: failed: no d");
    }

    #[test]
    fn who_fails_has_said_nothing() {
        let said = |arguments: &[&str]| said_by(Command::new("rustc").args(arguments));
        assert!(said(&["-vV"]).expect("a compiler").starts_with("rustc "));
        let error = said(&["--print", "nonsense"]).expect_err("it fails").to_string();
        assert!(error.contains("exit status: 1") && error.contains("nonsense"), "{error}");
    }
}
