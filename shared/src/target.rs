//! How the target treats requests: typed, and read from text in one place, for plan, theory and target alike; and
//! what it [answers](answer), for whoever is one: a server, or a service worker.

pub mod answer;
pub mod bytes;
mod draws;
mod fault;
mod filter;
pub mod html;
pub mod image;
mod latency;
mod pace;
mod parameters;
mod protocol;
pub mod site;

pub use draws::{Draws, SEED, fnv1a64};
pub use fault::{Fault, FaultKind};
pub use filter::Filter;
pub use latency::{LATENCY_MAX_MS, Latency};
pub use pace::Pace;
pub use parameters::{Parameters, Refusal};
pub use protocol::{Protocol, Secured};

/// A number as it stands in options and URLs: digits, with or without a fraction. Signs, exponents and names such as
/// `inf` are none.
fn decimal(text: &str) -> Option<f64> {
    if text.trim_start_matches('.').is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return None;
    }
    // As JSON has it, whose reader is there anyway: `f64::from_str` would come with long tables of its own.
    let text = text.trim_start_matches('0');
    let before = if text.starts_with(|first: char| first.is_ascii_digit()) { "" } else { "0" };
    let after = if text.ends_with('.') { "0" } else { "" };
    serde_json::from_str(&format!("{before}{text}{after}")).ok()
}

/// Serialises a type as its text.
macro_rules! as_text {
    ($type:ident $name:literal) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(|reason| {
                    serde::de::Error::custom(format!(concat!($name, " = \"{}\" cannot be used: {}"), text, reason))
                })
            }
        }

        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                String::json_schema(generator)
            }
        }
    };
}
use as_text;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn numbers_are_read_as_the_standard_library_reads_them(text in "[0-9]{0,3}[.]{0,2}[0-9]{0,20}|[-+0-9.eEinf]{0,4}") {
            let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
            prop_assert_eq!(decimal(&text), text.parse().ok().filter(|_| plain));
        }
    }
}
