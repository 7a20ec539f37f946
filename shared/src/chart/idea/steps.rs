//! Single operations: how seldom a run repeats each, and messages of growing length.

use super::{LANE, NAME, TEXT, WIDTH};
use crate::chart::frame::{EDGE, clip};
use crate::chart::legend::colour;
use crate::chart::svg::{Anchor, Area, Svg};
use crate::experiment::Experiment;
use crate::grouping::grouped;
use crate::label::RowLabel;
use crate::number::{Bytes, Grouped};
use crate::row::Row;
use crate::strategy::Strategy;
use crate::way::Setup;
use crate::workload::{Operation, OperationKind, Workload};

/// From one step to the next.
const STEP: f64 = 30.0;
/// The share of the width that names have.
const NAMES: f64 = 0.62;
/// A bar that stands for next to nothing.
const LEAST: f64 = 6.0;

/// What an experiment's rows do over and over.
pub(super) enum Steps {
    /// Several operations: rows by how often a run repeats theirs, often first.
    Repeated(Vec<(String, f64)>),
    /// Messages, by how they get to whoever reads them: lengths in bytes, and whether each is copied on its way.
    Messages(Vec<(String, Vec<(u64, Carried)>)>),
}

/// How a message gets to whoever reads it.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Carried {
    /// Whoever shares the memory is told where it is.
    Shared,
    Copied,
    GivenAway,
}

/// The steps of rows that do single operations; `None` of others.
pub(super) fn steps(experiment: &Experiment, own: &[Row]) -> Option<Steps> {
    let operation = |row: &Row| match &row.workload {
        Workload::Operation(operation) => Some(operation.clone()),
        _ => None,
    };
    let rows: Vec<(&Row, Operation)> = own.iter().map(|row| Some((row, operation(row)?))).collect::<Option<_>>()?;
    if experiment.swept.iter().any(|name| name == "payload") {
        let kinds = rows.iter().map(|(row, operation)| {
            (RowLabel::of(row).without("payload").to_string(), (operation.payload, carried(row, operation)))
        });
        return Some(Steps::Messages(grouped(kinds)));
    }
    // A pool that is made while the clock runs is made once.
    let times = |row: &Row, operation: &Operation| match row.way.setup {
        Setup::Timed => 1.0,
        _ => operation.operations(),
    };
    // An empty task is what it takes to hand one over.
    let name = |row: &Row, operation: &Operation| match operation.operation {
        OperationKind::Nothing => {
            RowLabel::of(row).without("operation").without("payload").without_workers().to_string()
        }
        kind => kind.to_string(),
    };
    let mut repeated: Vec<(String, f64)> = Vec::new();
    for (row, operation) in &rows {
        let times = times(row, operation);
        if repeated.iter().all(|(_, known)| *known != times) {
            repeated.push((name(row, operation), times));
        }
    }
    repeated.sort_by(|(_, times), (_, next)| next.total_cmp(times));
    (repeated.len() > 2).then_some(Steps::Repeated(repeated))
}

fn carried(row: &Row, operation: &Operation) -> Carried {
    match (row.strategy, operation.operation) {
        (Strategy::Processes, OperationKind::Transfer) => Carried::GivenAway,
        (Strategy::Processes, _) => Carried::Copied,
        _ => Carried::Shared,
    }
}

/// Draws the steps; returns where the next thing may begin, and what is drawn in words.
pub(super) fn draw(svg: &mut Svg, steps: &Steps) -> (f64, String) {
    match steps {
        Steps::Repeated(repeated) => draw_repeated(svg, repeated),
        Steps::Messages(kinds) => draw_messages(svg, kinds),
    }
}

/// A bar for each operation, longer by equal steps for equal factors by which a run repeats it less often.
fn draw_repeated(svg: &mut Svg, repeated: &[(String, f64)]) -> (f64, String) {
    let most = repeated.first().map_or(1.0, |(_, times)| *times);
    let least = repeated.last().map_or(1.0, |(_, times)| *times);
    let x = EDGE + WIDTH * NAMES;
    let room = WIDTH - EDGE - x;
    let mut y = EDGE;
    for (name, times) in repeated {
        let name = clip(name, TEXT, x - EDGE - 10.0);
        svg.text("chart-text chart-idea-text", (EDGE, y + 20.0), Anchor::Start, &name);
        let share = (most / times).ln() / (most / least).ln().max(f64::MIN_POSITIVE);
        let area = Area { x, y: y + 3.0, width: LEAST + (room - LEAST) * share, height: STEP - 9.0 };
        svg.rect(&format!("chart-bar {}", colour(0)), area, None);
        y += STEP;
    }
    let said: Vec<String> = repeated.iter().map(|(name, times)| format!("{name}: {}", Grouped(*times))).collect();
    let text = "How often a run repeats each operation: the longer one takes, the fewer, and the longer its bar.";
    (y, format!("{text} {}.", said.join("; ")))
}

/// A bar for each message, as long as its length has digits where it is copied; one that is given away is lighter, and of one
/// that is shared nothing moves.
fn draw_messages(svg: &mut Svg, kinds: &[(String, Vec<(u64, Carried)>)]) -> (f64, String) {
    let longest = kinds.iter().flat_map(|(_, messages)| messages).map(|(bytes, _)| *bytes).max().unwrap_or_default();
    let digits = |bytes: u64| (1.0 + bytes as f64).ln();
    let mut y = EDGE;
    let mut said = "Messages of growing length, and what of them is moved.".to_owned();
    for (index, (name, messages)) in kinds.iter().enumerate() {
        svg.text("chart-text chart-idea-text", (EDGE, y + 20.0), Anchor::Start, &clip(name, TEXT, WIDTH - 2.0 * EDGE));
        y += NAME;
        for (bytes, carried) in messages {
            let share = if *carried == Carried::Shared { 0.0 } else { digits(*bytes) / digits(longest) };
            let class = if *carried == Carried::GivenAway { "chart-idea-wait" } else { "chart-bar" };
            let width = LEAST + (WIDTH - 2.0 * EDGE - LEAST) * share;
            svg.rect(&format!("{class} {}", colour(index)), Area { x: EDGE, y, width, height: LANE - 3.0 }, None);
            y += LANE;
        }
        y += 7.0;
        let how = match messages.first() {
            Some((_, Carried::Copied)) => "copied",
            Some((_, Carried::GivenAway)) => "given away, where that can be",
            Some((_, Carried::Shared)) | None => "nothing, since the memory is shared",
        };
        let lengths: Vec<String> = messages.iter().map(|(bytes, _)| Bytes(*bytes).to_string()).collect();
        said += &format!(" {name}: {}: {how}.", lengths.join(", "));
    }
    (y, said)
}
