//! What the page shows, made by the analyst: sentences, tables, pictures and the parts of a form, as plain data. The page
//! draws them and knows nothing of workloads, plans or reports.

use serde::{Deserialize, Serialize};

/// Parameters as they stand in an address, in its order: names and texts.
pub type Parameters = Vec<(String, String)>;

/// An experiment, or a workload on its own, as it is set up: what it asks, the form, and what would be run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SetUpView {
    /// The parameters that were understood; the form shows these.
    pub parameters: Parameters,
    /// What could not be understood.
    pub problems: Vec<Problem>,
    /// Its title.
    pub title: String,
    /// The document that it comes from, if it comes from one.
    pub source: Option<SourceView>,
    /// What it asks and says.
    pub texts: TextsView,
    /// The fields that everybody chooses.
    pub fields: Vec<FieldView>,
    /// The heading of the other fields.
    pub panel_title: String,
    /// The other fields.
    pub panel: Vec<FieldView>,
    /// What would be run; nothing, if it cannot be.
    pub plan: Option<PlanView>,
    /// The code that its tasks run.
    pub code: Vec<CodeView>,
}

/// A piece of a source file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CodeView {
    /// The file.
    pub file: String,
    /// The piece.
    pub text: String,
}

/// The document that an experiment comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourceView {
    /// Its number.
    pub document: String,
    /// Its title.
    pub title: String,
}

/// What is asked of an experiment and said of it. Words of the glossary are marked (`parlab_shared::say::MARK`).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TextsView {
    /// What one wants to know.
    pub question: String,
    /// Paragraphs below it, each with its heading: what is predicted and why, what the article leaves out.
    pub paragraphs: Vec<(String, String)>,
}

/// Something that was asked for and cannot be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Problem {
    /// The parameter that it is about, if it is about one that the form has.
    pub key: Option<String>,
    /// The value, the reason and the fix.
    pub text: String,
}

/// A field of the form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldView {
    /// The parameter that it sets.
    pub key: String,
    /// What it is called, with its unit.
    pub label: String,
    /// What stands below it.
    pub hint: String,
    /// What it looks like.
    pub control: Control,
    /// What is wrong with its value.
    pub problem: Option<String>,
}

/// What a field looks like.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Control {
    /// A line of text.
    Line {
        /// Which keyboard suits it: `numeric`, `decimal`, `url`, `text`.
        keyboard: String,
        /// What holds if it is empty.
        default: String,
    },
    /// Several lines of text.
    Lines {
        /// What holds if it is empty.
        default: String,
    },
    /// One of several, in a list to open.
    List {
        /// What holds if none is chosen.
        default: String,
        /// Those that can be chosen.
        choices: Vec<Choice>,
    },
    /// One of few, all in sight.
    Segments(Vec<Choice>),
    /// Some of few, all in sight.
    Chips(Vec<Choice>),
}

/// One of those that can be chosen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// The text that stands for it in an address.
    pub value: String,
    /// What it is called.
    pub name: String,
    /// What it is, in a few words.
    pub about: String,
    /// It is chosen.
    pub chosen: bool,
    /// It would be chosen if nobody chose.
    pub by_default: bool,
    /// Why it cannot be chosen here.
    pub unavailable: Option<String>,
}

/// What would be run, or is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlanView {
    /// The experiment or workload, as in the address; `all` if it is every experiment.
    pub name: String,
    /// Its title.
    pub title: String,
    /// What is run, in a sentence.
    pub about: String,
    /// What is not, in sentences.
    pub left_out: Option<String>,
    /// How many runs it has.
    pub runs: usize,
    /// Its rows, in order.
    pub rows: Vec<PlanRow>,
    /// About how long it takes, in milliseconds, if that can be told.
    pub estimate_ms: Option<f64>,
    /// Its tasks ask a server.
    pub needs_server: bool,
    /// The page's own target, for a plan that names none.
    pub target: Option<String>,
    /// Its tasks write files.
    pub needs_files: bool,
    /// The plan as JSON: the page passes it on, to the lab and to whoever records it.
    pub plan: String,
}

