//! What a crate needs to have its functions measured by parlab: natively, in browsers, under every strategy.
//!
//! A function that is measured is the [routine](Workload::routine) of a [`Workload`], on an input that its
//! [setup](Workload::setup) makes before the clock starts. A crate lists what it has:
//!
//! ```
//! use parlab_work::{Entry, Sizes, Task, Workload};
//!
//! /// How often each byte occurs in a text.
//! pub struct Histogram;
//!
//! impl Workload for Histogram {
//!     const NAME: &'static str = "histogram";
//!     const ABOUT: &'static str = "count how often each byte occurs";
//!     const SIZE: &'static str = "bytes per task";
//!     const SIZES: Sizes = Sizes { smoke: 10_000, lab: 50_000_000, most: 1 << 30 };
//!
//!     type Input = Vec<u8>;
//!
//!     fn setup(task: &Task<'_>) -> Vec<u8> {
//!         (0..task.size).map(|at| (at * 31 % 251) as u8).collect()
//!     }
//!
//!     fn routine(text: &mut Vec<u8>, _: &Task<'_>) -> u64 {
//!         let mut counts = [0_u64; 256];
//!         text.iter().for_each(|byte| counts[usize::from(*byte)] += 1);
//!         parlab_work::checksum(&counts)
//!     }
//! }
//!
//! /// What parlab builds in.
//! pub static WORKLOADS: &[Entry] = &[Entry::of::<Histogram>()];
//! # let mut input = WORKLOADS[0].setup(&Task::new(0, 10));
//! # assert!(WORKLOADS[0].routine(&mut input, &Task::new(0, 10)).is_ok());
//! ```
//!
//! `cargo lab --with path/to/the/crate run histogram` measures it.
//!
//! # Words
//! | here | Criterion | divan |
//! |---|---|---|
//! | [`Workload::NAME`] | the id of a benchmark | the name of a function |
//! | [`Workload::setup`] | what stands before `b.iter`, or the setup of `iter_batched_ref` | `with_inputs` |
//! | [`Workload::routine`] | the routine | `bench_refs` |
//! | [`Workload::SIZES`], [`Task::size`] | the input of `bench_with_input` | `args` |
//! | [`Workload::METHODS`] | the functions of a group | `types`, or several functions |
//! | a run: all its tasks, spread over workers | a sample | a sample |

mod checksum;
mod entry;

pub use checksum::{checksum, checksum_of_bytes};
pub use entry::{Entry, Input, WrongInput};

/// Work that parlab measures: what one of its tasks does.
pub trait Workload: 'static {
    /// The name in command line, address and report: small letters, digits and hyphens, unlike all names that parlab has.
    const NAME: &'static str;

    /// One line on what a task does, which follows on the name: "count how often each byte occurs".
    const ABOUT: &'static str;

    /// What the size is of, with its unit: "bytes per task".
    const SIZE: &'static str;

    /// Which sizes are run.
    const SIZES: Sizes;

    /// Tasks in a run, unless somebody asks for another number.
    const TASKS: u32 = 16;

    /// Ways to do the same, to be compared; the first is what is done if none is named. None, if there is one way only.
    const METHODS: &'static [&'static str] = &[];

    /// What tasks work on. It never leaves the thread that made it.
    type Input: 'static;

    /// Makes an input, before the clock starts. Each worker makes one, which all tasks that it does are given, one after
    /// the other; `task` has the size and the method, and the number 0.
    fn setup(task: &Task<'_>) -> Self::Input;

    /// Does the work of one task, and returns a checksum of its result: the same on every platform, whichever worker did it
    /// and whatever the worker did before. Floats are, unless they went through functions that platforms have of their own,
    /// such as `sin` and `exp`.
    fn routine(input: &mut Self::Input, task: &Task<'_>) -> u64;

    /// How many steps a task of a size takes, each of which waits for the one before, if that can be said and all tasks take
    /// as many: then parlab says what ideal workers would gain, and notices a compiler that left the work out.
    fn steps(_size: u64) -> Option<u64> {
        None
    }
}

/// Which sizes of a workload are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// So small that a task takes about a millisecond: to see that all works.
    pub smoke: u64,
    /// Large enough to be measured: a task takes about 50 ms.
    pub lab: u64,
    /// The largest that can be asked for: what memory or patience end at.
    pub most: u64,
}

/// The task at hand.
pub struct Task<'a> {
    /// Its number in the run, from 0.
    pub id: u32,
    /// The size that was asked for.
    pub size: u64,
    /// Which of the [methods](Workload::METHODS), by its place there; 0 if there is one way only.
    pub method: usize,
    cancelled: &'a dyn Fn() -> bool,
}

impl<'a> Task<'a> {
    /// A task that is never cancelled, of the first method.
    pub const fn new(id: u32, size: u64) -> Self {
        Self { id, size, method: 0, cancelled: &|| false }
    }

    /// The same by another method.
    #[must_use]
    pub const fn by(mut self, method: usize) -> Self {
        self.method = method;
        self
    }

    /// The same, which may be cancelled.
    #[must_use]
    pub const fn until<'b>(self, cancelled: &'b dyn Fn() -> bool) -> Task<'b>
    where
        'a: 'b,
    {
        Task { id: self.id, size: self.size, method: self.method, cancelled }
    }

    /// Whether nobody waits for the result any more. A routine that takes longer than a few milliseconds asks now and then, and
    /// returns anything if so; one that does not ask is waited for.
    pub fn is_cancelled(&self) -> bool {
        (self.cancelled)()
    }
}
