//! Short names for the functions that a module imports from its script.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use wasm_bindgen_cli_support::Output;

use crate::files;

/// How many digits of a hash wasm-bindgen ends such names with.
const HASH_DIGITS: usize = 16;

/// Writes what wasm-bindgen made of a module into a folder, with short names in the module and in its script, `NAME.js`.
pub fn write(mut output: Output, folder: &Path, name: &str) -> Result<()> {
    let names = short_names(output.wasm().imports.iter().map(|import| import.name.as_str()));
    for import in output.wasm_mut().imports.iter_mut() {
        if let Some(short) = names.get(&import.name) {
            import.name.clone_from(short);
        }
    }
    output.emit(folder).context("what wasm-bindgen made cannot be written")?;
    let path = folder.join(name).with_extension("js");
    let script = String::from_utf8(files::read(&path)?).context("the script is no text")?;
    fs::write(&path, renamed(&script, &names)?).with_context(|| format!("cannot write {}", path.display()))
}

/// Short names for those that end in a hash, which cannot be compressed. What else a name says stays, for whoever reads where an
/// error comes from.
fn short_names<'a>(names: impl IntoIterator<Item = &'a str>) -> BTreeMap<String, String> {
    let long = names.into_iter().filter_map(|name| Some((name, stem(name)?)));
    long.enumerate().map(|(k, (name, stem))| (name.to_owned(), format!("{stem}_{k}"))).collect()
}

/// What a name says without its hash; `None` if it has none.
fn stem(name: &str) -> Option<&str> {
    let (stem, hash) = name.rsplit_once('_')?;
    let is_hash = hash.len() == HASH_DIGITS && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    let stem = stem.trim_start_matches("__wbg_").trim_start_matches("__wbindgen_");
    is_hash.then_some(stem)
}

/// The script with the other names.
///
/// # Errors
/// The script has one of them never, or more than once: it may mean something else.
fn renamed(script: &str, names: &BTreeMap<String, String>) -> Result<String> {
    let mut renamed = script.to_owned();
    for (long, short) in names {
        let times = script.matches(long.as_str()).count();
        ensure!(times == 1, "the script has the name {long} {times} times");
        renamed = renamed.replace(long.as_str(), short);
    }
    Ok(renamed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_go_and_names_stay_different() -> Result<()> {
        let long = [
            "__wbg_get_0123456789abcdef",
            "__wbg___wbindgen_is_null_00000000000000aa",
            "memory",
            "__wbg_get_fedcba9876543210",
        ];
        let names = short_names(long);
        assert_eq!(names.values().collect::<Vec<_>>(), ["is_null_1", "get_0", "get_2"]);
        let script = format!("{{ {}: f, {}: g, memory, {}: h }}", long[0], long[1], long[3]);
        assert_eq!(renamed(&script, &names)?, "{ get_0: f, is_null_1: g, memory, get_2: h }");
        Ok(())
    }

    #[test]
    fn a_name_that_is_there_twice_or_not_at_all_is_refused() {
        let names = short_names(["__wbg_get_0123456789abcdef"]);
        assert!(renamed("", &names).is_err());
        assert!(renamed("__wbg_get_0123456789abcdef __wbg_get_0123456789abcdef", &names).is_err());
    }
}
