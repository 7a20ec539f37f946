//! A page on a host that only has files: what stands in for a server there, and what `static-host.js` says of it.

use super::{Listener, document, shared_memory, window};
use crate::page::unshared::Unshared;
use crate::questions::{Lack, OwnTarget};

/// Why workers cannot share a memory, and how to get one. A static host cannot send what isolates a page: there it is what
/// keeps the page's service worker from doing that.
pub fn unshared() -> Option<Lack> {
    let unshared = shared_memory().err()?;
    Some(match (unshared, own_target()) {
        (Unshared::NoSharedArrayBuffer, _) | (_, OwnTarget::Server | OwnTarget::Browser) => unshared.into(),
        (_, OwnTarget::Missing(lack)) => lack,
    })
}

/// Where the page says what it comes from, and `static-host.js` what is missing there.
const HOST: &str = "meta[name=parlab-host]";

fn of_host(name: &str) -> Option<String> {
    document().query_selector(HOST).ok().flatten()?.get_attribute(name)
}

/// Whether the page comes from a static host.
pub fn is_on_static_host() -> bool {
    of_host("content").is_some_and(|host| host == "static")
}

/// What answers requests to the page's own target.
pub fn own_target() -> OwnTarget {
    match (is_on_static_host(), of_host("data-reason"), of_host("data-fix")) {
        (false, ..) => OwnTarget::Server,
        (true, Some(reason), Some(fix)) => OwnTarget::Missing(Lack { reason, fix }),
        (true, ..) => OwnTarget::Browser,
    }
}

/// What there is to know of other builds of the page, in a word; only on a static host is there anything.
pub fn version() -> Option<String> {
    of_host("data-version")
}

/// Calls a function whenever [`version`] changes.
pub fn on_version(call: impl FnMut() + 'static) -> Listener {
    Listener::new(window().into(), "parlab-version", call)
}

/// Has the build that waits take this page over.
pub fn take_over() {
    if let Ok(event) = web_sys::Event::new("parlab-take-over") {
        _ = window().dispatch_event(&event);
    }
}
