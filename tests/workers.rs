//! The workers of the page: many runs in one tab, workers that are closed from outside.

use std::process::Command;
use std::time::{Duration, Instant};

use parlab_shared::report::{Report, Warning, load};
use parlab_shared::run::SPANS_KEPT_MAX;
use parlab_shared::span::ErrorKind;
use serde_json::json;

use crate::support::browser::Browser;
use crate::support::memories;
use crate::support::parlab::{parlab, text};
use crate::support::proxy::proxy_with;
use crate::support::server::Server;

/// So many shared memories, of the greatest length that they can get, fit into no tab of WebKit.
const MANY: u32 = 64;

#[test]
fn many_short_runs_in_one_tab_end_well_in_each_engine() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("r.json");
    let mut command: Command = parlab();
    let runs = MANY.to_string();
    command.args(["pair", "count", "-s", "threads", "-w", "2", "-n", "4", "--size", "1000", "--warmup", "0"]);
    command.args(["--runs", &runs, "--platform", "chromium,firefox,webkit", "--json"]).arg(&file);
    let output = command.env("XDG_RUNTIME_DIR", folder.path()).output().expect("parlab runs");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let reports = load(&std::fs::read(&file).expect("a file")).expect("a pair");
    assert_eq!(reports.len(), 3);
    for report in &reports {
        assert_eq!((report.runs.len(), report.failed()), (MANY as usize, 0), "{}", report.platform);
        // A new tab would have room again.
        let is_of_another_tab = |warning: &Warning| matches!(warning, Warning::OpenedAgain { .. });
        assert!(!report.warnings.iter().any(is_of_another_tab), "{}: {:?}", report.platform, report.warnings);
    }
}

/// Runs after which all that a tab holds has been made, and runs after which it is looked at again.
const EARLY_AND_LATE: [u32; 2] = [8, 20];

#[tokio::test]
async fn many_runs_in_one_tab_take_bounded_memory() {
    let server = Server::start(&[]);
    let browser = memories::open(&server).await;
    // Of so many tasks that the analyst soon lets go of reports.
    let options = json!({"run": "count", "strategy": "threads", "workers": 2, "tasks": 10_000, "size": 10_000, "runs": 1,
                         "warmup": 0});
    let mut seen = Vec::new();
    for run in 1..=EARLY_AND_LATE[1] {
        let report = browser.run(options.clone()).await.expect("a report");
        assert_eq!((report.runs.len(), report.failed()), (1, 0));
        browser.until("document.querySelector('#results table')").await;
        if EARLY_AND_LATE.contains(&run) {
            let now = memories::now(&browser).await;
            // A team's memory grows by what a run needs, and is given up when it is as long as this and a run more.
            let longest = now.teams().into_iter().fold(0.0, f64::max);
            assert!(longest < f64::from(64 << 20) + 16e6, "{now:?}");
            seen.push(now.parts());
            // One is used again as soon as all workers over it have ended, which can take longer than to begin the next runs.
            assert!(now.teams().len() < EARLY_AND_LATE[0] as usize, "{now:?}");
        }
    }
    // A heap can be cut a little differently from run to run; a run that left its memory behind would add megabytes each time.
    for (part, (early, late)) in ["page", "analyst", "lab"].iter().zip(seen[0].iter().zip(seen[1])) {
        assert!(late - early < 8e6, "the memory of {part} grew from {early} to {late} bytes: {seen:?}");
    }
}

