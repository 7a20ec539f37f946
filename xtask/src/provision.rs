//! What must be installed, as a table, and how to get it.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;

use crate::CannotRun;
use crate::steps::{Steps, quietly, succeeds};
use crate::toolchain::{WASM, has_clippy, has_debian, has_source, has_target};
use crate::workspace::{Workspace, is_installed, is_on_path};

/// Something that must be there.
pub struct Requirement {
    name: &'static str,
    is_there: fn(&Workspace) -> bool,
    /// The ways to get it, the best one first.
    installs: &'static [Install],
    /// What to do where none of the ways leads anywhere.
    otherwise: &'static str,
}

/// A way to get something.
enum Install {
    /// `rustup` with these arguments, where the machine has rustup.
    Rustup(&'static [&'static str]),
    /// These packages of Debian, where this runs as root on such a system.
    Debian(&'static [&'static str]),
    /// This program of crates.io, with these options of `cargo install`, into cargo's own folder.
    Cargo(&'static str, &'static [&'static str]),
    /// This package of npm, into a folder of its own in the workspace, where there is npm.
    Npm(&'static str),
}

const DEBIAN_RUST: Install = Install::Debian(&["rustc-web", "cargo-web", "rust-web-src", "lld-22"]);
/// Of the versions that npm has, the last one with hub and node in one file.
const SELENIUM: &str = "selenium-server@3.141.59";
/// What looks at crates that others wrote.
const DENY: &str = "cargo-deny@0.20.2";
/// What collects their licences, and what lists them.
const ABOUT: &str = "cargo-about@0.9.3";
const CYCLONEDX: &str = "cargo-cyclonedx@0.5.9";
/// What looks at the page for people who use it otherwise than by sight and mouse.
const AXE: &str = "axe-core@4.14.1";
/// What looks at a page as a whole.
const LIGHTHOUSE: &str = "lighthouse@13.5.0";
/// Compiled in half the time so; for what only passes on what it is told.
const UNOPTIMIZED: &[&str] = &["--debug"];
const RUSTUP: &str = "install Rust with rustup";

/// What building needs.
pub const BUILDING: &[Requirement] = &[
    Requirement {
        name: "a C compiler, for linking",
        is_there: |_| !cfg!(unix) || is_on_path("cc"),
        installs: &[Install::Debian(&["gcc", "libc6-dev"])],
        otherwise: "install a C compiler that answers to `cc`",
    },
    Requirement {
        name: "the source of Rust's standard library",
        is_there: |workspace| has_source(workspace) || has_debian(),
        installs: &[Install::Rustup(&["component", "add", "rust-src"]), DEBIAN_RUST],
        otherwise: RUSTUP,
    },
    Requirement {
        name: "Rust's standard library for WebAssembly",
        is_there: |workspace| has_target(workspace) || has_debian(),
        installs: &[Install::Rustup(&["target", "add", WASM]), DEBIAN_RUST],
        otherwise: RUSTUP,
    },
];

/// What testing needs besides.
pub const TESTING: &[Requirement] = &[
    Requirement {
        name: "a C++ compiler, for libFuzzer",
        is_there: |_| !cfg!(unix) || is_on_path("c++"),
        installs: &[Install::Debian(&["g++"])],
        otherwise: "install a C++ compiler that answers to `c++`",
    },
    Requirement {
        name: "rustfmt",
        is_there: |workspace| succeeds(&mut workspace.cargo("fmt --version")),
        installs: &[Install::Rustup(&["component", "add", "rustfmt"]), Install::Debian(&["rustfmt-web"])],
        otherwise: RUSTUP,
    },
    Requirement {
        name: "clippy",
        is_there: |workspace| succeeds(&mut workspace.cargo("clippy --version")) && has_clippy(workspace),
        installs: &[Install::Rustup(&["component", "add", "clippy"]), Install::Debian(&["rust-web-clippy"])],
        otherwise: RUSTUP,
    },
    Requirement {
        name: "cargo-deny",
        is_there: |_| is_installed("cargo-deny"),
        installs: &[Install::Cargo(DENY, UNOPTIMIZED)],
        otherwise: "install cargo-deny on PATH",
    },
    Requirement {
        name: "Python 3.9 or newer",
        is_there: |_| {
            let is_new = "import sys; sys.exit(sys.version_info < (3, 9))";
            ["python3", "python"].iter().any(|name| succeeds(Command::new(name).args(["-c", is_new])))
        },
        installs: &[Install::Debian(&["python3"])],
        otherwise: "install Python 3.9 or newer as python3 on PATH",
    },
    Requirement {
        name: "Chromium with its driver",
        is_there: |_| {
            // Elsewhere the browser is no command, but the driver knows where it is.
            let browsers = ["chromium", "chromium-browser", "google-chrome"];
            let browser = !cfg!(target_os = "linux") || browsers.iter().any(|name| is_on_path(name));
            browser && is_on_path("chromedriver")
        },
        installs: &[Install::Debian(&["chromium", "chromium-driver"])],
        otherwise: "install Chromium or Chrome, and the chromedriver of the same version on PATH",
    },
    Requirement {
        name: "Firefox with its driver",
        is_there: |_| {
            let browser = !cfg!(target_os = "linux") || ["firefox", "firefox-esr"].iter().any(|name| is_on_path(name));
            browser && is_installed("geckodriver")
        },
        installs: &[Install::Debian(&["firefox-esr"]), Install::Cargo("geckodriver", UNOPTIMIZED)],
        otherwise: "install Firefox, and geckodriver on PATH",
    },
    Requirement {
        name: "WebKitGTK with its driver, and a display for it",
        is_there: |_| !cfg!(target_os = "linux") || ["WebKitWebDriver", "Xvfb"].iter().all(|name| is_on_path(name)),
        installs: &[Install::Debian(&["webkit2gtk-driver", "xvfb"])],
        otherwise: "install WebKitGTK's WebKitWebDriver with its MiniBrowser, and Xvfb",
    },
    Requirement {
        name: "Java with a Selenium Grid",
        is_there: |workspace| {
            let grid = package_of_npm(workspace, SELENIUM).join("lib/runner");
            !cfg!(target_os = "linux") || is_on_path("java") && grid.is_dir()
        },
        // npm brings hundreds of packages: only where it has to.
        installs: &[
            Install::Debian(&["default-jre-headless"]),
            Install::Npm(SELENIUM),
            Install::Debian(&["npm"]),
            Install::Npm(SELENIUM),
        ],
        otherwise: "install Java 8 or newer, and npm",
    },
    Requirement {
        name: "axe, which tests whether everybody can use the page",
        is_there: |workspace| package_of_npm(workspace, AXE).join("axe.min.js").is_file(),
        installs: &[Install::Npm(AXE), Install::Debian(&["npm"]), Install::Npm(AXE)],
        otherwise: "install npm",
    },
];

/// What a look at a page with Lighthouse needs.
pub const AUDITING: &[Requirement] = &[Requirement {
    name: "Lighthouse",
    is_there: |workspace| lighthouse(workspace).is_dir(),
    installs: &[Install::Npm(LIGHTHOUSE), Install::Debian(&["npm"]), Install::Npm(LIGHTHOUSE)],
    otherwise: "install npm",
}];

/// What a release needs besides.
pub const DISTRIBUTING: &[Requirement] = &[
    Requirement {
        name: "cargo-about",
        is_there: |_| is_installed("cargo-about"),
        installs: &[Install::Cargo(ABOUT, &["--features", "cli"])],
        otherwise: "install cargo-about on PATH",
    },
    Requirement {
        name: "cargo-cyclonedx",
        is_there: |_| is_installed("cargo-cyclonedx"),
        installs: &[Install::Cargo(CYCLONEDX, UNOPTIMIZED)],
        otherwise: "install cargo-cyclonedx on PATH",
    },
];

/// Where Lighthouse lies.
pub fn lighthouse(workspace: &Workspace) -> PathBuf {
    package_of_npm(workspace, LIGHTHOUSE)
}

/// Installs what is missing of the requirements; an error says what to install by hand.
pub fn require(workspace: &Workspace, requirements: &[&[Requirement]]) -> Result<()> {
    let all = || requirements.iter().copied().flatten();
    let missing: Vec<_> = all().filter(|requirement| !(requirement.is_there)(workspace)).collect();
    let mut steps = Steps::new(missing.len(), Duration::ZERO);
    let mut advice = Vec::new();
    for requirement in missing {
        let found = steps.step(&format!("Installing {}", requirement.name), || requirement.install(workspace));
        advice.extend(found.err().map(|_| requirement.advice()));
    }
    if advice.is_empty() { Ok(()) } else { Err(CannotRun(advice.join("\n")).into()) }
}

/// The name of a package of npm that is named with its version.
fn name_of(package: &str) -> &str {
    package.split('@').next().unwrap_or(package)
}

/// Where a package of npm lies, once it is installed.
fn package_of_npm(workspace: &Workspace, package: &str) -> PathBuf {
    let name = name_of(package);
    workspace.tools().join(name).join("node_modules").join(name)
}

impl Requirement {
    fn install(&self, workspace: &Workspace) -> Result<()> {
        // An earlier row may have brought it.
        let mut ways = self.installs.iter().filter(|install| install.is_possible());
        while !(self.is_there)(workspace) {
            // A way that fails has said why; then the next one has its turn.
            let way = ways.next().ok_or_else(|| CannotRun("there is no other way".into()))?;
            let _ = way.take(workspace);
        }
        Ok(())
    }

    fn advice(&self) -> String {
        let by_hand = |install: &Install| match install {
            Install::Rustup(args) => format!("rustup {}", args.join(" ")),
            Install::Debian(packages) => {
                format!("on Debian, as root: apt-get install {}", packages.join(" "))
            }
            Install::Cargo(program, options) => format!("cargo install {program} --locked {}", options.join(" ")),
            Install::Npm(package) => format!("npm install --prefix target/tools/{} {package}", name_of(package)),
        };
        let ways = self.installs.iter().map(by_hand).chain([self.otherwise.into()]);
        let ways: String = ways.map(|way| format!("\n  - {way}")).collect();
        format!("{} is missing. One of these brings it:{ways}", self.name)
    }
}

impl Install {
    fn is_possible(&self) -> bool {
        let is_root = || Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout.trim_ascii() == b"0");
        match self {
            Self::Rustup(_) => is_on_path("rustup"),
            Self::Debian(_) => cfg!(target_os = "linux") && is_on_path("apt-get") && is_root(),
            Self::Cargo(..) => true,
            Self::Npm(_) => is_on_path("npm"),
        }
    }

    fn take(&self, workspace: &Workspace) -> Result<()> {
        match self {
            Self::Rustup(args) => quietly(workspace.command("rustup").arg("--quiet").args(*args)),
            Self::Cargo(program, options) => {
                let mut cargo = workspace.cargo("install --quiet --locked");
                // Nothing of it is used again.
                quietly(cargo.arg(program).args(*options).env_remove("CARGO_TARGET_DIR"))
            }
            Self::Npm(package) => {
                let mut npm = workspace.command("npm");
                npm.args(["install", "--silent", "--no-save", "--ignore-scripts", "--prefix"]);
                // A folder for each: npm removes from a folder what it was not asked for.
                quietly(npm.arg(workspace.tools().join(name_of(package))).arg(package))
            }
            Self::Debian(packages) => {
                let mut apt = workspace.command("apt-get");
                apt.env("DEBIAN_FRONTEND", "noninteractive");
                // A source that does not answer is no reason to give up: the installation tells.
                let _ = quietly(apt.args(["-qq", "update"]));
                let mut apt = workspace.command("apt-get");
                apt.env("DEBIAN_FRONTEND", "noninteractive");
                quietly(apt.args(["-qq", "--yes", "--no-install-recommends", "install"]).args(*packages))
            }
        }
    }
}
