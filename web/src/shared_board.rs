//! A board in memory that this worker does not own.

use js_sys::{Uint8Array, WebAssembly};
#[cfg(feature = "lab")]
use parlab_shared::measure::HEADER_BYTES;

use crate::messages::BoardPlace;

/// A board in shared memory.
#[derive(Clone, Debug)]
pub struct SharedBoard {
    /// The memory of the team.
    pub memory: WebAssembly::Memory,
    /// Where it lies there.
    pub place: BoardPlace,
}

impl SharedBoard {
    /// A copy of the board's bytes, for `parlab_shared::measure::Snapshot::decode`.
    pub fn bytes(&self) -> Vec<u8> {
        self.first(self.place.length)
    }

    /// A copy of its beginning, for `parlab_shared::measure::Counts::decode`.
    #[cfg(feature = "lab")]
    pub fn header(&self) -> Vec<u8> {
        self.first(HEADER_BYTES as u32)
    }

    fn first(&self, length: u32) -> Vec<u8> {
        let BoardPlace { address, .. } = self.place;
        // There is room before there is a view: to make room can grow this memory, and what is not shared is detached then.
        let mut bytes = vec![0; length as usize];
        let view = Uint8Array::new_with_byte_offset_and_length(&self.memory.buffer(), address, length);
        view.copy_to(&mut bytes);
        bytes
    }
}
