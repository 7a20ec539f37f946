//! The routes: each answers as if nothing ever went wrong.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Extension, Json, Router, middleware};
use futures::{StreamExt, stream};
use serde::de::IgnoredAny;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tower_http::set_header::SetResponseHeaderLayer;

use super::bodies::{Bodies, Full, Held};
use super::image::{IMAGES, Images};
use super::parameters::Parameters;
use super::stats::Stats;
use super::{bytes, faults, site};
use crate::http::guard::{Guard, refuse_strangers};

/// The most bytes that `echo` takes: 1 MiB.
const MAX_ECHO_BYTES: usize = 1 << 20;

/// How much more of a body that is too long is read and dropped, so that its sender comes to read the refusal.
const MAX_DROPPED_BYTES: usize = 16 << 20;

/// How long the body of a request may take: of what a plan posts, some hundred bytes come at once.
const BODY: Duration = Duration::from_secs(10);

/// Everything below `/target`, to be nested there. It must be served through
/// a [`Server`](crate::http::Server), whose connections faults are made with. The guard keeps those out who may not delete what
/// it counted. If `at_once` says so, only so many requests are answered at once, and others refused.
pub fn router(guard: Guard, at_once: Option<usize>) -> Router {
    let stats = Arc::new(Stats::default());
    let places = at_once.map(|most| Arc::new(Semaphore::new(most)));
    let guarded = delete(reset).route_layer(middleware::from_fn_with_state(guard, refuse_strangers));
    Router::new()
        .route("/bytes/{count}", get(bytes))
        .route("/page/{id}", get(async |id, parameters| page(id, "", parameters)))
        // Where other sites append `/?ref=…` to an address without a query.
        .route("/page/{id}/", get(async |id, parameters| page(id, "../", parameters)))
        .route("/image/{name}", get(image).with_state(Arc::<Images>::default()))
        .route("/echo", post(echo).with_state(Bodies::default()))
        .route_layer(middleware::from_fn_with_state((Arc::clone(&stats), places), faults::inject))
        .route("/stats", get(seen).merge(guarded).with_state(stats))
        .fallback(nothing)
        .layer(SetResponseHeaderLayer::overriding(CACHE_CONTROL, HeaderValue::from_static("no-store")))
}

/// The answer where no route is.
pub async fn nothing() -> Response {
    let reason = "There is nothing at this address. The target has /target/bytes/N, /target/page/ID, \
        /target/image/ID.png, /target/echo (POST) and /target/stats.\n";
    (StatusCode::NOT_FOUND, reason).into_response()
}

async fn bytes(Path(count): Path<String>) -> Response {
    let Some(count) = count.parse().ok().filter(|count| *count <= bytes::MAX_BYTES) else {
        return refuse(format!(
            "/bytes/{count} is out of range: give a whole number from 0 to {}.\n",
            bytes::MAX_BYTES
        ));
    };
    let chunks = stream::iter(bytes::chunks(count).map(Ok::<_, std::convert::Infallible>));
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("application/octet-stream")),
        (CONTENT_LENGTH, HeaderValue::from(count)),
    ];
    (headers, Body::from_stream(chunks)).into_response()
}

fn page(Path(id): Path<String>, folder: &str, Extension(parameters): Extension<Arc<Parameters>>) -> Response {
    let Ok(id) = id.parse() else {
        return refuse(format!("/page/{id} is no page: give a whole number from 0.\n"));
    };
    if id >= parameters.pages {
        let reason = format!("There is no page {id} on a site of {} pages, which begin at 0.\n", parameters.pages);
        return (StatusCode::NOT_FOUND, reason).into_response();
    }
    ([(CONTENT_TYPE, "text/html; charset=utf-8")], site::page(id, folder, &parameters)).into_response()
}

async fn image(
    State(images): State<Arc<Images>>,
    Path(name): Path<String>,
    Extension(parameters): Extension<Arc<Parameters>>,
) -> Response {
    let id = name.strip_suffix(".png").and_then(|id| id.parse().ok()).filter(|id| *id < IMAGES);
    let Some(id) = id else {
        return refuse(format!("/image/{name} is no image: give ID.png with an ID from 0 to {}.\n", IMAGES - 1));
    };
    let made = tokio::task::spawn_blocking(move || images.get(parameters.seed, id)).await;
    match made.map_err(anyhow::Error::from).flatten() {
        Ok(file) => ([(CONTENT_TYPE, "image/png")], file).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error:#}\n")).into_response(),
    }
}

async fn echo(State(bodies): State<Bodies>, request: Request) -> Response {
    let body = match timeout(BODY, read(request.into_body(), &bodies)).await {
        Ok(Ok(body)) => body,
        Ok(Err(refusal)) => return refusal,
        Err(_) => {
            let reason = format!("The body took longer than {} s: send it faster.\n", BODY.as_secs());
            return (StatusCode::REQUEST_TIMEOUT, [(CONNECTION, "close")], reason).into_response();
        }
    };
    match serde_json::from_slice::<IgnoredAny>(&body) {
        Ok(_) => ([(CONTENT_TYPE, "application/json")], body.into_bytes()).into_response(),
        Err(error) => refuse(format!("The body is no JSON ({error}): send a JSON text.\n")),
    }
}

/// The body of a request for `echo`, or why it is not taken.
async fn read(body: Body, bodies: &Bodies) -> Result<Held, Response> {
    let mut held = bodies.hold();
    let mut bytes = 0;
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let Ok(chunk) = chunk else {
            return Err(refuse("The body did not arrive whole: send it again.\n".to_owned()));
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
    if bytes > MAX_ECHO_BYTES {
        let reason = format!("The body is too long: send at most {MAX_ECHO_BYTES} bytes.\n");
        return Err((StatusCode::PAYLOAD_TOO_LARGE, reason).into_response());
    }
    Ok(held)
}

async fn seen(State(stats): State<Arc<Stats>>, RawQuery(query): RawQuery) -> Response {
    match query {
        Some(query) => refuse(format!("?{query} says nothing to /stats: leave it out.\n")),
        None => Json(stats.seen()).into_response(),
    }
}

async fn reset(State(stats): State<Arc<Stats>>) -> StatusCode {
    stats.reset();
    StatusCode::NO_CONTENT
}

fn refuse(reason: String) -> Response {
    (StatusCode::BAD_REQUEST, reason).into_response()
}
