//! What the page costs: drawing runs while they go on, many runs in one tab, opening it, analysing much.

use parlab_shared::statistics::{Interval, median, paired_ratio};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::browser::Browser;
use crate::support::memories;
use crate::support::parlab::{parlab, text};
use crate::support::server::Server;
use crate::{PAUSE, say};

/// Pairs of a run that is drawn and one that is not; as many begin with the one as with the other.
const PAIRS: usize = 10;
/// Plans in one tab, and how many of them are over when all that a tab holds has been made.
const RUNS: usize = 20;
const ALL_IS_MADE: usize = 5;
/// Visits of each kind.
const VISITS: usize = 10;
/// A run of so many tasks is drawn,
const TASKS: u32 = 10_000;
/// each of so many steps for each worker: a run takes some seconds.
const STEPS: u32 = 1_000_000;
/// How many runs of a plan are drawn, one after the other: drawing begins half a second after its plan.
const RUNS_AT_ONCE: u32 = 2;

/// What is measured by itself, by its name.
pub const CASES: [&str; 4] = ["drawing", "tab", "opening", "analysing"];

/// Measures a case.
pub async fn measure(case: &str) {
    match case {
        "drawing" => drawing().await,
        "tab" => tab().await,
        "opening" => opening().await,
        _ => analysing().await,
    }
}

/// A plan of many short tasks.
fn plan(strategy: &str, workers: u32) -> Value {
    json!({"run": "count", "strategy": strategy, "workers": workers, "tasks": TASKS, "size": STEPS * workers,
           "runs": RUNS_AT_ONCE, "warmup": 0})
}

/// Carries a plan out; what was drawn meanwhile, and which tasks kept the page's thread.
const WATCH: &str = "async (options) => {
    const drawn = [], kept = [];
    const { fillRect } = CanvasRenderingContext2D.prototype;
    let frame;
    CanvasRenderingContext2D.prototype.fillRect = function (...area) {
        // All that one frame draws has one time.
        if (frame !== document.timeline.currentTime) drawn.push(performance.now());
        frame = document.timeline.currentTime;
        return fillRect.apply(this, area);
    };
    const observer = new PerformanceObserver((list) => kept.push(...list.getEntries().map((task) => task.duration)));
    observer.observe({ type: 'longtask' });
    const { runs } = await parlab.run(options);
    observer.disconnect();
    CanvasRenderingContext2D.prototype.fillRect = fillRect;
    const last = drawn.findLastIndex((at, place) => at - drawn[place - 1] < 1000);
    const span = drawn[last] - drawn[0];
    return {
        walls_ms: runs.map((run) => run.wall_ms),
        failed: runs.filter((run) => run.spans.length < options.tasks || run.spans.some((span) => span.error)).length,
        frames: drawn.length,
        per_second: last > 0 ? (last / span) * 1e3 : 0,
        longest_ms: Math.max(0, ...kept),
    };
}";

/// What came of a plan.
#[derive(Deserialize)]
struct Watched {
    walls_ms: Vec<f64>,
    failed: usize,
    frames: usize,
    per_second: f64,
    longest_ms: f64,
}

