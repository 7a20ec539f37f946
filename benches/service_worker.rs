//! What a target in a service worker gives beside one on loopback, both asked by pages of one browser in turn: requests per
//! second, and how much later than asked for an answer comes. And how long it takes on a host that only has files until there is a
//! first result, for whoever has never been there, and for whoever comes again without a network.

use std::time::Instant;

use parlab_shared::statistics::median;
use serde_json::{Value, json};

use crate::say;
use crate::support::browser::Browser;
use crate::support::server::Server;
use crate::support::static_host::{StaticHost, put_site};

/// Rounds; each asks both targets for each thing, and the first does not count.
const ROUNDS: usize = 5;

/// What is measured by itself, by its name.
pub const CASE: &str = "service-worker";

/// What is asked for, as it is called and as the script has it: requests in flight, and the method with the path.
const RATES: [(&str, u32, &str); 4] = [
    ("bytes/100, 1 at once", 1, "GET target/bytes/100?task="),
    ("bytes/100, 16 at once", 16, "GET target/bytes/100?task="),
    ("echo, 1 at once", 1, "POST target/echo?task="),
    ("echo, 16 at once", 16, "POST target/echo?task="),
];

/// Requests per second, of so many requests.
const RATE: &str = "async (in_flight, asked, tasks) => {
    const [method, path] = asked.split(' ');
    let next = 0;
    const lane = async () => {
        while (next < tasks) {
            const task = next++;
            const body = method === 'POST' ? `{\"request\":${task}}` : undefined;
            await (await fetch(path + task, { method, body, cache: 'no-store' })).arrayBuffer();
        }
    };
    const began = performance.now();
    await Promise.all(Array.from({ length: in_flight }, lane));
    return (tasks * 1e3) / (performance.now() - began);
}";

/// How much later than asked for answers come, in milliseconds: the median of some, one after another.
const LATE: &str = "async (latency_ms, tasks) => {
    const late = [];
    for (let task = 0; task < tasks; task += 1) {
        const began = performance.now();
        await (await fetch(`target/bytes/100?latency=${latency_ms}&task=${task}`, { cache: 'no-store' })).arrayBuffer();
        late.push(performance.now() - began - latency_ms);
    }
    return late.sort((a, b) => a - b)[tasks >> 1];
}";

/// Browsers that have never seen the page.
const VISITORS: usize = 5;

/// Measures it.
pub async fn measure() {
    visits().await;
    target().await;
}

/// From opening the address to the report of a short run, in seconds: at the first visit, and at the next without the host.
async fn visits() {
    let folder = tempfile::tempdir().expect("a folder");
    put_site(folder.path());
    let [mut first, mut again] = [Vec::new(), Vec::new()];
    for _ in 0..VISITORS {
        let host = StaticHost::start(folder.path(), "/lab/");
        let browser = Browser::open("about:blank").await;
        first.push(visit(&browser, host.url()).await);
        host.leaves();
        browser.goto("about:blank").await;
        again.push(visit(&browser, host.url()).await);
    }
    for (visit, seconds) in [("first visit", first), ("the next, without the host", again)] {
        let most = seconds.iter().copied().fold(0.0, f64::max);
        let middle = median(&seconds).expect("visitors");
        say(&format!("{visit:<28} to its first result {middle:>6.2} s, at most {most:.2} s"));
    }
}

async fn visit(browser: &Browser, url: &str) -> f64 {
    let began = Instant::now();
    browser.goto(url).await;
    browser.until("window.parlab && crossOriginIsolated").await;
    let options = json!({
        "run": "post", "scale": "smoke", "strategy": "sequential,threads", "workers": 2, "runs": 1, "warmup": 0,
    });
    let report = browser.run(options).await.expect("a report");
    assert_eq!((report.runs.len(), report.failed()), (2, 0));
    began.elapsed().as_secs_f64()
}

/// What the targets give.
async fn target() {
    let folder = tempfile::tempdir().expect("a folder");
    put_site(folder.path());
    let host = StaticHost::start(folder.path(), "/lab/");
    let server = Server::start(&[]);
    let browser = Browser::open(host.url()).await;
    browser.until("window.parlab && navigator.serviceWorker.controller").await;

    let mut questions: Vec<_> = RATES
        .iter()
        .map(|(name, in_flight, asked)| ((*name).to_owned(), format!("({RATE})({in_flight}, '{asked}', 1000)")))
        .collect();
    questions.extend([5, 20, 100].map(|ms| (format!("late by, {ms} ms asked for"), format!("({LATE})({ms}, 30)"))));
    let mut answers = vec![[Vec::new(), Vec::new()]; questions.len()];
    for round in 0..=ROUNDS {
        for (which, url) in [host.url(), server.url()].into_iter().enumerate() {
            browser.goto(url).await;
            browser.ready().await;
            for ((_, question), answers) in questions.iter().zip(&mut answers) {
                let value: Value = browser.resolve(question).await;
                if round > 0 {
                    answers[which].push(value.as_f64().expect("a number"));
                }
            }
        }
    }
    say("                              service worker     server");
    for ((name, _), answers) in questions.iter().zip(&answers) {
        let [here, there] = answers.each_ref().map(|values| median(values).expect("rounds"));
        let unit = if name.starts_with("late") { "ms" } else { "/s" };
        let digits = if unit == "ms" { 1 } else { 0 };
        say(&format!("{name:<28}{here:>12.digits$} {unit}{there:>10.digits$} {unit}"));
    }
}
