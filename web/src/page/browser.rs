//! The page's only door to the window, its document and its storage, shaped for Rust. Types of events and elements are
//! used everywhere.

pub mod files;
pub mod static_host;
pub mod time;

use js_sys::{Array, Date, Function, Math, Object, Reflect};
use parlab_shared::address::{self, Address};
use parlab_shared::report::Tool;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    CssStyleDeclaration, Document, Element, ErrorEvent, EventTarget, HtmlElement, ResizeObserver,
    ScrollIntoViewOptions, ScrollLogicalPosition, Window, Worker, WorkerOptions, WorkerType,
};

use super::unshared::Unshared;
use crate::js::{self, get};

/// Calls a listener of JavaScript's.
pub fn call(function: &Function, argument: &JsValue) {
    // What the listener throws is its own affair, and shows in the console.
    if let Err(error) = function.call1(&JsValue::UNDEFINED, argument) {
        web_sys::console::error_1(&error);
    }
}

/// The window.
#[expect(clippy::disallowed_methods, reason = "this is the door")]
fn window() -> Window {
    web_sys::window().expect("the page runs in a window")
}

/// The document.
fn document() -> Document {
    window().document().expect("a window shows a document")
}

/// An identifier that no other report has. Where the address is not secure there is no `randomUUID`;
/// time and chance do then.
pub fn unique_id() -> String {
    let crypto = get(&window(), "crypto");
    let uuid = get(&crypto, "randomUUID").dyn_into::<Function>().and_then(|make| make.call0(&crypto));
    uuid.ok().and_then(|id| id.as_string()).unwrap_or_else(|| {
        let chance = (Math::random() * 2.0_f64.powi(52)) as u64;
        format!("{:012x}-{chance:013x}", Date::now() as u64)
    })
}

/// The id of the build that the page is of, if it has one.
pub fn build() -> Option<String> {
    let named = document().query_selector("meta[name=parlab-build]").ok().flatten()?;
    named.get_attribute("content").filter(|build| build != "none")
}

/// This program, as reports name it.
pub fn tool() -> Tool {
    Tool::this(build().as_deref())
}

/// The query of the page's address, with its question mark, or nothing.
pub fn query() -> String {
    window().location().search().unwrap_or_default()
}

/// Makes the address of the page another one of it, which the browser's Back leaves again.
pub fn go(query: &str) {
    if let Ok(history) = window().history() {
        let address = if query.is_empty() { pathname() } else { query.to_owned() };
        // An address that cannot be changed shows less than it could, and no more is lost.
        _ = history.push_state_with_url(&JsValue::NULL, "", Some(&address));
    }
}

/// Makes the address of the page another one of it, in place of the one that it has.
pub fn rename(query: &str) {
    if let Ok(history) = window().history() {
        let address = if query.is_empty() { pathname() } else { query.to_owned() };
        _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&address));
    }
}

fn pathname() -> String {
    window().location().pathname().unwrap_or_default()
}

/// Calls a function whenever the user goes back or forward, as long as the page is there.
pub fn on_back_or_forward(call: impl FnMut() + 'static) {
    let call = Closure::<dyn FnMut()>::new(call);
    let listening = window().add_event_listener_with_callback("popstate", call.as_ref().unchecked_ref());
    listening.expect("a window takes listeners");
    call.forget();
}

/// Calls a function when the page is left and the browser keeps it as it is, for whoever goes back. It is loaded anew when it
/// is shown again.
pub fn on_kept_aside(mut call: impl FnMut() + 'static) {
    let call = Closure::<dyn FnMut(web_sys::Event)>::new(move |event: web_sys::Event| {
        if !get(&event, "persisted").is_truthy() {
            return;
        }
        if event.type_() == "pagehide" {
            call();
        } else {
            // A page that cannot be loaded anew says itself that nothing answers.
            _ = window().location().reload();
        }
    });
    for event in ["pagehide", "pageshow"] {
        let listening = window().add_event_listener_with_callback(event, call.as_ref().unchecked_ref());
        listening.expect("a window takes listeners");
    }
    call.forget();
}

