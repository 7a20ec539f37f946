//! The file of a pair: what its parts share once, then what each was measured on, and all runs in the order in which they
//! took place.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Environment, PAIR_VERSION, PartOf, Report, SCHEMA_VERSION, Tool, Warning};
use crate::measure::Precision;
use crate::run::Run;
use crate::scale::Scale;
use crate::strategy::Platform;

/// What a report file holds.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum ReportFile<'a> {
    /// What one platform measured by itself: version 1.
    Report(&'a Report),
    /// What several platforms measured in turn: version 2.
    Pair(Box<PairFile<'a>>),
}

/// What several platforms measured in turn. What its parts are in memory, a [`Report`] each, [`PairFile::into_reports`]
/// makes of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PairFile<'a> {
    /// The version of this format: 2.
    pub schema_version: u32,
    /// Unique among reports.
    pub id: Cow<'a, str>,
    /// When it was begun (RFC 3339).
    pub created: Cow<'a, str>,
    /// What conducted it.
    pub tool: Cow<'a, Tool>,
    /// The named experiment, if all runs belong to the same one.
    pub experiment: Option<Cow<'a, str>>,
    /// Which of the experiment's sizes.
    pub scale: Scale,
    /// The platform whose sizes held for all parts, if they are not everybody's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sizes_of: Option<Platform>,
    /// What decided everything drawn by chance.
    pub seed: u64,
    /// The plan was stopped before its end.
    pub cancelled: bool,
    /// How well times were to be known, if runs were taken until they were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sampling: Option<Precision>,
    /// Where it was measured; ratios are to the first part.
    pub parts: Vec<PartFile<'a>>,
    /// Every run, in the order in which they took place, one at a time.
    pub runs: Vec<RunOfPart<'a>>,
}

/// What a part of a pair was measured on.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PartFile<'a> {
    /// What it is called, which no other part is: its platform, and for the second one of a platform `native#2`.
    pub name: Cow<'a, str>,
    /// Where it was measured.
    pub platform: Platform,
    /// What carried its runs out, if that was another program or build than the one that conducted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<Cow<'a, Tool>>,
    /// On what.
    pub environment: Cow<'a, Environment>,
    /// What gives cause for doubt and cannot be seen in the runs.
    pub warnings: Cow<'a, [Warning]>,
}

/// A run of one part of a pair; its times are since the pair began.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RunOfPart<'a> {
    /// The name of the part that carried it out.
    pub part: Cow<'a, str>,
    /// What was measured.
    #[serde(flatten)]
    pub run: Cow<'a, Run>,
}

/// The files that hold some reports, in their order: one for each report by itself, and one for all parts of a pair that
/// follow each other. Each is a line of JSON.
pub fn files(reports: &[Report]) -> Vec<ReportFile<'_>> {
    let pair = |report: &Report| report.part.as_ref().map(|part| part.pair.clone());
    let together = reports.chunk_by(|report, next| pair(report).is_some() && pair(report) == pair(next));
    together.map(ReportFile::of).collect()
}

impl<'a> ReportFile<'a> {
    /// It as JSON with a line end.
    pub fn to_json(&self) -> String {
        let mut json = serde_json::to_string(self).expect("a report has only text keys");
        json.push('\n');
        json
    }

    /// The file of a report by itself, or of a pair's parts.
    fn of(reports: &'a [Report]) -> Self {
        match reports {
            [first @ Report { part: Some(part), .. }, ..] => Self::Pair(Box::new(PairFile::of(first, part, reports))),
            // Only what `files` finds to be of one pair comes in more than one piece.
            [report, ..] => Self::Report(report),
            [] => unreachable!("what is taken together is something"),
        }
    }
}

impl<'a> PairFile<'a> {
    fn of(first: &'a Report, PartOf { pair, sizes_of, .. }: &'a PartOf, reports: &'a [Report]) -> Self {
        let name = |report: &'a Report| report.part.as_ref().map_or("", |part| part.name.as_str());
        let part = |report: &'a Report| PartFile {
            name: name(report).into(),
            platform: report.platform,
            tool: (report.tool != first.tool).then_some(Cow::Borrowed(&report.tool)),
            environment: Cow::Borrowed(&report.environment),
            warnings: Cow::Borrowed(&report.warnings),
        };
        let mut left: Vec<(&'a str, &'a [Run])> =
            reports.iter().map(|report| (name(report), &report.runs[..])).collect();
        let mut runs = Vec::with_capacity(left.iter().map(|(_, runs)| runs.len()).sum());
        // Each part's runs stand in their order: the next one is the first of those that come next in the parts.
        loop {
            let began_ms = |place: &usize| left[*place].1.first().map(|run| run.started_ms);
            let next = (0..left.len()).filter_map(|place| Some((place, began_ms(&place)?)));
            let Some((place, _)) = next.min_by(|(_, a), (_, b)| a.total_cmp(b)) else { break };
            let (part, of_part) = &mut left[place];
            if let Some((run, rest)) = of_part.split_first() {
                runs.push(RunOfPart { part: (*part).into(), run: Cow::Borrowed(run) });
                *of_part = rest;
            }
        }
        Self {
            schema_version: PAIR_VERSION,
            id: pair.into(),
            created: (&first.created).into(),
            tool: Cow::Borrowed(&first.tool),
            experiment: first.experiment.as_deref().map(Cow::Borrowed),
            scale: first.scale,
            sizes_of: *sizes_of,
            seed: first.seed,
            cancelled: reports.iter().any(|report| report.cancelled),
            sampling: first.sampling,
            parts: reports.iter().map(part).collect(),
            runs,
        }
    }

    /// What each part measured, as a report of its own. Runs of parts that there are not are left out.
    pub fn into_reports(self) -> Vec<Report> {
        let Self { id, created, tool, experiment, scale, sizes_of, seed, cancelled, sampling, parts, runs, .. } = self;
        let mut runs_of: BTreeMap<Cow<'a, str>, Vec<Run>> = BTreeMap::new();
        for RunOfPart { part, run } in runs {
            runs_of.entry(part).or_default().push(run.into_owned());
        }
        let report = |(place, part): (u32, PartFile<'a>)| Report {
            schema_version: SCHEMA_VERSION,
            id: part_id(&id, &part.name),
            created: created.to_string(),
            tool: part.tool.unwrap_or_else(|| tool.clone()).into_owned(),
            platform: part.platform,
            environment: part.environment.into_owned(),
            experiment: experiment.as_deref().map(str::to_owned),
            scale,
            seed,
            cancelled,
            sampling,
            runs: runs_of.remove(&part.name).unwrap_or_default(),
            warnings: part.warnings.into_owned(),
            sessions: Vec::new(),
            part: Some(PartOf { pair: id.to_string(), name: part.name.into_owned(), place, sizes_of }),
        };
        (0..).zip(parts).map(report).collect()
    }
}

