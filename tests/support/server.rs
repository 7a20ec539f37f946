//! A `parlab serve` that a test starts, asks and ends.

use std::io::{BufRead, BufReader, ErrorKind};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use super::parlab::parlab;

/// How long the server has to say where it listens. A busy machine needs a while to start a process.
const START: Duration = Duration::from_secs(20);

/// A running server; dropping it ends it.
pub struct Server {
    child: Child,
    url: String,
    token: String,
    /// What it says after that, line by line.
    lines: mpsc::Receiver<String>,
}

impl Server {
    /// Starts the binary under test on a free port of loopback.
    pub fn start(options: &[&str]) -> Self {
        let mut command = parlab();
        command.args(["serve", "--listen", "127.0.0.1:0"]).args(options);
        Self::launch(command)
    }

    /// Starts one that other machines reach, over TLS. It knows of no other plans, as [`Self::alone`].
    pub fn elsewhere(folder: &Path) -> Self {
        let mut command = parlab();
        command.args(["serve", "--listen", "0.0.0.0:0", "--tls"]).env("XDG_RUNTIME_DIR", folder).env("TMPDIR", folder);
        Self::launch(command)
    }

    /// Starts one that knows of no other plans on this machine: what these know of each other is in a folder of its own.
    pub fn alone(folder: &Path) -> Self {
        let mut command = parlab();
        command.args(["serve", "--listen", "127.0.0.1:0"]).env("XDG_RUNTIME_DIR", folder).env("TMPDIR", folder);
        Self::launch(command)
    }

    /// Starts a server with any command, and waits until it says where it listens.
    pub fn launch(mut command: Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let begun = Instant::now();
        let mut child = loop {
            match command.spawn() {
                // A copied binary cannot be started while a process that another test is just starting has inherited
                // the file that the copy was written to (https://github.com/golang/go/issues/22315).
                Err(error) if error.kind() == ErrorKind::ExecutableFileBusy && begun.elapsed() < START => {
                    thread::sleep(Duration::from_millis(5));
                }
                child => break child.unwrap_or_else(|error| panic!("cannot start {command:?}: {error}")),
            }
        };
        let stdout = child.stdout.take().expect("its standard output is a pipe");
        let (sender, lines) = mpsc::channel();
        let mut server = Self { child, url: String::new(), token: String::new(), lines };

        // Reads to the end, whoever listens: a server whose output nobody takes would stop.
        thread::spawn(move || {
            BufReader::new(stdout).lines().map_while(Result::ok).for_each(|line| drop(sender.send(line)))
        });
        let line =
            server.lines.recv_timeout(START).unwrap_or_else(|error| panic!("{command:?} says no address: {error}"));
        let url = line.strip_prefix("parlab serves ").unwrap_or_else(|| panic!("{command:?} began with {line:?}"));
        let (url, token) = url.split_once("?token=").unwrap_or_else(|| panic!("{url} has no token"));
        (server.url, server.token) = (url.to_owned(), token.to_owned());
        server
    }

    /// The next line that it says with some words in it.
    pub fn says(&self, words: &str) -> String {
        let begun = Instant::now();
        while begun.elapsed() < START {
            if let Ok(line) = self.lines.recv_timeout(START)
                && line.contains(words)
            {
                return line;
            }
        }
        panic!("the server does not say {words:?}")
    }

    /// The number of its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What has to be known by whoever has something done there.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The address of the page, as it would be without the token; it ends with a slash.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The address of anything else, from its path.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url.trim_end_matches('/'))
    }

    /// The address and port that it listens on.
    pub fn address(&self) -> &str {
        self.url.trim_start_matches("http://").trim_start_matches("https://").trim_end_matches('/')
    }

    /// Sends it a signal, such as `TERM`.
    #[cfg(unix)]
    pub fn signal(&self, name: &str) {
        // Every shell has `kill`; not every machine has it as a program.
        let status = Command::new("sh").args(["-c", &format!("kill -s {name} {}", self.child.id())]).status();
        assert!(status.expect("there is a shell").success(), "cannot send {name} to the server");
    }

    /// Waits for its end; `None` if it still runs after this time.
    pub fn wait(&mut self, limit: Duration) -> Option<ExitStatus> {
        let begun = Instant::now();
        loop {
            let status = self.child.try_wait().expect("a child can be waited for");
            if status.is_some() || begun.elapsed() > limit {
                return status;
            }
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only if it has ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
