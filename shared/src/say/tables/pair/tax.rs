//! Where the time goes on the way from native code to isolated workers in a browser.

use crate::analysis::{PairAnalysis, PairStage, Step, StepKind};
use crate::number::Counted;
use crate::say::table::{Cell, Column, Line, Note, Table, Unit};
use crate::say::tables::ratio_interval;
use crate::say::verdict::cost;
use crate::strategy::Strategy;
use crate::workload::Nature;

pub(super) fn table(pair: &PairAnalysis<'_>, stage: &PairStage<'_>) -> Table {
    let first = &pair.names[0];
    let all = pair.stages.iter().flat_map(|stage| &stage.taxes).map(|tax| tax.steps.len()).sum::<usize>();
    let lines = stage.taxes.iter().flat_map(|tax| {
        let name = &pair.names[tax.part];
        tax.steps.iter().map(move |step| Line::Cells { row: None, cells: cells(step, first, name, all) })
    });
    let columns = vec![
        Column::new("part", super::PARTS, Unit::Text, 0),
        Column::new("step", "Step", Unit::Text, 0),
        Column::new("compared", "What is divided by what", Unit::Text, 0),
        Column::new("ratio", "Ratio", Unit::Ratio, 0),
        Column::new("ratio-interval", "95 % interval", Unit::Text, 0),
        Column::new("words", "In words", Unit::Text, 0),
    ];
    let lines: Vec<Line> = lines.collect();
    let steps = || stage.taxes.iter().flat_map(|tax| &tax.steps);
    let has_all = steps().any(|step| matches!(step.kind, StepKind::Together(_)));
    let multiplies = "One worker, several threads and isolation multiply to what they cost in all, but for rounding.";
    let words = format!(
        "Words hold for {all} steps together, those of all browsers and experiments (Holm); a step that is not shown to cost \
         anything costs at most what its interval ends with."
    );
    let notes = [
        Some(Note::on(&["ratio"], "Each step is the median of its ratios in the same pass.")),
        has_all.then(|| Note::on(&["ratio"], multiplies)),
        Some(Note::on(&["words"], words)),
    ];
    Table {
        key: "tax",
        title: "Where the time goes".to_owned(),
        about: "What each step from native code to isolated workers in a browser multiplies the time by",
        columns,
        lines,
        notes: notes.into_iter().flatten().collect(),
    }
}

fn cells(step: &Step, native: &str, browser: &str, all: usize) -> Vec<Cell> {
    vec![
        Cell::text(browser),
        Cell::text(name(step)),
        Cell::text(compared(step, native, browser)),
        Cell::number(step.estimate.ratio),
        ratio_interval(step.estimate.interval),
        Cell::text(cost(&step.estimate, step.verdict, step.passes, all)),
    ]
}

/// What a step is called.
fn name(step: &Step) -> String {
    let workers = |count: u32| Counted(count.into(), "worker");
    match step.kind {
        StepKind::OneWorker(_) => {
            // Of work that waits, most is what the browser does with its requests and files.
            let what = if step.nature == Nature::Computes { "wasm" } else { "browser" };
            format!("{what}, one worker")
        }
        StepKind::Workers(Strategy::Threads, count) => Counted(count.into(), "thread").to_string(),
        StepKind::Workers(strategy, count) => strategy.counted(count),
        StepKind::Isolation(count) => format!("isolation, {}", workers(count)),
        StepKind::Messages => "messages, one worker".to_owned(),
        StepKind::Together(count) => format!("in all, {}", workers(count)),
    }
}

/// What is divided by what.
fn compared(step: &Step, native: &str, browser: &str) -> String {
    let one = &step.one_worker;
    match step.kind {
        StepKind::OneWorker(_) => format!("{browser} ÷ {native}: {one}"),
        StepKind::Workers(strategy, count) => {
            format!("{browser} ÷ {native}: {strategy} × {count}, by the same ratio of {one}")
        }
        StepKind::Isolation(count) => format!("{browser}: processes × {count} ÷ threads × {count}"),
        StepKind::Messages => format!("{browser}: processes × 1 ÷ {one}"),
        StepKind::Together(count) => format!("{browser}, processes × {count} ÷ {native}, threads × {count}"),
    }
}
