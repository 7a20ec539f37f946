//! What this program was built with: the page, an id, workloads of other crates.

use std::borrow::Cow;
use std::sync::OnceLock;

use parlab_shared::experiment;
use parlab_shared::report::Tool;
use rust_embed::EmbeddedFile;

/// What a binary is built with.
#[derive(Debug)]
pub struct Program {
    /// The page.
    pub site: Site,
    /// The id of the build, if whoever built it gave it one.
    pub build: Option<&'static str>,
    /// The workloads of another crate; none, if it was built without.
    pub workloads: &'static [parlab_work::Entry],
}

/// The files of a page.
#[derive(Clone, Copy, Debug)]
pub struct Site {
    /// Finds a file by its name.
    pub get: fn(&str) -> Option<EmbeddedFile>,
    /// The names of all files.
    pub names: fn() -> Vec<Cow<'static, str>>,
}

static PROGRAM: OnceLock<Program> = OnceLock::new();

/// Says what this program is, before anything else.
///
/// # Errors
/// Why its workloads cannot be run.
pub fn set(program: Program) -> Result<(), String> {
    if !program.workloads.is_empty() {
        experiment::add(program.workloads).map_err(|reason| reason.to_string())?;
    }
    PROGRAM.set(program).map_err(|_| "the program was begun twice".to_owned())
}

/// The page; without files, where none was built.
pub fn site() -> Site {
    PROGRAM.get().map_or(Site { get: |_| None, names: Vec::new }, |program| program.site)
}

/// This program, as reports name it.
pub fn tool() -> Tool {
    Tool::this(build())
}

/// The id of its build, if it has one.
pub fn build() -> Option<&'static str> {
    PROGRAM.get().and_then(|program| program.build)
}
