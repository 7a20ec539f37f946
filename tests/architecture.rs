//! What ARCHITECTURE.md says is absent, where neither Cargo nor clippy can hold it: read from the sources, without
//! comments and without the tests that stand in a file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::{fs, iter};

/// Where paths begin so, these texts are absent, and why.
type Rule = (&'static [&'static str], &'static [&'static str], &'static str);

const RULES: &[Rule] = &[
    (
        &["shared/src/"],
        &["std::fs", "std::net", "std::process", "std::env", "std::io", "std::time", "std::thread::"],
        "shared does no I/O, reads no clock and starts no thread: ask the Host",
    ),
    (
        &["web/src/page"],
        &["crate::lab", "carry_out(", "perform(", "drive(", "impl Executor", "impl Crew"],
        "the page contains no executor",
    ),
    (
        &["web/src/lab"],
        &["crate::page", "yew", "window("],
        "the lab runs in workers, which have neither a page nor a window",
    ),
    (
        &["web/src/page"],
        &["window()", "document()", "local_storage()"],
        "browser.rs with its files is the only door to window, document and storage",
    ),
    (
        &["shared/src/measure/crew", "shared/src/measure/worker", "native/src/executors", "web/src/lab/executors"],
        &["Workload::", "Work::"],
        "crews know tasks and workers, never which workload it is",
    ),
    (
        &[
            "native/src/executors",
            "native/src/host",
            "native/src/hub",
            "native/src/python",
            "native/src/peer",
            "native/src/remote.rs",
        ],
        &["crate::http", "crate::server", "crate::target::", "axum"],
        "what is measured shares no runtime with what serves it",
    ),
    (
        &["shared/src/report.rs", "shared/src/run.rs", "shared/src/span"],
        &["crate::statistics"],
        "a report stores what was measured, no statistic",
    ),
    (
        &[
            "shared/src/host",
            "shared/src/measure/request",
            "shared/src/analysis/theory",
            "shared/src/analysis/tasks",
            "shared/src/say",
        ],
        &["serde::"],
        "what crosses no boundary derives no serde",
    ),
];

/// Files that break a rule nevertheless, each at least one.
const EXCEPTIONS: &[&str] = &[
    "web/src/page/browser.rs",
    "web/src/page/browser/files.rs",
    "web/src/page/browser/static_host.rs",
    "web/src/page/browser/time.rs",
];

/// The modules of `shared` in their order: each uses only what stands before it. Two in one text may use each other: a
/// workload yields tasks, and `perform` calls kernels.
const ORDER: &[&str] = &[
    "sync",
    "named",
    "grouping",
    "number",
    "text",
    "draw ideal",
    "checksum",
    "kernels",
    "address",
    "scale",
    "statistics",
    "span",
    "target",
    "dictionary",
    "screen",
    "host",
    "task workload",
    "way",
    "strategy",
    "row",
    "experiment",
    "costs",
    "run",
    "measure",
    "label",
    "report",
    "remote",
    "conduct",
    "analysis",
    "say",
    "chart",
    "export",
];

/// The text of every file of some folders, by its path from the root of the workspace.
fn files(folders: &[&str]) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut left: Vec<_> = folders.iter().map(|folder| root.join(folder)).collect();
    let mut files = Vec::new();
    while let Some(path) = left.pop() {
        if path.is_dir() {
            left.extend(fs::read_dir(&path).expect("a folder").map(|entry| entry.expect("an entry").path()));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(&root).expect("below the root").to_str().expect("UTF-8").replace('\\', "/");
            files.push((name, fs::read_to_string(&path).expect("UTF-8")));
        }
    }
    files
}

/// All that is no test: tests stand at the end of a file, or fill one with this name.
fn sources() -> Vec<(String, String)> {
    let files =
        files(&["shared/src", "native/src", "web/src"]).into_iter().filter(|(path, _)| !path.ends_with("/tests.rs"));
    files.map(|(path, text)| (path, code(&text))).collect()
}

