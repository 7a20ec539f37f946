//! A Python process that waits for orders: JSON, one message per line, over its standard input and output.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use futures::StreamExt;
use parlab_shared::report::Python;
use parlab_shared::run::RunSpec;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;
use tokio_util::codec::{FramedRead, LinesCodec};

use super::package::Package;
use crate::complaints::Complaints;
use crate::messages::FRAME_BYTES_MAX;
use crate::stopped;

/// How long a Python may take to say hello. A busy machine needs a while.
const HELLO: Duration = Duration::from_secs(30);
/// How long it may take to end with its workers, once it was told to. It cannot hear that within a long step in C.
const END: Duration = Duration::from_millis(500);

/// Before that, other lines than this are not read.
const PRINTED_MAX: usize = 10_000;

/// What a Python says first.
#[derive(Clone, Debug, Deserialize)]
pub struct Hello {
    /// The interpreter, as reports name it.
    #[serde(flatten)]
    pub python: Python,
    /// The smallest step that its clock was seen to make, in milliseconds.
    pub clock_step_ms: f64,
}

/// A run to be carried out.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Order<'a> {
    /// Which run of the plan it is.
    #[serde(flatten)]
    pub run: &'a RunSpec,
    /// Where its tasks create files.
    pub folder: &'a Path,
    /// The file of its board.
    pub board: &'a Path,
    /// When the clock began on which its times are to be, in milliseconds on the system's.
    pub clock_base_ms: f64,
}

/// A question instead of a run.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(tag = "check", rename_all = "kebab-case")]
pub enum Check {
    /// Can requests go over https?
    Https,
}

/// The answer to a question.
#[derive(Clone, Debug, Deserialize)]
pub struct Checked {
    /// Why it is no, if it is.
    pub unable: Option<String>,
}

/// A running Python. Dropping it ends it.
#[derive(Debug)]
pub struct Interpreter {
    child: Child,
    orders: ChildStdin,
    answers: FramedRead<ChildStdout, LinesCodec>,
    /// What it writes to standard error.
    pub complaints: Complaints,
}

