//! `parlab site`: the page, for any host that serves files.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

use anyhow::{Context, bail};
use parlab_shared::number::Counted;
use serde::{Deserialize, Serialize};

use super::ExitStatus;
use super::unwritten::unwritten;
use crate::http::headers;
use crate::program;
use crate::server::{BUILDS, IMMUTABLE, INDEX, NO_CACHE, NO_PAGE, STATIC_INDEX, is_compressed_copy};
use crate::terminal::print;

/// What the written folder is known again by, and what is in it.
const MARK: &str = "parlab-site.json";
/// Scripts that lie beside the index, where their names never change.
const SERVICE_WORKER: &str = "service-worker.js";
const GUARD: &str = "guard.js";

/// What is written down of a site, beside it.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Mark {
    /// The version of parlab that wrote it.
    version: String,
    /// The folders of builds, the newest first. The one before stays: a page that is open, or an index that a host still
    /// keeps, finds its files there.
    builds: Vec<String>,
    /// All other files that parlab wrote.
    files: Vec<String>,
}

/// A file to write: its name, with slashes, and its content.
type Entry = (String, Vec<u8>);

/// Writes the site to a folder that is not there yet, empty, or one that it was written to before.
///
/// # Errors
/// The binary has no page; the folder has something else in it, or cannot be written.
pub fn site(folder: &Path) -> anyhow::Result<ExitStatus> {
    let built = built()?;
    let old = found(folder)?;
    let before = old.builds.into_iter().find(|build| *build != built.build);
    let builds: Vec<String> = std::iter::once(built.build.clone()).chain(before).collect();
    let mark = Mark {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        builds,
        files: built.others.iter().map(|(name, _)| name.clone()).collect(),
    };
    // What is begun can be begun again: the mark is there first, and the index, which names the build, comes after it.
    write(folder, &mark, &built).map_err(|error| unwritten("the site", folder, error.into()))?;
    print(&said(folder, &built, mark.builds.len() > 1))?;
    Ok(ExitStatus::Clean)
}

/// All that a site consists of.
#[derive(Debug)]
struct Built {
    /// The folder of the build, with a slash at its end.
    build: String,
    /// What lies in it.
    files: Vec<Entry>,
    /// What lies beside it, in the order in which it is written.
    others: Vec<Entry>,
}

/// Makes the site of what the binary has in it.
fn built() -> anyhow::Result<Built> {
    let site = program::site();
    let get = |name: &str| (site.get)(name).map(|file| file.data.into_owned());
    let index = get(STATIC_INDEX).context(NO_PAGE)?;
    let names: Vec<String> = (site.names)().into_iter().map(std::borrow::Cow::into_owned).collect();
    let in_build = |name: &&String| name.starts_with(BUILDS);
    let build = names.iter().find(in_build).and_then(|name| name.split('/').nth(1)).context(NO_PAGE)?;
    let build = format!("{BUILDS}{build}/");
    let beside =
        |name: &str| get(&format!("{build}{name}")).with_context(|| format!("the page has no {name}: {NO_PAGE}"));
    let (worker, guard) = (beside(SERVICE_WORKER)?, beside(GUARD)?);

    let kept = names.iter().filter(in_build).filter(|name| !is_compressed_copy(name));
    let kept = kept.filter(|name| !name.ends_with(SERVICE_WORKER) && !name.ends_with(GUARD)).map(String::as_str);
    let kept: Vec<&str> = [INDEX, GUARD].into_iter().chain(kept).collect();
    let mut script = format!("const BUILD = {build:?}, FILES = {};\n", serde_json::to_string(&kept)?).into_bytes();
    script.extend(worker);

    let named = |name: &str, content: Vec<u8>| (name.to_owned(), content);
    let mut others = vec![
        named("README.txt", README.as_bytes().to_vec()),
        named(".nojekyll", Vec::new()),
        named("_headers", of_headers().into_bytes()),
        named(GUARD, guard),
    ];
    for copy in [".br", ".gz"] {
        others.extend(get(&format!("{STATIC_INDEX}{copy}")).map(|content| (format!("{INDEX}{copy}"), content)));
    }
    // With the last of them the new build is what is found.
    others.extend([named(INDEX, index), named(SERVICE_WORKER, script)]);
    let files = names.iter().filter(in_build).filter_map(|name| Some((name.clone(), get(name)?))).collect();
    Ok(Built { build, files, others })
}

