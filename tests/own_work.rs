//! `cargo lab --with`: functions of somebody's own crate, natively and in browsers; crates that cannot be built in.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use parlab_shared::report::load;
use parlab_shared::run::Run;
use parlab_shared::span::ErrorKind;

use crate::support::parlab::text;
use crate::support::process::{Process, answer_for, children_with, has_computed, is_running, wait_for};

/// The workspace.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the workspace")
}

/// `cargo lab --with CRATE ARGS`, as it is typed in a checkout.
fn lab(own: &Path, args: &str) -> Output {
    let mut command = Command::new(env!("CARGO"));
    command.args(["xtask", "lab", "--with"]).arg(own).args(args.split(' ')).current_dir(root());
    command.env_remove("RUST_BACKTRACE").output().expect("cargo runs")
}

/// A crate of somebody's own, with this library.
fn own(folder: &Path, library: &str) -> PathBuf {
    let (own, interface) = (folder.join("mine"), root().join("work"));
    fs::create_dir_all(own.join("src")).expect("a folder");
    let manifest = format!(
        "[package]\nname = \"mine\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[dependencies]\nparlab-work = {{ path = {:?} }}\n[workspace]\n",
        interface.display().to_string()
    );
    fs::write(own.join("Cargo.toml"), manifest).expect("a file");
    fs::write(own.join("src/lib.rs"), library).expect("a file");
    own
}

