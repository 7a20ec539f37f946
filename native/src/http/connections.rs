//! Accepted connections: at most so many at once, without delay, and each known to what answers on it.

use std::collections::HashSet;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The most connections that are open at once where nobody knows how many there will be; further ones wait.
/// It stays below 1024, the number of files that systems most often let a process open.
pub const MAX_CONNECTIONS: usize = 960;

/// What a connection says instead of an answer once it is [garbled](Connection::garble). It is no HTTP.
pub const GARBAGE: &[u8] = b"\x00\xff\xfe\x80 these bytes are not HTTP \x80\xfe\xff\x00\r\n\r\n";

/// Accepts connections, and keeps those that are not for other threads.
#[derive(Debug)]
pub struct Connections {
    listener: TcpListener,
    room: Room,
    /// Whoever has a connection of this thread has a clone.
    own: Arc<()>,
    others: Vec<Other>,
}

/// Another thread that serves what is accepted here.
#[derive(Debug)]
struct Other {
    /// Whoever has a connection of that thread has a clone.
    own: Arc<()>,
    give: UnboundedSender<Given>,
}

/// A connection on its way to another thread.
#[derive(Debug)]
struct Given {
    tcp: std::net::TcpStream,
    address: SocketAddr,
    held: Held,
}

/// The connections that another thread accepted for this one.
#[derive(Debug)]
pub struct GivenConnections(UnboundedReceiver<Given>);

/// What a connection holds as long as it is open: a place in the room, and one among those of its thread.
#[derive(Debug)]
struct Held {
    _place: OwnedSemaphorePermit,
    _own: Arc<()>,
}

/// Room for connections.
#[derive(Clone, Debug)]
pub struct Room(Arc<Places>);

#[derive(Debug)]
struct Places {
    most: usize,
    free: Arc<Semaphore>,
    waited: AtomicUsize,
}

impl Room {
    /// Room for so many.
    pub fn new(most: usize) -> Self {
        Self(Arc::new(Places { most, free: Arc::new(Semaphore::new(most)), waited: AtomicUsize::new(0) }))
    }

    /// How many are open.
    pub fn open(&self) -> usize {
        // One place is always taken for the connection that comes next.
        self.0.most.saturating_sub(self.0.free.available_permits() + 1)
    }

    /// How many found no room since the last time, and had to wait.
    pub fn take_waited(&self) -> usize {
        self.0.waited.swap(0, Ordering::Relaxed)
    }

    /// A place for the connection that comes next; and whether it has to wait for it.
    async fn place(&self) -> (OwnedSemaphorePermit, bool) {
        if let Ok(place) = Arc::clone(&self.0.free).try_acquire_owned() {
            return (place, false);
        }
        (Arc::clone(&self.0.free).acquire_owned().await.expect("nobody closes the semaphore"), true)
    }
}

/// What is known about the connection that a request came over.
#[derive(Clone, Debug, Default)]
pub struct Connection(Arc<Known>);

#[derive(Debug, Default)]
struct Known {
    garbled: AtomicBool,
    counted_by: Mutex<HashSet<u64>>,
}

/// The bytes of a connection.
#[derive(Debug)]
pub struct Stream {
    tcp: TcpStream,
    connection: Connection,
    /// How much of [`GARBAGE`] has been sent.
    garbage_sent: usize,
    _held: Held,
}

impl Connections {
    /// Accepts what arrives at a listener.
    pub fn of(listener: TcpListener, room: Room) -> Self {
        Self { listener, room, own: Arc::default(), others: Vec::new() }
    }

    /// Those that another thread is to serve: of all that comes from now on its share.
    pub fn for_another_thread(&mut self) -> GivenConnections {
        let (give, given) = mpsc::unbounded_channel();
        self.others.push(Other { own: Arc::default(), give });
        GivenConnections(given)
    }

    /// The thread that has fewest connections; `None` if it is this one.
    fn least_busy_other(&self) -> Option<&Other> {
        let least_busy = self.others.iter().min_by_key(|thread| Arc::strong_count(&thread.own))?;
        (Arc::strong_count(&least_busy.own) < Arc::strong_count(&self.own)).then_some(least_busy)
    }
}

impl Connection {
    /// From now on the connection sends [`GARBAGE`] in place of whatever is written to it.
    pub fn garble(&self) {
        self.0.garbled.store(true, Ordering::Release);
    }

    /// Whether the counter of this number asks for the first time.
    pub fn is_new_to(&self, counter: u64) -> bool {
        self.0.counted_by.lock().unwrap_or_else(PoisonError::into_inner).insert(counter)
    }

