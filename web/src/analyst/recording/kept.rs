//! Recordings as they are kept while they go on, and what becomes of those that nobody goes on with.

use parlab_shared::number::Counted;
use parlab_shared::report::load_json;
use parlab_shared::say;
use serde::{Deserialize, Serialize};

use super::{Piece, RawRun, Recording, reports, split};
use crate::analyst::card::json;
use crate::analyst::history::History;
use crate::analyst::history::store::{Change, Store, Table, Trouble};
use crate::questions::{Beginning, Ending};

/// Where a browser has no locks, a recording that was not written to for so long is nobody's.
const ABANDONED_AFTER_MS: f64 = 2.0 * 3_600_000.0;
/// More recordings than this were never begun.
const RECORDINGS_MAX: u32 = 100;
/// What began one has no more bytes than this.
const BEGINNING_BYTES_MAX: usize = 100_000_000;
/// So many pieces are read at a time.
const PIECES_AT_A_TIME: u32 = 20;

/// How a recording began, as it is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Begun {
    beginning: Beginning,
    /// How many runs its plan has, at least, if that is known.
    of: Option<usize>,
    /// When it was last written to, in milliseconds since 1970.
    written_ms: f64,
}

/// The name of the lock that a tab holds while it records.
pub fn lock(id: &str) -> String {
    format!("parlab-recording-{id}")
}

/// What keeps a recording, as long as nothing has come of it.
pub fn begun(recording: &Recording, now_ms: f64) -> Change {
    let begun = Begun { beginning: recording.beginning.clone(), of: recording.of, written_ms: now_ms };
    let json = serde_json::to_vec(&begun).expect("what begins a recording has only text keys");
    Change::Put(Table::Recordings, recording.id.clone(), json)
}

/// What keeps a piece of it.
pub fn piece(recording: &Recording, piece: &Piece, now_ms: f64) -> Vec<Change> {
    let name = format!("{}{:08}", prefix(&recording.id), piece.number);
    vec![begun(recording, now_ms), Change::Put(Table::Pieces, name, piece.bytes.clone())]
}

/// What forgets it.
pub fn forgotten(id: &str) -> Vec<Change> {
    vec![Change::Remove(Table::Recordings, id.to_owned()), Change::RemoveAll(Table::Pieces, prefix(id))]
}

fn prefix(id: &str) -> String {
    format!("{id}/")
}

/// Makes stopped reports in the history of recordings that nobody goes on with. `is_free` tells whether no living tab holds a
/// lock, if the browser has any. Returns what was done, in a sentence each.
///
/// # Errors
/// Why none could be looked for, or one could not be kept: it stays as it is then.
pub async fn recover<S: Store>(
    history: &History<S>,
    is_free: impl AsyncFn(&str) -> Option<bool>,
    now_ms: f64,
    build: &str,
) -> Result<Vec<String>, Trouble> {
    let mut notes = Vec::new();
    for (id, bytes) in history.0.next(Table::Recordings, "", RECORDINGS_MAX).await? {
        let begun = Some(bytes).filter(|bytes| bytes.len() <= BEGINNING_BYTES_MAX);
        let begun: Option<Begun> = begun.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let age_ms = begun.as_ref().map_or(f64::INFINITY, |begun| now_ms - begun.written_ms);
        if !is_free(&lock(&id)).await.unwrap_or(age_ms > ABANDONED_AFTER_MS) {
            continue;
        }
        let runs = pieces(history, &id).await?;
        let stopped =
            Ending { cancelled: true, was_hidden: false, problem: None, salvage: None, happened: String::new() };
        let recorded = begun.and_then(|begun| {
            let recorded = reports(&begun.beginning, runs, &stopped, None, build).ok()?;
            // What lay in the database is checked as a file is.
            let reports = load_json(&json(&recorded.reports)).ok()?;
            Some((begun.of, reports))
        });
        match recorded {
            Some((of, reports)) if reports.iter().any(|report| !report.runs.is_empty()) => {
                let over = reports.iter().map(|report| report.runs.len()).sum::<usize>();
                let first = reports.iter().find(|report| !report.runs.is_empty()).unwrap_or(&reports[0]);
                let (title, created) = (say::title(first), minute(&first.created));
                history.keep(&reports, forgotten(&id)).await?;
                let kept = match of {
                    Some(of) => format!("{over} of {} are", Counted(of.max(over) as u64, "run")),
                    None => format!("what was over of it, {}, is", Counted(over as u64, "run")),
                };
                notes.push(format!(
                    "{title}, begun {created}, was interrupted when its page was closed: {kept} in the history."
                ));
            }
            // Nothing was over, or nothing of it can be read.
            _ => history.0.write(forgotten(&id)).await?,
        }
    }
    Ok(notes)
}

/// A time of day (RFC 3339) to the minute, where it is in UTC, as a page writes it.
fn minute(created: &str) -> String {
    match created.split_once('T') {
        Some((day, time)) if time.ends_with('Z') && time.len() >= 6 && time.is_char_boundary(5) => {
            format!("{day} {} UTC", &time[..5])
        }
        _ => created.to_owned(),
    }
}

/// The runs that were written down of a recording.
async fn pieces<S: Store>(history: &History<S>, id: &str) -> Result<Vec<RawRun>, Trouble> {
    let (prefix, mut runs) = (prefix(id), Vec::new());
    let mut after = prefix.clone();
    loop {
        let some = history.0.next(Table::Pieces, &after, PIECES_AT_A_TIME).await?;
        let Some((last, _)) = some.last() else { return Ok(runs) };
        after.clone_from(last);
        for (name, bytes) in some {
            if !name.starts_with(&prefix) {
                return Ok(runs);
            }
            runs.extend(split(&bytes));
        }
    }
}
