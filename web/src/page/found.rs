//! What the page finds as JSON beside it or on its server, read by the browser's own reader: one in the module would be a
//! tenth of what is transferred.

use js_sys::Array;
use parlab_shared::conduct::{Offer, Passed};
use wasm_bindgen::{JsCast, JsValue};

use super::browser;
use crate::js::get;
use crate::views::{CatalogueView, Choice, ExperimentCard, GroupView, LessonView, TermView, WorkloadCard};

/// What there is to choose from; `None` if that is another thing.
pub fn catalogue(text: &str) -> Option<CatalogueView> {
    let found = browser::read_json(text)?;
    Some(CatalogueView {
        groups: list(&found, "groups", |group| {
            Some(GroupView {
                document: get(group, "document").as_string(),
                title: string(group, "title")?,
                experiments: list(group, "experiments", |card| {
                    Some(ExperimentCard {
                        name: string(card, "name")?,
                        title: string(card, "title")?,
                        question: string(card, "question")?,
                        rows: get(card, "rows").as_f64()? as u32,
                        shared_rows: get(card, "shared_rows").as_f64()? as u32,
                        svg: string(card, "svg")?,
                    })
                })?,
            })
        })?,
        workloads: list(&found, "workloads", |card| {
            Some(WorkloadCard { name: string(card, "name")?, about: string(card, "about")? })
        })?,
        scales: list(&found, "scales", |choice| {
            Some(Choice {
                value: string(choice, "value")?,
                name: string(choice, "name")?,
                about: string(choice, "about")?,
                chosen: get(choice, "chosen").as_bool()?,
                by_default: get(choice, "by_default").as_bool()?,
                unavailable: get(choice, "unavailable").as_string(),
            })
        })?,
        lessons: list(&found, "lessons", |lesson| {
            Some(LessonView {
                experiment: string(lesson, "experiment")?,
                title: string(lesson, "title")?,
                parameters: list(lesson, "parameters", pair)?,
                idea: string(lesson, "idea")?,
                about: string(lesson, "about")?,
                question: string(lesson, "question")?,
                answers: list(lesson, "answers", JsValue::as_string)?,
            })
        })?,
        glossary: list(&found, "glossary", |term| {
            Some(TermView {
                key: string(term, "key")?,
                word: string(term, "word")?,
                about: string(term, "about")?,
                places: list(term, "places", pair)?,
            })
        })?,
    })
}

/// Two texts.
fn pair(found: &JsValue) -> Option<(String, String)> {
    let pair: Array = found.clone().dyn_into().ok()?;
    Some((pair.get(0).as_string()?, pair.get(1).as_string()?))
}

/// What the server carries plans out on, and whether it passes reports on, if the page came with the server's token
/// ([`Info`](parlab_shared::conduct::Info)).
pub fn offers(text: &str) -> Option<(Vec<Offer>, bool)> {
    let found = browser::read_json(text)?;
    if get(&found, "trusted").as_bool() != Some(true) {
        return None;
    }
    let offers = list(&found, "platforms", |offer| {
        Some(Offer { platform: string(offer, "platform")?.parse().ok()?, version: get(offer, "version").as_string() })
    })?;
    Some((offers, get(&found, "shares").is_truthy()))
}

/// The reports that pages elsewhere have handed over.
pub fn passed(text: &str) -> Option<Vec<Passed>> {
    let found: Array = browser::read_json(text)?.dyn_into().ok()?;
    let passed = |passed: JsValue| {
        Some(Passed {
            number: get(&passed, "number").as_f64()? as u64,
            page: string(&passed, "page")?,
            from: string(&passed, "from")?,
            title: string(&passed, "title")?,
            bytes: get(&passed, "bytes").as_f64()? as u64,
        })
    };
    found.iter().map(passed).collect()
}

fn string(object: &JsValue, key: &str) -> Option<String> {
    get(object, key).as_string()
}

/// A list whose items are all what they should be.
fn list<T>(object: &JsValue, key: &str, item: impl FnMut(&JsValue) -> Option<T>) -> Option<Vec<T>> {
    let values: Array = get(object, key).dyn_into().ok()?;
    let values: Vec<JsValue> = values.iter().collect();
    values.iter().map(item).collect()
}
