//! Tasks, and the one place where their work is done.

mod input;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::checksum::Body;
use crate::dictionary::InsertTimes;
use crate::host::{FileWriter, Host, HttpRequest, HttpResponse, check_file_name};
use crate::screen::{Drawing, FRAME_MS};
use crate::span::{ErrorKind, Span, TaskError, phase};
use crate::target::{Draws, Filter, Latency, Protocol};
use crate::workload::operation::{self, Repeated};
use crate::workload::write::Payload;
use crate::workload::{Known, count, countdown, crawl, mandelbrot, sum, write};
use input::KernelInput;

/// The unit of work that a worker takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// Position in the run, from 0.
    pub id: u32,
    /// The kind of work, with all that is needed to do it.
    pub work: Work,
}

/// A task that is over: its span, and its output for whoever needs it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finished {
    /// What the report keeps of it.
    pub span: Span,
    /// What the task produced; not part of the report.
    pub output: Vec<u8>,
}

impl Finished {
    /// The same of a task that had a worker of its own, which somebody began to make at `begun_ms` on the clock of the span:
    /// until the task began, that was the phase [`phase::SPAWN`].
    #[must_use]
    pub fn spawned(mut self, begun_ms: f64) -> Self {
        let spawn_ms = (self.span.start_ms - begun_ms).max(0.0);
        self.span.phases.insert(phase::SPAWN.to_owned(), spawn_ms);
        self
    }
}

/// What one task does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Work {
    /// Add up 0..n.
    Count {
        /// Numbers to add, from 0 on.
        n: u64,
    },
    /// Count from n down to 0.
    Countdown {
        /// The number to begin with.
        n: u64,
    },
    /// Add up 0..=n.
    Sum {
        /// The last number to be added, from 1 on.
        n: u64,
    },
    /// Draw one tile of the Mandelbrot set.
    Tile(mandelbrot::Tile),
    /// Get a page and read it to its end.
    Get {
        /// The address to fetch.
        url: String,
        /// Look into the cache for it, where there is one.
        cached: bool,
    },
    /// Get the head of an answer, and leave its body unread.
    Open {
        /// The address to fetch.
        url: String,
    },
    /// Get something and write it to a file, block by block.
    Save {
        /// The address to fetch.
        url: String,
        /// What the file is called.
        name: String,
    },
    /// Post a JSON text and keep the status.
    Post {
        /// The address to post to.
        url: String,
        /// The body, as JSON.
        json: String,
        /// Over which protocol, if one is asked for.
        protocol: Option<Protocol>,
    },
    /// Post a JSON text and insert the status into the run's dictionary, under one or more keys.
    Insert {
        /// The address to post to.
        url: String,
        /// The body, as JSON.
        json: String,
        /// The first key.
        key: u64,
        /// How many keys.
        inserts: u32,
    },
    /// Get a page of a site, parse it, and keep its links.
    Page {
        /// The address to fetch.
        url: String,
        /// Which links.
        filter: Filter,
    },
    /// Write a text to a file.
    Write {
        /// What the file is called.
        name: String,
        /// How long the text is.
        bytes: u64,
        /// Decides the text.
        seed: u64,
        /// Wait until it is on the disk.
        flush: bool,
    },
    /// Write a text that comes with the task to a file, in one piece.
    WriteGiven {
        /// What the file is called.
        name: String,
        /// The text.
        text: Payload,
        /// Wait until it is on the disk.
        flush: bool,
    },
    /// Sleep, then square a number.
    Sleep {
        /// How long to sleep, in milliseconds.
        duration_ms: f64,
        /// The number to square.
        x: u64,
    },
    /// Call a function of a list.
    Kernel {
        /// Which function.
        known: &'static Known,
        /// What it is given.
        size: u64,
        /// Which of its methods, by its place among them.
        method: u32,
    },
    /// Do something over and over.
    Repeat {
        /// What.
        what: Repeated,
        /// How often.
        times: u64,
    },
    /// Take what comes with the task.
    Message {
        /// What comes.
        bytes: Payload,
        /// In a browser it is taken from whoever sent it instead of copied.
        is_given: bool,
    },
    /// Count down while a thread draws frames.
    Frames(Drawing),
    /// Panic: kills the worker where a worker can be killed.
    Crash {
        /// Sleep so long before.
        after_ms: Option<f64>,
    },
}

impl Work {
    /// Whether the work waits for something. Work that computes is ready when it is first polled.
    pub fn waits(&self) -> bool {
        match self {
            Work::Count { .. } | Work::Countdown { .. } | Work::Sum { .. } | Work::Tile(_) => false,
            Work::Kernel { .. } | Work::Repeat { .. } | Work::Message { .. } => false,
            Work::Crash { after_ms } => after_ms.is_some(),
            Work::Get { .. } | Work::Open { .. } | Work::Save { .. } | Work::Post { .. } | Work::Page { .. } => true,
            Work::Insert { .. } | Work::Write { .. } | Work::WriteGiven { .. } | Work::Sleep { .. } => true,
            Work::Frames(_) => true,
        }
    }

