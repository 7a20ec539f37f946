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
use futures::future::join;
use parlab_shared::target::Protocol;
use tokio_util::sync::CancellationToken;

use crate::conduct::Conductor;
use crate::http::guard::Guard;
use crate::http::hosts::{Gate, Hosts, Pages};
use crate::http::secured::Certificate;
use crate::http::{self, App, Server, headers};
use crate::hub::Hub;
use crate::target;
use crate::token::Token;

use self::api::Offered;
pub use self::assets::{BUILDS, IMMUTABLE, INDEX, NO_CACHE, NO_PAGE, STATIC_INDEX, is_compressed_copy};

/// How many requests to its target a server answers at once. They may ask to wait for minutes: the connections that are left
/// are the page's. A browser has six to one server.
const TARGET_AT_ONCE: usize = http::MAX_CONNECTIONS - 60;
/// How many connections may be open where HTTP/1.1 is all that is spoken: six for each of some browsers.
const HTTP1_CONNECTIONS: usize = 40;

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
pub fn bind(options: &Options) -> Result<Bound> {
    let ip = options.listen.ip();
    let hosts = Hosts::of(ip, &options.hosts);
    let beside = options.tls.then(|| target::bind_beside(ip, hosts.clone(), HTTP1_CONNECTIONS)).transpose()?;
    let http1 = beside.as_ref().map(|beside| beside.address().port());
    let page = http::bind(options.listen, app(options, http1), http::MAX_CONNECTIONS)?;
    let Some(beside) = beside else { return Ok(Bound { page, http1: None }) };
    let addresses: Vec<IpAddr> = reach::from_elsewhere(page.address()).iter().map(SocketAddr::ip).collect();
    let certificate = Certificate::made(hosts.names(), &addresses)?;
    // What any page may ask a target for, none but this server's may ask it for.
    let gate = Gate::new(hosts, Pages::At(page.address().port()));
    let http1 = beside.secured(certificate.clone().only(Protocol::Http1)).behind(gate);
    Ok(Bound { page: page.secured(certificate), http1: Some(http1) })
}

/// The server of a page, and what listens beside it.
#[derive(Debug)]
pub struct Bound {
    /// The page with its target.
    pub page: Server,
    /// With TLS, its target where HTTP/1.1 is all that is spoken: the page's own port speaks HTTP/2, too, and a browser takes
    /// that.
    pub http1: Option<Server>,
}

impl Bound {
    /// Serves until the given future resolves, as [`Server::run`] does.
    pub async fn run(self, until: impl Future<Output = ()>) {
        let over = CancellationToken::new();
        let until = async {
            until.await;
            over.cancel();
        };
        let beside = async {
            if let Some(beside) = self.http1 {
                beside.run(over.cancelled()).await;
            }
        };
        join(self.page.run(until), beside).await;
    }
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
fn app(options: &Options, http1: Option<u16>) -> App {
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
        .nest("/api", api::routes(guard.clone(), Offered { conductor: options.conductor.clone(), shares, http1 }))
        .route("/api/executor", get(executor::connect).with_state((guard.clone(), options.hub.clone())))
        .nest("/target", target::router(guard, Some(TARGET_AT_ONCE)))
        .fallback(get(assets::serve));
    App { router, gate: Gate::new(hosts, Pages::Own), headers: headers::of_a_page(options.isolation) }
}
