//! A WebSocket, whose other end says things one after another.

use futures::StreamExt;
use futures::channel::mpsc::{self, UnboundedReceiver, UnboundedSender};
use js_sys::Uint8Array;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CloseEvent, Event, MessageEvent, WebSocket};

use super::errors::describe;

/// The code of an end in good order (<https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1>).
const GOOD: u16 = 1000;

/// What comes from a socket.
enum FromSocket {
    /// The other end is there.
    Opened,
    /// It says something.
    Said(JsValue),
    /// It is gone: in good order, or for this reason.
    Closed(Result<(), String>),
}

/// A socket that is open. Dropping it closes it.
pub struct Socket {
    socket: WebSocket,
    events: UnboundedReceiver<FromSocket>,
    _on_open: Closure<dyn FnMut(Event)>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_close: Closure<dyn FnMut(CloseEvent)>,
}

impl Socket {
    /// Connects to an address.
    ///
    /// # Errors
    /// Nobody is there, or it does not want to; browsers do not tell which.
    pub async fn open(url: &str) -> Result<Self, String> {
        let socket = WebSocket::new(url).map_err(|error| describe(&error))?;
        let (sender, events) = mpsc::unbounded();
        let on_open = Closure::new({
            let sender = sender.clone();
            move |_: Event| forward(&sender, FromSocket::Opened)
        });
        let on_message = Closure::new({
            let sender = sender.clone();
            move |event: MessageEvent| forward(&sender, FromSocket::Said(event.data()))
        });
        let on_close = Closure::new(move |event: CloseEvent| forward(&sender, FromSocket::Closed(end(&event))));
        socket.set_onopen(Some(on_open.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        socket.set_onclose(Some(on_close.as_ref().unchecked_ref()));
        let mut socket = Self { socket, events, _on_open: on_open, _on_message: on_message, _on_close: on_close };
        match socket.events.next().await {
            Some(FromSocket::Opened) => Ok(socket),
            Some(FromSocket::Closed(Err(reason))) => Err(format!("no connection to {url}: {reason}")),
            _ => Err(format!("no connection to {url}")),
        }
    }

    /// What the other end says next; `None` if it has closed the socket in good order.
    ///
    /// # Errors
    /// Why it is gone, or what it said that is no message.
    pub async fn next<T: DeserializeOwned>(&mut self) -> Result<Option<T>, String> {
        loop {
            match self.events.next().await {
                Some(FromSocket::Opened) => {}
                Some(FromSocket::Said(said)) => {
                    let text = said.as_string().ok_or("it said bytes where a message is text")?;
                    return serde_json::from_str(&text).map(Some).map_err(|error| format!("it said {text}: {error}"));
                }
                Some(FromSocket::Closed(end)) => return end.map(|()| None),
                None => return Ok(None),
            }
        }
    }

    /// Says something as text.
    ///
    /// # Errors
    /// Why it cannot be said.
    pub fn say<T: Serialize>(&self, message: &T) -> Result<(), String> {
        let text = serde_json::to_string(message).expect("messages have only text keys");
        self.socket.send_with_str(&text).map_err(|error| describe(&error))
    }

    /// Says something as bytes, which lie in a memory that nobody shares: no other is taken.
    ///
    /// # Errors
    /// Why it cannot be said.
    pub fn say_bytes(&self, bytes: &Uint8Array) -> Result<(), String> {
        self.socket.send_with_array_buffer(&bytes.buffer()).map_err(|error| describe(&error))
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.socket.set_onopen(None);
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        // What is closed already is closed.
        _ = self.socket.close();
    }
}

fn forward(sender: &UnboundedSender<FromSocket>, what: FromSocket) {
    // Nobody listens any more: the socket is being dropped.
    _ = sender.unbounded_send(what);
}

/// How a socket ended.
fn end(event: &CloseEvent) -> Result<(), String> {
    match (event.code(), event.reason()) {
        (GOOD, _) => Ok(()),
        (code, reason) if reason.is_empty() => Err(format!("the connection was refused or lost (code {code})")),
        (_, reason) => Err(reason),
    }
}
