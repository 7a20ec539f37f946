//! What lasts: the target under load for a minute, and plans of a page and its server for half an hour. Whatever grows shows.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use parlab_shared::report::load;
use parlab_shared::statistics::median;
use procfs::process::{Process, all_processes};
use serde_json::{Value, json};

use crate::say;
use crate::support::browser::Browser;
use crate::support::parlab::parlab;
use crate::support::server::Server;

/// What is measured by itself, and only if it is named: it takes long.
pub const CASES: [&str; 2] = ["load", "soak"];

/// Requests under way at once.
const CONNECTIONS: u32 = 1000;
/// Requests of a run, and runs: a minute or more.
const REQUESTS: u32 = 200_000;
const LOAD_RUNS: u32 = 20;
/// How often the target is looked at under load.
const LOAD_LOOK: Duration = Duration::from_secs(5);

/// How long plans follow each other, in minutes, unless the variable `PARLAB_SOAK` says something else.
const SOAK_MINUTES: u64 = 30;
/// How often is looked at what there is.
const SOAK_LOOK: Duration = Duration::from_secs(150);

/// Measures a case.
pub async fn measure(case: &str) {
    match case {
        "load" => under_load(),
        _ => soak().await,
    }
}

/// What processes hold.
#[derive(Default)]
struct Held {
    processes: usize,
    threads: i64,
    files: usize,
    /// Memory in bytes: what several share counts once.
    bytes: u64,
}

impl Held {
    /// What a process and all below it hold.
    fn below(root: i32) -> Self {
        let all: Vec<_> = all_processes().expect("there are processes").flatten().collect();
        let stats: Vec<_> = all.iter().filter_map(|process| process.stat().ok()).collect();
        let mut below = vec![root];
        let mut next = 0;
        while let Some(parent) = below.get(next).copied() {
            below.extend(stats.iter().filter(|stat| stat.ppid == parent).map(|stat| stat.pid));
            next += 1;
        }
        let mut held = Self::default();
        for process in all.iter().filter(|process| below.contains(&process.pid)) {
            // One that ends meanwhile holds nothing.
            let Ok(stat) = process.stat() else { continue };
            held.processes += 1;
            held.threads += stat.num_threads;
            held.files += process.fd_count().unwrap_or_default();
            let maps = process.smaps_rollup().ok();
            let shares = maps.iter().flat_map(|maps| maps.memory_map_rollup.0.iter());
            held.bytes += shares.filter_map(|map| map.extension.map.get("Pss")).sum::<u64>();
        }
        held
    }

    fn mb(&self) -> f64 {
        self.bytes as f64 / 1e6
    }
}

/// The child of a process that was started with a word such as this.
fn child_with(parent: u32, word: &str) -> Option<i32> {
    let all = all_processes().expect("there are processes").flatten();
    let mut children = all.filter(|process| process.stat().is_ok_and(|stat| Ok(parent) == stat.ppid.try_into()));
    let is_meant =
        |process: &Process| process.cmdline().is_ok_and(|words| words.iter().any(|said| said.ends_with(word)));
    children.find(is_meant).map(|process| process.pid)
}

/// As many requests as the target can answer, over many connections: how many a second, and what it holds meanwhile.
fn under_load() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("r.json");
    let [workers, tasks, runs] = [CONNECTIONS, REQUESTS, LOAD_RUNS].map(|number| number.to_string());
    let args = ["run", "post", "-s", "async", "-w", &workers, "-n", &tasks, "--runs", &runs, "--warmup", "0"];
    let mut command = parlab();
    command.args(args).args(["--latency", "0", "--json"]).arg(&file).stdout(Stdio::null()).stderr(Stdio::null());
    let begun = Instant::now();
    let mut child = command.spawn().expect("parlab runs");
    say("target after s   memory, MB   open files   threads");
    while child.try_wait().expect("a child").is_none() {
        std::thread::sleep(LOAD_LOOK);
        let Some(target) = child_with(child.id(), "target") else { continue };
        let held = Held::below(target);
        let seconds = begun.elapsed().as_secs();
        say(&format!("{seconds:>14}{:>13.1}{:>13}{:>10}", held.mb(), held.files, held.threads));
    }
    report_rate(&file);
}

