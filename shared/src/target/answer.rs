//! What the target answers: of a request's method, address and body, all that decides on the answer. Whoever is a target
//! carries it out.
//!
//! | route | answer |
//! |---|---|
//! | `GET /target/bytes/N` | N [bytes] |
//! | `GET /target/page/ID` | a [page](super::html) of a [site](super::site) |
//! | `GET /target/image/ID.png` | an [image](super::image) |
//! | `POST /target/echo` | the JSON that it was sent |
//!
//! Only what would have succeeded waits or fails: a refusal comes at once and whole.

use serde::de::IgnoredAny;

use super::image::IMAGES;
use super::{Draws, FaultKind, Pace, Parameters, bytes, html};

/// The most bytes that `echo` takes: 1 MiB.
pub const MAX_ECHO_BYTES: usize = 1 << 20;

/// How long a stalled answer is kept open at most, in milliseconds.
pub const STALL_MS: f64 = 120_000.0;

/// What is said where nothing is.
const NOTHING: &str = "There is nothing at this address. The target has /target/bytes/N, /target/page/ID, \
    /target/image/ID.png, /target/echo (POST) and /target/stats.\n";

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Route<'a> {
    Bytes(&'a str),
    /// A page, and what leads from its address to the folder of all pages.
    Page(&'a str, &'static str),
    Image(&'a str),
    Echo,
}

impl<'a> Route<'a> {
    /// That of a path below `/target`.
    fn of(path: &'a str) -> Option<Self> {
        let (name, rest) = path.strip_prefix("/target/")?.split_once('/').unwrap_or((&path["/target/".len()..], ""));
        // Where other sites append `/?ref=…` to an address without a query.
        let page = rest.strip_suffix('/').map_or((rest, ""), |id| (id, "../"));
        match name {
            "echo" if path == "/target/echo" => Some(Self::Echo),
            "page" if is_name(page.0) => Some(Self::Page(page.0, page.1)),
            "bytes" if is_name(rest) => Some(Self::Bytes(rest)),
            "image" if is_name(rest) => Some(Self::Image(rest)),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Bytes(_) => "bytes",
            Self::Page(..) => "page",
            Self::Image(_) => "image",
            Self::Echo => "echo",
        }
    }

    /// The methods that it has, as `Allow` lists them.
    fn methods(self) -> &'static str {
        if self == Self::Echo { "POST" } else { "GET,HEAD" }
    }
}

/// Whether this is one part of a path.
fn is_name(text: &str) -> bool {
    !text.is_empty() && !text.contains('/')
}

/// A request that has been read, but for its body.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    route: Route<'a>,
    path: &'a str,
    only_head: bool,
    parameters: Result<Parameters, String>,
}

/// What is answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The status of HTTP.
    pub status: u16,
    /// Headers, with names in small letters, but for the length of the body.
    pub headers: Vec<(&'static str, String)>,
    /// How long after the request its head is sent, in milliseconds.
    pub latency_ms: f64,
    /// What goes wrong. [`FaultKind::Status`] and [`FaultKind::Redirect`] are in the other fields already; garbage is sent in
    /// place of all of it, and of the others [`Delivery`] says where the body ends.
    pub fault: Option<FaultKind>,
    /// How fast the body is sent; `None` for as fast as it goes.
    pub pace: Option<Pace>,
    /// The body.
    pub body: Body,
    /// Whether nothing of the body is sent: the head is the same.
    pub only_head: bool,
}

/// What a body consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// So many [bytes].
    Bytes(u64),
    /// Text.
    Text(String),
    /// An [image](super::image) of a seed, by its number.
    Image(u64, u32),
    /// What was sent.
    Echo,
}

/// How much of a body is announced, and how much is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// What the head says.
    pub announced_bytes: u64,
    /// Where the body ends early; `None` if it does not.
    pub ends_after_bytes: Option<u64>,
}

impl<'a> Asked<'a> {
    /// Reads a request: its method, its path as it was sent from `/target` on, and its query.
    ///
    /// # Errors
    /// There is nothing there, or nothing for this method: what is answered then.
    pub fn read(method: &str, path: &'a str, query: Option<&str>) -> Result<Self, Answer> {
        let Some(route) = Route::of(path) else {
            return Err(nothing());
        };
        let methods = route.methods();
        if !methods.split(',').any(|known| known == method) {
            let reason = format!("{method} says nothing to {path}: use {}.\n", methods.replace(',', " or "));
            let answer = Answer::text(405, reason);
            return Err(Answer { headers: [answer.headers, vec![("allow", methods.to_owned())]].concat(), ..answer });
        }
        let parameters = Parameters::parse(query.unwrap_or_default(), matches!(route, Route::Page(..)));
        let parameters = parameters.map_err(|refusal| refusal.to_string());
        Ok(Self { route, path, only_head: method == "HEAD", parameters })
    }

