//! Which columns of a table are seen where there is little room.

use crate::views::{ColumnView, TableView};

/// Columns of the same group, side by side, as far as they are seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group<'a> {
    /// What stands above them; nothing above a column that belongs to the line as a whole.
    pub name: Option<&'a str>,
    /// The place of the first of them in the table.
    pub first: usize,
    /// How many of them are seen.
    pub seen: usize,
}

/// The columns in groups, of those whose rank is no higher than `rank`.
pub fn groups(columns: &[ColumnView], rank: u8) -> Vec<Group<'_>> {
    let mut first = 0;
    let runs = columns.chunk_by(|column, next| column.group.is_some() && column.group == next.group);
    let groups = runs.map(|columns| {
        let seen = columns.iter().filter(|column| column.rank <= rank).count();
        let group = Group { name: columns[0].group.as_deref(), first, seen };
        first += columns.len();
        group
    });
    groups.filter(|group| group.seen > 0).collect()
}

/// The next lower rank, with which fewer columns are seen; nothing, if only columns are left that never go.
pub fn lower(table: &TableView, rank: u8) -> Option<u8> {
    let ranks = || table.columns.iter().map(|column| column.rank).filter(|of_column| *of_column <= rank);
    let highest = ranks().max().filter(|highest| *highest > 0)?;
    ranks().filter(|of_column| *of_column < highest).max()
}

/// How many columns are not seen.
pub fn unseen(table: &TableView, rank: u8) -> usize {
    table.columns.iter().filter(|column| column.rank > rank).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::table::sample::table;

    #[test]
    fn the_highest_rank_goes_first_and_rank_0_stays() {
        let table = table(&[("row", 0), ("median", 0), ("runs", 2), ("mean", 5), ("predicted", 2)], &[]);
        let mut rank = u8::MAX;
        let mut seen = vec![unseen(&table, rank)];
        while let Some(next) = lower(&table, rank) {
            rank = next;
            seen.push(unseen(&table, rank));
        }
        assert_eq!(seen, [0, 1, 3]);
    }

    #[test]
    fn a_table_of_one_rank_loses_nothing() {
        assert_eq!(lower(&table(&[("a", 3), ("b", 3)], &[]), u8::MAX), None);
        assert_eq!(lower(&table(&[("a", 0)], &[]), u8::MAX), None);
    }

    #[test]
    fn a_group_is_as_wide_as_what_is_seen_of_it() {
        let mut table =
            table(&[("row", 0), ("median", 0), ("spread", 3), ("median", 0), ("spread", 3), ("note", 3)], &[]);
        for (place, group) in [(1, "native"), (2, "native"), (3, "chromium"), (4, "chromium")] {
            table.columns[place].group = Some(group.to_owned());
        }
        let said = |rank| {
            groups(&table.columns, rank).iter().map(|group| (group.name, group.first, group.seen)).collect::<Vec<_>>()
        };
        assert_eq!(said(9), [(None, 0, 1), (Some("native"), 1, 2), (Some("chromium"), 3, 2), (None, 5, 1)]);
        assert_eq!(said(0), [(None, 0, 1), (Some("native"), 1, 1), (Some("chromium"), 3, 1)]);
    }
}
