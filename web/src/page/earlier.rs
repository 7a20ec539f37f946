//! What an earlier page kept in `localStorage`: it is moved into the history, once.
//!
//! The worker that keeps the history cannot read it. The page asks [`Question::Import`](crate::questions::Question::Import)
//! for each text ([`texts`]), one after another, and forgets those that are in the history then ([`forget`]). What is
//! refused there stays where it is, and is not tried again in this tab.

#[cfg(target_arch = "wasm32")]
mod shell;

#[cfg(target_arch = "wasm32")]
pub use shell::move_in;

/// The list of what an earlier page kept.
const INDEX: &str = "parlab.history";
/// How the names of its reports begin.
const REPORT: &str = "parlab.report.";
/// More than this it never kept; what else is there is none of its.
const REPORTS_MAX: usize = 100;

/// Texts by name, as a browser stores them.
pub trait Texts {
    /// All names.
    fn names(&self) -> Vec<String>;

    /// The text under a name.
    fn get(&self, name: &str) -> Option<String>;

    /// Forgets the text under a name.
    fn remove(&self, name: &str);
}

/// The reports that an earlier page kept: the name under which each lies, and its JSON.
pub fn texts(kept: &impl Texts) -> Vec<(String, String)> {
    let names = kept.names().into_iter().filter(|name| name.starts_with(REPORT)).take(REPORTS_MAX);
    names.filter_map(|name| Some((name.clone(), kept.get(&name)?))).collect()
}

/// Forgets a report that is in the history now, and the list when no report is left.
pub fn forget(kept: &impl Texts, name: &str) {
    kept.remove(name);
    if !kept.names().iter().any(|name| name.starts_with(REPORT)) {
        kept.remove(INDEX);
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::BTreeMap;

    use super::*;

    struct Shelf(RefCell<BTreeMap<String, String>>);

    impl Texts for Shelf {
        fn names(&self) -> Vec<String> {
            self.0.borrow().keys().cloned().collect()
        }

        fn get(&self, name: &str) -> Option<String> {
            self.0.borrow().get(name).cloned()
        }

        fn remove(&self, name: &str) {
            self.0.borrow_mut().remove(name);
        }
    }

    #[test]
    fn reports_are_moved_one_by_one_and_nothing_else_is_touched() {
        let names = ["other", INDEX, "parlab.report.1", "parlab.report.2"];
        let shelf = Shelf(RefCell::new(names.map(|name| (name.to_owned(), format!("text of {name}"))).into()));
        let found = texts(&shelf);
        assert_eq!(found[0], ("parlab.report.1".to_owned(), "text of parlab.report.1".to_owned()));
        assert_eq!(found.len(), 2);
        forget(&shelf, "parlab.report.1");
        assert_eq!(shelf.names(), ["other", INDEX, "parlab.report.2"], "one is still there");
        forget(&shelf, "parlab.report.2");
        assert_eq!(shelf.names(), ["other"]);
        assert!(texts(&shelf).is_empty());
    }
}
