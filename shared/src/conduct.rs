//! What a page and the server that it came from say to each other, where the server does more than send files: it carries a
//! plan out on several platforms in turn, natively, in Python, and in the page.
//!
//! ```text
//! page  ── GET /api/info?token=…            what the server offers, and whether the token is right: Info
//!  ├ page ═ WebSocket /api/conduct?token=… ═ server      ToConductor, FromConductor
//!  ├ page ── /api/reports?token=…           reports of pages elsewhere, for each other: Passed
//!  └ lab  ═ WebSocket /api/executor?token=… ═ server     as for `parlab pair` ([`remote`](crate::remote))
//! ```
//!
//! 1. The page says [`ToConductor::Begin`], once and first: what is to be run, as in its address, and where.
//! 2. The server answers [`FromConductor::Refused`], which is the end; or [`FromConductor::Begun`], with the token by which
//!    the page's lab comes to it.
//! 3. When the lab is there, runs follow each other: [`FromConductor::RunStarted`], while it is on some
//!    [`FromConductor::Board`]s, if it is no run of the page, [`FromConductor::RunFinished`]. Meanwhile the page may say
//!    [`ToConductor::Pause`], [`ToConductor::Resume`] and [`ToConductor::Cancel`].
//! 4. The server says [`FromConductor::Ended`], and closes the socket.
//!
//! A page that goes away stops the plan. A server that goes away without a word takes nothing with it: the page has every run
//! that was over. While the page has its turn, the server says nothing and does nothing but listen.
//!
//! What the page says is text: JSON. What the server says without bytes beside it is text, too; with bytes beside it, it is
//! one binary message: the length of the JSON (32 bits, little-endian), the JSON, the bytes ([`pack`], [`unpack`]).

use serde::{Deserialize, Serialize};

use crate::measure::{RequestError, RunFinished, RunStarted};
use crate::report::{Throttled, Tool, Warning};
use crate::strategy::Platform;

/// The longest message of a page, in bytes: a list of addresses may be as long.
pub const WANTED_BYTES_MAX: usize = 8 << 20;

/// The longest report that pages hand over to each other, in bytes: as long as a file that a page opens.
pub const REPORT_BYTES_MAX: usize = 256_000_000;

/// What the server is and offers: `/api/info`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Info {
    /// The program that serves the page: the page compares its own build with it.
    #[serde(flatten)]
    pub tool: Tool,
    /// What it carries plans out on, in turn with the page; nothing, if it carries none out.
    pub platforms: Vec<Offer>,
    /// The request had the server's token in its address, and so may have something done.
    pub trusted: bool,
    /// Pages on other machines can reach it, and their reports are passed on: `/api/reports`.
    pub shares: bool,
    /// The port at which its target speaks HTTP/1.1 only, if it speaks TLS.
    #[serde(default)]
    pub http1: Option<u16>,
}

/// A report that a page has handed over, as the server lists it at `/api/reports`; at `/api/reports/NUMBER` it is itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passed {
    /// Its number: one more than that of the last one.
    pub number: u64,
    /// The page that it is of.
    pub page: String,
    /// On what it was measured: `Chromium 156 · 8 cores · Android`.
    pub from: String,
    /// What it is about.
    pub title: String,
    /// How long it is, in bytes.
    pub bytes: u64,
}

/// A platform that the server carries plans out on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// Which one.
    pub platform: Platform,
    /// The version of what it is there, where that is no part of parlab: `3.12.3`.
    pub version: Option<String>,
}

/// What a page says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ToConductor {
    /// Carry this out.
    Begin(Box<Wanted>),
    /// Send no boards: nobody looks. What is measured goes on.
    Pause,
    /// Send boards again.
    Resume,
    /// Stop as soon as the task at hand allows.
    Cancel,
}

