//! Serving over HTTP, whatever is served: the page with its target, or the target alone.

mod connections;
pub mod guard;
pub mod hosts;

use std::future::{Future, IntoFuture};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::pin;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use axum::Router;
use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

pub use self::connections::{Connection, Connections, MAX_CONNECTIONS, Room};

/// How many connections may wait to be accepted. The system allows less: on Linux `net.core.somaxconn`, usually 4096.
const BACKLOG: u32 = 65_535;
/// How long open connections may hold up the end of the server.
const GRACE: Duration = Duration::from_millis(500);

/// A server that has its port and does not serve yet.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    app: Router,
    room: Room,
}

/// Binds an address, to serve anything there to at most so many connections at once; port 0 takes a free one.
///
/// # Errors
///
/// If the address cannot be had, most often because the port is in use. The message names the address and what to do.
pub fn bind(listen: SocketAddr, app: Router, connections: usize) -> Result<Server> {
    let listener = listener(listen).map_err(|error| {
        anyhow!(
            "cannot listen on {listen}: {error}; choose another address with --listen, where port 0 takes a free one"
        )
    })?;
    let address = listener.local_addr().context("cannot tell the address that the server listens on")?;
    Ok(Server { listener, address, app, room: Room::new(connections) })
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
        format!("http://{}/", SocketAddr::new(ip, self.address.port()))
    }

    /// The room for its connections.
    pub fn room(&self) -> Room {
        self.room.clone()
    }

    /// Serves until the given future resolves; then answers what has been asked, but not for longer than half a second.
    ///
    /// # Errors
    ///
    /// If the server fails as a whole. What fails on one connection ends that connection only.
    pub async fn run(self, until: impl Future<Output = ()>) -> Result<()> {
        serve(Connections::of(self.listener, self.room), self.app, until).await
    }

    /// The same on this thread and so many others, each with a runtime and connections of its own: whoever waits for an answer
    /// is answered by the thread that read the question, and no thread wakes another one.
    ///
    /// # Errors
    ///
    /// As [`Server::run`], or if a thread cannot be made.
    pub async fn run_on_threads(self, others: usize, until: impl Future<Output = ()>) -> Result<()> {
        let mut connections = Connections::of(self.listener, self.room);
        let ended = CancellationToken::new();
        // Whichever way this function is left.
        let end = ended.clone().drop_guard();
        let mut threads = Vec::new();
        for _ in 0..others {
            let (given, app, ended) = (connections.for_another_thread(), self.app.clone(), ended.clone());
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            let serving = move || runtime.block_on(serve(given, app, ended.cancelled()));
            threads.push(thread::Builder::new().name("serving".to_owned()).spawn(serving)?);
        }
        let here = serve(connections, self.app, async {
            until.await;
            drop(end);
        });
        here.await?;
        // They were told at the same time, and have had theirs.
        threads.into_iter().try_for_each(|thread| thread.join().expect("a connection's panic ends that connection"))
    }
}

/// Serves what arrives at a listener until the given future resolves, as [`Server::run`] does.
async fn serve<L>(listener: L, app: Router, until: impl Future<Output = ()>) -> Result<()>
where
    L: Listener<Addr = SocketAddr>,
    Connection: for<'a> Connected<IncomingStream<'a, L>>,
{
    let app = app.into_make_service_with_connect_info::<Connection>();
    let (end, ended) = oneshot::channel::<()>();
    let serving = axum::serve(listener, app).with_graceful_shutdown(async { drop(ended.await) });
    let mut serving = pin!(serving.into_future());
    tokio::select! {
        // First, so that whatever this future waits for, such as a signal, is heeded before anything is served.
        biased;
        () = until => drop(end),
        result = &mut serving => return result.context("the server failed"),
    }
    match tokio::time::timeout(GRACE, serving).await {
        Ok(result) => result.context("the server failed"),
        // The connections that are left end with the runtime.
        Err(_) => Ok(()),
    }
}
