//! Rows over a number that they differ in.

use std::collections::BTreeSet;

use crate::experiment::differing_params;
use crate::label::RowLabel;
use crate::row::Row;

/// Rows that differ in nothing but the parameter, by what they have in common, each with its value, ascending.
pub type ByParameter<'a> = Vec<(String, Vec<(f64, &'a Row)>)>;

/// The number that rows differ in, of several the one with the most values, and the rows by the lines that they make over it.
/// `None` if there is no such number, or no line has two points.
pub fn by_parameter<'a>(rows: impl Iterator<Item = &'a Row> + Clone) -> Option<(&'a str, ByParameter<'a>)> {
    let own: Vec<_> = rows.clone().map(differing_params).collect();
    let names: BTreeSet<&'a str> = own.iter().flatten().map(|(name, _)| *name).collect();
    let values = |name: &str| {
        let values =
            own.iter().flatten().filter(|(known, _)| *known == name).map(|(_, value)| value.parse::<f64>().ok());
        let mut values: Vec<f64> = values.collect::<Option<_>>()?;
        values.sort_unstable_by(f64::total_cmp);
        values.dedup();
        Some(values.len()).filter(|values| *values > 1)
    };
    let numbers = names.into_iter().filter_map(|name| Some((values(name)?, name)));
    // Of as many values the first name in the alphabet.
    let (_, swept) = numbers.reduce(|most, next| if next.0 > most.0 { next } else { most })?;
    let mut curves: ByParameter<'a> = Vec::new();
    for row in rows {
        let Some((_, value)) = differing_params(row).into_iter().find(|(name, _)| *name == swept) else { continue };
        let name = RowLabel::of(row).without(swept).to_string();
        let Ok(value) = value.parse() else { continue };
        match curves.iter_mut().find(|(known, _)| *known == name) {
            Some((_, rows)) => rows.push((value, row)),
            None => curves.push((name, vec![(value, row)])),
        }
    }
    for (_, rows) in &mut curves {
        rows.sort_by(|(value, _), (next, _)| value.total_cmp(next));
    }
    // One point is no line.
    curves.retain(|(_, rows)| rows.len() > 1);
    (!curves.is_empty()).then_some((swept, curves))
}
