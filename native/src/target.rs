//! The target: what tasks fetch and post to, with contents, delays and faults that a seed decides.
//!
//! [`parlab_shared::target::answer`] says what is answered to which request, [`answering`] carries it out. Besides,
//! `GET /target/stats` says what the server saw: [stats]; `DELETE` begins anew, not for pages of others. It takes no parameters, is
//! answered at once, and counts nothing of itself.

mod answering;
mod bodies;
mod routes;
pub mod settling;
mod stats;

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use axum::Router;
use parlab_shared::target::Protocol;
use tower_http::cors::{Any, CorsLayer};

pub use self::routes::router;
use crate::http::guard::Guard;
use crate::http::hosts::{Gate, Hosts, Pages};
use crate::http::secured::Certificate;
use crate::http::{self, App, Server, headers};

/// Binds an address for the target alone, without the page, for requests to some more hosts and at most so many connections at
/// once; port 0 takes a free one. [`Server::run`] serves. Its routes lie below `/target`, as they do beside the page, so that
/// draws are the same. Pages of every origin may use it, and delete nothing.
///
/// # Errors
///
/// If the address cannot be had. The message names the address and what to do.
pub fn bind(listen: SocketAddr, hosts: &[String], connections: usize) -> anyhow::Result<Server> {
    http::bind(listen, alone(Hosts::of(listen.ip(), hosts)), connections)
}

/// Binds two more addresses for a target that listens at one, with TLS: free ports there at which it speaks HTTP/1.1 only, and
/// HTTP/2, each to at most so many connections at once. Both show the same certificate.
///
/// # Errors
///
/// If there are no such ports, or no certificate can be made.
pub fn bind_secured(listen: IpAddr, hosts: &[String], connections: usize) -> anyhow::Result<[Server; 2]> {
    let hosts = Hosts::of(listen, hosts);
    let certificate = Certificate::made(hosts.names(), &[listen])?;
    let bind = |protocol| {
        let server = bind_beside(listen, hosts.clone(), connections)?;
        anyhow::Ok(server.secured(certificate.clone().only(protocol)))
    };
    Ok([bind(Protocol::Http1)?, bind(Protocol::Http2)?])
}

/// Binds a free port for the target alone, for requests to these hosts, to at most so many connections at once.
///
/// # Errors
///
/// If there is no such port.
pub fn bind_beside(listen: IpAddr, hosts: Hosts, connections: usize) -> anyhow::Result<Server> {
    http::bind((listen, 0).into(), alone(hosts), connections)
}

/// The routes, open to pages of every origin, isolated ones included.
fn alone(hosts: Hosts) -> App {
    let cors = CorsLayer::new().allow_origin(Any).allow_methods(Any).allow_headers(Any);
    let router =
        Router::new().nest("/target", router(Guard::new(hosts.clone(), None), None)).fallback(answering::nothing);
    let router = router.layer(cors.max_age(Duration::from_secs(600)));
    App { router, gate: Gate::new(hosts, Pages::All), headers: headers::of_a_target() }
}

#[cfg(test)]
mod tests {
    use axum::http::{Method, StatusCode};
    use reqwest::Client;

    use super::*;

    #[tokio::test]
    async fn alone_it_is_open_to_pages_of_every_origin() {
        let server =
            bind(SocketAddr::from(([127, 0, 0, 1], 0)), &[], http::MAX_CONNECTIONS).expect("there is a free port");
        let url = server.url();
        let (end, ended) = tokio::sync::oneshot::channel::<()>();
        let serving = tokio::spawn(server.run(async { drop(ended.await) }));
        let client = Client::builder()
            .tls_backend_preconfigured(crate::tls::distrusting())
            .no_proxy()
            .build()
            .expect("a client");

        let paths = [("target/bytes/1", 200), ("target/bytes/x", 400), ("target/bytes/1?fail=status", 500), ("", 404)];
        for (path, status) in paths {
            let request = client.get(format!("{url}{path}")).header("origin", "https://lab.example");
            let response = request.send().await.expect("the server answers");
            assert_eq!(response.status().as_u16(), status, "{path}");
            assert_eq!(response.headers()["access-control-allow-origin"], "*", "{path}");
            assert_eq!(response.headers()["cross-origin-resource-policy"], "cross-origin", "{path}");
            assert_eq!(response.headers()["x-content-type-options"], "nosniff", "{path}");
            assert!(response.headers()["content-security-policy"].as_bytes().starts_with(b"default-src 'none';"));

            let rebound = client.get(format!("{url}{path}")).header("host", "rebound.example");
            let response = rebound.send().await.expect("the server answers");
            assert_eq!(response.status(), StatusCode::FORBIDDEN, "{path}");
            assert_eq!(response.headers()["cross-origin-resource-policy"], "cross-origin", "{path}");
            assert!(response.text().await.expect("text").contains("start it with --host NAME"), "{path}");
        }
        let preflight = client
            .request(Method::OPTIONS, format!("{url}target/echo"))
            .header("origin", "https://lab.example")
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "content-type");
        let response = preflight.send().await.expect("the server answers");
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["access-control-allow-headers"], "*");

        // What it counted is no page's of another origin, and of none that pretends to be its own.
        let delete = client.delete(format!("{url}target/stats"));
        for (header, value) in [("origin", "https://lab.example"), ("origin", "null"), ("host", "rebound.example")] {
            let request = delete.try_clone().expect("no body").header(header, value);
            let response = request.send().await.expect("the server answers");
            assert_eq!(response.status(), StatusCode::FORBIDDEN, "{header}: {value}");
            let reason = response.text().await.expect("text");
            assert!(reason.starts_with("Refused: ") || reason.contains("whose Host is localhost"), "{reason}");
        }
        let response = delete.send().await.expect("the server answers");
        assert_eq!(response.status(), StatusCode::NO_CONTENT);

        drop(end);
        serving.await.expect("it does not panic");
    }
}