/// A row of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlanRow {
    /// What it is called.
    pub label: String,
    /// Which experiment it belongs to.
    pub experiment: Option<String>,
    /// How many measured runs it has.
    pub runs: usize,
    /// How many tasks a run has, at most.
    pub tasks: u32,
    /// How many tasks a run has, in words: `16 tasks`, `up to 200 tasks`.
    pub tasks_text: String,
    /// How many workers take tasks: tasks in flight on one event loop share one.
    pub lanes: u32,
    /// Its tasks wait, for all or part of their time, for something else that needs this machine, too.
    pub waits: bool,
    /// The kind of each task, by its place in [`kind_names`](Self::kind_names); empty if all are of one.
    pub kinds: Vec<u8>,
    /// What the kinds of tasks are called.
    pub kind_names: Vec<String>,
    /// What its tasks draw together.
    pub picture: Option<Picture>,
}

/// What tasks draw together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Picture {
    /// Pixels of each side.
    pub side: u32,
    /// The part of each task: x, y, width and height in pixels.
    pub tiles: Vec<[u32; 4]>,
}

/// A report in a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// What the report, or the pair, is found by.
    pub id: String,
    /// What it is about.
    pub title: String,
    /// What the user calls it.
    pub name: Option<String>,
    /// The experiment that it is of, if it is of one.
    pub experiment: Option<String>,
    /// What to run to repeat it, as in the address.
    pub run: String,
    /// When it was begun (RFC 3339).
    pub created: String,
    /// Where it was measured, part by part: `Chromium 156 · 2 cores · Linux`.
    pub machines: Vec<String>,
    /// The names of its parts; one, if it is no pair.
    pub parts: Vec<String>,
    /// How many runs it has.
    pub runs: usize,
    /// It was stopped before its end.
    pub stopped: bool,
    /// Its size as it is kept, in bytes; none, if it is not kept.
    pub bytes: Option<u64>,
    /// Its rows can be run on this page.
    pub repeatable: bool,
}

/// What is kept in the history.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HistoryView {
    /// The reports, newest first.
    pub cards: Vec<Card>,
    /// What to know of it: what could not be read, what was saved of an interrupted run, where nothing is kept and why.
    pub notes: Vec<String>,
    /// How many bytes the page uses in the browser, about, if it tells.
    pub used_bytes: Option<u64>,
    /// How many it may use.
    pub quota_bytes: Option<u64>,
    /// The browser does not remove it by itself when it needs room.
    pub persistent: bool,
    /// Another page of this browser records something, or has not ended yet: more will be kept soon.
    pub more_to_come: bool,
}

/// What a report, or a pair, says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ResultsView {
    /// Which report it is.
    pub card: Card,
    /// Above the title: where it was measured.
    pub kicker: String,
    /// Its title.
    pub title: String,
    /// When and where it was measured, a line each.
    pub facts: Vec<String>,
    /// What gives cause for doubt.
    pub doubts: Vec<DoubtView>,
    /// Tables over several experiments.
    pub summary: Vec<TableView>,
    /// What it says of each experiment.
    pub parts: Vec<PartView>,
}

/// What gives cause for doubt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DoubtView {
    /// What it is, and what helps.
    pub text: String,
    /// What was seen, for each row, if it is about several.
    pub rows: Vec<String>,
}

/// What a report says of one experiment, or of rows without one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PartView {
    /// The name of the experiment, or else of the workload.
    pub name: String,
    /// It is an experiment.
    pub is_experiment: bool,
    /// Its title.
    pub title: String,
    /// What it asks and says.
    pub texts: Option<TextsView>,
    /// What was found, the most important first.
    pub statements: Vec<StatementView>,
    /// What it says to a lesson, if it is one's experiment; of a pair, platform by platform.
    pub lesson: Vec<OutcomeView>,
    /// The parameters of its tasks.
    pub parameters: Option<String>,
    /// Its tables.
    pub tables: Vec<TableView>,
    /// Its timelines to look into: a name each.
    pub timelines: Vec<String>,
}