/// The text without its comments and the tests at its end.
fn code(text: &str) -> String {
    let text = text.split_once("#[cfg(test)]\nmod tests {").map_or(text, |(code, _)| code);
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.map(|line| line.split_once(" // ").map_or(line, |(code, _)| code)).collect::<Vec<_>>().join("\n")
}

/// What of a rule is broken in a file.
fn broken((within, absent, _): &Rule, path: &str, code: &str) -> Vec<&'static str> {
    let is_within = within.iter().any(|start| path.starts_with(start));
    absent.iter().copied().filter(|absent| is_within && code.contains(absent)).collect()
}

/// Which modules of a folder use which others of it. `name` is the folder's path in `use` lines.
fn uses(sources: &[(String, String)], folder: &str, name: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut uses = BTreeMap::<_, BTreeSet<String>>::new();
    let files = sources.iter().filter_map(|(path, code)| Some((path.strip_prefix(folder)?, code)));
    for (path, code) in files.filter(|(path, _)| !["lib.rs", "main.rs"].contains(path)) {
        let (module, is_folders_own) = match path.split_once('/') {
            Some((module, _)) => (module, false),
            None => (path.trim_end_matches(".rs"), true),
        };
        let prefixes = iter::once(format!("{name}::")).chain(is_folders_own.then(|| "super::".to_owned()));
        let found = prefixes.flat_map(|prefix| code.split(&prefix).skip(1).flat_map(names).collect::<Vec<_>>());
        uses.entry(module.to_owned()).or_default().extend(found.filter(|used| used != module));
    }
    let modules: BTreeSet<_> = uses.keys().cloned().collect();
    uses.values_mut().for_each(|used| used.retain(|module| modules.contains(module)));
    uses
}

/// The names at the beginning of a path: one, or those of a list in braces.
fn names(path: &str) -> Vec<String> {
    let first = |path: &str| path.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    let Some(list) = path.strip_prefix('{') else { return vec![first(path)] };
    let (mut depth, mut outermost) = (1, String::new());
    for character in list.chars() {
        match character {
            '{' => depth += 1,
            '}' if depth == 1 => break,
            '}' => depth -= 1,
            _ if depth == 1 => outermost.push(character),
            _ => {}
        }
    }
    outermost.split(',').map(|path| first(path.trim())).collect()
}

/// What a module uses although it does not stand before it; a module without a place uses nothing rightly.
fn out_of_order(uses: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let place = |module: &str| ORDER.iter().position(|room| room.split(' ').any(|name| name == module));
    let is_wrong = |module: &str, used: &str| place(module).is_none_or(|at| place(used).is_none_or(|of| of > at));
    let pairs = uses.iter().flat_map(|(module, used)| used.iter().map(move |used| (module, used)));
    pairs
        .filter(|(module, used)| is_wrong(module, used))
        .map(|(module, used)| format!("{module} uses {used}"))
        .collect()
}

/// Modules that use themselves by way of others.
fn tied(uses: &BTreeMap<String, BTreeSet<String>>) -> Vec<&str> {
    let reaches_itself = |module: &&String| {
        let (mut reached, mut left) = (BTreeSet::new(), vec![*module]);
        while let Some(used) = left.pop().and_then(|module| uses.get(module)) {
            left.extend(used.iter().filter(|used| reached.insert(*used)));
        }
        reached.contains(module)
    };
    uses.keys().filter(reaches_itself).map(String::as_str).collect()
}

#[test]
fn what_is_absent_stays_so() {
    let sources = sources();
    let mut exceptions = BTreeSet::new();
    for rule @ (within, _, why) in RULES {
        for start in *within {
            assert!(
                sources.iter().any(|(path, _)| path.starts_with(start)),
                "{start} has moved: its rule has to follow"
            );
        }
        for (path, code) in &sources {
            let broken = broken(rule, path, code);
            if !broken.is_empty() && EXCEPTIONS.contains(&path.as_str()) {
                exceptions.insert(path.as_str());
            } else {
                assert!(broken.is_empty(), "{path} has {broken:?}: {why}");
            }
        }
    }
    assert!(
        exceptions.iter().eq(&EXCEPTIONS.iter().copied().collect::<BTreeSet<_>>()),
        "of the exceptions only {exceptions:?} are needed"
    );
}

