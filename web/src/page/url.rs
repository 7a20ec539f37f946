//! The page's address: what it asks for.

use parlab_shared::experiment;
use parlab_shared::measure::{ALL, Request, RequestError};

use super::draft::Draft;
use super::unshared::Unshared;

/// What the address asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Requested {
    /// What of it could be read.
    pub draft: Draft,
    /// Begin as soon as the lab is there.
    pub autorun: bool,
    /// It names what to run.
    pub named: bool,
    /// What could not be read.
    pub errors: Vec<String>,
}

/// Reads the query of the page's address, with its question mark or without; workers can share a `memory` or not.
pub fn read(query: &str, memory: Result<(), Unshared>) -> Requested {
    let mut requested = Requested { draft: Draft::default(), autorun: false, named: false, errors: Vec::new() };
    let mut request = Request::default();
    let query = query.strip_prefix('?').unwrap_or(query);
    for (key, value) in form_urlencoded::parse(query.as_bytes()) {
        if key == "autorun" {
            match &*value {
                "1" => requested.autorun = true,
                "0" => requested.autorun = false,
                _ => {
                    let (key, value) = (key.into_owned(), value.into_owned());
                    let reason = "use 1 to run at once or 0 not to".to_owned();
                    requested.errors.push(RequestError::Unreadable { key, value, reason }.to_string());
                }
            }
            continue;
        }
        match request.set(&key, &value) {
            Ok(()) => requested.draft.put(&key, &value),
            Err(error) => requested.errors.push(error.to_string()),
        }
    }
    let first = || experiment::experiments().first().map_or("", |experiment| experiment.name.as_str());
    requested.named = requested.draft.has("run");
    if !requested.named {
        requested.draft.put("run", first());
    }
    requested.errors.extend(requested.draft.offer(memory).err());
    let name = requested.draft.get("run");
    if name != ALL && experiment::find(name).is_none() {
        requested.draft.put("run", first());
    }
    requested.autorun &= requested.errors.is_empty();
    requested
}
