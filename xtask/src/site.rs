//! The site that the server embeds: four WebAssembly modules and the files around them.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use flate2::{Compression, write::GzEncoder};
use wasm_bindgen_cli_support::Bindgen;

use crate::hash::Fnv;
use crate::steps::{Steps, quietly};
use crate::toolchain::{MODULES, Module, Rust, WASM};
use crate::workspace::Workspace;
use crate::{CannotRun, files, wasm};

/// How many steps [`build`] takes.
pub const STEPS: usize = MODULES.len() + 1;

/// Builds the modules and puts the site together.
pub fn build(workspace: &Workspace, steps: &mut Steps) -> Result<()> {
    let rust = Rust::find(workspace).ok_or_else(|| CannotRun("no Rust for WebAssembly is installed".into()))?;
    for module in &MODULES {
        steps.step(&format!("Building {}", module.title), || build_module(workspace, rust, module))?;
    }
    steps.step("Compressing the site", || assemble(workspace))
}

/// Builds one module, and the JavaScript around it if the module has changed.
fn build_module(workspace: &Workspace, rust: Rust, module: &Module) -> Result<()> {
    let version = bindgen_version(&workspace.root)?;
    quietly(&mut rust.cargo_for(workspace, module, "build"))?;
    let target = module.target(workspace);
    let compiled = target.join(WASM).join(module.profile).join("parlab_web.wasm");
    let bytes = files::read(&compiled)?;
    if module.shares_memory {
        wasm::ensure_memory_is_shared(&bytes)?;
    }

    let source = include_bytes!("site.rs"); // The options below.
    let key = Fnv::EMPTY.with(&bytes).with(version.as_bytes()).with(source).hex();
    let key_file = target.join("site.key");
    if fs::read(&key_file).is_ok_and(|old| old == key.as_bytes()) {
        return Ok(());
    }
    let _ = fs::remove_file(&key_file);
    files::empty_folder(&target.join("site"))?;
    let mut bindgen = Bindgen::new();
    // Without the default path, `init()` would look for no module.
    bindgen.web(true)?.omit_default_module_path(false).typescript(false);
    // The names of functions would be a sixth of what is transferred.
    bindgen.remove_name_section(true).remove_producers_section(true);
    bindgen.input_path(&compiled).out_name(module.name);
    bindgen.generate(target.join("site").join(module.folder)).context("wasm-bindgen failed")?;
    files::write_changed(&key_file, key.as_bytes())
}

/// The version of wasm-bindgen, which must be the same in a module and in the tool that writes its JavaScript.
fn bindgen_version(root: &Path) -> Result<String> {
    let lock = fs::read_to_string(root.join("Cargo.lock")).context("cannot read Cargo.lock")?;
    let version = |package: &str| {
        let name = format!("name = \"{package}\"");
        let mut lines = lock.lines().skip_while(|line| *line != name).skip(1);
        lines.next().and_then(|line| line.strip_prefix("version = ")).unwrap_or("missing").to_string()
    };
    let (module, tool) = (version("wasm-bindgen"), version("wasm-bindgen-cli-support"));
    ensure!(
        module == tool,
        "Cargo.lock has wasm-bindgen {module}, but wasm-bindgen-cli-support {tool}: give both the same version"
    );
    Ok(tool)
}

/// Puts the modules, `index.html` and `web/static` together, compressed too; what belongs there no more is removed.
fn assemble(workspace: &Workspace) -> Result<()> {
    let mut site = BTreeMap::new();
    let mut add = |folder: &Path, starts: &[&str]| -> Result<()> {
        for name in files::walk(folder, starts)? {
            let content = files::read(&folder.join(&name))?;
            if site.insert(name.clone(), content).is_some() {
                bail!("the site has two files {name}");
            }
        }
        Ok(())
    };
    for module in &MODULES {
        add(&module.target(workspace).join("site"), &[""])?;
    }
    add(&workspace.root, &["index.html"])?;
    add(&workspace.root.join("web/static"), &[""])?;

    compress(&mut site, &workspace.target.join("site-compressed"))?;
    write(&site, &workspace.site())
}

