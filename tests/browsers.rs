//! Browsers: each engine opens a page and leaves nothing, however parlab ends; what is missing, wrong or elsewhere.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use parlab_shared::report::load;
use serde_json::Value;

use crate::support::parlab::{parlab, text};
use crate::support::process::until;
use crate::support::room::{Room, Seen};
use crate::support::site::{Answer, Site};

/// How long a browser may take to open, or to end, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often is looked.
const LOOK: Duration = Duration::from_millis(20);

/// What `parlab doctor --json` found.
#[track_caller]
fn found(output: &Output) -> Value {
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", text(&output.stdout)))
}

/// A check that was made.
#[track_caller]
fn check<'a>(all: &'a Value, name: &str) -> &'a Value {
    let checks = all["checks"].as_array().expect("checks");
    checks.iter().find(|check| check["name"] == name).unwrap_or_else(|| panic!("no check {name}: {all:#}"))
}

/// Where a program is: on PATH, or where cargo installs programs.
fn which(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").expect("a PATH");
    let folders = std::env::split_paths(&path).chain(std::env::home_dir().map(|home| home.join(".cargo/bin")));
    let found = folders.map(|folder| folder.join(name)).find(|path| path.is_file());
    found.unwrap_or_else(|| panic!("{name} is not installed: run `cargo xtask provision`"))
}

#[test]
fn each_engine_opens_a_page_and_leaves_nothing() {
    let room = Room::new();
    let mut child = room.doctor().stdout(Stdio::piped()).spawn().expect("parlab runs");
    let mut seen = Seen::default();
    while child.try_wait().expect("a child").is_none() {
        seen.look(&child);
        thread::sleep(LOOK);
    }
    let all = found(&child.wait_with_output().expect("its output"));
    for name in ["chrom", "firefox", "MiniBrowser", "geckodriver", "Xvfb"] {
        assert!(seen.names().any(|process| process.contains(name)), "{name}: {:?}", seen.names().collect::<Vec<_>>());
    }
    assert_eq!(seen.left(), [] as [&str; 0]);
    for name in ["chromium", "firefox", "webkit"] {
        let made = check(&all, name);
        assert!(made["fine"] == true, "{made:#}");
        let said = made["found"].as_str().expect("words");
        assert!(said.starts_with("version ") && said.as_bytes()["version ".len()].is_ascii_digit(), "{said}");
    }
    room.is_left_empty();
    let names: Vec<_> = all["checks"].as_array().expect("checks").iter().map(|made| made["name"].clone()).collect();
    for name in
        ["python", "cores", "SMT", "quota", "frequency governor", "clock", "folder for files", "open files", "build"]
    {
        assert!(names.iter().any(|made| made == name), "{name}: {names:?}");
    }
    let is_fine = all["checks"].as_array().expect("checks").iter().all(|made| made["fine"] == true);
    assert_eq!(all["fine"], is_fine);
    for made in all["checks"].as_array().expect("checks") {
        assert_eq!(made["fine"] == true, made["fix"].is_null(), "{made:#}");
    }
}

#[test]
fn killing_parlab_leaves_nothing() {
    for (name, driver) in [("chrom", "chromedriver"), ("firefox", "geckodriver"), ("MiniBrowser", "WebKitWebDriver")] {
        let room = Room::new();
        let mut child = room.doctor().stdout(Stdio::null()).spawn().expect("parlab runs");
        let mut seen = Seen::default();
        until(name, || {
            let there = seen.look(&child);
            there.iter().any(|process| process == driver)
                && there.iter().any(|process| process != driver && process.contains(name))
        });
        // It has children of its own by now.
        thread::sleep(Duration::from_millis(200));
        seen.look(&child);
        child.kill().expect("it runs");
        child.wait().expect("it ended");
        until("over", || seen.left().is_empty() && room.processes().is_empty());
        // The folder goes after the last process.
        until("removed", || fs::read_dir(room.path()).expect("a folder").count() == 0);
    }
}