    /// What to count it under: `bytes`, `page`, `image` or `echo`.
    pub fn route(&self) -> &'static str {
        self.route.name()
    }

    /// The run that it belongs to, if it says so.
    pub fn run(&self) -> Option<&str> {
        self.parameters.as_ref().ok()?.run.as_deref()
    }

    /// Whether its body has to be read before it is answered: at most [`MAX_ECHO_BYTES`] of it, and one more.
    pub fn wants_body(&self) -> bool {
        self.route == Route::Echo && self.parameters.is_ok()
    }

    /// What is answered to it with this body.
    pub fn answer(self, sent: &[u8]) -> Answer {
        Answer { only_head: self.only_head, ..self.answer_to_get(sent) }
    }

    fn answer_to_get(self, sent: &[u8]) -> Answer {
        let parameters = match self.parameters {
            Ok(parameters) => parameters,
            Err(refusal) => return Answer::text(400, refusal),
        };
        let answer = match self.route {
            Route::Bytes(count) => of_bytes(count),
            Route::Page(id, folder) => of_page(id, folder, &parameters),
            Route::Image(name) => of_image(name, &parameters),
            Route::Echo => of_echo(sent),
        };
        if answer.status != 200 {
            return answer;
        }
        let draws = Draws { seed: parameters.seed, path: self.path, task: &parameters.task };
        let fault = draws.fault(parameters.fault);
        let answer = match fault {
            Some(FaultKind::Status) => Answer::text(500, "This failure was asked for with fail=status.\n".to_owned()),
            Some(FaultKind::Redirect) => {
                let headers = vec![("location", parameters.next_hop())];
                Answer { headers, ..Answer::of(307, "", Body::Text(String::new())) }
            }
            Some(FaultKind::Garbage) => Answer::text(200, "garbage".to_owned()),
            Some(FaultKind::Cut | FaultKind::Stall) | None => {
                Answer { pace: parameters.bandwidth.map(|per_second| Pace { per_second }), ..answer }
            }
        };
        let latency_ms = draws.latency_ms(parameters.latency);
        Answer { latency_ms, fault, ..answer }
    }
}

impl Answer {
    fn of(status: u16, media_type: &str, body: Body) -> Self {
        let headers = vec![("content-type", media_type.to_owned())];
        Self { status, headers, latency_ms: 0.0, fault: None, pace: None, body, only_head: false }
    }

    /// A text, at once and whole.
    pub fn text(status: u16, text: String) -> Self {
        Self::of(status, "text/plain; charset=utf-8", Body::Text(text))
    }

    /// How a body of this length is sent.
    pub fn delivery(&self, bytes: u64) -> Delivery {
        match self.fault {
            Some(FaultKind::Cut | FaultKind::Stall) => {
                // A body of no bytes would be whole wherever it ends: it is announced as one byte.
                let announced_bytes = bytes.max(1);
                Delivery { announced_bytes, ends_after_bytes: Some(announced_bytes / 2) }
            }
            _ => Delivery { announced_bytes: bytes, ends_after_bytes: None },
        }
    }
}

/// What is answered where nothing is.
pub fn nothing() -> Answer {
    Answer::text(404, NOTHING.to_owned())
}

/// Why a body for `echo` is not taken that is longer than [`MAX_ECHO_BYTES`].
pub fn too_long() -> Answer {
    Answer::text(413, format!("The body is too long: send at most {MAX_ECHO_BYTES} bytes.\n"))
}

fn of_bytes(count: &str) -> Answer {
    match count.parse().ok().filter(|count| *count <= bytes::MAX_BYTES) {
        Some(count) => Answer::of(200, "application/octet-stream", Body::Bytes(count)),
        None => {
            refuse(format!("/bytes/{count} is out of range: give a whole number from 0 to {}.\n", bytes::MAX_BYTES))
        }
    }
}

fn of_page(id: &str, folder: &str, parameters: &Parameters) -> Answer {
    let Ok(id) = id.parse() else {
        return refuse(format!("/page/{id} is no page: give a whole number from 0.\n"));
    };
    if id >= parameters.pages {
        let reason = format!("There is no page {id} on a site of {} pages, which begin at 0.\n", parameters.pages);
        return Answer::text(404, reason);
    }
    Answer::of(200, "text/html; charset=utf-8", Body::Text(html::page(id, folder, parameters)))
}

