//! Workloads: kinds of work with their parameters, and the tasks that they yield.
//!
//! Each has a file of its own, with its parameters, its [`Entry`] and what its parameters answer for. Here they are
//! listed, and asked.

mod cost;
pub mod count;
pub mod countdown;
mod crash;
pub mod crawl;
mod dictionary;
mod download;
mod entry;
pub mod frames;
mod images;
mod kernel;
mod limits;
pub mod mandelbrot;
mod mixed;
pub mod operation;
mod post;
mod sites;
mod sleep;
pub mod sum;
mod waves;
pub mod write;
mod written;

use std::sync::OnceLock;

use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::address::Address;
use crate::dictionary::Sharing;
use crate::screen::OnThread;
use crate::target::{Fault, Latency, Protocol};
use entry::{Definition, Parameters};
use mandelbrot::Tile;
use written::PARAMS;

pub use cost::{Cost, NS_PER_STEP_MIN, Nature};
pub use crawl::links::Links;
pub use entry::{Entry, Size};
pub use kernel::{CannotAdd, Kernel, Known, kernels};
pub(crate) use kernel::{add, added};
pub use limits::OutOfRange;
pub(crate) use limits::{TASKS_MAX, TOO_MANY_TASKS, in_all, within};
pub use operation::OperationKind;
pub use waves::{Setting, Waves};

/// Makes the list of workloads into the enum of them, the list of their entries, and the matches that lead from a
/// workload to its own file.
macro_rules! workloads {
    ($($name:ident in $file:ident),+ $(,)?) => {
        $(pub use $file::$name;)+

        /// A kind of work with its parameters. In JSON: `{"workload": NAME, "params": {…}}`.
        #[derive(Clone, Debug, PartialEq)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[cfg_attr(feature = "schema", schemars(tag = "workload", content = "params", rename_all = "kebab-case"))]
        #[allow(missing_docs, reason = "what a workload does is said where its parameters are")]
        pub enum Workload {
            $($name($name),)+
            /// A function in a list: one of parlab's kernels, or of a crate that was built in.
            #[cfg_attr(feature = "schema", schemars(untagged, with = "kernel::Written"))]
            Kernel(Kernel),
        }

        /// Every workload with a file here.
        static OWN: &[&Entry] = &[$(&$file::ENTRY),+];

        impl Workload {
            /// What is known of it without its parameters.
            pub fn entry(&self) -> &'static Entry {
                match self { $(Self::$name(_) => &$file::ENTRY,)+ Self::Kernel(kernel) => kernel.entry() }
            }

            /// How many tasks a run of it has; how many it may have, if tasks are [found](Entry::finds_tasks).
            pub fn tasks(&self) -> u32 {
                match self { $(Self::$name(params) => params.tasks,)+ Self::Kernel(params) => params.tasks }
            }

            /// The same work in another number of tasks.
            #[must_use]
            pub fn with_tasks(mut self, tasks: u32) -> Self {
                match &mut self {
                    $(Self::$name(params) => params.tasks = tasks,)+
                    Self::Kernel(params) => params.tasks = tasks,
                }
                self
            }

            fn definition(&self) -> &dyn Definition {
                match self { $(Self::$name(params) => params,)+ Self::Kernel(params) => params }
            }

            fn parameters(&self) -> &dyn Parameters {
                match self { $(Self::$name(params) => params,)+ Self::Kernel(params) => params }
            }

            fn parameters_mut(&mut self) -> &mut dyn Parameters {
                match self { $(Self::$name(params) => params,)+ Self::Kernel(params) => params }
            }

            /// Writes the parameters as a field.
            fn write_params<S: SerializeStruct>(&self, to: &mut S) -> Result<(), S::Error> {
                match self {
                    $(Self::$name(params) => to.serialize_field(PARAMS, params),)+
                    Self::Kernel(params) => to.serialize_field(PARAMS, params),
                }
            }

            /// Reads the parameters of the workload of this name; `None` if there is none.
            fn read_params<'de, D: Deserializer<'de>>(name: &str, params: D) -> Result<Self, D::Error> {
                $(if name == $file::ENTRY.name {
                    return $name::deserialize(params).map(Self::$name);
                })+
                Kernel::read(name, params).map(Self::Kernel)
            }
        }
    };
}

