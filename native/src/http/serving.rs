//! A connection from its beginning to its end, and the limits that hold meanwhile.

use std::convert::Infallible;
use std::io;
use std::pin::pin;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::connect_info::ConnectInfo;
use axum::http::header::HOST;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use parlab_shared::target::Protocol;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tower_http::metrics::InFlightRequests;
use tower_http::metrics::in_flight_requests::InFlightRequestsCounter;
use tower_http::validate_request::ValidateRequestHeader;
use tower_service::Service;

use super::connections::{Said, Wire};
use super::headers::Added;
use super::hosts::Gate;
use super::secured::{self, Certificate};
use super::taken::{Taken, Taking};
use super::{Connection, Room};

/// How much of a head, or of a body on its way to whoever reads it, is read before the next look at it. An address may have
/// 64 KiB, which is hyper's own limit; the rest is for headers.
pub const HEAD_BYTES_MAX: usize = 96 << 10;
/// How many requests a client may have in flight over one connection of HTTP/2, which the server tells it.
pub const STREAMS_MAX: u32 = 200;
/// How much of an answer over HTTP/2 is kept for a client that does not read it, stream by stream.
const KEPT_BYTES_MAX: usize = 64 << 10;
/// How much a client may send over HTTP/2 before it is read, over all streams of a connection.
const UNREAD_BYTES_MAX: u32 = 256 << 10;

/// What answers, whatever is asked.
#[derive(Clone, Debug)]
pub struct App {
    /// What is served.
    pub router: Router,
    /// Who is answered.
    pub gate: Gate,
    /// What every answer carries.
    pub headers: Added,
}

/// How connections are served.
#[derive(Clone, Debug)]
pub struct Serving {
    http1: http1::Builder,
    http2: http2::Builder<TokioExecutor>,
    // Around all routes at once: as layers of a router, they would be copied with each of them for each request.
    app: Gated,
    headers: Arc<Added>,
    room: Room,
    secured: Option<Secured>,
}

/// What answers those who are let in.
type Gated = ValidateRequestHeader<Router, Gate>;

/// How a connection with TLS begins, and what answers one without.
#[derive(Clone)]
struct Secured {
    acceptor: TlsAcceptor,
    plain: Gated,
}

/// How a connection to a server with TLS began.
enum Begun {
    Secured(Box<TlsStream<Wire>>),
    Plain(Wire),
}

/// Resets a stream of HTTP/2 in place of an answer.
#[derive(Debug, thiserror::Error)]
#[error("the answer is garbled because the request asked for it")]
struct Garbled;

impl std::fmt::Debug for Secured {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secured(…)")
    }
}

impl Serving {
    /// With an app, to whoever is in a room; with a certificate, over TLS only.
    pub fn new(app: App, room: Room, certificate: Option<&Certificate>) -> Self {
        let mut http1 = http1::Builder::new();
        http1.max_buf_size(HEAD_BYTES_MAX);
        let mut http2 = http2::Builder::new(TokioExecutor::new());
        http2
            .max_header_list_size(HEAD_BYTES_MAX as u32)
            .max_concurrent_streams(STREAMS_MAX)
            .max_send_buf_size(KEPT_BYTES_MAX)
            .initial_stream_window_size(UNREAD_BYTES_MAX)
            .initial_connection_window_size(UNREAD_BYTES_MAX);
        let App { router, gate, headers } = app;
        let secured = certificate.map(|certificate| Secured {
            acceptor: certificate.acceptor(),
            plain: ValidateRequestHeader::custom(secured::redirecting(), gate.clone()),
        });
        let (app, headers) = (ValidateRequestHeader::custom(router, gate), Arc::new(headers));
        Self { http1, http2, app, headers, room, secured }
    }

