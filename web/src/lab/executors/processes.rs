//! `processes`: isolated instances of this module, each in a worker with a memory of its own.

use parlab_shared::dictionary::Sharing;
use parlab_shared::measure::{FromPeer, Peers, ToPeer};
use parlab_shared::way::Lock;

use crate::lab::host::BrowserHost;
use crate::lab::workers::WorkerHandle;
use crate::messages::{PeerSpec, Role};
use crate::wire;

/// Makes isolated instances.
#[derive(Debug)]
pub struct Instances {
    /// Where the team stands, which they learn in messages.
    pub host: BrowserHost,
    /// How workers share a dictionary, if they do.
    pub sharing: Option<Sharing>,
    /// Which lock each of them takes.
    pub lock: Lock,
}

impl Peers for Instances {
    type Peer = WorkerHandle;

    async fn start(&self, worker: u32) -> Result<WorkerHandle, String> {
        let BrowserHost { clock, folder, timeout_ms, .. } = self.host;
        let (folder, sharing, lock) = (folder.to_owned(), self.sharing, self.lock);
        let spec = PeerSpec { worker, base_ms: clock.base_ms(), folder, timeout_ms, sharing, lock };
        let mut peer = WorkerHandle::start(Role::Peer(spec))?;
        // The first message says that it is ready.
        peer.message().await?;
        Ok(peer)
    }

    async fn ask(&self, peer: &mut WorkerHandle, message: ToPeer) -> Result<FromPeer, String> {
        let sealed = wire::seal_bytes(&message);
        if message.is_given() {
            peer.give_sealed(&sealed)?
        } else {
            peer.post_sealed(&sealed)?
        }
        wire::open_bytes(&peer.message().await?)
    }
}
