//! `processes`: isolated instances of this module, each in a worker with a memory of its own.

use js_sys::Uint8Array;
use parlab_shared::dictionary::Sharing;
use parlab_shared::measure::{FromPeer, Peers, ToPeer};
use wasm_bindgen::{JsCast, JsValue};

use crate::lab::host::BrowserHost;
use crate::lab::workers::WorkerHandle;
use crate::messages::{set, typed};

/// Makes isolated instances.
#[derive(Debug)]
pub struct Instances {
    /// Where the team stands, which they learn in messages.
    pub host: BrowserHost,
    /// How workers share a dictionary, if they do.
    pub sharing: Option<Sharing>,
}

impl Peers for Instances {
    type Peer = WorkerHandle;

    async fn start(&self, worker: u32) -> Result<WorkerHandle, String> {
        let argument = typed("peer");
        set(&argument, "base_ms", &self.host.clock.base_ms().into());
        set(&argument, "folder", &self.host.folder.into());
        set(&argument, "timeout_ms", &self.host.timeout_ms.into());
        set(&argument, "worker", &worker.into());
        set(&argument, "sharing", &self.sharing.map_or(JsValue::UNDEFINED, |sharing| sharing.name().into()));
        let mut peer = WorkerHandle::start("peer", argument.into(), false)?;
        // The first message says that it is ready.
        peer.message().await?;
        Ok(peer)
    }

    async fn ask(&self, peer: &mut WorkerHandle, message: ToPeer) -> Result<FromPeer, String> {
        let message = postcard::to_stdvec(&message).map_err(|error| error.to_string())?;
        peer.post(&Uint8Array::new_from_slice(&message))?;
        let answer: Uint8Array = peer.message().await?.unchecked_into();
        postcard::from_bytes(&answer.to_vec()).map_err(|error| error.to_string())
    }
}
