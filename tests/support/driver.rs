//! The drivers of browsers, one for each engine.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// How long a driver may take until it is there, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// An engine of browsers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Of Chromium.
    Chromium,
    /// Of Firefox.
    Firefox,
    /// Of WebKitGTK.
    Webkit,
}

impl Engine {
    /// What a report calls the platform.
    pub fn name(self) -> &'static str {
        match self {
            Self::Chromium => "chromium",
            Self::Firefox => "firefox",
            Self::Webkit => "webkit",
        }
    }

    fn driver(self) -> &'static str {
        match self {
            Self::Chromium => "chromedriver",
            Self::Firefox => "geckodriver",
            Self::Webkit => "WebKitWebDriver",
        }
    }

    /// What is asked for of its driver; Chromium's has options for each test.
    pub fn wants(self) -> Value {
        match self {
            Self::Chromium => json!({}),
            Self::Firefox => json!({ "moz:firefoxOptions": { "args": ["-headless"] } }),
            Self::Webkit => {
                let options = json!({ "binary": mini_browser(), "args": ["--automation"] });
                json!({ "webkitgtk:browserOptions": options })
            }
        }
    }
}

/// WebKitGTK's browser for tests, which is not on PATH.
fn mini_browser() -> PathBuf {
    let folders = std::fs::read_dir("/usr/lib").into_iter().flatten().flatten().map(|entry| entry.path());
    let places = ["webkitgtk-6.0", "webkit2gtk-4.1", "webkit2gtk-4.0"];
    let found = folders.flat_map(|folder| places.map(|place| folder.join(place).join("MiniBrowser")));
    found.into_iter().find(|path| path.is_file()).expect("MiniBrowser is installed: run `cargo xtask provision`")
}

/// The driver process; dropping it ends it and its browser.
pub struct Driver {
    child: Child,
    /// Where it listens.
    pub port: u16,
    /// Whose browser to end.
    pub session: Option<String>,
    /// The display that its windows go to.
    display: Option<Child>,
}

impl Driver {
    /// Starts a driver on a free port. Drivers that start at the same time can pick the same port, and then one ends.
    pub fn start(engine: Engine) -> Self {
        (0..5).find_map(|_| Self::try_start(engine)).expect("the driver finds a free port")
    }

    fn try_start(engine: Engine) -> Option<Self> {
        let mut command = Command::new(engine.driver());
        let (mut port, mut display) = (0, None);
        match engine {
            Engine::Chromium => {}
            Engine::Firefox => _ = command.arg("--websocket-port=0").env("MOZ_CRASHREPORTER_DISABLE", "1"),
            Engine::Webkit => {
                // It does not say which port it took.
                port = TcpListener::bind("127.0.0.1:0").ok()?.local_addr().ok()?.port();
                let (child, name) = start_display();
                display = Some(child);
                command.envs([("DISPLAY", name.as_str()), ("GDK_BACKEND", "x11")]);
                // Without these, pages have no shared memory, and root has no browser.
                command.envs([("JSC_useSharedArrayBuffer", "1"), ("WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS", "1")]);
            }
        }
        let command = command.arg(format!("--port={port}")).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command
            .spawn()
            .unwrap_or_else(|error| panic!("{} is missing: run `cargo xtask provision` ({error})", engine.driver()));
        let said = said_port(child.stdout.take().expect("its standard output is a pipe"));
        let found = if port == 0 { said.recv_timeout(PATIENCE).ok() } else { listens(port).then_some(port) };
        let driver = Self { child, port: found.unwrap_or_default(), session: None, display };
        // One that found no port is dropped, and so ended.
        found.map(|_| driver)
    }
}

/// The port that a driver says that it has. Reads to the end, whoever listens.
fn said_port(stdout: ChildStdout) -> mpsc::Receiver<u16> {
    let (tell, port) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            let words = ["started successfully on port ", "Listening on 127.0.0.1:"];
            let said = words.iter().find_map(|words| Some(line.split_once(words)?.1));
            if let Some(port) = said.and_then(|said| said.trim_end_matches('.').parse().ok()) {
                _ = tell.send(port);
            }
        }
    });
    port
}

/// Waits until somebody listens on a port.
fn listens(port: u16) -> bool {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    false
}

/// A display of which nothing is seen, and what it is called.
fn start_display() -> (Child, String) {
    let mut child = Command::new("Xvfb")
        .args(["-displayfd", "1", "-screen", "0", "1280x1024x24", "-nolisten", "tcp", "-noreset"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("Xvfb is installed: run `cargo xtask provision`");
    let mut number = String::new();
    BufReader::new(child.stdout.take().expect("its standard output is a pipe"))
        .read_line(&mut number)
        .expect("a number");
    (child, format!(":{}", number.trim()))
}

impl Drop for Driver {
    fn drop(&mut self) {
        // A driver that is killed leaves its browser behind: the session is ended first. Whatever fails here has no
        // test to fail any more.
        if let Some(session) = &self.session
            && let Ok(mut connection) = TcpStream::connect(("127.0.0.1", self.port))
        {
            let head = format!("DELETE /session/{session} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n", self.port);
            _ = connection.set_read_timeout(Some(Duration::from_secs(10)));
            _ = connection.write_all(format!("{head}Content-Length: 0\r\nConnection: close\r\n\r\n").as_bytes());
            _ = connection.read(&mut [0; 512]);
        }
        // These fail only if it has ended already.
        for child in std::iter::once(&mut self.child).chain(&mut self.display) {
            _ = child.kill();
            _ = child.wait();
        }
    }
}
