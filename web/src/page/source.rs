//! What stands beside a result: the question, what to expect, and what theory says of each row.

use parlab_shared::chart;
use parlab_shared::experiment::{self, Experiment};
use parlab_shared::report::{Report, RowSummary, theory};
use yew::prelude::*;

use super::text;

/// Rows that are held against theory in a sentence each; a sweep has more, and its chart says it.
const SENTENCES_MAX: usize = 8;

/// The experiment that a report is of, if it is one.
fn experiment_of(report: &Report) -> Option<&'static Experiment> {
    experiment::find(report.experiment.as_deref()?).filter(|(_, named)| *named).map(|(one, _)| one)
}

/// The question, what to expect, and what the source hides.
pub fn about(report: &Report) -> Html {
    let Some(experiment) = experiment_of(report) else { return Html::default() };
    html! {
        <div class="explained">
            <p class="question">{ &experiment.question }</p>
            { explained(experiment) }
        </div>
    }
}

/// What to expect, and what the source hides.
pub fn explained(experiment: &'static Experiment) -> Html {
    html! {
        <dl class="about">
            <div><dt>{ "What to expect" }</dt><dd>{ &experiment.expect }</dd></div>
            if let Some(hides) = &experiment.hides {
                <div><dt>{ "What the source hides" }</dt><dd>{ hides }</dd></div>
            }
        </dl>
    }
}

/// What was measured, held against theory, a sentence for each row.
pub fn readings(report: &Report, rows: &[RowSummary]) -> Html {
    let sentence = |one: &RowSummary| {
        let said = theory(report, rows, &one.row)?.beside(one.wall?.median_ms);
        Some((text::row(&one.row, text::many_workloads(report)), said))
    };
    let sentences: Vec<(String, String)> = rows.iter().filter_map(sentence).collect();
    if sentences.is_empty() {
        return Html::default();
    }
    // Of many rows the last ones tell the most: what is small is mostly its start.
    let skipped = sentences.len().saturating_sub(SENTENCES_MAX);
    html! {
        <div class="theory">
            <h3>{ "Held against theory" }</h3>
            <ul class="readings" data-about="theory">
                for (row, said) in sentences.into_iter().skip(skipped) {
                    <li><strong>{ row }</strong>{ ": " }{ said }</li>
                }
            </ul>
        </div>
    }
}

/// That the article's seconds are of other sizes, where they are.
pub fn hint(report: &Report, rows: &[RowSummary]) -> Html {
    chart::article_hint(report, rows).map_or_else(Html::default, |hint| html! { <p class="hint">{ hint }</p> })
}
