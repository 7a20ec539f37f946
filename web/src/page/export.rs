//! A report in other formats: the same bytes that the command line writes.

use parlab_shared::export::Format;
use wasm_bindgen::JsCast;
use web_sys::Blob;
use yew::prelude::*;

use super::ask::Analyst;
use super::browser;
use crate::questions::{Answer, Question};

/// What the formats are of.
#[derive(Properties, PartialEq)]
pub struct ExportProps {
    /// Who writes them.
    pub analyst: Analyst,
    /// The id of the report.
    pub id: String,
}

/// A list of formats. Each is written when it is asked for.
#[component]
pub fn Export(props: &ExportProps) -> Html {
    let said = use_state(String::new);
    // A report that takes its place has nothing saved yet.
    {
        let said = said.clone();
        use_effect_with(props.id.clone(), move |_| said.set(String::new()));
    }
    let write = |format: Format| {
        let (analyst, id, said) = (props.analyst.clone(), props.id.clone(), said.setter());
        Callback::from(move |_: MouseEvent| {
            said.set("Writing …".to_owned());
            let said = said.clone();
            analyst.ask(Question::Export(id.clone(), format.name().to_owned()), move |outcome| {
                said.set(match outcome {
                    Ok((Answer::File(name), file)) => match file.dyn_into::<Blob>() {
                        Ok(file) if browser::files::save(&file, &name) => format!("Saved as {name}."),
                        _ => "This browser cannot save files.".to_owned(),
                    },
                    Ok(_) => "This browser cannot save files.".to_owned(),
                    Err(reason) => reason,
                });
            });
        })
    };
    let link = {
        let (analyst, id, said) = (props.analyst.clone(), props.id.clone(), said.setter());
        Callback::from(move |_: MouseEvent| {
            let said = said.clone();
            analyst.ask(Question::Link(id.clone()), move |outcome| match outcome {
                Ok((Answer::Text(fragment), _)) => wasm_bindgen_futures::spawn_local(async move {
                    let copied = browser::files::copy_text(&browser::address_with(&fragment)).await;
                    said.set(match copied {
                        Ok(()) => "The link is copied: it holds the whole report, and no server sees it.".to_owned(),
                        Err(reason) => format!("The link could not be copied: {reason}."),
                    });
                }),
                Ok(_) => {}
                Err(reason) => said.set(reason),
            });
        })
    };
    html! {
        <>
        <button type="button" id="report-link" onclick={link}>{ "Copy a link to it" }</button>
        <button type="button" id="report-download" onclick={write(Format::Json)}>{ "Save the report" }</button>
        <details class="more export">
            <summary>{ "Other formats" }</summary>
            <ul>
                for format in Format::ALL.iter().copied() {
                    <li>
                        <button type="button" class="small" data-format={format.name()} onclick={write(format)}>
                            { format.about() }
                        </button>
                    </li>
                }
            </ul>
        </details>
        <p class="hint" role="status">{ &*said }</p>
        </>
    }
}
