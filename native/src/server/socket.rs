//! What all WebSockets of the server have in common.

use axum::extract::ws::{CloseFrame, Message, WebSocket};

/// How much of the reason for an end can be said (<https://www.rfc-editor.org/rfc/rfc6455#section-5.5>).
const REASON_BYTES_MAX: usize = 123;
/// How much is shown of what is no message.
const SHOWN_CHARS: usize = 80;

/// The beginning of a text that may be anything.
pub fn shown(text: &str) -> String {
    let beginning: String = text.chars().take(SHOWN_CHARS).collect();
    format!("{beginning:?}{}", if beginning.len() < text.len() { " …" } else { "" })
}

/// Ends a connection with a reason, as far as that can be said.
pub async fn close(socket: &mut WebSocket, code: u16, reason: &str) {
    let mut end = reason.len().min(REASON_BYTES_MAX);
    while !reason.is_char_boundary(end) {
        end -= 1;
    }
    let frame = CloseFrame { code, reason: reason[..end].into() };
    // One that is gone already needs no reason.
    _ = socket.send(Message::Close(Some(frame))).await;
}
