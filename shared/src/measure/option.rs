//! The options of a request, in one table: the command line, the page's address, its form and the table in README.md
//! all come from it.

mod field;
mod kind;
mod scope;
mod table;

use std::borrow::Cow;

use super::Request;
use crate::experiment::Experiment;
use crate::scale::Scale;
use crate::workload::Workload;
use field::saturated;

pub use kind::Kind;
pub use scope::Scope;
pub use table::OPTIONS;

/// Something that a user can ask for besides what to run.
#[derive(Clone, Copy, Debug)]
pub struct RequestOption {
    /// Its name: `--KEY` on the command line, `KEY=` in the page's address, the id of its control on the form.
    pub key: &'static str,
    /// A name that it had before, still understood.
    pub alias: Option<&'static str>,
    /// Its letter on the command line.
    pub short: Option<char>,
    /// What stands for its value in help; empty for a [`Kind::Flag`].
    pub value: &'static str,
    /// What it asks for, in a sentence.
    pub help: &'static str,
    /// What it is called on the form.
    pub label: &'static str,
    /// The unit of its value on the form.
    pub unit: Option<&'static str>,
    /// What its value looks like.
    pub kind: Kind,
    /// What work it has a meaning for.
    pub scope: Scope,
    /// What of a plan it decides.
    pub decides: Decides,
    /// Where on the form it stands.
    pub place: Place,
    /// What holds where it is not given.
    pub default: DefaultValue,
    /// The option without which it has no meaning.
    pub needs: Option<&'static str>,
    /// Where a request has its value.
    field: field::Field,
}

/// What of a plan an option decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decides {
    /// Which rows there are. Each experiment has its own.
    Rows,
    /// A parameter of the workload, by its name in JSON. Each experiment has its own.
    Parameter(&'static str),
    /// The workload's main parameter. Each experiment has its own.
    Size,
    /// Where requests go, if not to a target. Each experiment has a target's.
    Requests,
    /// How rows are carried out, whatever they are.
    Course,
}

/// Where on the page's form an option stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In sight.
    Top,
    /// In the panel of sizes and repetitions, where the chosen work has a use for it.
    Panel,
}

/// What holds where an option is not given.
#[derive(Clone, Copy, Debug)]
pub enum DefaultValue {
    /// A value.
    Fixed(&'static str),
    /// Nothing: what that means, in a word or two.
    Nothing(&'static str),
    /// The workload's own parameter.
    Workload,
    /// The experiment's own, as text.
    Experiment(fn(&Experiment, Scale) -> String),
}

/// What is said of an option that takes several values.
pub const SEVERAL: &str = "; several with commas";
/// What is said of a flag.
const WITH_AND_WITHOUT: &str = "; with =on,off rows with and without";

/// What the parameter of the address is called that says what to run.
pub const RUN: &str = "run";

/// Finds an option by its name, or by the name that it had before.
pub fn find(name: &str) -> Option<&'static RequestOption> {
    OPTIONS.iter().find(|option| option.key == name || option.alias == Some(name))
}

/// What a parameter of a workload is called for a human: like the option that sets it, if there is one.
pub fn parameter_name(parameter: &str) -> Cow<'_, str> {
    let sets = |option: &&RequestOption| matches!(option.decides, Decides::Parameter(name) if name == parameter);
    match OPTIONS.iter().find(sets) {
        Some(option) => option.key.into(),
        None => parameter.replace('_', " ").into(),
    }
}

