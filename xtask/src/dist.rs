//! What a release consists of: an archive of the binary with all that belongs to it, the source with the built page, lists of what
//! others wrote, and checksums. All of it is of a commit.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

use crate::build;
use crate::provision::{self, BUILDING, DISTRIBUTING};
use crate::steps::{Steps, quietly, said_by, say};
use crate::toolchain::{WASM, host};
use crate::workspace::{Workspace, rustc};
use crate::{CannotRun, files};

/// What lies beside the binary as it is in the source.
const BESIDE: [&str; 4] = ["README.md", "CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT"];
/// What is of others is listed for the binary and for the page in it: the package, the file with the texts of licences, and the
/// target, if it is not the host.
const OF_OTHERS: [(&str, &str, Option<&str>); 2] =
    [("native", "THIRD-PARTY.md", None), ("web", "THIRD-PARTY-PAGE.md", Some(WASM))];
/// The built page, in the source.
const SITE: &str = "site";
/// The build that it is of, beside it: its id, and the compiler of that.
const SITE_BUILD: &str = "site.build";
/// Shells, and what the script that completes commands is called in each.
const SHELLS: [(&str, &str); 4] =
    [("bash", "parlab.bash"), ("zsh", "_parlab"), ("fish", "parlab.fish"), ("powershell", "_parlab.ps1")];
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A file of an archive: its name there, what is in it, and whether it is a program.
type Entry = (String, Vec<u8>, bool);

/// Makes all that a release consists of, for this platform, in `target/dist`.
pub fn all(workspace: &Workspace) -> Result<()> {
    let commit = Commit::of(&workspace.root)?;
    provision::require(workspace, &[BUILDING, DISTRIBUTING])?;
    let folder = workspace.target.join("dist");
    files::empty_folder(&folder)?;
    let host = host(workspace)?;
    let mut steps = Steps::new(build::STEPS + 3, Duration::ZERO);
    build::everything(workspace, None, &mut steps)?;

    let source = folder.join("source");
    steps.step("Packing the source with the page", || {
        let entries = source_entries(workspace)?;
        for (name, content, _) in &entries {
            files::write_changed(&source.join(name), content)?;
        }
        pack(&folder, &format!("parlab-{VERSION}-source"), entries, commit.seconds)
    })?;
    let mut notices = Vec::new();
    steps.step("Listing what others wrote", || {
        for (package, name, target) in OF_OTHERS {
            let manifest = source.join(package).join("Cargo.toml");
            let mut about = workspace.cargo("about generate --locked --fail --all-features --manifest-path");
            about.arg(&manifest).arg("about.hbs").current_dir(&source);
            notices.push((name.to_owned(), said_by(&mut about)?.into_bytes(), false));

            let target = target.unwrap_or(&host);
            let list = format!("parlab-{VERSION}-{target}.cdx");
            let mut cyclonedx =
                workspace.cargo("cyclonedx -qq --format json --spec-version 1.5 --no-build-deps --all-features");
            cyclonedx.args(["--target", target, "--override-filename", &list, "--manifest-path"]).arg(&manifest);
            quietly(cyclonedx.env("SOURCE_DATE_EPOCH", commit.seconds.to_string()))?;
            let (from, to) = (source.join(package).join(format!("{list}.json")), folder.join(format!("{list}.json")));
            fs::rename(&from, &to).with_context(|| format!("cannot move {}", from.display()))?;
        }
        Ok(())
    })?;
    steps.step("Packing the binary", || {
        let entries = binary_entries(workspace, notices)?;
        pack(&folder, &format!("parlab-{VERSION}-{host}"), entries, commit.seconds)
    })?;
    fs::remove_dir_all(&source).with_context(|| format!("cannot remove {}", source.display()))?;
    let sums = checksums(&folder)?;
    files::write_changed(&folder.join("SHA256SUMS"), sums.as_bytes())?;
    say(&format!("\n{}:\n{sums}", folder.display()));
    Ok(())
}

/// The commit that a release is of.
struct Commit {
    /// When it was made, in seconds since 1970.
    seconds: u64,
}

impl Commit {
    fn of(root: &Path) -> Result<Self> {
        let git = |args: &[&str]| said_by(Command::new("git").current_dir(root).args(args));
        let changed = git(&["status", "--porcelain"]).map_err(|error| {
            CannotRun(format!(
                "a release is of a commit: run `cargo xtask dist` in a clone of the repository ({error:#})"
            ))
        })?;
        if let Some(first) = changed.lines().next() {
            let reason = format!(
                "a release is of a commit, and there are changes ({}): commit them, or put them away",
                first.trim()
            );
            return Err(CannotRun(reason).into());
        }
        let seconds = git(&["log", "-1", "--format=%ct"])?;
        Ok(Self { seconds: seconds.parse().context("a commit has a time")? })
    }
}

/// All that Git knows, with the page that was built of it.
fn source_entries(workspace: &Workspace) -> Result<Vec<Entry>> {
    let root = &workspace.root;
    let listed = said_by(Command::new("git").current_dir(root).args(["ls-files", "-z"]))?;
    let mut entries = Vec::new();
    for name in listed.split('\0').filter(|name| !name.is_empty()) {
        let path = root.join(name);
        entries.push((name.to_owned(), files::read(&path)?, is_program(&path)));
    }
    for name in files::walk(&workspace.site(), &[""])? {
        entries.push((format!("{SITE}/{name}"), files::read(&workspace.site().join(&name))?, false));
    }
    let compiler = said_by(rustc(root).arg("-V"))?;
    entries.push((SITE_BUILD.to_owned(), format!("{}\n{compiler}\n", workspace.build_id).into_bytes(), false));
    Ok(entries)
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o100 != 0)
}