/// How many requests a second a report has, and how many of them failed.
fn report_rate(file: &Path) {
    let reports = load(&std::fs::read(file).expect("a report")).expect("a report");
    let runs = &reports[0].runs;
    let rates: Vec<f64> = runs.iter().map(|run| f64::from(REQUESTS) / run.wall_ms * 1000.0).collect();
    let seconds = runs.iter().map(|run| run.wall_ms).sum::<f64>() / 1000.0;
    let least = rates.iter().copied().fold(f64::INFINITY, f64::min);
    say(&format!(
        "{} runs of {REQUESTS} requests over {CONNECTIONS} connections, {seconds:.0} s: {:.0} requests a second (median), {least:.0} (least), {} failed",
        runs.len(),
        median(&rates).expect("rates"),
        reports[0].failed()
    ));
}

/// Plans that the page and its server carry out side by side, one after another: work that computes and work that sends, on
/// threads, processes and event loops of both.
async fn soak() {
    let minutes = std::env::var("PARLAB_SOAK").map_or(SOAK_MINUTES, |minutes| minutes.parse().expect("minutes"));
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::alone(folder.path());
    let set_up = "/?run=urls&tasks=8&size=20000&latency=5&workers=2&runs=3&warmup=0&strategy=threads,processes,async";
    let browser = Browser::open(&server.at(&format!("{set_up}&token={}", server.token()))).await;
    browser.ready().await;
    browser.command("Performance.enable", json!({})).await;
    browser.until("document.querySelector('#run-natively:not(:disabled)')").await;
    say("                        server                            browser                          page");
    say("minutes   plans   memory, MB   files  threads   memory, MB  processes   workers   heap, MB   nodes");
    let own = |word| child_with(std::process::id(), word).expect("it was started");
    let (of_server, of_driver) = (own("serve"), own("chromedriver"));
    let begun = Instant::now();
    let (mut plans, mut looked) = (0, None::<Instant>);
    loop {
        browser.click("#run-natively").await;
        browser.until("(document.querySelector('#live')?.dataset.state ?? 'over') !== 'over'").await;
        browser.until("document.querySelector('#live')?.dataset.state === 'over'").await;
        assert_eq!(browser.text("#errors").await, "", "after {plans} plans");
        plans += 1;
        let is_over = begun.elapsed() > Duration::from_secs(60 * minutes);
        if looked.is_none_or(|looked| looked.elapsed() > SOAK_LOOK) || is_over || plans == 5 {
            looked = Some(Instant::now());
            // What is over goes when it goes.
            tokio::time::sleep(Duration::from_secs(2)).await;
            let (server, browser_now) = (Held::below(of_server), Held::below(of_driver));
            browser.command("HeapProfiler.collectGarbage", json!({})).await;
            let metrics: Value = browser.command("Performance.getMetrics", json!({})).await;
            let metric = |name: &str| {
                let metrics = metrics["metrics"].as_array().into_iter().flatten();
                let mut named = metrics.filter(|metric| metric["name"] == name);
                named.next().and_then(|metric| metric["value"].as_f64()).unwrap_or_default()
            };
            let targets = browser.command("Target.getTargets", json!({})).await;
            let targets = targets["targetInfos"].as_array().cloned().unwrap_or_default();
            let workers = targets.iter().filter(|target| target["type"] == "worker").count();
            say(&format!(
                "{:>7.1}{plans:>8}{:>13.1}{:>8}{:>9}{:>13.1}{:>11}{workers:>10}{:>11.2}{:>8}",
                begun.elapsed().as_secs_f64() / 60.0,
                server.mb(),
                server.files,
                server.threads,
                browser_now.mb(),
                browser_now.processes,
                metric("JSHeapUsedSize") / 1e6,
                metric("Nodes"),
            ));
        }
        if is_over {
            return;
        }
    }
}
