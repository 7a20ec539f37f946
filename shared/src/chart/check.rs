//! What the charts' tests share.

use std::collections::{BTreeMap, BTreeSet};

use super::form::Form;
use super::frame::{TEXT, width};
use super::svg::Picture;
use crate::golden;

/// The element of a picture, checked.
pub(super) fn drawn(picture: &Picture) -> String {
    let svg = picture.svg("t");
    check(&svg);
    svg
}

/// Compares pictures of one kind with `tests/golden/chart.KIND.txt`: all that is written in them, in the order in which it
/// is drawn, and how many shapes of each class there are. Where things lie is no matter of words.
#[track_caller]
pub(super) fn golden(kind: &str, pictures: &[(&str, String)]) {
    let texts: Vec<String> = pictures.iter().map(|(name, svg)| format!("# {name}\n{}", words(svg))).collect();
    golden::check([(format!("chart.{kind}.txt"), texts.join("\n"))]);
}

/// What is written in a chart, a line each but for the labels of an axis, and its shapes.
fn words(svg: &str) -> String {
    let (mut lines, mut shapes) = (Vec::<String>::new(), BTreeMap::<String, usize>::new());
    let mut is_after_tick = false;
    for element in svg.split('<').skip(1).filter(|element| !element.starts_with('/')) {
        let (tag, text) = element.split_once('>').expect("every tag ends");
        let (name, attributes) = tag.trim_end_matches('/').split_once(' ').unwrap_or((tag, ""));
        let class = attributes_of(attributes).into_iter().find_map(|(key, value)| (key == "class").then_some(value));
        let is_tick = class == Some("chart-tick");
        match (name, lines.last_mut()) {
            ("text", Some(line)) if is_tick && is_after_tick => *line += &format!(" {text}"),
            ("text", _) => lines.push(text.to_owned()),
            ("title", _) if attributes.is_empty() => lines.push(format!("tip: {text}")),
            ("title" | "desc", _) => lines.push(format!("{name}: {text}")),
            ("svg" | "defs" | "pattern" | "path", _) => {}
            _ => *shapes.entry(format!("{name} {}", class.unwrap_or_default())).or_default() += 1,
        }
        is_after_tick = is_tick || (is_after_tick && name != "text");
    }
    lines.extend(shapes.iter().map(|(shape, count)| format!("{count} × {shape}")));
    lines.join("\n") + "\n"
}

/// Asserts that all text of a chart is written whole and within its edges.
pub(super) fn within(svg: &str, form: Form) {
    for element in svg.split("<text ").skip(1) {
        let (tag, text) = element.split_once('>').expect("every tag ends");
        let text = text.split("</text>").next().unwrap_or_default();
        // An ellipsis by itself stands for more workers.
        assert!(text == "…" || !text.contains('…'), "{text} is cut in {svg}");
        let of = |name: &str| attributes_of(tag).into_iter().find_map(|(key, value)| (key == name).then_some(value));
        // What is written upwards has no place of its own.
        let Some(x) = of("x").and_then(|x| x.parse::<f64>().ok()) else { continue };
        // Widths are estimated from above; where text is centred, half of that is on each side.
        let room = width(text, TEXT) * 0.9;
        let (from, to) = match of("text-anchor") {
            Some("start") => (x, x + room),
            Some("middle") => (x - room / 2.0, x + room / 2.0),
            _ => (x - room, x),
        };
        assert!(from >= -1.0 && to <= f64::from(form.width()) + 1.0, "{text}: {from} to {to} in {svg}");
    }
}

/// How often a text occurs.
pub(super) fn count(svg: &str, text: &str) -> usize {
    svg.matches(text).count()
}

/// Asserts what holds for every chart: it is one well-formed element, its ids are there once, all
/// that it refers to is there, it holds nothing that a strict policy forbids, and every number is one.
pub(super) fn check(svg: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut ids = BTreeSet::new();
    let mut references = BTreeSet::new();
    let mut rest = svg;
    while let Some(start) = rest.find('<') {
        let text = &rest[..start];
        assert!(!text.contains('>'), "a bare > in {text}");
        assert!(start == 0 || !open.is_empty(), "text outside the element: {text}");
        let end = start + rest[start..].find('>').expect("every tag ends");
        let tag = &rest[start + 1..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "in {svg}");
            continue;
        }
        let (tag, empty) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        let known = [
            "circle", "defs", "desc", "line", "path", "pattern", "polygon", "polyline", "rect", "svg", "text", "title",
        ];
        assert!(known.contains(&name), "{name}");
        assert!(!open.is_empty() || (name == "svg" && svg.starts_with("<svg")));
        for (key, value) in attributes_of(attributes) {
            assert!(key != "style" && !key.starts_with("on"), "{key}");
            match key {
                "id" => assert!(ids.insert(value), "{value} twice"),
                "aria-labelledby" => references.extend(value.split(' ')),
                "fill" if value != "none" => {
                    references.extend(value.strip_prefix("url(#").and_then(|value| value.strip_suffix(')')));
                }
                "x" | "y" | "x1" | "x2" | "y1" | "y2" | "cx" | "cy" | "r" | "width" | "height" => {
                    let number: f64 = value.parse().expect("a number");
                    assert!(number.abs() < 1e6 && (number >= 0.0 || name != "rect"), "{key} = {value} in {name}");
                }
                "points" | "viewBox" => {
                    let mut numbers = value.split([' ', ',']).map(|number| number.parse::<f64>().expect("a number"));
                    assert!(numbers.all(|number| number.abs() < 1e6), "{value}");
                }
                _ => {}
            }
        }
        if !empty {
            open.push(name);
        }
    }
    assert!(open.is_empty() && rest.is_empty(), "{open:?} {rest}");
    assert!(references.is_subset(&ids), "{references:?} {ids:?}");
    let is_no_number = |word: &str| ["NaN", "inf"].contains(&word);
    assert!(!svg.split(|letter: char| !letter.is_alphanumeric()).any(is_no_number), "{svg}");
}

fn attributes_of(mut text: &str) -> Vec<(&str, &str)> {
    let mut attributes = Vec::new();
    while !text.is_empty() {
        let (key, rest) = text.split_once("=\"").expect("a key with its value");
        let (value, rest) = rest.split_once('"').expect("a value ends");
        attributes.push((key, value));
        text = rest.strip_prefix(' ').unwrap_or(rest);
    }
    attributes
}
