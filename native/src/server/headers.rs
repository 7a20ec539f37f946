//! The headers that every response carries, whatever its status.

use axum::http::header::{CONTENT_SECURITY_POLICY, HeaderName, HeaderValue, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::response::Response;
use tower_http::set_header::response::SetMultipleResponseHeadersLayer;

/// What the page may load and do: its own files, its own server, and pictures that it makes itself.
///
/// `wasm-unsafe-eval` allows compiling WebAssembly and nothing else. Workloads may be aimed at any server; `ws:` and
/// `wss:` are for the page's own, which not every browser takes `'self'` for.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; \
    style-src 'self'; img-src 'self' blob: data:; connect-src 'self' http: https: ws: wss:; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Both together make a page cross-origin isolated, and only such a page may share memory with its workers
/// (<https://web.dev/articles/coop-coep>).
const ISOLATION: [(HeaderName, HeaderValue); 2] = [
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-embedder-policy"), HeaderValue::from_static("require-corp")),
];

const ALWAYS: [(HeaderName, HeaderValue); 4] = [
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
];

/// The layer that adds them; without `isolation`, those that isolate the page are left out.
pub fn on_every_response(isolation: bool) -> SetMultipleResponseHeadersLayer<Response> {
    let isolating = ISOLATION.into_iter().filter(|_| isolation);
    SetMultipleResponseHeadersLayer::overriding(ALWAYS.into_iter().chain(isolating).map(Into::into).collect())
}
