//! A recording: what a plan leaves behind while it is carried out, as raw bytes, and the reports that it becomes.
//!
//! While something is measured nothing is decoded. What came is written down after a pass, seldom enough to cost little;
//! what a page that was closed has written becomes a stopped report later.

pub mod kept;
mod reports;

use crate::questions::Beginning;

pub use reports::{Recorded, reports};

/// Between two times that something is written down is so many times what the last one took, at least.
const SELDOM: f64 = 20.0;

/// A run as it came: the place of its part, and the run as JSON.
pub type RawRun = (usize, Vec<u8>);

/// What is recorded now.
#[derive(Clone, Debug)]
pub struct Recording {
    /// What the report is found by, and what is written of it is kept under.
    pub id: String,
    /// How it began.
    pub beginning: Beginning,
    /// How many runs the plan has, at least, if that is known.
    pub of: Option<usize>,
    /// What came so far.
    runs: Vec<RawRun>,
    /// How many of them are written down, in how many pieces.
    written: usize,
    pieces: usize,
    /// Something is being written down.
    writing: bool,
    /// When the next thing may be written down, in milliseconds on the clock of whoever asks.
    not_before_ms: f64,
}

/// A piece that is to be written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Its place among the pieces, from 0.
    pub number: usize,
    /// The runs in it ([`split`]).
    pub bytes: Vec<u8>,
    /// How many runs are written down with it.
    written: usize,
}

impl Recording {
    /// A recording of which nothing has come.
    ///
    /// # Errors
    /// What does not begin one.
    pub fn begin(beginning: Beginning) -> Result<Self, String> {
        let (id, of) = reports::what(&beginning)?;
        let (runs, written, pieces, writing, not_before_ms) = (Vec::new(), 0, 0, false, f64::NEG_INFINITY);
        Ok(Self { id, beginning, of, runs, written, pieces, writing, not_before_ms })
    }

    /// A run is over. Gives what is to be written down now, if it is time; [`Recording::wrote`] has to follow.
    pub fn run(&mut self, part: usize, run: Vec<u8>, pass_is_over: bool, now_ms: f64) -> Option<Piece> {
        self.runs.push((part, run));
        if !pass_is_over || self.writing || now_ms < self.not_before_ms {
            return None;
        }
        self.writing = true;
        let bytes = joined(&self.runs[self.written..]);
        Some(Piece { number: self.pieces, bytes, written: self.runs.len() })
    }

    /// A piece was written down from `began_ms` until now, or could not be: then it is tried again with what comes next.
    pub fn wrote(&mut self, piece: &Piece, is_kept: bool, began_ms: f64, now_ms: f64) {
        self.writing = false;
        self.not_before_ms = now_ms + SELDOM * (now_ms - began_ms).max(0.0);
        if is_kept {
            (self.written, self.pieces) = (piece.written, piece.number + 1);
        }
    }

    /// The runs that came.
    pub fn into_runs(self) -> Vec<RawRun> {
        self.runs
    }
}

/// Runs as one piece: of each, its part, its length and its bytes. Numbers are of 32 bits, little-endian.
fn joined(runs: &[RawRun]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(runs.iter().map(|(_, run)| 8 + run.len()).sum());
    for (part, run) in runs {
        for number in [*part, run.len()] {
            bytes.extend((number as u32).to_le_bytes());
        }
        bytes.extend(run);
    }
    bytes
}

/// The runs of a piece; what comes after damage is left out.
pub fn split(mut bytes: &[u8]) -> Vec<RawRun> {
    let mut runs = Vec::new();
    while let Some((&[p0, p1, p2, p3, l0, l1, l2, l3], rest)) = bytes.split_first_chunk() {
        let (part, length) = (u32::from_le_bytes([p0, p1, p2, p3]), u32::from_le_bytes([l0, l1, l2, l3]));
        let Some((run, others)) = rest.split_at_checked(length as usize) else { break };
        runs.push((part as usize, run.to_vec()));
        bytes = others;
    }
    runs
}

#[cfg(test)]
mod tests;