/// Runs that are drawn in turn with runs whose drawing is paused.
async fn drawing() {
    say(&format!(
        "a run of {TASKS} tasks      drawn ms  paused ms   drawn / paused, median (95 % interval)   frames per s, least   longest task"
    ));
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u32);
    for (strategy, workers) in [("sequential", 1), ("threads", cores)] {
        let server = Server::start(&[]);
        let browser = Browser::open(server.url()).await;
        browser.ready().await;
        let options = plan(strategy, workers);
        // The first one shows the live view, and its button.
        browser.resolve::<Value>(&format!("({WATCH})({options})")).await;
        let (mut pairs, mut per_second, mut longest_ms) = (Vec::new(), Vec::new(), 0.0_f64);
        for pair in 0..PAIRS {
            let mut both = [0.0; 2];
            for pause in [pair % 2 == 0, pair % 2 == 1] {
                let press = format!("(document.querySelector('#pause[aria-pressed={}]')?.click(), 0)", !pause);
                browser.get::<u32>(&press).await;
                tokio::time::sleep(PAUSE).await;
                let watched: Watched = browser.resolve(&format!("({WATCH})({options})")).await;
                let is_drawn = watched.frames > 3;
                assert_eq!((watched.failed, is_drawn), (0, !pause), "{strategy}: {} frames", watched.frames);
                both[usize::from(pause)] = median(&watched.walls_ms).expect("times");
                if is_drawn {
                    per_second.push(watched.per_second);
                    longest_ms = longest_ms.max(watched.longest_ms);
                }
            }
            pairs.push((both[1], both[0]));
        }
        let middle = |values: Vec<f64>| median(&values).expect("times");
        let (paused_ms, drawn_ms) = pairs.iter().copied().unzip();
        let (paused_ms, drawn_ms) = (middle(paused_ms), middle(drawn_ms));
        let estimate = paired_ratio(&pairs).expect("times");
        let Interval { low, high, .. } = estimate.interval.expect("enough pairs");
        let least = per_second.iter().copied().fold(f64::INFINITY, f64::min);
        let longest = if longest_ms > 0.0 { format!("{longest_ms:.0} ms") } else { "under 50 ms".to_owned() };
        say(&format!(
            "{:<24}{drawn_ms:>8.0}  {paused_ms:>9.0}   {:.3} ({low:.3} to {high:.3})                    {:>7.0}, {least:.0}                {longest}",
            format!("{strategy} × {workers}"),
            estimate.ratio,
            middle(per_second),
        ));
    }
}

/// The same plan again and again in one tab: what each part of the page holds after the first ones and at the end. Before the
/// first one is over neither lab nor analyst have what they need.
async fn tab() {
    let server = Server::start(&[]);
    let browser = memories::open(&server).await;
    let options = json!({"run": "count", "strategy": "threads", "workers": 2, "tasks": TASKS, "size": 100_000, "runs": 2, "warmup": 0});
    let held = async || {
        let now = memories::now(&browser).await;
        let metrics = browser.command("Performance.getMetrics", json!({})).await;
        let metrics = metrics["metrics"].as_array().cloned().unwrap_or_default();
        let metric = |name: &str| {
            metrics
                .iter()
                .find(|metric| metric["name"] == name)
                .and_then(|metric| metric["value"].as_f64())
                .unwrap_or_default()
        };
        (now.parts(), now.teams(), metric("JSHeapUsedSize"), metric("Nodes"))
    };
    browser.command("Performance.enable", json!({})).await;
    say("plans of two runs in one tab   memories, MB: page   analyst    lab   teams   heap of the page, MB   nodes");
    for run in 1..=RUNS {
        browser.resolve::<u32>(&format!("parlab.run({options}).then(() => 0)")).await;
        browser.until("document.querySelector('#results table')").await;
        if [1, ALL_IS_MADE, RUNS / 2, RUNS].contains(&run) {
            tokio::time::sleep(PAUSE).await;
            let ([page, analyst, lab], teams, heap, nodes) = held().await;
            let teams = teams.into_iter().sum::<f64>();
            let [page, analyst, lab, teams] = [page, analyst, lab, teams].map(|bytes| bytes / 1e6);
            say(&format!("{run:<31}{page:>19.1}{analyst:>10.1}{lab:>7.1}{teams:>8.1}{:>23.2}{nodes:>8}", heap / 1e6));
        }
    }
}

/// Collects the tasks that keep the page's thread for more than 50 ms.
const COLLECT: &str = "(window.long = [], new PerformanceObserver((list) =>
    long.push(...list.getEntries().map((task) => task.duration))).observe({ type: 'longtask' }), 0)";

