//! Where a page has a plan carried out: a WebSocket, as long as the plan. [`parlab_shared::conduct`] says what is said.

use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade, close_code};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use parlab_shared::conduct::{FromConductor, Refusal, ToConductor, WANTED_BYTES_MAX, Wanted};

use super::socket::{close, shown};
use crate::conduct::{Conducted, Conductor, Said, Words};
use crate::http::guard::Guard;

/// How long a page that has connected may take to say what it wants.
const INTRODUCTION: Duration = Duration::from_secs(10);
/// How long a page may take to hear a message: over one that is frozen, no plan goes on.
const PATIENCE: Duration = Duration::from_secs(30);

/// Carries out what a page of this server wants, if it knows the token.
pub async fn connect(
    State((guard, conductor)): State<(Guard, Conductor)>,
    request: Parts,
    upgrade: WebSocketUpgrade,
) -> Response {
    if let Err(refusal) = guard.check(&request) {
        return refusal.into_response();
    }
    let upgrade = upgrade.max_message_size(WANTED_BYTES_MAX).max_frame_size(WANTED_BYTES_MAX);
    upgrade.on_upgrade(|socket| attend(socket, conductor))
}

/// Hears what a page wants, and has it carried out, until it is over or the page is gone.
async fn attend(mut socket: WebSocket, conductor: Conductor) {
    let wanted = match tokio::time::timeout(INTRODUCTION, begin(&mut socket)).await {
        Ok(Some(Ok(wanted))) => *wanted,
        Ok(Some(Err(reason))) => return close(&mut socket, close_code::POLICY, &reason).await,
        // It is gone.
        Ok(None) => return,
        Err(_) => {
            let reason = format!("the page did not say what it wants within {} s", INTRODUCTION.as_secs());
            return close(&mut socket, close_code::POLICY, &reason).await;
        }
    };
    match conductor.carry_out(wanted).await {
        Ok(mut conducted) => {
            let is_there = converse(&mut socket, &mut conducted).await;
            // A page that hears of the end may ask for the next plan at once.
            drop(conducted);
            if is_there {
                match conductor.ends() {
                    Some(reason) => close(&mut socket, close_code::AWAY, &reason).await,
                    None => close(&mut socket, close_code::NORMAL, "").await,
                }
            }
        }
        Err(refusal) => refuse(&mut socket, refusal).await,
    }
}

/// What a page wants; `None` if it is gone.
async fn begin(socket: &mut WebSocket) -> Option<Result<Box<Wanted>, String>> {
    Some(match listen(socket).await? {
        Ok(ToConductor::Begin(wanted)) => Ok(wanted),
        Ok(said) => Err(format!("the page began with {said:?}, and not with what it wants")),
        Err(reason) => Err(reason),
    })
}

/// Passes on what a plan and its page say to each other. Returns whether the page is still there.
async fn converse(socket: &mut WebSocket, conducted: &mut Conducted) -> bool {
    loop {
        tokio::select! {
            words = conducted.next() => {
                let Some(words) = words else { return true };
                if !tell(socket, words).await {
                    return false;
                }
            }
            said = listen(socket) => match said {
                Some(Ok(ToConductor::Pause)) => conducted.pause(true),
                Some(Ok(ToConductor::Resume)) => conducted.pause(false),
                Some(Ok(ToConductor::Cancel)) => conducted.cancel(),
                Some(Ok(ToConductor::Begin(_))) => {
                    close(socket, close_code::POLICY, "the page began twice: one plan takes one connection").await;
                    return false;
                }
                Some(Err(reason)) => {
                    close(socket, close_code::POLICY, &reason).await;
                    return false;
                }
                None => return false,
            }
        }
    }
}

/// Tells a page something. Returns whether it was heard.
async fn tell(socket: &mut WebSocket, words: Words) -> bool {
    let Words { said, written: _written } = words;
    let message = match said {
        Said::Text(text) => Message::text(text),
        Said::Bytes(bytes) => Message::binary(bytes),
    };
    matches!(tokio::time::timeout(PATIENCE, socket.send(message)).await, Ok(Ok(())))
}

async fn refuse(socket: &mut WebSocket, refusal: Refusal) {
    let text = serde_json::to_string(&FromConductor::Refused(refusal)).expect("messages have only text keys");
    // One that is gone already needs no reason.
    _ = socket.send(Message::text(text)).await;
    close(socket, close_code::NORMAL, "").await;
}

/// The next thing that a page says, or why it is none; `None` if the page is gone.
async fn listen(socket: &mut WebSocket) -> Option<Result<ToConductor, String>> {
    loop {
        match socket.recv().await?.ok()? {
            Message::Text(text) => {
                let read = serde_json::from_str(&text);
                return Some(read.map_err(|error| format!("the page said {}: {error}", shown(&text))));
            }
            Message::Binary(bytes) => {
                return Some(Err(format!("the page said {} bytes, which is no text", bytes.len())));
            }
            Message::Close(_) => return None,
            // They are answered without us.
            Message::Ping(_) | Message::Pong(_) => {}
        }
    }
}