#[test]
fn what_is_missing_is_named_with_what_installs_it() {
    let room = Room::new();
    let output = room.bare().output().expect("parlab runs");
    let all = found(&output);
    let missing = |name: &str, fix: &str| {
        let made = check(&all, name);
        assert_eq!(made["fine"], false, "{made:#}");
        assert!(made["fix"].as_str().is_some_and(|said| said.contains(fix)), "{made:#}");
    };
    missing("chromium", "apt-get install chromium chromium-driver");
    missing("firefox", "apt-get install firefox-esr, and: cargo install geckodriver");
    missing("webkit", "apt-get install webkit2gtk-driver xvfb");
    assert_eq!(check(&all, "chromium")["found"], "chromium is neither on PATH nor in its usual places");
    // A window takes a display.
    let output =
        parlab().args(["doctor", "--json", "--headed"]).env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY").output();
    let all = found(&output.expect("parlab runs"));
    let made = check(&all, "firefox");
    assert_eq!(made["found"], "there is no display to show it on, as --headed asks");
    assert!(made["fix"].as_str().is_some_and(|fix| fix.contains("leave out --headed, or set DISPLAY")), "{made:#}");
    // As sentences for whoever reads.
    let output =
        parlab().arg("doctor").env("PATH", "/nonexistent").env("HOME", "/nonexistent").output().expect("parlab runs");
    let printed = text(&output.stdout);
    assert!(printed.replace("\n  ", " ").contains("Nothing can be measured in it. Install what it needs"), "{printed}");
}

#[test]
fn too_few_open_files_are_what_browsers_are_said_to_lack() {
    let room = Room::new();
    let mut limited = Command::new("prlimit");
    limited.args(["--nofile=64:64", "--"]).arg(parlab().get_program()).args(["doctor", "--json"]);
    let all = found(&limited.env("TMPDIR", room.path()).output().expect("prlimit runs"));
    let made = check(&all, "chromium");
    assert_eq!(made["fine"], false, "{made:#}");
    let said = made["found"].as_str().expect("words");
    assert!(said.contains("64 files open at once") && !said.contains("install"), "{said}");
    assert!(made["fix"].as_str().is_some_and(|fix| fix.starts_with("raise the limit: ulimit -n")), "{made:#}");
}

#[test]
fn a_named_place_is_looked_at_first() {
    let room = Room::new();
    let refused = |named: &str, expected: &str| {
        let output = room.bare().args(["--browser-path", named]).output().expect("parlab runs");
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{named}: {said}");
        assert!(said.replace('\n', " ").contains(expected), "{named}: {said}");
    };
    refused("opera=/bin/sh", "there is no \"opera\"");
    refused("firefox=/nowhere", "/nowhere does not exist");
    let text = room.path().join("text");
    fs::write(&text, "Mozilla Firefox 1.0").expect("a file");
    refused(&format!("firefox={}", text.display()), "is no program that can be started");
    refused("firefox", "use NAME=PATH");
    let shell = room.program("shell", "#!/bin/sh\necho Something 1.0\n");
    refused(&format!("firefox={}", shell.display()), "is no firefox: asked for its version, it says \"Something 1.0\"");
}

/// A chromium that says its version, and a driver that says another or answers as it is told.
fn with_driver(room: &Room, driver: &str) -> Value {
    let browser = room.program("chromium", "#!/bin/sh\necho Chromium 156.0.1\n");
    let driver = room.program("chromedriver", driver);
    let paths = [("chromium", browser), ("chromedriver", driver)];
    let paths = paths.map(|(name, path)| format!("--browser-path={name}={}", path.display()));
    found(&room.bare().args(paths).output().expect("parlab runs"))
}

#[test]
fn a_driver_of_another_version_is_named() {
    let room = Room::new();
    let all = with_driver(&room, "#!/bin/sh\necho ChromeDriver 120.0.1\n");
    let said = check(&all, "chromium")["found"].as_str().expect("words");
    assert!(said.contains("120.0.1 drives version 120, and") && said.contains("156.0.1 is version 156"), "{said}");
}