/// The library of a crate whose workload has this name, and this list.
fn library(name: &str, list: &str) -> String {
    format!(
        "use parlab_work::{{Entry, Sizes, Task, Workload}};
        pub static WORKLOADS: &[Entry] = &[{list}];
        pub struct Mine;
        impl Workload for Mine {{
            const NAME: &'static str = {name:?};
            const ABOUT: &'static str = \"do nothing\";
            const SIZE: &'static str = \"nothings\";
            const SIZES: Sizes = Sizes {{ smoke: 1, lab: 2, most: 3 }};
            type Input = ();
            fn setup(_: &Task<'_>) {{}}
            fn routine(_: &mut (), task: &Task<'_>) -> u64 {{ task.size }}
        }}"
    )
}

/// The binary that `cargo lab --with` built of the tests' crate.
fn built() -> Command {
    let target = Path::new(env!("CARGO_BIN_EXE_parlab")).with_file_name("with-own");
    let mut command = Command::new(target);
    command.env_remove("RUST_BACKTRACE");
    command
}

#[test]
fn a_crate_from_the_registry_is_measured_natively_and_in_browsers_and_what_goes_wrong_in_others_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("r.json");
    let args = format!(
        "pair deflate -s sequential,threads,processes -w 2 --scale smoke --runs 2 --warmup 0 --platform native,chromium,firefox \
         --json {}",
        path.display()
    );
    let output = lab(&root().join("tests/own"), &args);
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
    let reports = load(&fs::read(&path).expect("a file")).expect("a report");
    let results = |run: &Run| run.spans.iter().map(|span| span.checksum).collect::<Vec<_>>();
    assert_eq!(reports.len(), 3);
    for report in &reports {
        // Two methods, each on one worker, two threads, two processes, and twice.
        assert_eq!((report.runs.len(), report.failed()), (12, 0), "{}", report.platform);
        assert_eq!(report.runs.len(), reports[0].runs.len());
        for (run, native) in report.runs.iter().zip(&reports[0].runs) {
            assert!(results(run).iter().all(Option::is_some) && results(run) == results(native), "{}", report.platform);
        }
    }
    // Whoever has no such crate reads its report all the same.
    let shown =
        crate::support::parlab::parlab().args(["report", "--markdown", "-"]).arg(&path).output().expect("parlab runs");
    let shown = text(&shown.stdout);
    assert!(shown.contains("deflate") && shown.contains("method default"), "{shown}");

    what_goes_wrong_is_named_and_the_rest_goes_on(folder.path());
}

/// Every flaw, natively and in Chromium: each of two tasks by itself, under every strategy that computes.
fn what_goes_wrong_is_named_and_the_rest_goes_on(folder: &Path) {
    const ALL: &str = "sequential,threads,processes";
    // How the second of a run's two tasks fails, under which strategies, and what is said beside the function's name. In a
    // browser nothing guards the end of a thread's stack: what becomes of one that runs over it, nobody can say.
    let flaws: [(&str, &str, ErrorKind, &[&str]); 4] = [
        ("endless", ALL, ErrorKind::TooLong, &["it did not end within 1 s"]),
        (
            "greedy",
            ALL,
            ErrorKind::WorkerDied,
            &["memory allocation of 67108864 bytes failed", "SIGABRT", "unreachable"],
        ),
        (
            "deep",
            "sequential,processes",
            ErrorKind::WorkerDied,
            &["overflow", "call stack", "out of bounds", "SIGABRT"],
        ),
        ("panics", ALL, ErrorKind::Panicked, &["no such input"]),
    ];
    for (name, strategies, kind, words) in flaws {
        let path = folder.join(format!("{name}.json"));
        let args = "-w 2 --runs 2 --warmup 0 --task-limit 1 --platform native,chromium";
        let output =
            built().args(["pair", name, "-s", strategies]).args(args.split(' ')).arg("--json").arg(&path).output();
        let output = output.expect("it runs");
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{name}: {said}");
        let reports = load(&fs::read(&path).expect("a file")).expect("a report");
        for report in &reports {
            let (part, times) = (report.platform, if kind == ErrorKind::TooLong { 1 } else { 2 });
            assert_eq!(report.runs.len(), strategies.split(',').count() * times, "{name} on {part}: {said}");
            for run in &report.runs {
                let failed: Vec<_> =
                    run.spans.iter().filter_map(|span| Some((span.task, span.error.as_ref()?))).collect();
                let [(1, error)] = failed[..] else { panic!("{name} on {part}: {:?}", run.spans) };
                // A browser's worker does not outlive a panic.
                let died = error.kind == ErrorKind::WorkerDied && report.platform.is_browser();
                assert!(error.kind == kind || kind == ErrorKind::Panicked && died, "{name} on {part}: {error}");
                assert!(error.message.contains("own::"), "{name} on {part}: {error}");
                assert!(words.iter().any(|word| error.message.contains(word)), "{name} on {part}: {error}");
            }
        }
    }
    let talks = format!("run talks -s {ALL} -w 2 --runs 1 --warmup 0");
    let output = built().args(talks.split(' ')).output().expect("it runs");
    let said = text(&output.stderr);
    assert!(output.status.success() && said.contains("nobody asked"), "{said}");
    let differs = "pair differs -s sequential,threads -w 2 --runs 2 --warmup 0 --platform native,chromium";
    let output = built().args(differs.split(' ')).output().expect("it runs");
    let said = text(&output.stdout);
    // Where no terminal is, a sentence may be broken over lines.
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    let why = "because task 1 has checksum 0000000000000000 in native and 0000000000000001 in chromium";
    assert!(said.contains(why), "{said}");
}

#[test]
fn what_cannot_be_built_in_is_named_with_the_reason() {
    let folder = tempfile::tempdir().expect("a folder");
    let refused = |own: &Path, reasons: &[&str]| {
        let output = lab(own, "list");
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        for reason in reasons {
            assert!(said.contains(reason), "{reason:?} is not in\n{said}");
        }
    };
    refused(folder.path(), &["is no crate", "cargo lab new DIR"]);
    let of = |library: &str| own(folder.path(), library);
    refused(&of("pub fn f() -> u64 { \"no number\" }"), &["mismatched types", "the crate mine", "does not build"]);
    refused(&of("pub fn f() -> u64 { 1 }"), &["WORKLOADS", "the crate mine", "does not build"]);
    refused(&of(&library("mine", "")), &["the crate mine", "cannot be measured"]);
    refused(&of(&library("sum", "Entry::of::<Mine>()")), &["the crate mine", "Mine", "sum"]);
    refused(&of(&library("mine", "Entry::of::<Mine>(), Entry::of::<Mine>()")), &["the crate mine", "Mine", "mine"]);
}

#[test]
fn a_process_with_functions_of_ones_own_that_talks_nonsense_costs_its_run() {
    // A frame begins with its length; what begins with 1 is an answer to another question.
    for said_instead in [&b"\0\0\0\x05hello"[..], &[0xff; 64], &[0, 0, 0, 2, 1, 0]] {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("r.json");
        let mut command = built();
        command.args(["run", "endless", "-s", "sequential", "--runs", "1", "--warmup", "0", "--json"]).arg(&path);
        let parlab = Process::start(command.env("TMPDIR", folder.path()));
        let own = wait_for("its process is at a task", || {
            children_with(&parlab.id(), "execute", &[]).into_iter().find(|id| has_computed(id))
        });
        answer_for(&own, said_instead);
        let (code, said) = parlab.end();
        assert_eq!(code, Some(1), "{said_instead:?}: {said}");
        let reports = load(&fs::read(&path).expect("a file")).expect("a report");
        let errors: Vec<_> = reports[0].runs[0].spans.iter().filter_map(|span| span.error.as_ref()).collect();
        assert!(errors.len() == 1 && errors[0].kind == ErrorKind::WorkerDied, "{said_instead:?}: {errors:?}");
        assert!(!is_running(&own), "it was not ended");
    }
}