workloads! {
    Count in count,
    Countdown in countdown,
    Sum in sum,
    Mandelbrot in mandelbrot,
    Crash in crash,
    Download in download,
    Sites in sites,
    Images in images,
    Post in post,
    Dictionary in dictionary,
    Write in write,
    Sleep in sleep,
    Crawl in crawl,
    Mixed in mixed,
    Operation in operation,
    Frames in frames,
}

/// Every workload, in the order in which they are shown. Workloads that are added (`add`) are among them, if they were before
/// anybody asked.
pub fn entries() -> &'static [&'static Entry] {
    static ALL: OnceLock<Vec<&'static Entry>> = OnceLock::new();
    ALL.get_or_init(|| OWN.iter().copied().chain(kernel::entries()).collect())
}

/// What the target server does to requests; drawn by chance, the same for every platform.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Model {
    /// How long it waits before it answers: milliseconds, `MIN-MAX` or empty for not at all.
    #[serde(rename = "latency_ms")]
    pub latency: Latency,
    /// How it fails: `KIND` or `KIND:PROBABILITY`; empty for never.
    #[serde(rename = "fail")]
    pub fault: Fault,
}

impl Workload {
    /// Its name in CLI, URL and JSON.
    pub fn name(&self) -> &'static str {
        self.entry().name
    }

    /// The main parameter: what `--size` sets; `None` if there is none.
    pub fn size(&self) -> Option<u64> {
        self.parameters().size()
    }

    /// The same tasks of another size; a size too large for the parameter's type becomes its
    /// largest value, which [`Workload::check`] refuses.
    #[must_use]
    pub fn with_size(mut self, size: u64) -> Self {
        self.parameters_mut().set_size(size);
        self
    }

    /// Checks every parameter.
    ///
    /// # Errors
    /// The first parameter that is out of range.
    pub fn check(&self) -> Result<(), OutOfRange> {
        within("tasks", self.tasks().into(), 1, TASKS_MAX.into(), TOO_MANY_TASKS)?;
        self.parameters().check()
    }

    /// The same of work in a report: another build ran it, and may have had other functions, or the same with other methods and
    /// sizes.
    ///
    /// # Errors
    /// The first parameter that is out of range, as far as that is known here.
    pub fn check_as_read(&self) -> Result<(), OutOfRange> {
        if !matches!(self, Workload::Kernel(_)) {
            return self.check();
        }
        within("tasks", self.tasks().into(), 1, TASKS_MAX.into(), TOO_MANY_TASKS)
    }

    /// Whether this build can run it: a report may be of a build with functions that this one has not.
    pub fn is_in_this_build(&self) -> bool {
        match self {
            Workload::Kernel(kernel) => kernel.is_in_this_build(),
            _ => true,
        }
    }

    /// The Rust path of the function that its tasks call, if that is of somebody's own crate, which was built in.
    pub fn added_function(&self) -> Option<&'static str> {
        match self {
            Workload::Kernel(kernel) => kernel.added_path(),
            _ => None,
        }
    }

    /// What its tasks spend their time on.
    pub fn nature(&self) -> Nature {
        self.definition().nature()
    }

    /// What is known of the time that its tasks take.
    pub fn cost(&self) -> Cost {
        self.definition().cost()
    }

    /// The tasks of a run, wave by wave.
    pub fn waves(&self, setting: Setting<'_>) -> Waves {
        self.definition().waves(setting)
    }

    /// The addresses that it fetches instead of what the target offers; `None` if it never does.
    pub fn urls(&self) -> Option<&[Address]> {
        self.definition().urls()
    }

    /// Whether its requests go to servers of others: to addresses instead of to the target.
    pub fn asks_others(&self) -> bool {
        self.urls().is_some_and(|urls| !urls.is_empty())
    }

    /// Whether its tasks send requests to a target.
    pub fn asks_target(&self) -> bool {
        self.model().is_some() && !self.asks_others()
    }

    /// The same work on these addresses, if it is such work. Nothing is known of how they are answered.
    #[must_use]
    pub fn on(mut self, urls: Vec<Address>) -> Self {
        if let Some(model) = self.model_mut() {
            *model = Model::default();
        }
        self.parameters_mut().fetch(urls);
        self
    }

    /// How long each task waits, in milliseconds, wave by wave, as far as its parameters and the seed decide: its sleep, or
    /// the latency that the target draws for its request. What else a task does is not in it.
    pub fn waits_ms(&self, seed: u64) -> Vec<Vec<f64>> {
        self.parameters().waits_ms(seed)
    }

    /// What the target server does to its requests, if it sends any.
    pub fn model(&self) -> Option<&Model> {
        self.definition().model()
    }

    /// The same, to be changed.
    pub fn model_mut(&mut self) -> Option<&mut Model> {
        self.parameters_mut().model_mut()
    }

    /// Over which protocol its requests go, if that is asked for: to the target, over TLS.
    pub fn protocol(&self) -> Option<Protocol> {
        self.definition().protocol()
    }

    /// How its workers share a dictionary, if they do.
    pub fn sharing(&self) -> Option<Sharing> {
        self.definition().sharing()
    }

    /// The names of the ways that it can be done in; none, where there is one only.
    pub fn methods(&self) -> &'static [&'static str] {
        match self {
            Workload::Kernel(kernel) => kernel.methods(),
            _ => &[],
        }
    }

    /// Whether its tasks write files.
    pub fn writes_files(&self) -> bool {
        self.entry().writes_files
    }

    /// Whether all its tasks write to one file.
    pub fn shares_a_file(&self) -> bool {
        self.definition().shares_a_file()
    }

    /// Whether its tasks are messages, and nothing else is done.
    pub fn is_message(&self) -> bool {
        self.definition().is_message()
    }

    /// Whether what tasks are given is taken from whoever gives it, instead of copied.
    pub fn is_transferred(&self) -> bool {
        self.definition().is_transferred()
    }

    /// Where the work of its tasks is done, if a thread draws frames meanwhile: there is one such thread, and one task at a time
    /// has it.
    pub fn on_thread(&self) -> Option<OnThread> {
        self.definition().on_thread()
    }

    /// Whether a thread draws frames while its tasks are done.
    pub fn draws(&self) -> bool {
        self.on_thread().is_some()
    }

    /// The most that the files of a run take on the disk, in bytes, as far as is known before.
    pub fn disk_bytes(&self) -> u64 {
        self.parameters().disk_bytes()
    }

    /// Pixels along one side of the picture that its tasks draw, if they draw one.
    pub fn picture_side(&self) -> Option<u32> {
        self.definition().picture_side()
    }

    /// The tile of that picture that each task draws; none, if they draw none.
    pub fn tiles(&self) -> Vec<Tile> {
        self.parameters().tiles()
    }

    /// The task that panics on purpose, if one does.
    pub fn panics_at(&self) -> Option<u32> {
        self.definition().panics_at()
    }

    /// The same work with some parameters replaced.
    ///
    /// # Errors
    /// A parameter that the workload does not have, or a value that does not fit it.
    pub fn with_params(&self, overrides: &Map<String, Value>) -> Result<Self, serde_json::Error> {
        let mut json = serde_json::to_value(self)?;
        for (name, value) in overrides {
            match json["params"].get_mut(name) {
                Some(place) => place.clone_from(value),
                None if self.parameters().may_lack().contains(&name.as_str()) => json["params"][name] = value.clone(),
                None => return Err(serde::de::Error::custom(format!("{} has no parameter {name}", self.name()))),
            }
        }
        serde_json::from_value(json)
    }

    /// Its parameters by name, as in JSON.
    pub fn params(&self) -> Map<String, Value> {
        match serde_json::to_value(self).map(|mut json| json["params"].take()) {
            Ok(Value::Object(params)) => params,
            _ => Map::new(),
        }
    }

    /// Whether it has a parameter, by its name in JSON.
    pub fn has_param(&self, name: &str) -> bool {
        self.params().contains_key(name) || self.parameters().may_lack().contains(&name)
    }

    /// Whether it is the same work as another, as far as some parameters go.
    pub fn has_params_of<'a>(&self, other: &Self, mut names: impl Iterator<Item = &'a String>) -> bool {
        let (params, others) = (self.params(), other.params());
        self.name() == other.name() && names.all(|name| params.get(name) == others.get(name))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::experiment::experiments;
    use crate::label::RowLabel;
    use crate::report::fixture;
    use crate::scale::Scale;
    use crate::strategy::Strategy;

    #[test]
    fn in_json_a_name_and_its_parameters() {
        let json = r#"{"workload":"count","params":{"tasks":16,"n":10}}"#;
        let workload: Workload = serde_json::from_str(json).expect("a workload");
        assert_eq!(workload, Workload::Count(Count { tasks: 16, n: 10 }));
        assert_eq!(serde_json::to_string(&workload).expect("json"), json);
    }

    #[test]
    fn work_of_another_build_can_be_read_but_not_run() {
        let read = |tasks: u32| {
            let json = format!(r#"{{"workload":"somebodys","params":{{"tasks":{tasks},"size":5,"method":"fast"}}}}"#);
            serde_json::from_str::<Workload>(&json).expect("a workload")
        };
        assert!(read(3).check_as_read().is_ok() && read(0).check_as_read().is_err());
        let refused = read(3).check().expect_err("nobody has it").to_string();
        assert!(refused.contains("this build of parlab has no such function"), "{refused}");
        // One that is here had other methods there.
        let older = r#"{"workload":"matmul","params":{"tasks":3,"size":5}}"#;
        let older = serde_json::from_str::<Workload>(older).expect("a workload");
        assert!(older.check_as_read().is_ok() && older.check().is_err());
        let row = fixture::row(read(3), Strategy::Threads, 2);
        assert_eq!(RowLabel::of(&row).to_string(), "threads × 2, method fast");
    }

    #[test]
    fn every_entry_has_a_name_of_its_own_and_says_what_it_is() {
        let names: BTreeSet<&str> = entries().iter().map(|entry| entry.name).collect();
        assert_eq!(names.len(), entries().len());
        for entry in entries() {
            let kebab = entry
                .name
                .split('-')
                .all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()));
            assert!(kebab, "{}", entry.name);
            assert!(!entry.about.is_empty(), "{}", entry.name);
            assert!(entry.size.as_ref().is_none_or(|size| !size.means.is_empty()), "{}", entry.name);
        }
    }

    /// A workload of every kind: each has an experiment.
    fn one_of_each() -> impl Iterator<Item = &'static Workload> {
        entries().iter().map(|entry| {
            let all = experiments().iter().map(|experiment| experiment.workload(Scale::Smoke));
            all.clone()
                .find(|workload| workload.entry() == *entry)
                .unwrap_or_else(|| panic!("no experiment: {}", entry.name))
        })
    }

    #[test]
    fn what_an_entry_says_is_so() {
        for workload in one_of_each() {
            let entry = workload.entry();
            let json = serde_json::to_value(workload).expect("json");
            assert_eq!(json["workload"], entry.name);
            assert_eq!(serde_json::from_value::<Workload>(json).as_ref().ok(), Some(workload));
            // The size is the parameter that the entry names, and no workload without one has a size.
            let larger = workload.clone().with_size(77);
            let named = entry.size.as_ref().map(|size| &larger.params()[size.name] == 77);
            assert_eq!(larger.size().map(|size| size == 77), named, "{}", entry.name);
            assert_eq!(workload.check(), Ok(()));
            assert!(entry.size.is_none() || workload.clone().with_size(u64::MAX).check().is_err(), "{}", entry.name);
        }
    }

    #[test]
    fn as_many_tasks_as_it_says() {
        for workload in one_of_each() {
            let workload = workload.clone().with_tasks(4);
            assert_eq!(workload.params()["tasks"], 4);
            let mut waves = workload.waves(Setting { target: "http://t/", seed: 1 });
            let tasks = waves.next(&[]).expect("a wave");
            assert_eq!(tasks.len() < 4, workload.entry().finds_tasks, "{}", workload.name());
            assert!(tasks.iter().zip(0..).all(|(task, id)| task.id == id));
            assert_eq!(waves.next(&[]), None);
            let computes = tasks.iter().all(|task| !task.work.waits());
            assert_eq!(computes, workload.nature() == Nature::Computes, "{}", workload.name());
        }
    }
}
