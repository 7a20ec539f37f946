//! The binary `parlab`: the program, with the page that was built for it.

use std::process::ExitCode;

use parlab::{Program, Site};
use rust_embed::RustEmbed;

/// The built page. A file that compresses well has compressed copies beside it.
#[derive(RustEmbed)]
#[folder = "$PARLAB_SITE_DIR"]
struct Page;

fn main() -> ExitCode {
    let site = Site { get: Page::get, names: || Page::iter().collect() };
    parlab::main(Program { site, build: option_env!("PARLAB_BUILD"), workloads: &[] })
}
