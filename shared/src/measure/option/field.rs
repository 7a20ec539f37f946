//! Where a request has the value of an option, and how it is read from text and written.

use std::str::FromStr;

use crate::address::{Address, Addresses};
use crate::dictionary::Sharing;
use crate::experiment::Variant;
use crate::measure::{PrecisionOf, Request};
use crate::scale::Scale;
use crate::strategy::{Dispatch, Strategy};
use crate::target::{Fault, Filter, Latency};

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
values!(u32, u64, f64, Address, Addresses, Strategy, Scale, Dispatch, PrecisionOf, Variant);
values!(Sharing, Latency, Fault, Filter);

impl Value for bool {
    fn read(text: &str) -> Result<Self, String> {
        match text.trim() {
            "1" | "true" => Ok(true),
            "0" | "false" => Ok(false),
            _ => Err(String::new()),
        }
    }

    fn write(&self) -> String {
        u8::from(*self).to_string()
    }
}

/// With commas between; nothing is an empty list, which a plan refuses.
impl<T: Value> Value for Vec<T> {
    fn read(text: &str) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Ok(Vec::new());
        }
        text.split(',').map(T::read).collect()
    }

    fn write(&self) -> String {
        self.iter().map(T::write).collect::<Vec<_>>().join(",")
    }
}

/// Reads anything that has a text.
fn read<T: FromStr<Err: ToString>>(text: &str) -> Result<T, String> {
    text.trim().parse().map_err(|error: T::Err| error.to_string())
}
