//! What the native platform offers to tasks and crews.

mod connection;
mod screen;

use std::fs::File;
use std::io::{ErrorKind as IoError, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures::future::{Either, select};
use parlab_shared::costs::Costs;
use parlab_shared::dictionary::{Dictionary, Sharing};
use parlab_shared::host::{FileWriter, Host, HttpRequest, HttpResponse, TakeChunk};
use parlab_shared::measure::{Board, Station};
use parlab_shared::screen::{Drawing, Drawn};
use parlab_shared::span::{ErrorKind, TaskError};
use parlab_shared::target::Protocol;
use parlab_shared::way::Lock;
use reqwest::Version;
use reqwest::header::CONTENT_TYPE;
use serde::{Deserialize, Serialize};

use crate::clock::Clock;
use crate::costs::Meter;
use crate::tls;

/// How often who waits for something else looks whether the run was cancelled.
const CANCEL_CHECK: Duration = Duration::from_millis(50);
/// Who asks: servers of others can tell, and turn parlab away.
const USER_AGENT: &str = concat!("parlab/", env!("CARGO_PKG_VERSION"));
/// Redirects that are followed; browsers follow as many.
const REDIRECTS_MAX: usize = 20;
/// What of a file is read at a time.
const READ_BYTES: usize = 1 << 20;

/// What a run's workers have in common, also those in other processes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Setting {
    /// Where files are created; `None` for work that creates none.
    pub folder: Option<PathBuf>,
    /// How long a task may wait for an answer.
    pub timeout: Duration,
    /// How workers share a dictionary, if they do.
    pub sharing: Option<Sharing>,
    /// Which lock the threads of a process take turns at.
    pub lock: Lock,
    /// Whether requests may go over https.
    pub secure: bool,
    /// The protocol that they are to go over, if one is asked for.
    pub asked: Option<Asked>,
}

/// A protocol that requests are to go over, to a target with TLS.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Asked {
    /// Which one.
    pub protocol: Protocol,
    /// The certificate that the target shows, as PEM: nothing else is trusted.
    pub certificate: String,
}

/// Where a native worker stands. Each worker has its own, with connections of its own.
#[derive(Clone, Debug)]
pub struct NativeHost {
    /// The clock that all workers of the run agree on.
    pub clock: Clock,
    /// The board of the run.
    pub board: Arc<Board>,
    /// What all workers of the run have in common.
    pub setting: Setting,
    /// Where results are kept by key.
    pub dictionary: Arc<Dictionary>,
    worker: u32,
    meter: Arc<Meter>,
    client: reqwest::Client,
    /// Opens a connection for each request; made when the first of them is needed.
    opener: OnceLock<reqwest::Client>,
    /// How often a connection became free.
    freed: Arc<AtomicUsize>,
}

impl NativeHost {
    /// A worker's host, without any connection yet.
    pub fn new(clock: Clock, board: Arc<Board>, setting: Setting, dictionary: Arc<Dictionary>, worker: u32) -> Self {
        let client = client(&setting, usize::MAX);
        let (meter, opener, freed) = Default::default();
        Self { clock, board, setting, dictionary, worker, meter, client, opener, freed }
    }

    /// The host of another worker of the same run.
    pub fn for_worker(&self, worker: u32) -> Self {
        Self::new(self.clock, Arc::clone(&self.board), self.setting.clone(), Arc::clone(&self.dictionary), worker)
    }

    /// Where files lie.
    fn folder(&self) -> Result<&Path, TaskError> {
        let none = || TaskError::new(ErrorKind::File, "the workload does not say that it writes files");
        self.setting.folder.as_deref().ok_or_else(none)
    }

