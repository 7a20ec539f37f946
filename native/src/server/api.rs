//! What the page asks the server.

use axum::extract::State;
use axum::http::Uri;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use parlab_shared::conduct::Info;

use crate::conduct::Conductor;
use crate::http::guard::{Guard, Refusal};
use crate::program;

/// The routes below `/api`.
pub fn routes(guard: Guard, conductor: Option<Conductor>, shares: bool) -> Router {
    Router::new().route("/info", get(info).with_state((guard, conductor, shares)))
}

/// What serves the page and what it offers; and whether who asks may have something done. A token that is wrong is refused:
/// whoever has one wants to know.
async fn info(State((guard, conductor, shares)): State<(Guard, Option<Conductor>, bool)>, uri: Uri) -> Response {
    let trusted = match guard.check_token(&uri) {
        Ok(()) => true,
        Err(Refusal::NoToken) => false,
        Err(refusal) => return refusal.into_response(),
    };
    let platforms = match conductor {
        Some(conductor) => conductor.offers().await,
        None => Vec::new(),
    };
    let info = Info { tool: program::tool(), platforms, trusted, shares };
    ([(CACHE_CONTROL, "no-store")], Json(info)).into_response()
}
