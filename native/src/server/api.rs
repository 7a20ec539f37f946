//! What the page asks the server.

use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use parlab_shared::report::Tool;

/// The routes below `/api`.
pub fn routes() -> Router {
    Router::new().route("/info", get(info))
}

/// Which program serves the page: the page compares its own build with it.
async fn info() -> impl IntoResponse {
    ([(CACHE_CONTROL, "no-store")], Json(Tool::this(option_env!("PARLAB_BUILD"))))
}