    async fn exchange(&self, request: &HttpRequest, take: TakeChunk<'_>) -> Result<HttpResponse, TaskError> {
        let sent_ms = self.clock.now_ms();
        let freed = self.freed.load(Ordering::Relaxed);
        let (mut answer, was_opened) = connection::watched(builder(&self.client, request).send()).await;
        // A connection may have been opened for it, and another one become free before that was ready.
        let is_own = was_opened && freed == self.freed.load(Ordering::Relaxed);
        let mut resent_ms = None;
        // As browsers do, for POST too: whoever ended a connection that it had kept has answered nothing.
        if let Err(error) = &answer
            && !is_own
            && error.url().is_none_or(|url| url.as_str() == request.url)
            && connection::is_unanswered(error)
        {
            let lost_ms = self.clock.now_ms() - sent_ms;
            let left = self.setting.timeout.saturating_sub(Duration::from_secs_f64(lost_ms / 1e3));
            let opener = self.opener.get_or_init(|| client(&self.setting, 0));
            answer = builder(opener, request).timeout(left).send().await;
            resent_ms = Some(lost_ms);
        }
        let mut response = answer.map_err(|error| describe(&error, ErrorKind::Network, &request.url))?;
        let first_byte_ms = self.clock.now_ms() - sent_ms;
        // With its body unread, the connection ends when the response does.
        if !request.unread {
            while let Some(chunk) =
                response.chunk().await.map_err(|error| describe(&error, ErrorKind::Body, &request.url))?
            {
                take(&chunk)?;
            }
            self.freed.fetch_add(1, Ordering::Relaxed);
        }
        let protocol = request.protocol.and_then(|_| spoken(response.version()));
        let moved_to = (response.url().as_str() != request.url).then(|| response.url().to_string());
        Ok(HttpResponse { status: response.status().as_u16(), first_byte_ms, resent_ms, moved_to, protocol })
    }
}

/// What a version of HTTP is called while a connection begins.
fn spoken(version: Version) -> Option<String> {
    match version {
        Version::HTTP_11 => Some(Protocol::Http1.id().to_owned()),
        Version::HTTP_2 => Some(Protocol::Http2.id().to_owned()),
        _ => None,
    }
}

/// A client that keeps so many idle connections to a server.
fn client(setting: &Setting, kept: usize) -> reqwest::Client {
    // A plan that needs certificates was refused where there are none.
    let tls = match &setting.asked {
        Some(Asked { protocol, certificate }) => tls::pinned(certificate, *protocol).ok(),
        None if setting.secure => tls::trusting().ok(),
        None => None,
    };
    let builder = match setting.asked {
        // It opens one connection, however many requests wait for it.
        Some(Asked { protocol: Protocol::Http2, .. }) => reqwest::Client::builder().http2_prior_knowledge(),
        _ => reqwest::Client::builder().http1_only(),
    };
    builder
        .tls_backend_preconfigured(tls.unwrap_or_else(tls::distrusting))
        .user_agent(USER_AGENT)
        .timeout(setting.timeout)
        .redirect(reqwest::redirect::Policy::limited(REDIRECTS_MAX))
        // What is sent again is told of; and without it no request is copied first.
        .retry(reqwest::retry::never().max_retries_per_request(0))
        .tcp_nodelay(true)
        .no_proxy()
        .pool_max_idle_per_host(kept)
        .connector_layer(connection::NoteOpened)
        .build()
        .expect("a client whose TLS is set up needs nothing that could be missing")
}

fn builder(client: &reqwest::Client, request: &HttpRequest) -> reqwest::RequestBuilder {
    match &request.json {
        None => client.get(&request.url),
        Some(json) => client.post(&request.url).header(CONTENT_TYPE, request.content_type()).body(json.clone()),
    }
}

impl Host for NativeHost {
    type File = OpenFile;

    fn now_ms(&self) -> f64 {
        self.clock.now_ms()
    }

    fn cancelled(&self) -> bool {
        self.board.cancelled()
    }

    fn blocking<T>(&self, call: impl FnOnce() -> T) -> T {
        self.board.blocking(call)
    }

    fn worker(&self) -> u32 {
        self.worker
    }

    fn dictionary(&self) -> &Dictionary {
        &self.dictionary
    }

    async fn sleep_ms(&self, duration_ms: f64) {
        let nap = std::pin::pin!(tokio::time::sleep(Duration::from_secs_f64(duration_ms.max(0.0) / 1e3)));
        select(nap, std::pin::pin!(self.until_cancelled())).await;
    }

    async fn http(&self, request: &HttpRequest, take: TakeChunk<'_>) -> Result<HttpResponse, TaskError> {
        let exchanged = std::pin::pin!(self.exchange(request, take));
        match select(exchanged, std::pin::pin!(self.until_cancelled())).await {
            Either::Left((response, _)) => response,
            Either::Right(_) => Err(TaskError::cancelled()),
        }
    }

    async fn create_file(&self, name: &str) -> Result<OpenFile, TaskError> {
        let path = self.folder()?.join(name);
        let file = self.blocking(|| File::create(&path)).map_err(|error| describe_io(&error, &path))?;
        Ok(OpenFile { file, path })
    }

