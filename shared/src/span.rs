//! A span: what one task left behind.

mod error;
pub mod phase;

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use error::{ErrorKind, TaskError};

/// What one task left behind. Times are milliseconds since its run began.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Span {
    /// The task, from 0.
    pub task: u32,
    /// Who had it, from 0.
    pub worker: u32,
    /// When it could first be taken.
    pub queued_ms: f64,
    /// When it was begun.
    pub start_ms: f64,
    /// When it was over.
    pub end_ms: f64,
    /// Bytes that were read, written or received.
    pub bytes: u64,
    /// A digest of the result, equal on every platform; `null` if the task failed.
    pub checksum: Option<Checksum>,
    /// Why it failed, if it did.
    pub error: Option<TaskError>,
    /// Named parts of its time, in milliseconds; and, as `spawn`, the time just before it began in which its worker was
    /// made, if that was made for it alone.
    pub phases: BTreeMap<String, f64>,
}

/// A digest of a result. In JSON 16 hexadecimal digits, which no reader rounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Checksum(pub u64);

impl std::fmt::Display for Checksum {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl Serialize for Checksum {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Checksum {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let digits = String::deserialize(deserializer)?;
        let only_digits = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        u64::from_str_radix(&digits, 16).ok().filter(|_| only_digits).map(Checksum).ok_or_else(|| {
            serde::de::Error::custom(format!("checksum \"{digits}\" is not a number of hexadecimal digits"))
        })
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Checksum {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Checksum".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^[0-9a-f]{1,16}$",
            "description": "A digest of a result: hexadecimal digits.",
        })
    }
}
