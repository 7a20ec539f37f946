//! `json`: a text that is parsed and written, which branches and the allocator limit.

use parlab_work::{Sizes, Task, Workload};
use serde::{Deserialize, Serialize};

use super::{fraction, mixed};
use crate::checksum::Body;

/// Records that are parsed and written between two looks at whether somebody still waits.
const CHUNK: usize = 1000;

/// Parses records, changes them, and writes them again.
pub struct Json;

/// A record, as such texts have them.
#[derive(Serialize, Deserialize)]
struct Record {
    id: u64,
    name: String,
    tags: Vec<String>,
    place: [f64; 2],
    active: bool,
}

impl Workload for Json {
    const NAME: &'static str = "json";
    const ABOUT: &'static str = "parse records from JSON and write them again";
    const SIZE: &'static str = "records per task";
    const SIZES: Sizes = Sizes { smoke: 500, lab: 60_000, most: 10_000_000 };

    /// The records, as texts of a thousand.
    type Input = Vec<String>;

    fn setup(task: &Task<'_>) -> Vec<String> {
        let record = |id: u64| Record {
            id,
            name: format!("Record \u{201c}{id}\u{201d}"),
            tags: (0..mixed(id) % 5).map(|tag| format!("tag-{}", mixed(id + tag) % 1000)).collect(),
            place: [fraction(id) * 360.0 - 180.0, fraction(id + 1) * 180.0 - 90.0],
            active: id.is_multiple_of(3),
        };
        let starts = (0..task.size).step_by(CHUNK);
        let text = |from: u64| {
            let records: Vec<Record> = (from..task.size.min(from + CHUNK as u64)).map(record).collect();
            serde_json::to_string(&records).expect("texts and numbers can be written")
        };
        starts.map(text).collect()
    }

    fn routine(texts: &mut Vec<String>, task: &Task<'_>) -> u64 {
        let mut digest = Body::default();
        for text in texts {
            if task.is_cancelled() {
                return 0;
            }
            let mut records: Vec<Record> = serde_json::from_str(text).expect("the text that setup wrote");
            records.iter_mut().for_each(|record| record.id += u64::from(task.id));
            digest.add(&serde_json::to_vec(&records).expect("texts and numbers can be written"));
        }
        digest.checksum()
    }
}
