//! Carries out what the target [answers](parlab_shared::target::answer): reads bodies, waits, sends at a pace, ends early.

use std::io;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use ::bytes::Bytes;
use axum::body::Body;
use axum::extract::{ConnectInfo, OriginalUri, Request, State};
use axum::http::header::{CONNECTION, CONTENT_LENGTH, HeaderName, HeaderValue};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use futures::{StreamExt, stream};
use parlab_shared::target::answer::{self, Answer, Asked, MAX_ECHO_BYTES, STALL_MS};
use parlab_shared::target::image::Images;
use parlab_shared::target::{FaultKind, Pace, bytes};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::bodies::{Bodies, Full, Held};
use super::stats::{Counted, Stats};
use crate::http::Connection;

/// How much more of a body that is too long is read and dropped, so that its sender comes to read the refusal.
const MAX_DROPPED_BYTES: usize = 16 << 20;

/// How long the body of a request may take: of what a plan posts, some hundred bytes come at once.
const BODY: Duration = Duration::from_secs(10);

static BLOCK: LazyLock<Bytes> = LazyLock::new(|| bytes::block().into());

/// What requests are answered with. Clones are the same.
#[derive(Clone, Debug)]
pub struct Answering {
    /// Where they are counted.
    pub stats: Arc<Stats>,
    /// The places of those that are answered at once, if there are only so many.
    places: Option<Arc<Semaphore>>,
    images: Arc<Images>,
    bodies: Bodies,
}

impl Answering {
    /// Of requests of which only so many are answered at once, if that is said.
    pub fn new(at_once: Option<usize>) -> Self {
        let places = at_once.map(|most| Arc::new(Semaphore::new(most)));
        Self { stats: Arc::default(), places, images: Arc::default(), bodies: Bodies::default() }
    }

    /// The body in chunks, and its length in bytes.
    async fn chunks(&self, body: &answer::Body, sent: Held) -> anyhow::Result<(u64, Chunks)> {
        let whole = match body {
            answer::Body::Bytes(count) => {
                return Ok((*count, Box::new(bytes::chunks(*count).map(|places| BLOCK.slice(places)))));
            }
            answer::Body::Text(text) => Bytes::copy_from_slice(text.as_bytes()),
            answer::Body::Image(seed, id) => {
                let (images, seed, id) = (Arc::clone(&self.images), *seed, *id);
                Bytes::from_owner(tokio::task::spawn_blocking(move || images.get(seed, id)).await??)
            }
            answer::Body::Echo => sent.into_bytes(),
        };
        Ok((whole.len() as u64, Box::new(Some(whole).filter(|whole| !whole.is_empty()).into_iter())))
    }
}

/// A body in chunks.
type Chunks = Box<dyn Iterator<Item = Bytes> + Send>;

/// Answers a request.
pub async fn answer(
    State(answering): State<Answering>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    OriginalUri(uri): OriginalUri,
    request: Request,
) -> Response {
    let begun = Instant::now();
    let asked = match Asked::read(request.method().as_str(), uri.path(), uri.query()) {
        Ok(asked) => asked,
        Err(answer) => return refuse(answer),
    };
    let counted = answering.stats.begin(asked.route(), asked.run(), &connection);
    let Ok(place) = answering.places.clone().map(Semaphore::try_acquire_owned).transpose() else {
        let reason =
            "As many requests are being answered as are answered at once here: ask later, or a `parlab target`.\n";
        return (StatusCode::SERVICE_UNAVAILABLE, reason).into_response();
    };
    let sent = if asked.wants_body() {
        match timeout(BODY, read(request.into_body(), &answering.bodies)).await {
            Ok(Ok(sent)) => sent,
            Ok(Err(refusal)) => return refusal,
            Err(_) => {
                let reason = format!("The body took longer than {} s: send it faster.\n", BODY.as_secs());
                return (StatusCode::REQUEST_TIMEOUT, [(CONNECTION, "close")], reason).into_response();
            }
        }
    } else {
        answering.bodies.hold()
    };
    let answer = asked.answer(&sent);
    let (length, chunks) = match answering.chunks(&answer.body, sent).await {
        Ok(made) => made,
        Err(error) => return (StatusCode::INTERNAL_SERVER_ERROR, format!("{error:#}\n")).into_response(),
    };
    let latency = Duration::from_secs_f64(answer.latency_ms / 1e3);
    if !latency.is_zero() {
        // Making the answer is part of the latency: this is when its head is sent, not how much later.
        sleep_until(begun + latency).await;
    }
    if let Some(kind) = answer.fault {
        counted.fault(kind);
    }
    if answer.fault == Some(FaultKind::Garbage) {
        connection.garble();
        // Whatever this answer says, the connection will say something else, and end.
        return ([(CONNECTION, "close")], refuse(answer)).into_response();
    }
    if answer.status != 200 {
        return refuse(answer);
    }
    deliver(&answer, (length, chunks), (counted, place))
}

