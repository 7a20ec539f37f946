//! In which order the lines of a table stand.

use std::cmp::Ordering;

use crate::views::{CellView, LineView, TableView};

/// What lines are ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// The place of the column.
    pub column: usize,
    /// The largest, or the last, comes first.
    pub falling: bool,
}

impl Order {
    /// What a press on a heading makes of an order: rising, falling, and then as the table has it.
    pub fn pressed(order: Option<Self>, column: usize) -> Option<Self> {
        match order {
            Some(Order { column: current, falling }) if current == column => {
                (!falling).then_some(Self { column, falling: true })
            }
            _ => Some(Self { column, falling: false }),
        }
    }
}

/// The places of lines in an order. Lines without a value in the column stand last, whichever way the others go, and so do
/// rows that were left out.
pub fn ordered(table: &TableView, order: Option<Order>) -> Vec<usize> {
    let mut places: Vec<usize> = (0..table.lines.len()).collect();
    let Some(Order { column, falling }) = order else { return places };
    let cell = |place: &usize| match &table.lines[*place] {
        LineView::Cells { cells, .. } => cells.get(column).filter(|cell| cell.value.is_some() || says_something(cell)),
        LineView::LeftOut { .. } => None,
    };
    places.sort_by(|left, right| match (cell(left), cell(right)) {
        (Some(left), Some(right)) if falling => compared(right, left),
        (Some(left), Some(right)) => compared(left, right),
        (left, right) => right.is_some().cmp(&left.is_some()),
    });
    places
}

/// A dash, or nothing, stands where there is no value.
fn says_something(cell: &CellView) -> bool {
    !matches!(cell.text.trim(), "" | "–")
}

fn compared(left: &CellView, right: &CellView) -> Ordering {
    match (left.value, right.value) {
        (Some(left), Some(right)) => left.total_cmp(&right),
        // Words among numbers stand behind them.
        (left_value, right_value) => {
            right_value.is_some().cmp(&left_value.is_some()).then_with(|| natural(&left.text, &right.text))
        }
    }
}

/// Texts as people order them: digits that stand together are a number, so that `threads × 4` comes before `threads × 16`.
fn natural(mut left: &str, mut right: &str) -> Ordering {
    loop {
        let (Some(first), Some(second)) = (left.chars().next(), right.chars().next()) else {
            return left.len().cmp(&right.len());
        };
        let (taken, by_now) = if first.is_ascii_digit() && second.is_ascii_digit() {
            let (digits, others) = (number(left), number(right));
            let by_size = (digits.trim_start_matches('0'), others.trim_start_matches('0'));
            let by_now = by_size.0.len().cmp(&by_size.1.len()).then_with(|| by_size.0.cmp(by_size.1));
            ((digits.len(), others.len()), by_now)
        } else {
            ((first.len_utf8(), second.len_utf8()), first.cmp(&second))
        };
        if by_now != Ordering::Equal {
            return by_now;
        }
        (left, right) = (&left[taken.0..], &right[taken.1..]);
    }
}

/// The digits that a text begins with.
fn number(text: &str) -> &str {
    &text[..text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len())]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::table::sample::table;

    #[track_caller]
    fn check(order: Option<(usize, bool)>, expected: &[&str]) {
        let lines = [
            &["threads × 16", "12.0"][..],
            &["threads × 4", "–"],
            &["async", "3.5"],
            &["!left out"],
            &["threads × 4", "100"],
        ];
        let table = table(&[("row", 0), ("median", 0)], &lines);
        let order = order.map(|(column, falling)| Order { column, falling });
        let said = ordered(&table, order).into_iter().map(|place| match &table.lines[place] {
            LineView::Cells { cells, .. } => format!("{} {}", cells[0].text, cells[1].text),
            LineView::LeftOut { label, .. } => label.clone(),
        });
        assert_eq!(said.collect::<Vec<String>>(), expected);
    }

    #[test]
    fn lines_stand_in_the_order_that_is_asked_for() {
        check(None, &["threads × 16 12.0", "threads × 4 –", "async 3.5", "left out", "threads × 4 100"]);
        check(Some((1, false)), &["async 3.5", "threads × 16 12.0", "threads × 4 100", "threads × 4 –", "left out"]);
        check(Some((1, true)), &["threads × 4 100", "threads × 16 12.0", "async 3.5", "threads × 4 –", "left out"]);
        check(Some((0, false)), &["async 3.5", "threads × 4 –", "threads × 4 100", "threads × 16 12.0", "left out"]);
        check(Some((0, true)), &["threads × 16 12.0", "threads × 4 –", "threads × 4 100", "async 3.5", "left out"]);
    }

    #[test]
    fn the_third_press_restores_the_order() {
        let mut order = None;
        let mut seen = Vec::new();
        for _ in 0..4 {
            order = Order::pressed(order, 2);
            seen.push(order.map(|order| order.falling));
        }
        assert_eq!(seen, [Some(false), Some(true), None, Some(false)]);
        assert_eq!(Order::pressed(order, 1), Some(Order { column: 1, falling: false }), "another column begins anew");
    }

    #[test]
    fn digits_are_numbers_in_texts() {
        for [less, more] in [["a2", "a10"], ["a", "b"], ["a", "a1"], ["x02y", "x2z"], ["", "é"]] {
            assert_eq!(
                (natural(less, more), natural(more, less)),
                (Ordering::Less, Ordering::Greater),
                "{less} {more}"
            );
        }
        assert_eq!(natural("é 1", "é 1"), Ordering::Equal);
    }
}
