//! What this browser is.

use js_sys::Reflect;
use parlab_shared::report::{Browser, Environment};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::WorkerGlobalScope;

use super::clock;

/// Looks around.
pub fn look() -> Environment {
    let scope: WorkerGlobalScope = js_sys::global().unchecked_into();
    let navigator = scope.navigator();
    let user_agent = navigator.user_agent().unwrap_or_default();
    let isolated = Reflect::get(&scope, &"crossOriginIsolated".into()).ok().and_then(|value| value.as_bool());
    Environment {
        os: os(&user_agent),
        arch: "wasm32".to_owned(),
        cpu: None,
        cores: navigator.hardware_concurrency() as u32,
        clock_step_ms: clock::step_ms(),
        load_before: None,
        browser: Some(browser(&user_agent, &navigator)),
        cross_origin_isolated: Some(isolated.unwrap_or(false)),
        python: None,
    }
}

fn os(user_agent: &str) -> String {
    let known = [("Windows", "Windows"), ("Android", "Android"), ("iPhone", "iOS"), ("iPad", "iOS")];
    let known = known.iter().chain(&[("Mac OS X", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux")]);
    known.into_iter().find(|(mark, _)| user_agent.contains(mark)).map_or("unknown", |(_, name)| *name).to_owned()
}

/// The browser by the marks in its user agent; every browser names several others there, so order matters.
fn browser(user_agent: &str, navigator: &JsValue) -> Browser {
    let marks = [
        ("Edg/", "Edge", "Blink"),
        ("OPR/", "Opera", "Blink"),
        ("Firefox/", "Firefox", "Gecko"),
        ("HeadlessChrome/", "Chromium", "Blink"),
        ("Chrome/", chromium_name(navigator), "Blink"),
        ("Version/", "WebKit", "WebKit"),
    ];
    let found = marks.iter().find_map(|(mark, name, engine)| {
        let version = user_agent.split(mark).nth(1)?.split([' ', ';']).next()?;
        Some((*name, version.to_owned(), *engine))
    });
    let (name, version, engine) = found.unwrap_or(("unknown", String::new(), "unknown"));
    let name = if name == "WebKit" && user_agent.contains("Safari/") && user_agent.contains("Mac OS X") {
        "Safari"
    } else {
        name
    };
    Browser { name: name.to_owned(), version, engine: engine.to_owned() }
}

/// Chrome and Chromium have the same user agent; only the list of brands tells them apart.
fn chromium_name(navigator: &JsValue) -> &'static str {
    let data = Reflect::get(navigator, &"userAgentData".into()).unwrap_or(JsValue::UNDEFINED);
    let brands = Reflect::get(&data, &"brands".into()).ok().and_then(|brands| js_sys::JSON::stringify(&brands).ok());
    let is_chrome = brands.is_some_and(|brands| String::from(brands).contains("Google Chrome"));
    if is_chrome { "Chrome" } else { "Chromium" }
}