    /// What a task that did it says, in the words of its source, if it has any: what it read from where, or the number that it
    /// came to.
    pub fn said(&self, bytes: u64) -> Option<String> {
        match self {
            Work::Get { url, .. } => Some(format!("Read {bytes} from {url}")),
            Work::Countdown { .. } => Some("0".to_owned()),
            _ => None,
        }
    }

    /// The file that it creates, if it creates one.
    pub fn file(&self) -> Option<&str> {
        match self {
            Work::Save { name, .. } | Work::Write { name, .. } | Work::WriteGiven { name, .. } => Some(name),
            _ => None,
        }
    }

    /// How long it waits at least, in milliseconds: it sleeps, or the target delays its answer as it was asked to.
    pub fn wait_ms(&self, latency: Latency) -> f64 {
        match self {
            Work::Sleep { duration_ms, .. } => *duration_ms,
            Work::Crash { after_ms } => after_ms.unwrap_or_default(),
            Work::Get { url, .. }
            | Work::Open { url }
            | Work::Save { url, .. }
            | Work::Post { url, .. }
            | Work::Insert { url, .. }
            | Work::Page { url, .. } => Draws::of_url(url).map_or(0.0, |draws| draws.latency_ms(latency)),
            Work::Count { .. } | Work::Countdown { .. } | Work::Sum { .. } | Work::Tile(_) => 0.0,
            Work::Write { .. } | Work::WriteGiven { .. } | Work::Kernel { .. } => 0.0,
            Work::Repeat { .. } | Work::Message { .. } | Work::Frames(_) => 0.0,
        }
    }

    /// The keys of the dictionary under which the task inserts its result, if it does: its checksum.
    pub fn keys(&self) -> Option<Range<u64>> {
        match self {
            Work::Insert { key, inserts, .. } => Some(*key..key + u64::from(*inserts)),
            _ => None,
        }
    }

    /// Whether what comes with it is taken from whoever sends it, where that is possible, instead of copied.
    pub fn is_given(&self) -> bool {
        matches!(self, Work::Message { is_given: true, .. })
    }

    /// How many files and connections it has open at once.
    pub fn open_files(&self) -> usize {
        match self {
            Work::Save { .. } => 2,
            Work::Get { .. } | Work::Open { .. } | Work::Post { .. } | Work::Insert { .. } | Work::Page { .. } => 1,
            Work::Write { .. } | Work::WriteGiven { .. } => 1,
            Work::Count { .. } | Work::Countdown { .. } | Work::Sum { .. } | Work::Tile(_) => 0,
            Work::Sleep { .. } | Work::Crash { .. } | Work::Kernel { .. } => 0,
            Work::Repeat { .. } | Work::Message { .. } | Work::Frames(_) => 0,
        }
    }

    /// Whether what it needs is made once in each memory, or by each worker, for all tasks alike.
    pub fn has_common_scratch(&self) -> bool {
        matches!(self, Work::Write { .. } | Work::Kernel { .. })
    }

    /// What the work needs to have before the clock starts.
    pub fn prepare(&self) -> Scratch {
        match self {
            Work::Tile(tile) => Scratch { output: Vec::with_capacity(tile.pixels()), ..Scratch::default() },
            Work::Write { bytes, seed, .. } => Scratch { text: Some(write::text(*seed, *bytes)), ..Scratch::default() },
            Work::Kernel { known, size, method } => {
                Scratch { input: KernelInput::take(known, *size, *method), ..Scratch::default() }
            }
            _ => Scratch::default(),
        }
    }
}

/// Memory that a task uses, reserved before the clock starts.
#[derive(Debug, Default)]
pub struct Scratch {
    /// What the task produces, for whoever needs it; not part of the report.
    pub output: Vec<u8>,
    /// What it writes, if it writes a text.
    pub text: Option<Arc<write::Text>>,
    /// What a function of a list works on.
    input: KernelInput,
}

/// What a task that succeeded leaves behind, besides its output.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// Bytes that were read, written or received.
    pub bytes: u64,
    /// A digest of the result that is equal on every platform.
    pub checksum: u64,
    /// Named parts of the task's time, in milliseconds.
    pub phases: BTreeMap<String, f64>,
}

impl Outcome {
    /// The outcome of a task whose result a body was.
    pub(crate) fn from_body(body: &Body, phases: BTreeMap<String, f64>) -> Self {
        Self { bytes: body.bytes(), checksum: body.checksum(), phases }
    }
}

