//! Files of several reports: each report file with what the user calls it.

use parlab_shared::report::{Report, load_json};
use serde::Deserialize;

/// The field of a report file that has what the user calls it. Whoever reads reports passes over it.
#[derive(Deserialize)]
struct Named {
    called: Option<String>,
}

/// A report file with what the user calls it.
pub fn named(json: &str, name: Option<&str>) -> String {
    let json = json.trim_end();
    match (name, json.strip_prefix('{')) {
        (Some(name), Some(rest)) => {
            let name = serde_json::to_string(name).expect("a text can be written");
            format!("{{\"called\":{name},{rest}")
        }
        _ => json.to_owned(),
    }
}

/// Reads one of them.
///
/// # Errors
/// What is wrong with it; the words follow a name.
pub fn read(json: &str) -> Result<(Vec<Report>, Option<String>), String> {
    let reports = load_json(json).map_err(|error| error.to_string())?;
    let named: Option<Named> = serde_json::from_str(json).ok();
    Ok((reports, named.and_then(|named| named.called)))
}