/// What was measured, beside what somebody may have expected of a lesson.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutcomeView {
    /// On which platform of a pair.
    pub platform: Option<String>,
    /// What was measured.
    pub measured: String,
    /// Answer by answer: it, and what is to be said to whoever expected it.
    pub answers: Vec<(String, String)>,
    /// What to notice.
    pub notice: String,
}

/// Something that was found, with its evidence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StatementView {
    /// What was found.
    pub text: String,
    /// The label of the row that it is about, if a table has it, and what the id of its line ends with: `rows-line-3`.
    pub row: Option<(String, String)>,
    /// The kind and the number of the chart that shows it, as they stand in its id: `bars-0`.
    pub chart: String,
}

/// A table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TableView {
    /// What scripts know it by.
    pub key: String,
    /// Its title.
    pub title: String,
    /// What it shows, in a sentence.
    pub about: String,
    /// Its columns.
    pub columns: Vec<ColumnView>,
    /// Its lines.
    pub lines: Vec<LineView>,
    /// What has to be known to read it.
    pub notes: Vec<String>,
    /// Few want to know this much: it is shown folded.
    pub folded: bool,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ColumnView {
    /// What scripts know it by.
    pub key: String,
    /// Its heading, with the unit.
    pub heading: String,
    /// What it shows, in a sentence, or nothing.
    pub about: String,
    /// The columns with the same group stand below one heading, which this is.
    pub group: Option<String>,
    /// Where there is little room the columns with the highest rank go first.
    pub rank: u8,
    /// It shows numbers.
    pub is_number: bool,
}

impl ColumnView {
    /// A column by itself, which needs no words.
    pub fn plain(key: &str, heading: &str, rank: u8, is_number: bool) -> Self {
        let (key, heading) = (key.to_owned(), heading.to_owned());
        Self { key, heading, about: String::new(), group: None, rank, is_number }
    }
}

/// A line of a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum LineView {
    /// A line of cells, one for each column.
    Cells {
        /// The row that it is about.
        row: Option<RowMark>,
        /// Its cells.
        cells: Vec<CellView>,
    },
    /// A row that was not run.
    LeftOut {
        /// What it is called.
        label: String,
        /// Why it was not.
        reason: String,
    },
}

/// What scripts know a row by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RowMark {
    /// The name of its workload.
    pub workload: String,
    /// The name of its strategy.
    pub strategy: String,
    /// The number of its workers.
    pub workers: u32,
    /// How its tasks are handed out.
    pub dispatch: String,
    /// What tells it from others of its experiment: `keep=lock`.
    pub own: Option<String>,
}

/// A cell of a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CellView {
    /// What it shows.
    pub text: String,
    /// Its number, as it is.
    pub value: Option<f64>,
    /// More about it.
    pub detail: Option<String>,
    /// It shows a failure.
    pub alarm: bool,
}

impl CellView {
    /// A cell that shows text and no more.
    pub fn plain(text: String) -> Self {
        Self { text, value: None, detail: None, alarm: false }
    }
}

/// A chart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChartView {
    /// What it is found by in the page; ids in the picture begin with it, those of its title and description too (`-title`,
    /// `-desc`).
    pub id: String,
    /// Its kind, for scripts.
    pub kind: String,
    /// The group that it stands in: `article`, `rows`, `timelines`.
    pub group: String,
    /// Its title.
    pub title: String,
    /// The picture, as SVG.
    pub svg: String,
    /// What stands below it.
    pub caption: Option<String>,
    /// The numbers that it draws.
    pub table: Option<TableView>,
}

/// Facts about a machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    /// What scripts know it by.
    pub key: String,
    /// What it is called.
    pub name: String,
    /// What it is.
    pub value: String,
}

