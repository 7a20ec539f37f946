//! `processes`: child processes of this binary.

use std::process::Stdio;

use parlab_shared::measure::{FromPeer, Peers, ToPeer};
use tokio::time::timeout;
use tokio_util::task::TaskTracker;

use crate::clock::Clock;
use crate::framed_child::{END, FramedChild};
use crate::host::Setting;
use crate::messages::PeerSpec;

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

impl Peers for Children {
    type Peer = FramedChild;

    async fn start(&self, worker: u32) -> Result<FramedChild, String> {
        let spec = PeerSpec { clock: self.clock, worker, setting: self.setting.clone() };
        let started = FramedChild::start("worker process", "worker", Stdio::inherit(), &spec).await;
        started.map_err(|error| format!("{error:#}"))
    }

    async fn ask(&self, peer: &mut FramedChild, message: ToPeer) -> Result<FromPeer, String> {
        peer.ask(&message).await.map_err(|error| format!("{error:#}"))
    }

    async fn end(&self, peer: FramedChild) {
        peer.end().await;
    }

    fn leave(&self, peer: FramedChild) {
        self.left.spawn(peer.kill());
    }

    async fn until_left(&self) {
        self.left.close();
        // The system tells what they used when it was heard that they ended.
        _ = timeout(END, self.left.wait()).await;
    }
}
