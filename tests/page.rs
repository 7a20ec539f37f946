//! The page in a real browser.

use parlab_shared::analysis::{Analysis, Spread};
use parlab_shared::chart::{self, Detail, Form};
use parlab_shared::report::Report;
use parlab_shared::run::Run;
use parlab_shared::span::ErrorKind;
use parlab_shared::statistics::Interval;
use parlab_shared::strategy::{Platform, Strategy};
use parlab_shared::workload::Nature;
use serde_json::json;

use crate::run::check_one_is_lost;
use crate::support::browser::Browser;
use crate::support::client::client;
use crate::support::parlab::{parlab, report};
use crate::support::server::Server;

/// The lines of the table of rows.
const LINES: &str = "document.querySelectorAll('#results table[data-table=rows] tbody tr')";

/// The results of a run: what has to be equal on every platform.
fn results(run: &Run) -> Vec<Option<String>> {
    run.spans.iter().map(|span| span.checksum.map(|checksum| checksum.to_string())).collect()
}

#[track_caller]
pub fn check_same_results(browser: &Report, native: &Report) {
    assert_eq!(browser.platform, Platform::Browser);
    assert_eq!(browser.tool, native.tool, "both run the same build");
    assert_eq!(browser.runs.len(), native.runs.len());
    for (run, twin) in browser.runs.iter().zip(&native.runs) {
        assert_eq!(run.row, twin.row);
        assert!(run.spans.iter().all(|span| span.error.is_none()), "{:?}", run.spans);
        assert_eq!(results(run), results(twin), "{} × {}", run.row.strategy, run.row.workers);
        // A crawl ends when the site does; everything else has as many tasks as it says.
        let tasks = run.row.workload.tasks() as usize;
        assert!(run.spans.len() == tasks || run.row.workload.name() == "crawl" && run.spans.len() < tasks);
        for span in &run.spans {
            assert!(
                span.queued_ms >= -1.0 && span.start_ms <= span.end_ms && span.end_ms <= run.wall_ms + 1.0,
                "{span:?}"
            );
        }
    }
}

#[tokio::test]
async fn says_what_it_runs_on() {
    let server = Server::start(&[]);
    let browser = Browser::open(&server.at("/?view=machine")).await;
    browser.ready().await;
    assert!(browser.get::<bool>("crossOriginIsolated").await);
    browser.until("document.querySelector('#environment')").await;
    let environment = browser.text("#environment").await;
    for expected in ["Chromium", "Blink"] {
        assert!(environment.contains(expected), "{environment}");
    }
    assert_eq!(browser.text("#errors").await, "");
}

#[tokio::test]
async fn every_cpu_experiment_with_every_strategy_gives_the_native_results() {
    let server = Server::start(&[]);
    let browser = Browser::open(server.url()).await;
    browser.ready().await;
    let strategies = "sequential,async,threads,processes";
    for name in ["cpu-heavy", "countdown", "sum", "mandelbrot"] {
        for (strategies, dispatch) in [(strategies, "pool"), ("threads,processes", "per-task")] {
            let tasks = if name == "mandelbrot" { 16 } else { 6 };
            let in_browser = browser
                .run(json!({
                    "run": name, "scale": "smoke", "strategy": strategies, "workers": [1, 2], "tasks": tasks,
                    "dispatch": dispatch, "runs": 1,
                }))
                .await
                .expect("a report");
            let native = report(&[
                name,
                "--scale",
                "smoke",
                "-s",
                strategies,
                "-w",
                "1,2",
                "-n",
                &tasks.to_string(),
                "--dispatch",
                dispatch,
                "--runs",
                "1",
            ]);
            check_same_results(&in_browser, &native);
        }
    }
}

#[tokio::test]
async fn time_grows_linearly_with_n() {
    let server = Server::start(&[]);
    let browser = Browser::open(server.url()).await;
    browser.ready().await;
    for (name, small, large) in [
        ("count", 20_000_000_u64, 160_000_000_u64),
        ("countdown", 3_000_000, 24_000_000),
        ("sum", 20_000_000, 160_000_000),
    ] {
        let time = async |size: u64| {
            let options = json!({"run": name, "strategy": "sequential", "tasks": 2, "runs": 3, "size": size});
            let report = browser.run(options).await.expect("a report");
            let walls = report.runs.iter().filter(|run| run.is_measured()).map(|run| run.wall_ms);
            Spread::of(walls).expect("runs").fastest_ms
        };
        let (mut small_ms, mut large_ms, mut tries) = (f64::INFINITY, f64::INFINITY, 0);
        // As for native runs: a busy machine disturbs, a loop that was optimised away takes the same time for any n.
        while !(5.0..13.0).contains(&(large_ms / small_ms)) {
            assert!(tries < 20, "{name}: 8 times the work took {large_ms} instead of {small_ms} ms");
            (small_ms, large_ms) = (small_ms.min(time(small).await), large_ms.min(time(large).await));
            tries += 1;
        }
    }
}