/// What a page wants to be carried out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Wanted {
    /// The program that the page is a part of.
    pub tool: Tool,
    /// Parameters as in the page's address: names and texts.
    pub parameters: Vec<(String, String)>,
    /// Where, in turn; ratios are to the first. [`Platform::Browser`] is the page itself, whichever browser that is in.
    pub platforms: Vec<Platform>,
    /// What the page measures on: its lab's [`Environment`](crate::report::Environment) as JSON, which the page passes on.
    pub environment: String,
}

/// What the server says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FromConductor {
    /// Nothing is carried out.
    Refused(Refusal),
    /// All is ready but for the page's lab, if that takes part.
    Begun(Box<Begun>),
    /// A run is about to begin.
    RunStarted(RunStarted),
    /// How far the run is that is on: the bytes of its board
    /// ([`Snapshot::decode`](crate::measure::Snapshot::decode)) are beside. Twice a second at most.
    Board {
        /// The place of the run in the plan, from 0.
        index: usize,
    },
    /// A run is over; it is beside, a [`Run`](crate::run::Run) as JSON.
    RunFinished(RunFinished),
    /// The plan is over.
    Ended(Ended),
}

/// Why nothing is carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The parameter that it is about, if it is about one.
    pub key: Option<String>,
    /// The value, the reason and the fix.
    pub reason: String,
}

/// What is carried out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Begun {
    /// The reports without runs: the file of the pair, as JSON. The page need not read it.
    pub reports: String,
    /// The [`Plan`](crate::measure::Plan) that all parts share, as JSON. The page need not read it.
    pub plan: String,
    /// What the parts are called, in their order.
    pub parts: Vec<String>,
    /// The place of the page among them, if it takes part.
    pub page: Option<usize>,
    /// The rows, in the plan's order.
    pub rows: Vec<PlannedRow>,
    /// How many runs there are at least, on all parts.
    pub runs: usize,
    /// The token by which the page's lab comes to `/api/executor`, if it takes part.
    pub token: Option<String>,
}

/// A row of what is carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedRow {
    /// What it is called: `cpu-heavy, threads × 2`.
    pub label: String,
    /// The places of the parts that carry it out.
    pub on: Vec<usize>,
}

/// The plan is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// It was stopped before its end.
    pub cancelled: bool,
    /// Why parts did not come to their end, each with its part's name.
    pub lost: Vec<(String, String)>,
    /// What its runs do not show of each part, and its report has to: [`Happened`], part by part, as JSON. The page need not
    /// read it.
    pub happened: String,
    /// What ended it early, if it was neither the page nor a part: the server that ends, a lab that did not come.
    pub problem: Option<String>,
}

/// What is known of a part when the plan is over, and no run shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Happened {
    /// What happened to it.
    pub warnings: Vec<Warning>,
    /// How often a quota for the cores' time held it back, if there is one.
    pub throttled: Option<Throttled>,
}

impl From<RequestError> for Refusal {
    fn from(error: RequestError) -> Self {
        Self { key: error.key().map(str::to_owned), reason: error.to_string() }
    }
}

/// A message with bytes beside it, as one.
pub fn pack(message: &FromConductor, beside: &[u8]) -> Vec<u8> {
    let text = serde_json::to_string(message).expect("messages have only text keys");
    let length = u32::try_from(text.len()).expect("what has bytes beside it is short");
    [&length.to_le_bytes(), text.as_bytes(), beside].concat()
}