/// What is known of the lab's machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MachineView {
    /// It in a few words: `2 cores · Chromium`.
    pub short: String,
    /// All that is known.
    pub facts: Vec<Fact>,
}

/// Two files beside each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ComparisonView {
    /// Why they cannot be compared, if they cannot.
    pub refusal: Option<String>,
    /// What each of them is called, and what it is.
    pub legend: String,
    /// They did other work: the notes are a warning.
    pub is_mismatch: bool,
    /// What to mind.
    pub notes: Vec<String>,
    /// Ratios of their rows.
    pub tables: Vec<TableView>,
    /// What was found.
    pub statements: Vec<StatementView>,
    /// There are charts of both.
    pub has_charts: bool,
}

/// How an experiment went over time on this machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrendView {
    /// The experiment.
    pub experiment: String,
    /// What it shows.
    pub title: String,
    /// The picture, with its numbers; none, if there are too few reports.
    pub chart: Option<ChartView>,
    /// What to mind.
    pub notes: Vec<String>,
}

/// A run to look into: bars by place in each list. Times are milliseconds since the run began.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TimelineView {
    /// Its title.
    pub title: String,
    /// The parts that stand below each other on one axis: a name each, with its first lane and how many it has.
    pub parts: Vec<(String, u32, u32)>,
    /// The names of lanes.
    pub lanes: Vec<String>,
    /// The kinds of bars: a name, and a colour as the style sheets know it (`--w0`, `--chart-wait`).
    pub kinds: Vec<(String, String)>,
    /// How many bars there are. Beside the text: six arrays, which are not JSON: lanes (`Uint32Array`), starts and ends
    /// (`Float64Array`), kinds with 128 for failed (`Uint8Array`), tasks (`Uint32Array`), when they could first be taken
    /// (`Float64Array`).
    pub bars: usize,
    /// Why tasks failed, by the place of their bar, in rising order; not of all, where many did.
    pub errors: Vec<(u32, String)>,
}

/// What there is to choose from: the contents of `catalogue.json`, which is made beforehand.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CatalogueView {
    /// The experiments by the document that they come from.
    pub groups: Vec<GroupView>,
    /// The workloads on their own.
    pub workloads: Vec<WorkloadCard>,
    /// The scales.
    pub scales: Vec<Choice>,
    /// The path of those who learn.
    pub lessons: Vec<LessonView>,
    /// The words that are explained.
    pub glossary: Vec<TermView>,
}

/// A step of the path: predict first, then run. In its texts words of the glossary are marked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LessonView {
    /// The experiment.
    pub experiment: String,
    /// Its title.
    pub title: String,
    /// What is set up.
    pub parameters: Parameters,
    /// What it is about, in a word.
    pub idea: String,
    /// The idea, in a sentence or two.
    pub about: String,
    /// What to predict.
    pub question: String,
    /// What one may answer.
    pub answers: Vec<String>,
}

/// A word that is explained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TermView {
    /// What marks know it by.
    pub key: String,
    /// The word.
    pub word: String,
    /// What it is.
    pub about: String,
    /// What it is in some place: the place, and that.
    pub places: Vec<(String, String)>,
}

/// The experiments of a document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupView {
    /// The document's number; none, if they come from no document.
    pub document: Option<String>,
    /// Its title.
    pub title: String,
    /// Its experiments.
    pub experiments: Vec<ExperimentCard>,
}

/// An experiment in the gallery.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExperimentCard {
    /// Its name, as in the address.
    pub name: String,
    /// Its title.
    pub title: String,
    /// What it asks.
    pub question: String,
    /// How many rows it has.
    pub rows: u32,
    /// How many of them need shared memory.
    pub shared_rows: u32,
    /// The picture of its idea.
    pub svg: String,
}

/// A workload in the gallery.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WorkloadCard {
    /// Its name, as in the address.
    pub name: String,
    /// What it does.
    pub about: String,
}