#[test]
fn a_driver_that_does_not_work_is_named_with_what_it_said() {
    let says = |script: &str, expected: &[&str]| {
        let room = Room::new();
        let all = with_driver(&room, script);
        let said = check(&all, "chromium")["found"].as_str().expect("words");
        assert!(expected.iter().all(|expected| said.contains(expected)), "{said}");
        assert_eq!(room.processes(), [] as [&str; 0]);
    };
    says(
        "#!/bin/sh\n[ \"$1\" = --version ] && echo ChromeDriver 156.0.2 && exit\necho cannot open shared object >&2\nexit 127\n",
        &["ends when it is started", "cannot open shared object", "exit status: 127"],
    );
    // One that says the right version, and refuses the browser all the same.
    // What is on PATH may be a script that needs PATH itself.
    let python = Command::new("python3").args(["-c", "import sys; print(sys.executable)"]).output();
    let python = text(&python.expect("Python is installed: run `cargo xtask provision`").stdout);
    let script = format!(
        r#"#!{}
import http.server, json, sys
class Driver(http.server.BaseHTTPRequestHandler):
    def answer(self, status, value):
        body = json.dumps({{"value": value}}).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def do_GET(self):
        self.answer(200, {{"ready": True}})
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(500, {{"error": "session not created", "message": "This version of ChromeDriver only supports Chrome version 120"}})
if sys.argv[1] == "--version":
    print("ChromeDriver 156.0.2")
else:
    http.server.HTTPServer(("127.0.0.1", int(sys.argv[1].split("=")[1])), Driver).serve_forever()
"#,
        python.trim()
    );
    says(
        &script,
        &[
            "session not created: This version of ChromeDriver only supports Chrome version 120",
            "may not belong together",
        ],
    );
}

/// What is found through a WebDriver elsewhere, and what that was asked for.
fn through(url: &str) -> Value {
    let room = Room::new();
    found(&room.bare().args(["--webdriver", url]).output().expect("parlab runs"))
}

