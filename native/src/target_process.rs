//! The target server of a native run: a child process of this binary.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use parlab_shared::address::Address;
use parlab_shared::target::Secured;

use crate::target::settling::{SETTLE, Settled};
use crate::this_program::this_program;

/// How long it may take to say where it listens. A busy machine needs a while.
const START: Duration = Duration::from_secs(30);
/// How often who waits for it looks whether the plan was stopped.
const LOOK: Duration = Duration::from_millis(50);
/// How long one that closed its output, or was killed, may take to end.
const END: Duration = Duration::from_secs(1);
/// How often is looked whether it has.
const END_LOOK: Duration = Duration::from_millis(1);

/// How a target is started.
#[derive(Clone, Debug)]
pub struct Manner {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// To which names it answers besides those of this machine.
    pub hosts: Vec<String>,
    /// How many connections it has at once, at most.
    pub connections: usize,
    /// Whether it listens with TLS, too.
    pub secured: bool,
}

/// A running `parlab target`. Dropping it ends it.
#[derive(Debug)]
pub struct TargetProcess {
    child: Ended,
    address: Address,
    listens_at: SocketAddr,
    secured: Option<Secured>,
    questions: ChildStdin,
    answers: Receiver<String>,
}

impl TargetProcess {
    /// Starts one. Waits until it listens, or until `stopped`.
    ///
    /// # Errors
    /// It cannot be started, or did not say where it listens.
    pub fn start(manner: &Manner, stopped: &impl Fn() -> bool) -> anyhow::Result<Self> {
        let (listen, connections) = (manner.listen.to_string(), manner.connections.to_string());
        let mut child = this_program()?
            // It ends when its standard input does, however this process ends.
            .args(["target", "--attached", "--listen", &listen, "--connections", &connections])
            .args(manner.hosts.iter().flat_map(|host| ["--host", host]))
            .args(manner.secured.then_some("--secured"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("the target server cannot be started")?;
        let (Some(questions), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            bail!("the target server has no pipes");
        };
        let (say, answers) = mpsc::channel();
        let read = move || BufReader::new(stdout).lines().map_while(Result::ok).try_for_each(|line| say.send(line));
        // Ends the child, however this goes on.
        let mut child = Ended(child);
        // It ends with the target.
        thread::Builder::new().name("target".to_owned()).spawn(read).context("the target server cannot be heard")?;
        let line = hear(&mut child, &answers, START, stopped);
        let line = line.context("the target server did not say where it listens")?;
        let said = line.strip_prefix("parlab target at ").and_then(address_in);
        let (address, listens_at) = said.with_context(|| format!("the target server said no address but {line:?}"))?;
        let secured = if manner.secured {
            let line = hear(&mut child, &answers, START, stopped);
            let line = line.context("the target server did not say where it listens with TLS")?;
            Some(serde_json::from_str(&line).with_context(|| format!("the target server said {line:?}"))?)
        } else {
            None
        };
        Ok(Self { child, address, listens_at, secured, questions, answers })
    }

    /// Where it listens: a folder.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// The same in numbers.
    pub fn listens_at(&self) -> SocketAddr {
        self.listens_at
    }

    /// Where it listens with TLS, if it does.
    pub fn secured(&self) -> Option<&Secured> {
        self.secured.as_ref()
    }

    /// Waits until no connection is open any more; not for longer than a few seconds, nor after `stopped`.
    ///
    /// # Errors
    /// It has ended, or says nothing.
    pub fn settle(&mut self, stopped: &impl Fn() -> bool) -> anyhow::Result<Settled> {
        // One that has ended does not read it either: that end is the one to tell of.
        _ = self.questions.write_all(b"\n");
        let line = hear(&mut self.child, &self.answers, 2 * SETTLE, stopped)?;
        serde_json::from_str(&line).with_context(|| format!("it answered {line:?}"))
    }
}

/// The address that a target says, and the same in numbers.
fn address_in(url: &str) -> Option<(Address, SocketAddr)> {
    let address: Address = url.parse().ok()?;
    let listens_at = address.origin().strip_prefix("http://")?.parse().ok()?;
    Some((address, listens_at))
}

/// The next line that a target says.
fn hear(
    child: &mut Ended,
    answers: &Receiver<String>,
    limit: Duration,
    stopped: &impl Fn() -> bool,
) -> anyhow::Result<String> {
    let until = Instant::now() + limit;
    loop {
        match answers.recv_timeout(LOOK) {
            Ok(line) => return Ok(line),
            Err(RecvTimeoutError::Disconnected) => match child.wait(END)? {
                Some(status) => bail!("it ended ({status})"),
                None => bail!("it closed its output"),
            },
            Err(RecvTimeoutError::Timeout) if stopped() => bail!("the plan was stopped"),
            Err(RecvTimeoutError::Timeout) if Instant::now() > until => {
                bail!("it said nothing for {} s", limit.as_secs())
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
}

/// A child that ends when this is dropped.
#[derive(Debug)]
struct Ended(Child);

impl Ended {
    /// How it ended; `None` if it still runs after some time.
    fn wait(&mut self, limit: Duration) -> std::io::Result<Option<ExitStatus>> {
        let until = Instant::now() + limit;
        loop {
            let status = self.0.try_wait()?;
            if status.is_some() || Instant::now() > until {
                return Ok(status);
            }
            thread::sleep(END_LOOK);
        }
    }
}

impl Drop for Ended {
    fn drop(&mut self) {
        // Both fail only if it has ended already. What the system keeps longer ends without us.
        _ = self.0.kill();
        _ = self.wait(END);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_target_listens_is_read_once() {
        let (address, listens_at) = address_in("http://127.0.0.1:8018/").expect("an address");
        assert_eq!((address.as_str(), listens_at), ("http://127.0.0.1:8018/", ([127, 0, 0, 1], 8018).into()));
        assert_eq!(address_in("http://localhost/"), None);
        assert_eq!(address_in("parlab serves"), None);
    }

    #[cfg(unix)]
    #[test]
    fn who_closed_its_output_and_lives_on_is_not_waited_for_for_ever() {
        let mut command = std::process::Command::new("sh");
        let child = command.args(["-c", "exec 1>&-; exec sleep 60"]).stdout(Stdio::piped()).spawn();
        let mut child = Ended(child.expect("there is a shell"));
        let (say, answers) = mpsc::channel::<String>();
        drop(say);
        let began = Instant::now();
        let error = hear(&mut child, &answers, START, &|| false).expect_err("it says nothing").to_string();
        assert_eq!(error, "it closed its output");
        drop(child);
        assert!(began.elapsed() < START, "{:?}", began.elapsed());
    }
}
