//! Which Rust compiles to WebAssembly, and with which flags. No other file knows a compiler flag.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::steps::{said_by, succeeds};
use crate::with::With;
use crate::workspace::{Workspace, is_on_path, rustc};

/// The target of all modules.
pub const WASM: &str = "wasm32-unknown-unknown";

/// The crate that all modules are made of.
const WEB: &str = "parlab-web";

/// One WebAssembly module of that crate.
pub struct Module {
    /// What it is called while it is built.
    pub title: &'static str,
    /// What it is called here.
    pub id: &'static str,
    /// The target folder is `wasm-FOLDER`: modules share one, and all crates in it that are the same, that are compiled with the
    /// same profile and flags.
    pub compiled_in: &'static str,
    /// The feature of the crate.
    pub feature: &'static str,
    /// Where it lies below the site.
    pub folder: &'static str,
    /// The stem of its files there, and the program of the crate.
    pub name: &'static str,
    /// The Cargo profile.
    pub profile: &'static str,
    /// Whether many workers run it over one memory.
    pub shares_memory: bool,
    /// Whether a part of it is loaded after the rest.
    pub is_split: bool,
    /// How the JavaScript around it is loaded.
    pub glue: Glue,
    /// Flags of all crates.
    flags: &'static [&'static str],
    /// And of the last one alone, of which the module is.
    linked_with: &'static [&'static str],
}

/// How the JavaScript around a module is loaded.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Glue {
    /// As a module.
    Module,
    /// As a classic script, which defines a function with this name: not every browser has service workers that are modules.
    Script(&'static str),
}

/// The modules that the site consists of.
pub const MODULES: [Module; 5] = [
    Module {
        title: "the page",
        id: "page",
        compiled_in: "page",
        feature: "page",
        folder: "",
        name: "page",
        profile: "page",
        shares_memory: false,
        is_split: true,
        glue: Glue::Module,
        flags: &[],
        // What is where is found in the relocations.
        linked_with: &["-Clink-arg=--emit-relocs"],
    },
    Module {
        title: "the lab (WebAssembly with threads)",
        id: "lab",
        compiled_in: "lab",
        feature: "threads",
        folder: "lab",
        name: "lab",
        profile: "lab",
        shares_memory: true,
        is_split: false,
        glue: Glue::Module,
        flags: THREADS,
        linked_with: &[],
    },
    Module {
        title: "the lab without threads",
        id: "lab-plain",
        compiled_in: "lab-plain",
        feature: "lab",
        folder: "lab-plain",
        name: "lab",
        profile: "lab",
        shares_memory: false,
        is_split: false,
        glue: Glue::Module,
        flags: &["-Ctarget-feature=+simd128"],
        linked_with: &[],
    },
    Module {
        title: "the analyst",
        id: "analyst",
        compiled_in: "page",
        feature: "analyst",
        folder: "analyst",
        name: "analyst",
        profile: "page",
        shares_memory: false,
        is_split: false,
        glue: Glue::Module,
        flags: &[],
        linked_with: &[],
    },
    Module {
        title: "the target",
        id: "target",
        compiled_in: "lab-plain",
        feature: "target",
        folder: TARGET,
        name: "target",
        // Making an answer is part of its latency: an image takes half as long, and the module is smaller.
        profile: "lab",
        shares_memory: false,
        is_split: false,
        glue: Glue::Script("parlab_target"),
        flags: &["-Ctarget-feature=+simd128"],
        linked_with: &[],
    },
];

/// Where the module lies that a service worker answers with.
pub const TARGET: &str = "target";

impl Module {
    /// Whether it has workloads in it; page and target have none.
    pub fn knows_workloads(&self) -> bool {
        !["page", "target"].contains(&self.feature)
    }

    /// Where Cargo puts what is compiled for it.
    fn target(&self, workspace: &Workspace) -> PathBuf {
        workspace.target.join(format!("wasm-{}", self.compiled_in))
    }

    /// What Cargo makes of it; `with` a crate of somebody's own, this is that one's library.
    pub fn compiled(&self, workspace: &Workspace, with: Option<&With>) -> PathBuf {
        let name = with.map_or_else(|| format!("{}.wasm", self.name), With::module);
        self.target(workspace).join(WASM).join(self.profile).join(name)
    }
}

/// `+atomics` implies none of the linker's flags since Rust 1.92, and `__heap_base` is not exported by itself since
/// 1.97; wasm-bindgen needs the exports to give each thread a stack and its thread-local storage.
const THREADS: &[&str] = &[
    "-Ctarget-feature=+atomics,+simd128",
    "-Clink-arg=--shared-memory",
    "-Clink-arg=--import-memory",
    "-Clink-arg=--max-memory=1073741824",
    "-Clink-arg=--export=__heap_base",
    "-Clink-arg=--export=__wasm_init_tls",
    "-Clink-arg=--export=__tls_size",
    "-Clink-arg=--export=__tls_align",
    "-Clink-arg=--export=__tls_base",
];

