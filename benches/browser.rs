//! What the lab costs in a browser: its runs in turn with the shortest JavaScript that does the same, on one page; and what the
//! page costs ([`page`]); what a target in a service worker gives ([`service_worker`]); and what lasts ([`endurance`]), if that is
//! named.
//!
//! `cargo xtask bench [NAME…]` prints a line per case. Times depend on the machine and its load; the ratio of each pair
//! is of two runs that follow each other, and their median, with its interval, is what counts.

#[cfg(target_os = "linux")]
#[path = "endurance.rs"]
mod endurance;
#[path = "page.rs"]
mod page;
#[path = "service_worker.rs"]
mod service_worker;
#[allow(dead_code, reason = "the tests use more of it")]
#[path = "../tests/support/mod.rs"]
mod support;

use std::time::Duration;

use parlab_shared::statistics::{Interval, median, paired_ratio};
use serde_json::json;

use support::browser::Browser;
use support::server::Server;

/// Pairs per case; the one before them does not count. As many begin with the lab as with the loop.
const PAIRS: usize = 10;
/// Time between two runs: files that one leaves behind are removed meanwhile, and not while the other is timed.
const PAUSE: Duration = Duration::from_millis(500);

/// A case: its name, the lab's options, the loop that does the same.
type Case = (&'static str, serde_json::Value, &'static str);

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let cases: [Case; 4] = [
        (
            "post",
            json!({"run": "post", "strategy": "async", "workers": 16, "tasks": 1000, "latency": "0"}),
            "post(1000, 16)",
        ),
        (
            "download",
            json!({"run": "urls", "strategy": "async", "workers": 16, "tasks": 16, "size": 50_000_000}),
            "download(16, 16, 50000000)",
        ),
        (
            "write",
            json!({"run": "write", "strategy": "sequential", "tasks": 16, "size": 10_000_000}),
            "write(16, 10000000, 1048576)",
        ),
        (
            "write-small",
            json!({"run": "write", "strategy": "sequential", "tasks": 100, "size": 10_000}),
            "write(100, 10000, 1048576)",
        ),
    ];
    // Cargo adds an option of its own.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|name| !name.starts_with("--")).collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|case| case == name);

    #[cfg(target_os = "linux")]
    for case in endurance::CASES.into_iter().filter(|name| wanted.iter().any(|case| case == name)) {
        endurance::measure(case).await;
    }
    for case in page::CASES.into_iter().filter(|name| is_wanted(name)) {
        page::measure(case).await;
    }
    if is_wanted(service_worker::CASE) {
        service_worker::measure().await;
    }
    let cases: Vec<Case> = cases.into_iter().filter(|case| is_wanted(case.0)).collect();
    if cases.is_empty() {
        return;
    }

    let server = Server::start(&[]);
    let browser = Browser::open(server.url()).await;
    // A loop in a worker has no file that it could come from.
    browser.command("Page.setBypassCSP", json!({"enabled": true})).await;
    browser.goto(server.url()).await;
    browser.ready().await;
    let loops = format!("(async () => {{ {}\n return true; }})()", include_str!("loops.js"));
    assert!(browser.resolve::<bool>(&loops).await);
    say("case          lab ms   loop ms   loop / lab, median (95 % interval)");
    for (name, options, shortest) in cases {
        let mut pairs = Vec::new();
        for pair in 0..=PAIRS {
            let timed = async |script: String| {
                tokio::time::sleep(PAUSE).await;
                browser.resolve::<f64>(&script).await
            };
            let lab = async || timed(format!("loops.lab({options})")).await;
            let shortest = async || timed(format!("loops.{shortest}")).await;
            // They take turns in who is first.
            let (lab_ms, loop_ms) = if pair % 2 == 0 {
                let lab_ms = lab().await;
                (lab_ms, shortest().await)
            } else {
                let loop_ms = shortest().await;
                (lab().await, loop_ms)
            };
            if pair > 0 {
                pairs.push((loop_ms, lab_ms));
            }
        }
        let middle = |values: Vec<f64>| median(&values).expect("times");
        let (loop_ms, lab_ms) = pairs.iter().copied().unzip();
        let (loop_ms, lab_ms) = (middle(loop_ms), middle(lab_ms));
        let estimate = paired_ratio(&pairs).expect("times");
        let Interval { low, high, .. } = estimate.interval.expect("enough pairs");
        say(&format!("{name:<12}{lab_ms:>8.0}  {loop_ms:>8.0}   {:.2} ({low:.2} to {high:.2})", estimate.ratio));
    }
}

#[expect(clippy::print_stdout, reason = "this is what it is for")]
fn say(line: &str) {
    println!("{line}");
}
