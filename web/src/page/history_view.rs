//! The history as a view: the reports that are kept in this browser, to be opened, named, compared, passed on and removed.

mod choice;
#[cfg(target_arch = "wasm32")]
mod entry;
#[cfg(target_arch = "wasm32")]
mod page;
#[cfg(target_arch = "wasm32")]
mod view;

#[cfg(target_arch = "wasm32")]
pub use page::HistoryPage;

/// What the user wants of the history.
#[derive(Clone, Debug, PartialEq)]
pub enum HistoryAction {
    /// Show a report.
    Open(String),
    /// Save a report as a file.
    Save(String),
    /// Call a report something, or nothing.
    Rename(String, Option<String>),
    /// Forget reports. The user has confirmed it.
    Delete(Vec<String>),
    /// Put reports side by side, the earliest first.
    Compare(Vec<String>),
    /// Save all as one file.
    ExportAll,
    /// Keep what files hold.
    #[cfg(target_arch = "wasm32")]
    Import(Vec<web_sys::File>),
    /// Forget everything. The user has confirmed it.
    Clear,
    /// Show how an experiment went over time.
    Trend(String),
}
