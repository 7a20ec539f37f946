//! Two reports in one chart: what their rows took, and how they scale.

use super::bars::{Bar, bars, sequential_first};
use super::scaling::{Series, plot, series_of};
use super::svg::Picture;
use crate::analysis::{Analysis, Comparison, Ratio, RowAnalysis};
use crate::label::{RowLabel, group};

/// A chart for each experiment, with the times of the rows that both have, side by side.
pub(super) fn bars_of_rows(comparison: &Comparison, sides: [&Analysis<'_>; 2], names: [&str; 2]) -> Vec<Picture> {
    let [baseline, candidate] = sides;
    let both = sequential_first(baseline).into_iter().filter_map(|row| {
        let ratio = comparison.ratios.iter().find(|ratio| ratio.row == *row.row)?;
        Some([row, counterpart(candidate, ratio)?])
    });
    let mut both: Vec<[&RowAnalysis<'_>; 2]> = both.collect();
    let experiment = |pair: &[&RowAnalysis<'_>; 2]| pair[0].row.experiment.clone();
    both.sort_by_key(|pair| baseline.runs.iter().position(|run| run.row.experiment == experiment(pair)));
    let chart = |pairs: &[[&RowAnalysis<'_>; 2]]| {
        let many_workloads = pairs.windows(2).any(|two| two[0][0].row.workload.name() != two[1][0].row.workload.name());
        let bars_of_pair = |pair: &[&RowAnalysis<'_>; 2]| {
            let row = pair[0].row;
            let label = RowLabel::of(row);
            let label = if many_workloads { label.with_workload(row) } else { label }.to_string();
            let bar = |side: usize| Bar::of_row(label.clone(), names[side].to_owned(), pair[side]);
            [bar(0), bar(1)].into_iter().flatten()
        };
        let pairs_of_bars: Vec<Bar> = pairs.iter().flat_map(bars_of_pair).collect();
        bars(&format!("Wall time: {}", group(pairs[0][0].row)), &pairs_of_bars)
    };
    both.chunk_by(|pair, next| experiment(pair) == experiment(next)).map(chart).collect()
}

/// The row of the candidate that a ratio is of.
fn counterpart<'a>(candidate: &'a Analysis<'a>, ratio: &Ratio) -> Option<&'a RowAnalysis<'a>> {
    let is_it =
        |row: &&RowAnalysis<'_>| row.row.experiment == ratio.candidate_experiment && row.row.is_same_work(&ratio.row);
    candidate.rows.iter().find(is_it)
}

/// A chart for each experiment that both have and that has a speed-up, with the series of both.
pub(super) fn speedups(sides: [&Analysis<'_>; 2], names: [&str; 2]) -> Vec<Picture> {
    let [parts, twins] = sides.map(|side| Analysis::parts(side.report));
    let about = |part: &Analysis<'_>| part.rows.first().map(|row| group(row.row).to_owned());
    let chart = |part: &Analysis<'_>| {
        let about_part = about(part)?;
        let twin = twins.iter().find(|twin| about(twin).as_ref() == Some(&about_part))?;
        let series = [part, twin].into_iter().zip(names).flat_map(|(side, name)| {
            let own = series_of(side).into_iter();
            own.map(move |series| Series { name: format!("{name} {}", series.name), ..series })
        });
        let series: Vec<Series> = series.collect();
        // Two machines may differ; then no line says how many cores there are.
        let cores = [part, twin].map(|side| side.report.environment.usable_cores());
        let cores = (cores[0] == cores[1]).then_some(cores[0]);
        let title = format!("Speed-up by workers: {about_part}");
        (!series.is_empty()).then(|| plot(&title, &series, cores))
    };
    parts.iter().filter_map(chart).collect()
}
