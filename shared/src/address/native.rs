//! Addresses outside a browser: read by the crate `url`.

use std::borrow::Cow;

use url::Url;

/// Reads an address, or resolves one against another, and writes it as the standard does.
pub(super) fn resolve(text: &str, base: Option<&str>) -> Result<String, String> {
    let base = base.map(Url::parse).transpose().map_err(|error| error.to_string())?;
    let read = Url::options().base_url(base.as_ref()).parse(&with_two_slashes(text));
    read.map(String::from).map_err(|error| error.to_string())
}

/// More than two slashes before a host are as good as two (<https://url.spec.whatwg.org/#special-authority-ignore-slashes-state>);
/// the crate knows that after a scheme only.
fn with_two_slashes(text: &str) -> Cow<'_, str> {
    let text = text.trim_start_matches(|character| character <= ' ');
    let rest = text.trim_start_matches(['/', '\\', '\t', '\n', '\r']);
    let slashes = text[..text.len() - rest.len()].matches(['/', '\\']).count();
    if slashes > 2 { format!("//{rest}").into() } else { text.into() }
}
