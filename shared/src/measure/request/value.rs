//! A request's values: read from text, and held against their limits.

use std::str::FromStr;

use super::RequestError;
use crate::workload::{OutOfRange, within};

/// A value that cannot be used.
pub(super) fn unfit(key: &str, value: &str, reason: &str) -> RequestError {
    RequestError::Unreadable { key: key.to_owned(), value: value.to_owned(), reason: reason.to_owned() }
}

/// The address of a target, with a slash at its end.
pub(super) fn target_address(address: &str) -> Result<String, RequestError> {
    let rest = ["http://", "https://"].iter().find_map(|scheme| address.strip_prefix(scheme));
    match rest {
        Some(rest) if !rest.is_empty() && !rest.contains(['?', '#', ' ']) => {
            Ok(format!("{}/", address.trim_end_matches('/')))
        }
        _ => Err(unfit("target", address, "use an address such as http://127.0.0.1:8017/")),
    }
}

/// A share from a number of percent.
pub(super) fn share(key: &str, percent: f64) -> Result<f64, RequestError> {
    if percent > 0.0 && percent <= 100.0 {
        return Ok(percent / 100.0);
    }
    Err(unfit(key, &percent.to_string(), "use percent, more than 0 and at most 100"))
}

/// A number within its limits.
pub(super) fn limit(
    name: &'static str,
    value: u32,
    from: u32,
    to: u32,
    reason: &'static str,
) -> Result<u32, OutOfRange> {
    within(name, value.into(), from.into(), to.into(), reason)?;
    Ok(value)
}

/// Yes or no.
pub(super) fn yes_or_no(key: &str, value: &str) -> Result<bool, RequestError> {
    match value.trim() {
        "1" | "true" => Ok(true),
        "0" | "false" => Ok(false),
        _ => Err(unfit(key, value, "use 1 or 0")),
    }
}

/// A value of any kind that has a text.
pub(super) fn read<T: FromStr<Err: ToString>>(key: &str, value: &str) -> Result<T, RequestError> {
    value.trim().parse().map_err(|error: T::Err| RequestError::Unreadable {
        key: key.to_owned(),
        value: value.to_owned(),
        reason: error.to_string(),
    })
}

/// Values with commas between.
pub(super) fn list<T: FromStr<Err: ToString>>(key: &str, value: &str) -> Result<Vec<T>, RequestError> {
    value.split(',').map(|one| read(key, one)).collect()
}
