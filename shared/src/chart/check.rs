//! What the charts' tests share.

use std::collections::{BTreeMap, BTreeSet};

use super::svg::Picture;
use crate::measure::Request;
use crate::report::{Report, fixture};
use crate::row::Row;
use crate::run::Run;
use crate::scale::Scale;
use crate::span::Span;
use crate::strategy::{Dispatch, Mechanism, Platform, Strategy};
use crate::workload::{Count, Workload};

/// A task that could be taken from the beginning. Times in milliseconds.
pub(super) fn span(task: u32, worker: u32, start_ms: f64, end_ms: f64) -> Span {
    let phases = BTreeMap::new();
    Span { task, worker, queued_ms: 0.0, start_ms, end_ms, bytes: 0, checksum: None, error: None, phases }
}

/// A run of two threads that lasted until its last task's end.
pub(super) fn run(spans: Vec<Span>) -> Run {
    Run {
        row: Row {
            experiment: None,
            workload: Workload::Count(Count { tasks: 16, n: 10 }),
            strategy: Strategy::Threads,
            workers: 2,
            dispatch: Dispatch::Pool,
        },
        mechanism: Mechanism::RayonPool,
        repetition: 0,
        warmup: false,
        cancelled: false,
        started_ms: 0.0,
        setup_ms: 0.0,
        probe_ms: None,
        wall_ms: spans.iter().map(|span| span.end_ms).fold(0.0, f64::max),
        spans,
    }
}

/// A report of an experiment in which each row ran once, with a single task, and took as long as `wall_ms` says of its
/// place.
pub(super) fn measured(experiment: &str, scale: Scale, wall_ms: impl Fn(usize) -> f64) -> Report {
    let request = Request { scale, ..Request::named(experiment) };
    let plan = request.plan(Platform::Native).expect("a plan");
    let run = |(place, row): (usize, &Row)| {
        let wall_ms = wall_ms(place);
        Run { row: row.clone(), wall_ms, ..run(vec![span(0, 0, 0.0, wall_ms)]) }
    };
    Report { scale, ..fixture::report(plan.rows().enumerate().map(run).collect()) }
}

/// The element of a picture, checked.
pub(super) fn drawn(picture: &Picture) -> String {
    let svg = picture.svg("t");
    check(&svg);
    svg
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
    for not_a_number in ["NaN", "inf"] {
        assert!(!svg.contains(not_a_number), "{not_a_number} in {svg}");
    }
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
