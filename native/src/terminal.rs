//! What a person sees in a terminal: tables, timelines, progress, complaints.

mod progress;
mod results;
mod timeline;

use std::io::Write;

use comfy_table::presets::NOTHING;
use comfy_table::{Attribute, Cell, ContentArrangement, Table};
use parlab_shared::text::one_line;

pub use progress::Progress;
pub use results::results;

/// Says something on standard error, in one line, whatever the names in it are: the only place that does.
pub fn complain(text: &str) {
    // Nobody is left to tell if standard error is gone.
    _ = writeln!(std::io::stderr().lock(), "parlab: {}", one_line(text));
}

/// From now on a panic is one line: a task that panics is data, and its reason is in the report.
pub fn panic_in_one_line() {
    std::panic::set_hook(Box::new(|panic| complain(&panic.to_string())));
}

/// An empty table with a header, as wide as the terminal allows.
pub fn table<const N: usize>(header: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(header.map(|name| Cell::new(name).add_attribute(Attribute::Bold)));
    table
}