#[test]
fn each_rule_can_fail() {
    for rule @ (within, absent, _) in RULES {
        for (start, absent) in within.iter().flat_map(|start| absent.iter().map(move |absent| (start, absent))) {
            let check = |path: &str, line: &str, expected: bool| {
                assert_eq!(broken(rule, path, &code(line)).contains(absent), expected, "{path}: {line}");
            };
            check(start, &format!("use std::fmt;\nf({absent});"), true);
            check("elsewhere", absent, false);
            check(start, &format!("  // {absent}\n  f(); // {absent}"), false);
            check(start, &format!("#[cfg(test)]\nmod tests {{\n    {absent}\n}}\n"), false);
        }
    }
}

#[test]
fn no_test_is_skipped() {
    for (path, text) in files(&["shared", "native/src", "web/src", "xtask/src", "tests"]) {
        assert!(!text.contains(concat!("#[", "ignore")), "{path} skips a test: it has to fail and say what is missing");
    }
}

/// Names that say nothing of what a closure is given.
const NO_NAMES: [&str; 2] = ["one", "other"];

/// The arguments of closures that are called so, with what stands around them.
fn nameless(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = code;
    while let Some((before, after)) = rest.split_once('|') {
        // A bar begins a closure where an expression can begin; elsewhere it stands between two of them, or two patterns.
        let before = before.trim_end();
        let begins = before.ends_with(['(', ',', '=', '{', ';', '[', ':'])
            || [" move", "=>"].iter().any(|end| before.ends_with(end));
        rest = after;
        if begins && let Some((arguments, body)) = after.split_once('|') {
            let mut names = arguments.split(|c: char| !c.is_alphanumeric() && c != '_');
            found.extend(names.any(|name| NO_NAMES.contains(&name)).then(|| format!("|{arguments}|")));
            rest = body;
        }
    }
    found
}

#[test]
fn closures_name_what_they_are_given() {
    for (path, text) in files(&["shared", "native/src", "web/src", "xtask/src", "tests"]) {
        assert_eq!(nameless(&text), [] as [&str; 0], "{path}: name the thing");
    }
}

#[test]
fn nameless_arguments_are_found() {
    let check = |code: &str, expected: &[&str]| {
        // This file has no such closure either.
        let [code, expected] = [code, &expected.concat()].map(|text| text.replace("NAME", NO_NAMES[1]));
        assert_eq!(nameless(&code).concat(), expected, "{code}");
    };
    check("a.map(|row| row.NAME)", &[]);
    check("a.map(|NAME| NAME)", &["|NAME|"]);
    check("let f = move |(at, NAME): &(u32, Row), to| to; g(|| f)", &["|(at, NAME): &(u32, Row), to|"]);
    check("a.zip(b).fold(0, |sum, &NAME| sum + NAME)", &["|sum, &NAME|"]);
    check("match a { 1 => |NAME| 1, _ => |x| x }", &["|NAME|"]);
    check("if a || NAME || b { c(|| NAME) }", &[]);
    check("match a { A { .. } | B(NAME) => NAME | 1, NAME => NAME }", &[]);
}

#[test]
fn each_module_of_shared_uses_only_what_stands_before_it() {
    let uses = uses(&sources(), "shared/src/", "crate");
    let listed: BTreeSet<_> = ORDER.iter().flat_map(|room| room.split(' ')).map(str::to_owned).collect();
    assert!(uses.keys().eq(&listed), "the order has {listed:?}, shared has {:?}", uses.keys());
    assert_eq!(out_of_order(&uses), [] as [&str; 0]);
}

#[test]
fn no_module_uses_itself_by_way_of_others() {
    for (folder, name) in [("native/src/", "crate"), ("web/src/lab/", "crate::lab"), ("web/src/page/", "crate::page")] {
        let uses = uses(&sources(), folder, name);
        assert!(!uses.is_empty(), "{folder} has moved");
        assert_eq!(tied(&uses), [] as [&str; 0], "{folder}");
    }
}

