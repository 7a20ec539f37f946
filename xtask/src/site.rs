//! The site that the server embeds: WebAssembly modules and the files around them.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use flate2::{Compression, write::GzEncoder};
use wasm_bindgen_cli_support::Bindgen;

use crate::hash::Fnv;
use crate::steps::{Step, Steps, quietly, say};
use crate::toolchain::{Glue, MODULES, Module, Rust, TARGET};
use crate::with::With;
use crate::workspace::Workspace;
use crate::{CannotRun, files, imports, script, split, wasm};

/// What wasm-bindgen-rayon's script that makes workers is called.
const POOL_SCRIPT: &str = "workerHelpers.no-bundler.js";

/// How many steps [`build`] takes.
pub const STEPS: usize = COMPILING.len() + 1;

/// Target folders in which modules are compiled, one after another in each. What takes longest comes first.
const COMPILING: [&str; 3] = ["lab", "lab-plain", "page"];

/// Builds the modules, several at once and beside them what else is to be done, and puts the site together.
pub fn build<'a>(
    workspace: &'a Workspace,
    with: Option<&'a With>,
    steps: &mut Steps,
    beside: Option<Step<'a>>,
) -> Result<()> {
    let rust = Rust::find(workspace).ok_or_else(|| CannotRun("no Rust for WebAssembly is installed".into()))?;
    let catalogue = match with {
        Some(with) => {
            let mut catalogue = Vec::new();
            steps.step(&format!("Building {}", with.name), || {
                catalogue = with.catalogue(workspace)?;
                Ok(())
            })?;
            Some(catalogue)
        }
        None => None,
    };
    let compiling = |folder: &'static str| {
        let modules = move || MODULES.iter().filter(move |module| module.compiled_in == folder);
        let titles: Vec<_> = modules().map(|module| module.title).collect();
        let work = Box::new(move || {
            modules()
                .try_for_each(|module| build_module(workspace, with.filter(|_| module.knows_workloads()), rust, module))
        });
        Step { what: format!("Building {}", titles.join(" and ")), work }
    };
    steps.at_once(COMPILING.into_iter().map(compiling).chain(beside).collect())?;
    let mut news = None;
    steps.step("Compressing the site", || {
        news = assemble(workspace, with, catalogue)?;
        Ok(())
    })?;
    if let Some(news) = news {
        say(&format!("Transferred is: {news}\n"));
    }
    Ok(())
}

/// Builds one module, and the JavaScript around it if the module has changed.
fn build_module(workspace: &Workspace, with: Option<&With>, rust: Rust, module: &Module) -> Result<()> {
    let version = bindgen_version(&workspace.root)?;
    quietly(&mut rust.compile(workspace, module, with))?;
    let target = made_of(workspace, with, module);
    let bytes = files::read(&module.compiled(workspace, with))?;
    if module.shares_memory {
        wasm::ensure_memory_is_shared(&bytes)?;
    }

    let source = include_bytes!("site.rs"); // The options below.
    let others = [&include_bytes!("split.rs")[..], include_bytes!("imports.rs")].concat();
    let source = [&source[..], &others, include_bytes!("../../web/src/lab/rayon_workers.js")].concat();
    let key = Fnv::EMPTY.with(&bytes).with(version.as_bytes()).with(&source).hex();
    let key_file = target.join("site.key");
    if fs::read(&key_file).is_ok_and(|old| old == key.as_bytes()) {
        return Ok(());
    }
    let _ = fs::remove_file(&key_file);
    files::empty_folder(&target.join("site"))?;
    let mut bindgen = Bindgen::new();
    match module.glue {
        // Without the default path, `init()` would look for no module.
        Glue::Module => bindgen.web(true)?.omit_default_module_path(false),
        Glue::Script(function) => bindgen.no_modules(true)?.no_modules_global(function)?.omit_default_module_path(true),
    };
    bindgen.typescript(false);
    // Where a browser lacks `Atomics.waitAsync`, a worker waits instead. Its script has to be a file: the site's policy forbids workers
    // of `data:` addresses.
    bindgen.split_linked_modules(true);
    // The names of functions would be a sixth of what is transferred.
    bindgen.remove_name_section(true).remove_producers_section(true);
    let folder = target.join("site").join(module.folder);
    let first = if module.is_split { split::first_part(&bytes, module.name, &folder)? } else { bytes };
    if module.is_split {
        // The later part names what it needs of the first one.
        bindgen.keep_lld_exports(true).demangle(false);
    }
    bindgen.input_bytes(module.name, first).out_name(module.name);
    let output = bindgen.generate_output().context("wasm-bindgen failed")?;
    imports::write(output, &folder, module.name)?;
    if module.shares_memory {
        replace_pool_script(&folder)?;
    }
    files::write_changed(&key_file, key.as_bytes())
}