fn of_image(name: &str, parameters: &Parameters) -> Answer {
    match name.strip_suffix(".png").and_then(|id| id.parse().ok()).filter(|id| *id < IMAGES) {
        Some(id) => Answer::of(200, "image/png", Body::Image(parameters.seed, id)),
        None => refuse(format!("/image/{name} is no image: give ID.png with an ID from 0 to {}.\n", IMAGES - 1)),
    }
}

fn of_echo(sent: &[u8]) -> Answer {
    if sent.len() > MAX_ECHO_BYTES {
        return too_long();
    }
    match serde_json::from_slice::<IgnoredAny>(sent) {
        Ok(_) => Answer::of(200, "application/json", Body::Echo),
        Err(error) => refuse(format!("The body is no JSON ({error}): send a JSON text.\n")),
    }
}

fn refuse(reason: String) -> Answer {
    Answer::text(400, reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::golden;

    fn answer(method: &str, address: &str, sent: &[u8]) -> Answer {
        let (path, query) = address.split_once('?').map_or((address, None), |(path, query)| (path, Some(query)));
        Asked::read(method, path, query).map_or_else(|answer| answer, |asked| asked.answer(sent))
    }

    /// An answer in a line; of long bodies their beginning.
    fn line(answer: &Answer) -> String {
        let Answer { status, headers, latency_ms, fault, pace, body, only_head } = answer;
        let headers: Vec<_> = headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        let body = match body {
            _ if *only_head => "only the head".to_owned(),
            Body::Text(text) if text.len() > 300 => format!("{:?} …", &text[..40]),
            body => format!("{body:?}"),
        };
        let fault = fault.map_or_else(String::new, |fault| format!(", {fault}"));
        let pace = pace.map_or_else(String::new, |pace| format!(", {} B/s", pace.per_second));
        format!("{status} [{}] after {latency_ms} ms{fault}{pace}: {body}", headers.join(", "))
    }

    #[test]
    fn requests_and_their_answers() {
        let requests = [
            "GET /target/bytes/1000",
            "GET /target/bytes/0?fail=cut",
            "HEAD /target/bytes/1000?latency=5&fail=stall",
            "POST /target/bytes/1",
            "GET /target/bytes/2000000001",
            "GET /target/bytes/-1",
            "GET /target/bytes/",
            "GET /target/bytes/1/2",
            "GET /target/bytes/1?latncy=5",
            "GET /target/bytes/1?latency=100-300&task=3&bandwidth=1000",
            "GET /target/bytes/1?latency=100-300&task=4&seed=2",
            "GET /target/bytes/1?fail=status&latency=7",
            "GET /target/bytes/1?fail=redirect&task=1&hop=4",
            "GET /target/bytes/1?fail=garbage",
            "GET /target/bytes/x?fail=status&latency=7",
            "GET /target/page/0",
            "GET /target/page/3/?ref=outind",
            "GET /target/page/3?pages=2",
            "GET /target/page/x",
            "GET /target/page/",
            "GET /target/image/7.png?seed=3",
            "GET /target/image/1000.png",
            "GET /target/image/1.jpg",
            "POST /target/echo?latency=20",
            "GET /target/echo",
            "POST /target/echo/",
            "GET /target/nothing",
            "GET /target",
            "GET /elsewhere",
        ];
        let answers = requests.map(|request| {
            let (method, address) = request.split_once(' ').expect("both");
            (request, line(&answer(method, address, b"[1]")))
        });
        golden::answers("target.answers.txt", answers);
    }

    #[test]
    fn echo_takes_what_is_json_and_not_too_long() {
        let text = |length: usize| [b"\"".to_vec(), vec![b'x'; length - 2], b"\"".to_vec()].concat();
        let status = |sent: &[u8]| answer("POST", "/target/echo", sent).status;
        assert_eq!(
            [status(b"{"), status(b""), status(&text(MAX_ECHO_BYTES)), status(&text(MAX_ECHO_BYTES + 1))],
            [400, 400, 200, 413]
        );
    }

    #[test]
    fn half_of_a_body_comes_before_it_ends_early() {
        let delivery = |fail: &str, bytes| {
            let delivery = answer("GET", &format!("/target/bytes/1?fail={fail}"), b"").delivery(bytes);
            (delivery.announced_bytes, delivery.ends_after_bytes)
        };
        assert_eq!(delivery("cut", 1001), (1001, Some(500)));
        assert_eq!(delivery("stall", 0), (1, Some(0)));
        assert_eq!(delivery("status", 10), (10, None));
    }
}
