//! A report in other formats: the same bytes that the command line writes.

use parlab_shared::export::Format;
use parlab_shared::report::Report;
use yew::prelude::*;

use super::browser::{self, ObjectUrl};
use super::state::Shared;
use super::text;

/// What the formats are of.
#[derive(Properties, PartialEq)]
pub struct ExportProps {
    /// The report.
    pub report: Shared<Report>,
}

/// A list of formats. Each is written when it is asked for: of a large report that takes a moment.
#[component]
pub fn Export(props: &ExportProps) -> Html {
    let written = use_state(|| None::<(Format, Option<ObjectUrl>)>);
    // A report that takes its place has nothing written yet.
    {
        let written = written.clone();
        use_effect_with(props.report.id.clone(), move |_| written.set(None));
    }
    let write = |format: Format| {
        let (report, written) = (props.report.clone(), written.clone());
        Callback::from(move |_: MouseEvent| {
            let text = format.render(std::slice::from_ref(&*report));
            let url = ObjectUrl::of_text(&text, format.media_type());
            if let Some(url) = &url {
                browser::download(url.address(), &name(&report, format));
            }
            // The address has to live until the browser has read it.
            written.set(Some((format, url)));
        })
    };
    html! {
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
            <p class="hint" role="status">
                if let Some((format, url)) = &*written {
                    { match url {
                        Some(_) => format!("Saved as {}.", name(&props.report, *format)),
                        None => "This browser cannot offer files for download.".to_owned(),
                    } }
                }
            </p>
        </details>
    }
}

/// The name of the file.
pub fn name(report: &Report, format: Format) -> String {
    format!("parlab-{}-{}.{}", text::title(report).replace(", ", "-"), report.platform, format.extension())
}
