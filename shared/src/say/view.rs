//! Where tables are shown, and what is left out there on purpose.

use super::Table;
use crate::named::named;

/// Where tables are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// The command line's output.
    Terminal,
    /// The command line's output of several experiments, where there is not room for everything.
    Overview,
    /// The page.
    Page,
    /// An HTML file.
    Html,
    /// A Markdown file.
    Markdown,
}
named!(View "view": Terminal = "terminal", Overview = "overview", Page = "page", Html = "html", Markdown = "markdown");

/// What a view does not show of a table.
#[derive(Clone, Copy, Debug)]
pub struct LeftOut {
    /// The view that does not show it.
    pub view: View,
    /// The key of the table that has the column.
    pub table: &'static str,
    /// Which column; `None` is the whole table.
    pub column: Option<&'static str>,
    /// Why the view is better without it.
    pub why: &'static str,
}

/// Everything that some view does not show: what is not in this list is shown everywhere.
pub const LEFT_OUT: &[LeftOut] = &[
    overview("theory", "rows have what was predicted beside what was measured"),
    overview("tax", "an experiment that runs alone has its steps; here are many"),
    overview("scaling", "its sentences are longer than the rows that they are about"),
    overview("costs", "an experiment that runs alone has its costs; here times come first"),
    overview("runs", "rows have their medians and intervals"),
    overview("tasks", "rows are about runs as a whole; tasks are looked into one experiment at a time"),
];

const fn overview(table: &'static str, why: &'static str) -> LeftOut {
    LeftOut { view: View::Overview, table, column: None, why }
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{Analysis, PairAnalysis};
    use crate::report::fixture::ReportBuilder;
    use crate::say::tables::{known, pair_known};

    #[test]
    fn what_is_left_out_is_there_elsewhere() {
        let report = ReportBuilder::of("sum").build();
        let pair = PairAnalysis::of(std::slice::from_ref(&report));
        let of_pair = pair.stages.iter().flat_map(|stage| pair_known(&pair, stage));
        let tables: Vec<Table> = known(&Analysis::of(&report)).into_iter().chain(of_pair).collect();
        for LeftOut { view, table, column, .. } in LEFT_OUT {
            let found = tables.iter().find(|known| known.key == *table);
            let Some(found) = found else { panic!("{view} leaves out {table}, which is no table") };
            let has = |name: &str| found.columns.iter().any(|known| known.key == name);
            assert!(column.is_none_or(has), "{view} leaves out {column:?}, which {table} does not have");
        }
    }
}
