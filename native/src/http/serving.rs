//! A connection from its beginning to its end, and the limits that hold meanwhile.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;

use axum::Router;
use axum::extract::connect_info::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::sync::CancellationToken;
use tower_http::metrics::InFlightRequests;
use tower_http::validate_request::ValidateRequestHeader;
use tower_service::Service;

use super::headers::Added;
use super::hosts::Gate;
use super::{Connection, Room};

/// How much of a head, or of a body on its way to whoever reads it, is read before the next look at it. An address may have
/// 64 KiB, which is hyper's own limit; the rest is for headers.
pub const HEAD_BYTES_MAX: usize = 96 << 10;

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
    http: http1::Builder,
    // Around all routes at once: as layers of a router, they would be copied with each of them for each request.
    app: ValidateRequestHeader<Router, Gate>,
    headers: Arc<Added>,
    room: Room,
}

impl Serving {
    /// With an app, to whoever is in a room.
    pub fn new(app: App, room: Room) -> Self {
        let mut http = http1::Builder::new();
        http.max_buf_size(HEAD_BYTES_MAX);
        let App { router, gate, headers } = app;
        Self { http, app: ValidateRequestHeader::custom(router, gate), headers: Arc::new(headers), room }
    }

    /// Answers what is asked over a connection, until that ends, or until it was told to leave and has been answered.
    pub async fn attend<T>(self, stream: T, connection: Connection, leave: CancellationToken)
    where
        T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let (counted, in_flight) = InFlightRequests::pair(self.app);
        let _stay = self.room.enter(connection.clone(), in_flight, leave.clone());
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
        let serving = self.http.serve_connection(TokioIo::new(stream), answer).with_upgrades();
        let mut serving = pin!(serving);
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
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::time::Duration;

    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
    use tokio::time::{Instant, sleep};

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
        tokio::spawn(Serving::new(app, room).attend(there, Connection::default(), leave.clone()));
        (here, leave)
    }

    /// What comes until the connection ends, and how long that takes.
    async fn rest(mut stream: DuplexStream) -> (String, Duration) {
        let (begun, mut answer) = (Instant::now(), Vec::new());
        stream.read_to_end(&mut answer).await.expect("it ends");
        (String::from_utf8(answer).expect("text"), begun.elapsed())
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
