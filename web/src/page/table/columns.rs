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

/// The highest rank with which columns of these widths have room, as far as any of them can go; the first is `rank`.
pub fn fitting(table: &TableView, widths: &[i32], room: i32, rank: u8) -> u8 {
    let columns = || table.columns.iter().zip(widths).filter(|(column, _)| column.rank <= rank);
    let width = |rank: u8| columns().filter(|(column, _)| column.rank <= rank).map(|(_, width)| width).sum::<i32>();
    let mut ranks: Vec<u8> = columns().map(|(column, _)| column.rank).collect();
    ranks.sort_unstable();
    ranks.dedup();
    match ranks[..] {
        [] => rank,
        [lowest, ..] => ranks.into_iter().rev().find(|rank| width(*rank) <= room).unwrap_or(lowest),
    }
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
    fn the_highest_rank_goes_first_and_the_lowest_stays() {
        let table = table(&[("row", 0), ("median", 0), ("runs", 2), ("mean", 5), ("predicted", 2)], &[]);
        let widths = [100, 50, 40, 60, 30];
        let seen = |room, rank| unseen(&table, fitting(&table, &widths, room, rank));
        assert_eq!([280, 279, 220, 219, 150, 10].map(|room| seen(room, u8::MAX)), [0, 1, 1, 3, 3, 3]);
        // What is not seen takes no room.
        assert_eq!(seen(220, 2), 1);
        assert_eq!(fitting(&TableView { columns: Vec::new(), ..table.clone() }, &[], 10, 7), 7);
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
