//! What a row is called: its parts, and the text that is made of them.

use std::fmt::{Display, Formatter, Result};

use crate::experiment;
use crate::measure::option::parameter_name;
use crate::number::Grouped;
use crate::row::Row;
use crate::strategy::{Dispatch, Strategy};
use crate::way::Way;

/// What is added to the name of a row that does as its source did.
const AS_THE_SOURCE: &str = ", as the source ran it";

/// What tells a row from others. Its text names the strategy with its workers, the dispatch where it is not the usual one,
/// and what the rows of the experiment, or those that were asked for, differ in: `threads × 4, one per task, sharing lock`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowLabel {
    /// The workload, where rows need it to be told apart.
    workload: Option<&'static str>,
    strategy: Strategy,
    /// `None` where it is no matter how many there are.
    workers: Option<u32>,
    dispatch: Dispatch,
    way: Way,
    /// It does as its source did where parlab has a way of its own.
    is_the_sources: bool,
    /// What the rows of the experiment, or those that were asked for, differ in, with the row's values.
    params: Vec<(String, String)>,
}

impl RowLabel {
    /// The label of a row among the rows of its experiment.
    pub fn of(row: &Row) -> Self {
        let workers = row.strategy.is_concurrent().then_some(row.workers);
        let params = experiment::differing_params(row);
        let is_the_sources = experiment::is_as_the_source_ran_it(row);
        let params = params.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let Row { strategy, dispatch, way, .. } = *row;
        Self { workload: None, strategy, workers, dispatch, way, is_the_sources, params }
    }

    /// The same, beginning with the workload.
    #[must_use]
    pub fn with_workload(self, row: &Row) -> Self {
        Self { workload: Some(row.workload.name()), ..self }
    }

    /// The same for any number of workers: what a sweep over workers is called.
    #[must_use]
    pub fn without_workers(self) -> Self {
        Self { workers: None, ..self }
    }

    /// The same for any value of a parameter: what a sweep over the parameter is called.
    #[must_use]
    pub fn without(mut self, param: &str) -> Self {
        self.params.retain(|(name, _)| name != param);
        self
    }

    /// What rows differ in, with the row's values, each after a comma: `, sharing lock`.
    pub fn params(&self) -> String {
        self.params_in(with_value)
    }

    /// The same text with its numbers as programs read them, for files that programs read: `threads × 4, n 10000`.
    pub fn plain(&self) -> String {
        self.text(&self.params_in(with_plain_value))
    }

    fn params_in(&self, form: fn(&str, &str) -> Option<String>) -> String {
        self.params_as(form).map(|text| format!(", {text}")).collect()
    }

    fn params_as(&self, form: fn(&str, &str) -> Option<String>) -> impl Iterator<Item = String> {
        self.params.iter().filter_map(move |(name, value)| form(name, value))
    }

    fn text(&self, params: &str) -> String {
        let Self { dispatch, way, .. } = self;
        let source = if self.is_the_sources { AS_THE_SOURCE } else { "" };
        format!("{}{}{way}{params}{source}", self.who(), dispatch.suffix())
    }

    /// Who does its tasks, without how: `threads × 4`, after the workload where rows need it to be told apart.
    pub fn who(&self) -> String {
        let workload = self.workload.map_or_else(String::new, |workload| format!("{workload} · "));
        let workers = self.workers.map_or_else(String::new, |workers| format!(" × {workers}"));
        format!("{workload}{}{workers}", self.strategy)
    }

    /// How they are done, each part of it by itself: nothing in the usual way, else `one per task`, `GIL`, `sharing lock`.
    pub fn how(&self) -> Vec<String> {
        let of_way = self.dispatch.suffix().to_owned() + &self.way.to_string();
        let source = self.is_the_sources.then(|| AS_THE_SOURCE.trim_start_matches(", ").to_owned());
        let of_way = of_way.split(", ").filter(|part| !part.is_empty()).map(str::to_owned).collect::<Vec<String>>();
        of_way.into_iter().chain(self.params_as(with_value)).chain(source).collect()
    }
}

impl Display for RowLabel {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(&self.text(&self.params()))
    }
}

/// A parameter with its value and unit: `sharing lock`, `latency 5 ms`, `n 10,000`; `None` where it says nothing.
pub fn with_value(parameter: &str, value: &str) -> Option<String> {
    let is_number = value.bytes().all(|byte| byte.is_ascii_digit());
    // Beyond these, digits would be lost on the way.
    let number = value.parse().ok().filter(|number| is_number && *number < 2_f64.powi(53));
    let shown = number.map_or_else(|| value.to_owned(), |number| Grouped(number).to_string());
    with_plain_value(parameter, &shown)
}

/// The same with a number as programs read it: `n 10000`.
pub fn with_plain_value(parameter: &str, value: &str) -> Option<String> {
    let name = parameter_name(parameter);
    match value {
        "" | "false" => None,
        // There is no number of addresses at which such a crawl ends, and no message.
        "0" if ["found", "payload"].contains(&parameter) => None,
        // Each is a name by itself.
        value if parameter == "operation" => Some(value.to_owned()),
        "true" => Some(name.into_owned()),
        value => match parameter.strip_suffix("_ms") {
            Some(_) => Some(format!("{} {value} ms", name.trim_end_matches(" ms"))),
            None => Some(format!("{name} {value}")),
        },
    }
}

