//! Where the server of a page listens with TLS, for work that asks for a protocol.

use js_sys::Promise;
use parlab_shared::conduct::Info;
use parlab_shared::target::Secured;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;
use web_sys::Url;

use super::errors::describe;

#[wasm_bindgen(module = "/src/lab/fetch.js")]
extern "C" {
    fn text_of(url: &str) -> Promise;
}

/// Asks the server whose page lies in a folder. That folder is where it speaks HTTP/2.
///
/// # Errors
/// It speaks no TLS, or does not say; the message says what to do.
pub async fn of(folder: &str) -> Result<Secured, String> {
    let without = || {
        format!(
            "the server of this page ({folder}) has no address at which it speaks HTTP/1.1 only: open the page of a parlab serve --tls"
        )
    };
    let said = JsFuture::from(text_of(&format!("{folder}api/info"))).await;
    let said = said.map_err(|error| format!("{folder}api/info: {}", describe(&error)))?;
    let info: Option<Info> = said.as_string().and_then(|text| serde_json::from_str(&text).ok());
    let port = info.and_then(|info| info.http1).ok_or_else(without)?;
    let beside = Url::new(folder).map_err(|_| without())?;
    beside.set_port(&port.to_string());
    beside.set_pathname("/");
    Ok(Secured { http1: beside.href(), http2: folder.to_owned(), certificate: None })
}