#[tokio::test]
async fn an_experiment_by_hand_shows_table_timelines_and_chart() {
    let server = Server::start(&[]);
    let browser = Browser::open(&server.at("/?run=cpu-heavy&scale=smoke&runs=1")).await;
    browser.ready().await;
    browser.click("#run").await;
    browser.until(&format!("{LINES}.length === 7")).await;
    browser.until("document.querySelectorAll('[data-chart=timeline] svg').length === 7").await;
    let results = browser.text("#results").await;
    assert!(results.contains("Multiprocessing"), "{results}");
    assert_eq!(browser.text("#errors").await, "");
}

#[tokio::test]
async fn medians_and_speed_ups_stand_with_their_intervals() {
    let server = Server::start(&[]);
    let browser = Browser::open(server.url()).await;
    browser.ready().await;
    let options = json!({
        "run": "cpu-heavy", "scale": "smoke", "strategy": "sequential,async,threads", "workers": [2], "runs": 6,
    });
    let report = browser.run(options).await.expect("a report");
    browser.until(&format!("document.querySelector('#results')?.dataset.report === {:?}", report.id)).await;
    let analysis = Analysis::of(&report);
    let check = async |key: &str, expected: Vec<Option<f64>>| {
        let cells = format!("[...{LINES}].map((line) => line.querySelector('[data-key={key}]').dataset.value ?? null)");
        let shown: Vec<Option<String>> = browser.get(&cells).await;
        let shown: Vec<Option<f64>> =
            shown.into_iter().map(|value| value.map(|value| value.parse().expect("a number"))).collect();
        let is_equal = |(shown, expected): (&Option<f64>, &Option<f64>)| match (shown, expected) {
            (Some(shown), Some(expected)) => (shown - expected).abs() < 1e-9,
            (None, None) => true,
            _ => false,
        };
        assert_eq!(shown.len(), expected.len(), "{key}");
        assert!(shown.iter().zip(&expected).all(is_equal), "{key}: {shown:?} and not {expected:?}");
    };
    let width = |interval: Option<Interval>| interval.map(|interval| interval.relative_half_width());
    let summaries = || analysis.rows.iter().map(|row| &row.summary);
    let medians: Vec<_> = summaries().map(|summary| width(summary.interval)).collect();
    assert!(medians.iter().all(Option::is_some), "{medians:?}");
    check("median-interval", medians).await;
    let speedups: Vec<_> = summaries().map(|summary| width(summary.speedup_interval)).collect();
    assert!(speedups[0].is_none() && speedups[1..].iter().all(Option::is_some), "{speedups:?}");
    check("speedup-interval", speedups).await;
    // Tasks in flight on one thread are no workers.
    let efficiencies: Vec<_> = summaries().map(|summary| summary.efficiency).collect();
    for (row, efficiency) in analysis.rows.iter().zip(&efficiencies) {
        assert_eq!(efficiency.is_none(), row.row.strategy == Strategy::Async, "{}", row.label);
    }
    check("efficiency", efficiencies).await;
    // Every chart that there is is on the page.
    let figures = chart::figures(&analysis, Form::Wide, "").map(|chart| chart.kind);
    let timelines = chart::timelines(&analysis, Detail::FULL, Form::Wide, "").map(|(_, chart)| chart.kind);
    let expected: Vec<String> = figures.chain(timelines).map(|kind| kind.to_string()).collect();
    let charts = "[...document.querySelectorAll('#results [data-chart]')].map((figure) => figure.dataset.chart)";
    browser.until(&format!("{charts}.length === {}", expected.len())).await;
    assert_eq!(browser.get::<Vec<String>>(charts).await, expected);
}

#[tokio::test]
async fn the_address_configures_and_starts_a_run() {
    let server = Server::start(&[]);
    let browser =
        Browser::open(&server.at("/?run=sum&scale=smoke&strategy=threads&workers=1,2&runs=2&autorun=1")).await;
    browser.until(&format!("{LINES}.length === 2")).await;
    // What cannot be is said where it would be set up, and nothing else is set up in its place.
    for (query, place, expected) in [
        ("run=sum&wokers=2", "#problems", "no parameter \"wokers\""),
        ("run=nothing&autorun=1", "#problems", "no experiment or workload \"nothing\""),
        ("run=sum&runs=1&runs=2&autorun=1", "#runs-problem", "runs is given twice"),
        ("run=sum&workers=0&autorun=1", "#workers-problem", "workers = 0 cannot be run"),
    ] {
        browser.goto(&server.at(&format!("/?{query}"))).await;
        browser.until(&format!("document.querySelector('{place}')?.innerText.includes({expected:?})")).await;
        assert_eq!(browser.get::<u32>("document.querySelectorAll('#live progress').length").await, 0, "{query}");
    }
}