/// A message, and the bytes beside it; `None` if that is none.
pub fn unpack(packed: &[u8]) -> Option<(FromConductor, &[u8])> {
    let (length, rest) = packed.split_first_chunk()?;
    let (text, beside) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    Some((serde_json::from_slice(text).ok()?, beside))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Request;

    fn tool() -> Tool {
        Tool::this(None)
    }

    #[test]
    fn what_is_said_is_understood() {
        let parameters = vec![("run".to_owned(), "sum".to_owned())];
        let platforms = vec![Platform::Native, Platform::Browser];
        let wanted = Wanted { tool: tool(), parameters, platforms, environment: "{}".to_owned() };
        let pages =
            [ToConductor::Begin(Box::new(wanted)), ToConductor::Pause, ToConductor::Resume, ToConductor::Cancel];
        for said in pages {
            let text = serde_json::to_string(&said).expect("written");
            assert_eq!(serde_json::from_str::<ToConductor>(&text).expect("read"), said);
        }
        let begun = Begun {
            reports: "{\"schema_version\":2}".to_owned(),
            plan: "{}".to_owned(),
            parts: vec!["native".to_owned(), "firefox".to_owned()],
            page: Some(1),
            rows: vec![PlannedRow { label: "sum, threads × 2".to_owned(), on: vec![0, 1] }],
            runs: 4,
            token: Some("0f".to_owned()),
        };
        let finished =
            RunFinished { part: 1, row: 0, warmup: false, wall_ms: 0.1 + 0.2, tasks: 4, failed: 0, pass_is_over: true };
        let lost = vec![("firefox".to_owned(), "it is gone".to_owned())];
        let servers = [
            FromConductor::Refused(Refusal { key: None, reason: "no".to_owned() }),
            FromConductor::Begun(Box::new(begun)),
            FromConductor::RunStarted(RunStarted { index: 0, of: 4, part: 1, row: 0, warmup: true, repetition: 0 }),
            FromConductor::Board { index: 3 },
            FromConductor::RunFinished(finished),
            FromConductor::Ended(Ended {
                cancelled: true,
                lost,
                happened: "[]".to_owned(),
                problem: Some("it ends".to_owned()),
            }),
        ];
        for said in servers {
            let text = serde_json::to_string(&said).expect("written");
            assert_eq!(serde_json::from_str::<FromConductor>(&text).expect("read"), said);
            let packed = pack(&said, &[0, 255, 7]);
            assert_eq!(unpack(&packed), Some((said, &[0, 255, 7][..])));
        }
        let info = Info { tool: tool(), platforms: Vec::new(), trusted: true, shares: false, http1: Some(8018) };
        let text = serde_json::to_string(&info).expect("written");
        assert_eq!(serde_json::from_str::<Info>(&text).expect("read"), info);
        assert_eq!(serde_json::from_str::<Tool>(&text).expect("a page of before reads its tool"), info.tool);
    }

    #[test]
    fn what_is_no_message_is_refused() {
        let whole = pack(&FromConductor::Board { index: 1 }, &[]);
        for damaged in [&[][..], &[1, 0, 0], &[9, 0, 0, 0, b'{'], &whole[..whole.len() - 1], &[0, 0, 0, 0, 1]] {
            assert_eq!(unpack(damaged), None, "{damaged:?}");
        }
        for text in ["", "null", "\"Begin\"", "{\"Begin\":{}}", "\"Stop\""] {
            assert!(serde_json::from_str::<ToConductor>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_refusal_names_the_parameter() {
        let check = |pairs: &[(&str, &str)], platforms: &[Platform], key: Option<&str>| {
            let mut request = Request::default();
            let set = pairs.iter().try_for_each(|(key, value)| request.set(key, value));
            let error = set.and_then(|()| request.pair(platforms).map(drop)).expect_err("refused");
            let refusal = Refusal::from(error.clone());
            assert_eq!((refusal.key.as_deref(), refusal.reason), (key, error.to_string()));
        };
        let two = [Platform::Native, Platform::Python];
        check(&[("run", "nothing")], &two, Some("run"));
        check(&[("run", "sum"), ("workers", "many")], &two, Some("workers"));
        check(&[("run", "sum"), ("workers", "")], &two, Some("workers"));
        // The workload calls it n.
        check(&[("run", "sum"), ("size", "5000000000")], &two, Some("size"));
        check(&[("run", "sum"), ("wokers", "1")], &two, None);
        check(&[("run", "mandelbrot"), ("strategy", "sequential")], &two, None);
        check(&[("run", "sum")], &[Platform::Native], Some("platform"));
    }
}
