//! A module of which a part is loaded after the rest.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use wasm_split_cli_support::{Options, transform};

use crate::{files, wasm};

/// How files of the later part begin.
pub const LATER: &str = "split_";
/// The script that loads the later part. The first part imports it.
const LOADER: &str = "later.js";

/// Cuts a module in two: the later part goes to `folder`, with the script that loads it; the first part, for wasm-bindgen to go
/// on with, is returned. Its script will be called `NAME.js`.
pub fn first_part(module: &[u8], name: &str, folder: &Path) -> Result<Vec<u8>> {
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let first = folder.join("first.wasm");
    let (loader, main) = (format!("./{LOADER}"), format!("./{name}.js"));
    let mut options = Options::new(module);
    options.output_dir = folder;
    options.main_out_path = &first;
    options.link_name = &loader;
    options.main_module = &main;
    // Its errors are of another kind.
    let split = transform(options).map_err(|error| anyhow!("the module cannot be split: {error:?}"))?;
    for path in &split.split_modules {
        let bytes = files::read(path)?;
        fs::write(path, wasm::without_custom_sections(&bytes)?)
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    let bytes = files::read(&first)?;
    fs::remove_file(&first).with_context(|| format!("cannot remove {}", first.display()))?;
    Ok(bytes)
}
