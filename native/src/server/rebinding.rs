//! The guard against DNS rebinding.
//!
//! A server that listens on loopback is out of reach for other machines, but not for the pages that a browser on this
//! machine shows: their domain can be made to resolve to 127.0.0.1, and then they are of the same origin as the server.
//! Such a request still names the foreign domain in its `Host`.

use std::net::IpAddr;

use axum::extract::Request;
use axum::http::header::HOST;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Answers 403 to a request that was addressed to any name but this machine's.
pub async fn refuse_foreign_hosts(request: Request, next: Next) -> Response {
    if is_addressed_to_loopback(request.headers()) {
        return next.run(request).await;
    }
    let reason = "This server answers only to requests whose Host is localhost, 127.0.0.1 or [::1].\n\
        To serve other names, listen on another address with --listen.\n";
    (StatusCode::FORBIDDEN, reason).into_response()
}

/// Whether there is exactly one `Host`, and it is a name or an address of loopback, with any port.
fn is_addressed_to_loopback(headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
    let Ok(authority) = Authority::try_from(host.as_bytes()) else { return false };
    let host = authority.host();
    let ip = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    host.eq_ignore_ascii_case("localhost") || ip.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn check(hosts: &[&'static str], expected: bool) {
        let mut headers = HeaderMap::new();
        for host in hosts {
            headers.append(HOST, HeaderValue::from_static(host));
        }
        assert_eq!(is_addressed_to_loopback(&headers), expected, "{hosts:?}");
    }

    #[test]
    fn loopback_names_are_this_machine() {
        check(&["localhost"], true);
        check(&["LocalHost:8080"], true);
        check(&["127.0.0.1"], true);
        check(&["127.0.0.1:8080"], true);
        check(&["[::1]"], true);
        check(&["[::1]:8080"], true);
    }

    #[test]
    fn everything_else_is_foreign() {
        check(&[], false);
        check(&[""], false);
        check(&["evil.example"], false);
        check(&["evil.example:8080"], false);
        check(&["localhost.evil.example"], false);
        check(&["127.0.0.1.evil.example"], false);
        check(&["192.168.0.1"], false);
        check(&["0.0.0.0"], false);
        check(&["localhost", "evil.example"], false);
    }
}