#[test]
fn circles_and_wrong_orders_are_found() {
    let sources = |files: &[(&str, &str)]| -> Vec<_> {
        files.iter().map(|(path, code)| (format!("f/{path}.rs"), code.to_string())).collect()
    };
    let check = |files: &[(&str, &str)], expected: [&[&str]; 2]| {
        let uses = uses(&sources(files), "f/", "crate");
        assert_eq!(
            (tied(&uses), out_of_order(&uses)),
            (expected[0].to_vec(), expected[1].iter().map(|pair| pair.to_string()).collect())
        );
    };
    check(&[("report", "use crate::row::Row;"), ("row", "use std::fmt; use crate::row::x;")], [&[], &[]]);
    check(&[("report", ""), ("row", "use super::report::Run;")], [&[], &["row uses report"]]);
    check(&[("report/deep", "use super::row;"), ("row", "")], [&[], &[]]);
    check(&[("task", "use crate::workload;"), ("workload/deep", "crate::task::f()")], [&["task", "workload"], &[]]);
    let listed = "use crate::{host::{row, Host}, export::{csv}, text};";
    let others = [("row", ""), ("host", "use crate::export;"), ("export", ""), ("text", "")];
    check(
        &[&[("scale", listed)], &others[..]].concat(),
        [&[], &["host uses export", "scale uses export", "scale uses host"]],
    );
    check(&[("new", "use crate::text;"), ("text", "")], [&[], &["new uses text"]]);
}

/// The names in a table of a document that are those of tests, modules of them, or files: what stands between back quotes in the
/// lines of a table, but for kinds of failures and what is typed.
fn named(document: &str) -> Vec<&str> {
    let rows = document.lines().filter(|line| line.starts_with('|'));
    let names = rows.flat_map(|row| row.split('`').skip(1).step_by(2));
    names.filter(|name| !name.contains(['-', ' '])).collect()
}

/// Whether a test is there: a path of a file or folder with tests; a module, of tests or of what is fuzzed; or a test in a module,
/// where … stands for any end of a name.
fn is_there(name: &str, files: &[(String, String)]) -> bool {
    if name.contains('/') {
        return files.iter().any(|(path, text)| path.starts_with(name) && text.contains("test]"));
    }
    let module = name.replace("::", "/");
    let paths = [format!("tests/{module}.rs"), format!("tests/fuzz/targets/{module}.rs")];
    if files.iter().any(|(path, _)| paths.contains(path)) {
        return true;
    }
    let Some((module, test)) = module.rsplit_once('/') else { return false };
    let end = if test.ends_with('…') { "" } else { "(" };
    let begins = format!("fn {}{end}", test.trim_end_matches('…'));
    files.iter().any(|(path, text)| *path == format!("tests/{module}.rs") && text.contains(&begins))
}

#[test]
fn every_test_that_is_said_to_break_something_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let document = fs::read_to_string(root.join("docs/faults.md")).expect("a document");
    let files = files(&["shared/src", "native/src", "web/src", "tests"]);
    let names = named(&document);
    assert!(names.len() > 20, "the table has another form: {names:?}");
    let missing: Vec<_> = names.into_iter().filter(|name| !is_there(name, &files)).collect();
    assert_eq!(missing, [] as [&str; 0], "docs/faults.md names what is not there");
}

#[test]
fn tests_that_are_not_there_are_missed() {
    let files = [("tests/kills.rs", "fn what_is_killed() {}"), ("web/src/a/tests.rs", "#[test]\nfn a() {}")];
    let files = files.map(|(path, text)| (path.to_owned(), text.to_owned()));
    let check = |name: &str, expected: bool| assert_eq!(is_there(name, &files), expected, "{name}");
    check("kills::what_is_killed", true);
    check("kills::what_is_kill", false);
    check("kills::what_is_kill…", true);
    check("saved::what_is_killed", false);
    check("kills", true);
    check("saved", false);
    check("web/src/a/", true);
    check("web/src/b.rs", false);
    assert_eq!(named("`a::b`\n| x | `c::d`, `disk-full` | `e/f.rs`, `g` |"), ["c::d", "e/f.rs", "g"]);
}
