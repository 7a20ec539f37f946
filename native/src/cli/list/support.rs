//! What is supported where, and what carries it out.

use parlab_shared::experiment::experiments;
use parlab_shared::say::Table;
use parlab_shared::strategy::{Dispatch, Mechanism, Platform, Strategy, mechanism};
use parlab_shared::way::Handing;
use parlab_shared::workload::entries;
use serde::Serialize;

use super::text_table;

/// One line of the support table.
#[derive(Debug, Serialize)]
pub struct Support {
    workload: &'static str,
    strategy: Strategy,
    dispatch: Dispatch,
    handing: Handing,
    platform: Platform,
    /// What carries it out, if anything does.
    mechanism: Option<Mechanism>,
    /// Why nothing carries it out; `None` where something does.
    reason: Option<&'static str>,
}

/// What the lines of the table of strategies are told apart by.
type Key = (Strategy, Dispatch, Handing, Mechanism);

/// Every combination.
pub fn support() -> Vec<Support> {
    let mut support = Vec::new();
    for entry in entries() {
        let workload =
            experiments().iter().map(|experiment| &experiment.sizes.lab).find(|workload| workload.name() == entry.name);
        let Some(workload) = workload else { continue };
        for &strategy in Strategy::ALL {
            for &dispatch in Dispatch::ALL {
                for &handing in Handing::ALL {
                    support.extend(Platform::KINDS.iter().map(|&platform| {
                        let found = mechanism(workload, strategy, dispatch, handing, platform);
                        let (mechanism, reason) = (found.ok(), found.err());
                        Support { workload: entry.name, strategy, dispatch, handing, platform, mechanism, reason }
                    }));
                }
            }
        }
    }
    support
}

/// What carries which strategy out: a line for each mechanism, with the platforms where it does that.
pub fn strategies(support: &[Support]) -> Table {
    let mut lines: Vec<(Key, Vec<&Support>)> = Vec::new();
    for cell in support {
        let Some(mechanism) = cell.mechanism else { continue };
        let key = (cell.strategy, cell.dispatch, cell.handing, mechanism);
        match lines.iter_mut().find(|(known, _)| *known == key) {
            Some((_, cells)) => cells.push(cell),
            None => lines.push((key, vec![cell])),
        }
    }
    lines.sort_by_key(|((strategy, dispatch, handing, _), _)| (*strategy, *dispatch, *handing));
    let line = |((strategy, dispatch, handing, mechanism), cells): (Key, Vec<&Support>)| {
        let platforms = some_of(Platform::KINDS, |platform| cells.iter().any(|cell| cell.platform == *platform));
        let workloads = some_of(&workloads(), |workload| cells.iter().any(|cell| cell.workload == *workload));
        [strategy.to_string(), dispatch.to_string(), handing.to_string(), mechanism.to_string(), platforms, workloads]
    };
    text_table(
        ["strategies", "Strategies", "What carries out which strategy, where"],
        ["Strategy", "Dispatch", "Handing", "Carried out by", "Platforms", "Workloads"],
        lines.into_iter().map(line),
        &[
            "Dispatch: workers live for a run and take one task after another (pool), or every task gets a worker of its \
             own (per-task), or every wave has (per-wave).",
            "Handing: tasks are handed out one by one (single), in parts that come back as a whole (map), one by one with \
             results in the order of their arrival (callback), through a queue that is joined (queue), or to threads that \
             wait for an event loop (executor). The last four are the sources', which `--variant source` runs.",
        ],
    )
}

