//! Where the analyst's worker begins.

use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

use crate::messages::{Boot, OfPage};
use crate::questions::{Answer, Ask, PageFacts, Reply};
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
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        if let Some((ask, beside)) = wire::open::<Ask>(&event.data()) {
            let (reply, beside) = answer(&facts, ask, &beside);
            post(&reply, &beside);
        }
    });
    scope().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    // From now on questions are heard.
    post(&Reply { number: 0, answer: Ok(Answer::Done) }, &JsValue::UNDEFINED);
    // The worker lives on.
    std::future::pending().await
}

fn answer(_facts: &PageFacts, ask: Ask, _beside: &JsValue) -> (Reply, JsValue) {
    (Reply { number: ask.number, answer: Err("the analyst has no answer".to_owned()) }, JsValue::UNDEFINED)
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// Posts a reply; buffers beside it are copied, as they are small or seldom.
fn post(reply: &Reply, beside: &JsValue) {
    // A page that is gone hears nothing.
    _ = scope().post_message(&wire::seal(reply, beside));
}
