//! The history: finished reports, kept for this page wherever the browser stores texts by name.

use parlab_shared::number::Bytes;
use parlab_shared::report::Report;
use parlab_shared::say;
use serde::{Deserialize, Serialize};

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

/// A report that is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// What the report is found by.
    pub id: String,
    /// What it is about.
    pub title: String,
    /// When it was begun (RFC 3339).
    pub created: String,
    /// How many runs it has.
    pub runs: usize,
    /// It was stopped before its end.
    pub cancelled: bool,
    /// Its size as JSON.
    pub bytes: usize,
}

/// Texts by name, as a browser stores them.
pub trait Store {
    /// What is stored under a name.
    fn get(&self, name: &str) -> Option<String>;

    /// Stores text under a name.
    ///
    /// # Errors
    /// Why it is not stored: mostly, because the store is full.
    fn set(&self, name: &str, text: &str) -> Result<(), String>;

    /// Forgets what is stored under a name.
    fn remove(&self, name: &str);
}

/// The reports that a store keeps.
#[derive(Clone, Copy, Debug)]
pub struct History<S>(pub S);

impl<S: Store> History<S> {
    /// What is kept, newest first.
    pub fn entries(&self) -> Vec<Entry> {
        let text = self.0.get(INDEX).unwrap_or_default();
        // A list that cannot be read is another version's: begin a new one.
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// Keeps a report, at the cost of the oldest ones.
    ///
    /// # Errors
    /// Why it is not kept, for a human.
    pub fn keep(&self, report: &Report) -> Result<(), String> {
        let too_large = |has: String| {
            let limit = Bytes(REPORT_BYTES_MAX as u64);
            Err(format!(
                "The report is not kept in the history: it has {has}, the limit is {limit}. Download it to keep it."
            ))
        };
        // What is too large for sure is not written only to see how large it is.
        let spans: usize = report.runs.iter().map(|run| run.spans.len()).sum();
        if spans * SPAN_BYTES_MIN > REPORT_BYTES_MAX {
            return too_large(format!("over {}", Bytes((spans * SPAN_BYTES_MIN) as u64)));
        }
        let json = report.to_json();
        if json.len() > REPORT_BYTES_MAX {
            return too_large(Bytes(json.len() as u64).to_string());
        }
        let mut entries = self.entries();
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
        while !entries.is_empty() {
            let too_many = entries.len() > REPORTS_MAX;
            let too_much = entries.iter().map(|kept| kept.bytes).sum::<usize>() > BYTES_MAX;
            let fits = || self.0.set(&key(&report.id), &json).is_ok() && self.list(&entries).is_ok();
            if !too_many && !too_much && fits() {
                return Ok(());
            }
            // The oldest makes room; the report itself is first and goes last.
            if let Some(oldest) = entries.pop() {
                self.0.remove(&key(&oldest.id));
            }
        }
        self.list(&[])?;
        Err("The report is not kept in the history: the browser's storage is full. Download it to keep it.".to_owned())
    }

    /// The JSON of a report that is kept.
    pub fn load(&self, id: &str) -> Option<String> {
        self.0.get(&key(id))
    }

    /// Forgets a report.
    pub fn remove(&self, id: &str) {
        let mut entries = self.entries();
        entries.retain(|kept| kept.id != id);
        self.0.remove(&key(id));
        // The list only shrinks: there is room for it.
        _ = self.list(&entries);
    }

    fn list(&self, entries: &[Entry]) -> Result<(), String> {
        let json = serde_json::to_string(entries).expect("entries have only text keys");
        self.0.set(INDEX, &json).map_err(|reason| format!("The history was not kept: {reason}."))
    }
}

fn key(id: &str) -> String {
    format!("parlab.report.{id}")
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::BTreeMap;

    use super::*;
    use crate::fixture::{plan, report, run, span};

    /// A store with room for so many bytes.
    struct Shelf {
        room: usize,
        texts: RefCell<BTreeMap<String, String>>,
    }

    impl Store for Shelf {
        fn get(&self, name: &str) -> Option<String> {
            self.texts.borrow().get(name).cloned()
        }

        fn set(&self, name: &str, text: &str) -> Result<(), String> {
            let mut texts = self.texts.borrow_mut();
            let others: usize = texts.iter().filter(|(key, _)| *key != name).map(|(_, text)| text.len()).sum();
            if others + text.len() > self.room {
                return Err("it is full".to_owned());
            }
            texts.insert(name.to_owned(), text.to_owned());
            Ok(())
        }

        fn remove(&self, name: &str) {
            self.texts.borrow_mut().remove(name);
        }
    }

    fn history(room: usize) -> History<Shelf> {
        History(Shelf { room, texts: RefCell::default() })
    }

    /// A report with an id, of a run with so many spans.
    fn with_spans(id: &str, spans: u32) -> Report {
        let mut run = run(&plan(), 0);
        run.spans = (0..spans).map(|task| span(task, 0.1)).collect();
        Report { id: id.to_owned(), ..report(vec![run]) }
    }

    fn ids(history: &History<Shelf>) -> Vec<String> {
        history.entries().into_iter().map(|entry| entry.id).collect()
    }

    #[test]
    fn the_newest_comes_first_and_each_once() {
        let history = history(usize::MAX);
        assert_eq!(ids(&history), [] as [&str; 0]);
        for id in ["a", "b", "a"] {
            assert_eq!(history.keep(&with_spans(id, 1)), Ok(()));
        }
        assert_eq!(ids(&history), ["a", "b"]);
        let kept = history.load("b").expect("it is kept");
        assert_eq!(Report::from_json(&kept).expect("a report").id, "b");
        assert_eq!(history.entries()[1].bytes, kept.len());
        history.remove("b");
        assert_eq!((ids(&history), history.load("b")), (vec!["a".to_owned()], None));
    }

    #[test]
    fn the_oldest_make_room() {
        let history = history(usize::MAX);
        for number in 0..REPORTS_MAX + 2 {
            assert_eq!(history.keep(&with_spans(&number.to_string(), 1)), Ok(()));
        }
        assert_eq!(ids(&history).len(), REPORTS_MAX);
        assert_eq!((history.load("1"), history.load("2").is_some()), (None, true));
        // A list and the reports in it: nothing else is left in the store.
        assert_eq!(history.0.texts.borrow().len(), 1 + REPORTS_MAX);
    }

    #[test]
    fn all_together_have_a_size() {
        let large = with_spans("", 5000);
        let bytes = large.to_json().len();
        assert!((BYTES_MAX / 4..REPORT_BYTES_MAX).contains(&bytes), "{bytes}");
        let history = history(usize::MAX);
        for number in 0..4 {
            assert_eq!(history.keep(&Report { id: number.to_string(), ..large.clone() }), Ok(()));
        }
        assert_eq!(ids(&history).len(), BYTES_MAX / bytes);
    }

    #[test]
    fn a_full_store_keeps_what_it_can() {
        let bytes = with_spans("a", 100).to_json().len();
        let history = history(2 * bytes + bytes / 2);
        for id in ["a", "b", "c"] {
            assert_eq!(history.keep(&with_spans(id, 100)), Ok(()), "{id}");
        }
        assert_eq!(ids(&history), ["c", "b"]);
        assert_eq!(history.load("a"), None);
    }

    #[test]
    fn a_store_without_room_for_a_report_and_its_place_in_the_list_keeps_nothing() {
        let bytes = with_spans("a", 100).to_json().len();
        for room in [bytes / 2, bytes + 10] {
            let history = history(room);
            let reason = history.keep(&with_spans("a", 100)).expect_err("there is no room");
            let expected =
                "The report is not kept in the history: the browser's storage is full. Download it to keep it.";
            assert_eq!(reason, expected);
            assert_eq!((ids(&history).len(), history.load("a")), (0, None));
        }
    }

    #[test]
    fn what_is_too_large_is_not_kept_and_costs_nobody_a_place() {
        let history = history(usize::MAX);
        history.keep(&with_spans("a", 1)).expect("there is room");
        for (spans, expected) in [(REPORT_BYTES_MAX / SPAN_BYTES_MIN + 1, "over 1.0 MB"), (9000, "1.1 MB")] {
            let reason = history.keep(&with_spans("b", spans as u32)).expect_err("too large");
            assert_eq!(
                reason,
                format!(
                    "The report is not kept in the history: it has {expected}, the limit is 1.0 MB. Download it to keep it."
                )
            );
        }
        assert_eq!(ids(&history), ["a"]);
    }

    #[test]
    fn no_span_has_fewer_bytes_than_are_reckoned_with() {
        let (few, many) = (with_spans("a", 10).to_json().len(), with_spans("a", 1010).to_json().len());
        assert!(many - few >= 1000 * SPAN_BYTES_MIN, "{}", (many - few) / 1000);
    }

    #[test]
    fn a_list_of_another_version_begins_anew() {
        let history = history(usize::MAX);
        history.0.set(INDEX, "{\"version\": 2}").expect("there is room");
        assert_eq!(ids(&history), [] as [&str; 0]);
        assert_eq!(history.keep(&with_spans("a", 1)), Ok(()));
        assert_eq!(ids(&history), ["a"]);
    }
}
