//! What a platform offers to a task.

use std::convert::Infallible;

use crate::dictionary::Dictionary;
use crate::screen::{Drawing, Drawn};
use crate::span::{ErrorKind, TaskError};
use crate::target::Protocol;

/// The few primitives that work needs from the platform it runs on.
///
/// A host belongs to one worker: it is never shared between threads. Its futures are dropped when
/// a task is given up; whatever they were doing must end then.
#[expect(async_fn_in_trait, reason = "a worker awaits on its own thread; futures need not be Send")]
pub trait Host {
    /// A file that is being written. Dropping it closes it.
    type File: FileWriter;

    /// Milliseconds since the run's base, from a monotonic clock that all workers of a run agree on.
    fn now_ms(&self) -> f64;

    /// Whether the run was cancelled. Kernels ask between chunks.
    fn cancelled(&self) -> bool;

    /// Has something done that may block this thread. Where all threads of the run share a lock, this one gives it back
    /// meanwhile.
    fn blocking<T>(&self, call: impl FnOnce() -> T) -> T {
        call()
    }

    /// Which worker of the run it belongs to, from 0.
    fn worker(&self) -> u32;

    /// Where the run's results are kept by key, if they are.
    fn dictionary(&self) -> &Dictionary;

    /// Returns after some time.
    async fn sleep_ms(&self, duration_ms: f64);

    /// Sends a request and reads the body to its end, unless that is to stay unread: `take` is given each chunk as it
    /// comes, and nothing is kept. Redirects are followed, a bounded number of times.
    ///
    /// # Errors
    /// What went wrong on the way, or what `take` refused. A status is never an error here.
    async fn http(&self, request: &HttpRequest, take: TakeChunk<'_>) -> Result<HttpResponse, TaskError>;

    /// Creates a file in the run's own folder, or empties it if it is there. `name` is one that
    /// [`check_file_name`] passes.
    ///
    /// # Errors
    /// Why there is no such file now.
    async fn create_file(&self, name: &str) -> Result<Self::File, TaskError>;

    /// Has the thread that draws draw frames while work is done: on that thread, or by calling `meanwhile` on this one, if it is
    /// done there. One task at a time may ask for it.
    ///
    /// # Errors
    /// Why nothing was drawn.
    async fn draw(&self, _drawing: Drawing, _meanwhile: impl FnOnce()) -> Result<Drawn, TaskError> {
        Err(TaskError::new(ErrorKind::Setup, "no thread draws frames here"))
    }

    /// Reads a file of the run's own folder: `take` is given each chunk as it comes. Every file of that name that was
    /// created is closed by then. No task calls it.
    ///
    /// # Errors
    /// Why it cannot be read, or what `take` refused.
    async fn read_file(&self, name: &str, _take: TakeChunk<'_>) -> Result<(), TaskError> {
        Err(TaskError::new(ErrorKind::File, format!("{name} cannot be read: this platform keeps no files")))
    }
}

/// Takes one chunk of a body.
pub type TakeChunk<'a> = &'a mut dyn FnMut(&[u8]) -> Result<(), TaskError>;

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpRequest {
    /// The address, with its query.
    pub url: String,
    /// A JSON text to POST; `None` is a GET.
    pub json: Option<String>,
    /// Nothing of the answer's body is read: the connection ends with its head.
    pub unread: bool,
    /// Where there is a cache, as in a browser, it is asked first, and every request for this address waits for the one before.
    pub cached: bool,
    /// The protocol that it is to go over, if one is asked for: then the answer [says](HttpResponse::protocol) over which it
    /// came, and what is posted goes as text, for which a page of another origin needs no leave first (CORS).
    pub protocol: Option<Protocol>,
}

impl HttpRequest {
    /// A plain GET.
    pub fn get(url: &str) -> Self {
        Self { url: url.to_owned(), json: None, unread: false, cached: false, protocol: None }
    }

    /// What a text that it posts is said to be.
    pub fn content_type(&self) -> &'static str {
        if self.protocol.is_some() { "text/plain;charset=UTF-8" } else { "application/json" }
    }
}

/// What came back, besides the body.
#[derive(Clone, Debug, PartialEq)]
pub struct HttpResponse {
    /// The status code: 200 where all went well.
    pub status: u16,
    /// Time from sending the request until the head of the response was there, in milliseconds.
    pub first_byte_ms: f64,
    /// How long after it was sent it had to be sent again, in milliseconds, if it had: the connection was kept from an earlier
    /// request, and ended before anything of an answer came.
    pub resent_ms: Option<f64>,
    /// The address that answered in the end, where the one that was asked redirected.
    pub moved_to: Option<String>,
    /// The protocol that it came over ([`Protocol::id`]), where one was asked for and somebody tells.
    pub protocol: Option<String>,
}

/// A file that is being written.
pub trait FileWriter {
    /// Appends to the file.
    ///
    /// # Errors
    /// Why nothing, or not everything, was written.
    fn write(&mut self, bytes: &[u8]) -> Result<(), TaskError>;

    /// Returns when everything is on the disk.
    ///
    /// # Errors
    /// Why it is not.
    fn flush(&mut self) -> Result<(), TaskError>;
}

/// The file of a host that has none.
impl FileWriter for Infallible {
    fn write(&mut self, _: &[u8]) -> Result<(), TaskError> {
        match *self {}
    }

    fn flush(&mut self) -> Result<(), TaskError> {
        match *self {}
    }
}

/// Passes names that stay in the folder in which the file is created.
///
/// # Errors
/// A name that is empty, too long, or leads elsewhere.
pub fn check_file_name(name: &str) -> Result<(), TaskError> {
    let refused = |reason| Err(TaskError::new(ErrorKind::FileName, format!("the file name {name:?} {reason}")));
    match name {
        "" | "." | ".." => refused("names no file"),
        _ if name.len() > 200 => refused("is longer than 200 bytes"),
        _ if name.contains(['/', '\\', ':', '\0']) => refused("would leave its folder"),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_in_their_folder() {
        for name in ["a", "photo-1.png", "..a", "ä.txt"] {
            assert!(check_file_name(name).is_ok(), "{name}");
        }
        for name in ["", ".", "..", "../a", "/etc/passwd", "a/b", "C:\\a", "a\0", &"a".repeat(201)] {
            assert!(check_file_name(name).is_err(), "{name}");
        }
    }
}
