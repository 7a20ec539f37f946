//! Where links to charts lead, also to those that are not drawn yet.

use std::cell::RefCell;

use super::browser;

/// The id of what unfolds charts.
pub fn folded(within: &str) -> String {
    format!("{within}-charts")
}

thread_local! {
    /// The chart that somebody followed a link to before it was drawn.
    static WANTED: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Takes the focus to where a link of a part leads, which not every browser does. A chart that is folded is unfolded, and led
/// to when it is drawn.
pub fn lead_to(id: &str, within: &str) {
    if browser::element(id).is_some() {
        browser::focus(id);
    } else if let Some(element) = browser::element(&folded(within)) {
        WANTED.set(id.to_owned());
        // The attribute is one that it may have.
        _ = element.set_attribute("open", "");
    }
}

/// A chart was drawn: who followed a link to it before is led there.
pub fn drawn(id: &str) {
    if WANTED.with_borrow(|wanted| wanted == id) {
        WANTED.take();
        // Only what is there when a link is followed is marked as its target.
        browser::press(&format!("a[href='#{id}']"));
    }
}
