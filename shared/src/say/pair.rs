//! What is said of a pair around its tables: its title, what it was measured on, and what was found, in a sentence.

use super::about::{facts, machine, title};
use super::finding::seen;
use super::gain::beyond_the_cores;
use super::statement::{Evidence, Statement, with_margin};
use super::table::{Cell, Column, Line, Table, Unit, merged};
use super::together::{Told, told};
use super::under_way::under_way;
use super::verdict::{of_ratios, too_few_runs};
use crate::analysis::{Analysis, PairAnalysis, PairStage, Ratio, StepKind, Tax};
use crate::label::RowLabel;
use crate::number::{Counted, Time};
use crate::report::Report;
use crate::statistics::Verdict;
use crate::text::{in_sentence, listed};
use crate::workload::Nature;

/// More rows than these are counted.
const NAMES_MAX: usize = 3;

/// What the parts of a pair are about, and where they were measured: `cpu-heavy at scale lab on native and chromium, in
/// turn`.
pub fn pair_title(pair: &PairAnalysis<'_>) -> String {
    let Some(first) = pair.reports.first() else { return "nothing".to_owned() };
    let turns = if pair.names.len() > 1 { ", in turn" } else { "" };
    format!("{} at scale {} on {}{turns}", title(first), first.scale, listed(&pair.names, "and"))
}

/// What each part of a pair was measured on, a line for each.
pub fn pair_machines(pair: &PairAnalysis<'_>) -> Vec<String> {
    let line = |(report, name): (&Report, &String)| {
        let step = Time(report.environment.clock_step_ms);
        format!("{name}: {}; clock step {step}; build {}", machine(report), report.tool.build)
    };
    pair.reports.iter().zip(&pair.names).map(line).collect()
}

/// What each part of a pair was measured on and how, side by side.
pub fn pair_facts(pair: &PairAnalysis<'_>) -> Table {
    let of_parts: Vec<Vec<(&str, String)>> = pair.reports.iter().map(facts).collect();
    let all = merged(of_parts.iter().map(|facts| facts.iter().map(|(name, _)| *name).collect()));
    let line = |name: &&str| {
        let value =
            |facts: &Vec<(&str, String)>| facts.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        let values = of_parts.iter().map(|facts| value(facts).map_or_else(Cell::default, Cell::text));
        Line::Cells { row: None, cells: [Cell::text(*name)].into_iter().chain(values).collect() }
    };
    let names = pair.names.iter().enumerate();
    let columns = names.map(|(part, name)| Column::new(format!("part-{part}"), name.clone(), Unit::Text, 0));
    Table {
        key: "facts",
        title: "Measured on".to_owned(),
        about: "What each platform was measured on",
        columns: [Column::new("fact", "Fact", Unit::Text, 0)].into_iter().chain(columns).collect(),
        lines: all.iter().map(line).collect(),
        notes: Vec::new(),
    }
}

/// What an experiment shows of each part beside the first one, what one worker costs, and what workers gain on each platform: only
/// what the verdicts of the whole pair, and intervals, say. The most important first.
pub fn pair_statements(pair: &PairAnalysis<'_>, stage: &PairStage<'_>) -> Vec<Statement> {
    let parts = pair.names.iter().enumerate().skip(1);
    let beside = parts.filter_map(|(part, name)| beside_the_first(pair, stage, part, name));
    let prices = stage.taxes.iter().filter_map(|tax| price_of_one_worker(pair, tax));
    let on = |name: &String, said: Statement| Statement { text: format!("{name}: {}", said.text), ..said };
    let mut told = told(&stage.parts);
    let mut of_parts = |of: fn(&Analysis<'_>, &mut Told) -> Vec<Statement>| {
        let parts = stage.parts.iter().zip(&mut told).zip(&pair.names);
        let said = parts.flat_map(|((part, told), name)| of(part, told).into_iter().map(|said| on(name, said)));
        said.collect::<Vec<Statement>>()
    };
    let seen = of_parts(|part, _| seen(part));
    let crossings = of_parts(|_, told| std::mem::take(&mut told.crossings));
    let ways = of_parts(|_, told| std::mem::take(&mut told.ways));
    let under_way = of_parts(|part, _| under_way(part));
    let gains =
        of_parts(|part, told| std::mem::take(&mut told.gains).into_iter().chain(beyond_the_cores(part)).collect());
    beside.chain(seen).chain(crossings).chain(ways).chain(under_way).chain(prices).chain(gains).collect()
}

/// What the sequential row, or a single worker, takes in a browser beside native.
fn price_of_one_worker(pair: &PairAnalysis<'_>, tax: &Tax) -> Option<Statement> {
    let step = tax.steps.iter().find(|step| matches!(step.kind, StepKind::OneWorker(_)))?;
    let ratio = with_margin(&step.estimate)?;
    let difference = if step.verdict == Verdict::CannotTell { ": no difference is shown" } else { "" };
    let (row, name) = (&step.one_worker, &pair.names[tax.part]);
    // Work that waits is not slowed down by the code that it is compiled to.
    let what = if step.nature == Nature::Computes { format!("wasm in {name}") } else { name.clone() };
    // Of several such rows it is one, which only its whole name tells from the others.
    let of_row = row.to_string();
    let which = if of_row.contains(", ") { format!(" ({of_row})") } else { String::new() };
    let text = format!("{what} takes {ratio} of {}'s time on one worker{which}{difference}", pair.names[0]);
    Some(Statement::new(&text, vec![row.clone()], Evidence::Ratios))
}

