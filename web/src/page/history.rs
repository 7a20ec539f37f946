//! The history: finished reports, kept in the browser's storage for this page.

use parlab_shared::report::Report;
use parlab_shared::say;

use super::browser::Storage;
use super::entry::Entry;
use super::text;

/// The list of what is kept.
const INDEX: &str = "parlab.history";
/// So many reports are kept.
const REPORTS_MAX: usize = 10;
/// So many bytes are kept in all: browsers give a page about 5 MB.
const BYTES_MAX: usize = 2_000_000;
/// A report larger than this is not kept.
const REPORT_BYTES_MAX: usize = 1_000_000;

/// A span has more bytes than this.
const SPAN_BYTES_MIN: usize = 110;

/// What is kept, newest first; nothing where the browser keeps nothing.
pub fn entries() -> Vec<Entry> {
    Storage::open().map(|storage| list(&storage)).unwrap_or_default()
}

fn list(storage: &Storage) -> Vec<Entry> {
    let text = storage.get(INDEX).unwrap_or_default();
    // A list that cannot be read is another version's: begin a new one.
    serde_json::from_str(&text).unwrap_or_default()
}

/// Keeps a report, at the cost of the oldest ones.
///
/// # Errors
/// Why it is not kept, for a human.
pub fn keep(report: &Report) -> Result<(), String> {
    let storage = Storage::open().ok_or("The report is not kept in the history: this browser stores nothing here.")?;
    let too_large = |has: String| {
        let limit = text::bytes(REPORT_BYTES_MAX);
        Err(format!(
            "The report is not kept in the history: it has {has}, the limit is {limit}. Download it to keep it."
        ))
    };
    // What is too large for sure is not written only to see how large it is.
    let spans: usize = report.runs.iter().map(|run| run.spans.len()).sum();
    if spans * SPAN_BYTES_MIN > REPORT_BYTES_MAX {
        return too_large(format!("over {}", text::bytes(spans * SPAN_BYTES_MIN)));
    }
    let json = report.to_json();
    if json.len() > REPORT_BYTES_MAX {
        return too_large(text::bytes(json.len()));
    }
    let mut entries = list(&storage);
    let entry = Entry {
        id: report.id.clone(),
        title: say::title(report),
        created: report.created.clone(),
        runs: report.runs.len(),
        cancelled: report.cancelled,
        bytes: json.len(),
    };
    entries.retain(|kept| kept.id != entry.id);
    entries.insert(0, entry);
    loop {
        let too_many = entries.len() > REPORTS_MAX;
        let too_much = entries.iter().map(|kept| kept.bytes).sum::<usize>() > BYTES_MAX;
        if !too_many && !too_much && storage.set(&key(&report.id), &json).is_ok() {
            return store(&storage, &entries);
        }
        // The oldest makes room; the report itself is first and goes last.
        let Some(oldest) = entries.pop() else { break };
        forget(&storage, &oldest.id);
    }
    store(&storage, &[])?;
    Err("The report is not kept in the history: the browser's storage is full. Download it to keep it.".to_owned())
}

/// The JSON of a report that is kept.
pub fn load(id: &str) -> Option<String> {
    Storage::open()?.get(&key(id))
}

/// Forgets a report.
pub fn remove(id: &str) {
    let Some(storage) = Storage::open() else { return };
    let mut entries = list(&storage);
    entries.retain(|kept| kept.id != id);
    forget(&storage, id);
    // The list only shrinks: there is room for it.
    let _ = store(&storage, &entries);
}

fn forget(storage: &Storage, id: &str) {
    storage.remove(&key(id));
}

fn store(storage: &Storage, entries: &[Entry]) -> Result<(), String> {
    let json = serde_json::to_string(entries).expect("entries have only text keys");
    storage.set(INDEX, &json).map_err(|reason| format!("The history was not kept: {reason}."))
}

fn key(id: &str) -> String {
    format!("parlab.report.{id}")
}
