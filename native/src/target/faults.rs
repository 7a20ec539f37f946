//! How answers are delayed, slowed down and spoilt.
//!
//! Only what would have succeeded is: a refusal comes at once and whole.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use ::bytes::Bytes;
use axum::body::{Body, BodyDataStream, HttpBody};
use axum::extract::{ConnectInfo, OriginalUri, Request, State};
use axum::http::header::{CONNECTION, CONTENT_LENGTH, HeaderValue, LOCATION};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::{StreamExt, stream};
use parlab_shared::target::{Draws, FaultKind};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep, sleep_until};

use super::parameters::Parameters;
use super::stats::{Counted, Stats};
use crate::http::Connection;

/// How long a stalled answer is kept open at most.
const STALL: Duration = Duration::from_secs(120);

/// A slow body comes in pieces of what may be sent in this time.
const PACE: Duration = Duration::from_millis(50);

/// Where requests are counted, and the places of those that are answered at once, if there are only so many.
pub type Answering = (Arc<Stats>, Option<Arc<Semaphore>>);

/// Reads the parameters, counts the request, and lets the models loose on the answer.
pub async fn inject(
    State((stats, places)): State<Answering>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    OriginalUri(uri): OriginalUri,
    mut request: Request,
    next: Next,
) -> Response {
    let begun = Instant::now();
    let route = request.uri().path().split('/').nth(1).unwrap_or_default();
    let parsed = Parameters::parse(&uri, route == "page");
    let run = parsed.as_ref().ok().and_then(|parameters| parameters.run.as_deref());
    let counted = stats.begin(route, run, &connection);
    let Ok(place) = places.map(Semaphore::try_acquire_owned).transpose() else {
        let reason =
            "As many requests are being answered as are answered at once here: ask later, or a `parlab target`.\n";
        return (StatusCode::SERVICE_UNAVAILABLE, reason).into_response();
    };
    let parameters = match parsed {
        Ok(parameters) => Arc::new(parameters),
        Err(refusal) => return (StatusCode::BAD_REQUEST, refusal.to_string()).into_response(),
    };
    request.extensions_mut().insert(Arc::clone(&parameters));
    let has_body = request.method() != Method::HEAD;

    let response = next.run(request).await;
    if !response.status().is_success() {
        return response;
    }
    let draws = Draws { seed: parameters.seed, path: uri.path(), task: &parameters.task };
    let latency = Duration::from_secs_f64(draws.latency_ms(parameters.latency) / 1e3);
    if !latency.is_zero() {
        // Making the answer is part of the latency: this is when its head is sent, not how much later.
        sleep_until(begun + latency).await;
    }
    let fault = draws.fault(parameters.fault);
    if let Some(kind) = fault {
        counted.fault(kind);
    }
    let end = match fault {
        Some(FaultKind::Status) => {
            let reason = "This failure was asked for with fail=status.\n";
            return (StatusCode::INTERNAL_SERVER_ERROR, reason).into_response();
        }
        Some(FaultKind::Redirect) => {
            let location = [(LOCATION, parameters.next_hop())];
            return (StatusCode::TEMPORARY_REDIRECT, location).into_response();
        }
        Some(FaultKind::Garbage) => {
            connection.garble();
            // Whatever this answer says, the connection will say something else, and end.
            return ([(CONNECTION, "close")], "garbage").into_response();
        }
        Some(FaultKind::Cut) => End::Cut,
        Some(FaultKind::Stall) => End::Stall,
        None => End::Whole,
    };
    if !has_body {
        return response;
    }
    deliver(response, end, parameters.bandwidth, (counted, place))
}

/// How a body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Whole,
    Cut,
    Stall,
}

impl End {
    /// Returns the error that makes the server end the connection.
    async fn early(self) -> io::Error {
        // In the meantime what was handed over is sent. On a busy machine the time may be over before anybody looks: then it
        // would not be.
        tokio::task::yield_now().await;
        sleep(if self == End::Stall { STALL } else { Duration::from_millis(1) }).await;
        io::Error::other("the body ends early because the request asked for it")
    }
}

/// The response with its body on its way: counted, paced, and ended early where it shall be.
fn deliver(
    response: Response,
    end: End,
    bandwidth: Option<u64>,
    (counted, place): (Counted, Option<OwnedSemaphorePermit>),
) -> Response {
    let (mut head, body) = response.into_parts();
    let announced = head.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    let length = announced.or(body.size_hint().exact()).unwrap_or_default();
    // A body of no bytes would be whole wherever it ends: it is announced as one byte.
    let length: u64 = if end == End::Whole { length } else { length.max(1) };
    head.headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    let left = if end == End::Whole { u64::MAX } else { length / 2 };
    let delivery = Delivery {
        body: body.into_data_stream(),
        held: Bytes::new(),
        left,
        end,
        pace: bandwidth.map(|per_second| Pace { begun: None, sent: 0, per_second }),
        counted,
        _place: place,
    };
    let chunks = stream::unfold(delivery, async |mut delivery| delivery.next().await.map(|chunk| (chunk, delivery)));
    Response::from_parts(head, Body::from_stream(chunks))
}

/// A body on its way.
struct Delivery {
    body: BodyDataStream,
    /// What was taken from the body and not sent.
    held: Bytes,
    /// How many bytes to send before the end.
    left: u64,
    end: End,
    pace: Option<Pace>,
    counted: Counted,
    _place: Option<OwnedSemaphorePermit>,
}

/// When how much may be sent.
struct Pace {
    /// When the first piece was begun.
    begun: Option<Instant>,
    sent: u64,
    per_second: u64,
}

impl Delivery {
    /// The next chunk. After an error, nothing is asked for any more.
    async fn next(&mut self) -> Option<io::Result<Bytes>> {
        if self.left == 0 {
            return Some(Err(self.end.early().await));
        }
        if self.held.is_empty() {
            self.held = match self.body.next().await? {
                Ok(chunk) => chunk,
                Err(error) => return Some(Err(io::Error::other(error))),
            };
        }
        let most = self.pace.as_ref().map_or(u64::MAX, Pace::piece).min(self.left);
        let length = usize::try_from(most).unwrap_or(usize::MAX).min(self.held.len());
        if let Some(pace) = &mut self.pace {
            pace.wait_for(length as u64).await;
        }
        self.left -= length as u64;
        self.counted.sent(length);
        Some(Ok(self.held.split_to(length)))
    }
}

impl Pace {
    /// The most bytes that are sent at once.
    fn piece(&self) -> u64 {
        (self.per_second as f64 * PACE.as_secs_f64()).max(1.0) as u64
    }

    /// Returns when so many more bytes may have been sent. Times count from the beginning: where one piece comes too
    /// late, the next ones make up for it.
    async fn wait_for(&mut self, bytes: u64) {
        let begun = *self.begun.get_or_insert_with(Instant::now);
        self.sent += bytes;
        sleep_until(begun + Duration::from_secs_f64(self.sent as f64 / self.per_second as f64)).await;
    }
}
