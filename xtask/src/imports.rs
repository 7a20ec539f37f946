//! What a module and its script call the functions that one has from the other.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};

/// How many digits of a hash wasm-bindgen ends such names with.
const HASH_DIGITS: usize = 16;

/// Shorter names for those among some that end in a hash: that is what such names are transferred for, as it cannot be compressed.
/// What they say stays, for whoever reads where an error comes from.
pub fn short_names<'a>(names: impl IntoIterator<Item = &'a str>) -> BTreeMap<String, String> {
    let long: Vec<&str> = names.into_iter().filter(|name| stem(name).is_some()).collect();
    long.into_iter()
        .enumerate()
        .map(|(k, name)| (name.to_owned(), format!("{}_{k}", stem(name).unwrap_or(name))))
        .collect()
}

/// The name without what wasm-bindgen put around it.
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
pub fn renamed(script: &str, names: &BTreeMap<String, String>) -> Result<String> {
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