/// As long as it lives, the browser asks before it leaves the page.
pub struct StayWarning(Closure<dyn FnMut(web_sys::Event)>);

impl StayWarning {
    /// Begins to warn.
    pub fn new() -> Self {
        let ask = Closure::<dyn FnMut(web_sys::Event)>::new(|event: web_sys::Event| event.prevent_default());
        let listening = window().add_event_listener_with_callback("beforeunload", ask.as_ref().unchecked_ref());
        listening.expect("a window takes listeners");
        Self(ask)
    }
}

impl Drop for StayWarning {
    fn drop(&mut self) {
        // A listener that is gone already is as good as removed.
        _ = window().remove_event_listener_with_callback("beforeunload", self.0.as_ref().unchecked_ref());
    }
}

/// What the page is called in the browser's tabs and its history.
pub fn entitle(title: &str) {
    document().set_title(title);
}

#[wasm_bindgen(module = "/src/page/browser/persist.js")]
extern "C" {
    /// Asks the browser not to remove what the page keeps, if it has not promised that yet.
    pub fn persist();
}

/// A driver of tests controls the browser.
pub fn is_driven() -> bool {
    get(&window().navigator(), "webdriver").is_truthy()
}

/// As many cores as the browser says there are.
pub fn cores() -> u32 {
    window().navigator().hardware_concurrency() as u32
}

/// What an earlier page kept texts in, where the browser has it.
pub fn kept_texts() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

/// What stands under a name as long as the tab is open.
pub fn remembered(name: &str) -> Option<String> {
    window().session_storage().ok().flatten()?.get_item(name).ok().flatten()
}

/// Lets something stand under a name as long as the tab is open, where the browser allows any.
pub fn remember(name: &str, text: &str) {
    if let Ok(Some(storage)) = window().session_storage() {
        _ = storage.set_item(name, text);
    }
}

/// The folder that the page is in: what its own addresses are relative to, below a proxy's path, too.
pub fn folder() -> Option<Address> {
    let page: Address = document().base_uri().ok().flatten()?.parse().ok()?;
    page.join(".")
}

/// Whether the page came from the machine that it is shown on, as far as its address tells.
pub fn is_on_loopback() -> bool {
    address::is_loopback(&window().location().hostname().unwrap_or_default())
}

/// Whether the page is cross-origin isolated.
pub fn is_isolated() -> bool {
    get(&window(), "crossOriginIsolated").is_truthy()
}

/// Whether workers can share one memory.
pub fn shared_memory() -> Result<(), Unshared> {
    let truthy = |key| get(&window(), key).is_truthy();
    if !truthy("isSecureContext") {
        Err(Unshared::InsecureAddress)
    } else if !is_isolated() {
        Err(Unshared::NotIsolated)
    } else if !truthy("SharedArrayBuffer") {
        Err(Unshared::NoSharedArrayBuffer)
    } else {
        Ok(())
    }
}

/// Adds rules to the page. A constructed sheet is what a content security policy without inline styles allows.
pub fn adopt_style(css: &str) -> Result<(), JsValue> {
    let make: Function = get(&window(), "CSSStyleSheet").dyn_into()?;
    let sheet = Reflect::construct(&make, &Array::new())?;
    get(&sheet, "replaceSync").dyn_into::<Function>()?.call1(&sheet, &css.into())?;
    let sheets = Array::from(&get(&document(), "adoptedStyleSheets"));
    sheets.push(&sheet);
    Reflect::set(&document(), &"adoptedStyleSheets".into(), &sheets)?;
    Ok(())
}

/// Whether the user asked for less motion.
pub fn reduced_motion() -> bool {
    matches("(prefers-reduced-motion: reduce)")
}

/// Whether the user's own colours rule.
pub fn forced_colours() -> bool {
    matches(FORCED_COLOURS)
}

const FORCED_COLOURS: &str = "(forced-colors: active)";

