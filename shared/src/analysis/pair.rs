//! A pair: one plan whose platforms took turns, each beside the first, pass by pass.

mod tax;

use serde::Serialize;

use super::comparison::{self, Comparison, Ratio, Uncomparable, compare, names};
use super::{Analysis, RowAnalysis};
use crate::experiment::Experiment;
use crate::label::{RowLabel, full_name};
use crate::measure::PrecisionOf;
use crate::report::{Report, Warning};
use crate::row::Row;
use crate::statistics::{RatioEstimate, Verdict};
use crate::workload::Nature;

pub use tax::{Step, StepKind, Tax};

/// Whether two reports are different parts of one pair: they took turns, and what slowed a pass of one slowed the other.
pub(super) fn take_turns(first: &Report, second: &Report) -> bool {
    let parts = first.part.as_ref().zip(second.part.as_ref());
    parts.is_some_and(|(first, second)| first.pair == second.pair && first.place != second.place)
}

/// Reports as they belong together: the parts of a pair, which follow each other, or a report by itself.
pub fn together(reports: &[Report]) -> impl Iterator<Item = &[Report]> {
    reports.chunk_by(take_turns)
}

/// The places of what is held against each other of two files: two reports by themselves, or the parts of both that have a
/// name in common; a report by itself is a part named as its platform or its browser.
pub fn twins(baseline: &[Report], candidate: &[Report]) -> Vec<[usize; 2]> {
    if baseline.len() == 1 && candidate.len() == 1 {
        return vec![[0, 0]];
    }
    let called = |report: &Report| match &report.part {
        Some(part) => vec![part.name.clone()],
        None => {
            let browser = report.environment.browser.as_ref().map(|browser| browser.name.to_lowercase());
            [report.platform.to_string()].into_iter().chain(browser).collect()
        }
    };
    let twin = |(at, report): (usize, &Report)| {
        let names = called(report);
        let is_twin = |known: &Report| called(known).iter().any(|name| names.contains(name));
        Some([baseline.iter().position(is_twin)?, at])
    };
    candidate.iter().enumerate().filter_map(twin).collect()
}

/// What the parts of a pair say together.
#[derive(Clone, Debug)]
pub struct PairAnalysis<'a> {
    /// The parts: what each platform measured.
    pub reports: &'a [Report],
    /// What they are called.
    pub names: Vec<String>,
    /// Each part but the first by the first one. Their verdicts hold together, over all parts and all experiments.
    pub comparisons: Vec<Comparison>,
    /// What was measured, experiment by experiment.
    pub stages: Vec<PairStage<'a>>,
    /// Every two parts of one platform.
    pub repeats: Vec<Repeat>,
}

/// What the parts of a pair say of one experiment, or of rows without one.
#[derive(Clone, Debug)]
pub struct PairStage<'a> {
    /// What each part says; nothing, of a part that ran none of it.
    pub parts: Vec<Analysis<'a>>,
    /// The rows of all parts.
    pub rows: Vec<PairRow<'a>>,
    /// Where the time goes, for each browser.
    pub taxes: Vec<Tax>,
}

/// A row on all platforms of a pair.
#[derive(Clone, Debug)]
pub struct PairRow<'a> {
    /// The row, as the first part has it that ran it.
    pub row: &'a Row,
    /// What it is called among the rows of its experiment.
    pub label: RowLabel,
    /// By part: the place of its analysis among the part's rows, if the part ran it.
    pub places: Vec<Option<usize>>,
    /// By part: how it compares with the first part's; `None` of the first part, and of those that did not run it.
    pub ratios: Vec<Option<Result<Ratio, Uncomparable>>>,
}

/// Two parts of one platform: whatever differs between them is chance, or parlab's own fault.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Repeat {
    /// What both are called.
    pub names: [String; 2],
    /// How many rows have an interval.
    pub rows: usize,
    /// How many of them are called different in words.
    pub called_different: usize,
    /// How many of them have an interval of their own that does not contain 1: by chance, 5 of 100 of equals.
    pub beyond_interval: usize,
}

/// The geometric mean of a part's ratios to the first one over some experiments.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PairMean {
    /// Which rows it is of.
    pub of: &'static str,
    /// Of how many.
    pub rows: usize,
    /// The mean.
    #[serde(flatten)]
    pub mean: RatioEstimate,
    /// What may be said of it: something only if some of its rows is shown to differ, too.
    pub verdict: Verdict,
}

