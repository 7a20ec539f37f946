//! Finds the built page that the server embeds.
//!
//! `PARLAB_SITE` names its folder; without it, the page lies where the source of a release has it, or where this workspace builds it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The page in the source of a release, which `cargo xtask dist` packs.
const PACKED: &str = "../site";
/// Which build it is of: the id, and the compiler.
const PACKED_BUILD: &str = "../site.build";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=PARLAB_SITE");
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    let site = match env::var_os("PARLAB_SITE") {
        Some(site) => PathBuf::from(site),
        None if own.join(PACKED).is_dir() => {
            is_of_the_packed_build(own);
            own.join(PACKED)
        }
        None => own.join("../target/site"),
    };
    // It may be that nothing is in it yet: it is the same folder once there is.
    let _ = fs::create_dir_all(&site);
    // The library is built while the site is. A binary that embeds a site is built anew with it: the compiler watches what is
    // embedded, and the id of the build.
    println!("cargo::rustc-env=PARLAB_SITE_DIR={}", embedded(site).display());
}

/// Gives the binary the id of the page's build, if the same compiler makes it.
fn is_of_the_packed_build(own: &Path) {
    let Ok(build) = fs::read_to_string(own.join(PACKED_BUILD)) else { return };
    let (id, compiler) = build.trim_end().split_once('\n').unwrap_or_default();
    let rustc = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into())).arg("-V").output();
    let is_same = rustc.is_ok_and(|said| said.stdout.trim_ascii() == compiler.as_bytes());
    let has_flags = env::var_os("CARGO_ENCODED_RUSTFLAGS").is_some_and(|flags| !flags.is_empty());
    if is_same && !has_flags {
        println!("cargo::rustc-env=PARLAB_BUILD={id}");
    } else {
        println!(
            "cargo::warning=the page was built with {compiler}, this binary is not, or with other flags: a report names its \
             build as unknown"
        );
    }
}

/// The folder to embed: the site or, so that the crate always compiles, an empty one.
fn embedded(site: PathBuf) -> PathBuf {
    if site.is_dir() {
        return site;
    }
    println!("cargo::warning=there is no folder {}: the binary will serve no page", site.display());
    let empty = PathBuf::from(env::var_os("OUT_DIR").expect("Cargo sets OUT_DIR for build scripts")).join("no-site");
    fs::create_dir_all(&empty).expect("OUT_DIR is there to be written to");
    empty
}