impl Interpreter {
    /// Starts a Python and waits until it is ready for orders.
    ///
    /// # Errors
    /// It cannot be started, is too old, or is none.
    pub async fn start(program: &OsStr, package: &Package) -> anyhow::Result<(Self, Hello)> {
        let (to, complaints) = Complaints::create(&package.complaints())?;
        let mut command = Command::new(program);
        command.arg(package.script()).arg("--serve");
        // What is meant for other programs of the user's: another library, another folder for modules, a prompt at the end.
        for name in ["PYTHONHOME", "PYTHONPATH", "PYTHONSAFEPATH", "PYTHONSTARTUP", "PYTHONINSPECT"] {
            command.env_remove(name);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(to).kill_on_drop(true);
        // What interrupts this process in a terminal is not for that one, which is told what to do.
        #[cfg(unix)]
        command.process_group(0);
        let mut child = command.spawn().map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => anyhow!("there is no such program"),
            _ => error.into(),
        })?;
        let (Some(orders), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            bail!("it has no pipes");
        };
        // What never ends is no line.
        let answers = FramedRead::new(answers, LinesCodec::new_with_max_length(FRAME_BYTES_MAX));
        let mut started = Self { child, orders, answers, complaints };
        match timeout(HELLO, started.hello()).await {
            Ok(hello) => Ok((started, hello?)),
            Err(_) => bail!("it said nothing for {} s", HELLO.as_secs()),
        }
    }

    /// What it says first, after whatever libraries of the user's print when a Python starts.
    async fn hello(&mut self) -> anyhow::Result<Hello> {
        let mut instead = None;
        for _ in 0..PRINTED_MAX {
            match self.listen(&[]).await {
                Ok(hello) => return Ok(hello),
                Err(error) if error.is::<serde_json::Error>() => _ = instead.get_or_insert(error),
                Err(end) => return Err(instead.unwrap_or(end)),
            }
        }
        bail!("it printed {PRINTED_MAX} lines and was not ready")
    }

    /// Tells it something, and waits for the answer: an [`Order`] for its execution, a [`Check`] for what it found.
    ///
    /// # Errors
    /// It died, or answered something else.
    pub async fn ask<T: DeserializeOwned>(&mut self, order: &impl Serialize) -> anyhow::Result<T> {
        let mut line = serde_json::to_string(order)?;
        line.push('\n');
        self.listen(line.as_bytes()).await
    }

    /// The next thing that it says, after it was told something. To tell it may take as long as the answer: one that was
    /// stopped reads nothing.
    async fn listen<T: DeserializeOwned>(&mut self, told: &[u8]) -> anyhow::Result<T> {
        let (orders, answers) = (&mut self.orders, &mut self.answers);
        let answered = async {
            // One that died before it read the order has closed its output too: that end is the one to tell of.
            _ = orders.write_all(told).await;
            answers.next().await.transpose()
        };
        let heard = tokio::select! {
            line = answered => line.context("it answered no line of text")?,
            reason = stopped::for_too_long(&self.child) => bail!("the process {reason}"),
        };
        let Some(line) = heard else {
            let how = match timeout(END, self.child.wait()).await {
                Ok(status) => format!("the process ended ({})", status?),
                Err(_) => "the process closed its output".to_owned(),
            };
            let said = self.complaints.new_lines().pop().map(|line| format!(": {line}")).unwrap_or_default();
            bail!("{how}{said}");
        };
        serde_json::from_str(&line).with_context(|| {
            let beginning: String = line.chars().take(80).collect();
            format!("it answered {beginning:?}")
        })
    }

    /// Its process id, if it lives.
    #[cfg(all(test, target_os = "linux"))]
    pub fn pid(&self) -> Option<rustix::process::Pid> {
        rustix::process::Pid::from_raw(self.child.id()?.try_into().ok()?)
    }

    /// Whether it has not ended by itself, or by somebody else.
    pub fn lives(&mut self) -> bool {
        self.child.try_wait().is_ok_and(|status| status.is_none())
    }

    /// Ends it, and whatever it has going on.
    pub async fn end(self) {
        let Self { mut child, orders, .. } = self;
        // It ends its workers, and itself.
        drop(orders);
        if timeout(END, child.wait()).await.is_err() {
            // Within a long step in C it hears nothing; then it has no workers.
            _ = timeout(END, child.kill()).await;
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use parlab_shared::measure::Request;
    use parlab_shared::run::Execution;
    use parlab_shared::strategy::Platform;

    use super::*;

    #[tokio::test]
    async fn one_that_was_stopped_is_not_told_for_ever() {
        let folder = tempfile::tempdir().expect("a folder");
        let program = folder.path().join("python");
        let hello = r#"{"version":"3.9","implementation":"none","gil":true,"clock_step_ms":0.001}"#;
        fs::write(&program, format!("#!/bin/sh\necho '{hello}'\nkill -STOP $$\n")).expect("written");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).expect("permitted");
        let package = Package::unpack(folder.path()).expect("a package");
        let (mut interpreter, _) = Interpreter::start(program.as_os_str(), &package).await.expect("it says hello");

        let plan = Request::named("sum").plan(Platform::Python).expect("a plan");
        let row = plan.rows().next().expect("a row");
        // More than a pipe takes.
        let run = RunSpec { target: "x".repeat(1 << 20), ..plan.run(row, 0, false) };
        let order = Order { run: &run, folder: folder.path(), board: folder.path(), clock_base_ms: 0.0 };
        let error = interpreter.ask::<Execution>(&order).await.expect_err("it reads nothing").to_string();
        assert!(error.contains("was stopped for"), "{error}");
        interpreter.end().await;
    }
}
