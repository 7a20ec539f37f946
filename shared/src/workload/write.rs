//! `write`: a text of lowercase letters to a file.

use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::entry::{Definition, Entry, Size};
use super::limits::within;
use super::{Cost, OutOfRange, Setting, Waves};
use crate::checksum::Body;
use crate::draw;
use crate::task::Work;

/// The longest text, in bytes.
const BYTES_MAX: u64 = 2_000_000_000;

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
}

impl Definition for Write {
    fn size(&self) -> Option<u64> {
        Some(self.bytes)
    }

    fn set_size(&mut self, size: u64) {
        self.bytes = size;
    }

    fn check(&self) -> Result<(), OutOfRange> {
        within("bytes", self.bytes, 0, BYTES_MAX, "a text has 2 GB at most")
    }

    fn disk_bytes(&self) -> u64 {
        if self.one_file { self.bytes } else { u64::from(self.tasks) * self.bytes }
    }

    fn cost(&self) -> Cost {
        Cost::Unknown
    }

    fn waves(&self, setting: Setting<'_>) -> Waves {
        Waves::once((0..self.tasks).map(|id| Work::Write {
            name: if self.one_file { "output.txt".to_owned() } else { format!("output-{id}.txt") },
            bytes: self.bytes,
            seed: setting.seed,
            flush: self.flush,
        }))
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
    fn made_once_and_never_mistaken_for_another() {
        let first = text(1, 100);
        assert_eq!((first.block.len(), first.checksum), (100, Body::of(&block(1, 100)).checksum()));
        assert_eq!(text(2, 100).block, block(2, 100));
        assert_eq!(text(2, 50).block, block(2, 50));
        assert_eq!(text(1, 100).block, first.block);
    }
}