/// The id of a part's report.
pub fn part_id(pair: &str, name: &str) -> String {
    format!("{pair}/{name}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::golden;
    use crate::report::fixture::{PairBuilder, ReportBuilder};
    use crate::report::{Report, load_json};

    fn pair() -> Vec<Report> {
        PairBuilder::of("sum", &[Platform::Native, Platform::Python, Platform::Native]).tasks(2).build()
    }

    fn json(reports: &[Report]) -> String {
        files(reports).iter().map(ReportFile::to_json).collect()
    }

    #[test]
    fn runs_stand_in_the_order_in_which_they_took_place() {
        let reports = pair();
        let files = files(&reports);
        let [ReportFile::Pair(file)] = &files[..] else { panic!("one pair") };
        assert_eq!(file.runs.len(), reports.iter().map(|report| report.runs.len()).sum::<usize>());
        assert!(file.runs.is_sorted_by(|run, next| run.run.started_ms <= next.run.started_ms));
        let names: Vec<&str> = file.parts.iter().map(|part| &*part.name).collect();
        assert_eq!(names, ["native", "python", "native#2"]);
    }

    #[test]
    fn each_pair_and_each_report_by_itself_is_a_file() {
        let alone = ReportBuilder::of("sum").build();
        let mut second = pair();
        for report in &mut second {
            report.part.as_mut().expect("a part").pair = "another".to_owned();
        }
        let reports: Vec<Report> = pair().into_iter().chain(second).chain([alone.clone(), alone]).collect();
        let kinds = files(&reports).iter().map(|file| matches!(file, ReportFile::Pair(_))).collect::<Vec<_>>();
        assert_eq!(kinds, [true, true, false, false]);
    }

    proptest! {
        #[test]
        fn a_pair_comes_back_as_it_was(
            walls_ms in proptest::collection::vec(1.0..1e6_f64, 8), tool in ".*", cancelled in any::<bool>(),
            platforms in proptest::sample::subsequence(Platform::OF_PAIRS.to_vec(), 2..=4), lost in any::<bool>(),
        ) {
            let wall_ms = |_: &crate::measure::Part, _: &crate::row::Row, repetition: u32| walls_ms[repetition as usize];
            let mut reports = PairBuilder::of("count", &platforms).tasks(2).runs(8).wall_ms(wall_ms).build();
            reports.iter_mut().for_each(|report| report.cancelled = cancelled);
            reports[1].tool.build = tool;
            if lost {
                reports[1].runs.clear();
            }
            prop_assert_eq!(load_json(&json(&reports)).map_err(|error| error.to_string()), Ok(reports));
        }
    }

    #[test]
    fn a_damaged_pair_is_refused_with_the_reason() {
        /// Puts a value in place of another one of a good pair.
        fn refused(pointer: &str, value: &str) -> (String, crate::report::LoadError) {
            let mut file: serde_json::Value = serde_json::from_str(&json(&pair())).expect("JSON");
            *file.pointer_mut(pointer).expect("a value") = serde_json::from_str(value).expect("JSON");
            (format!("{pointer} {value}"), load_json(&file.to_string()).expect_err("damaged"))
        }
        golden::answers(
            "refused.pair-values.txt",
            [
                refused("/schema_version", "1"),
                refused("/schema_version", "3"),
                refused("/parts", "[]"),
                refused("/parts/1/name", "\"native\""),
                refused("/parts/1/name", "\"firefox\""),
                refused("/parts/1/platform", "\"servo\""),
                refused("/parts/2/environment/cores", "0"),
                refused("/runs/3/part", "\"webkit\""),
                refused("/runs/3/part", "null"),
                refused("/runs/0/wall_ms", "-1"),
                refused("/runs/1/workers", "0"),
                refused("/runs/4/spans/0/task", "1"),
            ],
        );
        let mut file: serde_json::Value = serde_json::from_str(&json(&pair())).expect("JSON");
        let runs = file["runs"].as_array_mut().expect("runs");
        runs.push(runs[1].clone());
        let last = runs.len() - 1;
        let error = load_json(&file.to_string()).expect_err("damaged").to_string();
        assert!(error.contains(&format!("run {last} is the same repetition of the same row")), "{error}");
        let cut = json(&pair()).len() / 2;
        assert!(load_json(&json(&pair())[..cut]).expect_err("cut").to_string().starts_with("ends in the middle"));
    }

    #[test]
    fn where_one_report_is_needed_a_pair_is_said_to_be_none() {
        let error = Report::from_json(&json(&pair())).expect_err("a pair").to_string();
        assert_eq!(error, "is a pair of 3 platforms, and what one platform measured by itself is needed here");
    }
}
