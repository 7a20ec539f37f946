//! The still page: it measures for whoever opened it, and draws nothing meanwhile.

use yew::prelude::*;

use super::session::{self, Event, Session};

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
            let service = token.and_then(|token| session::service(&token, false));
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