/// What cannot be run, and why: a line for each reason.
pub fn exceptions(support: &[Support]) -> Table {
    let mut reasons: Vec<&'static str> = Vec::new();
    for reason in support.iter().filter_map(|cell| cell.reason) {
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    let line = |reason: &'static str| {
        let has =
            |is_it: &dyn Fn(&Support) -> bool| support.iter().any(|cell| cell.reason == Some(reason) && is_it(cell));
        [
            some_of(&workloads(), |workload| has(&|cell| cell.workload == *workload)),
            some_of(Strategy::ALL, |strategy| has(&|cell| cell.strategy == *strategy)),
            some_of(Dispatch::ALL, |dispatch| has(&|cell| cell.dispatch == *dispatch)),
            some_of(Handing::ALL, |handing| has(&|cell| cell.handing == *handing)),
            some_of(Platform::KINDS, |platform| has(&|cell| cell.platform == *platform)),
            reason.to_owned(),
        ]
    };
    text_table(
        ["exceptions", "What cannot be run", "Which combinations are not supported, and why"],
        ["Workloads", "Strategy", "Dispatch", "Handing", "Platform", "Why"],
        reasons.into_iter().map(line),
        &[],
    )
}

fn workloads() -> Vec<&'static str> {
    entries().iter().map(|entry| entry.name).collect()
}

/// Some of several things by their names: `all`, `all but crash`, or each of them.
fn some_of<T: ToString>(all: &[T], is_meant: impl Fn(&T) -> bool) -> String {
    let (some, others): (Vec<&T>, Vec<&T>) = all.iter().partition(|thing| is_meant(thing));
    let names = |things: &[&T]| things.iter().map(|thing| thing.to_string()).collect::<Vec<_>>().join(", ");
    match others.len() {
        0 => "all".to_owned(),
        // Shorter than to name most of many.
        few if few * 2 < some.len() => format!("all but {}", names(&others)),
        _ => names(&some),
    }
}

#[cfg(test)]
mod tests {
    use parlab_shared::say::{Cell, Line, Unit};

    use super::*;

    /// The cells of a table's lines.
    fn lines(table: &Table) -> Vec<Vec<String>> {
        let cells = |line: &Line| match line {
            Line::Cells { cells, .. } => cells.iter().map(|cell: &Cell| cell.shown(Unit::Text).into_owned()).collect(),
            Line::LeftOut { .. } => Vec::new(),
        };
        table.lines.iter().map(cells).collect()
    }

    /// Whether a cell of a table means a name.
    fn means(cell: &str, name: &str) -> bool {
        let names = |list: &str| list.split(", ").any(|known| known == name);
        cell == "all" || cell.strip_prefix("all but ").map_or_else(|| names(cell), |but| !names(but))
    }

    #[test]
    fn every_combination_has_its_mechanism_or_its_reason() {
        let support = support();
        let (strategies, exceptions) = (lines(&strategies(&support)), lines(&exceptions(&support)));
        for Support { workload, strategy, dispatch, handing, platform, mechanism, reason } in &support {
            let of_line = |line: &&Vec<String>| {
                let [known, by, how, _, platforms, workloads] = &line[..] else { panic!("six columns") };
                [known, by, how] == [strategy.name(), dispatch.name(), handing.name()]
                    && means(platforms, platform.name())
                    && means(workloads, workload)
            };
            let mechanisms: Vec<&str> = strategies.iter().filter(of_line).map(|line| line[3].as_str()).collect();
            let of_exception = |line: &&Vec<String>| {
                let [workloads, strategies, dispatches, handings, platforms, _] = &line[..] else {
                    panic!("six columns")
                };
                means(workloads, workload)
                    && means(strategies, strategy.name())
                    && means(dispatches, dispatch.name())
                    && means(handings, handing.name())
                    && means(platforms, platform.name())
            };
            let reasons: Vec<&str> = exceptions.iter().filter(of_exception).map(|line| line[5].as_str()).collect();
            match (mechanism, reason) {
                (Some(mechanism), _) => assert_eq!((mechanisms, reasons), (vec![mechanism.name()], vec![])),
                (None, reason) => assert!(reasons.contains(&reason.unwrap_or_default()), "{workload} {strategy}"),
            }
        }
    }

    #[test]
    fn some_of_several() {
        let check = |meant: &[u32], expected: &str| {
            assert_eq!(some_of(&[1, 2, 3, 4, 5, 6, 7], |number| meant.contains(number)), expected);
        };
        check(&[1, 2, 3, 4, 5, 6, 7], "all");
        check(&[1, 2, 3, 5, 6, 7], "all but 4");
        check(&[1, 2, 3], "1, 2, 3");
    }
}
