//! The routes: what is answered, and who may not ask.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, HeaderValue};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get};
use axum::{Json, Router, middleware};
use tower_http::set_header::SetResponseHeaderLayer;

use super::answering::{self, Answering};
use super::stats::Stats;
use crate::http::guard::{Guard, refuse_strangers};

/// Everything below `/target`, to be nested there. It must be served through
/// a [`Server`](crate::http::Server), whose connections faults are made with. The guard keeps those out who may not delete what
/// it counted. If `at_once` says so, only so many requests are answered at once, and others refused.
pub fn router(guard: Guard, at_once: Option<usize>) -> Router {
    let answering = Answering::new(at_once);
    let stats = Arc::clone(&answering.stats);
    let guarded = delete(reset).route_layer(middleware::from_fn_with_state(guard, refuse_strangers));
    Router::new()
        .route("/stats", get(seen).merge(guarded).with_state(stats))
        .fallback(answering::answer)
        .with_state(answering)
        .layer(SetResponseHeaderLayer::overriding(CACHE_CONTROL, HeaderValue::from_static("no-store")))
}

async fn seen(State(stats): State<Arc<Stats>>, RawQuery(query): RawQuery) -> Response {
    match query {
        Some(query) => {
            (StatusCode::BAD_REQUEST, format!("?{query} says nothing to /stats: leave it out.\n")).into_response()
        }
        None => Json(stats.seen()).into_response(),
    }
}

async fn reset(State(stats): State<Arc<Stats>>) -> StatusCode {
    stats.reset();
    StatusCode::NO_CONTENT
}