/// Adds `NAME.br` and `NAME.gz` for each file that shrinks; `cache` keeps the results by the hash of the content.
fn compress(site: &mut BTreeMap<String, Vec<u8>>, cache: &Path) -> Result<()> {
    let shrinks = |name: &str| {
        let suffix = name.rsplit('.').next().unwrap_or_default();
        ["css", "html", "ico", "js", "json", "mjs", "svg", "txt", "wasm", "webmanifest"].contains(&suffix)
    };
    let mut compressed = BTreeMap::new();
    for (name, content) in site.iter().filter(|(name, _)| shrinks(name)) {
        for (suffix, method) in [("br", brotli as fn(&[u8]) -> Result<Vec<u8>>), ("gz", gzip)] {
            let key = format!("{}.{suffix}", Fnv::EMPTY.with(content).hex());
            let packed = match fs::read(cache.join(&key)) {
                Ok(packed) => packed,
                Err(_) => method(content).with_context(|| format!("cannot compress {name}"))?,
            };
            compressed.insert(format!("{name}.{suffix}"), (key, packed));
        }
    }
    write(&compressed.values().cloned().collect(), cache)?;
    site.extend(compressed.into_iter().map(|(name, (_, packed))| (name, packed)));
    Ok(())
}

fn brotli(content: &[u8]) -> Result<Vec<u8>> {
    let mut packed = Vec::new();
    let best = brotli::enc::BrotliEncoderParams { quality: 11, size_hint: content.len(), ..Default::default() };
    brotli::BrotliCompress(&mut &*content, &mut packed, &best)?;
    Ok(packed)
}

fn gzip(content: &[u8]) -> Result<Vec<u8>> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(content)?;
    Ok(packed.finish()?)
}

/// Makes `folder` contain these files and no others, touching only what differs.
fn write(contents: &BTreeMap<String, Vec<u8>>, folder: &Path) -> Result<()> {
    for (name, content) in contents {
        files::write_changed(&folder.join(name), content)?;
    }
    for name in files::walk(folder, &[""])?.iter().filter(|name| !contents.contains_key(*name)) {
        let path = folder.join(name);
        fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
        // Folders that became empty; the first that did not stops it.
        for parent in path.ancestors().skip(1).take_while(|parent| *parent != folder) {
            let _ = fs::remove_dir(parent);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writing_removes_what_belongs_there_no_more() -> Result<()> {
        let folder = files::tests::folder(&[("keep.js", "1"), ("old/deep/gone.js", "2")])?;
        let site = BTreeMap::from([("keep.js".into(), b"1".to_vec()), ("new/a.css".into(), b"3".to_vec())]);
        write(&site, &folder.0)?;
        assert_eq!(files::walk(&folder.0, &[""])?, ["keep.js", "new/a.css"]);
        assert!(!folder.0.join("old").exists());
        Ok(())
    }

    #[test]
    fn texts_are_compressed_once_and_pictures_never() -> Result<()> {
        let cache = files::tests::folder(&[("stale.br", "")])?;
        let text = "0123456789".repeat(1000).into_bytes();
        let mut site = BTreeMap::from([("a.js".into(), text.clone()), ("b.png".into(), text)]);
        compress(&mut site, &cache.0)?;
        assert_eq!(site.keys().collect::<Vec<_>>(), ["a.js", "a.js.br", "a.js.gz", "b.png"]);
        assert!(site["a.js.br"].len() < 100 && site["a.js.gz"].len() < 100);

        let cached = files::names(&cache.0)?;
        assert_eq!(cached.len(), 2);
        for name in cached {
            fs::write(cache.0.join(name), "from the cache")?;
        }
        compress(&mut site, &cache.0)?;
        assert_eq!(site["a.js.br"], b"from the cache");
        Ok(())
    }

    #[test]
    fn two_versions_of_wasm_bindgen_are_refused() -> Result<()> {
        let check = |module: &str, tool: &str| {
            let package =
                |name: &str, version: &str| format!("[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n");
            let lock = package("wasm-bindgen", module) + &package("wasm-bindgen-cli-support", tool);
            let root = files::tests::folder(&[("Cargo.lock", &lock)])?;
            bindgen_version(&root.0)
        };
        assert_eq!(check("0.2.130", "0.2.130")?, "\"0.2.130\"");
        assert!(check("0.2.130", "0.2.131").is_err());
        Ok(())
    }
}
