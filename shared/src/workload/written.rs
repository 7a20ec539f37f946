//! A workload in JSON and in messages: its name, then its parameters, which the name says how to read.

use std::fmt;

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::Workload;

/// The fields' names.
const FIELDS: &[&str] = &[NAME, PARAMS];
const NAME: &str = "workload";
pub(super) const PARAMS: &str = "params";

impl Serialize for Workload {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Workload", FIELDS.len())?;
        fields.serialize_field(NAME, self.name())?;
        self.write_params(&mut fields)?;
        fields.end()
    }
}

impl<'de> Deserialize<'de> for Workload {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_struct("Workload", FIELDS, Fields)
    }
}

struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = Workload;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a workload with its params")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut fields: A) -> Result<Workload, A::Error> {
        let name: String = fields.next_element()?.ok_or_else(|| Error::missing_field(NAME))?;
        fields.next_element_seed(ParamsOf(&name))?.ok_or_else(|| Error::missing_field(PARAMS))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Workload, A::Error> {
        let (mut name, mut params) = (None::<String>, None::<Value>);
        while let Some(key) = fields.next_key::<String>()? {
            match key.as_str() {
                NAME if name.is_some() => return Err(Error::duplicate_field(NAME)),
                NAME => name = Some(fields.next_value()?),
                PARAMS if params.is_some() => return Err(Error::duplicate_field(PARAMS)),
                // Their name may come later; and whatever they are read from, they are read by the same code.
                PARAMS => params = Some(fields.next_value()?),
                _ => return Err(Error::unknown_field(&key, FIELDS)),
            }
        }
        let name = name.ok_or_else(|| Error::missing_field(NAME))?;
        let params = params.ok_or_else(|| Error::missing_field(PARAMS))?;
        ParamsOf(&name).deserialize(params).map_err(Error::custom)
    }
}

/// Reads the parameters of the workload of a name.
struct ParamsOf<'a>(&'a str);

impl<'de> DeserializeSeed<'de> for ParamsOf<'_> {
    type Value = Workload;

    fn deserialize<D: Deserializer<'de>>(self, params: D) -> Result<Workload, D::Error> {
        Workload::read_params(self.0, params)
    }
}
