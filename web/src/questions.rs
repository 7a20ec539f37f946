//! What the page asks the analyst, and what that answers.
//!
//! A question has a number, and the reply has the same; there is one reply to each. Both travel as bytes (postcard) with
//! others beside them, where it says so (`wire`): nothing in them, and in the views, may be left out, flattened or told apart
//! by what it looks like (`skip_serializing_if`, `flatten`, `untagged`).

use parlab_shared::report::Tool;
use serde::{Deserialize, Serialize};

use crate::views::{
    Card, ChartView, ComparisonView, HistoryView, MachineView, Parameters, PlanView, ResultsView, SetUpView,
    TimelineView, TrendView,
};

/// The address of the analyst's module, relative to `worker.js`.
pub const ANALYST: &str = "./analyst/analyst.js";

/// A file of more megabytes is not read: it would fill the page's memory.
pub const FILE_MB_MAX: u32 = 256;

/// What the analyst has to know of its page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PageFacts {
    /// The folder that the page is in, which its own target is beside: an address that ends with `/`.
    pub folder: Option<String>,
    /// What answers there.
    pub target: OwnTarget,
    /// Why workers cannot share a memory, if they cannot.
    pub unshared: Option<Lack>,
    /// Why tasks cannot write files, if they cannot: the analyst finds out for itself.
    pub unfiled: Option<String>,
    /// The build of the page.
    pub build: String,
}

impl PageFacts {
    /// This program, as reports name it.
    pub fn tool(&self) -> Tool {
        Tool::this(Some(self.build.as_str()).filter(|build| !build.is_empty()))
    }
}

/// Something that a page has not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lack {
    /// What is missing.
    pub reason: String,
    /// How to get it.
    pub fix: String,
}

/// What answers requests to the page's own target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OwnTarget {
    /// The server that the page comes from.
    Server,
    /// The page's service worker, in the browser itself: the page comes from a static host.
    Browser,
    /// Nothing: on such a host the page has no service worker.
    Missing(Lack),
}

/// A question, as it is posted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ask {
    /// The reply has the same number.
    pub number: u32,
    /// What is asked.
    pub question: Question,
}

/// A reply, as it is posted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// The number of the question.
    pub number: u32,
    /// The answer, or why there is none, for a human.
    pub answer: Result<Answer, String>,
}

/// What the page asks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Question {
    /// What is set up with these parameters, which may be those of an address. [`Answer::SetUp`].
    SetUp(Parameters),
    /// What is known of a lab's machine; its environment as JSON. [`Answer::Machine`].
    Machine(String),
    /// A recording begins. [`Answer::Done`].
    Begin(Beginning),
    /// A run of it is over, which is beside as JSON (`Uint8Array`). [`Answer::Done`].
    Run {
        /// The place of its part.
        part: usize,
        /// All rows had their turn with it.
        pass_is_over: bool,
    },
    /// The recording is over. [`Answer::Recorded`].
    End(Ending),
    /// Read a file, which is beside (`Uint8Array`), without keeping it; its name. [`Answer::Cards`].
    Open(String),
    /// What a report says. [`Answer::Results`].
    Results(String),
    /// The charts of something. [`Answer::Charts`].
    Charts {
        /// What they are of.
        subject: Subject,
        /// Unlike those of other charts on the page: ids in the pictures begin with it.
        scope: String,
        /// How many CSS pixels wide each may be.
        width: u32,
    },
    /// The data of a timeline to look into; arrays are beside. [`Answer::Timeline`].
    Timeline {
        /// The report.
        id: String,
        /// The place of its part.
        part: usize,
        /// Its place in the list of the view.
        place: usize,
    },
    /// Reports side by side, ratios of the second by the first. [`Answer::Comparison`].
    Compare([String; 2]),
    /// A report in another format, which is beside (`Blob`); the format's name. [`Answer::File`].
    Export(String, String),
    /// The plan that a report is of, for this page. [`Answer::Plan`].
    Repeat(String),
    /// A plan that the server conducts, which is JSON, as it is shown. [`Answer::Plan`].
    Conducted(String),
    /// What is kept, newest first. [`Answer::History`].
    History,
    /// Give a kept report a name; nothing takes it away. [`Answer::History`].
    Rename(String, Option<String>),
    /// Forget kept reports. [`Answer::History`].
    Delete(Vec<String>),
    /// Forget everything that the page keeps, files of runs too. [`Answer::History`].
    Clear,
    /// All that is kept, as one file, which is beside (`Blob`). [`Answer::File`].
    ExportAll,
    /// Keep all that such a file, or a report file, holds, which is beside (`Uint8Array`); its name. [`Answer::Imported`].
    /// What an earlier page kept in `localStorage` comes this way, too, text by text: the worker cannot read it
    /// (`page/earlier.rs`).
    Import(String),
    /// How an experiment went over time on this machine. [`Answer::Trend`].
    Trend {
        /// The experiment.
        experiment: String,
        /// How many CSS pixels wide its chart may be.
        width: u32,
    },
    /// A report as the fragment of an address, without its `#`. [`Answer::Text`].
    Link(String),
    /// Read a report from the fragment of an address, without keeping it. [`Answer::Cards`].
    OpenLink(String),
    /// The report as JSON, for scripts. [`Answer::Text`].
    Json(String),
}

