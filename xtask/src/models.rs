//! Models of what threads share by hand (`shared/src/measure/models.rs`), with loom: it tries the orders in which threads may
//! take their steps, and what each may see of the others' meanwhile.

use std::env;

use anyhow::Result;

use crate::steps::quietly;
use crate::workspace::Workspace;

/// How often a thread is interrupted where it need not be, at most. More of them take minutes and hours.
const PREEMPTIONS: &str = "2";
/// The variable in which loom reads it; whoever sets it has more or fewer tried.
const VARIABLE: &str = "LOOM_MAX_PREEMPTIONS";
/// What is compiled for a minute of trying: not as what is measured.
const PROFILE: [&str; 3] =
    ["profile.dev.opt-level=1", "profile.dev.package.parlab-shared.opt-level=1", "profile.dev.debug=0"];

/// Tries all models; the first that fails says what happened.
pub fn run(workspace: &Workspace) -> Result<()> {
    let mut cargo = workspace.cargo("test --quiet --package parlab-shared --lib");
    PROFILE.iter().for_each(|setting| _ = cargo.args(["--config", setting]));
    // What is compiled for models is nothing for others.
    cargo.arg("--target-dir").arg(workspace.target.join("loom")).arg("measure::models");
    let preemptions = env::var(VARIABLE).unwrap_or_else(|_| PREEMPTIONS.to_owned());
    quietly(cargo.env("RUSTFLAGS", "--cfg loom").env(VARIABLE, preemptions).env("RUST_BACKTRACE", "0"))
}
