//! Finds the built page that the server embeds.
//!
//! `PARLAB_SITE` names its folder; without it, the page lies where this workspace builds it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=PARLAB_SITE");
    let site = match env::var_os("PARLAB_SITE") {
        Some(site) => PathBuf::from(site),
        None => {
            let site = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/site");
            // Cargo takes a watched path that is missing for a changed one, and would compile this crate every time.
            // Where the folder cannot be made, that is all that happens.
            let _ = fs::create_dir_all(&site);
            site
        }
    };
    println!("cargo::rerun-if-changed={}", site.display());
    println!("cargo::rustc-env=PARLAB_SITE_DIR={}", embedded(site).display());
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