/// What charts are of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Subject {
    /// A part of a report, or of a pair, by its place.
    Part(String, usize),
    /// Two reports side by side, as in [`Question::Compare`].
    Comparison([String; 2]),
}

/// How a recording begins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Beginning {
    /// A plan of this page's own lab.
    Own {
        /// [`PlanView::plan`].
        plan: String,
        /// The identifier of its report.
        id: String,
        /// The time of day (RFC 3339).
        created: String,
        /// Where the lab measures, as JSON.
        environment: String,
    },
    /// A plan that the server conducts: its reports without runs, as JSON, part by part.
    Conducted(Vec<String>),
}

/// How a recording ends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ending {
    /// It was stopped before its end.
    pub cancelled: bool,
    /// The page was hidden at some time.
    pub was_hidden: bool,
    /// What ended it early, if it was not the user.
    pub problem: Option<String>,
    /// What is to be kept of a run whose lab died; the bytes of its board are beside.
    pub salvage: Option<Salvage>,
    /// What happened to each part of a plan that the server conducted, for its report
    /// ([`Ended`](parlab_shared::conduct::Ended)); empty, if nothing is known.
    pub happened: String,
}

/// A run whose lab died before it was over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Salvage {
    /// Its row's place in the plan.
    pub row: usize,
    /// It was a warm-up run.
    pub warmup: bool,
    /// Its repetition, from 0.
    pub repetition: u32,
    /// When it began, in milliseconds since the plan did.
    pub started_ms: f64,
    /// Why its lab died.
    pub reason: String,
}

/// What the analyst answers.
#[allow(clippy::large_enum_variant, reason = "one is made at a time, and read at once")]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Answer {
    /// It is done.
    Done,
    /// What is set up.
    SetUp(Box<SetUpView>),
    /// What can be run.
    Plan(Box<PlanView>),
    /// What is known of the machine.
    Machine(MachineView),
    /// What was recorded; nothing, if no run was over. And why it is not kept, if it is not.
    Recorded {
        /// The report.
        card: Option<Card>,
        /// It has a measured run.
        is_measured: bool,
        /// Why it is not kept in the history, if it is not.
        unkept: Option<String>,
    },
    /// Reports.
    Cards(Vec<Card>),
    /// What is kept.
    History(Box<HistoryView>),
    /// What came of a file.
    Imported {
        /// All that is kept now.
        history: Box<HistoryView>,
        /// How many reports are new.
        new: usize,
        /// Why others are not.
        refused: Vec<String>,
    },
    /// What a report says.
    Results(Box<ResultsView>),
    /// Charts, in order.
    Charts(Vec<ChartView>),
    /// A timeline to look into.
    Timeline(Box<TimelineView>),
    /// Reports side by side.
    Comparison(Box<ComparisonView>),
    /// How an experiment went over time.
    Trend(Box<TrendView>),
    /// A file, which is beside (`Blob`): its name.
    File(String),
    /// A text.
    Text(String),
}