/// What a folder has in it that is to become a site: nothing, or an earlier one.
///
/// # Errors
/// It has something else in it, or cannot be read.
fn found(folder: &Path) -> anyhow::Result<Mark> {
    let mut entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Mark::default()),
        Err(error) if error.kind() == ErrorKind::NotADirectory => {
            bail!(
                "the site cannot be written to {}: it is no folder; name one, or one that is not there yet",
                folder.display()
            )
        }
        Err(error) => return Err(unwritten("the site", folder, error.into())),
    };
    match fs::read(folder.join(MARK)) {
        Ok(mark) => {
            let mark: Option<Mark> = serde_json::from_slice(&mark).ok();
            // Whoever wrote it: nothing outside of the folder is removed for it.
            mark.filter(|mark| mark.builds.iter().all(|build| is_build(build)) && mark.files.iter().all(|name| is_own(name)))
                .with_context(|| {
                    format!(
                        "the site cannot be written to {}: its {MARK} is none that parlab wrote; remove the folder, or name \
                         another one",
                        folder.display()
                    )
                })
        }
        Err(error) if error.kind() == ErrorKind::NotFound => match entries.next() {
            None => Ok(Mark::default()),
            Some(_) => bail!(
                "the site cannot be written to {}: it has something in it that is no site of parlab's; name a folder that is \
                 empty, or not there yet",
                folder.display()
            ),
        },
        Err(error) => Err(unwritten("the site", folder, error.into())),
    }
}

