//! Repeating: the plan of a report from elsewhere, for this page.

use parlab_shared::experiment;
use parlab_shared::label::RowLabel;
use parlab_shared::measure::{PairPlan, Plan, Request, Stage};
use parlab_shared::report::Report;
use parlab_shared::row::Row;
use parlab_shared::strategy::Platform;

use super::draft;
use crate::questions::PageFacts;

/// The most runs of a row that are repeated here.
const RUNS_MAX: u32 = 100;

/// The plan that a report is of, for a page.
///
/// # Errors
/// What of it cannot be run here, for a human.
pub fn same_plan(report: &Report, facts: &PageFacts) -> Result<Plan, String> {
    let mut rows: Vec<Row> = Vec::new();
    for run in &report.runs {
        let row = run.row.clone();
        if !rows.contains(&row) {
            row.mechanism(Platform::Browser)
                .map_err(|reason| format!("{} cannot be repeated here: {reason}", RowLabel::of(&row)))?;
            rows.push(row);
        }
    }
    if rows.is_empty() {
        return Err("the report has no runs to repeat".to_owned());
    }
    let passes = |warmup: bool| {
        let last = report.runs.iter().filter(|run| run.warmup == warmup).map(|run| run.repetition).max();
        last.map_or(0, |last| last.saturating_add(1)).min(RUNS_MAX)
    };
    let known = |name: &String| experiment::find(name).is_some_and(|(_, named)| named);
    for row in &mut rows {
        row.experiment = row.experiment.take().filter(known);
    }
    let (warmup, runs) = (passes(true), passes(false).max(1));
    // Rows take turns within their experiment, as they did.
    let stages = rows.chunk_by(|row, next| row.experiment == next.experiment);
    let stages = stages.map(|rows| Stage { rows: rows.to_vec(), warmup, stable: None, runs, until: None }).collect();
    // A report does not say which server it asked: this page's own is asked again, and given as much time as ever.
    let as_ever = Request::named(rows[0].workload.name()).plan(Platform::Browser).map_err(|error| error.to_string())?;
    let plan = Plan { scale: report.scale, seed: report.seed, stages, left_out: Vec::new(), ..as_ever };
    // A report may say anything: what it asks for is checked like what a user asks for.
    let plan = PairPlan::alone(plan, Platform::Browser);
    plan.check().map_err(|error| format!("it cannot be repeated here: {error}"))?;
    draft::fitting(plan.plan, facts)
}

#[cfg(test)]
mod tests {
    use parlab_shared::run::Run;
    use parlab_shared::strategy::Strategy;
    use parlab_shared::workload::{Count, Download, Model, Workload};

    use super::*;
    use crate::fixture::{plan, report, run};

    /// The runs of two rows: a warm-up run of each, then so many measured ones.
    fn runs(measured: u32) -> Vec<Run> {
        let passes = std::iter::once((0, true)).chain((0..measured).map(|repetition| (repetition, false)));
        let pass = |(repetition, warmup)| [0, 1].map(|row| Run { repetition, warmup, ..run(&plan(), row) });
        passes.flat_map(pass).collect()
    }

    fn repeated(runs: Vec<Run>) -> Result<Plan, String> {
        same_plan(&report(runs), &draft::tests::facts())
    }

    #[test]
    fn rows_are_repeated_as_often_as_they_were_run() {
        let plan = repeated(runs(3)).expect("a plan");
        let [stage] = &plan.stages[..] else { panic!("one stage: {:?}", plan.stages) };
        assert_eq!((stage.warmup, stage.runs), (1, 3));
        assert_eq!(stage.rows, crate::fixture::plan().stages[0].rows);
        let report = report(runs(3));
        assert_eq!((plan.seed, plan.scale, plan.target), (report.seed, report.scale, None));
    }

    #[test]
    fn rows_of_several_experiments_take_turns_within_theirs() {
        let mut runs = runs(1);
        runs.sort_by_key(|run| run.row.strategy);
        let names = [Some("cpu-heavy"), Some("cpu-heavy"), Some("sum"), Some("of yesterday")];
        for (run, name) in runs.iter_mut().zip(names) {
            run.row.experiment = name.map(str::to_owned);
        }
        let plan = repeated(runs).expect("a plan");
        let experiments: Vec<_> = plan.stages.iter().map(|stage| stage.rows[0].experiment.as_deref()).collect();
        // What is no experiment any more is a workload on its own.
        assert_eq!(experiments, [Some("cpu-heavy"), Some("sum"), None]);
    }