    /// Answers what is asked over a connection, until that ends, or until it was told to leave and has been answered.
    pub async fn attend(self, wire: Wire, leave: CancellationToken) {
        let Some(Secured { acceptor, plain }) = self.secured.clone() else {
            return self.attend_plain(wire, leave).await;
        };
        let (connection, in_flight) = (Connection::default(), InFlightRequestsCounter::new());
        let _stay = self.room.enter(connection.clone(), in_flight.clone(), leave.clone());
        let begun = tokio::select! {
            biased;
            begun = begin(wire, &acceptor) => begun,
            () = leave.cancelled() => return,
        };
        match begun {
            Ok(Begun::Secured(stream))
                if stream.get_ref().1.alpn_protocol() == Some(Protocol::Http2.id().as_bytes()) =>
            {
                self.speak_http2(stream, &connection, in_flight, &leave).await;
            }
            Ok(Begun::Secured(stream)) => self.speak_http1(stream, &connection, &self.app, in_flight, &leave).await,
            Ok(Begun::Plain(wire)) => self.speak_http1(wire, &connection, &plain, in_flight, &leave).await,
            // Who takes the certificate for wrong, as browsers do at first, ends the connection.
            Err(_) => {}
        }
    }

    async fn attend_plain<T>(self, stream: T, leave: CancellationToken)
    where
        T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let (connection, in_flight) = (Connection::default(), InFlightRequestsCounter::new());
        let _stay = self.room.enter(connection.clone(), in_flight.clone(), leave.clone());
        self.speak_http1(stream, &connection, &self.app, in_flight, &leave).await;
    }

    async fn speak_http1<T>(
        &self,
        stream: T,
        connection: &Connection,
        app: &Gated,
        in_flight: InFlightRequestsCounter,
        leave: &CancellationToken,
    ) where
        T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let counted = InFlightRequests::new(app.clone(), in_flight);
        let answer = service_fn(|mut request: Request<Incoming>| {
            connection.note_asked();
            request.extensions_mut().insert(ConnectInfo(connection.clone()));
            let answer = counted.clone().call(request);
            async {
                let mut answer: Response<_> = answer.await?;
                answer.headers_mut().extend(self.headers.iter().cloned());
                Ok::<_, Infallible>(answer)
            }
        });
        let said = TokioIo::new(Said::over(stream, connection.clone()));
        let mut serving = pin!(self.http1.serve_connection(said, answer).with_upgrades());
        tokio::select! {
            biased;
            // What fails on one connection ends that connection only.
            _ = serving.as_mut() => return,
            () = leave.cancelled() => {}
        }
        if connection.asked() > 0 {
            serving.as_mut().graceful_shutdown();
            _ = serving.await;
        }
    }

    async fn speak_http2<T>(
        &self,
        stream: T,
        connection: &Connection,
        in_flight: InFlightRequestsCounter,
        leave: &CancellationToken,
    ) where
        T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let taking = Taking::default();
        let counted = InFlightRequests::new(self.app.clone(), in_flight.clone());
        let answer = service_fn(|request: Request<Incoming>| {
            connection.note_asked();
            let (own, headers, taking) = (connection.for_a_stream(), Arc::clone(&self.headers), taking.clone());
            let mut request = as_http1(request);
            request.extensions_mut().insert(ConnectInfo(own.clone()));
            let answer = counted.clone().call(request);
            async move {
                let answer: Result<Response<_>, Infallible> = answer.await;
                let mut answer = match answer {
                    // What cannot be said in frames is not said at all; the other streams go on.
                    Ok(_) if own.is_garbled() => return Err(Garbled),
                    Ok(answer) => answer,
                };
                answer.headers_mut().extend(headers.iter().cloned());
                Ok(answer.map(|body| Taken::of(Body::new(body), taking)))
            }
        });
        let mut serving = pin!(self.http2.serve_connection(TokioIo::new(stream), answer));
        tokio::select! {
            biased;
            _ = serving.as_mut() => return,
            // Of what waits in a stream, the system below knows nothing.
            () = taking.given_up() => return,
            () = leave.cancelled() => {}
        }
        if connection.asked() > 0 {
            serving.as_mut().graceful_shutdown();
            tokio::select! {
                _ = serving => {}
                () = taking.given_up() => {}
                // It may never hear that it is to leave.
                () = Room::left_alone(&in_flight) => {}
            }
        }
    }
}

