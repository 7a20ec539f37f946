//! Where a page connects that measures for whoever opened it: a WebSocket, which leads to a place of the hub.

use std::time::Duration;

use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade, close_code};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use parlab_shared::remote::{FromExecutor, MESSAGE_BYTES_MAX};
use serde::Deserialize;

use super::socket::{close, shown};
use crate::http::guard::Guard;
use crate::hub::{Answer, Ends, Guest, Hub, Lost, Refusal};
use crate::messages;

/// How long an executor that has connected may take to say what it is.
const INTRODUCTION: Duration = Duration::from_secs(10);

/// What the address says.
#[derive(Debug, Deserialize)]
pub struct Parameters {
    /// Which place the executor wants.
    #[serde(default)]
    token: String,
}

/// Leads an executor to its place.
pub async fn connect(
    State((guard, hub)): State<(Guard, Hub)>,
    Query(Parameters { token }): Query<Parameters>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    if let Err(refusal) = guard.check_page(&headers) {
        return refusal.into_response();
    }
    match hub.enter(&token) {
        Ok(guest) => {
            let upgrade = upgrade.max_message_size(MESSAGE_BYTES_MAX).max_frame_size(MESSAGE_BYTES_MAX);
            upgrade.on_upgrade(|socket| attend(socket, guest))
        }
        Err(refusal) => {
            let status = match refusal {
                Refusal::NoPlace => StatusCode::FORBIDDEN,
                Refusal::Taken => StatusCode::CONFLICT,
            };
            (status, format!("Refused: {refusal}.\n")).into_response()
        }
    }
}

/// Passes on what an executor and whoever conducts say to each other, until one of them is gone.
async fn attend(mut socket: WebSocket, guest: Guest) {
    let introduced = match tokio::time::timeout(INTRODUCTION, listen(&mut socket)).await {
        Ok(Ok(Answer::Said(FromExecutor::Ready { environment, tool }))) => guest.introduce(*environment, &tool),
        Ok(Ok(answer)) => Err(guest.refuse(format!("the page began with {}", shown(&format!("{answer:?}"))))),
        Ok(Err(Lost(reason))) => Err(guest.refuse(reason)),
        Err(_) => Err(guest.refuse(format!("the page did not say what it is within {} s", INTRODUCTION.as_secs()))),
    };
    match introduced {
        Ok(ends) => converse(&mut socket, ends).await,
        Err(reason) => close(&mut socket, close_code::POLICY, &reason).await,
    }
}

async fn converse(socket: &mut WebSocket, Ends { mut orders, answers }: Ends) {
    loop {
        tokio::select! {
            order = orders.recv() => {
                let Some(order) = order else { return close(socket, close_code::NORMAL, "").await };
                let text = serde_json::to_string(&order).expect("orders have only text keys");
                // That it is gone is heard, too, and then with its reason.
                _ = socket.send(Message::text(text)).await;
            }
            answer = listen(socket) => {
                let lost = answer.as_ref().err().cloned();
                // Whoever conducts may be gone, and then the orders end.
                _ = answers.send(answer);
                if let Some(Lost(reason)) = lost {
                    return close(socket, close_code::PROTOCOL, &reason).await;
                }
            }
        }
    }
}

/// The next thing that an executor says.
async fn listen(socket: &mut WebSocket) -> Result<Answer, Lost> {
    loop {
        let message = match socket.recv().await {
            Some(Ok(message)) => message,
            Some(Err(error)) => return Err(Lost(broken(&error))),
            None => return Err(Lost("the page closed the connection".to_owned())),
        };
        let said = |error: &dyn std::fmt::Display, what: &str| Lost(format!("the page said {what}: {error}"));
        match message {
            Message::Text(text) => {
                let read = serde_json::from_str(&text);
                return read.map(Answer::Said).map_err(|error| said(&error, &shown(&text)));
            }
            Message::Binary(bytes) => {
                let read = messages::decode(&bytes);
                return read.map(Answer::Executed).map_err(|error| said(&error, &format!("{} bytes", bytes.len())));
            }
            Message::Close(frame) => {
                let reason = frame.map(|frame| frame.reason.to_string()).filter(|reason| !reason.is_empty());
                let reason = reason.map(|reason| format!(": {reason}")).unwrap_or_default();
                return Err(Lost(format!("the page closed the connection{reason}")));
            }
            // They are answered without us.
            Message::Ping(_) | Message::Pong(_) => {}
        }
    }
}

/// What to say of a connection that broke.
fn broken(error: &axum::Error) -> String {
    let text = error.to_string();
    if text.contains("too long") {
        let limit = MESSAGE_BYTES_MAX >> 20;
        return format!("the page sent a message of more than {limit} MiB: use fewer tasks ({text})");
    }
    format!("the connection to the page broke: {text}")
}
