//! What a kernel takes by itself, outside of any lab, however this was compiled: `cargo run --release -p parlab-shared --example
//! kernel nbody`, and the same with `RUSTFLAGS=-Cno-vectorize-slp`.

#![allow(clippy::print_stdout, clippy::disallowed_methods, reason = "a program of its own: it measures and prints")]

use std::hint::black_box;
use std::time::Instant;

use parlab_shared::workload::kernels;
use parlab_work::Task;

/// How often it is run.
const RUNS: usize = 21;

fn main() {
    let name = std::env::args().nth(1).expect("the name of a kernel");
    let kernel = kernels().find(|kernel| kernel.name == name).expect("a kernel of that name");
    let task = Task::new(0, kernel.sizes.lab);
    let mut input = kernel.setup(&task);
    let mut times_ms: Vec<f64> = (0..RUNS)
        .map(|_| {
            let began = Instant::now();
            black_box(kernel.routine(&mut input, &task).expect("its own input"));
            began.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times_ms.sort_by(f64::total_cmp);
    println!("{name}: {:.2} ms in the middle of {RUNS} runs, {:.2} ms at least", times_ms[RUNS / 2], times_ms[0]);
}
