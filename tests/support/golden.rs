//! Golden files: what is drawn of the samples in `shared/src/report/fixture`, as whole texts, so that the change of a word
//! shows in a diff. Each package that draws has a test that includes this.

#![allow(clippy::disallowed_methods, reason = "in shared, only this test reads files")]

use std::fmt::Display;
use std::path::PathBuf;

use similar::TextDiff;

/// Lines of a difference that are shown.
const LINES_MAX: usize = 60;
/// Set, it makes tests write what they find.
const UPDATE: &str = "UPDATE_GOLDEN";

/// Where the golden files are.
pub fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden"))
}

/// Compares what is answered to each of some inputs with the golden file of a name: the inputs, and below each its answer.
///
/// # Panics
/// An answer is another one, or the file is not there.
#[track_caller]
pub fn answers(name: &str, answers: impl IntoIterator<Item = (impl Display, impl Display)>) {
    let texts = answers.into_iter().map(|(input, answer)| format!("{input}\n    {answer}\n"));
    check([(name.to_owned(), texts.collect())]);
}

/// Compares texts with the golden files that are named, all of them before it complains.
///
/// # Panics
/// A text is another one, or has no file yet.
#[track_caller]
pub fn check(texts: impl IntoIterator<Item = (String, String)>) {
    let mut differences = Vec::new();
    for (name, text) in texts {
        let path = folder().join(&name);
        // A file that is missing is an empty one.
        let golden = std::fs::read_to_string(&path).unwrap_or_default();
        if golden == text {
            continue;
        }
        if std::env::var_os(UPDATE).is_some() {
            std::fs::write(&path, &text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            continue;
        }
        let diff = TextDiff::from_lines(&golden, &text).unified_diff().context_radius(1).to_string();
        let shown: Vec<&str> = diff.lines().take(LINES_MAX).collect();
        differences.push(format!("tests/golden/{name}:\n{}\n", shown.join("\n")));
    }
    assert!(differences.is_empty(), "{}\n{UPDATE}=1 cargo test … accepts what is new", differences.join("\n"));
}
