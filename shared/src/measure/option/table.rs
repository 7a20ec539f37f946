//! The table of options, in the order in which help and form show them.

use super::field::{SCALE, field};
use super::{Decides, DefaultValue, Kind, Place, RequestOption, Scope};
use crate::dictionary::Sharing;
use crate::experiment::Variant;
use crate::measure::PrecisionOf;
use crate::measure::request::{BUDGET_MAX_S, RUNS_MAX, TASK_LIMIT_MAX_S, TIMEOUT_MAX_S};
use crate::scale::Scale;
use crate::screen::OnThread;
use crate::strategy::{Dispatch, Platform, Strategy};
use crate::target::{Filter, Protocol};
use crate::way::Lock;
use crate::workload::{OperationKind, TASKS_MAX};

/// More workers than this are taken by `async` only, as tasks in flight.
const WORKERS_MAX: u64 = Strategy::Threads.workers_max(Platform::Native) as u64;

/// What most options have in common; each entry says the rest.
const PLAIN: RequestOption = RequestOption {
    key: "",
    alias: None,
    short: None,
    value: "NUMBER",
    help: "",
    label: "",
    unit: None,
    kind: Kind::Texts,
    scope: Scope::All,
    decides: Decides::Course,
    place: Place::Panel,
    default: DefaultValue::Workload,
    needs: None,
    field: SCALE,
};

