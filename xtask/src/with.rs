//! A crate of somebody's own, built in: `cargo lab --with DIR …`.
//!
//! A package that is written here depends on that crate and on parlab's. Of it are built the binary, the lab and the analyst;
//! the page, which knows no workload, is the one that everybody has. No line of parlab's changes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::hash::Fnv;
use crate::steps::quietly;
use crate::workspace::Workspace;
use crate::{CannotRun, files};

/// The crate that work crates depend on, and where it is in the workspace.
const INTERFACE: (&str, &str) = ("parlab-work", "work");

/// A crate that is built in, and the package that does it.
#[derive(Debug)]
pub struct With {
    /// Its folder.
    own: PathBuf,
    /// Its name.
    pub name: String,
    /// What its library is called in Rust.
    library: String,
    /// Everything that is written for it is in this folder.
    folder: PathBuf,
}

impl With {
    /// Finds a crate, and writes the package that builds it in.
    pub fn find(workspace: &Workspace, own: &Path) -> Result<Self> {
        let manifest = own.join("Cargo.toml");
        if !manifest.is_file() {
            let reason = format!("{} is no crate: it has no Cargo.toml; `cargo lab new DIR` makes one", own.display());
            return Err(CannotRun(reason).into());
        }
        let own = own.canonicalize().with_context(|| format!("cannot find {}", own.display()))?;
        let (name, library) = described(workspace, &own)?;
        // Two crates of one name, in two folders, are two.
        let place = Fnv::EMPTY.with(own.as_os_str().as_encoded_bytes()).hex();
        let folder = workspace.target.join("with").join(format!("{name}-{}", &place[..8]));
        let with = Self { own, name, library, folder };
        with.write(workspace)?;
        Ok(with)
    }

    /// The name of the package.
    pub fn package(&self) -> String {
        format!("with-{}", self.name)
    }

    /// What Cargo calls the module that it compiles.
    pub fn module(&self) -> String {
        format!("{}.wasm", self.package().replace('-', "_"))
    }

    /// The package's manifest.
    pub fn manifest(&self) -> PathBuf {
        self.folder.join("Cargo.toml")
    }

    /// Where what is made of a module is put.
    pub fn made_of(&self, id: &str) -> PathBuf {
        self.folder.join(id)
    }

    /// The folder that the server embeds.
    pub fn site(&self) -> PathBuf {
        self.folder.join("page")
    }

    /// The sources that can change a number, besides parlab's own.
    pub fn sources(&self) -> &Path {
        &self.own
    }

    /// The binary.
    pub fn binary(&self, workspace: &Workspace) -> PathBuf {
        workspace.target.join("release").join(format!("{}{}", self.package(), std::env::consts::EXE_SUFFIX))
    }

    /// A command of the `cargo` that runs this, for the package.
    pub fn cargo(&self, workspace: &Workspace, words: &str) -> Command {
        let mut command = workspace.cargo(words);
        command.arg("--manifest-path").arg(self.manifest()).env("PARLAB_SITE", self.site());
        command
    }

    /// What a page with its workloads shows before an analyst answers; this is also where it is found out whether the crate
    /// builds, and whether its workloads can be run.
    pub fn catalogue(&self, workspace: &Workspace) -> Result<Vec<u8>> {
        let catalogue = format!("{}-catalogue", self.package());
        let cannot = |reason: String| CannotRun(format!("the crate {} ({}) {reason}", self.name, self.own.display()));
        quietly(&mut self.cargo(workspace, &format!("build --quiet --release --bin {catalogue}"))).map_err(|_| {
            cannot(
                "does not build: see above. Its library needs a list of what it offers, \
                 `pub static WORKLOADS: &[parlab_work::Entry]`"
                    .to_owned(),
            )
        })?;
        let program = workspace.target.join("release").join(format!("{catalogue}{}", std::env::consts::EXE_SUFFIX));
        let output = Command::new(&program).stdin(Stdio::null()).output();
        let output = output.with_context(|| format!("cannot run {}", program.display()))?;
        if !output.status.success() {
            return Err(
                cannot(format!("cannot be measured: {}", String::from_utf8_lossy(&output.stderr).trim())).into()
            );
        }
        Ok(output.stdout)
    }

