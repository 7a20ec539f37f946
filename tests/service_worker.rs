//! The service worker of a site on a host that only has files, in real browsers: it isolates the page, keeps it, and is its
//! target, with the results and the faults of a server's.

use serde_json::{Value, json};

use crate::page::check_same_results;
use crate::page_network::check_faults;
use crate::support::browser::Browser;
use crate::support::driver::Engine;
use crate::support::parlab::report;
use crate::support::server::Server;
use crate::support::static_host::{REBUILT, StaticHost, build, put_site, rebuild};

/// Where the host has the site.
const BELOW: &str = "/people/somebody/lab/";

/// Opens the page, which sets itself up and is loaded once more for that.
async fn visit(engine: Engine, host: &StaticHost) -> Browser {
    let browser = Browser::open_in(engine, host.url()).await;
    browser.until("window.parlab && crossOriginIsolated").await;
    browser.ready().await;
    browser
}

/// Has a browser run experiments, and compares with what they give natively.
async fn check_experiments(browser: &Browser, experiments: &[(&str, u32)], strategies: &str) {
    for (name, tasks) in experiments {
        let options = json!({
            "run": name, "scale": "smoke", "strategy": strategies, "workers": 2, "tasks": tasks, "runs": 1, "warmup": 0,
        });
        let in_browser = browser.run(options).await.expect("a report");
        let tasks = tasks.to_string();
        let row = ["-s", strategies, "-w", "2", "-n", &tasks, "--runs", "1", "--warmup", "0"];
        check_same_results(&in_browser, &report(&[&[name, "--scale", "smoke"], &row[..]].concat()));
    }
}

/// What a page gets of its target in an address: status, length and type as the head has them, how much came and, as a number of
/// 32 bits, what. Of a body that broke off a browser gives as much as it happens to have.
const FATE: &str = "async (address) => {
    const [method, path] = address.split(' ');
    const body = method === 'POST' ? '[1, \"two\"]' : undefined;
    let response;
    try { response = await fetch(path, { method, body, cache: 'no-store' }); } catch { return ['no answer']; }
    const head = [response.status, ...['content-length', 'content-type', 'cache-control'].map((name) => response.headers.get(name))];
    let came = 0, sum = 0;
    try {
        const reader = response.body?.getReader();
        for (let part = await reader?.read(); part && !part.done; part = await reader.read()) {
            came += part.value.length;
            for (const byte of part.value) sum = (Math.imul(sum, 31) + byte) | 0;
        }
    } catch { return [...head, 'broke off']; }
    return [...head, came, sum];
}";

const ASKED: [&str; 18] = [
    "GET target/bytes/0",
    "GET target/bytes/1000",
    "GET target/bytes/3000001?task=2",
    "GET target/bytes/60000?bandwidth=200000",
    "GET target/page/3?pages=20&seed=4",
    "GET target/page/3/?ref=outind",
    "GET target/page/30?pages=20",
    "GET target/image/7.png",
    "GET target/image/x.png",
    "POST target/echo?latency=20",
    "HEAD target/bytes/1000",
    "GET target/bytes/9?latncy=1",
    "GET target/bytes/9?fail=status",
    "GET target/bytes/1000000?fail=cut",
    "GET target/bytes/0?fail=cut",
    "GET target/bytes/9?fail=garbage",
    "GET target/bytes/9?fail=redirect",
    "GET target/echo",
];

/// Both targets give the same, byte by byte.
async fn check_answers(engine: Engine, browser: &Browser, of_server: &[Value]) {
    let here = fates(browser).await;
    for ((asked, here), there) in ASKED.iter().zip(&here).zip(of_server) {
        // Of a server, Firefox takes what is no HTTP for an answer of HTTP/0.9, and a head without any of its body for none.
        let differs = ["GET target/bytes/0?fail=cut", "GET target/bytes/9?fail=garbage"].contains(asked);
        assert!(here == there || differs && engine == Engine::Firefox, "{asked}: {here} here, {there} there");
    }
}

async fn fates(browser: &Browser) -> Vec<Value> {
    browser
        .resolve(&format!(
            "(async () => {{
        const fates = [];
        for (const address of {ASKED:?}) fates.push(await ({FATE})(address));
        return fates;
    }})()"
        ))
        .await
}

/// Firefox before 145 has no `Atomics.waitAsync`: there, workers of a script of the site's own do the waiting for a lab whose memory
/// is shared.
#[tokio::test]
async fn browsers_without_atomics_wait_async_run_everything() {
    let folder = tempfile::tempdir().expect("a folder");
    put_site(folder.path());
    let path = folder.path().join(build(folder.path())).join("worker.js");
    let script = std::fs::read_to_string(&path).expect("the script of all workers");
    std::fs::write(&path, format!("delete Atomics.waitAsync;\n{script}")).expect("written");
    let host = StaticHost::start(folder.path(), BELOW);
    let browser = visit(Engine::Firefox, &host).await;
    check_experiments(&browser, &[("cpu-heavy", 6), ("post", 6), ("square", 6)], "sequential,async,threads,processes")
        .await;
}

