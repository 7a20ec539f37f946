use parlab_shared::say::{Cell, Column as Data, Note, Unit};
use proptest::prelude::*;

use super::columns::total;
use super::*;

/// Names, numbers, sentences, and a row that was not run.
fn sample() -> Table {
    let cells = |name: &str, numbers: [f64; 3], mechanism: &str, says: &str| Line::Cells {
        row: None,
        cells: [Cell::text(name)]
            .into_iter()
            .chain(numbers.map(Cell::number))
            .chain([Cell::text(mechanism), Cell::text(says)])
            .collect(),
    };
    Table {
        key: "sample",
        title: "A sample".to_owned(),
        about: "",
        columns: vec![
            Data::new("row", "Row", Unit::Text, 0),
            Data::new("median", "Median", Unit::Ms, 0),
            Data::new("half", "±", Unit::HalfWidth, 1),
            Data::new("speedup", "Speed-up", Unit::Times, 2),
            Data::new("mechanism", "Mechanism", Unit::Text, 3),
            Data::new("says", "What it says", Unit::Text, 0),
        ],
        lines: vec![
            cells("sequential", [1234.5, 0.012, 1.0], "one-thread", "Everything else is compared with it."),
            Line::LeftOut { label: "threads × 2".to_owned(), reason: "there is no shared memory".to_owned() },
            cells("processes × 16, one per task", [12.0, 0.0, 102.9], "child-processes", "Fast."),
        ],
        notes: vec![Note::on(&["half"], "Half-widths are of 95 % intervals, in percent of their middles.")],
    }
}

fn style(width: Option<usize>) -> Style {
    Style { width, colour: false, ascii: false }
}

#[track_caller]
fn check(width: Option<usize>, expected: &[&str]) {
    let text = titled_table(&sample(), style(width));
    assert_eq!(text.lines().collect::<Vec<_>>(), expected, "\n{text}");
}

#[test]
fn without_a_limit_everything_stands_on_its_line() {
    check(
        None,
        &[
            "A sample",
            "Row                           Median, ms       ±  Speed-up  Mechanism        What it says",
            "sequential                          1234  ±1.2 %     1.00×  one-thread       Everything else is compared with it.",
            "threads × 2                   left out: there is no shared memory",
            "processes × 16, one per task       12.00  ±0.0 %      103×  child-processes  Fast.",
            "Half-widths are of 95 % intervals, in percent of their middles.",
        ],
    );
    assert_eq!(titled_table(&sample(), style(Some(200))), titled_table(&sample(), style(None)));
    assert_eq!(titled_table(&sample(), style(Some(120))), titled_table(&sample(), style(None)));
}

#[test]
fn a_narrow_terminal_breaks_sentences_and_names_what_is_not_shown() {
    check(
        Some(100),
        &[
            "A sample",
            "                              Median,",
            "Row                                ms       ±  Speed-up  Mechanism        What it says",
            "sequential                       1234  ±1.2 %     1.00×  one-thread       Everything else is",
            "                                                                          compared with it.",
            "threads × 2                   left out: there is no shared memory",
            "processes × 16, one per task    12.00  ±0.0 %      103×  child-processes  Fast.",
            "Half-widths are of 95 % intervals, in percent of their middles.",
        ],
    );
    check(
        Some(80),
        &[
            "A sample",
            "                              Median,",
            "Row                                ms       ±  What it says",
            "sequential                       1234  ±1.2 %  Everything else is compared with",
            "                                               it.",
            "threads × 2                   left out: there is no shared memory",
            "processes × 16, one per task    12.00  ±0.0 %  Fast.",
            "Not shown: Speed-up, Mechanism; --wide shows all columns.",
            "Half-widths are of 95 % intervals, in percent of their middles.",
        ],
    );
    check(
        Some(40),
        &[
            "A sample",
            "                 Median,",
            "Row                   ms  What it says",
            "sequential          1234  Everything",
            "                          else is",
            "                          compared with",
            "                          it.",
            "threads × 2      left out: there is no",
            "  shared memory",
            "processes × 16,    12.00  Fast.",
            "one per task",
            "Not shown: Median ±, Speed-up,",
            "  Mechanism; --wide shows all columns.",
        ],
    );
}

/// Two platforms in groups, one of which has a ratio, too.
fn grouped() -> Table {
    let column = |group: Option<&str>, name: &'static str, unit, rank| Data {
        group: group.map(str::to_owned),
        ..Data::new(name, name, unit, rank)
    };
    let cells = |name: &str, numbers: [f64; 6]| Line::Cells {
        row: None,
        cells: [Cell::text(name)].into_iter().chain(numbers.map(Cell::number)).collect(),
    };
    Table {
        columns: vec![
            column(None, "Row", Unit::Text, 0),
            column(Some("native"), "Median", Unit::Ms, 0),
            column(Some("native"), "Speed-up", Unit::Times, 3),
            column(Some("chromium"), "Median", Unit::Ms, 0),
            column(Some("chromium"), "÷ native", Unit::Ratio, 0),
            column(Some("chromium"), "Speed-up", Unit::Times, 3),
            column(None, "Article", Unit::Seconds, 7),
        ],
        lines: vec![
            cells("sequential", [10.0, 1.0, 10.1, 1.01, 0.99, 3.0]),
            Line::LeftOut { label: "threads × 2".to_owned(), reason: "there is no shared memory".to_owned() },
        ],
        notes: Vec::new(),
        ..sample()
    }
}

