//! Charts, drawn when they are asked for.

use parlab_shared::analysis::{Analysis, Comparison, PairAnalysis, RowAnalysis, compare_analyses};
use parlab_shared::chart::{self, Chart, ChartGroup, Detail, Form};
use parlab_shared::report::Report;

use super::compare::Sides;
use super::table;
use crate::views::ChartView;

/// The charts of a part of a report, or of an experiment of a pair.
pub fn of_part(reports: &[Report], place: usize, form: Form, scope: &str) -> Vec<ChartView> {
    drawn(reports, place, form, scope).into_iter().map(view).collect()
}

fn drawn(reports: &[Report], place: usize, form: Form, scope: &str) -> Vec<Chart> {
    match reports {
        [report] => {
            let Some(part) = Analysis::part(report, place) else { return Vec::new() };
            let timelines = chart::timelines(&part, Detail::FULL, form, scope).map(|(_, chart)| chart);
            chart::figures(&part, form, scope).chain(timelines).collect()
        }
        _ => {
            let pair = PairAnalysis::of(reports);
            let Some(stage) = pair.stages.get(place) else { return Vec::new() };
            let sides: Vec<(&str, &Analysis<'_>)> = pair.names.iter().map(String::as_str).zip(&stage.parts).collect();
            let comparisons: Vec<&Comparison> = pair.comparisons.iter().collect();
            let timelines = stage.rows.iter().enumerate().map(|(at, row)| {
                let names = sides.iter().enumerate();
                let sides: Vec<(&str, &RowAnalysis<'_>)> =
                    names.filter_map(|(part, (name, _))| Some((*name, stage.side(row, part)?))).collect();
                chart::comparison_timelines(&sides, Detail::FULL, form, &format!("{scope}-{at}"))
            });
            chart::comparison_figures(&sides, &comparisons, form, scope).into_iter().chain(timelines).collect()
        }
    }
}

/// The charts of two files side by side, of all that is held against each other.
pub fn of_sides(all: &[Sides<'_>], form: Form, scope: &str) -> Vec<ChartView> {
    let drawn =
        all.iter().enumerate().flat_map(|(place, sides)| drawn_of_sides(sides, form, &format!("{scope}-{place}")));
    let (timelines, figures): (Vec<Chart>, Vec<Chart>) =
        drawn.partition(|chart| chart.kind.group() == ChartGroup::Timelines);
    figures.into_iter().chain(timelines).map(view).collect()
}

fn drawn_of_sides(Sides { reports, names, timelines }: &Sides<'_>, form: Form, scope: &str) -> Vec<Chart> {
    let [baseline, candidate] = reports.map(Analysis::of);
    let [of_baseline, of_candidate] = [0, 1].map(|side| names[side].as_str());
    let timelines = timelines.iter().enumerate().filter_map(|(place, rows)| {
        let rows = [(of_baseline, baseline.row(&rows[0])?), (of_candidate, candidate.row(&rows[1])?)];
        Some(chart::comparison_timelines(&rows, Detail::FULL, form, &format!("{scope}-{place}")))
    });
    let comparison = compare_analyses(&baseline, &candidate);
    let sides = [(of_baseline, &baseline), (of_candidate, &candidate)];
    chart::comparison_figures(&sides, &[&comparison], form, scope).into_iter().chain(timelines).collect()
}

/// A chart as the page draws it.
pub fn view(chart: Chart) -> ChartView {
    let Chart { kind, id, title, svg, caption, table } = chart;
    let (kind, group) = (kind.name().to_owned(), kind.group().name().to_owned());
    ChartView { id, kind, group, title, svg, caption, table: table.as_ref().map(table::view) }
}