/// The [plain](RowLabel::plain) text of a row with its numbers as [`Display`] writes them: `threads × 4, n 10,000`.
pub fn grouped(plain: &str) -> String {
    let part = |(at, part): (usize, &str)| match part.rsplit_once(' ') {
        // What stands first are strategy and workers.
        _ if at == 0 => part.to_owned(),
        Some((name, "ms")) => format!("{} ms", grouped_end(name)),
        _ => grouped_end(part),
    };
    plain.split(", ").enumerate().map(part).collect::<Vec<_>>().join(", ")
}

/// The same of a part that ends with a number.
fn grouped_end(part: &str) -> String {
    match part.rsplit_once(' ') {
        Some((name, value)) => with_value(name, value).unwrap_or_else(|| part.to_owned()),
        None => part.to_owned(),
    }
}

/// What a row belongs to: its experiment, or else its workload.
pub fn group(row: &Row) -> &str {
    row.experiment.as_deref().unwrap_or(row.workload.name())
}

/// A row with what it belongs to: `cpu-heavy, threads × 2`.
pub fn full_name(row: &Row) -> String {
    format!("{}, {}", group(row), RowLabel::of(row))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_labels_are_written_as_others_are() {
        for (plain, expected) in [
            ("threads × 1024, n 10000", "threads × 1024, n 10,000"),
            (
                "processes × 1, callback, transfer, payload 16000000",
                "processes × 1, callback, transfer, payload 16,000,000",
            ),
            (
                "async × 2, latency 5000 ms, one per task, sharing lock",
                "async × 2, latency 5,000 ms, one per task, sharing lock",
            ),
            ("sequential", "sequential"),
        ] {
            assert_eq!(grouped(plain), expected);
        }
    }
    use crate::dictionary::Sharing;
    use crate::workload::{Count, Dictionary, Model, Workload};

    fn row(strategy: Strategy, workers: u32, dispatch: Dispatch) -> Row {
        let workload =
            Workload::Dictionary(Dictionary { tasks: 4, inserts: 1, sharing: Sharing::Lock, model: Model::default() });
        let (experiment, way) = (Some("dictionary".to_owned()), Way::default());
        Row { experiment, workload, strategy, workers, dispatch, way, swept: vec![] }
    }

    #[test]
    fn only_what_tells_rows_apart() {
        let check = |label: RowLabel, expected: &str| assert_eq!(label.to_string(), expected);
        let threads = row(Strategy::Threads, 4, Dispatch::PerTask);
        check(RowLabel::of(&threads), "threads × 4, one per task, sharing lock");
        check(RowLabel::of(&threads).without_workers(), "threads, one per task, sharing lock");
        check(RowLabel::of(&threads).without("keep"), "threads × 4, one per task");
        check(RowLabel::of(&threads).with_workload(&threads), "dictionary · threads × 4, one per task, sharing lock");
        assert_eq!(RowLabel::of(&threads).who(), "threads × 4");
        assert_eq!(RowLabel::of(&threads).how(), ["one per task", "sharing lock"]);
        let sequential = row(Strategy::Sequential, 1, Dispatch::Pool);
        check(RowLabel::of(&sequential).without("keep"), "sequential");
        assert_eq!(full_name(&sequential), "dictionary, sequential, sharing lock");
    }

    #[test]
    fn what_was_asked_for_with_several_values_is_told() {
        let check = |swept: &[&str], expected: &str| {
            let swept = swept.iter().map(|name| (*name).to_owned()).collect();
            let row = Row { swept, experiment: None, ..row(Strategy::Threads, 4, Dispatch::Pool) };
            assert_eq!(RowLabel::of(&row).to_string(), expected);
        };
        check(&[], "threads × 4");
        check(&["tasks"], "threads × 4, tasks 4");
        check(&["inserts", "tasks", "keep"], "threads × 4, inserts 1, sharing lock, tasks 4");
        // That it is nothing is one of the values.
        check(&["latency_ms", "fail"], "threads × 4, fail never, latency 0 ms");
        check(&["of yesterday"], "threads × 4");
    }

    #[test]
    fn numbers_are_written_for_who_reads_them() {
        let workload = Workload::Count(Count { tasks: 20_000, n: 10_000_000 });
        let swept = vec!["tasks".to_owned(), "n".to_owned()];
        let row = Row { experiment: None, workload, swept, ..row(Strategy::Threads, 4, Dispatch::Pool) };
        let label = RowLabel::of(&row);
        assert_eq!(label.to_string(), "threads × 4, n 10,000,000, tasks 20,000");
        assert_eq!(label.plain(), "threads × 4, n 10000000, tasks 20000");
        for value in ["18446744073709551615", "0.5-3000", "fast1000"] {
            assert_eq!(with_value("seed", value), with_plain_value("seed", value));
        }
    }
}
