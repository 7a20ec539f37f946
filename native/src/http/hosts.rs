//! Whom a request is addressed to, and which page it comes from.
//!
//! The guard against DNS rebinding:
//! a server that listens on loopback is out of reach for other machines, and one in a house for those outside; but not for
//! the pages that a browser shows there: their domain can be made to resolve to an address of this machine, and then they are
//! of the same origin as the server. Such a request still names the foreign domain in its `Host`. An address in it is no
//! domain, and nobody can make it resolve to anything.

use std::fmt::{self, Display};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::body::Body;
use axum::http::header::{HOST, ORIGIN};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode};
use axum::response::{IntoResponse, Response};
use sysinfo::System;
use tower_http::validate_request::ValidateRequest;

/// What browsers say of how page and server are to each other (<https://www.w3.org/TR/fetch-metadata/>); whatever begins so, a
/// page cannot set.
const FETCH_SITE: &str = "sec-fetch-site";

/// The port of an address with TLS that names none.
const HTTPS: u16 = 443;

/// The hosts that requests may be addressed to. As text: a list for a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hosts {
    /// Whether addresses of other machines than loopback may be.
    any_address: bool,
    /// Those that this machine has for itself.
    own: Vec<String>,
    /// Those that it was given: by these, pages may be reached through somebody else, by another port.
    given: Vec<String>,
}

impl Hosts {
    /// Those of a server that listens at an address, and further names.
    pub fn of(listen: IpAddr, further: &[String]) -> Self {
        let any_address = !listen.is_loopback();
        // Whoever asks from elsewhere may know this machine by its name.
        let own = System::host_name().ok().filter(|name| any_address && !name.is_empty());
        let local = own.iter().filter(|name| !name.contains('.')).map(|name| format!("{name}.local"));
        let own: Vec<String> = ["localhost".to_owned()].into_iter().chain(own.clone()).chain(local).collect();
        let given = further.iter().filter(|name| !own.contains(name)).cloned().collect();
        Self { any_address, own, given }
    }

    /// The names among them.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.own.iter().chain(&self.given).map(String::as_str)
    }

    /// Whether there is exactly one `Host`, and it is one of these, with any port.
    pub fn include(&self, headers: &HeaderMap) -> bool {
        let is_own = |ip: IpAddr| self.any_address || ip.is_loopback();
        // As most requests have it, and without a copy.
        if let Some(address) = the_only(headers).and_then(|host| host.to_str().ok()?.parse::<SocketAddr>().ok()) {
            return is_own(address.ip());
        }
        let Some(authority) = addressed(headers) else { return false };
        let host = authority.host();
        let ip = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        match ip.parse::<IpAddr>() {
            Ok(ip) => is_own(ip),
            Err(_) => self.own.iter().chain(&self.given).any(|name| name.eq_ignore_ascii_case(host)),
        }
    }

    /// Whether a request comes from no page of anybody else: from one of this server, or from a program that is no browser,
    /// which names none. Behind a proxy that asks by another name than pages are shown under, the browser's word counts that
    /// page and server are of one origin, which no page can give for it.
    pub fn are_asked_by_their_own(&self, headers: &HeaderMap) -> bool {
        self.are_asked_by_pages_at(headers, None)
    }

    /// The same of a server beside that of the pages, which has another port of the same host.
    fn are_asked_by_pages_at(&self, headers: &HeaderMap, port: Option<u16>) -> bool {
        let mut sites = headers.get_all(FETCH_SITE).iter();
        if sites.next().is_some_and(|site| site == "same-origin") && sites.next().is_none() {
            return true;
        }
        let mut origins = headers.get_all(ORIGIN).iter();
        let (origin, None) = (origins.next(), origins.next()) else { return false };
        let Some(origin) = origin else { return true };
        let origin = origin.to_str().unwrap_or_default();
        let Some(page) = ["http://", "https://"].iter().find_map(|scheme| origin.strip_prefix(scheme)) else {
            return false;
        };
        let is_given = |page: &Authority| self.given.iter().any(|name| name.eq_ignore_ascii_case(page.host()));
        let is_own = |host: Authority| match port {
            None => host.as_str() == page,
            Some(port) => page
                .parse()
                .is_ok_and(|page: Authority| page.host() == host.host() && page.port_u16().unwrap_or(HTTPS) == port),
        };
        addressed(headers).is_some_and(is_own) || page.parse().is_ok_and(|page: Authority| is_given(&page))
    }
}

/// Whom a request is addressed to, if it says so once.
fn addressed(headers: &HeaderMap) -> Option<Authority> {
    Authority::try_from(the_only(headers)?.as_bytes()).ok()
}

/// The `Host` of a request that has one.
fn the_only(headers: &HeaderMap) -> Option<&HeaderValue> {
    let mut hosts = headers.get_all(HOST).iter();
    hosts.next().filter(|_| hosts.next().is_none())
}

impl Display for Hosts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let addresses = if self.any_address { "an address of this machine" } else { "127.0.0.1 or [::1]" };
        let names: Vec<&str> = self.names().collect();
        write!(f, "{}, {addresses}", names.join(", "))
    }
}

/// Whose requests are answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pages {
    /// Those of programs, and of pages of the server's own.
    Own,
    /// Those of programs, and of pages that a server sent from this port of the same host.
    At(u16),
    /// Those of whatever page a browser shows, too.
    All,
}