/// Does the work of one task: the only place where that happens, on every platform.
///
/// `scratch` comes from [`Work::prepare`], so that nothing is allocated for it while the clock runs.
///
/// # Errors
/// What the work failed with; [`ErrorKind::Cancelled`] if the host says so between two chunks.
pub async fn perform<H: Host>(task: &Task, host: &H, scratch: &mut Scratch) -> Result<Outcome, TaskError> {
    let go_on = || !host.cancelled();
    let output = &mut scratch.output;
    let computed = match &task.work {
        Work::Count { n } => count::count(*n, go_on),
        Work::Countdown { n } => countdown::countdown(*n, go_on),
        Work::Sum { n } => sum::sum(*n, go_on),
        Work::Tile(tile) => mandelbrot::draw(tile, output, go_on),
        Work::Kernel { .. } => scratch.input.call(task.id, || host.cancelled())?,
        Work::Repeat { what, times } => operation::repeat(*what, *times, || host.now_ms(), go_on),
        Work::Message { bytes, .. } => {
            let length = bytes.bytes().len() as u64;
            return Ok(Outcome { bytes: length, checksum: length, phases: BTreeMap::new() });
        }
        #[expect(clippy::panic, reason = "this work exists to panic")]
        Work::Crash { after_ms } => {
            if let Some(duration_ms) = after_ms {
                host.sleep_ms(*duration_ms).await;
            }
            if go_on() {
                panic!("this task panics on purpose");
            }
            None
        }
        Work::Get { url, cached } => {
            let mut body = Body::default();
            let mut take = |chunk: &[u8]| {
                body.add(chunk);
                Ok(())
            };
            let response = get(host, url, *cached, &mut take).await?;
            return Ok(Outcome::from_body(&body, phases(&response)));
        }
        Work::Open { url } => {
            let request = HttpRequest { unread: true, ..HttpRequest::get(url) };
            let response = host.http(&request, &mut |_| Ok(())).await?;
            check_status(&response)?;
            return Ok(Outcome { bytes: 0, checksum: u64::from(response.status), phases: phases(&response) });
        }
        Work::Save { url, name } => {
            check_file_name(name)?;
            let mut file = host.create_file(name).await?;
            let mut body = Body::default();
            let mut take = |chunk: &[u8]| {
                body.add(chunk);
                chunk.chunks(SAVE_BLOCK).try_for_each(|block| host.blocking(|| file.write(block)))
            };
            let response = get(host, url, false, &mut take).await?;
            return Ok(Outcome::from_body(&body, phases(&response)));
        }
        Work::Post { url, json, protocol } => return post(host, url, json, *protocol).await,
        Work::Insert { url, json, key, inserts } => {
            let mut outcome = post(host, url, json, None).await?;
            let mut all = InsertTimes::default();
            for key in *key..key + u64::from(*inserts) {
                let now_ms = || host.now_ms();
                let times = host.dictionary().insert(host.worker(), key, outcome.checksum, now_ms).await?;
                all = InsertTimes { wait_ms: all.wait_ms + times.wait_ms, insert_ms: all.insert_ms + times.insert_ms };
            }
            outcome.phases.insert(phase::WAIT.to_owned(), all.wait_ms);
            outcome.phases.insert(phase::INSERT.to_owned(), all.insert_ms);
            return Ok(outcome);
        }
        Work::Page { url, filter } => return crawl::visit(url, *filter, host, output).await,
        Work::Write { name, bytes, seed, flush } => {
            check_file_name(name)?;
            let mut file = host.create_file(name).await?;
            let text = scratch.text.get_or_insert_with(|| write::text(*seed, *bytes));
            let mut left = *bytes;
            while left > 0 {
                if host.cancelled() {
                    return Err(TaskError::cancelled());
                }
                let block = &text.block[..text.block.len().min(usize::try_from(left).unwrap_or(usize::MAX))];
                host.blocking(|| file.write(block))?;
                left -= block.len() as u64;
            }
            if *flush {
                host.blocking(|| file.flush())?;
            }
            return Ok(Outcome { bytes: *bytes, checksum: text.checksum, phases: BTreeMap::new() });
        }
        Work::WriteGiven { name, text, flush } => {
            check_file_name(name)?;
            let mut file = host.create_file(name).await?;
            host.blocking(|| file.write(text.bytes()))?;
            if *flush {
                host.blocking(|| file.flush())?;
            }
            // What a digest would say is read back from the disk, when the clock has stopped.
            return Ok(Outcome { bytes: text.bytes().len() as u64, ..Outcome::default() });
        }
        Work::Frames(drawing) => {
            let mut steps = None;
            let drawn = host.draw(*drawing, || steps = countdown::countdown(drawing.n, go_on)).await?;
            let checksum = steps.or(drawn.steps).ok_or_else(TaskError::cancelled)?;
            let frozen_ms = f64::from(drawn.dropped) * FRAME_MS;
            let phases = [(phase::FROZEN, frozen_ms), (phase::LONGEST_GAP, drawn.longest_ms)];
            return Ok(Outcome { bytes: 0, checksum, phases: named_phases(phases) });
        }
        Work::Sleep { duration_ms, x } => {
            host.sleep_ms(*duration_ms).await;
            // A cancelled sleep ends early.
            go_on().then_some(x * x)
        }
    };
    let checksum = computed.ok_or_else(TaskError::cancelled)?;
    Ok(Outcome { bytes: output.len() as u64, checksum, phases: BTreeMap::new() })
}

