//! Where the analyst's worker begins.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use js_sys::{Array, Float64Array, Uint8Array, Uint32Array};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, BlobPropertyBag, DedicatedWorkerGlobalScope, MessageEvent};

use super::answers::{Answers, Beside};
use super::keeper::Keeper;
use super::link;
use crate::messages::OfPage;
use crate::questions::{Answer, Ask, PageFacts, Question, Reply};
use crate::{origin_files, wire};

/// Answers questions until the page ends this worker; the first message says what page it is.
///
/// # Panics
/// The worker was made for something else.
#[wasm_bindgen]
pub async fn serve(role: JsValue) -> bool {
    console_error_panic_hook::set_once();
    let role = wire::open_bytes(&role).expect("whoever makes a worker says what for");
    let OfPage::Analyst(facts) = role else { unreachable!("the lab is another module") };
    let facts = PageFacts { unfiled: origin_files::why_none().await, ..facts };
    let keeper = Keeper::new(&facts.build);
    let answers = RefCell::new(Answers::new(facts));
    let desk = Rc::new(Desk { answers, keeper, waiting: RefCell::default(), busy: Cell::new(false) });
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        if let Some(asked) = wire::open::<Ask>(&event.data()) {
            desk.waiting.borrow_mut().push_back(asked);
            let desk = desk.clone();
            wasm_bindgen_futures::spawn_local(async move { desk.work().await });
        }
    });
    scope().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    // From now on questions are heard.
    post(&Reply { number: 0, answer: Ok(Answer::Done) }, &JsValue::UNDEFINED);
    // The worker lives on.
    std::future::pending().await
}

/// Where questions wait until they are answered, one after another.
struct Desk {
    answers: RefCell<Answers>,
    keeper: Keeper,
    waiting: RefCell<VecDeque<(Ask, JsValue)>>,
    /// Somebody answers them.
    busy: Cell<bool>,
}

impl Desk {
    async fn work(&self) {
        if self.busy.replace(true) {
            return;
        }
        loop {
            let next = self.waiting.borrow_mut().pop_front();
            let Some((Ask { number, question }, beside)) = next else { break };
            let bytes = beside.dyn_ref::<Uint8Array>().map(Uint8Array::to_vec);
            let (answer, beside) = match self.answer(question, bytes).await {
                Ok((answer, beside)) => (Ok(answer), beside),
                Err(reason) => (Err(reason), JsValue::UNDEFINED),
            };
            post(&Reply { number, answer }, &beside);
        }
        self.busy.set(false);
    }

    /// An answer, with what comes beside it.
    async fn answer(&self, question: Question, bytes: Option<Vec<u8>>) -> Result<(Answer, JsValue), String> {
        let (keeper, answers) = (&self.keeper, &self.answers);
        self.fetch(&question).await?;
        let answer = match question {
            Question::Begin(beginning) => {
                let placed = answers.borrow().placed(beginning);
                keeper.begin(placed).await?
            }
            Question::Run { part, pass_is_over } => keeper.run(part, bytes.unwrap_or_default(), pass_is_over).await?,
            Question::End(ending) => {
                let (answer, reports) = keeper.end(&ending, bytes.as_deref()).await?;
                if let Answer::Recorded { card, .. } = &answer {
                    answers.borrow_mut().hold_own(reports, card.clone());
                }
                answer
            }
            Question::History => Answer::History(Box::new(keeper.view().await)),
            Question::Rename(id, name) => {
                // It is read again, with its name.
                answers.borrow_mut().let_go(&id);
                keeper.rename(&id, name.as_deref()).await?
            }
            Question::Delete(ids) => keeper.delete(&ids).await?,
            Question::Clear => keeper.clear().await?,
            Question::ExportAll => {
                let (answer, blob) = keeper.export().await?;
                return Ok((answer, blob.into()));
            }
            Question::Import(name) => keeper.import(&name, &bytes.unwrap_or_default()).await?,
            Question::Trend { experiment, width } => keeper.trend(&experiment, width).await?,
            Question::Link(id) => Answer::Text(link::fragment(&answers.borrow().reports(&id)?)?),
            Question::OpenLink(fragment) => {
                let card = answers.borrow_mut().hold(link::open(&fragment)?, None);
                Answer::Cards(card.into_iter().collect())
            }
            question => {
                let (answer, beside) = answers.borrow_mut().answer(question, bytes.unwrap_or_default())?;
                return Ok((answer, sent(beside)));
            }
        };
        Ok((answer, JsValue::UNDEFINED))
    }

    /// Holds the reports ready that a question is about, if they are kept.
    async fn fetch(&self, question: &Question) -> Result<(), String> {
        if let Question::SetUp(parameters) = question {
            let run = self.answers.borrow_mut().not_recalled(parameters);
            if let Some(run) = run {
                let latest = self.keeper.latest(&run).await;
                latest.iter().for_each(|reports| self.answers.borrow_mut().learn(reports));
            }
        }
        let wanted = Answers::wanted(question);
        wanted.iter().for_each(|id| self.answers.borrow_mut().touch(id));
        for id in wanted {
            if !self.answers.borrow().has(&id) {
                let (card, reports) = self.keeper.load(&id).await?;
                self.answers.borrow_mut().hold(reports, card);
            }
        }
        Ok(())
    }
}

/// What travels beside an answer, as the browser has it.
fn sent(beside: Beside) -> JsValue {
    match beside {
        Beside::Nothing => JsValue::UNDEFINED,
        Beside::File(text, media_type) => {
            let options = BlobPropertyBag::new();
            options.set_type(media_type);
            let blob = Blob::new_with_str_sequence_and_options(&Array::of1(&text.into()), &options);
            blob.map_or(JsValue::UNDEFINED, Into::into)
        }
        // In the order in which the page reads them.
        Beside::Bars(bars) => {
            let lists: [JsValue; 6] = [
                Uint32Array::new_from_slice(&bars.bar_lanes).into(),
                Float64Array::new_from_slice(&bars.starts_ms).into(),
                Float64Array::new_from_slice(&bars.ends_ms).into(),
                Uint8Array::new_from_slice(&bars.bar_kinds).into(),
                Uint32Array::new_from_slice(&bars.tasks).into(),
                Float64Array::new_from_slice(&bars.queued_ms).into(),
            ];
            lists.iter().collect::<Array>().into()
        }
    }
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// Posts a reply; what is beside it is copied.
fn post(reply: &Reply, beside: &JsValue) {
    // A page that is gone hears nothing.
    _ = scope().post_message(&wire::seal(reply, beside));
}
