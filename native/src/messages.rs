//! Messages between a parent and its worker processes: postcard in frames that begin with their
//! length (32 bits, big-endian), over the child's standard input and output. After [`PeerSpec`] and
//! [`Ready`], each `ToPeer` is answered by a `FromPeer`.

use std::io::{self, Read, Write};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::clock::Clock;
use crate::host::Setting;

/// The longest frame: no task or result comes near it, so that a longer one is a broken pipe's garbage.
pub const FRAME_BYTES_MAX: usize = 256 << 20;

/// What a peer is made for: what its parent sends first.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PeerSpec {
    /// The clock of all workers of the run.
    pub clock: Clock,
    /// Which worker the child is.
    pub worker: u32,
    /// What all workers of the run have in common.
    pub setting: Setting,
}

/// What the child answers when it is ready for tasks.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Ready;

/// A message as the payload of a frame.
pub fn encode<T: Serialize>(message: &T) -> io::Result<Vec<u8>> {
    postcard::to_stdvec(message).map_err(io::Error::other)
}

/// The message in the payload of a frame.
pub fn decode<T: DeserializeOwned>(payload: &[u8]) -> io::Result<T> {
    postcard::from_bytes(payload).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

/// Writes a frame and flushes it.
pub fn write<T: Serialize>(to: &mut impl Write, message: &T) -> io::Result<()> {
    let payload = encode(message)?;
    let length = u32::try_from(payload.len()).map_err(io::Error::other)?;
    let mut frame = Vec::with_capacity(4 + payload.len());
    frame.extend_from_slice(&length.to_be_bytes());
    frame.extend_from_slice(&payload);
    to.write_all(&frame)?;
    to.flush()
}

/// Reads a frame; `None` at the end of the stream.
pub fn read<T: DeserializeOwned>(from: &mut impl Read) -> io::Result<Option<T>> {
    let mut length = [0; 4];
    match from.read_exact(&mut length) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let length = u32::from_be_bytes(length) as usize;
    if length > FRAME_BYTES_MAX {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("a frame of {length} bytes")));
    }
    let mut payload = vec![0; length];
    from.read_exact(&mut payload)?;
    decode(&payload).map(Some)
}

#[cfg(test)]
mod tests {
    use parlab_shared::measure::Order;
    use parlab_shared::task::{Task, Work};

    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let order = Order { tasks: vec![Task { id: 7, work: Work::Count { n: 1 << 40 } }], queued_ms: 0.1 };
        let mut pipe = Vec::new();
        write(&mut pipe, &order).expect("written");
        let mut pipe = pipe.as_slice();
        let read_back: Order = read(&mut pipe).expect("readable").expect("a frame");
        assert_eq!(read_back, order);
        assert!(read::<Order>(&mut pipe).expect("an end").is_none());
    }

    #[test]
    fn garbage_is_refused() {
        assert!(read::<Order>(&mut [0xff; 9].as_slice()).is_err());
    }
}