/// Whether a name is that of a build's folder.
fn is_build(name: &str) -> bool {
    let hash = name.strip_prefix(BUILDS).and_then(|name| name.strip_suffix('/'));
    hash.is_some_and(|hash| !hash.is_empty() && hash.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Whether a name is one of a file beside the builds.
fn is_own(name: &str) -> bool {
    !name.is_empty() && !name.contains(['/', '\\', ':']) && name != "." && name != ".."
}

/// Writes everything, and removes what belongs to builds before the last one.
fn write(folder: &Path, mark: &Mark, built: &Built) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let text = serde_json::to_vec(mark).map_err(io::Error::other)?;
    for (name, content) in std::iter::once((MARK, &text)).chain(entries(&built.files)).chain(entries(&built.others)) {
        replace(&folder.join(name), content)?;
    }
    let builds = match fs::read_dir(folder.join(BUILDS)) {
        Ok(builds) => builds,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    for entry in builds {
        let entry = entry?;
        let name = format!("{BUILDS}{}/", entry.file_name().to_string_lossy());
        if is_build(&name) && !mark.builds.contains(&name) {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

fn entries(entries: &[Entry]) -> impl Iterator<Item = (&str, &Vec<u8>)> {
    entries.iter().map(|(name, content)| (name.as_str(), content))
}

/// Puts a file in its place, as a whole or not at all, unless it is there already.
fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    if fs::read(path).is_ok_and(|known| known == content) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let written = fs::write(&partial, content).and_then(|()| fs::rename(&partial, path));
    if written.is_err() {
        // Half a file is of no use to anybody.
        _ = fs::remove_file(&partial);
    }
    written
}

/// The headers, for hosts that read them from a file (Netlify, Cloudflare Pages and others).
fn of_headers() -> String {
    let mut text =
        "# For hosts that read headers from this file: all that the page's own server would send.\n/*\n".to_owned();
    for (name, value) in headers::of_a_page(true) {
        // Each is a text, and a string takes what is written to it.
        _ = writeln!(text, "  {name}: {}", value.to_str().unwrap_or_default());
    }
    _ = writeln!(text, "/{BUILDS}*\n  cache-control: {IMMUTABLE}");
    for path in ["/", "/index.html", "/service-worker.js", "/guard.js"] {
        _ = writeln!(text, "{path}\n  cache-control: {NO_CACHE}");
    }
    text
}

/// What lies beside the site for whoever finds it.
const README: &str = "\
The page of parlab, a laboratory for parallelism, for any host that serves files
over https, under any path. `parlab site` wrote this folder, and writes it
again: put all of it on the host, or nothing. Files of your own beside it stay.

b/                  one folder per build, and the one before: a page that is
                    open still finds its files
index.html          the page; to be asked for anew each time (no-cache)
service-worker.js   adds the headers that let workers share memory, keeps the
                    page for use without a network, and answers its requests
_headers            the headers, for hosts that read such a file
*.br, *.gz          copies, for hosts that send files compressed beforehand

Over http, and in private windows without service workers, the page says what
is missing, and works without it.
";

/// What was written, and what to do next.
fn said(folder: &Path, built: &Built, has_earlier: bool) -> String {
    let all = || entries(&built.files).chain(entries(&built.others));
    let is_copy = |(name, _): &(&str, &Vec<u8>)| is_compressed_copy(name);
    let megabytes = |bytes: usize| format!("{:.1} MB", bytes as f64 / 1e6);
    let bytes = |copies: bool| {
        let meant = all().filter(|entry| is_copy(entry) == copies);
        megabytes(meant.map(|(_, content)| content.len()).sum())
    };
    let files = all().filter(|entry| !is_copy(entry)).count() as u64;
    let earlier =
        if has_earlier { "\nThe build before is kept beside this one, for pages that are open.\n" } else { "" };
    format!(
        "The site is in {}: {}, {}, and copies of\n\
         them that are compressed beforehand, {}.\n{earlier}\n\
         Put all of it on any host that serves files over https, under any path. The\n\
         first visit keeps it in the browser and loads the page once more; from then\n\
         on it works without a network. docs/static-site.md has a workflow for GitHub\n\
         Pages. To look at it here: any server of files, as\n\n    python3 -m http.server --directory {} 8000\n\n\
         and http://localhost:8000/.\n",
        folder.display(),
        Counted(files, "file"),
        bytes(false),
        bytes(true),
        folder.display()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_the_way_is_refused_and_an_earlier_site_is_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        let refusal = |path: &Path| found(path).expect_err("refused").to_string();
        assert!(found(&at("not-there")).expect("nothing").builds.is_empty());
        assert!(found(folder.path()).expect("nothing").builds.is_empty());
        fs::write(at("file"), "").expect("written");
        assert!(refusal(&at("file")).ends_with("it is no folder; name one, or one that is not there yet"));
        assert!(refusal(folder.path()).ends_with("; name a folder that is empty, or not there yet"));
        for bad in [
            "{}",
            "[",
            r#"{"version":"1","builds":["b/../"],"files":[]}"#,
            r#"{"version":"1","builds":["b/0a/"],"files":["../x"]}"#,
        ] {
            fs::write(at(MARK), bad).expect("written");
            assert!(refusal(folder.path()).contains("none that parlab wrote"), "{bad}");
        }
        fs::write(at(MARK), r#"{"version":"1","builds":["b/0a/"],"files":["index.html"]}"#).expect("written");
        assert_eq!(found(folder.path()).expect("a site").builds, ["b/0a/"]);
    }

    #[test]
    fn the_build_before_stays_and_the_one_before_that_goes() {
        let folder = tempfile::tempdir().expect("a folder");
        let build = |name: &str| Built {
            build: format!("b/{name}/"),
            files: vec![(format!("b/{name}/a.js"), name.into())],
            others: vec![(INDEX.to_owned(), name.into())],
        };
        let mark = |builds: &[&str]| Mark {
            builds: builds.iter().map(|name| format!("b/{name}/")).collect(),
            ..Mark::default()
        };
        for (name, builds) in [("1", &["1"][..]), ("2", &["2", "1"]), ("3", &["3", "2"])] {
            write(folder.path(), &mark(builds), &build(name)).expect("written");
            assert_eq!(fs::read_to_string(folder.path().join(INDEX)).expect("there"), name);
        }
        fs::write(folder.path().join("CNAME"), "lab.example").expect("written");
        write(folder.path(), &mark(&["3", "2"]), &build("3")).expect("written");
        let there = |name: &str| folder.path().join(name).exists();
        assert!(there("CNAME") && there("b/2/a.js") && there("b/3/a.js") && !there("b/1"));
    }

    #[test]
    fn headers_are_those_of_the_server() {
        let text = of_headers();
        assert!(text.contains("\n/*\n  ") && text.contains("\n  cross-origin-opener-policy: same-origin\n"), "{text}");
        assert!(text.contains("\n/b/*\n  cache-control: public, max-age=31536000, immutable\n"), "{text}");
        assert!(text.contains("\n/service-worker.js\n  cache-control: no-cache\n"), "{text}");
        // Such hosts cut longer lines.
        assert!(text.lines().all(|line| line.len() < 2000), "{text}");
    }

    #[test]
    fn what_is_said_fits_into_80_columns() {
        let built = Built {
            build: "b/0/".to_owned(),
            files: vec![("b/0/a.js".to_owned(), vec![0; 2_000_000])],
            others: vec![],
        };
        for text in [README.to_owned(), said(Path::new("out"), &built, true)] {
            assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        }
    }
}
