//! `cargo lab --with`: functions of somebody's own crate, natively and in browsers; crates that cannot be built in.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use parlab_shared::report::load;
use parlab_shared::run::Run;

use crate::support::parlab::text;

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

#[test]
fn a_crate_from_the_registry_is_measured_natively_and_in_browsers() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("r.json");
    let args = format!(
        "pair deflate -s sequential,threads,processes -w 2 --scale smoke --runs 2 --warmup 0 --platform native,chromium,firefox \
         --json {}",
        path.display()
    );
    let output = lab(&root().join("work/deflate"), &args);
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
