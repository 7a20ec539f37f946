//! The marks of a chart that say something when they are pointed at.

use wasm_bindgen::JsCast;
use web_sys::Element;

use crate::page::tip::Place;

/// Where a mark's number stands.
const NUMBER: &str = "data-mark";
/// How a chosen mark looks.
const CHOSEN: &str = "chosen-mark";

/// The marks of a chart, in its order, each with what it says.
#[derive(Default)]
pub struct Marks(Vec<(Element, String)>);

impl Marks {
    /// The marks in an element. What they say is taken out of the picture: the browser would show it as well, beside the tip.
    pub fn take(root: &Element) -> Self {
        // A selector that is written here is valid.
        let Ok(titles) = root.query_selector_all("svg * > title") else { return Self::default() };
        let titles = (0..titles.length()).filter_map(|at| titles.item(at)?.dyn_into::<Element>().ok());
        let mut marks = Vec::new();
        for title in titles {
            let Some(mark) = title.parent_element() else { continue };
            // It is an attribute of an element's own.
            _ = mark.set_attribute(NUMBER, &marks.len().to_string());
            title.remove();
            marks.push((mark, title.text_content().unwrap_or_default()));
        }
        Self(marks)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// What a mark says.
    pub fn text(&self, at: usize) -> Option<&str> {
        self.0.get(at).map(|(_, text)| text.as_str())
    }

    /// Where a mark stands in its chart.
    pub fn place(&self, at: usize, root: &Element) -> Place {
        let Some((mark, _)) = self.0.get(at) else { return Place::default() };
        let (mark, root) = (mark.get_bounding_client_rect(), root.get_bounding_client_rect());
        Place {
            x: mark.left() + mark.width() / 2.0 - root.left(),
            top: mark.top() - root.top(),
            bottom: mark.bottom() - root.top(),
        }
    }

    /// Shows which mark is chosen.
    pub fn choose(&self, before: Option<usize>, now: Option<usize>) {
        let list = |at: Option<usize>| at.and_then(|at| self.0.get(at)).map(|(mark, _)| mark.class_list());
        // A class name that is written here is valid.
        _ = list(before).map(|list| list.remove_1(CHOSEN));
        _ = list(now).map(|list| list.add_1(CHOSEN));
    }
}

/// The number of the mark that an event happened to.
pub fn mark_at(target: &Element) -> Option<usize> {
    let mark = target.closest(&format!("[{NUMBER}]")).ok()??;
    mark.get_attribute(NUMBER)?.parse().ok()
}