#[tokio::test]
async fn a_link_that_asks_to_be_run_waits_for_a_press() {
    let (server, elsewhere) = (Server::start(&[]), Server::start(&[]));
    let browser = Browser::open(server.url()).await;
    // As one that no driver opened.
    let undriven = "Object.defineProperty(Navigator.prototype, 'webdriver', { get: () => false });";
    browser.command("Page.addScriptToEvaluateOnNewDocument", json!({ "source": undriven })).await;
    for target in [&server, &elsewhere] {
        let link = format!("/?run=post&scale=smoke&autorun=1&target={}", target.url());
        browser.goto(&server.at(&link)).await;
        browser
            .until("document.querySelector('#notices')?.innerText.includes('This link asks to be run: press Run.')")
            .await;
        browser.ready().await;
        assert_eq!(browser.get::<u32>("document.querySelectorAll('#live progress').length").await, 0, "{link}");
        let stats = client().get(target.at("/target/stats")).send().await.expect("an answer");
        let stats: serde_json::Value = stats.json().await.expect("JSON");
        assert_eq!(stats["total"]["requests"], json!({}), "{link}");
    }
}

#[tokio::test]
async fn bad_options_are_refused_with_a_reason() {
    let server = Server::start(&[]);
    let browser = Browser::open(server.url()).await;
    browser.ready().await;
    for (options, expected) in [
        (json!({"run": "cpu"}), "no experiment or workload \"cpu\"; use one of"),
        (json!({"run": "sum", "workers": [0]}), "workers = 0 cannot be run"),
        (json!({"run": "sum", "size": 5_000_000_000_u64}), "does not fit into 64 bits"),
        (json!({"run": "sum", "colour": "red"}), "no parameter \"colour\""),
        (json!({"run": "sum", "strategy": "fork"}), "unknown strategy \"fork\"; use one of"),
        // What is no value is named as it was given.
        (json!({"run": "sum", "seed": null}), "seed = \"null\" cannot be used"),
        (json!({"run": "sum", "workers": [null]}), "workers = \"null\" cannot be used"),
        (json!({"run": "sum", "size": {"n": 1}}), "size = \"{\"n\":1}\" cannot be used"),
    ] {
        let error = browser.run(options).await.expect_err("refused");
        assert!(error.contains(expected), "{error}");
    }
}

#[tokio::test]
async fn objects_of_another_realm_are_taken_and_what_is_answered_outlives_it() {
    let server = Server::start(&[]);
    let browser = Browser::open(server.url()).await;
    browser.ready().await;
    // A frame has objects, arrays, functions and promises of its own, as the sandbox has in which a driver runs scripts.
    let script = "new Promise((resolve, reject) => {
        const frame = document.body.appendChild(document.createElement('iframe'));
        const realm = frame.contentWindow;
        const options = realm.JSON.parse('{\"run\": \"count\", \"scale\": \"smoke\", \"strategy\": [\"threads\"], \"workers\": [1], \"runs\": 1}');
        const heard = [];
        const listener = realm.Array.prototype.push.bind(heard);
        if (options instanceof Object || options.workers instanceof Array || listener instanceof Function) reject('these are not of another realm');
        parlab.on('progress', listener);
        const answered = parlab.run(options);
        // What was asked with goes away before there is an answer.
        frame.remove();
        answered.then((report) => resolve([JSON.stringify(report), structuredClone(report).runs.length, heard.length]), reject);
    })";
    let (json, runs, heard): (String, usize, usize) = browser.resolve(script).await;
    let report = Report::from_json(&json).expect("a report");
    assert_eq!((report.runs.iter().filter(|run| !run.warmup).count(), report.failed()), (1, 0));
    assert!(runs == report.runs.len() && heard > 0, "{runs} {heard}");
    let refused = "new Promise((resolve) => {
        const frame = document.body.appendChild(document.createElement('iframe'));
        parlab.run(frame.contentWindow.JSON.parse('{\"run\": \"nothing\"}')).catch((error) => resolve(error.message));
    })";
    let refused: String = browser.resolve(refused).await;
    assert!(refused.contains("no experiment or workload"), "{refused}");
}