/// Goes through the page from top to bottom: charts are made when they are seen.
const SCROLL: &str = "(async () => {
    for (let top = 0; top < document.documentElement.scrollHeight; top += innerHeight / 2) {
        scrollTo(0, top);
        await new Promise((resolve) => setTimeout(resolve, 200));
    }
    scrollTo(0, 0);
})()";

/// A hundred thousand spans: what is measured here is analysed, read again from the history, and compared with as many of a file.
async fn analysing() {
    const SPANS: u32 = 100_000;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("native.json");
    let tasks = TASKS.to_string();
    let runs = (SPANS / TASKS).to_string();
    let args = [
        "run", "count", "-s", "threads", "-w", "2", "-n", &tasks, "--size", "100000", "--runs", &runs, "--warmup", "0",
    ];
    let output = parlab().args(args).arg("--json").arg(&file).output().expect("parlab runs");
    assert!(output.status.success(), "{}", text(&output.stderr));
    let server = Server::start(&[]);
    let set_up = format!("/?run=count&strategy=threads&workers=2&tasks={TASKS}&size=100000&runs={runs}&warmup=0");
    let browser = Browser::open(&server.at(&set_up)).await;
    browser.ready().await;
    browser.until("document.querySelector('#run:not([disabled])')").await;
    tokio::time::sleep(2 * PAUSE).await;
    browser.get::<u32>(COLLECT).await;
    say(&format!("{SPANS} spans         tasks over 50 ms, ms"));
    let told = async |what: &str| {
        tokio::time::sleep(2 * PAUSE).await;
        browser.resolve::<Value>(SCROLL).await;
        tokio::time::sleep(2 * PAUSE).await;
        let long: Vec<f64> = browser.get("long.splice(0)").await;
        let long: Vec<String> = long.iter().map(|ms| format!("{ms:.0}")).collect();
        say(&format!("{what:<22}{}", if long.is_empty() { "none".to_owned() } else { long.join(", ") }));
    };
    browser.click("#run").await;
    browser.until("document.querySelector('#results table')").await;
    told("they were measured").await;
    browser.click(".views a[href='?view=history']").await;
    browser.click("#history [data-action=open]").await;
    browser.until("document.querySelector('#results table')").await;
    told("they are read again").await;
    browser.click(".views a[href='?view=compare']").await;
    browser.type_into("#file", file.to_str().expect("a path")).await;
    browser.until("document.querySelector('#compare table[data-table=comparison] tbody tr')").await;
    told("two are compared").await;
}

/// Visits to the page: when the gallery can be used, since the navigation began, with and without what the browser keeps.
async fn opening() {
    let server = Server::start(&[]);
    let browser = Browser::open(server.url()).await;
    browser.ready().await;
    // The gallery is there, and the page's thread is free for what is pressed.
    let note = "new MutationObserver((_, observer) => {
            if (document.querySelector('.card a, .card button') === null) return;
            observer.disconnect();
            requestAnimationFrame(() => setTimeout(() => { window.usable_ms = performance.now(); }));
        }).observe(document, { childList: true, subtree: true });";
    browser.command("Page.addScriptToEvaluateOnNewDocument", json!({ "source": note })).await;
    say("visits                usable after ms, median, longest");
    for (name, is_first) in [("nothing is kept", true), ("the second time", false)] {
        let mut times_ms = Vec::new();
        for _ in 0..VISITS {
            if is_first {
                browser.command("Network.clearBrowserCache", json!({})).await;
            }
            browser.goto("about:blank").await;
            browser.goto(server.url()).await;
            browser.until("window.usable_ms").await;
            times_ms.push(browser.get::<f64>("window.usable_ms").await);
            browser.ready().await;
            tokio::time::sleep(PAUSE).await;
        }
        let longest = times_ms.iter().copied().fold(0.0, f64::max);
        say(&format!("{name:<22}{:>15.0}, {longest:.0}", median(&times_ms).expect("times")));
    }
}