#[test]
fn groups_stand_side_by_side_or_below_each_other() {
    let lines = |width| titled_table(&grouped(), style(width)).lines().map(str::to_owned).collect::<Vec<_>>();
    let side_by_side = [
        "A sample",
        "             native                chromium",
        "Row          Median, ms  Speed-up  Median, ms  ÷ native  Speed-up  Article, s",
        "sequential        10.00     1.00×       10.10     1.010     0.99×           3",
        "threads × 2  left out: there is no shared memory",
    ];
    assert_eq!(lines(None), side_by_side);
    assert_eq!(lines(Some(80)), side_by_side);
    let below = [
        "A sample",
        "Row          Platform  Median, ms  ÷ native  Speed-up",
        "sequential   native         10.00         –     1.00×",
        "             chromium       10.10     1.010     0.99×",
        "threads × 2  left out: there is no shared memory",
        "Not shown: Article; --wide shows all columns.",
    ];
    assert_eq!(lines(Some(55)), below);
}

#[test]
fn a_table_without_lines_is_its_notes() {
    let table = Table { lines: Vec::new(), ..sample() };
    let text = titled_table(&table, style(Some(80)));
    assert_eq!(text, "A sample\nHalf-widths are of 95 % intervals, in percent of their middles.\n");
}

#[test]
fn in_ascii_columns_stay_in_line() {
    let text = titled_table(&sample(), Style { ascii: true, ..style(None) });
    assert!(text.is_ascii() && text.contains("threads x 2"), "{text}");
    let starts = ["Mechanism", "one-thread", "child-processes"];
    let starts = starts.map(|word| text.lines().find_map(|line| line.find(word)));
    assert!(starts.iter().all(|start| start.is_some() && *start == starts[0]), "{text}");
}

#[test]
fn what_went_wrong_is_red_and_headings_are_bold() {
    let mut table = sample();
    let Line::Cells { cells, .. } = &mut table.lines[0] else { panic!("cells") };
    cells[1].alarm = true;
    let text = titled_table(&table, Style { colour: true, ..style(Some(80)) });
    assert!(text.contains("\x1b[31m1234\x1b[0m") && text.contains("\x1b[1mRow\x1b[0m"), "{text:?}");
    assert_eq!(console::strip_ansi_codes(&text), titled_table(&table, style(Some(80))));
}

const LINES: usize = 3;

/// A column with its cells: numbers of a unit, names that may be left out, or sentences.
fn column() -> impl Strategy<Value = (Data, Vec<Cell>)> {
    let units = prop::sample::select(vec![Unit::Ms, Unit::HalfWidth, Unit::Times, Unit::Count, Unit::Text]);
    let cells = |unit| match unit {
        Unit::Text => prop::collection::vec("[a-z]{1,12}( [a-z×0-9]{1,12}){0,6}".prop_map(Cell::text), LINES).boxed(),
        _ => prop::collection::vec((0.0..1e7).prop_map(|value: f64| Cell::number(value)), LINES).boxed(),
    };
    let heading = "[A-Z][a-z]{0,12}( ÷ [a-z]{1,12}){0,1}";
    (units, 0..4_u8, heading)
        .prop_flat_map(move |(unit, rank, heading)| (Just(Data::new("column", heading, unit, rank)), cells(unit)))
}

fn table_of(columns: Vec<(Data, Vec<Cell>)>) -> Table {
    let line =
        |at: usize| Line::Cells { row: None, cells: columns.iter().map(|(_, cells)| cells[at].clone()).collect() };
    let lines = (0..LINES).map(line).collect();
    Table { columns: columns.into_iter().map(|(column, _)| column).collect(), lines, ..sample() }
}

proptest! {
    #[test]
    fn no_line_is_too_wide_and_nothing_is_broken(columns in prop::collection::vec(column(), 1..8), room in 40..240_usize) {
        let table = table_of(columns);
        let text = titled_table(&table, style(Some(room)));
        let columns = Column::all(&table, style(Some(room)));
        let shown = fit(&columns, room);
        let total = total(&shown);
        if total > room {
            let is_least = |shown: &Shown<'_>| shown.column.rank == 0 && shown.width == shown.column.least;
            prop_assert!(shown.iter().all(is_least), "{}", text);
        }
        for line in text.lines() {
            prop_assert!(width(line) <= room.max(total), "{}", text);
        }
        for (at, column) in columns.iter().enumerate() {
            let is_shown = shown.iter().any(|shown| shown.at == at);
            prop_assert!(is_shown || column.rank > 0);
            // Numbers, and names that stand in a column of their own, are whole.
            let is_whole = is_shown && !column.breaks;
            prop_assert!(!is_whole || column.cells.iter().all(|cell| text.contains(cell.as_str())), "{}", text);
            // So is every word of a sentence.
            let mut words = column.cells.iter().flat_map(|cell| cell.split(' '));
            prop_assert!(!is_shown || words.all(|word| text.contains(word)), "{}", text);
        }
    }

    #[test]
    fn without_a_limit_every_column_is_shown(columns in prop::collection::vec(column(), 1..8)) {
        let table = table_of(columns);
        let text = titled_table(&table, style(None));
        prop_assert!(!text.contains("Not shown"));
        // Nothing is said of a column that there is not.
        prop_assert_eq!(text.lines().count(), LINES + 2, "{}", text);
    }
}