fn matches(query: &str) -> bool {
    window().match_media(query).ok().flatten().is_some_and(|query| query.matches())
}

/// Where there is no room for charts of full width: their edges take 64 pixels of the page, and such a chart needs 410.
const NARROW: &str = "(max-width: 639px)";

/// Whether the page is as narrow as on a telephone.
pub fn is_narrow() -> bool {
    matches(NARROW)
}

/// Calls a function whenever the page becomes narrow, or wide again.
pub fn on_narrow(call: impl FnMut() + 'static) -> Option<Listener> {
    let query = window().match_media(NARROW).ok().flatten()?;
    Some(Listener::new(query.into(), "change", call))
}

/// A listener that is heard until it is dropped.
pub struct Listener {
    target: EventTarget,
    event: &'static str,
    call: Closure<dyn FnMut()>,
}

impl Listener {
    fn new(target: EventTarget, event: &'static str, call: impl FnMut() + 'static) -> Self {
        let call = Closure::<dyn FnMut()>::new(call);
        let listening = target.add_event_listener_with_callback(event, call.as_ref().unchecked_ref());
        listening.expect("what happens somewhere can be listened to");
        Self { target, event, call }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // What is not heard any more is as good as gone.
        _ = self.target.remove_event_listener_with_callback(self.event, self.call.as_ref().unchecked_ref());
    }
}

/// Calls a function whenever colours change.
pub fn on_colours(call: impl FnMut() + Clone + 'static) -> Vec<Listener> {
    let queries = ["(prefers-color-scheme: dark)", FORCED_COLOURS].into_iter();
    let queries = queries.filter_map(|query| window().match_media(query).ok().flatten());
    queries.map(|query| Listener::new(query.into(), "change", call.clone())).collect()
}

/// Calls a function before the page is printed (true) and afterwards (false).
pub fn on_printing(call: impl FnMut(bool) + Clone + 'static) -> Vec<Listener> {
    let listener = |event, printing| {
        let mut call = call.clone();
        Listener::new(window().into(), event, move || call(printing))
    };
    vec![listener("beforeprint", true), listener("afterprint", false)]
}

/// Whether the tab is hidden.
pub fn hidden() -> bool {
    document().hidden()
}

/// Calls a function whenever the tab is hidden or shown, as long as the page is there.
pub fn on_visibility(call: impl FnMut() + 'static) {
    let call = Closure::<dyn FnMut()>::new(call);
    let listening = document().add_event_listener_with_callback("visibilitychange", call.as_ref().unchecked_ref());
    listening.expect("a document takes listeners");
    call.forget();
}

/// An element of the page.
pub fn element(id: &str) -> Option<Element> {
    document().get_element_by_id(id)
}

/// An element that is no part of the page.
pub fn detached<T: JsCast>(tag: &str) -> Option<T> {
    document().create_element(tag).ok()?.dyn_into().ok()
}

/// The style of the whole page, as the style sheets make it.
pub fn computed_style() -> Option<CssStyleDeclaration> {
    window().get_computed_style(&document().document_element()?).ok().flatten()
}

/// The style of an element, as the style sheets make it.
pub fn style_of(element: &Element) -> Option<CssStyleDeclaration> {
    window().get_computed_style(element).ok().flatten()
}

/// Pixels of the screen per CSS pixel.
pub fn pixel_ratio() -> f64 {
    window().device_pixel_ratio()
}

/// Moves the focus.
pub fn focus(id: &str) {
    if let Some(element) = element(id).and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        // An element that cannot take the focus leaves it where it is.
        let _ = element.focus();
    }
}

/// Presses the first element that a selector finds.
pub fn press(selector: &str) {
    let element = document().query_selector(selector).ok().flatten();
    if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        element.click();
    }
}

/// Scrolls to the top of the page.
pub fn scroll_to_top() {
    window().scroll_to_with_x_and_y(0.0, 0.0);
}

