//! The code of tasks, as it is compiled: cut out of the source files that this crate is made of.

use crate::task::Work;
use crate::workload::{Setting, Workload};

/// A piece of a source file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// The file, from the root of parlab's sources.
    pub file: &'static str,
    /// The piece.
    pub text: String,
}

/// A source file: its name, and what stands in it.
type File = (&'static str, &'static str);

/// The source file of a module.
macro_rules! file {
    ($path:literal) => {
        (concat!("shared/src/", $path), include_str!(concat!("../", $path)))
    };
}

const TASK: File = file!("task.rs");
const COUNT: File = file!("workload/count.rs");
const COUNTDOWN: File = file!("workload/countdown.rs");
const FRAMES: File = file!("workload/frames.rs");
const SUM: File = file!("workload/sum.rs");
const MANDELBROT: File = file!("workload/mandelbrot.rs");
const CRAWL: File = file!("workload/crawl.rs");

const OPERATION: File = file!("workload/operation.rs");
const CONTEND: File = file!("kernels/contend.rs");

/// What repeats an operation.
const REPEAT: &[(File, &str)] = &[
    (OPERATION, "repeat"),
    (OPERATION, "read_clock"),
    (CONTEND, "count_at_once"),
    (CONTEND, "count_in"),
    (CONTEND, "count_locked"),
    (CONTEND, "count_under"),
    (OPERATION, "fork_and_join"),
];

/// The files of parlab's kernels. The code of other crates is theirs to show.
const KERNELS: &[(&str, File)] = &[
    ("allocate", file!("kernels/allocate.rs")),
    ("contend", CONTEND),
    ("json", file!("kernels/json.rs")),
    ("matmul", file!("kernels/matmul.rs")),
    ("nbody", file!("kernels/nbody.rs")),
    ("sha256", file!("kernels/sha256.rs")),
    ("sieve", file!("kernels/sieve.rs")),
    ("sort", file!("kernels/sort.rs")),
    ("triad", file!("kernels/triad.rs")),
];