impl Pages {
    /// Whether a request to these hosts comes from one of them, or from a program.
    fn include(self, hosts: &Hosts, headers: &HeaderMap) -> bool {
        match self {
            Pages::Own => hosts.are_asked_by_their_own(headers),
            Pages::At(port) => hosts.are_asked_by_pages_at(headers, Some(port)),
            Pages::All => true,
        }
    }
}

/// Answers 403 to requests that are addressed to any other host, or come from a page of which none is answered.
#[derive(Clone, Debug)]
pub struct Gate {
    hosts: Arc<Hosts>,
    pages: Pages,
}

impl Gate {
    /// Lets those pass that are for these hosts and of these pages.
    pub fn new(hosts: Hosts, pages: Pages) -> Self {
        Self { hosts: Arc::new(hosts), pages }
    }
}

impl<B> ValidateRequest<B> for Gate {
    type ResponseBody = Body;

    fn validate(&mut self, request: &mut Request<B>) -> Result<(), Response> {
        let hosts = &self.hosts;
        let refused = if !hosts.include(request.headers()) {
            format!("This server answers only to requests whose Host is {hosts}.\nTo have it answer to another name,")
        } else if !self.pages.include(hosts, request.headers()) {
            "Refused: only pages of this server may ask for this, and this request comes from another one.\nTo have it answer \
             to its pages at another name, as that of a proxy,"
                .to_owned()
        } else {
            return Ok(());
        };
        Err((StatusCode::FORBIDDEN, format!("{refused} start it with --host NAME.\n")).into_response())
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn check(allowed: &Hosts, hosts: &[&'static str], expected: bool) {
        let mut headers = HeaderMap::new();
        for host in hosts {
            headers.append(HOST, HeaderValue::from_static(host));
        }
        assert_eq!(allowed.include(&headers), expected, "{hosts:?}");
    }

    #[test]
    fn loopback_names_are_this_machine() {
        let hosts = Hosts::of(Ipv4Addr::LOCALHOST.into(), &[]);
        for host in ["localhost", "LocalHost:8080", "127.0.0.1", "127.0.0.1:8080", "[::1]", "[::1]:8080"] {
            check(&hosts, &[host], true);
        }
        assert_eq!(hosts.to_string(), "localhost, 127.0.0.1 or [::1]");
    }

    #[test]
    fn everything_else_is_foreign() {
        let hosts = Hosts::of(Ipv4Addr::LOCALHOST.into(), &[]);
        check(&hosts, &[], false);
        for host in ["", "evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example"] {
            check(&hosts, &[host], false);
        }
        for host in ["192.168.0.1", "0.0.0.0"] {
            check(&hosts, &[host], false);
        }
        check(&hosts, &["localhost", "evil.example"], false);
    }

    #[test]
    fn pages_of_others_are_told_apart() {
        let hosts = Hosts::of(Ipv4Addr::LOCALHOST.into(), &["lab.example".to_owned()]);
        let check = |origin: Option<&'static str>, host: &'static str, expected: bool| {
            let mut headers = HeaderMap::from_iter([(HOST, HeaderValue::from_static(host))]);
            headers.extend(origin.map(|origin| (ORIGIN, HeaderValue::from_static(origin))));
            assert_eq!(hosts.are_asked_by_their_own(&headers), expected, "{origin:?} {host}");
        };
        check(None, "127.0.0.1:8017", true);
        check(Some("http://127.0.0.1:8017"), "127.0.0.1:8017", true);
        check(Some("https://127.0.0.1:8017"), "127.0.0.1:8017", true);
        // A proxy may name itself to the page only.
        check(Some("https://lab.example"), "127.0.0.1:8017", true);
        check(Some("https://lab.example.evil"), "127.0.0.1:8017", false);
        for foreign in ["http://127.0.0.1:8018", "http://localhost:8017", "http://evil.example", "ftp://127.0.0.1:8017"]
        {
            check(Some(foreign), "127.0.0.1:8017", false);
        }
        check(Some("null"), "127.0.0.1:8017", false);
        check(Some(""), "", false);
        let beside = |origin: &'static str, port: u16| {
            let headers = [(HOST, HeaderValue::from_static("127.0.0.1:9")), (ORIGIN, HeaderValue::from_static(origin))];
            Pages::At(port).include(&hosts, &HeaderMap::from_iter(headers))
        };
        assert!(beside("https://127.0.0.1:8017", 8017) && beside("https://127.0.0.1", 443));
        assert!(beside("https://lab.example", 8017));
        for foreign in ["https://127.0.0.1:8018", "https://localhost:8017", "https://127.0.0.1:9", "null"] {
            assert!(!beside(foreign, 8017), "{foreign}");
        }
    }

    #[test]
    fn who_listens_to_other_machines_answers_to_addresses_and_to_names_that_were_given() {
        let hosts = Hosts::of(Ipv4Addr::UNSPECIFIED.into(), &["lab.example".to_owned()]);
        for host in ["192.168.0.1:8017", "[fd00::1]", "localhost", "Lab.Example:80"] {
            check(&hosts, &[host], true);
        }
        for host in ["evil.example", "lab.example.evil", "10.0.0.1.evil.example"] {
            check(&hosts, &[host], false);
        }
        let said = hosts.to_string();
        assert!(said.starts_with("localhost, ") && said.ends_with("lab.example, an address of this machine"), "{said}");
    }
}
