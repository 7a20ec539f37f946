//! The still page: it measures for whoever opened it, and draws nothing meanwhile.

use parlab_shared::report::Tool;
use yew::prelude::*;

use super::session::{Event, Session};
use super::{browser, route};
use crate::messages::Service;

/// What the still page needs.
#[derive(Properties, PartialEq)]
pub struct StillProps {
    /// Whose lab it is.
    pub session: Session,
    /// The token by which whoever opened the page knows it again; or what is wrong with the address.
    pub token: Result<String, String>,
}

/// What the still page says, as a word for scripts and as a sentence.
type Words = (&'static str, String);

/// The still page. It is drawn when its lab is there and when that has ended, and not between.
#[component]
pub fn Still(props: &StillProps) -> Html {
    let words = use_state(|| ("starting", "The lab is being started.".to_owned()));
    {
        let (session, token, words) = (props.session.clone(), props.token.clone(), words.setter());
        use_effect_with((), move |()| {
            let service = token.and_then(|token| service(&token, false));
            match service {
                Ok(service) => {
                    session.listen(Callback::from(move |event: Event| {
                        if let Some(said) = said(event) {
                            words.set(said);
                        }
                    }));
                    session.serve(service);
                    session.start();
                }
                Err(reason) => words.set(failed(&reason)),
            }
        });
    }
    let (state, sentence) = &*words;
    html! {
        <div class="page">
            <main>
                <h1>{ "parlab" }</h1>
                <p id="still" role="status" data-state={*state}>{ sentence }</p>
            </main>
        </div>
    }
}

/// Where the lab finds whoever has a place for it; what the page shows of its runs is `watched`.
///
/// # Errors
/// The page has no address.
pub fn service(token: &str, watched: bool) -> Result<Service, String> {
    let folder = browser::folder().ok_or("the page has no address")?;
    let (url, tool) = (route::socket(folder.as_str(), route::EXECUTOR, token), Tool::this(option_env!("PARLAB_BUILD")));
    Ok(Service { url, target: folder.to_string(), tool, hidden: browser::hidden(), watched })
}

/// What there is to say of an event, if anything is.
fn said(event: Event) -> Option<Words> {
    match event {
        Event::Serving => {
            let sentence = "This page measures for parlab pair. Leave it open and in view: what a hidden page measures \
                            does not count.";
            Some(("measuring", sentence.to_owned()))
        }
        Event::Served(Ok(())) => Some(("over", "parlab pair is done with this page: it can be closed.".to_owned())),
        Event::Served(Err(reason)) | Event::Absent(reason) => Some(failed(&reason)),
        _ => None,
    }
}

fn failed(reason: &str) -> Words {
    ("failed", format!("This page does not measure for parlab pair: {reason}"))
}