/// What is done for a task: how its arm of `perform` begins, and the functions that it calls, in that order.
fn parts(work: &Work) -> (&'static str, &'static [(File, &'static str)]) {
    match work {
        Work::Count { .. } => ("Work::Count {", &[(COUNT, "count"), (COUNT, "add_up")]),
        Work::Countdown { .. } => ("Work::Countdown {", &[(COUNTDOWN, "countdown"), (COUNTDOWN, "count_down")]),
        Work::Sum { .. } => ("Work::Sum {", &[(SUM, "sum"), (COUNT, "count"), (COUNT, "add_up")]),
        Work::Tile(_) => ("Work::Tile(", &[(MANDELBROT, "draw"), (MANDELBROT, "escape")]),
        Work::Get { .. } => ("Work::Get {", &[(TASK, "get")]),
        Work::Open { .. } => ("Work::Open {", &[]),
        Work::Save { .. } => ("Work::Save {", &[(TASK, "get")]),
        Work::Post { .. } => ("Work::Post {", &[(TASK, "post")]),
        Work::Insert { .. } => ("Work::Insert {", &[(TASK, "post")]),
        Work::Page { .. } => ("Work::Page {", &[(CRAWL, "visit"), (CRAWL, "accept")]),
        Work::Write { .. } => ("Work::Write {", &[]),
        Work::WriteGiven { .. } => ("Work::WriteGiven {", &[]),
        Work::Sleep { .. } => ("Work::Sleep {", &[]),
        Work::Crash { .. } => ("Work::Crash {", &[]),
        Work::Kernel { .. } => ("Work::Kernel {", &[]),
        Work::Repeat { .. } => ("Work::Repeat {", REPEAT),
        Work::Frames(_) => ("Work::Frames(", &[(FRAMES, "draw"), (COUNTDOWN, "countdown"), (COUNTDOWN, "count_down")]),
        Work::Message { .. } => ("Work::Message {", &[]),
    }
}

/// The code that tasks of these workloads run, each piece once.
pub fn code<'a>(workloads: impl IntoIterator<Item = &'a Workload>) -> Vec<Excerpt> {
    let mut excerpts: Vec<Excerpt> = Vec::new();
    for workload in workloads {
        // A few small tasks are of all kinds that there are.
        let few = workload.clone().with_tasks(FEW).with_size(1);
        let tasks = few.waves(Setting { target: "/", seed: 1 }).next(&[]).unwrap_or_default();
        for excerpt in tasks.iter().flat_map(|task| of_work(&task.work)) {
            if !excerpts.contains(&excerpt) {
                excerpts.push(excerpt);
            }
        }
    }
    excerpts
}

/// So many tasks.
const FEW: u32 = 8;

fn of_work(work: &Work) -> Vec<Excerpt> {
    let (begins, functions) = parts(work);
    let arm = Excerpt { file: TASK.0, text: arm(begins) };
    let function = |(file, name): &(File, &str)| Excerpt { file: file.0, text: function(file.1, name) };
    let kernel = match work {
        Work::Kernel { known, .. } => KERNELS.iter().find(|(name, _)| *name == known.name()),
        _ => None,
    };
    let kernel = kernel.map(|(_, (file, text))| Excerpt { file, text: without_tests(text) });
    std::iter::once(arm).chain(functions.iter().map(function)).chain(kernel).collect()
}

/// A file up to its tests.
fn without_tests(text: &str) -> String {
    text.split("\n#[cfg(test)]").next().unwrap_or_default().trim_end().to_owned()
}

/// An arm of the match in `perform`, as if it stood at the left edge.
fn arm(begins: &str) -> String {
    const INDENT: &str = "        ";
    let begins = format!("{INDENT}{begins}");
    // The name stands in other matches, too.
    let perform = TASK.1.lines().skip_while(|line| !line.starts_with("pub async fn perform"));
    let mut lines = perform.skip_while(|line| !line.starts_with(&begins));
    let first = lines.next().unwrap_or_default();
    let end = format!("{INDENT}}}");
    let is_whole = !first.ends_with('{');
    let rest = lines.scan(is_whole, |is_over, line| {
        let is_shown = !*is_over;
        *is_over |= line == end;
        is_shown.then_some(line)
    });
    let text: Vec<&str> =
        std::iter::once(first).chain(rest).map(|line| line.strip_prefix(INDENT).unwrap_or(line)).collect();
    text.join("\n")
}

/// A function of a file, with what is written above it.
fn function(file: &str, name: &str) -> String {
    let lines: Vec<&str> = file.lines().collect();
    let is_it = |line: &&str| {
        let line = line.trim_start_matches("pub ").trim_start_matches("pub(crate) ").trim_start_matches("async ");
        let rest = line.strip_prefix("fn ").and_then(|line| line.strip_prefix(name));
        rest.is_some_and(|rest| rest.starts_with(['(', '<']))
    };
    let Some(at) = lines.iter().position(is_it) else { return String::new() };
    let above = lines[..at].iter().rev().take_while(|line| line.starts_with("///") || line.starts_with("#[")).count();
    let below = lines[at..].iter().position(|line| *line == "}").unwrap_or_default();
    lines[at - above..=at + below].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{Variant, experiments};
    use crate::scale::Scale;
    use crate::strategy::Platform;

    #[test]
    fn every_workload_shows_the_code_that_its_tasks_run() {
        for (experiment, scale) in experiments().iter().flat_map(|known| Scale::ALL.iter().map(move |at| (known, at))) {
            let rows = experiment.rows(*scale, Platform::Browser, Variant::Both);
            let excerpts = code(rows.iter().map(|row| &row.workload));
            assert!(!excerpts.is_empty(), "{}", experiment.name);
            for Excerpt { file, text } in excerpts {
                let name = &experiment.name;
                assert!(text.ends_with(['}', ',']) && !text.contains("cfg(test)"), "{name}, {file}: {text}");
            }
        }
    }

    /// All kinds of work that there are in experiments.
    fn works() -> Vec<Work> {
        let rows = experiments().iter().flat_map(|known| known.rows(Scale::Smoke, Platform::Native, Variant::Both));
        let tasks = rows.filter_map(|row| {
            row.workload.with_tasks(FEW).with_size(1).waves(Setting { target: "/", seed: 1 }).next(&[])
        });
        tasks.flatten().map(|task| task.work).collect()
    }

    #[test]
    fn each_piece_is_called_by_one_before_it() {
        for work in works() {
            let (begins, functions) = parts(&work);
            let mut shown = arm(begins);
            assert!(shown.starts_with(begins), "{begins}: {shown}");
            for (file, name) in functions {
                assert!(shown.contains(&format!("{name}(")), "{name} is called by nobody:\n{shown}");
                let text = function(file.1, name);
                assert!(text.contains(&format!("fn {name}")), "{name}: {text}");
                shown += &text;
            }
        }
    }

    #[test]
    fn a_mixture_shows_both_kinds() {
        let (mixed, _) = crate::experiment::find("mixed").expect("an experiment");
        let excerpts = code([mixed.workload(Scale::Lab)]);
        let begins = |with: &str| excerpts.iter().any(|excerpt| excerpt.text.starts_with(with));
        assert!(begins("Work::Get {") && begins("Work::Countdown {"), "{excerpts:?}");
        let countdown = excerpts.iter().find(|excerpt| excerpt.text.contains("pub fn countdown(")).expect("a function");
        assert_eq!(countdown.file, "shared/src/workload/countdown.rs");
        assert!(countdown.text.starts_with("/// Counts from `n` down"), "{}", countdown.text);
    }
}
