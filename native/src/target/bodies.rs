//! Bodies of requests that are held in memory: of all that came together, only so much.

use std::ops::Deref;
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How much is held of all bodies together, until they were answered, besides what each may have for itself.
pub const BYTES_MAX: usize = 64 << 20;
/// How much of each body is held in any case. What plans post is shorter: whoever sends longer bodies, and not all of them,
/// takes no room from it.
pub const OWN_BYTES: usize = 16 << 10;

/// The room for bodies. Clones are the same room.
#[derive(Clone, Debug)]
pub struct Bodies(Arc<Semaphore>);

/// A body, and its room.
#[derive(Debug)]
pub struct Held {
    bytes: Vec<u8>,
    bodies: Bodies,
    room: Option<OwnedSemaphorePermit>,
}

/// There is no room for more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

impl Default for Bodies {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(BYTES_MAX)))
    }
}

impl Bodies {
    /// Holds a body that begins.
    pub fn hold(&self) -> Held {
        Held { bytes: Vec::new(), bodies: self.clone(), room: None }
    }
}

impl Held {
    /// Holds more of it.
    ///
    /// # Errors
    /// There is no room beside all others.
    pub fn add(&mut self, bytes: &[u8]) -> Result<(), Full> {
        let own = OWN_BYTES.saturating_sub(self.bytes.len());
        if let Some(wanted @ 1..) = bytes.len().checked_sub(own) {
            let wanted = u32::try_from(wanted).map_err(|_| Full)?;
            let more = Arc::clone(&self.bodies.0).try_acquire_many_owned(wanted).map_err(|_| Full)?;
            match &mut self.room {
                Some(room) => room.merge(more),
                None => self.room = Some(more),
            }
        }
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    /// The same, to be sent: its room is held until that is over.
    pub fn into_bytes(self) -> Bytes {
        Bytes::from_owner(self)
    }
}

impl Deref for Held {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_room_for_so_much_and_it_is_given_back() {
        let bodies = Bodies::default();
        let (mut first, mut second) = (bodies.hold(), bodies.hold());
        first.add(&vec![1; OWN_BYTES + BYTES_MAX - 1]).expect("there is room");
        first.add(&[2]).expect("there is just room");
        second.add(&[3; OWN_BYTES]).expect("it has that room in any case");
        assert_eq!((second.add(&[3]), second.add(&[])), (Err(Full), Ok(())));
        let first = first.into_bytes();
        let part = first.slice(first.len() - 1..);
        drop(first);
        assert_eq!((&*part, second.add(&[3])), (&[2][..], Err(Full)));
        drop(part);
        second.add(&[4]).expect("there is room again");
        assert!(second.len() == OWN_BYTES + 1 && second.ends_with(&[3, 4]));
    }
}
