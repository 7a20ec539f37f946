//! Over which protocol requests go, where that is asked for, and where they go then.

use serde::{Deserialize, Serialize};

use crate::named::named;

/// A protocol that requests go over, always over TLS: browsers speak HTTP/2 over nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// HTTP/1.1: one request at a time over a connection.
    Http1,
    /// HTTP/2: many requests at a time over one connection.
    Http2,
}
named!(Protocol "protocol": Http1 = "http1", Http2 = "http2");

impl Protocol {
    /// What it is called while a connection begins, and where a browser says over what an answer came
    /// (<https://www.rfc-editor.org/rfc/rfc7301#section-6>).
    pub fn id(self) -> &'static str {
        match self {
            Protocol::Http1 => "http/1.1",
            Protocol::Http2 => "h2",
        }
    }
}

/// Where a target listens with TLS: at an address for each protocol, because a browser takes what a server offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secured {
    /// Where it speaks HTTP/1.1 only; it ends with a slash.
    pub http1: String,
    /// Where it speaks HTTP/2; it ends with a slash.
    pub http2: String,
    /// The one certificate that it shows, as PEM, for those who are to trust it and nothing else.
    pub certificate: Option<String>,
}

impl Secured {
    /// Where it speaks a protocol.
    pub fn at(&self, protocol: Protocol) -> &str {
        match protocol {
            Protocol::Http1 => &self.http1,
            Protocol::Http2 => &self.http2,
        }
    }
}