#[tokio::test]
async fn a_cancelled_run_leaves_its_part() {
    let server = Server::start(&[]);
    let browser = Browser::open(server.url()).await;
    browser.ready().await;
    for strategy in ["sequential", "async", "threads", "processes"] {
        let workers = if strategy == "sequential" { 1 } else { 2 };
        let start = format!(
            "(window.report = null, parlab.run({{run: 'count', strategy: '{strategy}', workers: {workers}, tasks: 40,
              size: 1000000000, runs: 3, warmup: 0}}).then((report) => window.report = report), 0)"
        );
        browser.get::<u32>(&start).await;
        // Some tasks are over, the run is not.
        browser.get::<u32>("(parlab.on('progress', (now) => window.seen = now), 0)").await;
        browser.until("window.seen?.finished > 2 && window.seen.finished < 40").await;
        browser.click("#cancel").await;
        browser.until("window.report").await;
        let json: String = browser.get("JSON.stringify(window.report)").await;
        let report = Report::from_json(&json).expect("a report");
        assert!(report.cancelled, "{strategy}");
        let last = report.runs.last().expect("the run that was stopped");
        let done = last.spans.iter().filter(|span| span.error.is_none()).count();
        assert!(last.cancelled && done > 0 && done < 40, "{strategy}: {done} done");
        browser.get::<u32>("(window.seen = null, 0)").await;
    }
}

#[tokio::test]
async fn what_is_not_drawn_is_measured_all_the_same() {
    let server = Server::start(&[]);
    let browser = Browser::open(server.url()).await;
    browser.ready().await;
    browser.get::<u32>("(parlab.on('progress', ({ run }) => window.run = run), 0)").await;
    let start = "(parlab.run({run: 'sleep', tasks: 40, size: 20, strategy: 'threads', workers: 2, runs: 30, warmup: 0})
        .then((report) => window.report = report), 0)";
    browser.get::<u32>(start).await;
    let inked = "(() => {
            const canvas = document.querySelector('#timeline > canvas');
            return canvas?.getContext('2d').getImageData(0, 0, 600, 200).data.some((value) => value > 0);
        })()";
    let value = |name: &str| {
        format!(
            "[...document.querySelectorAll('.counts > div')].find((it) => it.innerText.includes('{name}')).querySelector('dd').innerText"
        )
    };
    // Two workers that sleep all the time are at work all the time, as soon as there is something to see.
    browser.until(&format!("{inked} && /^[1-9]/.test({})", value("Tasks per second"))).await;
    let worker = "parseFloat(document.querySelector('.loads li:nth-child(2) > span:last-child')?.innerText)";
    browser.until(&format!("{worker} > 60 && {worker} <= 100")).await;
    assert_eq!(browser.get::<String>(&value("Failed")).await, "0");
    browser.until(&format!("{}?.startsWith('about ')", value("Time left"))).await;

    browser.click("#pause").await;
    browser.until("document.querySelector('#pause').getAttribute('aria-pressed') === 'true'").await;
    browser.until(&format!("!{inked} && document.querySelector('#timeline').innerText.includes('paused')")).await;
    let run = browser.get::<u32>("window.run").await;
    browser.until(&format!("window.run >= {run} + 3 && document.querySelector('#live progress').value > {run}")).await;
    assert!(!browser.get::<bool>(inked).await, "nothing is drawn");
    assert_eq!(browser.get::<String>(&value("Tasks done")).await, "–");
    // With the keyboard.
    browser.type_into("#pause", " ").await;
    browser.until(inked).await;

    browser.until("document.querySelector('#status').innerText === 'Done: 30 runs.'").await;
    browser.until("window.report").await;
    let report = Report::from_json(&browser.get::<String>("JSON.stringify(window.report)").await).expect("a report");
    assert_eq!((report.runs.len(), report.failed()), (30, 0));
    assert!(report.runs.iter().all(|run| run.is_measured() && run.spans.len() == 40));
}

#[tokio::test]
async fn a_dead_worker_costs_one_task() {
    let server = Server::start(&[]);
    for options in [&[][..], &["--no-isolation"]] {
        let server = if options.is_empty() { &server } else { &Server::start(options) };
        let browser = Browser::open(server.url()).await;
        browser.ready().await;
        let shares = options.is_empty();
        for (strategies, dispatch) in [
            (if shares { "sequential,async,threads,processes" } else { "sequential,async,processes" }, "pool"),
            (if shares { "threads,processes" } else { "processes" }, "per-task"),
        ] {
            let options =
                json!({"run": "crash", "scale": "smoke", "strategy": strategies, "workers": 2, "dispatch": dispatch});
            let report = browser.run(options).await.expect("a report");
            // What computes and what waits.
            assert!(report.runs.iter().any(|run| run.row.workload.nature() == Nature::Waits));
            assert!(report.runs.iter().any(|run| run.row.workload.nature() == Nature::Computes));
            report.runs.iter().for_each(|run| check_one_is_lost(run, ErrorKind::WorkerDied));
        }
    }
}

