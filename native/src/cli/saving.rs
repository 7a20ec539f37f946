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

/// The reports that grow, behind a lock.
#[derive(Debug)]
pub struct Shared(Mutex<Saving>);

/// The reports of a plan's parts, which grow, and the files that they go to.
#[derive(Debug)]
pub struct Saving {
    /// What was measured so far. Until their end they say that the plan was stopped, which would be so if it ended here.
    pub reports: Vec<Report>,
    files: Files,
    /// When it was last written, and how long that took.
    saved: (Instant, Duration),
    /// It could not be written, and that was said.
    is_told: bool,
    exit_code: Option<u8>,
}

impl Shared {
    /// Begins with reports without runs: files that are new hold them from now on.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn begin(mut reports: Vec<Report>, mut files: Files) -> anyhow::Result<Self> {
        reports.iter_mut().for_each(|report| report.cancelled = true);
        files.save_new(&reports)?;
        let saved = (Instant::now(), Duration::ZERO);
        Ok(Self(Mutex::new(Saving { reports, files, saved, is_told: false, exit_code: None })))
    }

    /// Waits for the reports.
    pub fn lock(&self) -> MutexGuard<'_, Saving> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Saving {
    /// Keeps a run of the part at a place, and writes the report if that is cheap and no run is still to come that is compared with this one
    /// pass by pass. Called between runs, outside of any measurement.
    pub fn keep(&mut self, part: usize, run: Run, pass_is_over: bool) {
        self.reports[part].runs.push(run);
        let (saved, cost) = self.saved;
        if !pass_is_over || saved.elapsed() < SAVE_AFTER.max(cost * SAVE_AFTER_COSTS) {
            return;
        }
        let began = Instant::now();
        let written = self.files.save_report(&self.reports);
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
        self.files.save(&self.reports)
    }

    /// Writes all files for the last time, and hands the reports over.
    ///
    /// # Errors
    /// The first file that could not be written; the others are.
    pub fn finish(&mut self, cancelled: bool) -> (Vec<Report>, anyhow::Result<()>) {
        self.reports.iter_mut().for_each(|report| report.cancelled = cancelled);
        let saved = self.files.save(&self.reports);
        self.exit_code = Some(if saved.is_ok() { verdict(&self.reports).code() } else { UNABLE });
        (std::mem::take(&mut self.reports), saved)
    }

    /// The files that what was measured is in.
    pub fn kept(&self) -> Vec<String> {
        self.files.names()
    }

    /// The exit code, once all files are written.
    pub fn exit_code(&self) -> Option<u8> {
        self.exit_code
    }
}

/// How a plan ended, by what was measured.
pub fn verdict(reports: &[Report]) -> ExitStatus {
    ExitStatus::of(reports.iter().all(|report| !report.cancelled && report.failed() == 0))
}
