//! `processes`: child processes of this binary, framed messages over pipes.

use std::process::Stdio;

use anyhow::{Context, bail};
use bytes::Bytes;
use futures::{SinkExt, StreamExt};
use parlab_shared::measure::{FromPeer, Peers, ToPeer};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio_util::codec::{FramedRead, FramedWrite, LengthDelimitedCodec};

use crate::clock::Clock;
use crate::host::Setting;
use crate::messages::{self, FRAME_BYTES_MAX, PeerSpec, Ready};

/// Makes child processes.
#[derive(Debug)]
pub struct Children {
    /// The clock that they join.
    pub clock: Clock,
    /// What all workers of the run have in common.
    pub setting: Setting,
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
}

impl WorkerProcess {
    /// Starts a child and waits until it is ready for tasks.
    async fn start(clock: Clock, setting: &Setting, worker: u32) -> anyhow::Result<Self> {
        let binary = std::env::current_exe().context("this program's own file is not known")?;
        let mut child = Command::new(&binary)
            .arg("worker")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start a worker process from {}", binary.display()))?;
        let codec = || LengthDelimitedCodec::builder().max_frame_length(FRAME_BYTES_MAX).new_codec();
        let (Some(to), Some(from)) = (child.stdin.take(), child.stdout.take()) else {
            bail!("a worker process has no pipes");
        };
        let (to, from) = (FramedWrite::new(to, codec()), FramedRead::new(from, codec()));
        let mut started = Self { child, to, from };
        let Ready = started.ask(&PeerSpec { base: clock.base(), worker, setting: setting.clone() }).await?;
        Ok(started)
    }

    /// Sends a message and waits for the answer.
    async fn ask<Q: Serialize, A: DeserializeOwned>(&mut self, question: &Q) -> anyhow::Result<A> {
        // A child that died before it read the question has closed its output too: that end is the one to tell of.
        _ = self.to.send(Bytes::from(messages::encode(question)?)).await;
        match self.from.next().await {
            Some(answer) => Ok(messages::decode(&answer?)?),
            None => bail!("the worker process ended ({})", self.child.wait().await?),
        }
    }
}
