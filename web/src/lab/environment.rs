//! What this browser is.

use js_sys::{JSON, Promise};
use parlab_shared::report::Environment;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::WorkerGlobalScope;

use super::{clock, user_agent};
use crate::js;

#[wasm_bindgen(module = "/src/lab/gauge.js")]
extern "C" {
    fn parallel_speed(cores: u32) -> Promise;
}

#[wasm_bindgen(module = "/src/lab/files.js")]
extern "C" {
    fn has_files() -> Promise;
}

/// The most workers that the cores are measured with: more would take long to make.
const GAUGES_MAX: u32 = 64;

/// Looks around, for about half a second: whoever looks computes on all cores.
pub async fn look() -> Environment {
    let scope: WorkerGlobalScope = js_sys::global().unchecked_into();
    let navigator = scope.navigator();
    let agent = navigator.user_agent().unwrap_or_default();
    let cores = navigator.hardware_concurrency() as u32;
    let parallel_speed = if (2..=GAUGES_MAX).contains(&cores) {
        JsFuture::from(parallel_speed(cores)).await.ok().and_then(|speed| speed.as_f64())
    } else {
        None
    };
    let has_files = JsFuture::from(has_files()).await.is_ok_and(|has| has.is_truthy());
    Environment {
        os: user_agent::os(&agent).to_owned(),
        arch: "wasm32".to_owned(),
        cpu: None,
        cores,
        parallel_speed,
        clock_step_ms: clock::step_ms().await,
        cpu_quota: None,
        throttled: None,
        load_before: None,
        busy_cores: None,
        file_system: has_files.then(|| "opfs".to_owned()),
        browser: Some(user_agent::browser(&agent, brands(&navigator).as_deref())),
        cross_origin_isolated: Some(js::get(&scope, "crossOriginIsolated").is_truthy()),
        python: None,
    }
}

/// The list of brands, as JSON, where the browser has one.
fn brands(navigator: &JsValue) -> Option<String> {
    let brands = js::get(&js::get(navigator, "userAgentData"), "brands");
    JSON::stringify(&brands).ok().and_then(|text| text.as_string())
}
