//! What comes into the page and leaves it: files, the clipboard, texts of the site.

use js_sys::{Array, Function, Promise, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, File, HtmlAnchorElement, RequestInit, Response, Url};

use super::time::{Timeout, now_ms};
use super::{describe, detached, window};
use crate::js::get;

/// A file that a link can point to, until it is dropped.
#[derive(Debug)]
pub struct ObjectUrl(String);

impl ObjectUrl {
    /// A file.
    pub fn of(blob: &Blob) -> Option<Self> {
        Url::create_object_url_with_blob(blob).ok().map(Self)
    }

    /// Its address.
    pub fn address(&self) -> &str {
        &self.0
    }
}

impl Drop for ObjectUrl {
    fn drop(&mut self) {
        // An address that is gone already is as good as revoked.
        let _ = Url::revoke_object_url(&self.0);
    }
}

/// Text of some media type as a file.
pub fn text_file(text: &str, media_type: &str) -> Option<Blob> {
    let options = BlobPropertyBag::new();
    options.set_type(media_type);
    Blob::new_with_str_sequence_and_options(&Array::of1(&text.into()), &options).ok()
}

/// Saves a file. Returns whether this browser can.
pub fn save(blob: &Blob, name: &str) -> bool {
    let Some(url) = ObjectUrl::of(blob) else { return false };
    let Some(link) = detached::<HtmlAnchorElement>("a") else { return false };
    link.set_href(url.address());
    link.set_download(name);
    link.click();
    // The browser has the file by then; the address must outlive the click.
    Timeout::new(10_000, move || drop(url)).forget();
    true
}

/// The clipboard; undefined where the address is not secure.
pub fn clipboard() -> JsValue {
    get(&window().navigator(), "clipboard")
}

/// Puts text on the clipboard.
///
/// # Errors
/// Why the browser does not.
pub async fn copy_text(text: &str) -> Result<(), String> {
    let clipboard = clipboard();
    let write: Function =
        get(&clipboard, "writeText").dyn_into().map_err(|_| "this address has no clipboard".to_owned())?;
    let written = write.call1(&clipboard, &text.into()).map_err(|error| describe(&error))?;
    JsFuture::from(written.unchecked_into::<Promise>()).await.map_err(|error| describe(&error)).map(drop)
}

/// What is in a file.
pub async fn read_bytes(file: &File) -> Result<Uint8Array, String> {
    let buffer = JsFuture::from(file.array_buffer()).await.map_err(|error| describe(&error))?;
    Ok(Uint8Array::new(&buffer))
}

/// Whether somebody answers at an address of the page's own, whatever it is. No answer of before is one.
pub async fn answers(address: &str) -> bool {
    let address = format!("{address}?at={}", now_ms());
    JsFuture::from(window().fetch_with_str(&address)).await.is_ok()
}

/// The text at an address, which may be relative to the page.
///
/// # Errors
/// Why it cannot be had.
pub async fn text_of(address: &str) -> Result<String, String> {
    let failed = |error: JsValue| describe(&error);
    let response = answer(address, &RequestInit::new()).await?;
    if !response.ok() {
        return Err(format!("the server answers {} for {address}", response.status()));
    }
    let text = JsFuture::from(response.text().map_err(failed)?).await.map_err(failed)?;
    text.as_string().ok_or_else(|| format!("{address} is no text"))
}

/// What is at an address, which may be relative to the page.
///
/// # Errors
/// Why it cannot be had; where the server says why, that.
pub async fn bytes_of(address: &str) -> Result<Uint8Array, String> {
    let failed = |error: JsValue| describe(&error);
    let response = taken(answer(address, &RequestInit::new()).await?).await?;
    let buffer = JsFuture::from(response.array_buffer().map_err(failed)?).await.map_err(failed)?;
    Ok(Uint8Array::new(&buffer))
}

/// Sends a text to an address, which may be relative to the page.
///
/// # Errors
/// Why it is not taken.
pub async fn post(address: &str, text: &str) -> Result<(), String> {
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_body(&text.into());
    taken(answer(address, &init).await?).await.map(drop)
}

async fn answer(address: &str, init: &RequestInit) -> Result<Response, String> {
    let answer = JsFuture::from(window().fetch_with_str_and_init(address, init)).await;
    answer.map(JsCast::unchecked_into).map_err(|error| describe(&error))
}

/// An answer that is none of failure.
async fn taken(response: Response) -> Result<Response, String> {
    if response.ok() {
        return Ok(response);
    }
    let failed = |error: JsValue| describe(&error);
    let text = JsFuture::from(response.text().map_err(failed)?).await.map_err(failed)?;
    Err(text.as_string().unwrap_or_default().trim().to_owned())
}