/// Scrolls no further than it takes to see an element.
pub fn show(id: &str) {
    scroll_to(id, ScrollLogicalPosition::Nearest);
}

/// Scrolls until an element is the first that is seen.
pub fn show_first(id: &str) {
    scroll_to(id, ScrollLogicalPosition::Start);
}

fn scroll_to(id: &str, position: ScrollLogicalPosition) {
    if let Some(element) = element(id) {
        let options = ScrollIntoViewOptions::new();
        options.set_block(position);
        element.scroll_into_view_with_scroll_into_view_options(&options);
    }
}

/// The id of the element that has the focus.
pub fn focused() -> Option<String> {
    document().active_element().map(|element| element.id())
}

/// The script that every worker begins with, beside the page's module.
const WORKER: &str = "worker.js";

/// A worker that does what its first message says.
pub fn worker(name: &str) -> Result<Worker, JsValue> {
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    options.set_name(name);
    let mut script = WORKER.to_owned();
    if is_served_by_a_worker() {
        // An address of its own, as `script` in `lab/workers.rs` gives to those that follow.
        script += &format!("?{name}-{}", (Math::random() * 1e9) as u32);
    }
    Worker::new_with_options(&js::beside_module(&script), &options)
}

/// Whether a service worker answers what this page asks for.
fn is_served_by_a_worker() -> bool {
    get(&get(&window().navigator(), "serviceWorker"), "controller").is_object()
}

/// What a worker said when it failed.
pub fn last_words(event: &web_sys::Event) -> String {
    // A script that could not be loaded sends an event without a message.
    let message = event.dyn_ref::<ErrorEvent>().map(ErrorEvent::message).filter(|text| !text.is_empty());
    message.unwrap_or_else(|| {
        format!(
            "{WORKER} or what it imports could not be loaded (the network or the host does not answer, or the page was \
             replaced by that of another build: reload it)"
        )
    })
}

/// The page's own address with a fragment, which no server gets to see.
pub fn address_with(fragment: &str) -> String {
    let origin = window().location().origin().unwrap_or_default();
    format!("{origin}{}#{fragment}", pathname())
}

/// The fragment of the page's address, without its `#`.
pub fn fragment() -> String {
    let fragment = window().location().hash().unwrap_or_default();
    fragment.strip_prefix('#').unwrap_or(&fragment).to_owned()
}

/// A thrown value as text.
pub fn describe(error: &JsValue) -> String {
    js::error_text(error).unwrap_or_else(|| "the browser gives no reason".to_owned())
}

/// A plain object from JSON text.
pub fn parse_json(text: &str) -> JsValue {
    read_json(text).expect("what serde wrote is JSON")
}

/// What JSON text says; `None` if it is none.
pub fn read_json(text: &str) -> Option<JsValue> {
    js_sys::JSON::parse(text).ok()
}

/// A value as JSON text, for an error that names it.
pub fn json(value: &JsValue) -> String {
    let text = js_sys::JSON::stringify(value).ok().and_then(|text| JsValue::from(text).as_string());
    text.unwrap_or_else(|| "something that is not JSON".to_owned())
}

/// The keys and values of an object of the caller's.
pub fn entries(object: &Object) -> Vec<(String, JsValue)> {
    let pair = |entry: JsValue| {
        let entry: Array = entry.unchecked_into();
        (entry.get(0).as_string().unwrap_or_default(), entry.get(1))
    };
    Object::entries(object).iter().map(pair).collect()
}

/// Calls a function whenever an element has another size, until dropped.
pub struct Resized {
    observer: ResizeObserver,
    _call: Closure<dyn FnMut()>,
}

impl Resized {
    /// Watches an element; the first call comes at once.
    pub fn watch(element: &Element, call: impl FnMut() + 'static) -> Self {
        let call = Closure::<dyn FnMut()>::new(call);
        let observer = ResizeObserver::new(call.as_ref().unchecked_ref()).expect("a browser observes sizes");
        observer.observe(element);
        Self { observer, _call: call }
    }
}

impl Drop for Resized {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}
