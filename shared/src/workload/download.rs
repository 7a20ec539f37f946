//! `download`: bodies of a given length.

use serde::{Deserialize, Serialize};

use super::entry::{Definition, Entry, Parameters, Size};
use super::limits::within;
use super::{Cost, Model, OutOfRange, Setting, Waves};
use crate::address::Address;
use crate::task::Work;

/// The longest body that the target sends, in bytes.
const BYTES_MAX: u64 = 2_000_000_000;

/// What `download` is.
pub(super) static ENTRY: Entry = Entry {
    name: "download",
    about: "get a body, read it to its end",
    size: Some(Size { name: "bytes", means: "length of each body" }),
    in_python: true,
    writes_files: false,
    finds_tasks: false,
};

/// Get a body, read it to its end, keep nothing: of the target, or of addresses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
pub struct Download {
    /// Tasks per run.
    pub tasks: u32,
    /// Length of each body.
    pub bytes: u64,
    /// Only the head of an answer is waited for, as in the source: of the body nothing is read, and the connection ends.
    #[serde(default)]
    pub unread: bool,
    /// All tasks get the same address, and ask the browser's cache for it first; else each has an address of its own, and no cache
    /// is asked.
    #[serde(default)]
    pub one_address: bool,
    /// Addresses that are fetched as they are, in turn, instead of what the target offers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub urls: Vec<Address>,
    /// What the target does to each request.
    #[serde(flatten)]
    pub model: Model,
}

impl Definition for Download {
    fn cost(&self) -> Cost {
        Cost::Request { computing: 0.0 }
    }

    fn urls(&self) -> Option<&[Address]> {
        Some(&self.urls)
    }

    fn waves(&self, setting: Setting<'_>) -> Waves {
        let cached = self.one_address;
        let work = |url| if self.unread { Work::Open { url } } else { Work::Get { url, cached } };
        if !self.urls.is_empty() {
            let urls = self.urls.iter().cycle().take(self.tasks as usize);
            return Waves::once(urls.map(|url| work(url.to_string())));
        }
        let path = format!("bytes/{}", self.bytes);
        Waves::once((0..self.tasks).map(|id| work(setting.url(&path, (!cached).then_some(id), &self.model))))
    }

    fn model(&self) -> Option<&Model> {
        Some(&self.model)
    }
}

impl Parameters for Download {
    fn size(&self) -> Option<u64> {
        Some(self.bytes)
    }

    fn set_size(&mut self, size: u64) {
        self.bytes = size;
    }

    fn check(&self) -> Result<(), OutOfRange> {
        within("bytes", self.bytes, 0, BYTES_MAX, "the target sends no longer body")?;
        let refused = |name, value: String, fix: &str| {
            let reason =
                "its rows that ask one address over and over have it from the target, and read all of it".into();
            Err(OutOfRange { name, value, reason, fix: fix.to_owned() })
        };
        if self.one_address && self.unread {
            return refused("unread", "1".to_owned(), "whole bodies: leave it out");
        }
        if self.one_address
            && let [url, ..] = &self.urls[..]
        {
            return refused("urls", url.to_string(), "the target: leave the addresses out");
        }
        Ok(())
    }

    fn fetch(&mut self, urls: Vec<Address>) {
        (self.tasks, self.bytes) = (urls.len() as u32, 0);
        self.urls = urls;
    }

    fn model_mut(&mut self) -> Option<&mut Model> {
        Some(&mut self.model)
    }
}
