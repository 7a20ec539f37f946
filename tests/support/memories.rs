//! How long the memories of a page's WebAssembly modules are: the browser itself counts only those that are shared.

use serde::Deserialize;
use serde_json::{Value, json};

use super::browser::Browser;
use super::proxy::proxy_with;
use super::server::Server;

/// Notes the memories that are made in one place.
const NOTE: &str = include_str!("memories.js");

/// The script of workers, with that; lab and analyst tell what they noted when they are asked.
const WORKER: &str = concat!(
    include_str!("memories.js"),
    "addEventListener('message', ({ data }) => {
        const role = data[2].includes('analyst') ? 'analyst' : data[0][0] === 0 ? 'lab' : null;
        const channel = new BroadcastChannel('memories');
        if (role) channel.onmessage = ({ data }) => data === 'all' && channel.postMessage([role, memories()]);
    }, { once: true });\n",
    include_str!("../../web/static/worker.js")
);

/// Asks all of them.
const ASK: &str = "new Promise((resolve) => {
    const channel = new BroadcastChannel('memories');
    const held = { page: memories() };
    channel.onmessage = ({ data: [role, lengths] }) => {
        held[role] = lengths;
        if (!held.lab || !held.analyst) return;
        channel.close();
        resolve(held);
    };
    channel.postMessage('all');
})";

/// The lengths of memories, in bytes.
#[derive(Clone, Debug, Deserialize)]
pub struct Memories {
    page: Vec<f64>,
    analyst: Vec<f64>,
    /// Its own first, then those of its teams; 0 for one that nobody has any more.
    lab: Vec<f64>,
}

impl Memories {
    /// Those of page, analyst and lab, in bytes.
    pub fn parts(&self) -> [f64; 3] {
        [&self.page, &self.analyst, &self.lab[..1]].map(|lengths| lengths.iter().sum())
    }

    /// Those that teams have or had, in bytes.
    pub fn teams(&self) -> Vec<f64> {
        self.lab[1..].iter().copied().filter(|length| *length > 0.0).collect()
    }
}

/// Opens a page whose memories can be asked for.
pub async fn open(server: &Server) -> Browser {
    let browser = Browser::open("about:blank").await;
    browser.command("Page.addScriptToEvaluateOnNewDocument", json!({ "source": NOTE })).await;
    browser.goto(&proxy_with(server, "/memories/", "/worker.js", WORKER)).await;
    browser.ready().await;
    browser
}

/// What they are now, as soon as lab and analyst are there.
pub async fn now(browser: &Browser) -> Memories {
    browser.command("HeapProfiler.collectGarbage", json!({})).await;
    let held: Value = browser.resolve(ASK).await;
    serde_json::from_value(held).expect("lengths")
}
