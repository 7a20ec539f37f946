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
pub fn routes(guard: Guard, offered: Offered) -> Router {
    Router::new().route("/info", get(info).with_state((guard, offered)))
}

/// What a server offers besides its page.
#[derive(Clone, Debug)]
pub struct Offered {
    /// What carries plans out, if anything does.
    pub conductor: Option<Conductor>,
    /// Whether reports are passed on between pages.
    pub shares: bool,
    /// The port at which its target speaks HTTP/1.1 only, if it speaks TLS.
    pub http1: Option<u16>,
}

/// What serves the page and what it offers; and whether who asks may have something done. A token that is wrong is refused:
/// whoever has one wants to know.
async fn info(State((guard, offered)): State<(Guard, Offered)>, uri: Uri) -> Response {
    let trusted = match guard.check_token(&uri) {
        Ok(()) => true,
        Err(Refusal::NoToken) => false,
        Err(refusal) => return refusal.into_response(),
    };
    let Offered { conductor, shares, http1 } = offered;
    let platforms = match conductor {
        Some(conductor) => conductor.offers().await,
        None => Vec::new(),
    };
    let info = Info { tool: program::tool(), platforms, trusted, shares, http1 };
    ([(CACHE_CONTROL, "no-store")], Json(info)).into_response()
}
