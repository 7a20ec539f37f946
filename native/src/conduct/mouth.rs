//! What a plan that is carried out says to its page.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};

use bytes::Bytes;
use parlab_shared::conduct::{FromConductor, pack};
use tokio::sync::mpsc::UnboundedSender;

/// Something to say, for whoever has the socket.
#[derive(Debug)]
pub struct Words {
    /// What it is.
    pub said: Said,
    /// To be dropped once it is written, or cannot be: then the plan goes on.
    pub written: Written,
}

/// The plan waits as long as this lives.
#[derive(Debug)]
pub struct Written(#[expect(dead_code, reason = "that it is dropped is what it says")] SyncSender<()>);

/// A message.
#[derive(Debug)]
pub enum Said {
    /// Without bytes beside it.
    Text(String),
    /// With them.
    Bytes(Bytes),
}

/// Says things to the page. Clones speak to the same one.
#[derive(Clone, Debug)]
pub struct Mouth {
    words: UnboundedSender<Words>,
    is_paused: Arc<AtomicBool>,
}

impl Mouth {
    /// A mouth whose words come out there; boards only while it is not paused.
    pub fn new(words: UnboundedSender<Words>, is_paused: Arc<AtomicBool>) -> Self {
        Self { words, is_paused }
    }

    /// Whether nobody looks at boards.
    pub fn is_paused(&self) -> bool {
        self.is_paused.load(Ordering::Relaxed)
    }

    /// Says something, and returns when it is written.
    pub fn say(&self, message: &FromConductor) {
        self.put(Said::Text(serde_json::to_string(message).expect("messages have only text keys")));
    }

    /// Says something with bytes beside it, and returns when it is written.
    pub fn say_with(&self, message: &FromConductor, beside: &[u8]) {
        self.put(Said::Bytes(pack(message, beside).into()));
    }

    fn put(&self, said: Said) {
        let (sender, written) = sync_channel(0);
        // A page that is gone has stopped the plan.
        if self.words.send(Words { said, written: Written(sender) }).is_ok() {
            // It ends with an error when the words are dropped, which is what is waited for.
            _ = written.recv();
        }
    }
}
