//! The target server of a native run: a child process of this binary.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};

use crate::http::Room;
use crate::this_program::this_program;

/// How long it may take to say where it listens. A busy machine needs a while.
const START: Duration = Duration::from_secs(30);
/// How long connections that their clients have ended may stay open.
const SETTLE: Duration = Duration::from_secs(5);
/// How often who waits for it looks whether the plan was stopped.
const LOOK: Duration = Duration::from_millis(50);
/// How often it looks whether connections are open.
const SETTLE_LOOK: Duration = Duration::from_millis(1);

/// A running `parlab target`. Dropping it ends it.
#[derive(Debug)]
pub struct TargetProcess {
    child: Child,
    url: String,
    questions: ChildStdin,
    answers: Receiver<String>,
}

/// How a target stands after a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// Connections that found no room since the last time.
    pub waited: usize,
    /// Connections that the system turned away since then, because too many waited to be accepted. They come again a
    /// second later, or later still.
    pub turned_away: u64,
}

impl TargetProcess {
    /// Starts one, for at most so many connections at once; port 0 takes a free one. Waits until it listens, or until
    /// `stopped`.
    ///
    /// # Errors
    /// It cannot be started, or did not say where it listens.
    pub fn start(listen: SocketAddr, connections: usize, stopped: &impl Fn() -> bool) -> anyhow::Result<Self> {
        let (listen, connections) = (listen.to_string(), connections.to_string());
        let mut child = this_program()?
            // It ends when its standard input does, however this process ends.
            .args(["target", "--attached", "--listen", &listen, "--connections", &connections])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("the target server cannot be started")?;
        let (Some(questions), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            bail!("the target server has no pipes");
        };
        let (say, answers) = mpsc::channel();
        let read = move || BufReader::new(stdout).lines().map_while(Result::ok).try_for_each(|line| say.send(line));
        let mut started = Self { child, url: String::new(), questions, answers };
        // It ends with the target.
        thread::Builder::new().name("target".to_owned()).spawn(read).context("the target server cannot be heard")?;
        let line = started.hear(START, stopped).context("the target server did not say where it listens")?;
        let Some(url) = line.strip_prefix("parlab target at ") else {
            bail!("the target server said no address but {line:?}");
        };
        started.url = url.to_owned();
        Ok(started)
    }

    /// Where it listens; ends with a slash.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Waits until no connection is open any more; not for longer than a few seconds, nor after `stopped`.
    ///
    /// # Errors
    /// It has ended, or says nothing.
    pub fn settle(&mut self, stopped: &impl Fn() -> bool) -> anyhow::Result<Settled> {
        // One that has ended does not read it either: that end is the one to tell of.
        _ = self.questions.write_all(b"\n");
        let line = self.hear(2 * SETTLE, stopped)?;
        serde_json::from_str(&line).with_context(|| format!("it answered {line:?}"))
    }

    /// The next line that it says.
    fn hear(&mut self, limit: Duration, stopped: &impl Fn() -> bool) -> anyhow::Result<String> {
        let until = Instant::now() + limit;
        loop {
            match self.answers.recv_timeout(LOOK) {
                Ok(line) => return Ok(line),
                Err(RecvTimeoutError::Disconnected) => bail!("it ended ({})", self.child.wait()?),
                Err(RecvTimeoutError::Timeout) if stopped() => bail!("the plan was stopped"),
                Err(RecvTimeoutError::Timeout) if Instant::now() > until => {
                    bail!("it said nothing for {} s", limit.as_secs())
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }
}

impl Drop for TargetProcess {
    fn drop(&mut self) {
        // Both fail only if it has ended already.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// The same, seen from the target: how its connections end.
#[derive(Debug)]
pub struct Settling {
    room: Room,
    turned_away: u64,
}

impl Settling {
    /// Of the connections in this room.
    pub fn of(room: Room) -> Self {
        Self { room, turned_away: turned_away() }
    }

    /// Waits until no connection is open any more, but not for longer than a few seconds, and says how it went since the
    /// last time.
    pub async fn wait(&mut self) -> Settled {
        let until = Instant::now() + SETTLE;
        while self.room.open() > 0 && Instant::now() < until {
            tokio::time::sleep(SETTLE_LOOK).await;
        }
        let before = std::mem::replace(&mut self.turned_away, turned_away());
        Settled { waited: self.room.take_waited(), turned_away: self.turned_away.saturating_sub(before) }
    }
}

/// Connections that were turned away on this machine since it was started, whoever they were for, where the system tells
/// (`ListenOverflows`, <https://docs.kernel.org/networking/snmp_counter.html>).
fn turned_away() -> u64 {
    fs::read_to_string("/proc/net/netstat").ok().and_then(|text| overflows(&text)).unwrap_or(0)
}

/// The counter in a table whose lines come in twos: names, then numbers.
fn overflows(netstat: &str) -> Option<u64> {
    let mut lines = netstat.lines().filter(|line| line.starts_with("TcpExt:"));
    let place = lines.next()?.split_whitespace().position(|name| name == "ListenOverflows")?;
    lines.next()?.split_whitespace().nth(place)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_systems_counter_is_found() {
        let netstat =
            "TcpExt: SyncookiesSent ListenOverflows ListenDrops\nTcpExt: 1 22 333\nIpExt: InOctets\nIpExt: 5\n";
        assert_eq!(overflows(netstat), Some(22));
        assert_eq!(overflows("IpExt: InOctets\nIpExt: 5\n"), None);
    }
}
