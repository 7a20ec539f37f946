//! What parent and worker say to each other over pipes, and teams to isolated workers: postcard in frames.

#![no_main]

use libfuzzer_sys::fuzz_target;
use parlab_shared::measure::{Counts, FromPeer, Slots, Snapshot, ToPeer};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(said) = postcard::from_bytes::<ToPeer>(bytes) {
        let again = postcard::to_stdvec(&said).expect("it can be said");
        // Not the message itself: a time may be no number, which is unlike itself.
        let same = postcard::from_bytes::<ToPeer>(&again).expect("it can be heard");
        assert_eq!(postcard::to_stdvec(&same).expect("it can be said"), again);
    }
    if let Ok(said) = postcard::from_bytes::<FromPeer>(bytes) {
        let again = postcard::to_stdvec(&said).expect("it can be said");
        let same = postcard::from_bytes::<FromPeer>(&again).expect("it can be heard");
        assert_eq!(postcard::to_stdvec(&same).expect("it can be said"), again);
    }
    // Boards travel as bytes.
    _ = Counts::decode(bytes);
    if let Some(board) = Snapshot::decode(bytes) {
        _ = board.begun_before(1.0);
        _ = board.spans("why").len();
    }
    if let Some(slots) = Slots::of(bytes) {
        assert!((0..slots.len()).all(|task| slots.get(task).is_some()));
    }
});
