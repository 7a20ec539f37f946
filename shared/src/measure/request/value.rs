//! A request's values, held against their limits.

use super::RequestError;
use crate::address::Address;
use crate::measure::option::Kind;
use crate::workload::{OutOfRange, within};

/// A value that cannot be used.
pub(super) fn unfit(key: &str, value: &str, reason: &str) -> RequestError {
    RequestError::Unreadable { key: key.to_owned(), value: value.to_owned(), reason: reason.to_owned() }
}

/// The address of a target, with a slash at its end.
pub(super) fn target_address(address: Address) -> Result<Address, RequestError> {
    if address.query().is_some() {
        return Err(unfit("target", address.as_str(), "what follows its question mark would be lost: leave it out"));
    }
    Ok(address.as_folder())
}

/// A share from a number of percent.
pub(super) fn share(key: &str, percent: f64) -> Result<f64, RequestError> {
    if percent > 0.0 && percent <= 100.0 {
        return Ok(percent / 100.0);
    }
    Err(unfit(key, &percent.to_string(), &Kind::Percent.usage().unwrap_or_default()))
}

/// Milliseconds from a number of seconds.
pub(super) fn milliseconds(key: &str, seconds: f64, most: f64) -> Result<f64, RequestError> {
    if seconds > 0.0 && seconds <= most {
        return Ok(seconds * 1e3);
    }
    Err(unfit(key, &seconds.to_string(), &Kind::Seconds { to: most }.usage().unwrap_or_default()))
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
