//! What this browser is.

use js_sys::{Array, Function, JSON};
use parlab_shared::report::Environment;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::WorkerGlobalScope;

use super::{clock, user_agent};
use crate::{js, origin_files};

/// Looks around. How its cores compute together is measured later ([`super::gauge`]).
pub async fn look() -> Environment {
    let scope: WorkerGlobalScope = js_sys::global().unchecked_into();
    let navigator = scope.navigator();
    let agent = navigator.user_agent().unwrap_or_default();
    let has_files = origin_files::why_none().await.is_none();
    Environment {
        os: user_agent::os(&agent).to_owned(),
        arch: "wasm32".to_owned(),
        cpu: None,
        cores: navigator.hardware_concurrency() as u32,
        parallel_speed: None,
        clock_step_ms: clock::step_ms().await,
        cpu_quota: None,
        throttled: None,
        load_before: None,
        busy_cores: None,
        file_system: has_files.then(|| "opfs".to_owned()),
        browser: Some(user_agent::browser(&agent, brands(&navigator).as_deref())),
        cross_origin_isolated: Some(js::get(&scope, "crossOriginIsolated").is_truthy()),
        http: http(&scope),
        python: None,
        target_in_browser: false,
    }
}

/// The protocol over which the lab itself came, as the browser names it, where it tells.
fn http(scope: &JsValue) -> Option<String> {
    let performance = js::get(scope, "performance");
    let entries = js::get(&performance, "getEntriesByType").dyn_into::<Function>().ok()?;
    let entries: Array = entries.call1(&performance, &"resource".into()).ok()?.dyn_into().ok()?;
    let named = |entry: JsValue| js::get(&entry, "nextHopProtocol").as_string();
    entries.iter().filter_map(named).find(|name| !name.is_empty())
}

/// The list of brands, as JSON, where the browser has one.
fn brands(navigator: &JsValue) -> Option<String> {
    let brands = js::get(&js::get(navigator, "userAgentData"), "brands");
    JSON::stringify(&brands).ok().and_then(|text| text.as_string())
}
