//! Somebody's own work, for tests: what the example does, and whatever can go wrong.

mod talc_allocate;

use std::hint::{black_box, spin_loop};
use std::io::Read;
use std::marker::PhantomData;

use parlab_work::{Entry, Sizes, Task, Workload};

/// What parlab builds in.
pub static WORKLOADS: &[Entry] = &[
    Entry::of::<deflate::Deflate>(),
    Entry::of::<Flawed<Endless>>(),
    Entry::of::<Flawed<Greedy>>(),
    Entry::of::<Flawed<Deep>>(),
    Entry::of::<Flawed<Panics>>(),
    Entry::of::<Flawed<Differs>>(),
    Entry::of::<Flawed<Talks>>(),
    Entry::of::<talc_allocate::TalcAllocate>(),
];

/// A flaw, which every task but the first has.
pub trait Flaw: 'static {
    /// The name of the workload.
    const NAME: &'static str;

    /// What goes wrong.
    fn happen() -> u64;
}

/// Work with a flaw.
pub struct Flawed<F>(PhantomData<F>);

impl<F: Flaw> Workload for Flawed<F> {
    const NAME: &'static str = F::NAME;
    const ABOUT: &'static str = "go wrong";
    const SIZE: &'static str = "nothing";
    const SIZES: Sizes = Sizes { smoke: 1, lab: 1, most: 1 };
    const TASKS: u32 = 2;

    type Input = ();

    fn setup(_: &Task<'_>) {}

    fn routine(_: &mut (), task: &Task<'_>) -> u64 {
        if task.id == 0 { 7 } else { F::happen() }
    }
}

/// It never ends, and never asks whether it is cancelled.
pub struct Endless;

impl Flaw for Endless {
    const NAME: &'static str = "endless";

    fn happen() -> u64 {
        loop {
            spin_loop();
        }
    }
}

/// It asks for ever more memory.
pub struct Greedy;

impl Flaw for Greedy {
    const NAME: &'static str = "greedy";

    fn happen() -> u64 {
        let mut all = Vec::new();
        loop {
            all.push(black_box(Vec::<u8>::with_capacity(1 << 26)));
        }
    }
}

/// It calls itself for ever.
pub struct Deep;

impl Flaw for Deep {
    const NAME: &'static str = "deep";

    fn happen() -> u64 {
        fn deeper(than: u64) -> u64 {
            let here = black_box([than; 64]);
            if than == u64::MAX { 0 } else { deeper(than + 1) + black_box(here)[7] }
        }
        deeper(0)
    }
}

/// It panics.
pub struct Panics;

impl Flaw for Panics {
    const NAME: &'static str = "panics";

    fn happen() -> u64 {
        panic!("no such input")
    }
}

/// Its result depends on where it is.
pub struct Differs;

impl Flaw for Differs {
    const NAME: &'static str = "differs";

    fn happen() -> u64 {
        cfg!(target_arch = "wasm32").into()
    }
}

/// It prints, and reads what nobody writes, which is no flaw: nobody else must take it for something else.
pub struct Talks;

impl Flaw for Talks {
    const NAME: &'static str = "talks";

    fn happen() -> u64 {
        println!("nobody asked");
        let mut heard = Vec::new();
        // Where there is nothing to read from, nothing is read.
        _ = std::io::stdin().read_to_end(&mut heard);
        heard.len() as u64
    }
}
