//! Accepted connections: at most so many at once, without delay, each known to what answers on it, and none kept for whoever
//! does not read.

use std::collections::HashSet;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio_io_timeout::TimeoutWriter;

use super::Room;

/// How long whoever is sent something may read so little of it that the system takes no more. Linux takes more when a third of
/// what it keeps was read, and keeps up to 4 MB: who reads 50 kB a second is sent all.
pub const UNREAD: Duration = Duration::from_secs(30);

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

/// Where the connections of a thread come from.
#[derive(Debug)]
pub enum Arrivals {
    /// It accepts them.
    Accepted(Connections),
    /// Another thread does.
    Given(GivenConnections),
}

impl Arrivals {
    /// The connection that comes next.
    pub async fn next(&mut self) -> Wire {
        match self {
            Self::Accepted(connections) => connections.accept().await.0,
            Self::Given(connections) => connections.accept().await.0,
        }
    }
}

/// What a connection holds as long as it is open: a place in the room, and one among those of its thread.
#[derive(Debug)]
struct Held {
    _place: OwnedSemaphorePermit,
    _own: Arc<()>,
}

/// What is known about the connection that a request came over.
#[derive(Clone, Debug, Default)]
pub struct Connection {
    known: Arc<Known>,
    /// Of the connection, or of one stream of it.
    garbled: Arc<AtomicBool>,
}

#[derive(Debug, Default)]
struct Known {
    asked: AtomicU64,
    counted_by: Mutex<HashSet<u64>>,
}

/// An accepted connection, as long as it is open.
#[derive(Debug)]
pub struct Wire {
    tcp: Pin<Box<TimeoutWriter<TcpStream>>>,
    _held: Held,
}

/// What is said over a connection: once that is [garbled](Connection::garble), [`GARBAGE`] instead.
#[derive(Debug)]
pub struct Said<T> {
    over: T,
    connection: Connection,
    /// How much of [`GARBAGE`] has been sent.
    garbage_sent: usize,
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

    async fn accept(&mut self) -> (Wire, SocketAddr) {
        loop {
            let (tcp, address) = Listener::accept(&mut self.listener).await;
            let place = self.room.place().await;
            // Without this, small responses wait for the client's delayed acknowledgement: 40 ms each.
            // It fails only on a connection that is already gone, and reading from that one says so.
            drop(tcp.set_nodelay(true));
            let Some(other) = self.least_busy_other() else {
                return (Wire::new(tcp, Held { _place: place, _own: Arc::clone(&self.own) }), address);
            };
            // What cannot be handed over ends: its connection, or the thread that it was for, is gone.
            if let Ok(tcp) = tcp.into_std() {
                let held = Held { _place: place, _own: Arc::clone(&other.own) };
                _ = other.give.send(Given { tcp, address, held });
            }
        }
    }
}

impl GivenConnections {
    async fn accept(&mut self) -> (Wire, SocketAddr) {
        loop {
            // Nobody gives any when the server ends, and with it this thread.
            let Some(Given { tcp, address, held }) = self.0.recv().await else { std::future::pending().await };
            // Fails where this process has no more room for what it waits for: that connection ends.
            if let Ok(tcp) = TcpStream::from_std(tcp) {
                return (Wire::new(tcp, held), address);
            }
        }
    }
}

impl Connection {
    /// Notes that something was asked.
    pub fn note_asked(&self) {
        self.known.asked.fetch_add(1, Ordering::Relaxed);
    }

    /// How often something was asked.
    pub fn asked(&self) -> u64 {
        self.known.asked.load(Ordering::Relaxed)
    }

    /// The same connection for one of the streams of HTTP/2: what is garbled there is that stream alone.
    pub fn for_a_stream(&self) -> Self {
        Self { known: Arc::clone(&self.known), garbled: Arc::default() }
    }

    /// From now on the connection sends [`GARBAGE`] in place of whatever is written to it. A stream of HTTP/2 is reset.
    pub fn garble(&self) {
        self.garbled.store(true, Ordering::Release);
    }