impl<'a> PairAnalysis<'a> {
    /// Analyses the parts of a pair; also a single report, which has nothing to be compared with.
    pub fn of(reports: &'a [Report]) -> Self {
        let names = names(reports);
        let mut comparisons: Vec<Comparison> = match reports {
            [first, others @ ..] => others.iter().map(|part| compare(first, part)).collect(),
            [] => Vec::new(),
        };
        comparison::judge_together(comparisons.iter_mut().flat_map(|comparison| &mut comparison.ratios));
        let mut stages = stages(reports, &comparisons);
        let mut taxes: Vec<Vec<Tax>> = stages.iter().map(|stage| tax::taxes(stage, reports)).collect();
        tax::judge_together(&mut taxes);
        stages.iter_mut().zip(taxes).for_each(|(stage, taxes)| stage.taxes = taxes);
        let repeats = repeats(reports, &names);
        Self { reports, names, comparisons, stages, repeats }
    }

    /// Whether some row did not do the same work everywhere.
    pub fn has_other_work(&self) -> bool {
        self.comparisons.iter().any(Comparison::has_other_work)
    }

    /// What is to be known of ratios that were taken until they were known well enough, or the time was over.
    pub fn warnings(&self) -> Vec<Warning> {
        let goal = self.reports.iter().find_map(|report| report.sampling);
        let Some(goal) = goal.filter(|goal| goal.of == PrecisionOf::Ratio && self.reports.len() > 1) else {
            return Vec::new();
        };
        let mut warnings = Vec::new();
        for (comparison, name) in self.comparisons.iter().zip(&self.names[1..]) {
            for ratio in &comparison.ratios {
                let reached = ratio.estimate.interval.map(|interval| interval.relative_half_width());
                if reached.is_none_or(|share| share > goal.half_width) {
                    warnings.push(Warning::Imprecise {
                        row: format!("{}, {name} ÷ {}", full_name(&ratio.row), self.names[0]),
                        reached_percent: reached.map(|share| share * 100.0),
                        asked_percent: goal.half_width * 100.0,
                    });
                }
            }
        }
        if warnings.is_empty() {
            warnings.push(Warning::EndedWhenNarrow);
        }
        warnings
    }

    /// The means of a part's ratios, by its place: over the rows of each nature, if there are several, and over all.
    pub fn means(&self, part: usize) -> Vec<PairMean> {
        let Some(comparison) = part.checked_sub(1).and_then(|at| self.comparisons.get(at)) else { return Vec::new() };
        let of_nature = |nature: Nature| {
            comparison.ratios.iter().filter(move |ratio| ratio.row.workload.nature() == nature).collect::<Vec<_>>()
        };
        let groups = [(COMPUTES, Nature::Computes), (WAITS, Nature::Waits), (SHARES, Nature::Shares)];
        let mut groups: Vec<(&'static str, Vec<&Ratio>)> = groups
            .into_iter()
            .map(|(of, nature)| (of, of_nature(nature)))
            .filter(|(_, rows)| !rows.is_empty())
            .collect();
        if groups.len() > 1 {
            groups.push((ALL, comparison.ratios.iter().collect()));
        }
        let mean = |(of, ratios): (&'static str, Vec<&Ratio>)| {
            let tells = ratios.iter().any(|ratio| ratio.verdict != Verdict::CannotTell);
            let mean = comparison::mean(ratios.iter().copied()).filter(|_| ratios.len() > 1)?;
            let verdict = if tells { mean.verdict() } else { Verdict::CannotTell };
            Some(PairMean { of, rows: ratios.len(), mean, verdict })
        };
        groups.into_iter().filter_map(mean).collect()
    }
}

/// What groups of rows are called.
const COMPUTES: &str = "work that computes";
const WAITS: &str = "work that waits";
const SHARES: &str = "work that shares a dictionary";
const ALL: &str = "all work";

impl<'a> PairStage<'a> {
    /// What it is about: the experiment, or else the workload, of its first run.
    pub fn name(&self) -> &'a str {
        self.known().map_or("nothing", Analysis::name)
    }

    /// The experiment that all runs belong to, if it is one that is known.
    pub fn experiment(&self) -> Option<&'static Experiment> {
        self.known()?.experiment()
    }

    /// The first part that ran any of it.
    pub fn known(&self) -> Option<&Analysis<'a>> {
        self.parts.iter().find(|part| !part.rows.is_empty())
    }

    /// What a part says of a row, if it ran it.
    pub fn side(&self, row: &PairRow<'_>, part: usize) -> Option<&RowAnalysis<'a>> {
        self.parts.get(part)?.rows.get((*row.places.get(part)?)?)
    }
}

