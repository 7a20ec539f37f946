//! Workloads that are functions in a list: parlab's kernels, and those of crates that were built in.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, OnceLock, PoisonError};

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::entry::{Definition, Entry, Parameters, Size};
use super::limits::{OutOfRange, within};
use super::{Cost, Setting, Waves};
use crate::kernels;
use crate::task::Work;

/// Workloads that a binary, a lab or an analyst was built with.
static ADDED: OnceLock<&'static [parlab_work::Entry]> = OnceLock::new();

/// Why workloads cannot be added.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotAdd {
    /// A name is no name.
    #[error("{path} has the name {name:?}: {reason}")]
    Name {
        /// The Rust path of the workload's type.
        path: &'static str,
        /// Its name.
        name: &'static str,
        /// Why that cannot be its name, and what could.
        reason: String,
    },
    /// There is none.
    #[error("the crate lists no workload; put one into its WORKLOADS: `Entry::of::<MyWorkload>()`")]
    None,
    /// A number that cannot be run.
    #[error("{path} cannot be run: {reason}")]
    Numbers {
        /// The Rust path of the workload's type.
        path: &'static str,
        /// Which number, and what it has to be.
        reason: &'static str,
    },
    /// It is too late.
    #[error("workloads were added before, or asked for: add them once, before anything else")]
    TooLate,
}

/// Adds the workloads of other crates to parlab's, beside experiments of these names. They are there for whoever asks
/// afterwards.
///
/// # Errors
/// None is added: the list is empty, a workload has a name that another has or none can have, or it cannot be run.
pub(crate) fn add<'a>(
    added: &'static [parlab_work::Entry],
    experiments: impl IntoIterator<Item = &'a str>,
) -> Result<(), CannotAdd> {
    if added.is_empty() {
        return Err(CannotAdd::None);
    }
    if ADDED.get().is_some_and(|before| std::ptr::eq(*before, added)) {
        // Threads over one memory begin one by one, and each says the same.
        return Ok(());
    }
    let known = super::OWN.iter().map(|entry| (entry.name, "parlab"));
    let known = known.chain(kernels::ALL.iter().map(|kernel| (kernel.name, "parlab")));
    let mut known: BTreeMap<&str, &str> = known.collect();
    for name in experiments {
        known.entry(name).or_insert("parlab");
    }
    for kernel in added {
        let path = (kernel.path)();
        let (name, of) = (kernel.name, known.insert(kernel.name, path));
        let refused = |reason| Err(CannotAdd::Name { path, name, reason });
        if !is_name(name) {
            return refused("a name consists of small letters, digits and hyphens, of 40 at most".to_owned());
        }
        if let Some(of) = of {
            return refused(format!("{of} has that name already; choose another one"));
        }
        let sizes = kernel.sizes;
        if sizes.smoke == 0 || sizes.lab == 0 || sizes.smoke.max(sizes.lab) > sizes.most {
            return Err(CannotAdd::Numbers { path, reason: "SIZES: smoke and lab are 1 at least, and at most `most`" });
        }
        if kernel.tasks == 0 {
            return Err(CannotAdd::Numbers { path, reason: "TASKS is 1 at least" });
        }
    }
    ADDED.set(added).map_err(|_| CannotAdd::TooLate)
}

fn is_name(name: &str) -> bool {
    let is_letter = |letter: u8| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'-';
    (1..=NAME_BYTES_MAX).contains(&name.len()) && name.bytes().all(is_letter)
}

/// The longest name, in bytes.
const NAME_BYTES_MAX: usize = 40;

/// Every workload that is a function in a list, in the order in which they are shown: parlab's, then those that were added.
pub fn kernels() -> impl Iterator<Item = &'static parlab_work::Entry> {
    kernels::ALL.iter().chain(added())
}

/// Those that were added.
pub(crate) fn added() -> &'static [parlab_work::Entry] {
    ADDED.get().copied().unwrap_or_default()
}

/// Their entries.
pub(super) fn entries() -> impl Iterator<Item = &'static Entry> {
    kernels().map(|kernel| &Known::find(kernel.name).entry)
}

/// What is known of a kernel by its name.
pub struct Known {
    entry: Entry,
    /// What it does; `None` if this build does not have it: it is in a report of another.
    kernel: Option<&'static parlab_work::Entry>,
}

impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.entry.name)
    }
}

/// There is one of each name.
impl PartialEq for Known {
    fn eq(&self, other: &Self) -> bool {
        self.entry.name == other.entry.name
    }
}

impl Known {
    /// Finds it, whatever the name. What is known of a name is kept for ever.
    pub fn find(name: &str) -> &'static Self {
        static KNOWN: Mutex<BTreeMap<&'static str, &'static Known>> = Mutex::new(BTreeMap::new());
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.get(name) {
            return known;
        }
        let kernel = kernels().find(|kernel| kernel.name == name);
        let (name, about, means) = match kernel {
            Some(kernel) => (kernel.name, kernel.about, kernel.size),
            None => (&*name.to_owned().leak(), "of another build of parlab", "its size"),
        };
        let size = Some(Size { name: "size", means });
        let entry = Entry { name, about, size, in_python: false, writes_files: false, finds_tasks: false };
        let found: &'static Self = Box::leak(Box::new(Self { entry, kernel }));
        known.insert(name, found);
        found
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.entry.name
    }

    /// What it does; `None` if this build does not have it.
    pub fn kernel(&self) -> Option<&'static parlab_work::Entry> {
        self.kernel
    }
}

