//! The answer: which row is the fastest, if that is shown, and what else the intervals show.

use super::clock::seen_by_the_clock;
use super::dropped::dropped;
use super::gain::{beyond_the_cores, predicted_and_measured};
use super::losses::losses;
use super::makes::Makes;
use super::operations::operations;
use super::parts::parts_of_tasks;
use super::statement::{Evidence, Statement, with_margin};
use super::together::{Told, told};
use super::under_way::under_way;
use super::verdict::{no_difference, too_few_runs};
use crate::analysis::{Analysis, RowAnalysis};
use crate::label::RowLabel;
use crate::number::Time;
use crate::row::Row;
use crate::statistics::{VALUES_FOR_INTERVAL, Verdict, paired_ratio};
use crate::text::in_sentence;

/// More rows than these are counted.
const NAMES_MAX: usize = 3;

/// Parameters that say how a work is organised, and not what it is.
const HOW: &[&str] = &["keep", "round", "on", "protocol"];

/// Whether two rows do the same work, however it is organised.
fn do_the_same(row: &Row, next: &Row) -> bool {
    let work = |row: &Row| {
        let mut params = row.workload.params();
        params.retain(|name, _| !HOW.contains(&name.as_str()));
        (row.workload.name(), params)
    };
    work(row) == work(next)
}

/// What was found, the most important first: which row is the fastest, what single tasks show, how rows compare over a number
/// and by their ways, what workers gain, where that ends, how many requests are under way at once, and whether what waits takes as
/// long as predicted.
pub fn statements(analysis: &Analysis<'_>) -> Vec<Statement> {
    let found = fastest(analysis);
    // What was said of two rows is not said twice.
    let is_said = |gain: &Statement| found.as_ref().is_some_and(|found| found.rows == gain.rows);
    let Told { crossings, ways, gains } = told(std::slice::from_ref(analysis)).pop().unwrap_or_default();
    let mut gains = gains.into_iter().filter(|gain| !is_said(gain));
    let mut beyond = beyond_the_cores(analysis).into_iter();
    let first: Vec<Statement> = gains.next().into_iter().chain(beyond.next()).collect();
    let said: Vec<Statement> = dropped(analysis)
        .into_iter()
        .chain(found.clone())
        .chain(seen(analysis))
        .chain(crossings)
        .chain(ways)
        .chain(first)
        .chain(under_way(analysis))
        .chain(predicted_and_measured(analysis))
        .chain(gains)
        .chain(beyond)
        .collect();
    if said.is_empty() { too_few(analysis).into_iter().collect() } else { said }
}

/// That there are too few runs for an answer, if that is why nothing is said.
fn too_few(analysis: &Analysis<'_>) -> Option<Statement> {
    let runs = analysis.rows.iter().map(|row| row.measured.len()).max().filter(|runs| *runs > 0)?;
    let what = if analysis.rows.len() > 1 { "how rows compare" } else { "how long it takes" };
    let text = format!("{what}: {}", too_few_runs(runs));
    (runs < VALUES_FOR_INTERVAL as usize).then(|| Statement::new(&text, Vec::new(), Evidence::Times))
}

/// What single tasks show: what became of them, what each costs, where its time goes, and what the clock shows of it.
pub(super) fn seen(analysis: &Analysis<'_>) -> Vec<Statement> {
    losses(analysis)
        .into_iter()
        .chain(operations(analysis))
        .chain(parts_of_tasks(analysis))
        .chain(seen_by_the_clock(analysis))
        .collect()
}

