//! `write`: a text of lowercase letters to a file.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::entry::{Definition, Entry, Parameters, Size};
use super::limits::within;
use super::{Cost, OutOfRange, Setting, Waves};
use crate::checksum::Body;
use crate::draw;
use crate::task::Work;

/// The longest text, in bytes.
const BYTES_MAX: u64 = 2_000_000_000;
/// The longest one that is sent: it lies in a message as a whole, in memories that end at a gigabyte in browsers.
const SENT_BYTES_MAX: u64 = 100_000_000;

/// What `write` is.
pub(super) static ENTRY: Entry = Entry {
    name: "write",
    about: "write a text to a file",
    size: Some(Size { name: "bytes", means: "length of each text" }),
    in_python: true,
    writes_files: true,
    finds_tasks: false,
};

/// Write a text to a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
pub struct Write {
    /// Tasks per run.
    pub tasks: u32,
    /// Length of each text.
    pub bytes: u64,
    /// Wait until it is on the disk.
    pub flush: bool,
    /// All tasks overwrite one file, as in the source; else each has its own.
    pub one_file: bool,
    /// Each task is given its whole text, in its message where it is told in messages, and writes it in one piece, as in
    /// the source; else workers make it before the clock starts, and write it block by block.
    #[serde(default)]
    pub sent: bool,
}

impl Definition for Write {
    fn shares_a_file(&self) -> bool {
        self.one_file
    }

    fn cost(&self) -> Cost {
        Cost::Unknown
    }

    fn waves(&self, setting: Setting<'_>) -> Waves {
        let Self { tasks, bytes, flush, one_file, sent } = *self;
        let name = |id| if one_file { "output.txt".to_owned() } else { format!("output-{id}.txt") };
        let given = sent.then(|| whole(setting.seed, bytes));
        Waves::once((0..tasks).map(|id| match &given {
            Some(text) => Work::WriteGiven { name: name(id), text: text.clone(), flush },
            None => Work::Write { name: name(id), bytes, seed: setting.seed, flush },
        }))
    }
}

impl Parameters for Write {
    fn size(&self) -> Option<u64> {
        Some(self.bytes)
    }

    fn set_size(&mut self, size: u64) {
        self.bytes = size;
    }

    fn check(&self) -> Result<(), OutOfRange> {
        within("bytes", self.bytes, 0, BYTES_MAX, "a text has 2 GB at most")?;
        let most = if self.sent { SENT_BYTES_MAX } else { BYTES_MAX };
        within("bytes", self.bytes, 0, most, "a text that is sent has 100 MB at most")
    }

    fn disk_bytes(&self) -> u64 {
        if self.one_file { self.bytes } else { u64::from(self.tasks) * self.bytes }
    }
}

/// Bytes that tasks are given: one for all in a memory, and its bytes in a message.
#[derive(Clone, PartialEq, Eq)]
pub struct Payload(Arc<Vec<u8>>);

impl Payload {
    /// So many bytes, all of them 0.
    pub(super) fn zeros(length: u64) -> Self {
        Self(Arc::new(vec![0; length as usize]))
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

impl Serialize for Payload {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Payload {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;

        impl Visitor<'_> for Bytes {
            type Value = Payload;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the bytes of a text")
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Payload, E> {
                Ok(Payload(Arc::new(bytes.to_vec())))
            }
        }

        deserializer.deserialize_bytes(Bytes)
    }
}

/// What is written at a time. A longer text repeats it, so that making a text costs as little as
/// writing it should.
pub const BLOCK_BYTES: u64 = 1 << 20;

/// A text to be written: its first block, over and over.
#[derive(Debug, Default)]
pub struct Text {
    /// The first block of the text, or all of it if that is shorter.
    pub block: Vec<u8>,
    /// The block's checksum.
    pub checksum: u64,
}

/// The text that is `bytes` long. All tasks of a run write the same one: it is made once in each memory, or making it
/// would take longer than writing it.
pub fn text(seed: u64, bytes: u64) -> Arc<Text> {
    static LAST: Mutex<Option<(u64, u64, Arc<Text>)>> = Mutex::new(None);
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((of_seed, of_bytes, text)) = &*last
        && (*of_seed, *of_bytes) == (seed, bytes)
    {
        return Arc::clone(text);
    }
    let block = block(seed, bytes);
    let text = Arc::new(Text { checksum: Body::of(&block).checksum(), block });
    *last = Some((seed, bytes, Arc::clone(&text)));
    text
}

/// The same text as a whole, in one piece. It is made anew only when nobody has it any more.
fn whole(seed: u64, bytes: u64) -> Payload {
    /// Of which seed and length a text is, as long as somebody has it.
    type Last = Option<(u64, u64, Weak<Vec<u8>>)>;
    static LAST: Mutex<Last> = Mutex::new(None);
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((of_seed, of_bytes, text)) = &*last
        && (*of_seed, *of_bytes) == (seed, bytes)
        && let Some(text) = text.upgrade()
    {
        return Payload(text);
    }
    let (first, bytes_whole) = (text(seed, bytes), bytes as usize);
    let mut text = Vec::with_capacity(bytes_whole);
    while text.len() < bytes_whole {
        text.extend_from_slice(&first.block[..first.block.len().min(bytes_whole - text.len())]);
    }
    let text = Arc::new(text);
    *last = Some((seed, bytes, Arc::downgrade(&text)));
    Payload(text)
}

/// The first block of the text: letters drawn by chance.
fn block(seed: u64, bytes: u64) -> Vec<u8> {
    let letters = |index| {
        // Twelve letters from each draw: 26¹² < 2⁶⁴.
        let mut bits = draw::bits(seed, index);
        std::array::from_fn::<u8, 12, _>(|_| {
            let letter = b'a' + (bits % 26) as u8;
            bits /= 26;
            letter
        })
    };
    let mut block: Vec<u8> = (0..bytes.min(BLOCK_BYTES).div_ceil(12)).flat_map(letters).collect();
    block.truncate(bytes.min(BLOCK_BYTES) as usize);
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_and_nothing_else() {
        let text = block(1, 1000);
        assert_eq!(text.len(), 1000);
        assert!(text.iter().all(u8::is_ascii_lowercase));
        assert_ne!(text, block(2, 1000));
        assert_eq!(block(1, u64::MAX).len() as u64, BLOCK_BYTES);
    }

    #[test]
    fn what_is_sent_is_the_same_text() {
        let bytes = BLOCK_BYTES + 100;
        let (given, block) = (whole(1, bytes), block(1, bytes));
        assert_eq!(given.bytes().len() as u64, bytes);
        assert_eq!(given.bytes(), [&block[..], &block[..100]].concat());
        let write = Write { tasks: 2, bytes, flush: false, one_file: true, sent: true };
        let tasks = write.waves(Setting { target: "", seed: 1 }).next(&[]).expect("a wave");
        let expected = Work::WriteGiven { name: "output.txt".to_owned(), text: given, flush: false };
        assert!(tasks.iter().all(|task| task.work == expected));
        assert!(Write { bytes: SENT_BYTES_MAX + 1, ..write.clone() }.check().is_err());
        assert_eq!(Write { bytes: BYTES_MAX, sent: false, ..write }.check(), Ok(()));
    }

    #[test]
    fn made_once_and_never_mistaken_for_another() {
        let first = text(1, 100);
        assert_eq!((first.block.len(), first.checksum), (100, Body::of(&block(1, 100)).checksum()));
        assert_eq!(text(2, 100).block, block(2, 100));
        assert_eq!(text(2, 50).block, block(2, 50));
        assert_eq!(text(1, 100).block, first.block);
    }
}
