//! `parlab site`: what it writes and refuses, and the page on a host that only has files, in real browsers.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::sync::OnceLock;

use serde_json::json;

use crate::strangers::Target;
use crate::support::browser::Browser;
use crate::support::driver::Engine;
use crate::support::parlab::{parlab, text};
use crate::support::site::Site;
use crate::support::static_host::{REBUILT, StaticHost, build, put_site, rebuild};

/// Where the host has the site.
const BELOW: &str = "/people/somebody/lab/";

/// Runs `parlab site`; what it prints and complains.
#[track_caller]
fn write_site(folder: &Path, code: i32) -> (String, String) {
    let output = parlab().arg("site").arg(folder).output().expect("parlab runs");
    let said = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{said:?}");
    said
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The names of all files that the service worker keeps.
fn kept(folder: &Path) -> Vec<String> {
    let script = read(&folder.join("service-worker.js"));
    let first = script.lines().next().expect("a line");
    let files = first.split_once(", FILES = ").expect("a list").1.trim_end_matches(';');
    assert!(first.starts_with(&format!("const BUILD = \"{}\", FILES = [", build(folder))), "{first}");
    serde_json::from_str(files).expect("JSON")
}

#[test]
fn all_that_a_host_needs_is_written_and_written_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let site = folder.path().join("deep/site");
    let (printed, _) = write_site(&site, 0);
    assert!(printed.starts_with(&format!("The site is in {}: ", site.display())), "{printed}");
    let build = build(&site);
    let index = read(&site.join("index.html"));
    assert!(index.contains("\"parlab-host\" content=\"static\"") && index.contains("src=\"guard.js\""), "{index}");
    assert!(!index.contains("=\"/") && !index.contains("//"), "nothing is named from the root: {index}");
    let kept = kept(&site);
    assert!(kept.iter().all(|name| site.join(name).is_file()), "{kept:?}");
    for name in ["index.html", "guard.js", &format!("{build}page.js"), &format!("{build}lab/lab_bg.wasm")] {
        assert!(kept.iter().any(|known| known == name), "{name}");
    }
    assert!(!kept.iter().any(|name| name.ends_with(".br") || name.ends_with("service-worker.js")), "{kept:?}");
    let mut unpacked = String::new();
    let packed = fs::read(site.join("index.html.gz")).expect("a copy");
    flate2::read::GzDecoder::new(&*packed).read_to_string(&mut unpacked).expect("gzip");
    assert_eq!(unpacked, index);
    assert!(site.join(format!("{build}page_bg.wasm.br")).is_file() && site.join(".nojekyll").is_file());
    let headers = read(&site.join("_headers"));
    assert!(headers.contains("cross-origin-embedder-policy: require-corp"), "{headers}");

    // A later build takes its place; the one before stays for those who have the page open, and what is not parlab's stays.
    let earlier = "b/0a0a0a0a0a0a0a0a/";
    fs::create_dir(site.join(earlier)).expect("a folder");
    fs::write(site.join("CNAME"), "lab.example").expect("written");
    let mark = read(&site.join("parlab-site.json"));
    fs::write(site.join("parlab-site.json"), mark.replace(&build, earlier)).expect("written");
    write_site(&site, 0);
    assert!(site.join(earlier).is_dir() && site.join(&build).is_dir() && site.join("CNAME").is_file());
}

#[test]
fn what_cannot_be_written_is_refused_with_a_way_out() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("thesis.txt"), "mine").expect("written");
    let (_, said) = write_site(folder.path(), 2);
    assert!(said.contains("it has something in it that is no site of parlab's; name a folder that is"), "{said}");
    assert_eq!(fs::read_dir(folder.path()).expect("there").count(), 1);
    let (_, said) = write_site(&folder.path().join("thesis.txt"), 2);
    assert!(said.contains("it is no folder; name one"), "{said}");
    let (_, said) = write_site(&folder.path().join("thesis.txt/site"), 2);
    assert!(said.contains("the site cannot be written to"), "{said}");
    if cfg!(target_os = "linux") {
        let (_, said) = write_site(Path::new("/proc/no-such/site"), 2);
        assert!(said.contains("the site cannot be written to /proc/no-such/site: "), "{said}");
    }
}

