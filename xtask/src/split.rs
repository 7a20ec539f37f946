//! A module of which a part is loaded after the rest.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow, ensure};
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
    let path = folder.join(LOADER);
    let script = load_of_any_type(&String::from_utf8(files::read(&path)?).context("the loader is no text")?)?;
    fs::write(&path, script).with_context(|| format!("cannot write {}", path.display()))?;
    let bytes = files::read(&first)?;
    fs::remove_file(&first).with_context(|| format!("cannot remove {}", first.display()))?;
    Ok(bytes)
}

/// How the script has the later part compiled.
const STREAMED: &str = "WebAssembly.instantiateStreaming(src, imports)";
/// How it is compiled wherever it comes from: while it comes, if its type is that of WebAssembly, which not every static host
/// knows, and else as wasm-bindgen does it with the first part.
const OF_ANY_TYPE: &str = "src.then(async (response) => response.headers.get(\"content-type\") === \"application/wasm\" \
    ? WebAssembly.instantiateStreaming(response, imports) \
    : WebAssembly.instantiate(await response.arrayBuffer(), imports))";

fn load_of_any_type(script: &str) -> Result<String> {
    ensure!(
        script.matches(STREAMED).count() == 1,
        "the loader of the later part compiles it in another way than before"
    );
    Ok(script.replace(STREAMED, OF_ANY_TYPE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_later_part_is_compiled_whatever_type_a_host_says_it_has() -> Result<()> {
        let changed = load_of_any_type(&format!("return ({STREAMED});"))?;
        assert_eq!(changed, format!("return ({OF_ANY_TYPE});"));
        assert!(load_of_any_type("WebAssembly.compile(src)").is_err());
        Ok(())
    }
}
