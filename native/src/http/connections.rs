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
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The most connections that are open at once where nobody knows how many there will be; further ones wait.
/// It stays below 1024, the number of files that systems most often let a process open.
pub const MAX_CONNECTIONS: usize = 960;

/// What a connection says instead of an answer once it is [garbled](Connection::garble). It is no HTTP.
pub const GARBAGE: &[u8] = b"\x00\xff\xfe\x80 these bytes are not HTTP \x80\xfe\xff\x00\r\n\r\n";

/// Accepts connections.
#[derive(Debug)]
pub struct Connections {
    listener: TcpListener,
    room: Room,
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
    _place: OwnedSemaphorePermit,
}

impl Connections {
    /// Accepts what arrives at a listener.
    pub fn of(listener: TcpListener, room: Room) -> Self {
        Self { listener, room }
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
        let (place, was_full) = self.room.place().await;
        let (tcp, address) = Listener::accept(&mut self.listener).await;
        // Whether this one was there before the place was, the system does not tell.
        self.room.0.waited.fetch_add(usize::from(was_full), Ordering::Relaxed);
        // Without this, small responses wait for the client's delayed acknowledgement: 40 ms each.
        // It fails only on a connection that is already gone, and reading from that one says so.
        drop(tcp.set_nodelay(true));
        (Stream { tcp, connection: Connection::default(), garbage_sent: 0, _place: place }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

impl Stream {
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
}