    /// Whether the counter of this number asks for the first time.
    pub fn is_new_to(&self, counter: u64) -> bool {
        self.known.counted_by.lock().unwrap_or_else(PoisonError::into_inner).insert(counter)
    }

    /// Whether it was garbled.
    pub fn is_garbled(&self) -> bool {
        self.garbled.load(Ordering::Acquire)
    }
}

impl Wire {
    fn new(tcp: TcpStream, held: Held) -> Self {
        let mut tcp = TimeoutWriter::new(tcp);
        tcp.set_timeout(Some(UNREAD));
        Self { tcp: Box::pin(tcp), _held: held }
    }

    /// The first byte of what comes, which is still read afterwards; `None` if nothing does.
    ///
    /// # Errors
    /// The connection broke.
    pub async fn first_byte(&self) -> io::Result<Option<u8>> {
        let mut byte = [0];
        let read = self.tcp.get_ref().peek(&mut byte).await?;
        Ok((read > 0).then_some(byte[0]))
    }

    /// Has the system forget what nobody read, which it would keep for minutes.
    fn forget_unread<T>(&self, sent: io::Result<T>) -> io::Result<T> {
        if sent.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::TimedOut) {
            // It fails only on a connection of which nothing is left.
            _ = self.tcp.get_ref().set_zero_linger();
        }
        sent
    }
}

impl AsyncRead for Wire {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, to: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.tcp.as_mut().poll_read(context, to)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let sent = ready!(self.tcp.as_mut().poll_write(context, bytes));
        Poll::Ready(self.forget_unread(sent))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let sent = ready!(self.tcp.as_mut().poll_write_vectored(context, slices));
        Poll::Ready(self.forget_unread(sent))
    }

    fn is_write_vectored(&self) -> bool {
        self.tcp.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.tcp.as_mut().poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.tcp.as_mut().poll_shutdown(context)
    }
}

impl<T: AsyncWrite + Unpin> Said<T> {
    /// What is said over a connection that is known as `connection`.
    pub fn over(over: T, connection: Connection) -> Self {
        Self { over, connection, garbage_sent: 0 }
    }

    /// Sends the rest of the garbage; then claims to have sent what it was given.
    fn poll_garbage(&mut self, context: &mut Context<'_>, claimed: usize) -> Poll<io::Result<usize>> {
        while self.garbage_sent < GARBAGE.len() {
            match ready!(Pin::new(&mut self.over).poll_write(context, &GARBAGE[self.garbage_sent..]))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                sent => self.garbage_sent += sent,
            }
        }
        Poll::Ready(Ok(claimed))
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Said<T> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, to: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.over).poll_read(context, to)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Said<T> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.connection.is_garbled() {
            return self.poll_garbage(context, bytes.len());
        }
        Pin::new(&mut self.over).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.connection.is_garbled() {
            return self.poll_garbage(context, slices.iter().map(|slice| slice.len()).sum());
        }
        Pin::new(&mut self.over).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.over.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.over).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.over).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    use super::*;

    /// How it breaks off what somebody is sent who reads nothing, how long that takes on the clock of timers, and how it ends for
    /// whoever reads then.
    async fn sent_unread() -> (io::Error, Duration, io::Error) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let mut client = TcpStream::connect(listener.local_addr().expect("an address")).await.expect("it listens");
        let (mut stream, _) = Connections::of(listener, Room::new(9)).accept().await;
        let (begun, some) = (tokio::time::Instant::now(), vec![0; 1 << 20]);
        let error = loop {
            if let Err(error) = stream.write_all(&some).await {
                break error;
            }
        };
        drop(stream);
        (error, begun.elapsed(), client.read_to_end(&mut Vec::new()).await.expect_err("it is not whole"))
    }

    #[tokio::test(start_paused = true)]
    async fn who_does_not_read_is_sent_no_more_after_a_while() {
        let (error, took, rest) = sent_unread().await;
        assert_eq!((error.kind(), rest.kind()), (io::ErrorKind::TimedOut, io::ErrorKind::ConnectionReset));
        assert!((UNREAD..UNREAD * 2).contains(&took), "{took:?}");
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
        assert_eq!(room.open(), 0);
    }
}
