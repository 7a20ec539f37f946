//! A child process of this binary: framed messages over pipes.

use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, bail};
use bytes::Bytes;
use futures::{SinkExt, StreamExt};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;
use tokio_util::codec::{FramedRead, FramedWrite, LengthDelimitedCodec};

use crate::messages::{self, FRAME_BYTES_MAX, Ready};
use crate::stopped;
use crate::this_program::this_program;

/// How long a child may take until it is ready. A busy machine needs a while.
const START: Duration = Duration::from_secs(30);
/// How long it may take to end when it was told to.
pub const END: Duration = Duration::from_secs(1);

/// One child and the pipes to it. Dropping it ends the child.
#[derive(Debug)]
pub struct FramedChild {
    /// What it is called in messages.
    what: &'static str,
    child: Child,
    to: FramedWrite<ChildStdin, LengthDelimitedCodec>,
    from: FramedRead<ChildStdout, LengthDelimitedCodec>,
}

impl FramedChild {
    /// Starts a child with a command of this binary, tells it what it is for, and waits until it is ready. Its standard error
    /// goes to `stderr`.
    ///
    /// # Errors
    /// It cannot be started, or is not ready in time.
    pub async fn start(
        what: &'static str,
        command: &str,
        stderr: impl Into<Stdio>,
        spec: &impl Serialize,
    ) -> anyhow::Result<Self> {
        let mut child = Command::from(this_program()?)
            .arg(command)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(stderr)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("a {what} could not be started"))?;
        let codec = || LengthDelimitedCodec::builder().max_frame_length(FRAME_BYTES_MAX).new_codec();
        let (Some(to), Some(from)) = (child.stdin.take(), child.stdout.take()) else {
            bail!("a {what} has no pipes");
        };
        let (to, from) = (FramedWrite::new(to, codec()), FramedRead::new(from, codec()));
        let mut started = Self { what, child, to, from };
        match timeout(START, started.ask(spec)).await {
            Ok(ready) => ready.map(|Ready| started),
            Err(_) => bail!("a {what} was not ready within {} s", START.as_secs()),
        }
    }

    /// Sends a message and waits for the answer.
    ///
    /// # Errors
    /// It ended, was stopped for too long, or answered something else.
    pub async fn ask<Q: Serialize, A: DeserializeOwned>(&mut self, question: &Q) -> anyhow::Result<A> {
        let question = Bytes::from(messages::encode(question)?);
        let (what, to, from) = (self.what, &mut self.to, &mut self.from);
        let answered = async {
            // A child that died before it read the question has closed its output too: that end is the one to tell of.
            _ = to.send(question).await;
            from.next().await
        };
        let answer = tokio::select! {
            answer = answered => answer,
            reason = stopped::for_too_long(&self.child) => bail!("the {what} {reason}"),
        };
        match answer {
            Some(answer) => Ok(messages::decode(&answer?)?),
            None => match timeout(END, self.child.wait()).await {
                Ok(status) => bail!("the {what} ended ({})", status?),
                Err(_) => bail!("the {what} closed its output"),
            },
        }
    }

    /// Ends the child and waits until it has ended.
    pub async fn end(self) {
        let Self { mut child, to, from, .. } = self;
        // It ends when its standard input does.
        drop((to, from));
        if timeout(END, child.wait()).await.is_err() {
            // Fails only if it has ended already. What the system keeps longer, as who waits for a disk, ends without us.
            _ = timeout(END, child.kill()).await;
        }
    }

    /// Ends the child at once. The returned future is ready when it has ended.
    pub fn kill(mut self) -> impl Future<Output = ()> {
        // Fails only if it has ended already.
        _ = self.child.start_kill();
        async move { _ = self.child.wait().await }
    }
}
