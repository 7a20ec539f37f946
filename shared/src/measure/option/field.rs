//! Where a request has the value of an option, and how it is read from text and written.

use std::str::FromStr;

use crate::address::{Address, Addresses};
use crate::dictionary::Sharing;
use crate::experiment::Variant;
use crate::measure::{PrecisionOf, Request};
use crate::scale::Scale;
use crate::screen::OnThread;
use crate::strategy::{Dispatch, Strategy};
use crate::target::{Fault, Filter, Latency, Protocol};
use crate::way::Lock;
use crate::workload::OperationKind;

/// Where a request has the value of an option.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Reads it from text; or says why that is none.
    pub set: fn(&mut Request, &str) -> Result<(), String>,
    /// Writes it as text, if there is one.
    pub get: fn(&Request) -> Option<String>,
}

/// The place of an option in a request, which has `None` there where it is not given.
macro_rules! field {
    ($name:ident) => {
        $crate::measure::option::field::Field {
            set: |request, text| {
                request.$name = Some($crate::measure::option::field::Value::read(text)?);
                Ok(())
            },
            get: |request| request.$name.as_ref().map($crate::measure::option::field::Value::write),
        }
    };
}
pub(super) use field;

/// Where a request has its scale, which it always has.
pub const SCALE: Field = Field {
    set: |request, text| {
        request.scale = Value::read(text)?;
        Ok(())
    },
    get: |request| Some(request.scale.write()),
};

/// A value of an option.
pub trait Value: Sized {
    /// Reads it; or says why the text is none.
    fn read(text: &str) -> Result<Self, String>;

    /// Writes it so that it is read again.
    fn write(&self) -> String;
}

/// Values that have a text of their own.
macro_rules! values {
    ($($type:ty),+) => {
        $(impl Value for $type {
            fn read(text: &str) -> Result<Self, String> {
                read(text)
            }

            fn write(&self) -> String {
                self.to_string()
            }
        })+
    };
}
values!(
    f64,
    Address,
    Addresses,
    Strategy,
    Scale,
    Dispatch,
    Lock,
    PrecisionOf,
    Variant,
    Sharing,
    Filter,
    OperationKind,
    OnThread,
    Protocol
);

/// Whole numbers, of which large ones may be written as powers of ten: `1e5`, `2.5e6`.
macro_rules! numbers {
    ($($type:ty),+) => {
        $(impl Value for $type {
            fn read(text: &str) -> Result<Self, String> {
                read(text).or_else(|reason| with_exponent(text).and_then(|number| number.try_into().ok()).ok_or(reason))
            }

            fn write(&self) -> String {
                self.to_string()
            }
        })+
    };
}
numbers!(u32, u64);

/// A whole number of digits, an `e` and a power of ten; the digits may have a point among them.
fn with_exponent(text: &str) -> Option<u64> {
    let (digits, power) = text.trim().split_once(['e', 'E'])?;
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let are_digits = [whole, part, power].iter().all(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    let zeros = power.parse::<u32>().ok()?.checked_sub(u32::try_from(part.len()).ok()?)?;
    if !are_digits {
        return None;
    }
    format!("{whole}{part}").parse::<u64>().ok()?.checked_mul(10_u64.checked_pow(zeros)?)
}

/// Numbers with commas between, those that are larger than can be read as the largest that can, and the first of those as
/// it was typed.
pub fn saturated(text: &str) -> (String, Option<String>) {
    let is_beyond = |text: &&str| {
        let number = text.parse().ok().filter(|_| text.starts_with(|first: char| first.is_ascii_digit()));
        number.is_some_and(|number: f64| number >= u64::MAX as f64) && *text != u64::MAX.to_string()
    };
    let typed = || text.split(',').map(str::trim);
    let read = typed().map(|text| if is_beyond(&text) { u64::MAX.to_string() } else { text.to_owned() });
    (read.collect::<Vec<_>>().join(","), typed().find(is_beyond).map(str::to_owned))
}

/// What is nothing by itself would be nothing in a list.
macro_rules! values_or_nothing {
    ($($type:ty = $nothing:literal),+) => {
        $(impl Value for $type {
            fn read(text: &str) -> Result<Self, String> {
                read(text)
            }

            fn write(&self) -> String {
                if self.is_none() { $nothing.to_owned() } else { self.to_string() }
            }
        })+
    };
}
values_or_nothing!(Latency = "0", Fault = "status:0");

impl Value for bool {
    fn read(text: &str) -> Result<Self, String> {
        match text.trim() {
            "1" | "true" | "on" => Ok(true),
            "0" | "false" | "off" => Ok(false),
            _ => Err(String::new()),
        }
    }

    fn write(&self) -> String {
        u8::from(*self).to_string()
    }
}

impl Value for String {
    fn read(text: &str) -> Result<Self, String> {
        Ok(text.trim().to_owned())
    }

    fn write(&self) -> String {
        self.clone()
    }
}

/// With commas between; nothing is an empty list, which a plan refuses.
impl<T: Value> Value for Vec<T> {
    fn read(text: &str) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Ok(Vec::new());
        }
        let read = |text: &str| match text.trim() {
            "" => Err("a value is missing beside a comma; use one comma between two values".to_owned()),
            text => T::read(text),
        };
        text.split(',').map(read).collect()
    }

    fn write(&self) -> String {
        self.iter().map(T::write).collect::<Vec<_>>().join(",")
    }
}

/// Reads anything that has a text.
fn read<T: FromStr<Err: ToString>>(text: &str) -> Result<T, String> {
    text.trim().parse().map_err(|error: T::Err| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_numbers_may_be_powers_of_ten() {
        let check = |text: &str, expected: Option<u64>| assert_eq!(u64::read(text).ok(), expected, "{text}");
        check("100000", Some(100_000));
        check("1e5", Some(100_000));
        check(" 2.5E6 ", Some(2_500_000));
        check("1e0", Some(1));
        check("18446744073709551615", Some(u64::MAX));
        for text in ["1e-5", "2.55e1", "e5", "1e", "1e+5", "1e99", "-1e5", "1.e", "1e5e5", "0x1e5", "1e20", "."] {
            check(text, None);
        }
        assert_eq!((u32::read("1e9").ok(), u32::read("1e10").ok()), (Some(1_000_000_000), None));
        assert_eq!(Vec::<u64>::read("1e4,1e5, 7"), Ok(vec![10_000, 100_000, 7]));
    }

    #[test]
    fn what_is_too_large_to_be_read_is_the_largest() {
        let largest = u64::MAX.to_string();
        for text in ["1e99", "1e999", " 99999999999999999999", "18446744073709551615"] {
            let (read, typed) = saturated(&format!("7,{text}"));
            assert_eq!(read, format!("7,{largest}"));
            assert_eq!(typed.as_deref(), Some(text.trim()).filter(|typed| *typed != largest));
        }
        for text in ["", "inf", "nan", "-1e99", "1e5,,2", "2.5e1", "infinity"] {
            assert_eq!(saturated(text), (text.to_owned(), None));
        }
    }

    #[test]
    fn nothing_is_a_value_of_a_list() {
        let read = |text| Vec::<Latency>::read(text).expect("latencies");
        assert_eq!((read("0").len(), read("0,10").len()), (1, 2));
        assert_eq!(read(&read("0").write()), read("0"));
        assert_eq!(Vec::<Fault>::read("status:0,cut").expect("faults").write(), "status:0,cut");
    }
}