impl PairRow<'_> {
    /// The ratio of a part to the first one, if there is one.
    pub fn ratio(&self, part: usize) -> Option<&Ratio> {
        self.ratios.get(part)?.as_ref()?.as_ref().ok()
    }
}

/// The experiments of all parts, in the order in which they ran.
fn stages<'a>(reports: &'a [Report], comparisons: &[Comparison]) -> Vec<PairStage<'a>> {
    let mut of_reports: Vec<Vec<Analysis<'a>>> = reports.iter().map(Analysis::parts).collect();
    let mut stages = Vec::new();
    while let Some(name) = of_reports.iter().find_map(|parts| Some(experiment(parts.first()?))) {
        let next = |(report, parts): (&'a Report, &mut Vec<Analysis<'a>>)| {
            let at = parts.iter().position(|part| experiment(part) == name);
            at.map_or_else(|| Analysis::of_runs(report, &[]), |at| parts.remove(at))
        };
        let parts: Vec<Analysis<'a>> = reports.iter().zip(&mut of_reports).map(next).collect();
        let rows = rows(&parts, comparisons);
        stages.push(PairStage { parts, rows, taxes: Vec::new() });
    }
    stages
}

/// The experiment of an analysis of one.
fn experiment<'a>(part: &Analysis<'a>) -> Option<&'a str> {
    part.runs.first().and_then(|run| run.row.experiment.as_deref())
}

/// The rows of all parts of an experiment: in the order of the first part, and what only others ran behind the row that it
/// followed there.
fn rows<'a>(parts: &[Analysis<'a>], comparisons: &[Comparison]) -> Vec<PairRow<'a>> {
    let is_it = |known: &Row, row: &Row| known.experiment == row.experiment && known.is_same_work(row);
    let mut rows: Vec<&'a Row> = Vec::new();
    for part in parts {
        let mut next = 0;
        for RowAnalysis { row, .. } in &part.rows {
            match rows.iter().position(|known| is_it(known, row)) {
                Some(at) => next = at + 1,
                None => {
                    rows.insert(next, *row);
                    next += 1;
                }
            }
        }
    }
    let Some(known) = parts.iter().find(|part| !part.rows.is_empty()) else { return Vec::new() };
    let pair_row = |row: &'a Row| {
        let place = |part: &Analysis<'_>| part.rows.iter().position(|known| is_it(known.row, row));
        let places: Vec<Option<usize>> = parts.iter().map(place).collect();
        let ratio = |part: usize| {
            places[part]?;
            let Comparison { ratios, uncomparable, .. } = comparisons.get(part.checked_sub(1)?)?;
            let ratio = ratios.iter().find(|ratio| is_it(&ratio.row, row)).cloned().map(Ok);
            ratio.or_else(|| uncomparable.iter().find(|alone| is_it(&alone.row, row)).cloned().map(Err))
        };
        let ratios = (0..parts.len()).map(ratio).collect();
        PairRow { row, label: known.label(row), places, ratios }
    };
    rows.into_iter().map(pair_row).collect()
}