/// The answer where no route is.
pub async fn nothing() -> Response {
    refuse(answer::nothing())
}

/// An answer that is no body to be measured.
fn refuse(answer: Answer) -> Response {
    let answer::Body::Text(text) = &answer.body else { unreachable!("{answer:?} is no refusal") };
    let text = text.clone();
    with_head(&answer, Body::from(text))
}

/// The response with the head of an answer.
fn with_head(answer: &Answer, body: Body) -> Response {
    let status = StatusCode::from_u16(answer.status).expect("answers have statuses of HTTP");
    let headers = answer.headers.iter().map(|(name, value)| {
        (HeaderName::from_static(name), HeaderValue::from_str(value).expect("what a query may hold, a header may"))
    });
    (status, HeaderMap::from_iter(headers), body).into_response()
}

/// The body of a request for `echo`, or why it is not taken.
async fn read(body: Body, bodies: &Bodies) -> Result<Held, Response> {
    let mut held = bodies.hold();
    let mut bytes = 0;
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let Ok(chunk) = chunk else {
            let reason = "The body did not arrive whole: send it again.\n";
            return Err((StatusCode::BAD_REQUEST, reason).into_response());
        };
        bytes += chunk.len();
        if bytes <= MAX_ECHO_BYTES {
            held.add(&chunk).map_err(|Full| {
                let reason = "There is no room for the body beside those of others: send it later.\n";
                (StatusCode::SERVICE_UNAVAILABLE, [(CONNECTION, "close")], reason).into_response()
            })?;
        } else if bytes > MAX_ECHO_BYTES + MAX_DROPPED_BYTES {
            break;
        }
    }
    if bytes > MAX_ECHO_BYTES { Err(refuse(answer::too_long())) } else { Ok(held) }
}

/// How a body ends early.
async fn ended_early(fault: Option<FaultKind>) -> io::Error {
    // In the meantime what was handed over is sent. On a busy machine the time may be over before anybody looks: then it
    // would not be.
    tokio::task::yield_now().await;
    let stalls = fault == Some(FaultKind::Stall);
    sleep(if stalls { Duration::from_secs_f64(STALL_MS / 1e3) } else { Duration::from_millis(1) }).await;
    io::Error::other("the body ends early because the request asked for it")
}

/// The response with its body on its way: counted, paced, and ended early where it shall be.
fn deliver(
    answer: &Answer,
    (length, chunks): (u64, Chunks),
    (counted, place): (Counted, Option<OwnedSemaphorePermit>),
) -> Response {
    let how = answer.delivery(length);
    let body = if answer.only_head {
        Body::empty()
    } else {
        let delivery = Delivery {
            chunks,
            held: Bytes::new(),
            left: how.ends_after_bytes.unwrap_or(u64::MAX),
            fault: answer.fault,
            pace: answer.pace.map(|pace| Paced { pace, begun: None, sent: 0 }),
            counted,
            _place: place,
        };
        let next = async |mut delivery: Delivery| delivery.next().await.map(|chunk| (chunk, delivery));
        Body::from_stream(stream::unfold(delivery, next))
    };
    let mut response = with_head(answer, body);
    response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(how.announced_bytes));
    response
}

/// A body on its way.
struct Delivery {
    chunks: Chunks,
    /// What was taken from the body and not sent.
    held: Bytes,
    /// How many bytes to send before the end.
    left: u64,
    fault: Option<FaultKind>,
    pace: Option<Paced>,
    counted: Counted,
    _place: Option<OwnedSemaphorePermit>,
}

/// How much was sent of a body that has a pace.
struct Paced {
    pace: Pace,
    /// When the first piece was begun.
    begun: Option<Instant>,
    sent: u64,
}

impl Delivery {
    /// The next chunk. After an error, nothing is asked for any more.
    async fn next(&mut self) -> Option<io::Result<Bytes>> {
        if self.left == 0 {
            return Some(Err(ended_early(self.fault).await));
        }
        if self.held.is_empty() {
            self.held = self.chunks.next()?;
        }
        let most = self.pace.as_ref().map_or(u64::MAX, |paced| paced.pace.piece_bytes()).min(self.left);
        let length = usize::try_from(most).unwrap_or(usize::MAX).min(self.held.len());
        if let Some(paced) = &mut self.pace {
            paced.wait_for(length as u64).await;
        }
        self.left -= length as u64;
        self.counted.sent(length);
        Some(Ok(self.held.split_to(length)))
    }
}

impl Paced {
    /// Returns when so many more bytes may have been sent.
    async fn wait_for(&mut self, bytes: u64) {
        let begun = *self.begun.get_or_insert_with(Instant::now);
        self.sent += bytes;
        sleep_until(begun + Duration::from_secs_f64(self.pace.due_ms(self.sent) / 1e3)).await;
    }
}
