//! Reports in one chart: what their rows took, by how much that differs, and how they scale.

use super::bars::{Bar, bars, sequential_first};
use super::form::Form;
use super::ratio_sweep::{RatioCurve, RatioPoint, ratio_sweep};
use super::ratios::{Mark, ratios};
use super::scaling::{Series, plot, series_of};
use super::svg::Picture;
use crate::analysis::{Analysis, Comparison, Ratio, RowAnalysis, by_parameter};
use crate::label::{RowLabel, group};
use crate::row::Row;

/// What is compared: the baseline first, each with what it is called.
type Sides<'s> = [(&'s str, &'s Analysis<'s>)];

/// A row of the baseline, and how the other sides compare with it, as far as they do.
struct Compared<'s> {
    row: &'s RowAnalysis<'s>,
    label: String,
    ratios: Vec<Option<&'s Ratio>>,
}

/// The rows of the baseline that compare with those of some other side, in groups of one experiment.
fn compared<'s>(sides: &Sides<'s>, comparisons: &[&'s Comparison]) -> Vec<Vec<Compared<'s>>> {
    let Some((_, baseline)) = sides.first() else { return Vec::new() };
    let rows = sequential_first(baseline).into_iter().map(|row| {
        let ratio = |comparison: &&'s Comparison| comparison.ratios.iter().find(|ratio| ratio.row == *row.row);
        Compared { row, label: RowLabel::of(row.row).to_string(), ratios: comparisons.iter().map(ratio).collect() }
    });
    let mut rows: Vec<Compared<'_>> = rows.filter(|row| row.ratios.iter().any(Option::is_some)).collect();
    let experiment = |row: &Compared<'_>| row.row.row.experiment.clone();
    rows.sort_by_key(|row| baseline.runs.iter().position(|run| run.row.experiment == experiment(row)));
    let mut groups: Vec<Vec<Compared<'_>>> = Vec::new();
    for row in rows {
        match groups.last_mut().filter(|group| experiment(&group[0]) == experiment(&row)) {
            Some(group) => group.push(row),
            None => groups.push(vec![row]),
        }
    }
    for group in &mut groups {
        if group.windows(2).any(|two| two[0].row.row.workload.name() != two[1].row.row.workload.name()) {
            let named = |row: &RowAnalysis<'_>| RowLabel::of(row.row).with_workload(row.row).to_string();
            group.iter_mut().for_each(|compared| compared.label = named(compared.row));
        }
    }
    groups
}

/// A chart for each experiment, with the ratios of each other side to the baseline, row by row.
pub(super) fn ratios_of_rows(sides: &Sides<'_>, comparisons: &[&Comparison], form: Form) -> Vec<Picture> {
    let chart = |rows: &Vec<Compared<'_>>| {
        let marks = rows.iter().flat_map(|row| {
            row.ratios.iter().zip(&sides[1..]).filter_map(|(ratio, (name, _))| {
                let estimate = (*ratio)?.estimate;
                let (group, series) = (row.label.clone(), (*name).to_owned());
                Some(Mark { group, series, ratio: estimate.ratio, interval: estimate.interval })
            })
        });
        ratios(form, &format!("Ratios: {}", group(rows[0].row.row)), sides[0].0, &marks.collect::<Vec<Mark>>())
    };
    compared(sides, comparisons).iter().map(chart).collect()
}

/// A chart for each experiment whose rows differ in a number, with the ratios of each other side to the baseline over that number.
pub(super) fn ratios_by_parameter(sides: &Sides<'_>, comparisons: &[&Comparison], form: Form) -> Vec<Picture> {
    let chart = |rows: &Vec<Compared<'_>>| {
        let (swept, kinds) = by_parameter(rows.iter().map(|row| row.row.row))?;
        let curve = |side: usize, kind: &str, of_kind: &[(f64, &Row)]| {
            let point = |(value, row): &(f64, &Row)| {
                let compared = rows.iter().find(|compared| compared.row.row == *row)?;
                let estimate = compared.ratios[side]?.estimate;
                Some(RatioPoint { value: *value, ratio: estimate.ratio, interval: estimate.interval })
            };
            let name = format!("{}, {kind}", sides[side + 1].0);
            RatioCurve { name, points: of_kind.iter().filter_map(point).collect() }
        };
        let others = 0..sides.len() - 1;
        let curves = others.flat_map(|side| kinds.iter().map(move |(kind, of_kind)| curve(side, kind, of_kind)));
        ratio_sweep(form, group(rows[0].row.row), sides[0].0, swept, curves.collect())
    };
    compared(sides, comparisons).iter().filter_map(chart).collect()
}

/// A chart for each experiment, with the times of the rows that they have in common, side by side.
pub(super) fn bars_of_rows(sides: &Sides<'_>, comparisons: &[&Comparison], form: Form) -> Vec<Picture> {
    let chart = |rows: &Vec<Compared<'_>>| {
        let bars_of_row = |row: &Compared<'_>| -> Vec<Bar> {
            let others = row
                .ratios
                .iter()
                .zip(&sides[1..])
                .map(|(ratio, (name, side))| (*name, ratio.and_then(|ratio| counterpart(side, ratio))));
            let all = [(sides[0].0, Some(row.row))].into_iter().chain(others);
            all.filter_map(|(name, row_of)| Bar::of_row(row.label.clone(), name.to_owned(), row_of?)).collect()
        };
        let all: Vec<Bar> = rows.iter().flat_map(bars_of_row).collect();
        bars(form, &format!("Wall time: {}", group(rows[0].row.row)), &all)
    };
    compared(sides, comparisons).iter().map(chart).collect()
}

/// The row of another side that a ratio is of.
fn counterpart<'s>(side: &'s Analysis<'s>, ratio: &Ratio) -> Option<&'s RowAnalysis<'s>> {
    let is_it =
        |row: &&RowAnalysis<'_>| row.row.experiment == ratio.candidate_experiment && row.row.is_same_work(&ratio.row);
    side.rows.iter().find(is_it)
}

/// A chart for each experiment that the baseline and another side have and that has a speed-up, with the series of all.
pub(super) fn speedups(sides: &Sides<'_>, form: Form) -> Vec<Picture> {
    let of_sides: Vec<(&str, Vec<Analysis<'_>>)> =
        sides.iter().map(|(name, side)| (*name, side.experiments())).collect();
    let Some(((first, parts), others)) = of_sides.split_first() else { return Vec::new() };
    let about = |part: &Analysis<'_>| part.rows.first().map(|row| group(row.row).to_owned());
    let chart = |part: &Analysis<'_>| {
        let about_part = about(part)?;
        let mut all = vec![(*first, part)];
        for (name, parts) in others {
            let twin = parts.iter().find(|twin| about(twin).as_ref() == Some(&about_part));
            all.extend(twin.map(|twin| (*name, twin)));
        }
        if all.len() < 2 {
            return None;
        }
        let series = all.iter().flat_map(|(name, side)| {
            let own = series_of(side).into_iter();
            own.map(move |series| Series { name: format!("{name} {}", series.name), ..series })
        });
        let series: Vec<Series> = series.collect();
        // Machines may differ; then no line says how many cores there are.
        let cores = part.report.environment.usable_cores();
        let is_same = all.iter().all(|(_, side)| side.report.environment.usable_cores() == cores);
        let title = format!("Speed-up by workers: {about_part}");
        (!series.is_empty()).then(|| plot(form, &title, &series, is_same.then_some(cores)))
    };
    parts.iter().filter_map(chart).collect()
}
