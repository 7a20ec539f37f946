//! The headers that every response carries, whatever its status. What is no HTTP gets none: hyper's own answer to that has no
//! body, either.

use axum::http::header::{CONTENT_SECURITY_POLICY, HeaderName, HeaderValue, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};

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

/// What a target without a page adds: any page may ask it, isolated ones included, and what it answers does nothing when it
/// is shown. Those that isolate a page are of no use there, and each would be a header that the clients measured read.
const OF_A_TARGET: [(HeaderName, HeaderValue); 4] = [
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("cross-origin")),
    (HeaderName::from_static("timing-allow-origin"), HeaderValue::from_static("*")),
    (CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'")),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
];

/// Names and values of what is added.
pub type Added = Vec<(HeaderName, HeaderValue)>;

/// What a server with a page adds; without `isolation`, those that isolate it are left out.
pub fn of_a_page(isolation: bool) -> Added {
    ALWAYS.into_iter().chain(ISOLATION.into_iter().filter(|_| isolation)).collect()
}

/// What a target alone adds.
pub fn of_a_target() -> Added {
    OF_A_TARGET.into()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn the_service_worker_adds_what_a_server_adds() {
        let script = include_str!("../../../web/static/service-worker.js");
        let list = script.split_once("const HEADERS = ").expect("its headers").1;
        let list = list.split_once(";\n").expect("the end of the list").0.replace(",\n]", "\n]");
        let added: BTreeMap<String, String> =
            serde_json::from_str::<Vec<_>>(&list).expect("a list as in JSON").into_iter().collect();
        let of_a_page = of_a_page(true);
        let text = |value: &HeaderValue| value.to_str().expect("text").to_owned();
        let expected = of_a_page.iter().map(|(name, value)| (name.to_string(), text(value)));
        assert_eq!(added, expected.collect::<BTreeMap<_, _>>());
    }
}