/// Finds out how a connection begins. It takes as long as whoever connects does.
async fn begin(wire: Wire, acceptor: &TlsAcceptor) -> io::Result<Begun> {
    match wire.first_byte().await? {
        Some(secured::HANDSHAKE) => Ok(Begun::Secured(Box::new(acceptor.accept(wire).await?))),
        _ => Ok(Begun::Plain(wire)),
    }
}

/// A request over HTTP/2 as it would be over HTTP/1.1: whom it is addressed to stands in its `Host`, and in nothing else.
fn as_http1(mut request: Request<Incoming>) -> Request<Incoming> {
    let mut address = request.uri().clone().into_parts();
    // One without a path is for the whole server, and answered by nothing.
    if let (Some(host), Some(_)) = (address.authority.take(), &address.path_and_query) {
        if let Ok(host) = host.as_str().parse() {
            request.headers_mut().insert(HOST, host);
        }
        address.scheme = None;
        if let Ok(address) = address.try_into() {
            *request.uri_mut() = address;
        }
    }
    request
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::time::Duration;

    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
    use tokio::time::{Instant, sleep};

    use super::super::connections::UNREAD;
    use super::super::hosts::{Hosts, Pages};
    use super::super::room::{FIRST_HEAD, LOOK, NEXT_HEAD};
    use super::*;

    const HEAD: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

    /// A connection to a server whose answer takes a while; and how it is asked to leave.
    fn connect(answer: Duration) -> (DuplexStream, CancellationToken) {
        let router = Router::new().route("/", get(async move || sleep(answer).await));
        let gate = Gate::new(Hosts::of(Ipv4Addr::LOCALHOST.into(), &[]), Pages::All);
        let app = App { router, gate, headers: Vec::new() };
        let ((here, there), leave, room) = (duplex(1 << 20), CancellationToken::new(), Room::new(9));
        let watching = room.clone();
        tokio::spawn(async move { watching.watch().await });
        tokio::spawn(Serving::new(app, room, None).attend_plain(there, leave.clone()));
        (here, leave)
    }

    /// What comes until the connection ends, and how long that takes.
    async fn rest(mut stream: DuplexStream) -> (String, Duration) {
        let (begun, mut answer) = (Instant::now(), Vec::new());
        stream.read_to_end(&mut answer).await.expect("it ends");
        (String::from_utf8(answer).expect("text"), begun.elapsed())
    }

    /// What the client of a connection over HTTP/2 says: some settings, one request, and nothing else ever.
    fn asking_once(settings: &[u8]) -> Vec<u8> {
        let frame = |kind: u8, flags: u8, stream: u8, payload: &[u8]| {
            [&[0, 0, payload.len() as u8, kind, flags, 0, 0, 0, stream][..], payload].concat()
        };
        // GET, `/`, http, and whom it is addressed to (<https://www.rfc-editor.org/rfc/rfc7541#appendix-A>).
        let head = [&[0x82, 0x84, 0x86, 0x41, 9][..], b"localhost"].concat();
        [&b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..], &frame(4, 0, 0, settings), &frame(1, 5, 1, &head)].concat()
    }

    /// How long such a client is there, and how much it is sent.
    async fn stays_over_http2(settings: &[u8], answer: &'static str) -> (Duration, usize) {
        let router = Router::new().route("/", get(async move || answer));
        let gate = Gate::new(Hosts::of(Ipv4Addr::LOCALHOST.into(), &[]), Pages::All);
        let app = App { router, gate, headers: Vec::new() };
        let ((mut here, there), room) = (duplex(1 << 20), Room::new(9));
        let watching = room.clone();
        tokio::spawn(async move { watching.watch().await });
        let serving = Serving::new(app, room, None);
        tokio::spawn(async move {
            let (connection, in_flight) = (Connection::default(), InFlightRequestsCounter::new());
            let leave = CancellationToken::new();
            let _stay = serving.room.enter(connection.clone(), in_flight.clone(), leave.clone());
            serving.speak_http2(there, &connection, in_flight, &leave).await;
        });
        let begun = Instant::now();
        here.write_all(&asking_once(settings)).await.expect("it listens");
        let mut sent = Vec::new();
        here.read_to_end(&mut sent).await.expect("it ends");
        (begun.elapsed(), sent.len())
    }

    #[tokio::test(start_paused = true)]
    async fn over_http2_who_does_not_hear_that_it_is_to_leave_is_gone_all_the_same() {
        let (took, sent) = stays_over_http2(&[], "answered").await;
        assert!((NEXT_HEAD + FIRST_HEAD..NEXT_HEAD + FIRST_HEAD * 3).contains(&took), "{took:?}");
        assert!(sent > 50, "{sent}");
    }

    #[tokio::test(start_paused = true)]
    async fn over_http2_who_takes_nothing_of_its_answers_is_gone_after_a_while() {
        // No stream may be sent anything.
        let (took, _) = stays_over_http2(&[0, 4, 0, 0, 0, 0], "never sent").await;
        assert!((UNREAD..UNREAD * 2).contains(&took), "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn who_asks_for_nothing_is_gone_after_a_while() {
        for said in [&b""[..], &HEAD[..20]] {
            let (mut stream, _) = connect(Duration::ZERO);
            stream.write_all(said).await.expect("it listens");
            let (answer, took) = rest(stream).await;
            assert_eq!(answer, "");
            assert!((FIRST_HEAD..FIRST_HEAD * 2).contains(&took), "{took:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_asks_for_nothing_more_is_gone_after_a_longer_while() {
        for said in [HEAD, &[HEAD, &HEAD[..20]].concat()] {
            let (mut stream, _) = connect(Duration::ZERO);
            stream.write_all(said).await.expect("it listens");
            let (answer, took) = rest(stream).await;
            assert_eq!(answer.matches("HTTP/1.1 200 OK").count(), 1, "{answer}");
            assert!((NEXT_HEAD..NEXT_HEAD * 2).contains(&took), "{took:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_may_take_longer_than_a_head() {
        let (mut stream, _) = connect(NEXT_HEAD * 3);
        stream.write_all(HEAD).await.expect("it listens");
        let (answer, took) = rest(stream).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
        // From the last look at it on that it was being answered.
        assert!((NEXT_HEAD * 4 - LOOK..NEXT_HEAD * 5).contains(&took), "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_asked_to_leave_is_answered_before() {
        let check = async |said: &'static [u8], answers: usize| {
            let (mut stream, leave) = connect(Duration::from_secs(1));
            stream.write_all(said).await.expect("it listens");
            tokio::task::yield_now().await;
            leave.cancel();
            let (answer, took) = rest(stream).await;
            assert_eq!(answer.matches("HTTP/1.1 200 OK").count(), answers, "{answer}");
            assert!(took < FIRST_HEAD, "{took:?}");
        };
        check(b"", 0).await;
        check(&HEAD[..20], 0).await;
        check(HEAD, 1).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_has_a_limit() {
        let check = async |address: usize, header: usize, expected: &str| {
            let (mut stream, _) = connect(Duration::ZERO);
            let (address, header) = ("a".repeat(address), "b".repeat(header));
            let head = format!("GET /?{address} HTTP/1.1\r\nHost: localhost\r\nX: {header}\r\n\r\n");
            stream.write_all(head.as_bytes()).await.expect("it listens");
            let (answer, _) = rest(stream).await;
            assert!(answer.starts_with(expected), "{expected}: {answer}");
            // It has no body in which anything could be done.
            assert!(expected.ends_with("200") || answer.contains("content-length: 0\r\n"), "{answer}");
        };
        check(65_000, 30_000, "HTTP/1.1 200").await;
        check(66_000, 0, "HTTP/1.1 414").await;
        check(0, 2 * HEAD_BYTES_MAX, "HTTP/1.1 431").await;
    }
}