/// The first visit loads the page once more, which isolates it; the next one needs no host.
async fn check_visits(engine: Engine) {
    let folder = tempfile::tempdir().expect("a folder");
    write_site(&folder.path().join("site"), 0);
    let host = StaticHost::start(&folder.path().join("site"), BELOW);
    let browser = Browser::open_in(engine, host.url()).await;
    browser.until("window.parlab && crossOriginIsolated").await;
    browser.ready().await;
    // WebKit calls every load a navigation.
    let expected = if engine == Engine::Webkit { "navigate" } else { "reload" };
    assert_eq!(browser.get::<String>("performance.getEntriesByType('navigation')[0].type").await, expected);
    assert!(browser.get::<bool>("sessionStorage.getItem('parlab.reloaded') === null").await);
    assert_eq!(browser.text("#unshared").await, "");
    host.leaves();
    browser.goto("about:blank").await;
    browser.goto(host.url()).await;
    browser.ready().await;
    assert!(browser.get::<bool>("crossOriginIsolated").await);
    let options = json!({
        "run": "cpu-heavy", "scale": "smoke", "strategy": "sequential,async,threads,processes", "workers": 2, "runs": 1,
        "warmup": 0,
    });
    let report = browser.run(options).await.expect("a report");
    assert_eq!((report.runs.len(), report.failed()), (4, 0));
    assert!(!report.environment.target_in_browser, "it asks none");

    // The target is in the browser, too: no host is needed, and the report says so.
    let options = json!({
        "run": "post", "scale": "smoke", "strategy": "sequential,async,threads,processes", "workers": 2, "runs": 1, "warmup": 0,
    });
    let report = browser.run(options).await.expect("a report");
    assert_eq!((report.runs.len(), report.failed()), (4, 0));
    assert!(report.environment.target_in_browser);
    fs::write(folder.path().join("browser.json"), report.to_json()).expect("written");
    let plan = ["-s", "sequential,async,threads,processes", "-w", "2", "--runs", "1", "--warmup", "0"];
    let native = crate::support::parlab::report(&[&["post", "--scale", "smoke"], &plan[..]].concat());
    fs::write(folder.path().join("native.json"), native.to_json()).expect("written");
    let compared = parlab().args(["compare", "native.json", "browser.json"]).current_dir(folder.path()).output();
    let compared = compared.expect("parlab runs");
    let compared = text(&compared.stdout) + &text(&compared.stderr);
    let words: Vec<&str> = compared.split_whitespace().collect();
    assert!(words.join(" ").contains("the target that it asks was in the browser in "), "{compared}");
    browser.goto(&format!("{}?run=connections", host.url())).await;
    browser.until("document.querySelector('#plan')").await;
    assert!(browser.text("main").await.contains("here no request opens a connection"));
}

#[tokio::test]
async fn the_first_visit_keeps_the_page_and_the_next_one_needs_no_host() {
    check_visits(Engine::Chromium).await;
}

#[tokio::test]
async fn the_first_visit_keeps_the_page_and_the_next_one_needs_no_host_in_firefox() {
    check_visits(Engine::Firefox).await;
}

#[tokio::test]
async fn the_first_visit_keeps_the_page_and_the_next_one_needs_no_host_in_webkit() {
    check_visits(Engine::Webkit).await;
}

#[tokio::test]
async fn a_new_build_is_offered_and_waits_for_the_end_of_a_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let [site, next] = ["site", "next"].map(|name| folder.path().join(name));
    write_site(&site, 0);
    write_site(&next, 0);
    rebuild(&next);
    let host = StaticHost::start(&site, BELOW);
    let browser = Browser::open(host.url()).await;
    browser.until("window.parlab && crossOriginIsolated").await;
    browser.ready().await;
    host.has(&next);
    browser.goto(host.url()).await;
    browser.ready().await;
    browser.until("document.querySelector('#new-version button')").await;
    let named = "document.querySelector('script[type=module]').src";
    assert!(browser.get::<String>(named).await.contains(&build(&site)), "nothing is replaced before it is asked for");
    let line = browser.text("#new-version").await;
    assert!(line.contains("There is a new version of this page.") && line.contains("Use the new version"), "{line}");

    let options = "{run: 'sum', scale: 'smoke', strategy: 'sequential', runs: 1000, warmup: 0}";
    browser
        .get::<u32>(&format!("(parlab.run({options}).catch(() => {{}}).then(() => {{ window.ended = true; }}), 0)"))
        .await;
    browser.until("document.querySelector('#new-version button').disabled").await;
    assert!(browser.text("#new-version").await.contains("when the run is over"));
    browser.get::<Option<u32>>("parlab.cancel()").await;
    browser.until("window.ended && !document.querySelector('#new-version button').disabled").await;

    browser.click("#new-version button").await;
    browser.until(&format!("{named}.includes('{REBUILT}') && window.parlab")).await;
    browser.ready().await;
    assert!(browser.get::<bool>("crossOriginIsolated").await);
    assert_eq!(browser.text("#new-version").await, "");
}

