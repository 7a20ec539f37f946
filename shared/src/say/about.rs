//! What stands around tables: titles, facts, and sentences on what a report is.

use crate::analysis::{Analysis, Theory};
use crate::experiment::{self, Experiment, Variant};
use crate::grouping::distinct;
use crate::label::{self, RowLabel};
use crate::number::{Cores, Counted, Time};
use crate::report::{Environment, Report, Throttled};
use crate::row::Row;
use crate::scale::Scale;
use crate::strategy::Platform;
use crate::text::listed;

/// More names than this are counted.
const NAMES_MAX: usize = 4;

/// Cores that compute so large a share of what they should are as good as all that a browser names.
const MOST_CORES: f64 = 0.85;

/// What a report is about: its experiments, or else its workloads.
pub fn title(report: &Report) -> String {
    let names = distinct(report.runs.iter().map(|run| label::group(&run.row)));
    match (&report.experiment, names.len()) {
        (Some(experiment), _) => experiment.clone(),
        (None, 0) => "nothing".to_owned(),
        (None, 1..=NAMES_MAX) => names.join(", "),
        (None, more) => format!("{more} experiments"),
    }
}

/// What a report was measured on and how, as names with values.
pub fn facts(report: &Report) -> Vec<(&'static str, String)> {
    let environment = &report.environment;
    let mut facts = vec![
        ("Platform", report.platform.to_string()),
        ("Processor", environment.cpu.clone().unwrap_or_else(|| "unknown".to_owned())),
        ("Cores", cores(environment)),
        ("System", format!("{}, {}", environment.os, environment.arch)),
        ("Clock step", Time(environment.clock_step_ms).to_string()),
    ];
    facts.extend(parallel_speed(environment).map(|speed| ("Cores together", speed)));
    let used = |busy: f64| ("Used by others", format!("{busy:.2} cores just before the first run"));
    facts.extend(environment.busy_cores.map(used));
    facts.extend(environment.load_before.map(|load| ("Load before", format!("{load:.2}"))));
    let held_back = |throttled: Throttled| {
        let (times, time) = (Counted(throttled.periods, "time"), Time(throttled.ms));
        ("Held back", if throttled.periods == 0 { "never".to_owned() } else { format!("{times}, for {time}") })
    };
    facts.extend(environment.throttled.map(held_back));
    facts.extend(environment.file_system.clone().map(|name| ("Files on", name)));
    if let Some(browser) = &environment.browser {
        facts.push(("Browser", format!("{} {} ({})", browser.name, browser.version, browser.engine)));
    }
    let isolated = |yes: bool| ("Cross-origin isolated", if yes { "yes" } else { "no" }.to_owned());
    facts.extend(environment.cross_origin_isolated.map(isolated));
    facts.extend(
        environment.http.clone().map(|name| ("Page came over", if name == "h2" { "HTTP/2".to_owned() } else { name })),
    );
    if let Some(python) = &environment.python {
        facts.push(("Python", format!("{} {}", python.implementation, python.version)));
    }
    facts.extend([
        ("Begun", report.created.clone()),
        ("Scale", report.scale.to_string()),
        ("Seed", report.seed.to_string()),
        ("Runs", format!("{}{}", report.runs.len(), if report.cancelled { ", stopped before the end" } else { "" })),
        ("Tool", format!("{} {}, build {}", report.tool.name, report.tool.version, report.tool.build)),
        ("Report", report.id.clone()),
    ]);
    facts
}

/// That a report is not all that was asked for; nothing, if it is.
pub fn stopped(report: &Report) -> Option<String> {
    let runs = Counted(report.runs.len() as u64, "run");
    report.cancelled.then(|| format!("Stopped before its end, after {runs}: runs or rows are missing."))
}

/// The cores that a program had, and how much of their time.
fn cores(environment: &Environment) -> String {
    let cores = environment.cores.to_string();
    let quota = environment.cpu_quota.map(|quota| format!(", with a quota of {}", Cores(quota)));
    let like = environment.computes_like().map(|like| format!(" named, computes like {like}"));
    [Some(cores), like, quota].into_iter().flatten().collect()
}

/// How much faster all cores that a browser names compute together than one, and what that means; nothing, where it was not
/// measured.
pub fn parallel_speed(environment: &Environment) -> Option<String> {
    let (speed, cores) = (environment.parallel_speed?, environment.cores);
    let measured = format!("{cores} workers computed {speed:.1} times as fast as one");
    Some(match environment.computes_like() {
        Some(like) => format!("says {cores}, computes like {like}: {measured}"),
        None if speed < MOST_CORES * f64::from(cores) => {
            format!("{measured}: cores share what computes, or other programs took a share whenever it was measured")
        }
        None => measured,
    })
}