    /// Writes the package; a file that is as it should be stays untouched.
    fn write(&self, workspace: &Workspace) -> Result<()> {
        let root = files::read(&workspace.root.join("Cargo.toml"))?;
        let root = String::from_utf8(root).context("Cargo.toml is no text")?;
        let lock = files::read(&workspace.root.join("Cargo.lock"))?;
        let write = |name: &str, text: &str| files::write_changed(&self.folder.join(name), text.as_bytes());
        write("Cargo.toml", &self.manifest_text(workspace, &root)?)?;
        write("src/lib.rs", &LIBRARY.replace(OWN, &self.library))?;
        write("src/main.rs", &MAIN.replace(OWN, &self.library).replace(SITE, &quoted(&self.site())))?;
        write("src/catalogue.rs", &CATALOGUE.replace(OWN, &self.library))?;
        fs::create_dir_all(self.site()).context("cannot make the folder of the page")?;
        // The same versions as parlab's own, and those of what else the crate depends on, which Cargo adds.
        let key = Fnv::EMPTY.with(&lock).hex();
        let key_file = self.folder.join("lock.key");
        if fs::read(&key_file).is_ok_and(|old| old == key.as_bytes()) && self.folder.join("Cargo.lock").is_file() {
            return Ok(());
        }
        files::write_changed(&self.folder.join("Cargo.lock"), &lock)?;
        files::write_changed(&key_file, key.as_bytes())
    }

    fn manifest_text(&self, workspace: &Workspace, root: &str) -> Result<String> {
        let path = |name: &str| quoted(&workspace.root.join(name));
        let line = |name: &str| {
            let begins = format!("{name} = ");
            let line = root.lines().find(|line| line.starts_with(&begins));
            line.with_context(|| format!("the workspace's Cargo.toml has no line of {name}"))
        };
        Ok(format!(
            "# Written by `cargo lab --with`.\n\
             [package]\nname = \"{package}\"\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\ndefault-run = \"{package}\"\n\n\
             [lib]\ncrate-type = [\"cdylib\", \"rlib\"]\n\n\
             [[bin]]\nname = \"{package}-catalogue\"\npath = \"src/catalogue.rs\"\n\n\
             [features]\nlab = [\"parlab-web/lab\"]\nthreads = [\"parlab-web/threads\"]\nanalyst = [\"parlab-web/analyst\"]\n\n\
             [dependencies]\n{name} = {{ path = {own} }}\nparlab-web = {{ path = {web} }}\n\n\
             [target.'cfg(target_arch = \"wasm32\")'.dependencies]\n{bindgen}\n\n\
             [target.'cfg(not(target_arch = \"wasm32\"))'.dependencies]\nparlab = {{ path = {native} }}\n\
             parlab-web = {{ path = {web}, features = [\"analyst\"] }}\n{embed}\n\n\
             [workspace]\n\n{profiles}",
            package = self.package(),
            name = self.name,
            own = quoted(&self.own),
            web = path("web"),
            native = path("native"),
            bindgen = line("wasm-bindgen")?,
            embed = line("rust-embed")?,
            profiles = profiles(root),
        ))
    }
}

