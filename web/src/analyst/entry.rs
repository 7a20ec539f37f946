//! Where the analyst's worker begins.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Float64Array, Uint8Array, Uint32Array};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, BlobPropertyBag, DedicatedWorkerGlobalScope, MessageEvent};

use super::answers::{Answers, Beside};
use crate::messages::{Boot, OfPage};
use crate::questions::{Answer, Ask, Reply};
use crate::wire;

/// Answers questions until the page ends this worker; the first message says what page it is.
///
/// # Panics
/// The worker was made for something else.
#[wasm_bindgen]
pub async fn serve(boot: String) -> bool {
    console_error_panic_hook::set_once();
    let boot: Boot<OfPage> = serde_json::from_str(&boot).expect("whoever makes a worker says what for");
    let OfPage::Analyst(facts) = boot.role else { unreachable!("the lab is another module") };
    let answers = Rc::new(RefCell::new(Answers::new(facts)));
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        if let Some((Ask { number, question }, beside)) = wire::open::<Ask>(&event.data()) {
            let bytes = beside.dyn_ref::<Uint8Array>().map(Uint8Array::to_vec).unwrap_or_default();
            let (answer, beside) = match answers.borrow_mut().answer(question, bytes) {
                Ok((answer, beside)) => (Ok(answer), beside),
                Err(reason) => (Err(reason), Beside::Nothing),
            };
            post(&Reply { number, answer }, &sent(beside));
        }
    });
    scope().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    // From now on questions are heard.
    post(&Reply { number: 0, answer: Ok(Answer::Done) }, &JsValue::UNDEFINED);
    // The worker lives on.
    std::future::pending().await
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