    #[test]
    fn a_report_of_very_many_runs_is_repeated_in_part() {
        let mut many = runs(1);
        many.iter_mut().for_each(|run| run.repetition = u32::MAX);
        let plan = repeated(many).expect("a plan");
        assert_eq!((plan.stages[0].warmup, plan.stages[0].runs), (RUNS_MAX, RUNS_MAX));
    }

    #[track_caller]
    fn check_refused(change: impl Fn(&mut Row), expected: &str) {
        let mut runs = runs(1);
        runs.iter_mut().for_each(|run| change(&mut run.row));
        let reason = repeated(runs).expect_err("refused");
        assert_eq!(reason.split_once("cannot be repeated here: ").map(|(_, reason)| reason), Some(expected));
    }

    #[test]
    fn what_a_report_says_is_checked_like_what_a_user_says() {
        assert_eq!(repeated(vec![]), Err("the report has no runs to repeat".to_owned()));
        let nothing = "there would be nothing to measure";
        check_refused(|row| row.workers = 0, &format!("workers = 0 cannot be run: {nothing}; use 1 to 128"));
        let machine = "browsers lose some of so many, or never get them ready";
        let expected = format!("workers = 4294967295 cannot be run: {machine}; use 1 to 128");
        check_refused(|row| row.workers = u32::MAX, &expected);
        let none = Workload::Count(Count { tasks: 0, n: 1 });
        let expected = format!("tasks = 0 cannot be run: {nothing}; use 1 to 1000000");
        check_refused(|row| row.workload = none.clone(), &expected);
        let per_task = parlab_shared::strategy::Dispatch::PerTask;
        check_refused(|row| row.dispatch = per_task, "it has one worker, made once: use dispatch pool");
    }

    #[test]
    fn servers_of_others_are_not_flooded_by_a_report_that_somebody_dropped() {
        let url = "http://127.0.0.1:9/".parse().expect("an address");
        let others = Workload::Download(Download {
            tasks: 200,
            bytes: 1,
            unread: false,
            one_address: false,
            urls: vec![url],
            model: Model::default(),
        });
        let others = |row: &mut Row| {
            row.workload = others.clone();
            row.strategy = Strategy::Async;
        };
        let why = "servers of others are asked, which are not to be flooded";
        check_refused(
            |row| {
                others(row);
                row.workers = 65;
            },
            &format!("workers = 65 cannot be run: {why}; use 1 to 64"),
        );
        check_many_refused(others, &["requests = ", why]);
    }

    /// Runs whose numbers are fine one by one, and too many all together.
    #[track_caller]
    fn check_many_refused(change: impl Fn(&mut Row), expected: &[&str]) {
        let mut many = runs(1);
        many.iter_mut().for_each(|run| {
            change(&mut run.row);
            run.repetition = 99;
        });
        let reason = repeated(many).expect_err("refused");
        assert!(expected.iter().all(|expected| reason.contains(expected)), "{reason}");
    }

    #[test]
    fn what_would_take_weeks_is_refused() {
        let endless = Workload::Count(Count { tasks: 100_000, n: u64::from(u32::MAX) });
        check_many_refused(|row| row.workload = endless.clone(), &["hours of computing = "]);
    }

    #[test]
    fn a_report_of_more_rows_than_a_plan_has_is_refused() {
        let one = runs(1).remove(1);
        let with_tasks = |tasks| Workload::Count(Count { tasks, n: 1 });
        let many =
            (1..=501).map(|tasks| Run { row: Row { workload: with_tasks(tasks), ..one.row.clone() }, ..one.clone() });
        let reason = repeated(many.collect()).expect_err("refused");
        assert!(reason.contains("rows = 501 cannot be run"), "{reason}");
    }

    #[test]
    fn what_needs_shared_memory_is_left_out_where_there_is_none() {
        let plan = same_plan(&report(runs(1)), &draft::tests::without_memory()).expect("a plan");
        let strategies: Vec<_> = plan.rows().map(|row| row.strategy).collect();
        assert_eq!((strategies, plan.left_out.len()), (vec![Strategy::Sequential], 1));
        let threads = runs(1).into_iter().filter(|run| run.row.strategy == Strategy::Threads).collect();
        let reason = same_plan(&report(threads), &draft::tests::without_memory()).expect_err("refused");
        assert!(reason.starts_with("threads × 2 cannot run here"), "{reason}");
    }
}
