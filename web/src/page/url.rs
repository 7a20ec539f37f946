//! The page's address: what it asks for.

use parlab_shared::experiment;
use parlab_shared::measure::{ALL, Request, RequestError};
use web_sys::UrlSearchParams;

use super::browser;
use super::draft::Draft;

/// What the address asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// What of it could be read.
    pub draft: Draft,
    /// Begin as soon as the lab is there.
    pub autorun: bool,
    /// It names what to run.
    pub named: bool,
    /// What could not be read.
    pub errors: Vec<String>,
}

/// Reads the page's address.
pub fn read() -> Asked {
    let search = browser::window().location().search().unwrap_or_default();
    let mut asked = Asked { draft: Draft::default(), autorun: false, named: false, errors: Vec::new() };
    let mut request = Request::default();
    let parameters = UrlSearchParams::new_with_str(&search).ok();
    for (key, value) in parameters.into_iter().flat_map(|parameters| browser::pairs(&parameters)) {
        if key == "autorun" {
            match value.as_str() {
                "1" => asked.autorun = true,
                "0" => asked.autorun = false,
                _ => {
                    let reason = "use 1 to run at once or 0 not to".to_owned();
                    asked.errors.push(RequestError::Unreadable { key, value, reason }.to_string());
                }
            }
            continue;
        }
        match request.set(&key, &value) {
            Ok(()) => asked.draft.put(&key, &value),
            Err(error) => asked.errors.push(error.to_string()),
        }
    }
    let first = || experiment::experiments().first().map_or("", |one| one.name.as_str());
    asked.named = asked.draft.has("run");
    if !asked.named {
        asked.draft.put("run", first());
    }
    asked.errors.extend(asked.draft.offer().err());
    let name = asked.draft.get("run");
    if name != ALL && experiment::find(name).is_none() {
        asked.draft.put("run", first());
    }
    asked.autorun &= asked.errors.is_empty();
    asked
}
