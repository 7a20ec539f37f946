//! Two reports side by side: ratios of their rows, and charts of both.

use std::rc::Rc;

use parlab_shared::analysis::{self, Reason, compare};
use parlab_shared::report::Report;
use parlab_shared::row::Row;
use parlab_shared::say::{self, Table};
use yew::prelude::*;

use crate::page::charts::{Charts, Pair, Subject};
use crate::page::results::{Part, findings};
use crate::page::state::{NamedReport, Shared};
use crate::page::table;

/// Of more rows in common than this, no timelines are drawn: nobody would look at them all.
const PAIRS_MAX: usize = 24;

/// What a comparison shows.
#[derive(Properties, PartialEq)]
pub struct ComparisonProps {
    /// The report that is shown above.
    pub shown: Option<Shared<Report>>,
    /// The report beside it.
    pub beside: NamedReport,
}

/// What comes of two reports.
enum Outcome {
    /// The report beside cannot be compared and stands by itself.
    Alone(&'static str, Vec<Part>),
    /// They are the same report.
    Same,
    Compared(Compared),
}

struct Compared {
    table: Table,
    /// How the notes on the table look.
    notes_class: &'static str,
    /// Which report has which name.
    legend: String,
    subject: Subject,
    left_out: Option<String>,
}

/// Table and charts of two reports, made once per pair.
#[component]
pub fn Comparison(props: &ComparisonProps) -> Html {
    let outcome = use_memo((props.shown.clone(), props.beside.clone()), |(shown, beside)| {
        let Some(shown) = shown else {
            let reason = "There is no report of this page yet: run the same plan here to compare.";
            return Outcome::Alone(reason, Part::all(&beside.report));
        };
        if shown.id == beside.report.id { Outcome::Same } else { compared(shown, beside) }
    });
    match &*outcome {
        Outcome::Same => html! { <p class="hint">{ "This is the report that is shown above." }</p> },
        Outcome::Alone(reason, parts) => html! {
            <>
            <p class="hint">{ reason }</p>
            { findings(&props.beside.report, parts, &format!("beside-{}", props.beside.report.id), 4) }
            </>
        },
        Outcome::Compared(Compared { table, notes_class, legend, subject, left_out }) => html! {
            <>
            <h4>{ &table.title }</h4>
            <p class="meta">{ legend }</p>
            <ul class={*notes_class} aria-label="What to mind in comparing">
                for note in &table.notes { <li>{ &note.text }</li> }
            </ul>
            if !table.lines.is_empty() {
                { table::grid(&table::view(table)) }
            }
            if let Some(left_out) = left_out {
                <p class="hint">{ left_out }</p>
            }
            <Charts subject={subject.clone()} level={4} />
            </>
        },
    }
}

fn compared(shown: &Shared<Report>, beside: &NamedReport) -> Outcome {
    // The browser's report, or else the one that is shown, comes second: ratios are of the second by the first.
    let is_second = beside.report.platform.is_browser() && !shown.platform.is_browser();
    let shown = (&shown.0, "the report that is shown above");
    let beside = (&beside.report.0, beside.name.as_str());
    let [baseline, candidate] = if is_second { [shown, beside] } else { [beside, shown] };
    let comparison = compare(baseline.0, candidate.0);
    let is_only_here = |reason: &Reason| matches!(reason, Reason::Only { .. });
    if comparison.ratios.is_empty() && comparison.uncomparable.iter().all(|row| is_only_here(&row.reason)) {
        let reason = "It has no row in common with the report shown above: workload, strategy, workers and dispatch have to \
                      be equal. Run the same plan here to compare.";
        let beside = if is_second { candidate } else { baseline };
        return Outcome::Alone(reason, Part::all(beside.0));
    }
    let names = analysis::names([&**baseline.0, &**candidate.0]);
    let [of_baseline, of_candidate] = [0, 1].map(|side| names.get(side).map_or("", String::as_str));
    let names = [of_baseline, of_candidate];
    let table = say::comparison(&comparison, names);
    let notes_class = match (comparison.has_other_work(), &comparison.caveats[..], &comparison.uncomparable[..]) {
        (true, ..) => "warnings mismatch",
        (false, [], []) => "hint",
        (false, ..) => "warnings",
    };
    let legend = format!("{of_baseline}: {}. {of_candidate}: {}.", baseline.1, candidate.1);
    let pair = |ratio: &analysis::Ratio| {
        [ratio.row.clone(), Row { experiment: ratio.candidate_experiment.clone(), ..ratio.row.clone() }]
    };
    let has_too_many = comparison.ratios.len() > PAIRS_MAX;
    let timelines = if has_too_many { Vec::new() } else { comparison.ratios.iter().map(pair).collect() };
    let pair = Pair { reports: [baseline.0.clone(), candidate.0.clone()], names: names.map(str::to_owned), timelines };
    Outcome::Compared(Compared {
        table,
        notes_class,
        legend,
        subject: Subject::Pair(Shared(Rc::new(pair))),
        left_out: has_too_many.then(|| format!("Timelines are drawn of up to {PAIRS_MAX} rows.")),
    })
}