#[tokio::test]
async fn what_is_missing_without_a_service_worker_is_said_and_the_rest_works() {
    let folder = tempfile::tempdir().expect("a folder");
    let site = folder.path().join("site");
    write_site(&site, 0);
    fs::remove_file(site.join("service-worker.js")).expect("removed");
    let host = StaticHost::start(&site, BELOW);
    let browser = Browser::open(host.url()).await;
    browser.ready().await;
    let note = browser.text("#unshared").await;
    let reason = "the browser refused the page's service worker (";
    assert!(note.contains(reason) && note.contains("the host answers 404 for service-worker.js"), "{note}");
    assert!(note.contains("To get it, put the site on its host again, all of it"), "{note}");
    let refused = browser.run(json!({"run": "post", "scale": "smoke"})).await.expect_err("refused");
    assert!(refused.contains("it sends requests, and without a service worker this page has no target"), "{refused}");
    assert!(refused.contains(reason) && refused.contains("or name a server"), "{refused}");
    let report = browser.run(json!({"run": "sum", "scale": "smoke", "runs": 1, "warmup": 0})).await.expect("a report");
    assert_eq!(report.failed(), 0);

    // A server that is named answers all the same.
    let target = Target::start(&[]);
    let options = json!({"run": "post", "scale": "smoke", "runs": 1, "warmup": 0, "target": target.1});
    let report = browser.run(options).await.expect("a report");
    assert_eq!((report.failed(), report.environment.target_in_browser), (0, false));

    // A build that the host has no more, and one of which a part is missing.
    let build = build(&site);
    let said = async |name: &str| {
        let path = site.join(name);
        let content = fs::read(&path).expect("there");
        fs::remove_file(&path).expect("removed");
        let browser = Browser::open(host.url()).await;
        browser.until("document.querySelector('[role=alert]')").await;
        fs::write(&path, content).expect("written");
        browser.text("[role=alert]").await
    };
    for name in ["start.js", "page.js"] {
        let said = said(&format!("{build}{name}")).await;
        assert!(said.starts_with("The page was replaced by that of another build: reload it."), "{name}: {said}");
    }
}

/// Checks that the page says what is missing, and runs what does without.
async fn check_without_target(browser: &Browser, reason: &str, fix: &str) {
    browser.ready().await;
    let note = browser.text("#unshared").await;
    assert!(note.contains(reason) && note.contains(&format!("To get it, {fix}")), "{note}");
    let refused = browser.run(json!({"run": "post", "scale": "smoke"})).await.expect_err("refused");
    assert!(
        refused.contains("without a service worker this page has no target") && refused.contains(reason),
        "{refused}"
    );
    let options = json!({"run": "sum", "scale": "smoke", "runs": 1, "warmup": 0});
    let report = browser.run(options).await.expect("a report");
    assert!(report.failed() == 0 && !report.runs.is_empty());
}

#[tokio::test]
async fn without_https_the_page_says_what_is_missing_and_runs_the_rest() {
    let folder = tempfile::tempdir().expect("a folder");
    put_site(folder.path());
    let host = StaticHost::start(folder.path(), BELOW);
    // Of another machine's name nobody knows that it is this one.
    let url = host.url().replace("127.0.0.1", "lab.example");
    let browser = Browser::open_wanting(Engine::Chromium, &url, |wants| {
        let arguments = wants["goog:chromeOptions"]["args"].as_array_mut().expect("a list");
        arguments.push("--host-resolver-rules=MAP lab.example 127.0.0.1".into());
    });
    let reason = "this address is not secure, and browsers have no service workers there";
    check_without_target(&browser.await, reason, "open the page over https").await;
}

#[tokio::test]
async fn a_window_without_service_workers_says_so_and_runs_the_rest() {
    let folder = tempfile::tempdir().expect("a folder");
    put_site(folder.path());
    let host = StaticHost::start(folder.path(), BELOW);
    let browser = Browser::open_wanting(Engine::Firefox, host.url(), |wants| {
        wants["moz:firefoxOptions"]["prefs"]["dom.serviceWorkers.enabled"] = false.into();
    });
    let reason = "this browser has no service workers here, as in some private windows";
    check_without_target(&browser.await, reason, "open the page in a window that is not private").await;
}

/// The index and `guard.js` of a host that answers the index to everything else.
static REWRITTEN: OnceLock<[String; 2]> = OnceLock::new();

#[tokio::test]
async fn a_host_that_rewrites_addresses_is_named_as_such() {
    let folder = tempfile::tempdir().expect("a folder");
    let site = folder.path().join("site");
    write_site(&site, 0);
    REWRITTEN.set(["index.html", "guard.js"].map(|name| read(&site.join(name)))).expect("once");
    let host = Site::start(|path| {
        let [index, guard] = REWRITTEN.get().expect("it was set");
        match path {
            "/guard.js" => (200, Some(("Content-Type", "text/javascript")), guard.clone()),
            _ => (200, Some(("Content-Type", "text/html")), index.clone()),
        }
    });
    let browser = Browser::open(&host.at("/")).await;
    browser.until("document.querySelector('[role=alert]')").await;
    let said = browser.text("[role=alert]").await;
    assert!(
        said.starts_with("The host answered HTML where a script was expected: start.js is not there, or"),
        "{said}"
    );
}
