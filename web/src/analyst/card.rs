//! What a report is in a list.

use parlab_shared::grouping::distinct;
use parlab_shared::label;
use parlab_shared::measure::ALL;
use parlab_shared::number::Cores;
use parlab_shared::report::{Report, ReportFile};
use parlab_shared::say;
use parlab_shared::strategy::Platform;
use parlab_shared::text::one_line;

use crate::views::Card;

/// A text on a card has so many characters, and then an ellipsis.
const TEXT_MAX: usize = 200;

/// The card of what one file holds: a report by itself, or the parts of a pair. It is not kept, as far as this knows.
///
/// `None` if there are no reports.
pub fn card(reports: &[Report]) -> Option<Card> {
    let first = reports.first()?;
    let runs = || reports.iter().flat_map(|report| &report.runs);
    let groups = distinct(runs().map(|run| label::group(&run.row)));
    let whole = reports.iter().find(|report| !report.runs.is_empty()).unwrap_or(first);
    let part =
        |report: &Report| report.part.as_ref().map_or_else(|| report.platform.to_string(), |part| part.name.clone());
    let runs_here = |report: &Report| report.runs.iter().all(|run| run.row.mechanism(Platform::Browser).is_ok());
    Some(Card {
        id: id(first).to_owned(),
        title: short(&say::title(whole)),
        name: None,
        experiment: first.experiment.as_deref().map(short),
        run: match &groups[..] {
            [] => first.experiment.as_deref().map(short).unwrap_or_default(),
            [group] => short(group),
            _ => ALL.to_owned(),
        },
        created: short(&first.created),
        machines: reports.iter().map(machine).map(|text| short(&text)).collect(),
        parts: reports.iter().map(part).map(|text| short(&text)).collect(),
        runs: runs().count(),
        stopped: reports.iter().any(|report| report.cancelled),
        bytes: None,
        repeatable: !groups.is_empty() && reports.iter().all(runs_here),
    })
}

/// A text of somebody else's, in one line that a list has room for.
fn short(text: &str) -> String {
    let text = one_line(text);
    match text.char_indices().nth(TEXT_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// What the file of a report is found by: of a part, the pair's.
pub fn id(report: &Report) -> &str {
    report.part.as_ref().map_or(&report.id, |part| &part.pair)
}

/// The file that holds reports, as JSON.
pub fn json(reports: &[Report]) -> String {
    parlab_shared::report::files(reports).iter().map(ReportFile::to_json).collect()
}

/// Where a report was measured, in a few words: `Chromium 156 · 2 cores · Linux`.
fn machine(report: &Report) -> String {
    let environment = &report.environment;
    let program = match (&environment.browser, &environment.python) {
        (Some(browser), _) => {
            let major = browser.version.split('.').next().unwrap_or_default();
            format!("{} {major}", browser.name)
        }
        (None, Some(python)) => format!("{} {}", python.implementation, python.version),
        (None, None) => report.platform.to_string(),
    };
    format!("{program} · {} · {}", Cores(environment.cores.into()), environment.os)
}

#[cfg(test)]
mod tests {
    use parlab_shared::report::fixture::PairBuilder;
    use parlab_shared::report::load_json;

    use super::*;
    use crate::fixture::{plan, report, run};

    #[test]
    fn a_report_by_itself_and_a_pair_have_a_card() {
        let alone = card(&[report(vec![run(&plan(), 0), run(&plan(), 1)])]).expect("a report");
        assert_eq!((alone.runs, &*alone.run, alone.repeatable, alone.stopped), (2, "count", true, false));
        let pair = PairBuilder::of("sum", &[Platform::Native, Platform::Python]).tasks(2).build();
        let both = card(&pair).expect("a pair");
        assert_eq!((both.parts.len(), both.machines.len(), &*both.run), (2, 2, "sum"));
        assert_eq!(both.id, pair[0].part.as_ref().expect("a part").pair);
        assert_eq!(load_json(&json(&pair)).expect("one file").len(), 2);
        assert_eq!(card(&[]), None);
    }

    #[test]
    fn several_experiments_are_repeated_together() {
        let mut runs = vec![run(&plan(), 0), run(&plan(), 1)];
        runs[1].row.experiment = Some("cpu-heavy".to_owned());
        let both = card(&[report(runs)]).expect("a report");
        assert_eq!(both.run, ALL);
        let nothing = card(&[report(vec![])]).expect("a report");
        assert!(!nothing.repeatable, "there is nothing to repeat");
    }
}
