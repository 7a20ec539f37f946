//! Serving over HTTP, whatever is served: the page with its target, or the target alone.

mod connections;
pub mod guard;
pub mod headers;
pub mod hosts;
mod room;
pub mod secured;
mod serving;
mod taken;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use tokio::net::{TcpListener, TcpSocket};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use self::connections::Connection;
use self::connections::{Arrivals, Connections};
use self::hosts::Gate;
pub use self::room::{MAX_CONNECTIONS, Room};
use self::secured::Certificate;
pub use self::serving::App;
use self::serving::Serving;

/// How many connections may wait to be accepted. The system allows less: on Linux `net.core.somaxconn`, usually 4096.
const BACKLOG: u32 = 65_535;
/// How long open connections may hold up the end of the server.
const GRACE: Duration = Duration::from_millis(500);

/// A server that has its port and does not serve yet.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    app: App,
    room: Room,
    certificate: Option<Certificate>,
}

/// Binds an address, to serve anything there to at most so many connections at once; port 0 takes a free one.
///
/// # Errors
///
/// If the address cannot be had, most often because the port is in use. The message names the address and what to do.
pub fn bind(listen: SocketAddr, app: App, connections: usize) -> Result<Server> {
    let listener = listener(listen).map_err(|error| {
        anyhow!(
            "cannot listen on {listen}: {error}; choose another address with --listen, where port 0 takes a free one"
        )
    })?;
    let address = listener.local_addr().context("cannot tell the address that the server listens on")?;
    Ok(Server { listener, address, app, room: Room::new(connections), certificate: None })
}

/// A listener as `TcpListener::bind` makes it, but with all the room for connections that come in at once.
fn listener(listen: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if listen.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // Elsewhere it would let two servers listen on one address.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(listen)?;
    socket.listen(BACKLOG)
}

impl Server {
    /// The same over TLS, with this certificate.
    pub fn secured(self, certificate: Certificate) -> Self {
        Self { certificate: Some(certificate), ..self }
    }

    /// The same, answering those whom another gate lets pass.
    pub fn behind(self, gate: Gate) -> Self {
        Self { app: App { gate, ..self.app }, ..self }
    }

    /// What it shows to whoever connects, if it speaks TLS.
    pub fn certificate(&self) -> Option<&Certificate> {
        self.certificate.as_ref()
    }

    /// How its addresses begin.
    pub fn scheme(&self) -> &'static str {
        if self.certificate.is_some() { "https" } else { "http" }
    }

    /// The address and port that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where whoever is on this machine finds what is served.
    pub fn url(&self) -> String {
        // The unspecified address stands for every address of this machine. A page wants the loopback one:
        // without TLS, no other is a secure context (https://www.w3.org/TR/secure-contexts/#is-origin-trustworthy).
        let ip = match self.address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        };
        format!("{}://{}/", self.scheme(), SocketAddr::new(ip, self.address.port()))
    }

    /// The room for its connections.
    pub fn room(&self) -> Room {
        self.room.clone()
    }

    /// Serves until the given future resolves; then answers what has been asked, but not for longer than half a second.
    pub async fn run(self, until: impl Future<Output = ()>) {
        let serving = Serving::new(self.app, self.room.clone(), self.certificate.as_ref());
        let until = watching(self.room.clone(), until);
        serve(Arrivals::Accepted(Connections::of(self.listener, self.room)), serving, until).await;
    }

    /// The same on this thread and so many others, each with a runtime and connections of its own: whoever waits for an answer
    /// is answered by the thread that read the question, and no thread wakes another one.
    ///
    /// # Errors
    ///
    /// If a thread cannot be made.
    pub async fn run_on_threads(self, others: usize, until: impl Future<Output = ()>) -> Result<()> {
        let serving = Serving::new(self.app, self.room.clone(), self.certificate.as_ref());
        let until = watching(self.room.clone(), until);
        let mut connections = Connections::of(self.listener, self.room);
        let ended = CancellationToken::new();
        // Whichever way this function is left.
        let end = ended.clone().drop_guard();
        let mut threads = Vec::new();
        for _ in 0..others {
            let (given, serving, ended) = (connections.for_another_thread(), serving.clone(), ended.clone());
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            let serve = move || runtime.block_on(serve(Arrivals::Given(given), serving, ended.cancelled()));
            threads.push(thread::Builder::new().name("serving".to_owned()).spawn(serve)?);
        }
        let until = async {
            until.await;
            drop(end);
        };
        serve(Arrivals::Accepted(connections), serving, until).await;
        // They were told at the same time, and have had theirs.
        threads.into_iter().for_each(|thread| thread.join().expect("a connection's panic ends that connection"));
        Ok(())
    }
}

/// Watches a room until the given future resolves.
async fn watching(room: Room, until: impl Future<Output = ()>) {
    tokio::select! {
        biased;
        () = until => {}
        () = room.watch() => {}
    }
}

/// Serves what arrives until the given future resolves, as [`Server::run`] does.
async fn serve(mut arrivals: Arrivals, serving: Serving, until: impl Future<Output = ()>) {
    let (ended, attended) = (CancellationToken::new(), TaskTracker::new());
    let arriving = async {
        loop {
            let wire = arrivals.next().await;
            attended.spawn(serving.clone().attend(wire, ended.child_token()));
        }
    };
    tokio::select! {
        // First, so that whatever this future waits for, such as a signal, is heeded before anything is served.
        biased;
        () = until => {}
        () = arriving => {}
    }
    // Nobody else can connect.
    drop(arrivals);
    ended.cancel();
    attended.close();
    // The connections that are left end with the runtime.
    _ = tokio::time::timeout(GRACE, attended.wait()).await;
}
