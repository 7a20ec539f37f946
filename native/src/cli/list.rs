//! `parlab list` and `parlab schema`: what there is.

use std::io::Write;

use parlab_shared::experiment::{Experiment, experiments};
use parlab_shared::report::Report;
use parlab_shared::strategy::{Dispatch, Mechanism, Platform, Strategy, mechanism};
use parlab_shared::workload::{KINDS, Kind};
use serde::Serialize;

use super::Ended;
use crate::terminal::table;

/// One line of the support table.
#[derive(Debug, Serialize)]
struct Support {
    workload: &'static str,
    strategy: Strategy,
    dispatch: Dispatch,
    platform: Platform,
    /// What carries it out, if anything does.
    mechanism: Option<Mechanism>,
    /// Why nothing does.
    reason: Option<&'static str>,
}

/// Everything that `parlab list` shows.
#[derive(Debug, Serialize)]
struct List {
    experiments: &'static [Experiment],
    workloads: &'static [Kind],
    strategies: &'static [Strategy],
    support: Vec<Support>,
}

/// Prints what there is.
pub fn list(json: bool) -> anyhow::Result<Ended> {
    let mut out = std::io::stdout().lock();
    let support = support();
    if json {
        let list = List { experiments: experiments(), workloads: KINDS, strategies: Strategy::ALL, support };
        writeln!(out, "{}", serde_json::to_string_pretty(&list)?)?;
        return Ok(Ended::Clean);
    }
    let mut names = table(["experiment", "workload", "question"]);
    for one in experiments() {
        names.add_row([one.name.as_str(), one.sizes.lab.name(), one.question.as_str()]);
    }
    writeln!(out, "{names}\n")?;
    let mut kinds = table(["workload", "what a task does", "--size sets"]);
    for kind in KINDS {
        kinds.add_row([
            kind.name.to_owned(),
            kind.about.to_owned(),
            kind.size.map_or_else(|| "–".to_owned(), |size| format!("{size}: {}", kind.size_means)),
        ]);
    }
    writeln!(out, "{kinds}\n")?;
    let mut strategies = table(["strategy", "dispatch", "native", "browser", "python", "workloads"]);
    let mut shown: Vec<([String; 5], Vec<&str>)> = Vec::new();
    for lines in support.chunk_by(|one, other| {
        (one.workload, one.strategy, one.dispatch) == (other.workload, other.strategy, other.dispatch)
    }) {
        let on = |platform| {
            let found = lines.iter().find(|one| one.platform == platform).expect("every platform has its line");
            found.mechanism.map_or_else(|| format!("– {}", found.reason.unwrap_or_default()), |by| by.to_string())
        };
        let [native, browser, python] = [Platform::Native, Platform::Browser, Platform::Python].map(on);
        let line = [lines[0].strategy.to_string(), lines[0].dispatch.to_string(), native, browser, python];
        // Workloads that are treated alike share their line.
        match shown.iter_mut().find(|(other, _)| *other == line) {
            Some((_, workloads)) => workloads.push(lines[0].workload),
            None => shown.push((line, vec![lines[0].workload])),
        }
    }
    shown.sort_by_key(|(line, _)| Strategy::ALL.iter().position(|one| one.name() == line[0]));
    for (line, workloads) in shown {
        strategies.add_row(line.into_iter().chain([workloads.join(", ")]));
    }
    writeln!(out, "{strategies}")?;
    Ok(Ended::Clean)
}

fn support() -> Vec<Support> {
    let mut support = Vec::new();
    for kind in KINDS {
        let workload = experiments().iter().map(|one| &one.sizes.lab).find(|workload| workload.name() == kind.name);
        let Some(workload) = workload else { continue };
        for &strategy in Strategy::ALL {
            for &dispatch in Dispatch::ALL {
                for &platform in Platform::ALL {
                    let found = mechanism(workload, strategy, dispatch, platform);
                    let (mechanism, reason) = (found.ok(), found.err());
                    support.push(Support { workload: kind.name, strategy, dispatch, platform, mechanism, reason });
                }
            }
        }
    }
    support
}

/// Prints the JSON Schema of the report.
pub fn schema() -> anyhow::Result<Ended> {
    let schema = schemars::schema_for!(Report);
    writeln!(std::io::stdout().lock(), "{}", serde_json::to_string_pretty(&schema)?)?;
    Ok(Ended::Clean)
}
