//! How often what parlab claims is true: simulated experiments, of which the truth is known.
//!
//! `cargo run --release -p parlab-shared --features fixture --example coverage [EXPERIMENTS]`, 20,000 of each claim if it does
//! not say how many. Exit code 1 if a claim does not hold.

#![allow(clippy::print_stdout, reason = "it is a program")]

use std::process::ExitCode;

use parlab_shared::statistics::simulation::claims;

fn main() -> ExitCode {
    let experiments = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(20_000);
    println!("{experiments} experiments each. In %: held | truth below, above the interval | nothing claimed | wanted");
    let mut is_clean = true;
    for claim in claims() {
        let found = claim.simulate(experiments);
        let holds = (claim.wanted.start() - found.error..=claim.wanted.end() + found.error).contains(&found.holds);
        is_clean &= holds;
        println!(
            "{:62} {:6.2} | {:5.2} {:5.2} | {:5.2} | {:.0} to {:.0}{}",
            claim.name,
            100.0 * found.holds,
            100.0 * found.below,
            100.0 * found.above,
            100.0 * found.withheld,
            100.0 * claim.wanted.start(),
            100.0 * claim.wanted.end(),
            if holds { "" } else { "  does not hold" }
        );
    }
    if is_clean { ExitCode::SUCCESS } else { ExitCode::from(1) }
}
