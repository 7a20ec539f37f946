//! The language of `--fail-if`: what is read can be written, and judged.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use parlab_shared::analysis::Threshold;
use parlab_shared::report::Report;
use parlab_shared::report::fixture::ReportBuilder;

/// Two reports of the same plan.
static REPORTS: LazyLock<[Report; 2]> = LazyLock::new(|| {
    let report = |id: &str| Report { id: id.to_owned(), ..ReportBuilder::of("cpu-heavy").runs(6).build() };
    [report("a"), report("b")]
});

fuzz_target!(|text: &str| {
    let Ok(threshold) = text.parse::<Threshold>() else { return };
    let written = threshold.to_string();
    let same: Threshold = written.parse().expect("what was written can be read");
    assert_eq!(same.to_string(), written);
    if let Ok(checked) = threshold.check(&*REPORTS) {
        _ = (checked.passes(), checked.is_certain(), checked.rows());
    }
});
