//! `parlab new`: a crate whose functions parlab measures, with an example.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use super::ExitStatus;
use super::unwritten::unwritten;
use crate::terminal::print;

/// The crate in the checkout, and what of it is another one's.
const MANIFEST: &str = include_str!("../../../work/template/Cargo.toml");
const SOURCE: &str = include_str!("../../../work/template/src/lib.rs");
const NAME: &str = "name = \"my-work\"";
const INTERFACE: &str = "path = \"..\"";

/// Makes the crate in a folder that is not there yet, or empty.
///
/// # Errors
/// The folder has something in it, cannot be made, or its name is none that a crate can have; the checkout is gone.
pub fn new(folder: &Path) -> anyhow::Result<ExitStatus> {
    let name = folder.file_name().and_then(|name| name.to_str()).filter(|name| is_name(name));
    let Some(name) = name else {
        bail!(
            "{} cannot be a crate: the folder's name is the crate's, and consists of letters, digits, - and _, a letter first",
            folder.display()
        );
    };
    let is_taken = match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_some(),
        Err(error) if error.kind() == ErrorKind::NotFound => false,
        Err(error) => return Err(unwritten("the crate", folder, error.into())),
    };
    if is_taken {
        bail!("{} has something in it: name a folder that is empty, or not there yet", folder.display());
    }
    let interface = interface()?;
    // A path in TOML: quoted, with its backslashes doubled, as Rust writes it.
    let manifest = MANIFEST.replace(NAME, &format!("name = \"{name}\""));
    let manifest = manifest.replace(INTERFACE, &format!("path = {:?}", interface.display().to_string()));
    let files = [("Cargo.toml", manifest.as_str()), ("src/lib.rs", SOURCE), (".gitignore", "/target\n")];
    let made = fs::create_dir_all(folder.join("src"));
    let written = made.and_then(|()| files.iter().try_for_each(|(file, text)| fs::write(folder.join(file), text)));
    written.map_err(|error| unwritten("the crate", folder, error.into()))?;
    print(&format!(
        "The crate {name} is in {folder}. In a checkout of parlab,\n\n    cargo lab --with {folder} run histogram\n\n\
         measures its example; `serve` in the place of `run histogram` offers it on the page.\n",
        folder = folder.display()
    ))?;
    Ok(ExitStatus::Clean)
}

/// Where the crate that work crates depend on is: in the checkout that this binary was built from.
fn interface() -> anyhow::Result<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../work");
    folder.canonicalize().with_context(|| {
        format!(
            "a crate of your own depends on the checkout of parlab that this binary was built from, and {} is not there \
             any more: `cargo lab new DIR` in a checkout builds a binary that knows it",
            folder.display()
        )
    })
}

fn is_name(name: &str) -> bool {
    let mut letters = name.chars();
    letters.next().is_some_and(|letter| letter.is_ascii_alphabetic())
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_has_what_is_replaced() {
        assert!(MANIFEST.contains(NAME) && MANIFEST.contains(INTERFACE), "{MANIFEST}");
    }

    #[test]
    fn names_of_crates() {
        assert!(["blur", "my-work", "a1_b"].into_iter().all(is_name));
        assert!(!["", "1a", "-a", "a b", "ä", "."].into_iter().any(is_name));
    }
}