#[test]
fn a_grid_that_opens_nothing_is_told_of() {
    let says = |url: &str, expected: &str| {
        let all = through(url);
        let said = check(&all, "firefox")["found"].as_str().expect("words");
        assert!(said.contains(expected), "{said}");
    };
    let nobody = TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("an address");
    says(&format!("http://{nobody}/wd/hub"), "it cannot be reached (");
    let answers = |answer: Answer, expected: &str| says(&Site::start(answer).at("/wd/hub"), expected);
    answers(
        |_| (200, None, "<html>Welcome".to_owned()),
        "it answers as no WebDriver does: status 200, \"<html>Welcome\"",
    );
    answers(|_| (404, None, "{}".to_owned()), "it answers as no WebDriver does: status 404, \"{}\"");
    let full =
        |_: &str| (200, None, r#"{"value": {"ready": false, "message": "Selenium Grid not ready."}}"#.to_owned());
    answers(full, "it is not ready (Selenium Grid not ready.): all of its browsers are in use");
    let lacks = |path: &str| match path {
        "/wd/hub/status" => (200, None, r#"{"value": {"ready": true, "message": ""}}"#.to_owned()),
        _ => (500, None, r#"{"status": 13, "value": {"message": "Empty pool of VM for setup"}}"#.to_owned()),
    };
    answers(lacks, "it says: Empty pool of VM for setup; it may have no firefox");
    let another = |path: &str| match path {
        "/wd/hub/session" => {
            let capabilities = r#"{"browserName": "lynx", "browserVersion": "9"}"#;
            (200, None, format!(r#"{{"value": {{"sessionId": "1", "capabilities": {capabilities}}}}}"#))
        }
        _ => (200, None, r#"{"value": null}"#.to_owned()),
    };
    answers(another, "\"lynx\" opened instead, version 9");
    let output = parlab().args(["doctor", "--webdriver", "grid:4444"]).output().expect("parlab runs");
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("as in http://grid:4444/wd/hub"));
}

#[test]
fn a_session_elsewhere_is_ended_after_parlab_was_killed() {
    let slow = |path: &str| match path {
        "/session" => {
            let capabilities = r#"{"browserName": "chrome", "browserVersion": "156"}"#;
            (200, None, format!(r#"{{"value": {{"sessionId": "a/b", "capabilities": {capabilities}}}}}"#))
        }
        "/session/a%2Fb/url" => {
            thread::sleep(PATIENCE);
            (200, None, r#"{"value": null}"#.to_owned())
        }
        _ => (200, None, r#"{"value": null}"#.to_owned()),
    };
    let grid = Site::start(slow);
    let room = Room::new();
    let mut command = room.bare();
    let mut child = command.args(["--webdriver", &grid.at("")]).stdout(Stdio::null()).spawn().expect("parlab runs");
    // Its keeper is there as soon as the session is.
    until("kept", || room.processes().len() == 2);
    // It has been told by the time that the page is asked for.
    thread::sleep(Duration::from_millis(300));
    child.kill().expect("it runs");
    child.wait().expect("it ended");
    until("over", || room.processes().is_empty());
    assert!(grid.seen().iter().any(|seen| seen.path == "/session/a%2Fb"), "the session goes on");
}

/// A Selenium Grid: a hub, and a node with a Chromium and a Firefox. Dropping it ends it.
struct Grid {
    url: String,
    _hub: Killed,
    _node: Killed,
}

/// A process that ends with its test.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        // Both fail only if it has ended already.
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

impl Grid {
    fn start(folder: &Path) -> Self {
        // Where xtask has put it.
        let tools = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../tools");
        let jar = tools
            .join("selenium-server/node_modules/selenium-server/lib/runner/selenium-server-standalone-3.141.59.jar");
        assert!(jar.exists(), "{} is missing: run `cargo xtask provision`", jar.display());
        let port = || TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("an address").port();
        let (hub_port, node_port) = (port().to_string(), port().to_string());
        let start = |properties: &[String], args: &[&str]| {
            let mut java = Command::new(which("java"));
            java.args(properties).arg("-jar").arg(&jar).args(args).env("TMPDIR", folder);
            Killed(java.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("java runs"))
        };
        let hub = start(&[], &["-role", "hub", "-host", "127.0.0.1", "-port", &hub_port]);
        let driver = |key: &str, name: &str| format!("-Dwebdriver.{key}.driver={}", which(name).display());
        let register = format!("http://127.0.0.1:{hub_port}/grid/register");
        let node = start(
            &[driver("gecko", "geckodriver"), driver("chrome", "chromedriver")],
            &[
                "-role",
                "node",
                "-host",
                "127.0.0.1",
                "-port",
                &node_port,
                "-hub",
                &register,
                "-browser",
                "browserName=firefox,maxInstances=1",
                "-browser",
                "browserName=chrome,maxInstances=1",
            ],
        );
        Self { url: format!("http://127.0.0.1:{hub_port}/wd/hub"), _hub: hub, _node: node }
    }
}

#[test]
fn a_real_selenium_grid_opens_its_browsers() {
    let room = Room::new();
    let grid = Grid::start(room.path());
    let begun = Instant::now();
    // Until the hub is there and its node has come, it says why not.
    let all = loop {
        let all = through(&grid.url);
        if check(&all, "chromium")["fine"] == true || begun.elapsed() > PATIENCE {
            break all;
        }
        thread::sleep(LOOK);
    };
    for name in ["chromium", "firefox"] {
        let made = check(&all, name);
        assert!(made["fine"] == true, "{made:#}");
    }
    let said = check(&all, "webkit")["found"].as_str().expect("words");
    assert!(said.contains("it may have no webkit"), "{said}");
    // A pair is measured by browsers that the grid opens.
    let pair = "pair count --scale smoke -n 2 --runs 1 --warmup 0 -s threads -w 2 --platform native,chromium,firefox";
    let mut command = parlab();
    let command = command.args(pair.split(' ')).args(["--webdriver", &grid.url, "--json", "-"]);
    let output = command.env("TMPDIR", room.path()).output().expect("parlab runs");
    assert!(output.status.success(), "{}", text(&output.stderr));
    let reports = load(&output.stdout).expect("a pair");
    assert!(reports.len() == 3 && reports.iter().all(|report| report.runs.len() == 1 && report.failed() == 0));
    // Sessions are ended: what is left is the grid itself.
    until("alone", || room.processes().iter().all(|process| process.contains("java")));
}
