//! The history with whoever keeps it: asks for what is kept, and for what is done with it.

use std::rc::Rc;

use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{Blob, File};
use yew::prelude::*;

use super::HistoryAction;
use super::view::HistoryPanel;
use crate::page::ask::{Analyst, Outcome};
use crate::page::browser::time::Timeout;
use crate::page::figure::Figure;
use crate::page::{browser, charts};
use crate::questions::{Answer, Question};
use crate::views::{Card, HistoryView, TrendView};

/// What the history needs.
#[derive(Properties, PartialEq)]
pub struct HistoryPageProps {
    /// Who keeps it.
    pub analyst: Analyst,
    /// What the rest of the page knows to be kept: when that changes, it is asked again.
    pub kept: Rc<Vec<Card>>,
    /// Something is measured: the history waits.
    pub busy: bool,
    /// Called with the id of a report that is to be shown.
    pub on_open: Callback<String>,
    /// Called with the ids of reports that are to stand side by side, the earliest first.
    pub on_compare: Callback<Vec<String>>,
    /// Called with what is kept now.
    pub on_kept: Callback<Vec<Card>>,
    /// Called with what cannot be done, and why.
    pub on_refused: Callback<String>,
}

/// So long after an answer the history is asked again, while other pages have something to add to it.
const AGAIN_MS: i32 = 2000;

/// The experiment of a trend, and what is to be seen of it as soon as that is there.
type Trend = (String, Option<Result<Rc<TrendView>, String>>);

/// The history.
#[component]
pub fn HistoryPage(props: &HistoryPageProps) -> Html {
    let history = use_state(|| None::<Rc<HistoryView>>);
    let trend = use_state(|| None::<Trend>);
    let said = use_state(String::new);
    let heard = {
        let (history, trend) = (history.setter(), trend.setter());
        let (said, on_kept, on_refused) = (said.setter(), props.on_kept.clone(), props.on_refused.clone());
        Callback::from(move |outcome: Outcome| {
            let kept = |view: Box<HistoryView>| {
                on_kept.emit(view.cards.clone());
                history.set(Some(Rc::new(*view)));
            };
            match outcome {
                Ok((Answer::History(view), _)) => kept(view),
                Ok((Answer::Imported { history, new, refused }, _)) => {
                    kept(history);
                    said.set(format!("{new} new, {} refused.", refused.len()));
                    refused.into_iter().for_each(|reason| on_refused.emit(reason));
                }
                Ok((Answer::File(name), file)) => said.set(saved(file, &name)),
                Ok((Answer::Trend(view), _)) => trend.set(Some((view.experiment.clone(), Some(Ok(Rc::new(*view)))))),
                Ok(_) => {}
                Err(reason) => on_refused.emit(reason),
            }
        })
    };
    {
        let (analyst, heard) = (props.analyst.clone(), heard.clone());
        let known = history.as_ref().is_some_and(|history| history.cards == *props.kept);
        use_effect_with(props.kept.clone(), move |_| {
            if !known {
                ask(&analyst, Question::History, &heard);
            }
        });
    }
    {
        let (analyst, heard) = (props.analyst.clone(), heard.clone());
        let more_to_come = history.as_ref().is_some_and(|history| history.more_to_come) && !props.busy;
        // The same answer again is another answer.
        let answer = history.as_ref().map(Rc::as_ptr);
        use_effect_with((answer, more_to_come), move |(_, more_to_come)| {
            let again = more_to_come.then(|| Timeout::new(AGAIN_MS, move || ask(&analyst, Question::History, &heard)));
            move || drop(again)
        });
    }
    let on_action = {
        let (analyst, trend) = (props.analyst.clone(), trend.setter());
        let (on_open, on_compare, heard) = (props.on_open.clone(), props.on_compare.clone(), heard.clone());
        Callback::from(move |action: HistoryAction| match action {
            HistoryAction::Open(id) => on_open.emit(id),
            HistoryAction::Compare(ids) => on_compare.emit(ids),
            HistoryAction::Save(id) => ask(&analyst, Question::Export(id, "json".to_owned()), &heard),
            HistoryAction::Rename(id, name) => ask(&analyst, Question::Rename(id, name), &heard),
            HistoryAction::Delete(ids) => ask(&analyst, Question::Delete(ids), &heard),
            HistoryAction::Clear => ask(&analyst, Question::Clear, &heard),
            HistoryAction::ExportAll => ask(&analyst, Question::ExportAll, &heard),
            HistoryAction::Trend(experiment) => {
                trend.set(Some((experiment.clone(), None)));
                let (trend, heard) = (trend.clone(), heard.clone());
                analyst.ask(
                    Question::Trend { experiment: experiment.clone(), width: charts::width() },
                    move |outcome| match outcome {
                        Err(reason) => trend.set(Some((experiment, Some(Err(reason))))),
                        outcome => heard.emit(outcome),
                    },
                );
            }
            HistoryAction::Import(files) => {
                for file in files {
                    spawn_local(import(file, analyst.clone(), heard.clone()));
                }
            }
        })
    };
    let draw = Callback::from(|trend: Rc<TrendView>| match &trend.chart {
        Some(chart) => html! { <Figure chart={Rc::new(chart.clone())} /> },
        None => Html::default(),
    });
    html! {
        <>
            <HistoryPanel
                history={(*history).clone()} busy={props.busy} trend={(*trend).clone()} {draw} {on_action}
            />
            <p class="hint" role="status">{ &*said }</p>
        </>
    }
}

fn ask(analyst: &Analyst, question: Question, heard: &Callback<Outcome>) {
    let heard = heard.clone();
    analyst.ask(question, move |outcome| heard.emit(outcome));
}

fn saved(file: JsValue, name: &str) -> String {
    match file.dyn_into::<Blob>() {
        Ok(file) if browser::files::save(&file, name) => format!("Saved as {name}."),
        _ => "This browser cannot save files.".to_owned(),
    }
}

async fn import(file: File, analyst: Analyst, heard: Callback<Outcome>) {
    match browser::files::read_bytes(&file).await {
        Ok(bytes) => {
            let given = Array::of1(&bytes.buffer());
            analyst.ask_with(Question::Import(file.name()), &bytes, &given, move |outcome| heard.emit(outcome));
        }
        Err(reason) => heard.emit(Err(format!("A file cannot be read: {reason}"))),
    }
}