/// A message names it.
impl Serialize for Known {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.entry.name)
    }
}

impl<'de> Deserialize<'de> for &'static Known {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|name| Known::find(&name))
    }
}

/// A function in a list, in every task.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Kernel {
    #[serde(skip)]
    known: &'static Known,
    /// Tasks per run.
    pub tasks: u32,
    /// What the function is given; its entry says what it means.
    pub size: u64,
    /// Which of several ways to do it; empty if there is one way only.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub method: String,
}

/// Its parameters as they are written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    tasks: u32,
    size: u64,
    #[serde(default)]
    method: String,
}

/// How it is written as a whole, for the schema.
#[cfg(feature = "schema")]
#[derive(schemars::JsonSchema)]
#[schemars(inline)]
#[allow(dead_code, reason = "it is only described")]
pub(super) struct Written {
    /// The name of one of parlab's kernels, or of a function of a crate that was built in.
    workload: String,
    params: WrittenParams,
}

#[cfg(feature = "schema")]
#[derive(schemars::JsonSchema)]
#[schemars(inline)]
#[allow(dead_code, reason = "it is only described")]
struct WrittenParams {
    /// Tasks per run.
    tasks: u32,
    /// What the function is given.
    size: u64,
    /// Which of several ways to do it; absent if there is one way only.
    method: Option<String>,
}

impl Kernel {
    /// The kernel of an entry, at a size, with as many tasks as it says and by its first method.
    pub fn of(kernel: &parlab_work::Entry, size: u64) -> Self {
        let method = kernel.methods.first().copied().unwrap_or_default().to_owned();
        Self { known: Known::find(kernel.name), tasks: kernel.tasks, size, method }
    }

    /// Reads the parameters of a kernel. One that this build does not have is read, too: reports of it can be looked at.
    pub(super) fn read<'de, D: Deserializer<'de>>(name: &str, params: D) -> Result<Self, D::Error> {
        if !is_name(name) {
            return Err(Error::custom(format_args!("unknown workload {name:?}")));
        }
        let has_it = kernels().any(|kernel| kernel.name == name);
        let Params { tasks, size, method } = Params::deserialize(params).map_err(|error| match has_it {
            true => error,
            false => Error::custom(format_args!("unknown workload {name:?}")),
        })?;
        Ok(Self { known: Known::find(name), tasks, size, method })
    }

    pub(super) fn entry(&self) -> &'static Entry {
        &self.known.entry
    }

    /// The Rust path of the function's type, if it was [added](add): its crate, module and name.
    pub(super) fn added_path(&self) -> Option<&'static str> {
        added().iter().find(|kernel| kernel.name == self.known.entry.name).map(|kernel| (kernel.path)())
    }

    /// The names of the ways that it can be done in.
    pub(super) fn methods(&self) -> &'static [&'static str] {
        self.known.kernel.map_or(&[], |kernel| kernel.methods)
    }

    /// Whether this build has the function.
    pub(super) fn is_in_this_build(&self) -> bool {
        self.known.kernel.is_some()
    }
}

impl Definition for Kernel {
    fn cost(&self) -> Cost {
        let steps = self.known.kernel.and_then(|kernel| kernel.steps(self.size));
        steps.map_or(Cost::Uneven, Cost::Steps)
    }

    fn waves(&self, _: Setting<'_>) -> Waves {
        let method = self.methods().iter().position(|method| *method == self.method).unwrap_or_default();
        let work = Work::Kernel { known: self.known, size: self.size, method: method as u32 };
        Waves::once((0..self.tasks).map(|_| work.clone()))
    }
}

impl Parameters for Kernel {
    fn size(&self) -> Option<u64> {
        Some(self.size)
    }

    fn set_size(&mut self, size: u64) {
        self.size = size;
    }

    fn check(&self) -> Result<(), OutOfRange> {
        let Some(kernel) = self.known.kernel else {
            let fix = "a build with the crate that has it: `cargo lab --with DIR …`".to_owned();
            return Err(OutOfRange {
                name: "workload",
                value: self.known.name().to_owned(),
                reason: "this build of parlab has no such function".into(),
                fix,
            });
        };
        let is_only_way = kernel.methods.is_empty() && self.method.is_empty();
        if !(is_only_way || kernel.methods.contains(&self.method.as_str())) {
            let name = self.known.name();
            let (reason, fix) = match kernel.methods {
                [] => (format!("the workload {name} has no methods to choose from"), "no method".to_owned()),
                methods => {
                    (format!("the workload {name} has no such method"), format!("one of {}", methods.join(", ")))
                }
            };
            return Err(OutOfRange { name: "method", value: self.method.clone(), reason: reason.into(), fix });
        }
        within("size", self.size, 1, kernel.sizes.most, "its author allows no more")
    }
}