    fn is_garbled(&self) -> bool {
        self.0.garbled.load(Ordering::Acquire)
    }
}

impl Connected<IncomingStream<'_, Connections>> for Connection {
    fn connect_info(stream: IncomingStream<'_, Connections>) -> Self {
        stream.io().connection.clone()
    }
}

impl Listener for Connections {
    type Io = Stream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Stream, SocketAddr) {
        loop {
            let (place, was_full) = self.room.place().await;
            let (tcp, address) = Listener::accept(&mut self.listener).await;
            // Whether this one was there before the place was, the system does not tell.
            self.room.0.waited.fetch_add(usize::from(was_full), Ordering::Relaxed);
            // Without this, small responses wait for the client's delayed acknowledgement: 40 ms each.
            // It fails only on a connection that is already gone, and reading from that one says so.
            drop(tcp.set_nodelay(true));
            let Some(other) = self.least_busy_other() else {
                return (Stream::new(tcp, Held { _place: place, _own: Arc::clone(&self.own) }), address);
            };
            // What cannot be handed over ends: its connection, or the thread that it was for, is gone.
            if let Ok(tcp) = tcp.into_std() {
                let held = Held { _place: place, _own: Arc::clone(&other.own) };
                _ = other.give.send(Given { tcp, address, held });
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

impl Connected<IncomingStream<'_, GivenConnections>> for Connection {
    fn connect_info(stream: IncomingStream<'_, GivenConnections>) -> Self {
        stream.io().connection.clone()
    }
}

impl Listener for GivenConnections {
    type Io = Stream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Stream, SocketAddr) {
        loop {
            // Nobody gives any when the server ends, and with it this thread.
            let Some(Given { tcp, address, held }) = self.0.recv().await else { std::future::pending().await };
            // Fails where this process has no more room for what it waits for: that connection ends.
            if let Ok(tcp) = TcpStream::from_std(tcp) {
                return (Stream::new(tcp, held), address);
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

impl Stream {
    fn new(tcp: TcpStream, held: Held) -> Self {
        Self { tcp, connection: Connection::default(), garbage_sent: 0, _held: held }
    }

    /// Sends the rest of the garbage; then claims to have sent what it was given.
    fn poll_garbage(&mut self, context: &mut Context<'_>, claimed: usize) -> Poll<io::Result<usize>> {
        while self.garbage_sent < GARBAGE.len() {
            match Pin::new(&mut self.tcp).poll_write(context, &GARBAGE[self.garbage_sent..]) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(Ok(sent)) => self.garbage_sent += sent,
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => return Poll::Pending,
            }
        }
        Poll::Ready(Ok(claimed))
    }
}

impl AsyncRead for Stream {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, to: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_read(context, to)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.connection.is_garbled() {
            return self.poll_garbage(context, bytes.len());
        }
        Pin::new(&mut self.tcp).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.connection.is_garbled() {
            return self.poll_garbage(context, slices.iter().map(|slice| slice.len()).sum());
        }
        Pin::new(&mut self.tcp).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.tcp.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpStream;

    use super::*;

    #[tokio::test]
    async fn whoever_finds_no_room_is_counted() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let room = Room::new(2);
        let mut connections = Connections::of(listener, room.clone());
        let _clients =
            [TcpStream::connect(address).await, TcpStream::connect(address).await, TcpStream::connect(address).await];
        let (first, _second) = (connections.accept().await, connections.accept().await);
        assert_eq!(room.take_waited(), 0);
        let (third, ()) = tokio::join!(connections.accept(), async {
            tokio::task::yield_now().await;
            drop(first);
        });
        assert_eq!((room.take_waited(), room.take_waited()), (1, 0));
        drop(third);
    }

    #[tokio::test]
    async fn each_thread_has_its_share_and_who_has_fewer_gets_the_next() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let room = Room::new(9);
        let mut connections = Connections::of(listener, room.clone());
        let mut given = connections.for_another_thread();
        let mut clients = Vec::new();
        for _ in 0..3 {
            clients.push(TcpStream::connect(address).await.expect("somebody listens"));
        }
        let (first, third) = (connections.accept().await, connections.accept().await);
        let (second, from) = given.accept().await;
        assert_eq!((first.1, from, third.1), {
            let of = |client: &TcpStream| client.local_addr().expect("an address");
            (of(&clients[0]), of(&clients[1]), of(&clients[2]))
        });
        drop((first, third));
        clients.push(TcpStream::connect(address).await.expect("somebody listens"));
        // This thread has none now, the other one has one.
        let fourth = connections.accept().await;
        drop((fourth, second));
        assert_eq!(room.0.free.available_permits(), 9);
    }
}
