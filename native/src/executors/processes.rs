//! `processes`: child processes of this binary, framed messages over pipes.

use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, bail};
use bytes::Bytes;
use futures::{SinkExt, StreamExt};
use parlab_shared::measure::{FromPeer, Peers, ToPeer};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;
use tokio_util::codec::{FramedRead, FramedWrite, LengthDelimitedCodec};
use tokio_util::task::TaskTracker;

use crate::clock::Clock;
use crate::host::Setting;
use crate::messages::{self, FRAME_BYTES_MAX, PeerSpec, Ready};
use crate::stopped;
use crate::this_program::this_program;

/// How long a child may take until it is ready. A busy machine needs a while.
const START: Duration = Duration::from_secs(30);
/// How long it may take to end when it was told to.
const END: Duration = Duration::from_secs(1);

/// Makes child processes.
#[derive(Debug)]
pub struct Children {
    /// The clock that they read, too.
    clock: Clock,
    /// What all workers of the run have in common.
    setting: Setting,
    /// Those that were left to end by themselves.
    left: TaskTracker,
}

impl Children {
    /// Makes children that read this clock, too, and have this in common.
    pub fn new(clock: Clock, setting: Setting) -> Self {
        Self { clock, setting, left: TaskTracker::new() }
    }
}

/// One child and the pipes to it. Dropping it ends the child.
#[derive(Debug)]
pub struct WorkerProcess {
    child: Child,
    to: FramedWrite<ChildStdin, LengthDelimitedCodec>,
    from: FramedRead<ChildStdout, LengthDelimitedCodec>,
}

impl Peers for Children {
    type Peer = WorkerProcess;

    async fn start(&self, worker: u32) -> Result<WorkerProcess, String> {
        WorkerProcess::start(self.clock, &self.setting, worker).await.map_err(|error| format!("{error:#}"))
    }

    async fn ask(&self, peer: &mut WorkerProcess, message: ToPeer) -> Result<FromPeer, String> {
        peer.ask(&message).await.map_err(|error| format!("{error:#}"))
    }

    async fn end(&self, peer: WorkerProcess) {
        peer.end().await;
    }

    fn leave(&self, mut peer: WorkerProcess) {
        // Fails only if it has ended already.
        _ = peer.child.start_kill();
        self.left.spawn(async move { peer.child.wait().await });
    }

    async fn until_left(&self) {
        self.left.close();
        // The system tells what they used when it was heard that they ended.
        _ = timeout(END, self.left.wait()).await;
    }
}

impl WorkerProcess {
    /// Starts a child and waits until it is ready for tasks.
    async fn start(clock: Clock, setting: &Setting, worker: u32) -> anyhow::Result<Self> {
        let mut child = Command::from(this_program()?)
            .arg("worker")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("a worker process could not be started")?;
        let codec = || LengthDelimitedCodec::builder().max_frame_length(FRAME_BYTES_MAX).new_codec();
        let (Some(to), Some(from)) = (child.stdin.take(), child.stdout.take()) else {
            bail!("a worker process has no pipes");
        };
        let (to, from) = (FramedWrite::new(to, codec()), FramedRead::new(from, codec()));
        let mut started = Self { child, to, from };
        let spec = PeerSpec { clock, worker, setting: setting.clone() };
        match timeout(START, started.ask(&spec)).await {
            Ok(ready) => ready.map(|Ready| started),
            Err(_) => bail!("a worker process was not ready within {} s", START.as_secs()),
        }
    }

    /// Sends a message and waits for the answer.
    async fn ask<Q: Serialize, A: DeserializeOwned>(&mut self, question: &Q) -> anyhow::Result<A> {
        let question = Bytes::from(messages::encode(question)?);
        let (to, from) = (&mut self.to, &mut self.from);
        let answered = async {
            // A child that died before it read the question has closed its output too: that end is the one to tell of.
            _ = to.send(question).await;
            from.next().await
        };
        let answer = tokio::select! {
            answer = answered => answer,
            reason = stopped::for_too_long(&self.child) => bail!("the worker process {reason}"),
        };
        match answer {
            Some(answer) => Ok(messages::decode(&answer?)?),
            None => match timeout(END, self.child.wait()).await {
                Ok(status) => bail!("the worker process ended ({})", status?),
                Err(_) => bail!("the worker process closed its output"),
            },
        }
    }

    /// Ends the child and waits until it has ended.
    async fn end(self) {
        let Self { mut child, to, from } = self;
        // It ends when its standard input does.
        drop((to, from));
        if timeout(END, child.wait()).await.is_err() {
            // Fails only if it has ended already. What the system keeps longer, as who waits for a disk, ends without us.
            _ = timeout(END, child.kill()).await;
        }
    }
}