/// What [`Work::Save`] writes at a time, as its source does.
const SAVE_BLOCK: usize = 1024;

/// Gets something, giving each chunk of the body to `take`; a status that is no success is an error.
///
/// # Errors
/// What the host failed with, or [`ErrorKind::Status`].
pub async fn get<H: Host>(
    host: &H,
    url: &str,
    cached: bool,
    take: crate::host::TakeChunk<'_>,
) -> Result<HttpResponse, TaskError> {
    let request = HttpRequest { cached, ..HttpRequest::get(url) };
    let response = host.http(&request, take).await?;
    check_status(&response)?;
    Ok(response)
}

/// Posts a JSON text; the checksum is the status.
async fn post<H: Host>(host: &H, url: &str, json: &str, protocol: Option<Protocol>) -> Result<Outcome, TaskError> {
    let request = HttpRequest { json: Some(json.to_owned()), protocol, ..HttpRequest::get(url) };
    let mut body = Body::default();
    let mut take = |chunk: &[u8]| {
        body.add(chunk);
        Ok(())
    };
    let response = host.http(&request, &mut take).await?;
    check_protocol(&request, &response)?;
    check_status(&response)?;
    Ok(Outcome { checksum: u64::from(response.status), ..Outcome::from_body(&body, phases(&response)) })
}

fn check_status(response: &HttpResponse) -> Result<(), TaskError> {
    match response.status {
        200..=299 => Ok(()),
        status => Err(TaskError::new(ErrorKind::Status, format!("the server answered with status {status}"))),
    }
}

/// Passes an answer that came over the protocol that was asked for, if one was: what came over another one is other work.
fn check_protocol(request: &HttpRequest, response: &HttpResponse) -> Result<(), TaskError> {
    let Some(asked) = request.protocol.map(Protocol::id) else { return Ok(()) };
    match response.protocol.as_deref() {
        Some(spoken) if spoken == asked => Ok(()),
        spoken => {
            let spoken = spoken.filter(|spoken| !spoken.is_empty()).unwrap_or("a protocol that nobody tells");
            let reason = format!("the answer came over {spoken}, and {asked} was asked for: {}", request.url);
            Err(TaskError::new(ErrorKind::Protocol, reason))
        }
    }
}

/// The parts of the time of an exchange.
pub fn phases(response: &HttpResponse) -> BTreeMap<String, f64> {
    let resent = response.resent_ms.map(|ms| (phase::RESENT, ms));
    named_phases([(phase::FIRST_BYTE, response.first_byte_ms)].into_iter().chain(resent))
}

/// Parts of a task's time by their names. One after another: collecting them would sort them, which takes as long and is long.
fn named_phases(parts: impl IntoIterator<Item = (&'static str, f64)>) -> BTreeMap<String, f64> {
    let mut phases = BTreeMap::new();
    phases.extend(parts.into_iter().map(|(name, ms)| (name.to_owned(), ms)));
    phases
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_over_another_protocol_than_was_asked_for_is_a_failure() {
        let check = |asked: Option<Protocol>, spoken: Option<&str>| {
            let request = HttpRequest { protocol: asked, ..HttpRequest::get("https://t/") };
            let protocol = spoken.map(str::to_owned);
            let response = HttpResponse { status: 200, first_byte_ms: 1.0, resent_ms: None, moved_to: None, protocol };
            check_protocol(&request, &response).map_err(|error| error.to_string())
        };
        let refused =
            |spoken: &str| Err(format!("protocol: the answer came over {spoken}, and h2 was asked for: https://t/"));
        assert_eq!(check(None, None), Ok(()));
        assert_eq!(check(Some(Protocol::Http1), Some("http/1.1")), Ok(()));
        assert_eq!(check(Some(Protocol::Http2), Some("h2")), Ok(()));
        assert_eq!(check(Some(Protocol::Http2), Some("http/1.1")), refused("http/1.1"));
        for untold in [None, Some("")] {
            assert_eq!(check(Some(Protocol::Http2), untold), refused("a protocol that nobody tells"));
        }
    }
}
