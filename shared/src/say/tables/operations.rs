//! Operations: what each of them costs, and from which length on a task pays for its way to another worker.

use super::{column, of_rows, row_names};
use crate::analysis::{Analysis, Estimated, OperationCost, RowAnalysis};
use crate::number::Time;
use crate::say::table::{Cell, Note, Table, Unit};
use crate::statistics::Interval;
use crate::way::{Handing, Setup};
use crate::workload::Workload;

/// What is divided.
const EACH: &str = "Each: the median wall time by the number of operations; of several workers, that of all together. Where \
                    setup is timed: the wall time of making the pool and of its few tasks.";

/// What a break-even is, and what it takes for granted.
const BREAK_EVEN: &str = "Pays from: tasks that last as long as this take as long on the row's workers as on one (where setup is \
                          timed: all tasks of the run together). It is predicted of tasks that do nothing: what they take more \
                          than on one worker, by the share of the time that several workers save, as many as there are \
                          cores, and not where some of them had no task in many runs. The experiment grain measures it.";

/// What is known of a break-even that may be at nothing.
const INTERVAL: &str = "Where a 95 % interval begins at nothing, it is shown up to where it ends.";

/// Why messages cost so little in some rows.
const IN_MESSAGES: &str =
    "Tasks that last no time go to processes many in a message; with callback, each has a message of its own.";

pub(super) fn table(analysis: &Analysis<'_>) -> Table {
    let cost = |row: &RowAnalysis<'_>| analysis.operation_cost(row);
    let each = move |row: &RowAnalysis<'_>| cost(row).map(|OperationCost { each, .. }| each);
    let pays = move |row: &RowAnalysis<'_>| cost(row).and_then(|cost| cost.break_even);
    let half = |value: Option<Estimated>| {
        let interval = value.and_then(|value| value.interval);
        Cell::number(interval.map(|interval| interval.relative_half_width()))
    };
    let time = |value: Option<Estimated>| match value {
        Some(Estimated { ms: 0.0, .. }) => Cell::text("any length".to_owned()),
        value => Cell::number(value.map(|value| value.ms)),
    };
    let ends = move |value: Option<Estimated>| {
        let Some(Interval { low, high, .. }) = value.and_then(|value| value.interval) else { return Cell::default() };
        let between = format!("95 % interval: {} to {}", Time(low.max(0.0)), Time(high));
        // From nothing on there is no middle to be a share of.
        let cell = if low > 0.0 { half(value) } else { Cell::text(format!("to {}", Time(high))) };
        cell.with_detail(Some(between))
    };
    let is_known = analysis.rows.iter().any(|row| cost(row).is_some());
    let does_one = |row: &&RowAnalysis<'_>| is_known && matches!(row.row.workload, Workload::Operation(_));
    let known = || analysis.rows.iter().filter(does_one);
    let has_messages =
        known().any(|row| row.row.way.handing == Handing::Callback && row.row.way.setup == Setup::Untimed);
    let (columns, lines) = of_rows(
        known(),
        vec![
            row_names(),
            column("each", "Each", Unit::Time, 0, move |row| time(each(row))).about("What one operation takes"),
            column("each-interval", "±", Unit::HalfWidth, 0, move |row| half(each(row)))
                .about("Half of the width of its 95 % interval, as a share of its middle")
                .optional(),
            column("pays", "Pays from", Unit::Time, 0, move |row| time(pays(row)))
                .about("How long a task, or a run whose pool is made for it, must last to gain from the row's workers")
                .optional(),
            column("pays-interval", "±", Unit::HalfWidth, 0, move |row| ends(pays(row)))
                .about("Half of the width of its 95 % interval, as a share of its middle, or up to where it is, where it begins at nothing")
                .optional(),
        ],
    );
    let mut notes =
        vec![Note::on(&["each"], EACH), Note::on(&["pays"], BREAK_EVEN), Note::on(&["pays-interval"], INTERVAL)];
    notes.extend(has_messages.then(|| Note::on(&["each"], IN_MESSAGES)));
    Table {
        key: "operations",
        title: "What each operation costs".to_owned(),
        about: "What one operation of each row takes, and from which length on a task gains from more workers",
        notes: notes
            .into_iter()
            .filter(|note| note.is_about(|key| columns.iter().any(|column| column.key == key)))
            .collect(),
        columns,
        lines,
    }
}