/// A Rust that can build every module.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Rust {
    /// The one that runs this.
    Own,
    /// The one of Debian's packages ending in `-web`. It has no standard library for WebAssembly, only its source.
    Debian,
}

/// What Debian's linker for WebAssembly is called; it belongs to the LLVM of Debian's Rust.
const DEBIAN_LINKER: &str = "wasm-ld-22";

impl Rust {
    /// The Rust to build modules with, if there is one.
    pub fn find(workspace: &Workspace) -> Option<Self> {
        if has_source(workspace) && has_target(workspace) {
            Some(Self::Own)
        } else {
            has_debian().then_some(Self::Debian)
        }
    }

    /// What its compiler says of its version, if it is not the one that runs this.
    pub fn version(self) -> Result<Option<String>> {
        match self {
            Self::Own => Ok(None),
            Self::Debian => said_by(Command::new(debian("bin/rustc")).arg("-vV")).map(Some),
        }
    }

    /// Compiles one module.
    pub fn compile(self, workspace: &Workspace, module: &Module, with: Option<&With>) -> Command {
        let mut command = self.cargo_for(workspace, module, "rustc");
        match with {
            Some(with) => command.arg("--lib").arg("--manifest-path").arg(with.manifest()),
            None => command.args(["--package", WEB, "--bin", module.name]),
        };
        command.arg("--").args(module.linked_with);
        command
    }

    /// `cargo SUBCOMMAND` for the crate that a module is of.
    pub fn check(self, workspace: &Workspace, module: &Module, subcommand: &str) -> Command {
        let mut command = self.cargo_for(workspace, module, subcommand);
        command.args(["--package", WEB]);
        command
    }

    /// `cargo SUBCOMMAND`, as one module is compiled.
    fn cargo_for(self, workspace: &Workspace, module: &Module, subcommand: &str) -> Command {
        let mut command = self.cargo(workspace, subcommand);
        command.args(["--quiet", "--target", WASM]);
        command.args(["--features", module.feature, "--profile", module.profile, "--target-dir"]);
        command.arg(module.target(workspace));
        // Set even when there are none: flags for the native binary must not reach a module.
        command.env("CARGO_ENCODED_RUSTFLAGS", module.flags.join("\x1f"));
        if module.shares_memory || self == Self::Debian {
            // The standard library that comes with Rust has no atomics. Rebuilding it is unstable, but works in this
            // release: https://doc.rust-lang.org/cargo/reference/unstable.html#build-std
            command.args(["-Z", "build-std=std,panic_abort"]).env("RUSTC_BOOTSTRAP", "1");
        }
        command
    }

    /// `cargo SUBCOMMAND`.
    pub fn cargo(self, workspace: &Workspace, subcommand: &str) -> Command {
        if self == Self::Own {
            return workspace.cargo(subcommand);
        }
        let mut command = workspace.command(debian("bin/cargo"));
        command.arg(subcommand);
        // Before PATH, so that this `cargo` finds its own `rustc` and `cargo-clippy`.
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(debian("bin")).chain(std::env::split_paths(&path));
        command.env("PATH", std::env::join_paths(folders).unwrap_or_default());
        command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", DEBIAN_LINKER);
        command
    }
}

/// What the compiler compiles for if nothing else is asked for.
pub fn host(workspace: &Workspace) -> Result<String> {
    let version = said_by(rustc(&workspace.root).arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).context("rustc does not say what it compiles for")
}

/// Whether the own Rust has the source of its standard library.
pub fn has_source(workspace: &Workspace) -> bool {
    workspace.sysroot.join("lib/rustlib/src/rust/library/Cargo.lock").exists()
}

/// Whether the own Rust has a standard library for WebAssembly.
pub fn has_target(workspace: &Workspace) -> bool {
    workspace.sysroot.join("lib/rustlib").join(WASM).join("lib").exists()
}

/// Whether Debian's Rust is there, with all that it needs.
pub fn has_debian() -> bool {
    let files = ["bin/cargo", "bin/rustc", "lib/rustlib/src/rust/library/Cargo.lock"];
    is_on_path(DEBIAN_LINKER) && files.iter().all(|file| debian(file).exists())
}

/// Whether the Rust that builds modules can lint them.
pub fn has_clippy(workspace: &Workspace) -> bool {
    match Rust::find(workspace) {
        Some(Rust::Own) => succeeds(&mut workspace.cargo("clippy --version")),
        // Asked for its version, it might answer with the one of another Rust.
        Some(Rust::Debian) => debian("bin/cargo-clippy").exists(),
        None => false,
    }
}

fn debian(path: &str) -> PathBuf {
    Path::new("/usr").join(path)
}
