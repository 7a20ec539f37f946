//! What was measured so far and where it is written to, shared with whoever ends the process at once.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use parlab_shared::report::Report;
use parlab_shared::run::Run;

use super::output::Files;
use super::{ExitStatus, UNABLE};
use crate::terminal::complain;

/// A report that grew is written again after so much time at the earliest.
const SAVE_AFTER: Duration = Duration::from_secs(1);
/// And after so many times the time that writing it took: all that is written meanwhile then costs about as much as it
/// does to write the report once more at the end.
const SAVE_AFTER_COSTS: u32 = 20;

/// The report that grows, behind a lock.
#[derive(Debug)]
pub struct Shared(Mutex<Saving>);

/// A report that grows, and the files that it goes to.
#[derive(Debug)]
pub struct Saving {
    /// What was measured so far. Until its end it says that the plan was stopped, which would be so if it ended here.
    pub report: Report,
    files: Files,
    /// When it was last written, and how long that took.
    saved: (Instant, Duration),
    /// It could not be written, and that was said.
    is_told: bool,
    exit_code: Option<u8>,
}

impl Shared {
    /// Begins with a report without runs: files that are new hold it from now on.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn begin(report: Report, mut files: Files) -> anyhow::Result<Self> {
        let report = Report { cancelled: true, ..report };
        files.save_new(std::slice::from_ref(&report))?;
        let saved = (Instant::now(), Duration::ZERO);
        Ok(Self(Mutex::new(Saving { report, files, saved, is_told: false, exit_code: None })))
    }

    /// Waits for the report.
    pub fn lock(&self) -> MutexGuard<'_, Saving> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Saving {
    /// Keeps a run, and writes the report if that is cheap and no run is still to come that is compared with this one
    /// pass by pass. Called between runs, outside of any measurement.
    pub fn keep(&mut self, run: Run, pass_is_over: bool) {
        self.report.runs.push(run);
        let (saved, cost) = self.saved;
        if !pass_is_over || saved.elapsed() < SAVE_AFTER.max(cost * SAVE_AFTER_COSTS) {
            return;
        }
        let began = Instant::now();
        let written = self.files.save_report(std::slice::from_ref(&self.report));
        self.saved = (Instant::now(), began.elapsed());
        if let Err(error) = written
            && !std::mem::replace(&mut self.is_told, true)
        {
            // Whether it can be written in the end is what counts.
            complain(&format!("warning: {error:#}"));
        }
    }

    /// Writes all files with what there is, as that of a plan that was stopped.
    ///
    /// # Errors
    /// The first file that could not be written; the others are.
    pub fn save_as_stopped(&mut self) -> anyhow::Result<()> {
        self.files.save(std::slice::from_ref(&self.report))
    }

    /// Writes all files for the last time, and hands the report over.
    ///
    /// # Errors
    /// The first file that could not be written; the others are.
    pub fn finish(&mut self, cancelled: bool) -> (Report, anyhow::Result<()>) {
        self.report.cancelled = cancelled;
        let saved = self.files.save(std::slice::from_ref(&self.report));
        self.exit_code = Some(if saved.is_ok() { verdict(&self.report).code() } else { UNABLE });
        let runs = std::mem::take(&mut self.report.runs);
        (Report { runs, ..self.report.clone() }, saved)
    }

    /// The exit code, once all files are written.
    pub fn exit_code(&self) -> Option<u8> {
        self.exit_code
    }
}

/// How a plan ended, by what was measured.
pub fn verdict(report: &Report) -> ExitStatus {
    ExitStatus::of(!report.cancelled && report.failed() == 0)
}
