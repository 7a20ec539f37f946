//! Where tables are shown, and what is left out there on purpose.

use super::Table;
use crate::named::named;

/// Where tables are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// The command line's output.
    Terminal,
    /// The page.
    Page,
    /// An HTML file.
    Html,
    /// A Markdown file.
    Markdown,
}
named!(View "view": Terminal = "terminal", Page = "page", Html = "html", Markdown = "markdown");

/// What a view does not show of a table.
#[derive(Clone, Copy, Debug)]
pub struct LeftOut {
    /// Where.
    pub view: View,
    /// Of which table.
    pub table: &'static str,
    /// Which column; `None` is the whole table.
    pub column: Option<&'static str>,
    /// Why.
    pub why: &'static str,
}

/// Everything that some view does not show: what is not in this list is shown everywhere.
pub const LEFT_OUT: &[LeftOut] = &[];

impl View {
    /// The tables as this view shows them.
    pub(super) fn select(self, tables: Vec<Table>) -> Vec<Table> {
        let here = || LEFT_OUT.iter().filter(move |left_out| left_out.view == self);
        let whole = |table: &Table| here().any(|left_out| left_out.table == table.key && left_out.column.is_none());
        let tables = tables.into_iter().filter(|table| !whole(table));
        let select = |table: Table| {
            let key = table.key;
            let columns = move || here().filter(move |left_out| left_out.table == key);
            table.without_columns(|column| columns().any(|left_out| left_out.column == Some(&column.key)))
        };
        tables.map(select).collect()
    }
}