/// The name of a crate, and that of its library in Rust.
fn described(workspace: &Workspace, own: &Path) -> Result<(String, String)> {
    let cannot = |reason: String| CannotRun(format!("{} cannot be built in: {reason}", own.display()));
    let manifest = own.join("Cargo.toml");
    let mut command = workspace.cargo("metadata --no-deps --format-version 1 --quiet --manifest-path");
    let output = command.arg(&manifest).stdin(Stdio::null()).output().context("cannot start cargo")?;
    if !output.status.success() {
        return Err(cannot(String::from_utf8_lossy(&output.stderr).trim().to_owned()).into());
    }
    let metadata: Value = serde_json::from_slice(&output.stdout).context("cargo metadata says no JSON")?;
    let is_it = |package: &&Value| package["manifest_path"].as_str().is_some_and(|path| Path::new(path) == manifest);
    let Some(package) = metadata["packages"].as_array().into_iter().flatten().find(is_it) else {
        return Err(cannot("its Cargo.toml is of a workspace; name the folder of a crate".to_owned()).into());
    };
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let is_library =
        |target: &Value| target["kind"].as_array().into_iter().flatten().any(|kind| kind == "lib" || kind == "rlib");
    let Some(library) = list(&package["targets"]).into_iter().find(is_library) else {
        return Err(cannot("it has no library: its functions belong into src/lib.rs".to_owned()).into());
    };
    let (interface, place) = INTERFACE;
    let place = workspace.root.join(place);
    let dependencies = list(&package["dependencies"]);
    let Some(dependency) = dependencies.iter().find(|dependency| dependency["name"] == interface) else {
        let fix = format!("`{interface} = {{ path = {} }}` under its [dependencies]", quoted(&place));
        return Err(cannot(format!("it does not depend on {interface}: put {fix}")).into());
    };
    let is_ours = |path: &str| Path::new(path).canonicalize().ok() == place.canonicalize().ok();
    if !dependency["path"].as_str().is_some_and(is_ours) {
        let reason =
            format!("it depends on another {interface} than this checkout's: give it `path = {}`", quoted(&place));
        return Err(cannot(reason).into());
    }
    match (package["name"].as_str(), library["name"].as_str()) {
        (Some(name), Some(library)) => Ok((name.to_owned(), library.replace('-', "_"))),
        _ => bail!("cargo metadata names neither crate nor library"),
    }
}

/// The tables of a manifest that say how packages are compiled.
fn profiles(manifest: &str) -> String {
    let mut is_profile = false;
    let lines = manifest.lines().filter(|line| {
        if line.starts_with('[') {
            is_profile = line.starts_with("[profile.");
        }
        is_profile && !line.starts_with('#')
    });
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// A path as TOML and Rust write it.
fn quoted(path: &Path) -> String {
    format!("{:?}", path.display().to_string())
}

/// What stands for the library's name, and for the folder of the page.
const OWN: &str = "own_crate";
const SITE: &str = "\"the page\"";

const LIBRARY: &str = "\
//! The lab and the analyst, with the workloads of another crate. Written by `cargo lab --with`.

#[cfg(target_arch = \"wasm32\")]
#[wasm_bindgen::prelude::wasm_bindgen(start)]
pub fn add() {
    parlab_web::add(own_crate::WORKLOADS).expect(\"they were checked when this was built\");
}
";

const MAIN: &str = "\
//! parlab, with the workloads of another crate. Written by `cargo lab --with`.

use std::process::ExitCode;

use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = \"the page\"]
struct Page;

fn main() -> ExitCode {
    let site = parlab::Site { get: Page::get, names: || Page::iter().collect() };
    parlab::main(parlab::Program { site, build: option_env!(\"PARLAB_BUILD\"), workloads: own_crate::WORKLOADS })
}
";

const CATALOGUE: &str = "\
//! What the page shows of the workloads of another crate. Written by `cargo lab --with`.

fn main() {
    if let Err(reason) = parlab_web::add(own_crate::WORKLOADS) {
        eprintln!(\"{reason}\");
        std::process::exit(2);
    }
    print!(\"{}\", parlab_web::catalogue());
}
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_are_those_of_the_workspace() {
        let manifest = "[package]\nname = \"a\"\n# Fast.\n[profile.release]\nlto = \"fat\"\n[lints]\nx = 1\n[profile.lab]\ninherits = \"release\"\n";
        assert_eq!(profiles(manifest), "[profile.release]\nlto = \"fat\"\n[profile.lab]\ninherits = \"release\"\n");
        let own = Workspace::find().and_then(|workspace| files::read(&workspace.root.join("Cargo.toml")));
        let own = profiles(&String::from_utf8(own.expect("a manifest")).expect("text"));
        assert!(own.contains("[profile.lab]\ninherits = \"release\""), "{own}");
    }
}
