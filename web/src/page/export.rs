//! A report in other formats: the same bytes that the command line writes.

use parlab_shared::export::Format;
use parlab_shared::report::Report;
use parlab_shared::say;
use yew::prelude::*;

use super::browser;
use super::state::Shared;

/// What the formats are of.
#[derive(Properties, PartialEq)]
pub struct ExportProps {
    /// The report that is exported.
    pub report: Shared<Report>,
}

/// A list of formats. Each is written when it is asked for: of a large report that takes a moment.
#[component]
pub fn Export(props: &ExportProps) -> Html {
    let said = use_state(String::new);
    // A report that takes its place has nothing saved yet.
    {
        let said = said.clone();
        use_effect_with(props.report.id.clone(), move |_| said.set(String::new()));
    }
    let write = |format: Format| {
        let (report, said) = (props.report.clone(), said.clone());
        Callback::from(move |_: MouseEvent| {
            let name = name(&report, format);
            let text = format.render(std::slice::from_ref(&*report));
            let saved = browser::text_file(&text, format.media_type()).is_some_and(|file| browser::save(&file, &name));
            said.set(if saved { format!("Saved as {name}.") } else { "This browser cannot save files.".to_owned() });
        })
    };
    html! {
        <>
        <button type="button" id="report-download" onclick={write(Format::Json)}>{ "Download the report" }</button>
        <details class="more export">
            <summary>{ "Export" }</summary>
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

/// The name of the file.
pub fn name(report: &Report, format: Format) -> String {
    let title = say::title(report).replace(", ", "-").replace(' ', "-");
    format!("parlab-{title}-{}.{}", report.platform, format.extension())
}
