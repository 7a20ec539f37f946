//! Addresses of the web, read and resolved as the URL standard says (<https://url.spec.whatwg.org/>): natively by the
//! crate that also sends the requests, in a browser by the browser.

#[cfg_attr(target_arch = "wasm32", path = "address/browser.rs")]
#[cfg_attr(not(target_arch = "wasm32"), path = "address/native.rs")]
mod resolve;

use core::net::IpAddr;
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

    /// The host, as the standard writes it: an IPv6 address has brackets.
    pub fn host(&self) -> &str {
        let place = self.origin().split_once("//").map_or("", |(_, place)| place);
        let end = place.find(']').map(|at| at + 1).or_else(|| place.find(':'));
        &place[..end.unwrap_or(place.len())]
    }

    /// Whether it is asked for over TLS.
    pub fn is_secure(&self) -> bool {
        self.0.starts_with("https:")
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

/// Whether a host, as the standard writes it, is the machine itself: an address of loopback, or a name for one
/// (<https://www.rfc-editor.org/rfc/rfc6761#section-6.3>).
pub fn is_loopback(host: &str) -> bool {
    let is_address = host.trim_matches(['[', ']']).parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
    is_address || host == "localhost" || host.ends_with(".localhost")
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let read = resolve::resolve(text, None).and_then(Self::of);
        read.map_err(|reason| {
            // That it has none is what libraries say in words of their own.
            let reason = if text.contains("//") { &reason } else { "it begins with neither http:// nor https://" };
            format!("{reason}; use an address such as http://127.0.0.1:8017/")
        })
    }
}

/// The most addresses of a list: each run of a report repeats them.
const ADDRESSES_MAX: usize = 1000;

/// Addresses as text has them: one per line, which none of them can hold. Empty lines and those that begin with `#` say
/// nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Addresses(pub Vec<Address>);

impl FromStr for Addresses {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let lines = text.lines().map(str::trim).zip(1..).filter(|(line, _)| !line.is_empty() && !line.starts_with('#'));
        let read = |(line, number): (&str, usize)| {
            line.parse().map_err(|reason| format!("line {number}, \"{line}\": {reason}"))
        };
        let addresses = lines.map(read).collect::<Result<Vec<Address>, String>>()?;
        match addresses.len() {
            0 => Err("there is no address; give one per line".to_owned()),
            1..=ADDRESSES_MAX => Ok(Self(addresses)),
            more => Err(format!(
                "these are {more} addresses, which every run of a report repeats; use at most {ADDRESSES_MAX}"
            )),
        }
    }
}

impl Display for Addresses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<&str> = self.0.iter().map(Address::as_str).collect();
        f.write_str(&lines.join("\n"))
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
            ("", "it begins with neither http:// nor https://; use an address such as http://127.0.0.1:8017/"),
            ("127.0.0.1:8017", "it begins with neither http:// nor https://"),
            ("mailto:me", "it begins with neither http:// nor https://"),
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
    fn the_folder_of_a_page_is_its_address_without_its_name() {
        for (page, folder) in [
            ("http://127.0.0.1:8017/?run=sum&target=http://x/y", "http://127.0.0.1:8017/"),
            ("https://hub.example/user/me/proxy/8017/?run=post#results", "https://hub.example/user/me/proxy/8017/"),
            ("https://hub.example/parlab/index.html", "https://hub.example/parlab/"),
        ] {
            let page: Address = page.parse().expect("an address");
            assert_eq!(page.join(".").expect("an address").as_str(), folder);
        }
    }

    #[test]
    fn a_list_has_an_address_per_line() {
        let list: Addresses = "# pages\n\n http://x/a,b \r\nhttp://x/c d\n".parse().expect("addresses");
        assert_eq!(list.to_string(), "http://x/a,b\nhttp://x/c%20d");
        assert_eq!(list.to_string().parse(), Ok(list));
        let refused = |text: &str| text.parse::<Addresses>().expect_err("refused");
        assert_eq!(refused("# none\n"), "there is no address; give one per line");
        assert!(
            refused("http://x/\nx").starts_with("line 2, \"x\": it begins with neither http:// nor https://; use an ")
        );
        assert!(refused(&"http://x/\n".repeat(1001)).contains("use at most 1000"));
    }

    #[test]
    fn what_is_on_this_machine_is_known_by_its_host() {
        for (text, host, is_here) in [
            ("http://127.0.0.1:8017/a:b", "127.0.0.1", true),
            ("https://127.9.9.9/", "127.9.9.9", true),
            ("http://[::1]:80/", "[::1]", true),
            ("http://LOCALHOST:1/", "localhost", true),
            ("http://lab.localhost/", "lab.localhost", true),
            ("http://[fd00::7]/", "[fd00::7]", false),
            ("http://192.168.0.7:8017/", "192.168.0.7", false),
            ("http://localhost.example/?http://127.0.0.1/", "localhost.example", false),
            ("http://127.0.0.1.example/", "127.0.0.1.example", false),
        ] {
            let address: Address = text.parse().expect("an address");
            assert_eq!((address.host(), is_loopback(address.host())), (host, is_here), "{text}");
        }
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        let address: Address = "http://example.org:8080/a?b=c".parse().expect("an address");
        assert_eq!((address.origin(), address.query()), ("http://example.org:8080", Some("b=c")));
        assert_eq!(address.join("?").expect("an address").query(), Some(""));
    }
}