#[cfg(not(unix))]
fn is_program(_: &Path) -> bool {
    false
}

/// The binary, what shells and `man` know of it, licences.
fn binary_entries(workspace: &Workspace, notices: Vec<Entry>) -> Result<Vec<Entry>> {
    let binary = workspace.binary();
    let name = binary.file_name().context("a binary has a name")?.to_string_lossy().into_owned();
    let mut entries = notices;
    entries.push((name, files::read(&binary)?, true));
    for name in BESIDE {
        entries.push((name.to_owned(), files::read(&workspace.root.join(name))?, false));
    }
    for (shell, name) in SHELLS {
        let script = said_by(Command::new(&binary).args(["completions", shell]))?;
        entries.push((format!("completions/{name}"), script.into_bytes(), false));
    }
    let pages = workspace.target.join("dist/man");
    quietly(Command::new(&binary).arg("man").arg(&pages))?;
    for name in files::walk(&pages, &[""])? {
        entries.push((format!("man/{name}"), files::read(&pages.join(&name))?, false));
    }
    fs::remove_dir_all(&pages).with_context(|| format!("cannot remove {}", pages.display()))?;
    Ok(entries)
}

/// Writes an archive with all entries in a folder of its own name. The same entries make the same archive.
fn pack(folder: &Path, name: &str, mut entries: Vec<Entry>, seconds: u64) -> Result<()> {
    let path = folder.join(format!("{name}.tar.gz"));
    let mut written = || -> Result<()> {
        let file = fs::File::create(&path)?;
        let mut archive = tar::Builder::new(GzEncoder::new(file, Compression::best()));
        entries.sort();
        for (entry, content, is_program) in &entries {
            let mut header = tar::Header::new_gnu();
            header.set_size(content.len() as u64);
            header.set_mode(if *is_program { 0o755 } else { 0o644 });
            header.set_mtime(seconds);
            archive.append_data(&mut header, format!("{name}/{entry}"), &content[..])?;
        }
        archive.into_inner()?.finish()?.flush()?;
        Ok(())
    };
    written().with_context(|| format!("cannot write {}", path.display()))
}

/// A line for each file in a folder, as `sha256sum --check` reads them.
fn checksums(folder: &Path) -> Result<String> {
    let mut lines = String::new();
    for name in files::walk(folder, &[""])? {
        let digest = Sha256::digest(files::read(&folder.join(&name))?);
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        lines += &format!("{digest}  {name}\n");
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::path::PathBuf;

    use flate2::read::GzDecoder;

    use super::*;

    /// What is in an archive: names, modes, contents.
    fn unpacked(path: &Path) -> Result<Vec<(PathBuf, u32, String)>> {
        let mut archive = tar::Archive::new(GzDecoder::new(fs::File::open(path)?));
        let mut found = Vec::new();
        for entry in archive.entries()? {
            let mut entry = entry?;
            let mut content = String::new();
            entry.read_to_string(&mut content)?;
            found.push((entry.path()?.into_owned(), entry.header().mode()?, content));
        }
        Ok(found)
    }

    #[test]
    fn an_archive_has_a_folder_of_its_own_and_is_the_same_each_time() -> Result<()> {
        let folder = files::tests::folder(&[])?;
        let entries = || vec![("man/b.1".to_owned(), b"page".to_vec(), false), ("a".to_owned(), b"run".to_vec(), true)];
        pack(&folder.0, "x-1", entries(), 1_700_000_000)?;
        let first = fs::read(folder.0.join("x-1.tar.gz"))?;
        let expected = [("x-1/a", 0o755, "run"), ("x-1/man/b.1", 0o644, "page")];
        let expected = expected.map(|(name, mode, content)| (PathBuf::from(name), mode, content.to_owned()));
        assert_eq!(unpacked(&folder.0.join("x-1.tar.gz"))?, expected);
        pack(&folder.0, "x-1", entries().into_iter().rev().collect(), 1_700_000_000)?;
        assert_eq!(fs::read(folder.0.join("x-1.tar.gz"))?, first);
        Ok(())
    }

    #[test]
    fn checksums_are_as_other_programs_read_them() -> Result<()> {
        let folder = files::tests::folder(&[("b", ""), ("a", "abc")])?;
        let sums = checksums(&folder.0)?;
        assert_eq!(
            sums,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  a\n\
             e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  b\n"
        );
        Ok(())
    }

    #[test]
    fn a_release_is_of_a_commit() -> Result<()> {
        let folder = files::tests::folder(&[("a", "")])?;
        let refused = || Commit::of(&folder.0).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(refused().contains("in a clone of the repository"), "{}", refused());
        let git = |args: &[&str]| said_by(Command::new("git").current_dir(&folder.0).args(args));
        git(&["init", "--quiet"])?;
        assert!(refused().contains("there are changes (?? a)"), "{}", refused());
        git(&["add", "a"])?;
        git(&["-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "-m", "a"])?;
        assert!(Commit::of(&folder.0)?.seconds > 1_700_000_000);
        Ok(())
    }
}
