//! The page's address: what it asks for.

use parlab_shared::experiment;
use parlab_shared::measure::option::RUN;
use parlab_shared::measure::{ALL, RequestError, read_pairs};
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

/// The parameter that begins at once.
const AUTORUN: &str = "autorun";

/// Whether to begin at once, by what stands in the address for it.
fn autorun(given: &[(String, String)]) -> Result<bool, RequestError> {
    let key = AUTORUN.to_owned();
    match given {
        [] => Ok(false),
        [(_, value)] => match value.as_str() {
            "1" => Ok(true),
            "0" => Ok(false),
            _ => {
                let (value, reason) = (value.clone(), "use 1 to run at once or 0 not to".to_owned());
                Err(RequestError::Unreadable { key, value, reason })
            }
        },
        [(_, first), (_, second), ..] => {
            Err(RequestError::Twice { key, first: first.clone(), second: second.clone(), together: false })
        }
    }
}

/// Reads the page's address.
pub fn read() -> Asked {
    let search = browser::window().location().search().unwrap_or_default();
    let parameters = UrlSearchParams::new_with_str(&search).ok();
    let pairs = parameters.into_iter().flat_map(|parameters| browser::pairs(&parameters));
    let (own, pairs): (Vec<_>, Vec<_>) = pairs.partition(|(key, _)| key == AUTORUN);
    let (parameters, errors) = read_pairs(pairs);
    let mut asked = Asked {
        draft: parameters.into_iter().collect(),
        autorun: false,
        named: false,
        errors: errors.iter().map(ToString::to_string).collect(),
    };
    match autorun(&own) {
        Ok(autorun) => asked.autorun = autorun,
        Err(error) => asked.errors.push(error.to_string()),
    }
    let first = || experiment::experiments().first().map_or("", |experiment| experiment.name.as_str());
    asked.named = asked.draft.has(RUN);
    if !asked.named {
        asked.draft.put(RUN, first());
    }
    asked.errors.extend(asked.draft.offer().err());
    let name = asked.draft.get(RUN);
    if name != ALL && experiment::find(name).is_none() {
        asked.draft.put(RUN, first());
    }
    asked.autorun &= asked.errors.is_empty();
    asked
}