/// What is said of one part beside the first one; rows of which nothing can be said are counted.
fn beside_the_first(pair: &PairAnalysis<'_>, stage: &PairStage<'_>, part: usize, name: &str) -> Option<Statement> {
    let first = &pair.names[0];
    let ratios: Vec<(&Ratio, &RowLabel)> =
        stage.rows.iter().filter_map(|row| Some((row.ratio(part)?, &row.label))).collect();
    let (known, few): (Vec<_>, Vec<_>) = ratios.iter().partition(|(ratio, _)| ratio.estimate.interval.is_some());
    let refused = stage.rows.iter().filter(|row| matches!(row.ratios.get(part), Some(Some(Err(_))))).count();
    let most = few.iter().map(|(ratio, _)| ratio.runs()).max();
    let all = known.len();
    let of = |verdict| known.iter().copied().filter(|(ratio, _)| ratio.verdict == verdict).collect::<Vec<_>>();
    let said = |verdict: Verdict| {
        let rows = of(verdict);
        let times = || rows.iter().map(|(ratio, _)| ratio.estimate.ratio);
        let (low, high) = (times().reduce(f64::min)?, times().reduce(f64::max)?);
        let words = of_ratios(low, high, verdict);
        let than = if words.ends_with(" as long") { "as" } else { "than" };
        Some(format!("{words} {than} {first} {}", which_rows(&rows, all)))
    };
    let shown: Vec<String> = [Verdict::Slower, Verdict::Faster].into_iter().filter_map(said).collect();
    let equal = of(Verdict::CannotTell);
    let differs = (!shown.is_empty()).then(|| format!("{name} {}", shown.join(", and ")));
    let is_alone = differs.is_none();
    let alike = (!equal.is_empty()).then(|| {
        let between = if is_alone { format!(" between {name} and {first}") } else { String::new() };
        // What is shown of no row is not shown in any.
        let rows =
            if equal.len() == all && all > 1 { format!("in any of {all} rows") } else { which_rows(&equal, all) };
        format!("no difference is shown{between} {rows}")
    });
    let too_few = most.map(|most| match all {
        0 => format!("{name} beside {first}: {}", too_few_runs(most)),
        _ => format!("{} with too few runs to tell", Counted(few.len() as u64, "row")),
    });
    let refused = (refused > 0).then(|| {
        let rows = Counted(refused as u64, "row");
        if ratios.is_empty() { format!("{rows} of {name} not compared") } else { format!("{rows} not compared") }
    });
    let parts: Vec<String> = [differs, alike, too_few, refused].into_iter().flatten().collect();
    // First those that differ.
    let differing = known.iter().filter(|(ratio, _)| ratio.verdict != Verdict::CannotTell);
    let rows = differing.chain(known.iter().filter(|(ratio, _)| ratio.verdict == Verdict::CannotTell));
    let rows = rows.map(|(_, label)| (*label).clone()).collect();
    (!parts.is_empty()).then(|| Statement::new(&parts.join(", "), rows, Evidence::Ratios))
}

/// On which rows, of so many: their names, or how many they are.
fn which_rows(rows: &[(&Ratio, &RowLabel)], all: usize) -> String {
    match rows.len() {
        1 if all == 1 => format!("on {}", in_sentence(&rows[0].1.to_string())),
        few if few == all => format!("in all {all} rows"),
        few if few <= NAMES_MAX => {
            let names: Vec<String> =
                rows.iter().map(|(_, label)| in_sentence(&label.to_string()).into_owned()).collect();
            format!("on {}", listed(&names, "and"))
        }
        many => format!("in {many} of {all} rows"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::PairBuilder;
    use crate::report::fixture::samples::samples;
    use crate::strategy::Platform;

    #[test]
    fn words_follow_from_intervals() {
        let found = |name: &str| {
            let sample = samples().into_iter().find(|sample| sample.name == name).expect("a sample");
            let pair = PairAnalysis::of(&sample.reports);
            pair_statements(&pair, &pair.stages[0]).first().map(|said| said.text.clone())
        };
        assert_eq!(
            found("pair").as_deref(),
            Some(
                "Chromium takes 7.0 % to 12 % longer than native in 4 of 7 rows, and takes 10 % less than native on \
                 processes × 1, no difference is shown on sequential and threads × 1."
            )
        );
        assert_eq!(
            found("pair-failures").as_deref(),
            Some("No difference is shown between firefox and native on sequential, 3 rows not compared.")
        );
        assert_eq!(found("pair-stopped").as_deref(), Some("Webkit beside native: too few runs to tell (3 of 6)."));
        assert_eq!(
            found("pair-equals").as_deref(),
            Some("No difference is shown between native#2 and native in any of 7 rows.")
        );
    }

    #[test]
    fn each_part_answers_for_itself() {
        let times = |part: &crate::measure::Part, row: &crate::row::Row, run: u32| {
            let is_one = row.workload.params()["one_address"] == true;
            let waits = if is_one && part.platform == Platform::Chromium { 4.0 } else { 1.0 };
            60.0 * waits * (1.0 + f64::from(run % 5) / 1000.0)
        };
        let both = [Platform::Native, Platform::Chromium];
        let reports = PairBuilder::of("cache", &both).runs(8).wall_ms(times).build();
        let pair = PairAnalysis::of(&reports);
        let said: Vec<String> = pair_statements(&pair, &pair.stages[0]).into_iter().map(|said| said.text).collect();
        for expected in [
            "native: No difference is shown between async × 4 and the same with one address (1.000 ± 0.001 times as long).",
            "chromium: Async × 4 takes 4.000 ± 0.001 times as long with one address as without.",
        ] {
            assert!(said.iter().any(|text| text == expected), "{said:?}");
        }
    }
}