/// Every option.
pub const OPTIONS: &[RequestOption] = &[
    RequestOption {
        key: "strategy",
        short: Some('s'),
        value: "NAMES",
        help: "Only these strategies: sequential, async, threads, processes",
        label: "Strategies",
        kind: Kind::Strategies,
        decides: Decides::Rows,
        place: Place::Top,
        default: DefaultValue::Experiment(|experiment, _| joined(&experiment.strategies())),
        field: field!(strategies),
        ..PLAIN
    },
    RequestOption {
        key: "workers",
        short: Some('w'),
        value: "NUMBERS",
        help: "These numbers of workers; for async, tasks in flight",
        label: "Workers",
        kind: Kind::Numbers { from: 1, to: WORKERS_MAX },
        decides: Decides::Rows,
        place: Place::Top,
        default: DefaultValue::Experiment(|experiment, _| joined(&experiment.workers())),
        field: field!(workers),
        ..PLAIN
    },
    RequestOption {
        key: "tasks",
        short: Some('n'),
        help: "Tasks per run",
        label: "Tasks",
        kind: Kind::Numbers { from: 1, to: TASKS_MAX as u64 },
        decides: Decides::Parameter("tasks"),
        field: field!(tasks),
        ..PLAIN
    },
    RequestOption {
        key: "size",
        help: "The workload's main parameter",
        label: "Size",
        kind: Kind::Sizes,
        scope: Scope::Sized,
        decides: Decides::Size,
        field: field!(size),
        ..PLAIN
    },
    RequestOption {
        key: "scale",
        value: "SCALE",
        help: "Which sizes: exact, the source's own; lab, long enough to measure; smoke, a quick look",
        label: "Scale",
        kind: Kind::Choice(Scale::NAMES),
        place: Place::Top,
        default: DefaultValue::Fixed("lab"),
        field: SCALE,
        ..PLAIN
    },
    RequestOption {
        key: "dispatch",
        value: "DISPATCH",
        help: "Workers that live for the run (pool), or new ones for every task (per-task) or wave (per-wave)",
        label: "Dispatch",
        kind: Kind::Choices(Dispatch::NAMES),
        decides: Decides::Rows,
        default: DefaultValue::Nothing("the experiment's own"),
        field: field!(dispatch),
        ..PLAIN
    },
    RequestOption {
        key: "lock",
        value: "LOCK",
        help: "One lock for all threads of a process, of which only the one that has it computes, as in CPython (gil), or none",
        label: "Lock",
        kind: Kind::Choices(Lock::NAMES),
        decides: Decides::Rows,
        default: DefaultValue::Nothing("the experiment's own"),
        field: field!(lock),
        ..PLAIN
    },
    RequestOption {
        key: "variant",
        value: "VARIANT",
        help: "Rows as parlab runs them, where only one thing differs (parlab), as their source ran them (source), or both",
        label: "Variant",
        kind: Kind::Choice(Variant::NAMES),
        default: DefaultValue::Fixed("parlab"),
        field: field!(variant),
        ..PLAIN
    },
    RequestOption {
        key: "runs",
        help: "Measured runs per row",
        label: "Measured runs",
        kind: Kind::Number { from: 1, to: RUNS_MAX as u64 },
        default: DefaultValue::Experiment(|experiment, scale| experiment.runs_at(scale).to_string()),
        field: field!(runs),
        ..PLAIN
    },
    RequestOption {
        key: "warmup",
        help: "Warm-up runs per row",
        label: "Warm-up runs",
        kind: Kind::Number { from: 0, to: RUNS_MAX as u64 },
        default: DefaultValue::Experiment(|experiment, _| experiment.warmup.to_string()),
        field: field!(warmup),
        ..PLAIN
    },
    RequestOption {
        key: "stable",
        value: "PERCENT",
        help: "Warm up until a row's last two runs differ by no more than so many percent (at most 10 runs, or --warmup)",
        label: "Warm up until stable",
        unit: Some("%"),
        kind: Kind::Percent,
        default: DefaultValue::Nothing("off"),
        field: field!(stable),
        ..PLAIN
    },
    RequestOption {
        key: "precision",
        value: "PERCENT",
        help: "Measure until every row's 95 % interval is no wider than so many percent to both sides",
        label: "Precision",
        unit: Some("%"),
        kind: Kind::Percent,
        default: DefaultValue::Nothing("off"),
        field: field!(precision),
        ..PLAIN
    },
    RequestOption {
        key: "precision-of",
        value: "WHAT",
        help: "What that interval is of: the row's median, or its ratio to the first row",
        label: "Precision of",
        kind: Kind::Choice(PrecisionOf::NAMES),
        default: DefaultValue::Fixed("median"),
        needs: Some("precision"),
        field: field!(precision_of),
        ..PLAIN
    },
    RequestOption {
        key: "budget",
        value: "SECONDS",
        help: "How many seconds an experiment may go on for its precision",
        label: "Budget",
        unit: Some("s"),
        kind: Kind::Seconds { to: BUDGET_MAX_S },
        default: DefaultValue::Fixed("60"),
        needs: Some("precision"),
        field: field!(budget),
        ..PLAIN
    },
    RequestOption {
        key: "seed",
        help: "Decides everything that is drawn by chance",
        label: "Seed",
        kind: Kind::Number { from: 0, to: u64::MAX },
        default: DefaultValue::Fixed("1"),
        field: field!(seed),
        ..PLAIN
    },
    RequestOption {
        key: "latency",
        value: "MS",
        help: "How long the target waits before it answers: milliseconds or MIN-MAX",
        label: "Latency",
        unit: Some("ms"),
        kind: Kind::Texts,
        scope: Scope::Requests,
        decides: Decides::Parameter("latency_ms"),
        field: field!(latency),
        ..PLAIN
    },
    RequestOption {
        key: "fail",
        value: "KIND",
        help: "How the target fails: status, cut, stall, garbage or redirect, with :PROBABILITY if not always",
        label: "Failures",
        kind: Kind::Texts,
        scope: Scope::Requests,
        decides: Decides::Parameter("fail"),
        field: field!(fail),
        ..PLAIN
    },
    RequestOption {
        key: "protocol",
        value: "PROTOCOL",
        help: "Send requests over HTTP/1.1 (http1) or HTTP/2 (http2), both with TLS, to the target that comes with parlab",
        label: "Protocol",
        kind: Kind::Choices(Protocol::NAMES),
        scope: Scope::Protocol,
        decides: Decides::Parameter("protocol"),
        default: DefaultValue::Nothing("what the target speaks without being asked"),
        field: field!(protocol),
        ..PLAIN
    },
    RequestOption {
        key: "timeout",
        value: "SECONDS",
        help: "How many seconds a task may wait for an answer",
        label: "Time limit",
        unit: Some("s"),
        kind: Kind::Seconds { to: TIMEOUT_MAX_S },
        scope: Scope::Asks,
        default: DefaultValue::Fixed("30"),
        field: field!(timeout),
        ..PLAIN
    },
    RequestOption {
        key: "task-limit",
        value: "SECONDS",
        help: "How many seconds a task may take: a run is ended with one that takes longer, and its row is not run again",
        label: "Limit of a task",
        unit: Some("s"),
        kind: Kind::Seconds { to: TASK_LIMIT_MAX_S },
        default: DefaultValue::Fixed("300"),
        field: field!(task_limit),
        ..PLAIN
    },
    RequestOption {
        key: "target",
        value: "URL",
        help: "Send requests to this server instead of the one that comes with parlab; of a page, it must allow other origins (CORS)",
        label: "Target",
        kind: Kind::Address,
        scope: Scope::Asks,
        default: DefaultValue::Nothing("the one that comes with parlab"),
        field: field!(target),
        ..PLAIN
    },
    RequestOption {
        key: "url",
        value: "URL",
        help: "Get this address as it is, or crawl from there, instead of asking the target; of a page, its server must \
            allow other origins (CORS)",
        label: "Address",
        kind: Kind::Address,
        scope: Scope::Fetches,
        decides: Decides::Requests,
        default: DefaultValue::Nothing("the target's"),
        field: field!(url),
        ..PLAIN
    },
    RequestOption {
        key: "urls",
        value: "FILE",
        help: "The same with several addresses, one per line: on the command line those in a file (- is standard input), \
            elsewhere the lines themselves",
        label: "Addresses",
        kind: Kind::Addresses,
        scope: Scope::Fetches,
        decides: Decides::Requests,
        default: DefaultValue::Nothing("the target's"),
        field: field!(urls),
        ..PLAIN
    },
    RequestOption {
        key: "unread",
        value: "",
        help: "Wait for the head of an answer alone and leave its body unread, as the source does",
        label: "Unread",
        kind: Kind::Flag,
        scope: Scope::Download,
        decides: Decides::Parameter("unread"),
        field: field!(unread),
        ..PLAIN
    },
    RequestOption {
        key: "flush",
        value: "",
        help: "Wait until a file that was written is on the disk",
        label: "Flush",
        kind: Kind::Flag,
        scope: Scope::Write,
        decides: Decides::Parameter("flush"),
        field: field!(flush),
        ..PLAIN
    },
    RequestOption {
        key: "one-file",
        value: "",
        help: "Let all tasks overwrite one file, as the source does",
        label: "One file",
        kind: Kind::Flag,
        scope: Scope::Write,
        decides: Decides::Parameter("one_file"),
        field: field!(one_file),
        ..PLAIN
    },
    RequestOption {
        key: "sent",
        value: "",
        help: "Give each task its whole text, in its message to a process, and have it write that in one piece, as the source does",
        label: "Text is sent",
        kind: Kind::Flag,
        scope: Scope::Write,
        decides: Decides::Parameter("sent"),
        field: field!(sent),
        ..PLAIN
    },
    RequestOption {
        key: "round",
        help: "Pages per wave of a crawl; 0 for all that are known",
        label: "Pages per wave",
        kind: Kind::Numbers { from: 0, to: u32::MAX as u64 },
        scope: Scope::Crawl,
        decides: Decides::Parameter("round"),
        field: field!(round),
        ..PLAIN
    },
    RequestOption {
        key: "found",
        help: "End a crawl when so many addresses are found, as the source does; 0 for any number",
        label: "Found at most",
        kind: Kind::Numbers { from: 0, to: u32::MAX as u64 },
        scope: Scope::Crawl,
        decides: Decides::Parameter("found"),
        field: field!(found),
        ..PLAIN
    },
    RequestOption {
        key: "filter",
        value: "FILTER",
        help: "Which links to the same site a crawl follows: to each page once (pages), to parts of pages, too (parts), or all \
            that differ, in a /?ref= as well (all)",
        label: "Links",
        kind: Kind::Choices(Filter::NAMES),
        scope: Scope::Crawl,
        decides: Decides::Parameter("filter"),
        field: field!(filter),
        ..PLAIN
    },
    RequestOption {
        key: "sharing",
        alias: Some("keep"),
        value: "HOW",
        help: "How a dictionary is shared: lock, sharded, owner or merge",
        label: "Sharing",
        kind: Kind::Choices(Sharing::NAMES),
        scope: Scope::Dictionary,
        decides: Decides::Parameter("keep"),
        default: DefaultValue::Nothing("the experiment's own"),
        field: field!(sharing),
        ..PLAIN
    },
    RequestOption {
        key: "on",
        value: "THREAD",
        help: "Where work is done while frames are drawn: main-thread, main-thread-in-pieces or worker",
        label: "Work is done on",
        kind: Kind::Choices(OnThread::NAMES),
        scope: Scope::Frames,
        decides: Decides::Parameter("on"),
        default: DefaultValue::Nothing("the experiment's own"),
        field: field!(on),
        ..PLAIN
    },
    RequestOption {
        key: "operation",
        value: "WHAT",
        help: "What is done over and over: nothing, clock, atomic, lock, fork-join, message, transfer or request",
        label: "Operation",
        kind: Kind::Choices(OperationKind::NAMES),
        scope: Scope::Operation,
        decides: Decides::Parameter("operation"),
        default: DefaultValue::Nothing("the experiment's own"),
        field: field!(operation),
        ..PLAIN
    },
    RequestOption {
        key: "payload",
        help: "Length of a message, in bytes",
        label: "Length of messages",
        kind: Kind::Numbers { from: 0, to: u32::MAX as u64 },
        scope: Scope::Operation,
        decides: Decides::Parameter("payload"),
        default: DefaultValue::Nothing("the experiment's own"),
        field: field!(payload),
        ..PLAIN
    },
    RequestOption {
        key: "method",
        value: "NAME",
        help: "By which of its methods a kernel does its work, by name",
        label: "Method",
        kind: Kind::Texts,
        scope: Scope::Methods,
        decides: Decides::Parameter("method"),
        default: DefaultValue::Nothing("the experiment's own"),
        field: field!(method),
        ..PLAIN
    },
];

/// Values with commas between.
fn joined<T: ToString>(values: &[T]) -> String {
    values.iter().map(T::to_string).collect::<Vec<_>>().join(",")
}