/// Every two parts of one platform, beside each other.
fn repeats(reports: &[Report], names: &[String]) -> Vec<Repeat> {
    let of_two = |first: usize, second: usize| {
        let Comparison { ratios, .. } = compare(&reports[first], &reports[second]);
        let known: Vec<&Ratio> = ratios.iter().filter(|ratio| ratio.estimate.interval.is_some()).collect();
        let count = |differs: fn(&&&Ratio) -> bool| known.iter().filter(differs).count();
        Repeat {
            names: [first, second].map(|at| names[at].clone()),
            rows: known.len(),
            called_different: count(|ratio| ratio.verdict != Verdict::CannotTell),
            beyond_interval: count(|ratio| ratio.estimate.verdict() != Verdict::CannotTell),
        }
    };
    let pairs = (0..reports.len()).flat_map(|first| (first + 1..reports.len()).map(move |second| (first, second)));
    let alike = pairs.filter(|(first, second)| reports[*first].platform == reports[*second].platform);
    alike.map(|(first, second)| of_two(first, second)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::{Part, Precision};
    use crate::report::fixture::{PairBuilder, ReportBuilder};
    use crate::strategy::{Platform, Strategy};

    const BOTH: [Platform; 2] = [Platform::Native, Platform::Chromium];

    /// A pair of `cpu-heavy` in which passes differ tenfold, and platforms by as much as a test says.
    fn pair(platforms: &[Platform], times: fn(&Part, &Row) -> f64) -> Vec<Report> {
        let wall_ms = move |part: &Part, row: &Row, repetition: u32| {
            let own = 1.0 + 0.002 * f64::from((repetition * 7 + row.workers * 3 + row.strategy as u32) % 5);
            10.0 * 10_f64.powf(f64::from(repetition % 4) / 3.0) * own * times(part, row)
        };
        PairBuilder::of("cpu-heavy", platforms).tasks(4).runs(8).wall_ms(wall_ms).build()
    }

    #[test]
    fn ratios_are_taken_pass_by_pass() {
        let reports = pair(&BOTH, |part, _| if part.platform == Platform::Chromium { 1.05 } else { 1.0 });
        let PairAnalysis { comparisons, stages, .. } = PairAnalysis::of(&reports);
        assert_eq!((comparisons.len(), stages.len(), stages[0].rows.len()), (1, 1, 7));
        for ratio in &comparisons[0].ratios {
            assert_eq!((ratio.passes, ratio.runs()), (Some(8), 8));
            assert!(ratio.verdict == Verdict::Slower && (ratio.estimate.ratio - 1.05).abs() < 1e-3, "{ratio:?}");
        }
        // The same runs in two sessions say nothing: passes differ by more.
        let mut alone = reports.clone();
        alone.iter_mut().for_each(|report| report.part = None);
        let ratios = compare(&alone[0], &alone[1]).ratios;
        assert!(ratios.iter().all(|ratio| ratio.verdict == Verdict::CannotTell && ratio.passes.is_none()));
    }

    #[test]
    fn rows_that_a_part_lacks_have_no_ratio() {
        let mut reports = pair(&[Platform::Native, Platform::Python, Platform::Chromium], |_, _| 1.0);
        let is_parallel = |row: &Row| row.strategy == Strategy::Processes;
        reports[0].runs.retain(|run| run.row.workers < 4);
        reports[1].runs.retain(|run| !is_parallel(&run.row));
        let pair = PairAnalysis::of(&reports);
        let [stage] = &pair.stages[..] else { panic!("one experiment") };
        assert_eq!(stage.rows.len(), 7);
        for row in &stage.rows {
            let of_first = row.row.workers < 4;
            assert_eq!(row.places[0].is_some(), of_first);
            assert_eq!(row.places[1].is_some(), !is_parallel(row.row));
            assert_eq!(row.ratio(1).is_some(), of_first && !is_parallel(row.row), "{}", row.label);
            assert_eq!(row.ratio(2).is_some(), of_first, "{}", row.label);
            assert!(stage.side(row, 2).is_some_and(|side| side.row.is_same_work(row.row)));
        }
    }

    #[test]
    fn experiments_that_only_some_parts_have() {
        let platforms = [Platform::Native, Platform::Python, Platform::Firefox];
        let mut reports = PairBuilder::of("sum", &platforms).tasks(3).runs(6).build();
        for (report, next) in reports.iter_mut().zip(PairBuilder::of("mandelbrot", &platforms).tasks(4).runs(6).build())
        {
            report.runs.extend(next.runs);
        }
        let pair = PairAnalysis::of(&reports);
        let names: Vec<&str> = pair.stages.iter().map(PairStage::name).collect();
        assert_eq!(names, ["sum", "mandelbrot"]);
        assert!(
            pair.stages[1].parts[1].rows.is_empty() && pair.stages[1].rows.iter().all(|row| row.places[1].is_none())
        );
        assert!(pair.stages[1].rows.iter().filter(|row| row.ratio(2).is_some()).count() > 1);
        let means = pair.means(2);
        let of: Vec<(&str, usize)> = means.iter().map(|mean| (mean.of, mean.rows)).collect();
        assert_eq!(of, [("work that computes", pair.comparisons[1].ratios.len())]);
    }

    #[test]
    fn steps_multiply_to_what_all_costs() {
        // Wasm costs 10 %, two threads 5 % beyond that, isolation 20 %.
        let times = |part: &Part, row: &Row| match (part.platform, row.strategy, row.workers) {
            (Platform::Native, ..) => 1.0 / f64::from(row.workers),
            (_, Strategy::Sequential, _) => 1.1,
            (_, Strategy::Threads, workers) => 1.1 * 1.05 / f64::from(workers),
            (_, _, workers) => 1.1 * 1.05 * 1.2 / f64::from(workers),
        };
        let reports = pair(&BOTH, times);
        let pair = PairAnalysis::of(&reports);
        let [tax] = &pair.stages[0].taxes[..] else { panic!("one browser") };
        let step = |kind: StepKind| tax.steps.iter().find(|step| step.kind == kind).expect("a step");
        let check = |kind, expected: f64| {
            let Step { estimate, verdict, passes, .. } = step(kind);
            assert!((estimate.ratio / expected - 1.0).abs() < 0.01, "{kind:?}: {estimate:?}");
            assert_eq!((*verdict, *passes), (Verdict::Slower, 8), "{kind:?}");
        };
        check(StepKind::OneWorker(Strategy::Sequential), 1.1);
        check(StepKind::Workers(Strategy::Threads, 2), 1.05);
        check(StepKind::Isolation(2), 1.2);
        check(StepKind::Messages, 1.05 * 1.2);
        check(StepKind::Together(2), 1.1 * 1.05 * 1.2);
        assert_eq!(tax.steps.len(), 8);
        // A row whose tasks failed is no step.
        let mut failing = reports.clone();
        for run in failing[1].runs.iter_mut().filter(|run| run.row.strategy == Strategy::Sequential) {
            run.spans[0].error = Some(crate::span::TaskError::cancelled());
            run.cancelled = true;
        }
        let pair = PairAnalysis::of(&failing);
        let kinds: Vec<StepKind> = pair.stages[0].taxes[0].steps.iter().map(|step| step.kind).collect();
        assert!(kinds.contains(&StepKind::OneWorker(Strategy::Threads)), "{kinds:?}");
        // Nothing is said of what has no native part.
        let python = PairBuilder::of("cpu-heavy", &[Platform::Python, Platform::Chromium]).tasks(2).build();
        assert!(PairAnalysis::of(&python).stages[0].taxes.is_empty());
    }

    #[test]
    fn ratios_that_are_not_known_as_well_as_asked_are_named() {
        let mut reports = pair(&BOTH, |part, _| if part.platform == Platform::Chromium { 1.05 } else { 1.0 });
        assert_eq!(PairAnalysis::of(&reports).warnings(), []);
        let mut asked = |half_width| {
            reports.iter_mut().for_each(|report| {
                report.sampling = Some(Precision { half_width, budget_ms: 1.0, of: PrecisionOf::Ratio })
            });
            PairAnalysis::of(&reports).warnings()
        };
        assert_eq!(asked(0.05), [Warning::EndedWhenNarrow]);
        let warnings: Vec<String> = asked(1e-9).iter().map(ToString::to_string).collect();
        assert!(warnings.iter().any(|text| text.contains("cpu-heavy, threads × 2, chromium ÷ native")), "{warnings:?}");
    }

    #[test]
    fn equals_beside_each_other_are_counted() {
        let reports = pair(&[Platform::Native, Platform::Native, Platform::Native], |part, _| {
            if part.name == "native#3" { 1.5 } else { 1.0 }
        });
        let PairAnalysis { repeats, names, .. } = PairAnalysis::of(&reports);
        assert_eq!(names, ["native", "native#2", "native#3"]);
        let counts: Vec<(&str, usize, usize)> =
            repeats.iter().map(|repeat| (repeat.names[1].as_str(), repeat.rows, repeat.called_different)).collect();
        assert_eq!(counts, [("native#2", 7, 0), ("native#3", 7, 7), ("native#3", 7, 7)]);
    }

    #[test]
    fn files_are_held_against_each_other_by_the_names_of_their_parts() {
        let named = |reports: &[Report], id: &str| {
            let mut reports = reports.to_vec();
            reports.iter_mut().for_each(|report| report.part.as_mut().expect("a part").pair = id.to_owned());
            reports
        };
        let of = |platforms: &[Platform]| PairBuilder::of("sum", platforms).build();
        let first = of(&[Platform::Native, Platform::Firefox]);
        let second = named(&of(&[Platform::Chromium, Platform::Firefox, Platform::Native]), "second");
        assert_eq!(twins(&first, &second), [[1, 1], [0, 2]]);
        let native = vec![ReportBuilder::of("sum").build()];
        // A report of version 1 is of the browser that its environment names.
        let firefox = vec![ReportBuilder::of("sum").platform(Platform::Browser).build()];
        assert_eq!((twins(&native, &second), twins(&first, &firefox)), (vec![[0, 2]], vec![[1, 0]]));
        assert_eq!(twins(&native, &firefox), [[0, 0]], "two reports by themselves, whatever they are of");
        assert_eq!(twins(&native, &of(&[Platform::Chromium, Platform::Firefox])), [[0, 0]; 0]);
        let all: Vec<Report> = [first, second, native].concat();
        assert_eq!(together(&all).map(<[Report]>::len).collect::<Vec<_>>(), [2, 3, 1]);
        assert_eq!(names(&all), ["#1 native", "#1 firefox", "chromium", "#2 firefox", "#2 native", "#3 native"]);
    }
}
