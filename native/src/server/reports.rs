//! Reports that pages hand over, for pages elsewhere to show beside their own: a telephone's beside the computer's. All of it
//! takes the server's token. They are kept in memory: so many, so much, the last ones.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, Request, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router, middleware};
use futures::StreamExt;
use parlab_shared::conduct::{Passed, REPORT_BYTES_MAX};
use parlab_shared::number::Bytes as Size;
use parlab_shared::text::one_line;
use serde::Deserialize;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::http::guard::{Guard, refuse_strangers};
use crate::terminal::print;

/// The most reports that are kept.
const KEPT_MAX: usize = 16;
/// The most bytes of them together.
const KEPT_BYTES_MAX: usize = REPORT_BYTES_MAX;
/// How many are taken in at once.
const TAKEN_MAX: usize = 2;
/// How long the next part of one may take.
const NEXT_PART: Duration = Duration::from_secs(10);
/// The longest text that goes with one, in characters.
const TEXT_MAX: usize = 200;

/// What was handed over. Clones are the same.
#[derive(Clone, Debug)]
pub struct Reports(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    kept: Mutex<Kept>,
    places: Semaphore,
}

#[derive(Debug, Default)]
struct Kept {
    last: u64,
    reports: VecDeque<(Passed, Bytes)>,
}

impl Default for Reports {
    fn default() -> Self {
        Self(Arc::new(Inner { kept: Mutex::default(), places: Semaphore::new(TAKEN_MAX) }))
    }
}

/// What a page says of its report.
#[derive(Debug, Deserialize)]
struct Given {
    /// The page, which is not offered its own.
    page: String,
    /// On what it was measured.
    from: String,
    /// What it is about.
    title: String,
}

/// What a page asks for.
#[derive(Debug, Deserialize)]
struct Asked {
    /// The last one that it knows.
    #[serde(default)]
    after: u64,
}

/// The routes below `/api/reports`.
pub fn routes(guard: Guard) -> Router {
    Router::new()
        .route("/", get(list).post(take))
        .route("/{number}", get(give))
        .route_layer(middleware::from_fn_with_state(guard, refuse_strangers))
        .with_state(Reports::default())
}

async fn list(State(reports): State<Reports>, Query(Asked { after }): Query<Asked>) -> Response {
    let kept = reports.kept();
    let passed: Vec<&Passed> =
        kept.reports.iter().map(|(passed, _)| passed).filter(|known| known.number > after).collect();
    ([(CACHE_CONTROL, "no-store")], Json(passed)).into_response()
}

async fn give(State(reports): State<Reports>, Path(number): Path<u64>) -> Response {
    let found =
        reports.kept().reports.iter().find(|(passed, _)| passed.number == number).map(|(_, bytes)| bytes.clone());
    match found {
        Some(bytes) => ([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")], bytes).into_response(),
        None => {
            (StatusCode::NOT_FOUND, "This report is not kept any more: have it handed over again.\n").into_response()
        }
    }
}

async fn take(State(reports): State<Reports>, Query(given): Query<Given>, request: Request) -> Response {
    let Given { page, from, title } = given;
    if [&page, &from, &title].iter().any(|text| text.chars().count() > TEXT_MAX) {
        let reason = format!("What a report is from and about takes {TEXT_MAX} characters at most.\n");
        return (StatusCode::BAD_REQUEST, reason).into_response();
    }
    let Ok(_place) = reports.0.places.try_acquire() else {
        let reason = "Other reports are just being handed over: hand it over again.\n";
        return (StatusCode::SERVICE_UNAVAILABLE, [(CONNECTION, "close")], reason).into_response();
    };
    let bytes = match read(request.into_body()).await {
        Ok(bytes) => bytes,
        Err((status, reason)) => return (status, [(CONNECTION, "close")], reason).into_response(),
    };
    let passed = reports.keep(Passed { number: 0, page, from, title, bytes: bytes.len() as u64 }, bytes);
    let said = format!("a report arrived from {}: {} ({})", passed.from, passed.title, Size(passed.bytes));
    // It arrived, whoever hears of it.
    _ = print(&(one_line(&said) + "\n"));
    (StatusCode::CREATED, Json(passed)).into_response()
}

/// A report that is handed over, or why it is not taken.
async fn read(body: Body) -> Result<Bytes, (StatusCode, String)> {
    let (mut read, mut parts) = (Vec::new(), body.into_data_stream());
    loop {
        let Ok(part) = timeout(NEXT_PART, parts.next()).await else {
            let reason = format!("Nothing of the report came for {} s: send it faster.\n", NEXT_PART.as_secs());
            return Err((StatusCode::REQUEST_TIMEOUT, reason));
        };
        match part {
            None => return Ok(read.into()),
            Some(Ok(part)) if read.len() + part.len() <= REPORT_BYTES_MAX => read.extend_from_slice(&part),
            Some(Ok(_)) => {
                let reason = format!("The report is too long: {} MB are the most.\n", REPORT_BYTES_MAX / 1_000_000);
                return Err((StatusCode::PAYLOAD_TOO_LARGE, reason));
            }
            Some(Err(_)) => {
                return Err((StatusCode::BAD_REQUEST, "The report did not arrive whole: send it again.\n".to_owned()));
            }
        }
    }
}

impl Reports {
    /// They are whole after each change: a panic elsewhere does not spoil them.
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a report, in place of the first ones if there is no room for all.
    fn keep(&self, passed: Passed, bytes: Bytes) -> Passed {
        let mut kept = self.kept();
        kept.last += 1;
        let passed = Passed { number: kept.last, ..passed };
        kept.reports.push_back((passed.clone(), bytes));
        let size = |kept: &Kept| kept.reports.iter().map(|(_, bytes)| bytes.len()).sum::<usize>();
        while kept.reports.len() > KEPT_MAX || size(&kept) > KEPT_BYTES_MAX {
            kept.reports.pop_front();
        }
        passed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_ones_are_kept_as_many_and_as_much_as_there_is_room_for() {
        let reports = Reports::default();
        let of = |bytes: usize| Passed {
            number: 0,
            page: "p".to_owned(),
            from: "a phone".to_owned(),
            title: "Posts".to_owned(),
            bytes: bytes as u64,
        };
        let numbers = || reports.kept().reports.iter().map(|(passed, _)| passed.number).collect::<Vec<_>>();
        for expected in 1..=20 {
            assert_eq!(reports.keep(of(1), Bytes::from_static(b"x")).number, expected);
        }
        assert_eq!(numbers(), (5..=20).collect::<Vec<_>>());
        reports.keep(of(KEPT_BYTES_MAX - 2), vec![0; KEPT_BYTES_MAX - 2].into());
        assert_eq!(numbers(), [19, 20, 21]);
        reports.keep(of(3), Bytes::from_static(b"xyz"));
        assert_eq!(numbers(), [22]);
    }
}