/// Which row is the fastest, or that no difference is shown: only what intervals support, and of wall time, if rows differ in
/// what they make outside of it. `None` where rows did not do the same work, or fewer than two were measured.
///
/// The fastest is the row with the smallest median if the interval of every other row's ratio to it, pass by pass, is over 1.
fn fastest(analysis: &Analysis<'_>) -> Option<Statement> {
    if !analysis.rows.windows(2).all(|two| do_the_same(two[0].row, two[1].row)) {
        return None;
    }
    let timed = || {
        let whole = analysis.rows.iter().filter(|row| row.summary.failed == 0);
        whole.filter_map(|row| Some((row, row.summary.median_ms()?)))
    };
    let (fastest, median_ms) = timed().min_by(|(_, ms), (_, next_ms)| ms.total_cmp(next_ms))?;
    let mut others: Vec<(&RowAnalysis<'_>, f64)> = timed().filter(|(row, _)| row.row != fastest.row).collect();
    others.sort_by(|(_, ms), (_, next_ms)| ms.total_cmp(next_ms));
    if others.is_empty() {
        return None;
    }
    let [by_what, in_what] = match Makes::of(analysis) {
        Makes::Alike => ["", ""],
        Makes::Workers | Makes::AtOtherTimes => [" by wall time", " in wall time"],
    };
    let mut ratios = Vec::new();
    for (row, _) in &others {
        let pairs = row.pairs_with(fastest);
        let Some(ratio) = paired_ratio(&pairs).filter(|ratio| ratio.interval.is_some()) else {
            let text = format!("which row is the fastest{by_what}: {}", too_few_runs(pairs.len()));
            return Some(Statement::new(&text, Vec::new(), Evidence::Times));
        };
        ratios.push(ratio);
    }
    let (slower, alike): (Vec<_>, Vec<_>) =
        others.iter().zip(&ratios).partition(|(_, ratio)| ratio.verdict() == Verdict::Slower);
    let rows: Vec<RowLabel> = alike.into_iter().map(|((row, _), _)| row.label.clone()).collect();
    let mut alike: Vec<String> = rows.iter().map(|label| in_sentence(&label.to_string()).into_owned()).collect();
    if !alike.is_empty() {
        let first = called(fastest);
        let all_are_slower = slower.iter().all(|(_, ratio)| ratio.is_slower_of_any_pair(ratios.len() + 1));
        let rest = if all_are_slower { slower.len() } else { 0 };
        let more = alike.len().saturating_sub(NAMES_MAX);
        if more > 0 {
            alike.truncate(NAMES_MAX);
            alike.push(format!("{more} more"));
        }
        let longer = match rest {
            0 => String::new(),
            1 => format!(", and {} takes longer than {first}", called(slower[0].0.0)),
            _ => format!(", and all other rows take longer than {first}"),
        };
        let text = format!("{}{longer}", no_difference(in_what, &first, &alike));
        let rows = [fastest.label.clone()].into_iter().chain(rows).collect();
        return Some(Statement::new(&text, rows, Evidence::Times));
    }
    let baseline = fastest.baseline.map(|baseline| &analysis.rows[baseline]).filter(|row| row.row != fastest.row);
    let against = baseline.and_then(|baseline| {
        let speedup =
            paired_ratio(&baseline.pairs_with(fastest)).filter(|speedup| speedup.verdict() == Verdict::Slower)?;
        Some((format!(", {} times as fast as {}", with_margin(&speedup)?, called(baseline)), baseline.label.clone()))
    });
    let (words, beside) = against.unzip();
    let text = format!("fastest{by_what}: {}, in {}{}", called(fastest), Time(median_ms), words.unwrap_or_default());
    Some(Statement::new(&text, [fastest.label.clone()].into_iter().chain(beside).collect(), Evidence::Times))
}

/// What a row is called in a sentence.
fn called(row: &RowAnalysis<'_>) -> String {
    in_sentence(&row.label.to_string()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::experiments;
    use crate::report::Report;
    use crate::report::fixture::ReportBuilder;
    use crate::strategy::{Platform, Strategy};

    /// What is found of rows that took so many milliseconds and scattered alone by a share.
    fn found(runs: u32, scatter: f64, wall_ms: fn(&Row) -> f64) -> String {
        let of_run = |row: &Row, run: u32| {
            let own = (run * 7 + row.workers * 5 + u32::from(row.strategy == Strategy::Threads) * 3) % 11;
            wall_ms(row) * (1.0 + scatter * (f64::from(own) / 5.0 - 1.0))
        };
        let report = ReportBuilder::of("cpu-heavy").runs(runs).wall_ms(of_run).build();
        statements(&Analysis::of(&report)).first().expect("rows").text.clone()
    }

    #[test]
    fn only_what_every_interval_shows() {
        let by_workers =
            |row: &Row| 100.0 / f64::from(row.workers) + if row.strategy == Strategy::Processes { 2.0 } else { 0.0 };
        assert_eq!(
            found(12, 0.001, by_workers),
            "Fastest by wall time: threads × 4, in 25.0 ms, 4.00 ± 0.01 times as fast as sequential."
        );
        assert_eq!(
            found(12, 0.2, by_workers),
            "No difference in wall time is shown between threads × 4 and processes × 4, and all other rows take longer than threads × 4."
        );
        let equal = found(12, 0.02, |_| 100.0);
        assert!(
            equal.starts_with("No difference in wall time is shown between ") && equal.ends_with(" or 3 more."),
            "{equal}"
        );
        assert_eq!(
            found(2, 0.001, by_workers),
            "Which row is the fastest by wall time: too few runs to tell (2 of 6)."
        );
    }

    #[test]
    fn rows_that_organise_the_same_work_differently_are_told_apart() {
        for name in ["crawl", "dictionary"] {
            let report = ReportBuilder::of(name).runs(8).build();
            let found = fastest(&Analysis::of(&report)).expect("rows").text;
            assert!(found.contains(" wall time"), "{name}: {found}");
        }
        // More tasks are other work.
        assert_eq!(fastest(&Analysis::of(&ReportBuilder::of("post-sweep").runs(8).build())), None);
        // Rows that make the same workers differ in their wall times only.
        let threads = ReportBuilder::of("cpu-heavy").runs(8).only(|row| row.strategy == Strategy::Threads).build();
        let found = fastest(&Analysis::of(&threads)).expect("rows").text;
        assert!(!found.contains("wall time"), "{found}");
    }

    #[test]
    fn only_what_intervals_support_is_said_of_workers_cores_and_predictions() {
        let said = |report: &Report| -> Vec<(String, Evidence)> {
            statements(&Analysis::of(report)).into_iter().map(|said| (said.text, said.evidence)).collect()
        };
        let of = |runs: u32, wall_ms: fn(&Row, u32) -> f64| {
            let builder = ReportBuilder::of("cpu-heavy").runs(runs).wall_ms(wall_ms);
            builder.request(|request| request.workers = Some(vec![1, 2, 4])).build()
        };
        let on_two_cores = |row: &Row, run: u32| {
            let own = if row.strategy == Strategy::Processes { 1.2 } else { 1.0 };
            own * (100.0 + f64::from((run * 5 + row.workers) % 7) / 10.0) / f64::from(row.workers.min(2))
        };
        let found = said(&of(12, on_two_cores));
        let has = |text: &str, evidence: Evidence| {
            assert!(found.iter().any(|(said, of)| said.starts_with(text) && *of == evidence), "{text}: {found:?}");
        };
        has("Threads × 4 is 1.99 ± 0.02 times as fast as sequential.", Evidence::SpeedUps);
        has("Processes × 4 is 1.66 ± 0.02 times as fast as sequential.", Evidence::SpeedUps);
        has("Beyond 2 cores at most ", Evidence::SpeedUps);
        // Without intervals nothing is said but that.
        let few = said(&of(3, on_two_cores));
        assert_eq!(few.len(), 1, "{few:?}");
        // Four workers that gain something beyond the cores.
        let gaining = said(&of(12, |row, run| 100.0 / f64::from(row.workers) + f64::from(run % 3) / 10.0));
        assert!(!gaining.iter().any(|(text, _)| text.starts_with("Beyond")), "{gaining:?}");
        // Equal rows have no winner and no gain.
        let equal = said(&of(12, |row, run| 100.0 + f64::from((run * 7 + row.workers * 5) % 11)));
        assert!(!equal.iter().any(|(text, _)| text.contains(" times as fast as")), "{equal:?}");
        let waiting = said(&ReportBuilder::of("post").runs(12).build());
        assert!(
            waiting.iter().any(|(text, _)| text.contains(" predicted, ") && text.contains(" measured")),
            "{waiting:?}"
        );
    }

    #[test]
    fn every_experiment_says_something_natively_and_in_a_browser() {
        let contend = ReportBuilder::of("contend").runs(2).build();
        let few: Vec<String> = statements(&Analysis::of(&contend)).into_iter().map(|said| said.text).collect();
        assert_eq!(few, ["How rows compare: too few runs to tell (2 of 6)."]);
        for experiment in experiments() {
            let report = |platform| {
                let builder = ReportBuilder::of(&experiment.name).platform(platform).runs(8);
                builder.wall_ms(|row, run| (100.0 + f64::from(run % 5)) / f64::from(row.workers.min(2))).build()
            };
            for platform in [Platform::Native, Platform::Chromium] {
                let said = statements(&Analysis::of(&report(platform)));
                assert!(!said.is_empty(), "{} {platform}", experiment.name);
                assert!(said.len() <= 12, "{} {platform}: {said:?}", experiment.name);
            }
        }
    }
}
