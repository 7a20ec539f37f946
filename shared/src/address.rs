//! Addresses of the web, read and resolved as the URL standard says (<https://url.spec.whatwg.org/>): natively by the
//! crate that also sends the requests, in a browser by the browser.

#[cfg_attr(target_arch = "wasm32", path = "address/browser.rs")]
#[cfg_attr(not(target_arch = "wasm32"), path = "address/native.rs")]
mod resolve;

use std::fmt::{self, Display};
use std::str::FromStr;

/// An address that a request can be sent to: http or https, as the standard writes it (therefore without a space or a
/// line break), without a name, a password or a fragment.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address(String);

impl Address {
    /// Where a link on the page of this address leads; `None` if no request can be sent there.
    pub fn join(&self, link: &str) -> Option<Self> {
        Self::of(resolve::resolve(link, Some(&self.0)).ok()?).ok()
    }

    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Scheme, host and port.
    pub fn origin(&self) -> &str {
        &self.0[..self.path_begins()]
    }

    /// The part after the question mark, if there is one.
    pub fn query(&self) -> Option<&str> {
        self.0.split_once('?').map(|(_, query)| query)
    }

    /// The address of the folder: with a slash at its end.
    #[must_use]
    pub fn as_folder(mut self) -> Self {
        if !self.0.ends_with('/') {
            self.0.push('/');
        }
        self
    }

    /// Checks what the standard has read.
    fn of(mut read: String) -> Result<Self, String> {
        if !["http://", "https://"].iter().any(|scheme| read.starts_with(scheme)) {
            return Err("only http and https addresses can be asked for".to_owned());
        }
        // A fragment is for the reader, and is not sent.
        read.truncate(read.find('#').unwrap_or(read.len()));
        let address = Self(read);
        if address.origin().contains('@') {
            return Err("it holds a name or a password, which no browser sends and a report would show".to_owned());
        }
        Ok(address)
    }

    /// Where the path begins: there is always one.
    fn path_begins(&self) -> usize {
        let host = self.0.find("//").map_or(0, |at| at + 2);
        self.0[host..].find('/').map_or(self.0.len(), |at| host + at)
    }
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let read = resolve::resolve(text, None).and_then(Self::of);
        read.map_err(|reason| format!("{reason}; use an address such as http://127.0.0.1:8017/"))
    }
}

impl AsRef<str> for Address {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl serde::Serialize for Address {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> serde::Deserialize<'de> for Address {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|reason| serde::de::Error::custom(format!("\"{text}\" is no address: {reason}")))
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Address {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Address".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        String::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_requests_read_them() {
        for (text, read) in [
            ("http://127.0.0.1:8017", "http://127.0.0.1:8017/"),
            (" HTTPS://Example.org:443/a/../b?c#d ", "https://example.org/b?c"),
            ("http://[::0001]:80/", "http://[::1]/"),
            ("http://b\u{fc}cher.example/be low/", "http://xn--bcher-kva.example/be%20low/"),
            ("http://example.org/a\n b", "http://example.org/a%20b"),
        ] {
            assert_eq!(text.parse::<Address>().expect("an address").as_str(), read);
        }
    }

    #[test]
    fn what_is_no_address_is_refused_with_the_reason() {
        for (text, reason) in [
            ("", "relative URL without a base; use an address such as http://127.0.0.1:8017/"),
            ("127.0.0.1:8017", "relative URL without a base"),
            ("http://127.0.0.1:99999/", "invalid port number"),
            ("http://[::1/", "invalid IPv6 address"),
            ("http://256.1.1.1/", "invalid IPv4 address"),
            ("http://:80/", "empty host"),
            ("http://a b/", "invalid international domain name"),
            ("ftp://127.0.0.1/", "only http and https"),
            ("http://me:secret@127.0.0.1/", "it holds a name or a password"),
        ] {
            let error = text.parse::<Address>().expect_err("no address");
            assert!(error.contains(reason), "{text}: {error}");
        }
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        let address: Address = "http://example.org:8080/a?b=c".parse().expect("an address");
        assert_eq!((address.origin(), address.query()), ("http://example.org:8080", Some("b=c")));
        assert_eq!(address.join("?").expect("an address").query(), Some(""));
    }
}