#[tokio::test]
async fn no_worker_is_left_of_runs_that_are_over() {
    let server = Server::start(&[]);
    let browser = Browser::open(server.url()).await;
    browser.ready().await;
    let workers = async || {
        let targets = browser.command("Target.getTargets", json!({})).await;
        let targets = targets["targetInfos"].as_array().cloned().expect("targets");
        targets.iter().filter(|target| target["type"] == "worker").count()
    };
    let before = workers().await;
    for (name, strategy) in [("count", "processes"), ("sleep", "threads"), ("sleep", "processes"), ("count", "threads")]
    {
        let options =
            json!({"run": name, "strategy": strategy, "workers": [4], "tasks": 8, "size": 2, "runs": 20, "warmup": 0});
        let report = browser.run(options).await.expect("a report");
        assert_eq!((report.runs.len(), report.failed()), (20, 0), "{name} with {strategy}");
    }
    // The last team waits for a while. A worker that is lost stays.
    let begun = Instant::now();
    while workers().await > before && begun.elapsed() < Duration::from_secs(10) {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(workers().await, before);
}

#[tokio::test]
async fn as_many_workers_as_a_browser_bears_and_no_more() {
    let server = Server::start(&[]);
    let browser = Browser::open(server.url()).await;
    browser.ready().await;
    let run = |name: &str, strategy: &str, workers: u32| {
        let (tasks, size) = (2 * workers, if name == "count" { 20_000 } else { 5 });
        json!({"run": name, "strategy": strategy, "workers": [workers], "tasks": tasks, "size": size, "runs": 1, "warmup": 0})
    };
    for (name, strategy, most) in [("count", "threads", 128), ("sleep", "threads", 128), ("count", "processes", 96)] {
        let report = browser.run(run(name, strategy, most)).await.expect("a report");
        assert_eq!((report.runs.len(), report.failed()), (1, 0), "{name} {strategy}: {:?}", report.runs[0].spans[0]);
        let refused = browser.run(run(name, strategy, most + 1)).await.expect_err("too many");
        assert!(refused.contains(&format!("use 1 to {most}")), "{refused}");
    }
}

#[tokio::test]
async fn a_million_tasks_take_bounded_memory() {
    let server = Server::start(&[]);
    let browser = memories::open(&server).await;
    for (strategy, workers) in [("sequential", 1), ("threads", 2), ("processes", 2)] {
        let options = json!({"run": "count", "strategy": strategy, "workers": [workers], "tasks": 1_000_000, "size": 1, "runs": 3,
                             "warmup": 0});
        let report = browser.run(options).await.expect("a report");
        assert_eq!((report.runs.len(), report.failed()), (3, 0), "{strategy}");
        for run in &report.runs {
            assert!(run.is_measured() && run.tasks() == 1_000_000 && run.spans.len() <= SPANS_KEPT_MAX, "{strategy}");
            assert_eq!(run.checksum(), report.runs[0].checksum(), "{strategy}");
            let bytes = run.costs.and_then(|costs| costs.wasm_memory_bytes).expect("the lab knows its memory");
            assert!(bytes < 500_000_000, "{strategy}: {bytes}");
        }
        let said = browser.text("#results").await;
        assert!(said.contains("of 1,000,000 tasks of a run the report keeps the spans of 10,0"), "{strategy}: {said}");
    }
    // What those who stay have: page, analyst and lab.
    let parts = memories::now(&browser).await.parts();
    assert!(parts.iter().all(|bytes| *bytes < 400e6), "{parts:?}");
}

/// The script of workers; each tells its role when it begins, and again when all are asked, and closes itself when it is named.
const CLOSABLE: &str = concat!(
    "addEventListener('message', ({ data }) => {
        // The number of its kind comes first; the analyst's module has kinds of its own.
        const role = data[2].includes('analyst') ? 'Analyst' : ['Lab', 'Team', 'Peer', 'QueueWorker', 'TaskWorker', 'PoolThread'][data[0][0]];
        const name = `${role} ${crypto.randomUUID()}`;
        const channel = new BroadcastChannel('workers');
        channel.onmessage = ({ data }) => {
            if (data === name) close();
            if (data === 'all') channel.postMessage(name);
        };
        channel.postMessage(name);
    }, { once: true });",
    include_str!("../web/static/worker.js")
);