/// Where what is made of a module is put.
fn made_of(workspace: &Workspace, with: Option<&With>, module: &Module) -> PathBuf {
    with.map_or_else(|| workspace.target.join("modules").join(module.id), |with| with.made_of(module.id))
}

/// Puts our script in the place of wasm-bindgen-rayon's, which makes the workers of a pool.
fn replace_pool_script(folder: &Path) -> Result<()> {
    let own = include_bytes!("../../web/src/lab/rayon_workers.js");
    let is_script = |name: &&String| name.contains("wasm-bindgen-rayon-") && name.ends_with(POOL_SCRIPT);
    let names = files::walk(folder, &["snippets"])?;
    let scripts: Vec<&String> = names.iter().filter(is_script).collect();
    let [script] = scripts[..] else {
        bail!("wasm-bindgen-rayon has {} scripts {POOL_SCRIPT} and not one", scripts.len())
    };
    let path = folder.join(script);
    ensure!(
        fs::read_to_string(&path)
            .is_ok_and(|theirs| theirs.contains("export async function startWorkers(module, memory, builder)")),
        "wasm-bindgen-rayon makes workers in another way than before: see web/src/lab/rayon_workers.js"
    );
    fs::write(&path, own).with_context(|| format!("cannot write {}", path.display()))
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

/// Puts the modules, `web/static` and `index.html` together, compressed too; what belongs there no more is removed. Says what a
/// browser is sent of it, if it is another one than before.
fn assemble(workspace: &Workspace, with: Option<&With>, catalogue: Option<Vec<u8>>) -> Result<Option<String>> {
    let mut files = BTreeMap::new();
    let made_of = |module: &Module| made_of(workspace, with.filter(|_| module.knows_workloads()), module);
    let folders = MODULES.iter().map(|module| made_of(module).join("site"));
    for folder in folders.chain([workspace.root.join("web/static")]) {
        for name in files::walk(&folder, &[""])? {
            let mut content = files::read(&folder.join(&name))?;
            if name.ends_with(".js") {
                content =
                    script::slim(str::from_utf8(&content).with_context(|| format!("{name} is no text"))?).into_bytes();
            }
            if files.insert(name.clone(), content).is_some() {
                bail!("the site has two files {name}");
            }
        }
    }
    files.extend(catalogue.map(|catalogue| ("catalogue.json".to_owned(), catalogue)));
    let index = files::read(&workspace.root.join("index.html"))?;
    let index = String::from_utf8(index).context("index.html is no text")?;
    ensure!(index.contains(NO_BUILD), "index.html does not say of which build it is: {NO_BUILD}");
    let index = index.replace(NO_BUILD, &format!("\"parlab-build\" content=\"{}\"", workspace.build_id));
    let mut site = named_by_content(files, &index)?;
    let index = site["index.html"].clone();
    site.insert(STATIC_INDEX.into(), for_static_hosts(&String::from_utf8(index)?)?.into_bytes());
    let compressed = with.map_or_else(|| workspace.target.join("site-compressed"), |with| with.made_of("compressed"));
    compress(&mut site, &compressed)?;
    let folder = with.map_or_else(|| workspace.site(), With::site);
    // Names tell: most of them are those of contents.
    let is_known = folder.exists() && files::walk(&folder, &[""])?.iter().eq(site.keys());
    write(&site, &folder)?;
    Ok((!is_known).then(|| transferred(&site)))
}

/// Where `index.html` says of which build it is. No module has it in it: workloads of other crates make another build, and the
/// page's module need not be another one.
const NO_BUILD: &str = "\"parlab-build\" content=\"none\"";

/// The index as `parlab site` writes it for static hosts.
const STATIC_INDEX: &str = "static.html";
/// Where `index.html` says what the page comes from.
const SERVED: &str = "\"parlab-host\" content=\"server\"";
/// Where the page's own script begins in it.
const START: &str = "<script type=\"module\"";

/// The index for static hosts: it says so, and begins with a script that tells why the page's own one is not there.
fn for_static_hosts(index: &str) -> Result<String> {
    ensure!(index.contains(SERVED), "index.html does not say what the page comes from: {SERVED}");
    ensure!(index.contains(START), "index.html has no {START}");
    let index = index.replace(SERVED, "\"parlab-host\" content=\"static\"");
    Ok(index.replacen(START, &format!("<script src=\"guard.js\"></script>\n    {START}"), 1))
}

/// Where `index.html` says that everything else is.
const PLACEHOLDER: &str = "\"build/";

/// Everything but the index in a folder that is named by what is in it, which the index then names: what is at an address
/// there never changes, so that a browser need not ask for it again, and two builds never mix.
fn named_by_content(mut files: BTreeMap<String, Vec<u8>>, index: &str) -> Result<BTreeMap<String, Vec<u8>>> {
    let later = is_for_workers(&files);
    files.insert(WORKERS_FILES.into(), later.into_bytes());
    let with_length = |hash: Fnv, bytes: &[u8]| hash.with(&(bytes.len() as u64).to_le_bytes()).with(bytes);
    let hash =
        files.iter().fold(Fnv::EMPTY, |hash, (name, content)| with_length(with_length(hash, name.as_bytes()), content));
    let folder = format!("b/{}/", hash.hex());
    ensure!(index.contains(PLACEHOLDER), "index.html names nothing in {PLACEHOLDER}");
    let index = index.replace(PLACEHOLDER, &format!("\"{folder}"));
    let mut site: BTreeMap<_, _> =
        files.into_iter().map(|(name, content)| (format!("{folder}{name}"), content)).collect();
    site.insert("index.html".into(), index.into_bytes());
    Ok(site)
}

/// The list of what workers load, which `start.js` reads.
const WORKERS_FILES: &str = "workers.json";

/// The script of the service worker, which with its module is for hosts that only have files.
const SERVICE_WORKER: &str = "service-worker.js";

/// What workers load, as a list in JSON: their script and all modules but the page's and the service worker's.
fn is_for_workers(files: &BTreeMap<String, Vec<u8>>) -> String {
    let folders = MODULES.iter().map(|module| module.folder).filter(|folder| !["", TARGET].contains(folder));
    let folders: Vec<_> = folders.collect();
    let is_theirs = |name: &&String| {
        let folder = name.split_once('/').map_or("", |(folder, _)| folder);
        *name == "worker.js" || folders.contains(&folder)
    };
    // These names are written in JSON as in Rust.
    format!("{:?}", files.keys().filter(is_theirs).collect::<Vec<_>>())
}

/// What is sent before the page can be used, in the list of what is.
const BEFORE: &str = "before the page answers";

/// Whether a file of the page's is loaded when it can be used already.
fn comes_later(name: &str) -> bool {
    let name = name.trim_end_matches(".br");
    name.starts_with(split::LATER) || ["worker.js", WORKERS_FILES].contains(&name)
}

/// What no server sends, and is loaded beside the index elsewhere.
const OF_STATIC_HOSTS: [&str; 3] = [STATIC_INDEX, "guard.js", "static-host.js"];

/// What a browser is sent of each part of the site: as a line per part, in kilobytes of brotli.
fn transferred(site: &BTreeMap<String, Vec<u8>>) -> String {
    let part_of = |name: &str| {
        let mut names = name.trim_start_matches("b/").split('/').skip(1);
        match (names.next(), names.next()) {
            // Scripts that the page's imports.
            (Some("snippets"), Some(_)) => BEFORE.to_owned(),
            (Some(folder), Some(_)) => folder.to_owned(),
            (Some(name), None) if name.trim_end_matches(".br") == SERVICE_WORKER => TARGET.to_owned(),
            (Some(name), None) if comes_later(name) => "the rest of the page".to_owned(),
            _ => BEFORE.to_owned(),
        }
    };
    let mut parts = BTreeMap::<String, usize>::new();
    let is_served = |name: &str| {
        let name = name.rsplit('/').next().unwrap_or_default().trim_end_matches(".br");
        !OF_STATIC_HOSTS.contains(&name) && !name.ends_with(".gz")
    };
    for (name, content) in site.iter().filter(|(name, _)| is_served(name)) {
        let is_sent = !site.contains_key(&format!("{name}.br"));
        *parts.entry(part_of(name)).or_default() += if is_sent { content.len() } else { 0 };
    }
    let parts = parts.iter().map(|(part, bytes)| format!("{part} {:.1} kB", *bytes as f64 / 1000.0));
    parts.collect::<Vec<_>>().join(", ")
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
    fn all_but_the_index_is_in_a_folder_named_by_what_is_in_it() -> Result<()> {
        let index = "<script src=\"build/start.js\"> <link href=\"build/page.css\">";
        let site = |contents: &[(&str, &str)], index: &str| {
            let files = contents.iter().map(|(name, content)| ((*name).to_owned(), content.as_bytes().to_vec()));
            named_by_content(files.collect(), index)
        };
        let contents = [
            ("start.js", "1"),
            ("worker.js", "2"),
            ("lab/lab.js", "3"),
            ("lab/snippets/a.js", "4"),
            ("labels.css", "5"),
            ("target/target.js", "6"),
        ];
        let built = site(&contents, index)?;
        let folder = built.keys().next().and_then(|name| name.strip_suffix("lab/lab.js")).expect("the first name");
        assert!(folder.starts_with("b/") && folder.len() == "b/0123456789abcdef/".len(), "{folder}");
        let text = |name: &str| String::from_utf8_lossy(&built[name]).into_owned();
        assert_eq!(text("index.html"), index.replace("build/", folder));
        assert_eq!(text(&format!("{folder}start.js")), "1");
        let listed = text(&format!("{folder}{WORKERS_FILES}"));
        assert_eq!(listed, "[\"lab/lab.js\", \"lab/snippets/a.js\", \"worker.js\"]");
        assert_eq!(built.len(), contents.len() + 2);

        // Another content, another name, another index: another folder; another index is the same build.
        let names = |site: BTreeMap<String, Vec<u8>>| site.into_keys().collect::<Vec<_>>();
        let again = |change: fn(&mut [(&'static str, &'static str); 6])| {
            let mut changed = contents;
            change(&mut changed);
            site(&changed, index).map(names)
        };
        let same = names(built.clone());
        assert_eq!(again(|_| ())?, same);
        assert_ne!(again(|contents| contents[0].1 = "9")?, same);
        assert_ne!(again(|contents| contents[4].0 = "label.css")?, same);
        assert_eq!(names(site(&contents, &format!("{index} "))?), same);
        assert!(site(&contents, "<script src=\"start.js\">").is_err());
        Ok(())
    }

    #[test]
    fn the_index_for_static_hosts_says_so_and_guards_the_pages_script() -> Result<()> {
        let index = "<meta name=\"parlab-host\" content=\"server\">\n    <script type=\"module\" src=\"b/0/start.js\">";
        assert_eq!(
            for_static_hosts(index)?,
            "<meta name=\"parlab-host\" content=\"static\">\n    <script src=\"guard.js\"></script>\n    <script \
             type=\"module\" src=\"b/0/start.js\">"
        );
        assert!(for_static_hosts("<script type=\"module\">").is_err());
        Ok(())
    }

    #[test]
    fn what_is_transferred_is_counted_by_part() {
        let sizes = [
            ("index.html", 100),
            ("index.html.br", 40),
            ("b/0/page.js", 5000),
            ("b/0/page.js.br", 1060),
            ("b/0/page.js.gz", 2000),
            ("b/0/a.png", 900),
            ("b/0/snippets/x/b.js", 100),
            ("b/0/split_rest.wasm", 9000),
            ("b/0/split_rest.wasm.br", 2000),
            ("b/0/worker.js", 500),
            ("b/0/workers.json", 100),
            ("b/0/lab/snippets/a.js", 77_000),
            ("b/0/lab/lab.js", 3000),
            ("b/0/service-worker.js", 200),
            ("b/0/target/target.js", 1800),
            ("static.html.br", 40),
        ];
        let site = sizes.map(|(name, bytes)| (name.to_owned(), vec![0; bytes]));
        assert_eq!(
            transferred(&site.into()),
            "before the page answers 2.1 kB, lab 80.0 kB, target 2.0 kB, the rest of the page 2.6 kB"
        );
    }

    #[test]
    fn every_module_is_compiled_somewhere() {
        assert!(MODULES.iter().all(|module| COMPILING.contains(&module.compiled_in)));
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