/// How much longer a request takes than its latency, the shortest of some.
async fn check_times(browser: &Browser) {
    let took = async |path: &str| {
        let once = format!(
            "(async () => {{
            const took = [];
            for (let task = 0; task < 5; task += 1) {{
                const began = performance.now();
                await (await fetch('{path}&task=' + task, {{ cache: 'no-store' }})).arrayBuffer();
                took.push(performance.now() - began);
            }}
            return Math.min(...took);
        }})()"
        );
        browser.resolve::<f64>(&once).await
    };
    for (path, ms) in [("target/bytes/1?latency=200", 200.0), ("target/bytes/100000?bandwidth=400000", 250.0)] {
        let took = took(path).await;
        assert!((ms..ms + 150.0).contains(&took), "{path}: {took} ms");
    }
}

/// The whole of it in the browser of an engine.
async fn works(engine: Engine) {
    let folder = tempfile::tempdir().expect("a folder");
    put_site(folder.path());
    let host = StaticHost::start(folder.path(), BELOW);
    let server = Server::start(&[]);
    let browser = Browser::open_in(engine, server.url()).await;
    let of_server = fates(&browser).await;
    drop(browser);

    let browser = visit(engine, &host).await;
    check_answers(engine, &browser, &of_server).await;
    check_times(&browser).await;
    check_faults(&browser, "async,processes", 3).await;
    let strategies = "sequential,async,threads,processes";
    check_experiments(&browser, &[("post", 8), ("urls", 8), ("crawl", 40)], strategies).await;
    if engine != Engine::Webkit {
        // Its automated sessions have no files.
        check_experiments(&browser, &[("images", 3)], strategies).await;
    }

    // From now on the page needs nobody.
    host.leaves();
    browser.goto(host.url()).await;
    browser.ready().await;
    assert!(browser.get::<bool>("crossOriginIsolated").await);
    check_experiments(&browser, &[("post", 4), ("sum", 4)], "async,threads").await;
    assert_eq!(browser.text("#errors").await, "");
}

#[tokio::test]
async fn the_page_and_its_target_need_no_server_in_chromium() {
    works(Engine::Chromium).await;
}

#[tokio::test]
async fn the_page_and_its_target_need_no_server_in_firefox() {
    works(Engine::Firefox).await;
}

#[tokio::test]
async fn the_page_and_its_target_need_no_server_in_webkit() {
    works(Engine::Webkit).await;
}

#[tokio::test]
async fn another_build_waits_until_it_is_told_to_take_over() {
    let folders = [(); 2].map(|()| tempfile::tempdir().expect("a folder"));
    let [first, second] = &folders;
    put_site(first.path());
    put_site(second.path());
    rebuild(second.path());
    let host = StaticHost::start(first.path(), BELOW);
    let browser = visit(Engine::Chromium, &host).await;
    // Another site of this origin has its own.
    let foreign = format!("parlab {} b/x/ 0", host.url().replace("lab", "other"));
    browser.resolve::<bool>(&format!("caches.open('{foreign}').then(() => true)")).await;

    // While a host is between two builds, nothing changes.
    let index = std::fs::read(second.path().join("index.html")).expect("the index");
    std::fs::copy(first.path().join("index.html"), second.path().join("index.html")).expect("a copy");
    host.has(second.path());
    browser
        .get::<u32>("(navigator.serviceWorker.addEventListener('message', ({ data }) => { window.told = data; }), 0)")
        .await;
    let update =
        "navigator.serviceWorker.ready.then((registration) => registration.update()).then(() => true, () => true)";
    browser.resolve::<bool>(update).await;
    browser.until("window.told").await;
    let told: Value = browser.get("window.told").await;
    assert_eq!(told["type"], "not-installed");
    assert_eq!(told["reason"], "the index.html that the host answers is of another build");

    std::fs::write(second.path().join("index.html"), index).expect("there is room");
    browser.resolve::<bool>(update).await;
    let waiting = "navigator.serviceWorker.ready.then((registration) => { window.waiting = !!registration.waiting; })";
    browser.until(&format!("(({waiting}), window.waiting)")).await;
    // It is not swapped, not even for who loads the page again.
    let (own, named) = (build(first.path()), "document.querySelector('link[rel=stylesheet]').href");
    browser.goto(host.url()).await;
    browser.ready().await;
    assert!(browser.get::<String>(named).await.contains(&own));

    browser.click("#new-version button").await;
    browser.until(&format!("{named}.includes('{REBUILT}') && window.parlab")).await;
    browser.ready().await;
    let mut kept: Vec<String> = browser.resolve("caches.keys()").await;
    kept.sort();
    assert_eq!(kept.len(), 2, "{kept:?}");
    assert!(kept.contains(&foreign) && kept.iter().any(|name| name.contains(&format!("/lab/ {REBUILT} "))), "{kept:?}");
}
