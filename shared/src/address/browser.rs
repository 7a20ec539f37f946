//! Addresses in a browser: read by it, which also sends the requests, and costs the page no bytes.

use web_sys::Url;

/// Reads an address, or resolves one against another, and writes it as the standard does.
pub(super) fn resolve(text: &str, base: Option<&str>) -> Result<String, String> {
    let read = match base {
        Some(base) => Url::new_with_base(text, base),
        None => Url::new(text),
    };
    // Browsers give no reason.
    read.map(|url| url.href()).map_err(|_| "this is no address".to_owned())
}
