//! The texts of an experiment, with the numbers of what is run: `{tasks}` in `experiments.json` stands for what the rows
//! of a plan or a report have there. Numbers that a plan decides are written in no other way.

use std::fmt::Write;

use serde_json::Value;

use crate::analysis::Analysis;
use crate::experiment::{Experiment, Variant};
use crate::number::Grouped;
use crate::row::Row;
use crate::scale::Scale;
use crate::strategy::Platform;
use crate::target::Latency;

/// What is said of an experiment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Texts {
    /// What one wants to know.
    pub question: String,
    /// What is predicted, and why.
    pub expect: String,
    /// What the article leaves out.
    pub hides: Option<String>,
    /// What of it is no word of the article but our inference, and from what.
    pub inferred: Option<String>,
}

impl Texts {
    /// The texts of an experiment of which some rows are run, or were.
    pub fn of<'a>(experiment: &Experiment, rows: impl IntoIterator<Item = &'a Row>) -> Self {
        let params: Vec<_> = rows.into_iter().map(|row| row.workload.params()).collect();
        let value = |name: &str| amount(name, params.iter().filter_map(|params| params.get(name)));
        let fill = |text: &String| fill(text, value);
        Self {
            question: fill(&experiment.question),
            expect: fill(&experiment.expect),
            hides: experiment.hides.as_ref().map(fill),
            inferred: experiment.inferred.as_ref().map(|inferred| fill(&inferred.why)),
        }
    }

    /// What has to be known to hold results against the article's, each with its heading.
    pub fn beside_the_article(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let texts = [("What the article leaves out", &self.hides), ("What is inferred", &self.inferred)];
        texts.into_iter().filter_map(|(heading, text)| Some((heading, text.as_deref()?)))
    }

    /// The texts of an experiment as it is planned at a scale on a platform.
    pub fn planned(experiment: &Experiment, scale: Scale, platform: Platform) -> Self {
        Self::of(experiment, &experiment.rows(scale, platform, Variant::Parlab))
    }
}

/// The texts of the experiment that an analysis is of, if it is of one.
pub fn texts(analysis: &Analysis<'_>) -> Option<Texts> {
    analysis.experiment().map(|experiment| Texts::of(experiment, analysis.rows.iter().map(|row| row.row)))
}

/// A text with values in the place of names in braces.
fn fill(text: &str, value: impl Fn(&str) -> String) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut parts = text.split('{');
    filled += parts.next().unwrap_or_default();
    for part in parts {
        match part.split_once('}') {
            Some((name, rest)) => filled += &(value(name) + rest),
            None => filled += part,
        }
    }
    filled
}

/// A parameter of some rows in words, with its unit: `20 ms`, `5 to 500`.
fn amount<'a>(name: &str, values: impl Iterator<Item = &'a Value>) -> String {
    let bounds = |value: &Value| match value {
        Value::String(text) => text.parse::<Latency>().ok().map(|latency| (latency.min_ms(), latency.max_ms())),
        value => value.as_f64().map(|value| (value, value)),
    };
    let widest = |widest: (f64, f64), value: (f64, f64)| (widest.0.min(value.0), widest.1.max(value.1));
    let Some((low, high)) = values.filter_map(bounds).reduce(widest) else { return "some".to_owned() };
    let (unit, per_unit) = match name {
        "latency_ms" if high == 0.0 => return "no time".to_owned(),
        "latency_ms" | "longest_ms" => (" ms", 1.0),
        "bytes" if high >= 1e6 => (" MB", 1e6),
        "bytes" => (" bytes", 1.0),
        _ => ("", 1.0),
    };
    let mut text = Grouped(low / per_unit).to_string();
    if high > low {
        // Writing to a string does not fail.
        _ = write!(text, " to {}", Grouped(high / per_unit));
    }
    text + unit
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{experiments, find};
    use crate::measure::Request;

    /// Words that say a number.
    const NUMBERS: [&str; 22] = [
        "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "twelve", "sixteen", "twenty", "fifty",
        "hundred", "thousand", "million", "fifth", "tenth", "third", "quarter", "dozen", "twice",
    ];

    /// What stands in a text besides placeholders, sentence by sentence.
    fn sentences(text: &str) -> Vec<String> {
        let written = fill(text, |_| String::new());
        written
            .split_inclusive(['?', '!', ':'])
            .flat_map(|part| part.split_inclusive(". "))
            .map(str::to_lowercase)
            // What protocols are called counts nothing.
            .map(|sentence| sentence.replace("http/1.1", "http").replace("http/2", "http").replace("http2", "http"))
            .collect()
    }

    fn names_a_number(sentence: &str) -> bool {
        let mut words = sentence.split(|letter: char| !letter.is_alphanumeric());
        words.any(|word| word.contains(|letter: char| letter.is_ascii_digit()) || NUMBERS.contains(&word))
    }

    #[test]
    fn no_text_names_a_number_that_the_plan_decides() {
        for experiment in experiments() {
            let inferred = experiment.inferred.as_ref().map(|inferred| &inferred.why);
            let texts = [&experiment.title, &experiment.question, &experiment.expect];
            for text in texts.into_iter().chain(&experiment.hides).chain(inferred) {
                for sentence in sentences(text) {
                    // What the article says stays what it says, whatever is run here.
                    let is_the_articles = sentence.contains("article");
                    assert!(is_the_articles || !names_a_number(&sentence), "{}: {sentence}", experiment.name);
                }
            }
            assert!(!experiment.title.contains('{'), "titles are shown where nothing is planned: {}", experiment.title);
        }
        assert!(
            names_a_number("five workers take a fifth") && names_a_number("20 ms, always") && !names_a_number("one")
        );
    }

    #[test]
    fn every_name_in_a_text_is_a_parameter() {
        for experiment in experiments() {
            for scale in Scale::ALL {
                let params = experiment.workload(*scale).params();
                let known = |name: &str| {
                    assert!(params.contains_key(name), "{}: {name}", experiment.name);
                    String::new()
                };
                for text in [&experiment.question, &experiment.expect].into_iter().chain(&experiment.hides) {
                    fill(text, known);
                }
            }
        }
    }

    #[test]
    fn numbers_are_those_of_the_plan() {
        #[track_caller]
        fn check(name: &str, options: &[(&str, &str)], expected: &str) {
            let mut request = Request::named(name);
            options.iter().for_each(|(key, value)| request.set(key, value).expect("an option"));
            let plan = request.plan(Platform::Native).expect("a plan");
            let (experiment, _) = find(name).expect("an experiment");
            let texts = Texts::of(experiment, plan.rows());
            assert!(texts.question.contains(expected) || texts.expect.contains(expected), "{texts:?}");
        }
        check("urls", &[("scale", "exact")], "16 downloads of 50 MB each");
        check("urls", &[("tasks", "3"), ("size", "1500000")], "3 downloads of 1.5 MB each");
        check("post", &[("tasks", "90"), ("latency", "50")], "90 × 50 ms, divided by the workers");
        check("post", &[("latency", "0-200")], "× 0 to 200 ms, divided");
        check("crawl", &[("latency", "0")], "to answer, no time here");
        check("countdown", &[("scale", "exact")], "300 countdowns from 850,000:");
        check("post-sweep", &[], "from 5 to 500 requests");
    }
}