/// A page whose workers can be closed one by one.
async fn open_closable(server: &Server) -> Browser {
    let browser = Browser::open(&proxy_with(server, "/closable/", "/worker.js", CLOSABLE)).await;
    browser.ready().await;
    let listen = "(window.workers = [], window.channel = new BroadcastChannel('workers'),
        channel.onmessage = ({ data }) => workers.push(data), 0)";
    browser.get::<u32>(listen).await;
    browser
}

/// Runs tasks that wait, and closes a worker of a role while some are over and some are not: the last one that was made.
async fn close_one(browser: &Browser, role: &str, strategy: &str, dispatch: &str) -> Report {
    let workers = if strategy == "sequential" { 1 } else { 2 };
    let start = format!(
        "(window.report = window.seen = null, workers.length = 0, channel.postMessage('all'), parlab.on('progress', (now) => window.seen = now),
            parlab.run({{run: 'sleep', strategy: '{strategy}', dispatch: '{dispatch}', workers: {workers}, tasks: 8, size: 1200,
                runs: 1, warmup: 0}}).then((report) => window.report = report, ({{ message, report }}) => {{
                    window.refused = message;
                    window.report = report;
                }}), 0)"
    );
    browser.get::<u32>(&start).await;
    // Of workers that are made for a task the last one is at work only if they are more than tasks are over: their names come
    // later than what is seen of their tasks.
    let is_at_work = format!(
        "window.seen?.finished >= 2 && window.seen.finished < 6 && ('{dispatch}' !== 'per-task' ||
            workers.filter((name) => name.startsWith('{role} ')).length > window.seen.finished)"
    );
    browser.until(&is_at_work).await;
    let close = format!("(channel.postMessage(workers.findLast((name) => name.startsWith('{role} '))), 0)");
    browser.get::<u32>(&close).await;
    browser.until("window.report").await;
    let json: String = browser.get("JSON.stringify(window.report)").await;
    Report::from_json(&json).expect("a report")
}

#[tokio::test]
async fn a_worker_that_is_closed_from_outside_costs_its_task() {
    let server = Server::start(&[]);
    let browser = open_closable(&server).await;
    for (role, strategy, dispatch) in [
        ("Peer", "processes", "pool"),
        ("Peer", "processes", "per-task"),
        ("QueueWorker", "threads", "pool"),
        ("TaskWorker", "threads", "per-task"),
        ("Team", "sequential", "pool"),
        ("Team", "async", "pool"),
        ("Team", "processes", "pool"),
    ] {
        let report = close_one(&browser, role, strategy, dispatch).await;
        let spans = &report.runs[0].spans;
        let errors: Vec<_> = spans.iter().filter_map(|span| span.error.as_ref()).collect();
        assert_eq!((spans.len(), errors.len()), (8, 1), "{role}, {strategy}, {dispatch}: {errors:?}");
        let error = errors[0];
        // One that is made for a task may be closed before it has begun.
        let is_being_made = dispatch == "per-task" && error.kind == ErrorKind::Setup;
        assert!(is_being_made || error.kind == ErrorKind::WorkerDied, "{role}, {strategy}, {dispatch}: {error:?}");
        assert!(error.message.contains("closed from outside"), "{role}, {strategy}, {dispatch}: {}", error.message);
    }
}

#[tokio::test]
async fn a_lab_that_is_closed_from_outside_ends_the_plan_and_is_replaced() {
    let server = Server::start(&[]);
    let browser = open_closable(&server).await;
    let report = close_one(&browser, "Lab", "async", "pool").await;
    let refused: String = browser.get("window.refused").await;
    assert!(refused.contains("The lab died: the worker was closed from outside"), "{refused}");
    // What the board said of the run that was going on is kept.
    let spans = &report.runs[0].spans;
    assert!((2..8).contains(&spans.iter().filter(|span| span.error.is_none()).count()), "{spans:?}");
    let options = json!({"run": "count", "scale": "smoke", "strategy": "sequential", "runs": 1, "warmup": 0});
    browser.ready().await;
    let report = browser.run(options).await.expect("a new lab");
    assert_eq!((report.runs.len(), report.failed()), (1, 0));
}
