//! A client that asks servers of tests.

use reqwest::{Client, ClientBuilder};

/// A client without TLS that speaks HTTP/1.1, and without any proxy between it and loopback.
pub fn builder() -> ClientBuilder {
    // The crate asks for it, used or not. Another test may have been first.
    _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().tls_certs_only([]).http1_only().no_proxy()
}

/// The same, as it is.
pub fn client() -> Client {
    builder().build().expect("a client without TLS needs nothing")
}
