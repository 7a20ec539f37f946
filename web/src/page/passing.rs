//! Reports that pages on several machines hand to each other, by way of the server that they have in common: what a telephone
//! measures arrives beside what the computer does. The server asks for its token, and keeps what it is given for a while.

use std::cell::OnceCell;
use std::rc::Rc;

use form_urlencoded::byte_serialize;
use parlab_shared::conduct::{Passed, REPORT_BYTES_MAX};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::browser::{self, files as sent};
use super::dispatcher::{Dispatcher, dispatching};
use super::session::Session;
use super::state::{Action, Server};
use super::{files, found};
use crate::questions::{Answer, Question};
use crate::views::Card;

/// How long after one look the server is asked again.
const LOOK_MS: f64 = 3000.0;

/// How often is looked whether nothing is measured any more.
const IDLE_MS: f64 = 300.0;

/// Reports as they pass by one page.
pub struct Passing {
    session: Session,
    dispatcher: Dispatcher,
    /// The server's token, once it is known that it passes reports on.
    token: OnceCell<String>,
    /// What the page is called, which is offered none of its own.
    page: String,
}

impl Passing {
    /// Of a page that knows of no server yet.
    pub fn new(session: &Session, dispatcher: &Dispatcher) -> Rc<Self> {
        let (session, dispatcher) = (session.clone(), dispatcher.clone());
        Rc::new(Self { session, dispatcher, token: OnceCell::new(), page: browser::unique_id() })
    }

    /// From now on looks for what pages elsewhere hand over, and hands over what this one measures.
    pub fn begin(self: &Rc<Self>, server: &Server) {
        if server.shares && self.token.set(server.token.clone()).is_ok() {
            spawn_local(self.clone().look(server.token.clone()));
        }
    }

    /// Looks again and again, but neither while something is measured nor while nobody sees it.
    async fn look(self: Rc<Self>, token: String) {
        let mut last = 0;
        loop {
            browser::time::sleep_ms(LOOK_MS).await;
            if browser::hidden() || self.session.idle_environment().is_err() {
                continue;
            }
            // A server that is gone is asked again: it may come back.
            let read = sent::text_of(&format!("api/reports?token={token}&after={last}")).await;
            let Some(mut passed) = read.ok().and_then(|text| found::passed(&text)) else { continue };
            last = passed.iter().map(|passed| passed.number).fold(last, u64::max);
            passed.retain(|passed| passed.page != self.page);
            if !passed.is_empty() {
                self.dispatcher.dispatch(Action::Arrived(passed));
            }
        }
    }

    /// Hands a report over that this page measured. On the server's own machine there is no need.
    pub fn hand_over(self: &Rc<Self>, card: &Card) {
        let Some(token) = self.token.get().filter(|_| !browser::is_on_loopback()).cloned() else { return };
        let (passing, card) = (self.clone(), card.clone());
        spawn_local(async move {
            // What is measured next is not to be disturbed.
            loop {
                browser::time::sleep_ms(IDLE_MS).await;
                if passing.session.idle_environment().is_ok() {
                    break;
                }
            }
            let analyst = passing.session.analyst().clone();
            analyst.ask(Question::Json(card.id.clone()), move |outcome| {
                if let Ok((Answer::Text(json), _)) = outcome {
                    spawn_local(passing.send(token, card, json));
                }
            });
        });
    }

    async fn send(self: Rc<Self>, token: String, card: Card, json: String) {
        let sent = if json.len() > REPORT_BYTES_MAX {
            Err(format!("it has more than {} MB", REPORT_BYTES_MAX / 1_000_000))
        } else {
            let said =
                |text: &str| byte_serialize(text.chars().take(200).collect::<String>().as_bytes()).collect::<String>();
            let (page, from, title) = (said(&self.page), said(&card.machines.join(", ")), said(&card.title));
            let address = format!("api/reports?token={token}&page={page}&from={from}&title={title}");
            sent::post(&address, &json).await
        };
        let said = match sent {
            Ok(()) => "This report was handed to the server: pages on other machines that know its token can show it."
                .to_owned(),
            Err(reason) => format!(
                "This report could not be handed to the server for pages on other machines ({reason}). It is kept here, and \
                 can be saved as a file."
            ),
        };
        self.dispatcher.dispatch(Action::Noticed(said));
    }

    /// Opens one beside what is compared.
    fn open(self: &Rc<Self>, passed: Passed) {
        let Some(token) = self.token.get().cloned() else { return };
        let passing = self.clone();
        spawn_local(async move {
            let name = format!("{} ({})", passed.title, passed.from);
            let address = format!("api/reports/{}?token={token}", passed.number);
            match sent::bytes_of(&address).await {
                Ok(bytes) => files::open(name, &bytes, passing.session.analyst(), passing.dispatcher.clone()),
                Err(reason) => passing.dispatcher.dispatch(Action::Unread(format!("{name} cannot be read: {reason}"))),
            }
            passing.dispatcher.dispatch(Action::Settled(passed.number));
        });
    }

    /// What arrived, and what to do with it; while something is measured, nothing.
    pub fn view(self: &Rc<Self>, arrived: &[Passed], busy: bool) -> Html {
        let line = |passed: &Passed| {
            let (passing, one, number) = (self.clone(), passed.clone(), passed.number);
            html! {
                <li key={number}>
                    <p class="breaking">{ format!("A report arrived from {}: {}.", passed.from, passed.title) }</p>
                    <div class="actions">
                        <button
                            type="button" disabled={busy} onclick={Callback::from(move |_: MouseEvent| passing.open(one.clone()))}
                        >{ "Show it beside mine" }</button>
                        <button
                            type="button" onclick={dispatching(&self.dispatcher, move |_: MouseEvent| Action::Settled(number))}
                            aria-label={format!("Not now: {} from {}", passed.title, passed.from)}
                        >{ "Not now" }</button>
                    </div>
                </li>
            }
        };
        html! {
            <div id="arrived" role="status">
                if !arrived.is_empty() { <ul class="note">{ for arrived.iter().map(line) }</ul> }
            </div>
        }
    }
}