    async fn draw(&self, drawing: Drawing, meanwhile: impl FnOnce()) -> Result<Drawn, TaskError> {
        screen::draw(Arc::clone(&self.board), drawing, meanwhile).await
    }

    async fn read_file(&self, name: &str, take: TakeChunk<'_>) -> Result<(), TaskError> {
        let path = self.folder()?.join(name);
        let describe = |error: std::io::Error| describe_io(&error, &path);
        let mut file = File::open(&path).map_err(describe)?;
        let mut buffer = vec![0; READ_BYTES];
        loop {
            match file.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(length) => take(&buffer[..length])?,
                Err(error) if error.kind() == IoError::Interrupted => {}
                Err(error) => return Err(describe(error)),
            }
        }
    }
}

impl Station for NativeHost {
    fn board(&self) -> &Board {
        &self.board
    }

    async fn until_cancelled(&self) {
        while !self.cancelled() {
            tokio::time::sleep(CANCEL_CHECK).await;
        }
    }

    fn take_costs(&self) -> Costs {
        self.meter.take()
    }
}

/// A file that is being written. Files block the thread that writes them, an event loop too: there is
/// no other way to write one on Linux, and the browser's handles do the same.
#[derive(Debug)]
pub struct OpenFile {
    file: File,
    path: PathBuf,
}

impl FileWriter for OpenFile {
    fn write(&mut self, bytes: &[u8]) -> Result<(), TaskError> {
        self.file.write_all(bytes).map_err(|error| describe_io(&error, &self.path))
    }

    fn flush(&mut self) -> Result<(), TaskError> {
        self.file.sync_data().map_err(|error| describe_io(&error, &self.path))
    }
}

fn describe_io(error: &std::io::Error, path: &Path) -> TaskError {
    let kind = match error.kind() {
        IoError::StorageFull | IoError::QuotaExceeded | IoError::FileTooLarge => ErrorKind::DiskFull,
        _ => ErrorKind::File,
    };
    // The folders of a plan and of its run have names that no others have: without them, what failed alike reads alike.
    let folder = path.ancestors().nth(3).unwrap_or(path);
    TaskError::new(kind, format!("{error}, in {}", folder.display()))
}

/// An error of the client on the way to `url`; `otherwise` is its kind if it says nothing more of itself.
fn describe(error: &reqwest::Error, otherwise: ErrorKind, url: &str) -> TaskError {
    let mut causes = Vec::new();
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        causes.push(cause.to_string());
        next = cause.source();
    }
    let kind = if error.is_timeout() {
        ErrorKind::Timeout
    } else if error.is_builder() {
        ErrorKind::Address
    } else if error.is_redirect() {
        ErrorKind::Redirect
    } else if error.is_connect() {
        if causes.iter().any(|cause| cause.contains("dns error")) { ErrorKind::Dns } else { ErrorKind::Connect }
    } else {
        otherwise
    };
    // The last cause says most.
    let reason = causes.pop().unwrap_or_else(|| "no reason given".to_owned());
    TaskError::new(kind, format!("{reason}: {url}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(timeout: Duration) -> NativeHost {
        let setting = Setting {
            folder: Some(std::env::temp_dir()),
            timeout,
            sharing: None,
            lock: Lock::None,
            secure: false,
            asked: None,
        };
        let dictionary = Arc::new(Dictionary::new(None, 1));
        NativeHost::new(Clock::start(), Arc::new(Board::new(1, 0)), setting, dictionary, 0)
    }

    #[track_caller]
    fn check(url: &str, expected: ErrorKind) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let request = HttpRequest::get(url);
        let error = runtime
            .block_on(host(Duration::from_secs(5)).http(&request, &mut |_| Ok(())))
            .expect_err("nobody answers there");
        assert_eq!(error.kind, expected, "{error}");
    }

    #[test]
    fn what_cannot_be_reached_is_told_apart() {
        check("no address", ErrorKind::Address);
        check("http://parlab.invalid/", ErrorKind::Dns);
        // Port 9 is for discarding; on a test machine nobody listens there.
        check("http://127.0.0.1:9/", ErrorKind::Connect);
    }

    #[test]
    fn a_full_disk_is_a_kind_of_its_own() {
        if cfg!(target_os = "linux") {
            let path = PathBuf::from("/dev/full");
            let mut file = OpenFile { file: File::options().write(true).open(&path).expect("Linux has it"), path };
            assert_eq!(file.write(b"x").expect_err("full").kind, ErrorKind::DiskFull);
        }
    }
}