/// What a parameter of a workload, by its name in JSON, is called for whoever asks for it: as the option that sets it is,
/// if there is one.
pub(super) fn of_parameter(workload: &Workload, parameter: &'static str) -> &'static str {
    let is_size = workload.entry().size.as_ref().is_some_and(|size| size.name == parameter);
    let sets = |option: &&RequestOption| match option.decides {
        Decides::Parameter(name) => name == parameter,
        Decides::Size => is_size,
        Decides::Rows | Decides::Requests | Decides::Course => false,
    };
    OPTIONS.iter().find(sets).map_or(parameter, |option| option.key)
}

impl RequestOption {
    /// The option with a value as somebody types it on the command line: `--workers 1,2`.
    pub fn typed(&self, value: &str) -> String {
        match self.kind {
            Kind::Flag if value != "1" => format!("--{}={value}", self.key),
            // Neither is typed after it.
            Kind::Flag | Kind::Addresses => format!("--{}", self.key),
            _ if value.is_empty() || value.contains(char::is_whitespace) => format!("--{} \"{value}\"", self.key),
            _ => format!("--{} {value}", self.key),
        }
    }

    /// Reads a value into a request.
    ///
    /// # Errors
    /// What to use instead.
    pub fn set(&self, request: &mut Request, text: &str) -> Result<(), String> {
        let refused = |reason| self.kind.usage().unwrap_or(reason);
        if !self.kind.admits(text) {
            return Err(refused(String::new()));
        }
        if self.kind != Kind::Sizes {
            return (self.field.set)(request, text).map_err(refused);
        }
        // Which sizes are too large, the workload knows.
        let (sizes, beyond) = saturated(text);
        request.size_beyond = beyond;
        (self.field.set)(request, &sizes).map_err(refused)
    }

    /// Whether a value can be read.
    ///
    /// # Errors
    /// What to use instead.
    pub fn check(&self, text: &str) -> Result<(), String> {
        self.set(&mut Request::default(), text)
    }

    /// The value that a request has, as text.
    pub fn get(&self, request: &Request) -> Option<String> {
        (self.field.get)(request)
    }

    /// A value as [`Self::get`] writes it; one that cannot be read as it is.
    pub fn rewritten(&self, text: &str) -> String {
        let mut request = Request::default();
        let is_read = self.set(&mut request, text).is_ok();
        self.get(&request).filter(|_| is_read && request.size_beyond.is_none()).unwrap_or_else(|| text.to_owned())
    }

    /// What it asks for, whether several values can be given, and what holds if none is.
    pub fn about(&self) -> String {
        let several = match self.kind {
            Kind::Flag => WITH_AND_WITHOUT,
            kind if kind.is_list() => SEVERAL,
            _ => "",
        };
        match self.default {
            DefaultValue::Fixed(value) => format!("{}{several} ({value} if not given)", self.help),
            DefaultValue::Nothing(_) | DefaultValue::Workload | DefaultValue::Experiment(_) => {
                format!("{}{several}", self.help)
            }
        }
    }

    /// Whether it is a parameter of the workload that several values can be asked for of: rows for each of them.
    pub fn can_be_swept(&self) -> bool {
        self.kind.is_list() && matches!(self.decides, Decides::Parameter(_) | Decides::Size)
    }

    /// The help of the command line: the same, and of what workload it is if it is of one.
    pub fn help(&self) -> String {
        self.scope.only().map_or_else(|| self.about(), |workload| format!("{} ({workload})", self.about()))
    }

    /// What holds where it is not given, as text; for every experiment at once, if there is none.
    pub fn default_text(&self, experiment: Option<&Experiment>, scale: Scale) -> String {
        let Some(experiment) = experiment else {
            return match self.default {
                DefaultValue::Fixed(text) | DefaultValue::Nothing(text) => text.to_owned(),
                DefaultValue::Workload | DefaultValue::Experiment(_) => "each experiment's own".to_owned(),
            };
        };
        let workload = experiment.workload(scale);
        let text = match (self.default, self.decides) {
            (DefaultValue::Fixed(text) | DefaultValue::Nothing(text), _) => text.to_owned(),
            (DefaultValue::Experiment(text), _) => text(experiment, scale),
            (DefaultValue::Workload, Decides::Parameter(name)) => match workload.params().get(name) {
                Some(serde_json::Value::String(text)) => text.clone(),
                Some(value) => value.to_string(),
                None => String::new(),
            },
            (DefaultValue::Workload, _) => workload.size().map_or_else(String::new, |size| size.to_string()),
        };
        if text.is_empty() { "none".to_owned() } else { text }
    }

    /// Whether the form offers it for some work, or for every experiment at once (`None`): where it has a meaning, and
    /// wherever it is set, so that it can be taken back.
    pub fn is_offered(&self, workload: Option<&Workload>, is_set: impl Fn(&str) -> bool) -> bool {
        let fits = match workload {
            Some(workload) => self.scope.fits(workload),
            None => self.scope == Scope::All && self.decides == Decides::Course,
        };
        is_set(self.key) || (fits && self.needs.is_none_or(is_set))
    }

    /// Whether it goes on to hold when other work is chosen, or every experiment at once (`None`): what an experiment
    /// has of its own does not, nor what the next one has no use for.
    pub fn outlives(&self, next: Option<&Workload>) -> bool {
        self.decides == Decides::Course && next.is_none_or(|workload| self.scope.fits(workload))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::experiment;
    use crate::measure::ALL;
    use crate::strategy::Platform;

    #[test]
    fn names_are_unique_and_none_is_what_to_run() {
        let names =
            || OPTIONS.iter().flat_map(|option| [Some(option.key), option.alias]).flatten().chain([RUN, "autorun"]);
        assert_eq!(names().collect::<BTreeSet<_>>().len(), names().count());
        let letters = || OPTIONS.iter().filter_map(|option| option.short);
        assert_eq!(letters().collect::<BTreeSet<_>>().len(), letters().count());
        let needed = OPTIONS.iter().filter_map(|option| option.needs);
        assert!(needed.clone().count() > 0 && needed.clone().all(|needed| find(needed).is_some()));
        for option in OPTIONS {
            assert_eq!(option.value.is_empty(), option.kind == Kind::Flag, "{}", option.key);
            assert!([option.key, option.help, option.label].iter().all(|text| !text.is_empty()), "{}", option.key);
        }
    }

    /// A value of a kind, as text.
    fn example(option: &RequestOption) -> &'static str {
        match (option.kind, option.key) {
            (Kind::Strategies, _) => "sequential,threads",
            (Kind::Numbers { .. } | Kind::Sizes, _) => "1,2",
            (Kind::Number { .. }, _) => "3",
            (Kind::Choice(names) | Kind::Choices(names), _) => names[names.len() - 1],
            (Kind::Percent | Kind::Seconds { .. }, _) => "2.5",
            (Kind::Flag, _) => "1,0",
            (Kind::Address, _) => "http://127.0.0.1:8017/",
            (Kind::Addresses, _) => "http://127.0.0.1:8017/a,b\nhttps://example.org/?c",
            (Kind::Texts, "latency") => "0,0.5-3",
            (Kind::Texts, "method") => "lock,apart",
            (Kind::Texts, _) => "status:0,cut:0.25",
        }
    }

    #[test]
    fn every_option_has_a_place_of_its_own_in_a_request() {
        for option in OPTIONS {
            let mut request = Request::default();
            option.set(&mut request, example(option)).expect("a value");
            assert_eq!(option.get(&request).as_deref(), Some(example(option)), "{}", option.key);
            let others = OPTIONS.iter().filter(|known| known.key != option.key);
            for other in others {
                assert_eq!(other.get(&request), other.get(&Request::default()), "{} sets {}", option.key, other.key);
            }
        }
    }

    #[test]
    fn what_is_said_to_hold_otherwise_holds() {
        for option in OPTIONS {
            let DefaultValue::Fixed(own) = option.default else { continue };
            let mut request = Request::named("post");
            if let Some(needed) = option.needs.and_then(find) {
                needed.set(&mut request, example(needed)).expect("a value");
            }
            let without = request.plan(Platform::Native).expect("a plan");
            option.set(&mut request, own).expect("its own value");
            assert_eq!(request.plan(Platform::Native), Ok(without), "{}", option.key);
        }
    }

    #[test]
    fn every_parameter_that_an_option_decides_is_one() {
        let workloads = || experiment::experiments().iter().map(|experiment| experiment.workload(Scale::Lab));
        for option in OPTIONS {
            assert!(workloads().any(|workload| option.scope.fits(workload)), "{} fits nothing", option.key);
            let Decides::Parameter(name) = option.decides else { continue };
            for workload in workloads() {
                let has = workload.has_param(name);
                assert_eq!(has, option.scope.fits(workload), "{} of {}", option.key, workload.name());
            }
        }
        assert_eq!(parameter_name("keep"), "sharing");
        assert_eq!(parameter_name("longest_ms"), "longest ms");
    }

    /// The work of an experiment or workload; of every one, there is none.
    fn workload(name: &str) -> Option<&'static Workload> {
        experiment::find(name).map(|(experiment, _)| experiment.workload(Scale::Lab))
    }

    #[test]
    fn the_form_offers_what_fits_and_what_is_set() {
        #[track_caller]
        fn check(name: &str, set: &[&str], offered: &[&str], hidden: &[&str]) {
            let is_offered = |key: &&str| {
                let option = find(key).expect("an option");
                option.is_offered(workload(name), |key| set.contains(&key))
            };
            assert!(offered.iter().all(is_offered) && !hidden.iter().any(is_offered), "{name} with {set:?}");
        }
        let always =
            ["strategy", "workers", "tasks", "scale", "dispatch", "runs", "warmup", "stable", "precision", "seed"];
        let requests = ["latency", "fail", "timeout", "target"];
        for experiment in experiment::experiments() {
            check(&experiment.name, &[], &always, &["precision-of", "budget"]);
        }
        check("sum", &[], &["size"], &[&requests[..], &["flush", "one-file", "round", "sharing"]].concat());
        check("sum", &["precision", "flush"], &["precision-of", "budget", "flush"], &["one-file"]);
        check("post", &[], &requests, &["size"]);
        check("io-heavy", &[], &["flush", "one-file"], &["latency", "round"]);
        check("crawl", &[], &["round", "url", "urls"], &["sharing"]);
        check("urls", &[], &["url", "urls"], &["round"]);
        check("images", &[], &["latency"], &["url", "urls"]);
        check("dictionary", &[], &["sharing"], &["round"]);
        check(
            ALL,
            &[],
            &["scale", "runs", "warmup", "stable", "precision", "seed"],
            &["strategy", "tasks", "size", "latency"],
        );
        check(ALL, &["workers"], &["workers"], &["tasks"]);
    }

    #[test]
    fn another_experiment_begins_without_what_it_has_of_its_own_or_no_use_for() {
        #[track_caller]
        fn check(next: &str, kept: &[&str], dropped: &[&str]) {
            let outlives = |key: &&str| find(key).expect("an option").outlives(workload(next));
            assert!(kept.iter().all(outlives) && !dropped.iter().any(outlives), "{next}");
        }
        let own = [
            "strategy", "workers", "tasks", "size", "dispatch", "latency", "fail", "url", "urls", "flush", "round",
            "sharing",
        ];
        let course = ["scale", "runs", "warmup", "stable", "precision", "precision-of", "budget", "seed"];
        for next in ["sum", "post", "io-heavy", "dictionary", ALL] {
            check(next, &course, &own);
        }
        check("sum", &[], &["timeout", "target"]);
        check("post", &["timeout", "target"], &[]);
        check(ALL, &["timeout", "target"], &[]);
    }

    #[test]
    fn the_table_in_the_readme_is_this_one() {
        let row = |option: &RequestOption| {
            let short = option.short.map_or_else(String::new, |letter| format!(", `-{letter}`"));
            let value = if option.value.is_empty() { String::new() } else { format!(" {}", option.value) };
            format!("| `--{}`{short}{value} | {} | {} |\n", option.key, option.about(), option.scope)
        };
        let rows: String = OPTIONS.iter().map(row).collect();
        let expected = format!("| option | what it asks for | of |\n|---|---|---|\n{rows}");
        let readme = include_str!("../../../README.md");
        let found =
            readme.split_once("<!-- options -->\n").and_then(|(_, rest)| rest.split_once("<!-- end of options -->"));
        let found = found.map(|(table, _)| table).expect("README.md marks its table of options");
        assert!(found == expected, "write this between the marks in README.md:\n{expected}");
    }
}