#[tokio::test]
async fn without_isolation_the_rest_still_works_and_the_reason_is_shown() {
    let server = Server::start(&["--no-isolation"]);
    let browser = Browser::open(server.url()).await;
    browser.ready().await;
    assert!(!browser.get::<bool>("crossOriginIsolated").await);
    let options = json!({
        "run": "cpu-heavy", "scale": "smoke", "strategy": "sequential,async,processes", "workers": [1, 2], "runs": 1,
    });
    let in_browser = browser.run(options).await.expect("a report");
    let native =
        report(&["cpu-heavy", "--scale", "smoke", "-s", "sequential,async,processes", "-w", "1,2", "--runs", "1"]);
    check_same_results(&in_browser, &native);
    let body = browser.text("body").await;
    assert!(body.contains("shared memory"), "the page says what is missing:\n{body}");
    // The board is copied to the page while the lab's memory grows under it.
    let options = json!({
        "run": "post", "scale": "smoke", "strategy": "async", "workers": 6, "tasks": 3000, "latency": "0", "runs": 1,
        "warmup": 0,
    });
    let many = browser.run(options).await.expect("a report");
    assert_eq!((many.runs[0].spans.len(), many.runs[0].failed()), (3000, 0));
}

#[tokio::test]
async fn a_native_report_stands_beside_the_browsers_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("native.json");
    let args = ["run", "cpu-heavy", "--scale", "smoke", "--runs", "2", "--json"];
    let status = parlab().args(args).arg(&file).output().expect("parlab runs").status;
    assert!(status.success());

    let server = Server::start(&[]);
    let browser = Browser::open(server.url()).await;
    browser.ready().await;
    browser.run(json!({"run": "cpu-heavy", "scale": "smoke", "runs": 2})).await.expect("a report");
    browser.click(".views a[href='?view=compare']").await;
    browser.type_into("#file", file.to_str().expect("a path")).await;
    browser.until("document.querySelectorAll('#compare table[data-table=comparison] tbody tr').length === 7").await;
    let compared = browser.text("#compare").await;
    for expected in ["native.json", "too few runs to tell (2 of 6)"] {
        assert!(compared.contains(expected), "{expected} is not in\n{compared}");
    }
    // A row's two timelines stand on one axis, in one chart.
    browser.until("document.querySelectorAll('#compare [data-chart=timeline] svg').length === 7").await;

    for (name, content, expected) in [
        ("not.json", "hello", "not JSON"),
        ("other.json", "{}", "not a parlab report"),
        ("newer.json", "{\"schema_version\": 99}", "schema version 99"),
    ] {
        let file = folder.path().join(name);
        std::fs::write(&file, content).expect("written");
        browser.type_into("#file", file.to_str().expect("a path")).await;
        // Where it was chosen.
        browser.until(&format!("document.querySelector('#drop-problems')?.innerText.includes({expected:?})")).await;
        assert_eq!(browser.text("#errors").await, "");
    }
}

#[tokio::test]
async fn a_report_is_passed_on_as_a_link() {
    let server = Server::start(&[]);
    let browser = Browser::open(server.url()).await;
    browser.ready().await;
    let options = json!({"run": "sum", "scale": "smoke", "strategy": "sequential,threads", "workers": [2], "runs": 2});
    let report = browser.run(options).await.expect("a report");
    let permissions = json!({"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]});
    browser.command("Browser.grantPermissions", permissions).await;
    browser.until(&format!("document.querySelector('#results')?.dataset.report === {:?}", report.id)).await;
    browser.click("#report-link").await;
    browser.until("document.querySelector('#results').innerText.includes('The link is copied')").await;
    let link: String = browser.resolve("navigator.clipboard.readText()").await;
    assert!(link.starts_with(&server.at("/#report=1.")), "{link}");
    // Whoever opens it has nothing of it in the history, and sees what it says.
    let other = Browser::open(&link).await;
    other.until(&format!("document.querySelector('#compare [data-report={:?}]')", report.id)).await;
    assert_eq!(other.text("#errors").await, "");
    other.goto(&server.at("/?view=history")).await;
    other.goto(&server.at("/#report=1.AAAA")).await;
    other.until("document.querySelector('#errors')?.innerText.includes('The link holds no report')").await;
}
