//! Where everything is, and the `cargo` that everything is built with.

use std::ffi::OsString;
use std::io::{IsTerminal, stderr};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::hash;
use crate::steps::said_by;
use crate::toolchain::Rust;

/// The workspace and its places.
pub struct Workspace {
    /// The folder of the workspace's manifest.
    pub root: PathBuf,
    /// Everything that is built is below it.
    pub target: PathBuf,
    /// Where the compiler keeps its parts.
    pub sysroot: PathBuf,
    /// The identity of the work that is compiled in; see [`hash::build_id`].
    pub build_id: String,
}

impl Workspace {
    /// The workspace that this crate belongs to.
    pub fn find() -> Result<Self> {
        let manifest = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let root = Path::new(&manifest).parent().context("this crate is not in a workspace")?.to_path_buf();
        let target = match std::env::var_os("CARGO_TARGET_DIR") {
            Some(path) => std::path::absolute(path).context("CARGO_TARGET_DIR is no path")?,
            None => root.join("target"),
        };
        let sysroot = said_by(rustc(&root).args(["--print", "sysroot"]))?.into();
        let mut workspace = Self { root, target, sysroot, build_id: String::new() };
        workspace.build_id = hash::build_id(&workspace.root, hash::SOURCES, &compiled_with(&workspace)?)?;
        Ok(workspace)
    }

    /// Makes the sources of another crate a part of what the identity is of.
    pub fn add_sources(&mut self, folder: &Path) -> Result<()> {
        self.build_id = hash::build_id(folder, hash::OF_A_CRATE, std::slice::from_ref(&self.build_id))?;
        Ok(())
    }

    /// The folder that the server embeds.
    pub fn site(&self) -> PathBuf {
        self.target.join("site")
    }

    /// The folder of what only tests need.
    pub fn tools(&self) -> PathBuf {
        self.target.join("tools")
    }

    /// The binary `parlab`.
    pub fn binary(&self) -> PathBuf {
        self.target.join("release").join(format!("parlab{}", std::env::consts::EXE_SUFFIX))
    }

    /// A command of the `cargo` that runs this; `words` are separated by spaces.
    pub fn cargo(&self, words: &str) -> Command {
        let mut command = self.command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args(words.split(' '));
        command
    }

    /// A command in the workspace, with the environment that every build shares.
    pub fn command(&self, program: impl Into<OsString>) -> Command {
        let mut command = Command::new(program.into());
        command.current_dir(&self.root).env("CARGO_TARGET_DIR", &self.target);
        command.env("PARLAB_BUILD", &self.build_id).env("PARLAB_SITE", self.site());
        if stderr().is_terminal() {
            command.env("CARGO_TERM_COLOR", "always");
        }
        command
    }
}

/// The compiler that `cargo` uses in a folder.
pub fn rustc(folder: &Path) -> Command {
    let mut rustc = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    rustc.current_dir(folder);
    rustc
}

/// What decides, besides what is in the workspace, how it is compiled: the compilers, flags and profiles that come from the
/// environment, and those files of Cargo outside of it that set any.
fn compiled_with(workspace: &Workspace) -> Result<Vec<String>> {
    let mut texts = vec![said_by(rustc(&workspace.root).arg("-vV"))?];
    texts.extend(Rust::find(workspace).map(Rust::version).transpose()?.flatten());
    let decides = |name: &str| name.contains("RUSTFLAGS") || name.starts_with("CARGO_PROFILE_");
    let set = std::env::vars_os().map(|(name, value)| (name.to_string_lossy().into_owned(), value));
    let mut set: Vec<String> =
        set.filter(|(name, _)| decides(name)).map(|(name, value)| format!("{name}={}", value.display())).collect();
    set.sort();
    texts.extend(set);
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(std::env::home_dir()?.join(".cargo")));
    let above = workspace.root.ancestors().skip(1).map(|folder| folder.join(".cargo"));
    let configs = above.chain(home).flat_map(|folder| [folder.join("config.toml"), folder.join("config")]);
    // Those that only say where packages come from are of no account.
    let sets = |text: &String| ["rustflags", "[profile", "[target", "[env"].iter().any(|word| text.contains(word));
    texts.extend(configs.filter_map(|path| std::fs::read_to_string(path).ok()).filter(sets));
    Ok(texts)
}

/// Whether a program is on PATH.
pub fn is_on_path(program: &str) -> bool {
    std::env::var_os("PATH").is_some_and(|path| std::env::split_paths(&path).any(|folder| is_in(&folder, program)))
}

/// Whether a program is on PATH, or where cargo installs programs, which need not be there.
pub fn is_installed(program: &str) -> bool {
    is_on_path(program) || std::env::home_dir().is_some_and(|home| is_in(&home.join(".cargo/bin"), program))
}

fn is_in(folder: &Path, program: &str) -> bool {
    folder.join(format!("{program}{}", std::env::consts::EXE_SUFFIX)).is_file()
}
