//! The server: the page, which the binary carries inside itself, and the API that the page calls.
//!
//! What is served lies in a file of its own: [`assets`], [`api`], [`conduct`], [`executor`], [`reports`]. What holds for every request and every
//! response is beside the routes in an [`App`]: [`hosts`](crate::http::hosts), [`headers`]. Whatever begins,
//! keeps or forgets something is behind a [`Guard`].

mod api;
mod assets;
mod conduct;
mod executor;
pub mod reach;
mod reports;
mod socket;

use std::net::{IpAddr, SocketAddr};

use anyhow::Result;
use axum::Router;
use axum::routing::get;

use crate::conduct::Conductor;
use crate::http::guard::Guard;
use crate::http::hosts::{Gate, Hosts, Pages};
use crate::http::secured::Certificate;
use crate::http::{self, App, Server, headers};
use crate::hub::Hub;
use crate::target;
use crate::token::Token;

pub use self::assets::{BUILDS, IMMUTABLE, INDEX, NO_CACHE, NO_PAGE, STATIC_INDEX, is_compressed_copy};

/// How many requests to its target a server answers at once. They may ask to wait for minutes: the connections that are left
/// are the page's. A browser has six to one server.
const TARGET_AT_ONCE: usize = http::MAX_CONNECTIONS - 60;

/// Where and how to serve.
#[derive(Clone, Debug)]
pub struct Options {
    /// The address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Names that requests may be addressed to, besides those that this machine has for itself.
    pub hosts: Vec<String>,
    /// Whether the page may share memory among its workers: whether responses carry the headers that isolate it.
    pub isolation: bool,
    /// Whether it speaks TLS, with a certificate that is made for it.
    pub tls: bool,
    /// What has to be known by whoever has something done here.
    pub token: Token,
    /// Where pages meet whoever they measure for.
    pub hub: Hub,
    /// What carries plans out for pages, if anything does.
    pub conductor: Option<Conductor>,
}

impl Options {
    /// A server whose pages measure for whoever has places in the hub, and have nothing else done: nobody is told its token.
    ///
    /// # Errors
    /// The system has no random numbers to give.
    pub fn for_measuring(listen: SocketAddr, hosts: Vec<String>, hub: Hub) -> Result<Self> {
        Ok(Self { listen, hosts, isolation: true, tls: false, token: Token::random()?, hub, conductor: None })
    }
}

/// Binds the address, to serve the page there.
///
/// # Errors
///
/// If the address cannot be had, or no certificate for it. The message names the address and what to do.
pub fn bind(options: &Options) -> Result<Server> {
    let server = http::bind(options.listen, app(options), http::MAX_CONNECTIONS)?;
    if !options.tls {
        return Ok(server);
    }
    let hosts = Hosts::of(options.listen.ip(), &options.hosts);
    let addresses: Vec<IpAddr> = reach::from_elsewhere(server.address()).iter().map(SocketAddr::ip).collect();
    Ok(server.secured(Certificate::made(hosts.names(), &addresses)?))
}

/// Whether the page is of the build with this id; `None` if the binary was built without the page.
pub fn page_is_of(build: &str) -> Option<bool> {
    assets::is_of(build)
}

/// The hosts that requests may be addressed to, as a list for a sentence.
pub fn hosts(options: &Options) -> String {
    Hosts::of(options.listen.ip(), &options.hosts).to_string()
}

/// Every route, and what holds for all of them.
fn app(options: &Options) -> App {
    let hosts = Hosts::of(options.listen.ip(), &options.hosts);
    let guard = Guard::new(hosts.clone(), Some(options.token.clone()));
    let mut router = Router::new();
    if let Some(conductor) = &options.conductor {
        router = router.route("/api/conduct", get(conduct::connect).with_state((guard.clone(), conductor.clone())));
    }
    // Where nobody else comes to, there is nobody to hand reports to.
    let shares = options.conductor.is_some() && !options.listen.ip().is_loopback();
    if shares {
        router = router.nest("/api/reports", reports::routes(guard.clone()));
    }
    let router = router
        .nest("/api", api::routes(guard.clone(), options.conductor.clone(), shares))
        .route("/api/executor", get(executor::connect).with_state((guard.clone(), options.hub.clone())))
        .nest("/target", target::router(guard, Some(TARGET_AT_ONCE)))
        .fallback(get(assets::serve));
    App { router, gate: Gate::new(hosts, Pages::Own), headers: headers::of_a_page(options.isolation) }
}