/// The machine that a report was measured on, in one line.
pub fn machine(report: &Report) -> String {
    let environment = &report.environment;
    // What somebody would have measured on is not known of a browser that never came.
    if report.platform.is_browser() && environment.browser.is_none() && report.runs.is_empty() {
        return "it was not opened".to_owned();
    }
    let mut parts = vec![environment.cpu.clone().unwrap_or_else(|| "unknown processor".to_owned())];
    let cores = Cores(environment.cores.into()).to_string();
    let quota = environment.cpu_quota.map(|quota| format!(" with a quota of {}", Cores(quota)));
    let like = environment.computes_like().map(|like| format!(" (computes like {like})"));
    parts.push([Some(cores), like, quota].into_iter().flatten().collect());
    parts.push(environment.os.clone());
    parts.extend(environment.browser.as_ref().map(|browser| format!("{} {}", browser.name, browser.version)));
    parts.extend(environment.python.as_ref().map(|python| format!("{} {}", python.implementation, python.version)));
    parts.extend(environment.target_in_browser.then(|| "target in the browser".to_owned()));
    parts.join(", ")
}

/// The parameters that all rows have in common, those without a value left out; nothing, if there are none, or if the rows
/// are of several workloads.
pub fn parameters(analysis: &Analysis<'_>) -> Option<String> {
    let row = analysis.rows.first()?.row;
    // What rows differ in stands in their labels.
    let in_label = experiment::differing_params(row);
    let params = row.workload.params();
    let common = params.iter().filter(|(name, _)| in_label.iter().all(|(known, _)| known != name));
    let urls = row.workload.urls().unwrap_or_default();
    // What describes the target's own site says nothing of others.
    let common = common.filter(|(name, _)| urls.is_empty() || ["tasks", "round"].contains(&name.as_str()));
    let common = common.filter_map(|(name, value)| {
        label::with_value(name, &value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    });
    let fetched = match urls {
        [] => None,
        [url] => Some(url.to_string()),
        [first, ..] => Some(format!("{} addresses, the first {first}", urls.len())),
    };
    let common: Vec<String> = common.chain(fetched).collect();
    (!analysis.many_workloads && !common.is_empty()).then(|| format!("{}: {}", row.workload.name(), common.join(", ")))
}

/// What speed-ups are against, where it is not the sequential row.
pub fn speedup_basis(analysis: &Analysis<'_>) -> Option<String> {
    let baselines = analysis.rows.iter().filter_map(|row| row.baseline).map(|baseline| &analysis.rows[baseline]);
    let concurrent = baselines.filter(|baseline| baseline.row.strategy.is_concurrent());
    let names = distinct(concurrent.map(|baseline| baseline.label.to_string()));
    match &names[..] {
        [] => None,
        [name] => Some(format!("Speed-up is against {name}, because there is no sequential row.")),
        names => Some(format!(
            "Speed-up is against the one of these that does the same work, because there is no sequential row: {}.",
            names.join("; ")
        )),
    }
}

/// What predicted times are called: predicted, and from which row of the report, if that was measured in the report.
pub fn predicted(analysis: &Analysis<'_>) -> String {
    let mut words: Vec<String> =
        analysis.rows.iter().filter_map(|row| row.theory.as_ref()).map(Theory::words).collect();
    words.dedup();
    match &mut words[..] {
        [words] => std::mem::take(words),
        _ => "predicted".to_owned(),
    }
}

/// From what predicted times were measured, where they were measured in the report itself.
pub fn prediction_basis(analysis: &Analysis<'_>) -> Option<String> {
    let theories = analysis.rows.iter().filter_map(|row| row.theory.as_ref());
    let mut bases: Vec<&RowLabel> = theories.filter_map(|theory| theory.measured_in.as_ref()).collect();
    bases.dedup();
    let bases: Vec<String> = bases.iter().map(ToString::to_string).collect();
    (!bases.is_empty()).then(|| {
        format!(
            "What is predicted here comes from the times of single tasks in this very report ({}): it tells what \
             spreading them over workers should gain, not how fast one worker should be.",
            bases.join("; ")
        )
    })
}

/// What to know about the article's seconds; nothing, if no row has any.
pub fn source_hint(analysis: &Analysis<'_>) -> Option<String> {
    let has_source = analysis.rows.iter().any(|row| row.source.is_some_and(|source| source.source_s.is_some()));
    has_source.then(|| match (has_the_articles_sizes(analysis), inferred(analysis)) {
        (true, None) => {
            "The article's seconds were measured with the same sizes on another machine, in Python.".to_owned()
        }
        (true, Some(inferred)) => format!(
            "The article's seconds were measured on another machine, in Python, with as many tasks as here. {inferred}"
        ),
        (false, _) => {
            "The article's seconds were measured with other sizes on another machine: compare its rows with each other, \
             not with these."
                .to_owned()
        }
    })
}

/// Whether all rows that the article has, too, were run at its sizes, as far as it names them.
pub fn has_the_articles_sizes(analysis: &Analysis<'_>) -> bool {
    let exact = |experiment: &Experiment| experiment.rows(Scale::Exact, Platform::Native, Variant::Both);
    let exact: Vec<Row> = analysis.experiment().map(exact).unwrap_or_default();
    let of_article = analysis.rows.iter().filter(|row| row.source.is_some());
    of_article.fold(!exact.is_empty(), |all, row| all && exact.contains(row.row))
}

/// What of the sizes here is inferred, in a sentence; nothing, if the article says it all.
pub fn inferred(analysis: &Analysis<'_>) -> Option<String> {
    let what = &analysis.experiment()?.inferred.as_ref()?.what;
    (!what.is_empty()).then(|| format!("Inferred, not in the article: {}.", listed(what, "and")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Request;
    use crate::report::fixture::ReportBuilder;
    use crate::strategy::Strategy;

    #[test]
    fn speed_ups_are_told_against_every_row_that_they_are_against() {
        let basis = |sizes: &[u64]| {
            let change = |request: &mut Request| {
                request.strategies = Some(vec![Strategy::Threads]);
                (request.workers, request.size) = (Some(vec![1, 2]), Some(sizes.to_vec()));
            };
            speedup_basis(&Analysis::of(&ReportBuilder::of("count").request(change).build()))
        };
        let alone = "Speed-up is against threads × 1, because there is no sequential row.";
        assert_eq!(basis(&[10]).as_deref(), Some(alone));
        let each = "Speed-up is against the one of these that does the same work, because there is no sequential row: \
                    threads × 1, n 10; threads × 1, n 20.";
        assert_eq!(basis(&[10, 20]).as_deref(), Some(each));
    }

    #[test]
    fn a_target_in_the_browser_is_named_with_the_machine() {
        let mut report = ReportBuilder::of("post").platform(Platform::Chromium).build();
        assert!(!machine(&report).contains("target"));
        report.environment.target_in_browser = true;
        assert!(machine(&report).ends_with(", Chromium 141.0.0.0, target in the browser"), "{}", machine(&report));
        let read = Report::from_json(&report.to_json()).expect("a report");
        assert!(read.environment.target_in_browser);
    }

    #[test]
    fn cores_that_a_browser_names_are_not_believed() {
        let mut report = ReportBuilder::of("count").platform(Platform::Chromium).build();
        report.environment.cores = 4;
        let mut said = |speed: Option<f64>| {
            report.environment.parallel_speed = speed;
            let fact = facts(&report).into_iter().find(|(name, _)| *name == "Cores together");
            (fact.map(|(_, text)| text), cores(&report.environment), machine(&report))
        };
        let (fact, cores, machine) = said(Some(2.04));
        assert_eq!(fact.as_deref(), Some("says 4, computes like 2: 4 workers computed 2.0 times as fast as one"));
        assert_eq!(cores, "4 named, computes like 2");
        assert!(machine.contains("4 cores (computes like 2)"), "{machine}");
        let (fact, cores, machine) = said(Some(3.96));
        assert_eq!(fact.as_deref(), Some("4 workers computed 4.0 times as fast as one"));
        assert!(cores == "4" && machine.contains(", 4 cores, "), "{cores}, {machine}");
        // More than other programs explain is not known: no number of cores is said.
        let (fact, cores, _) = said(Some(2.6));
        let reason = "cores share what computes, or other programs took a share whenever it was measured";
        assert_eq!(fact, Some(format!("4 workers computed 2.6 times as fast as one: {reason}")));
        assert_eq!(cores, "4");
        assert_eq!(said(None).0, None);
    }
}
