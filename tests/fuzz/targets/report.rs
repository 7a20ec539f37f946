//! Files that are said to be reports: what is read can be analysed, shown and written.

#![no_main]

use libfuzzer_sys::fuzz_target;
use parlab_shared::analysis::{Analysis, warnings};
use parlab_shared::export::Format;
use parlab_shared::report::load;

fuzz_target!(|bytes: &[u8]| {
    let Ok(reports) = load(bytes) else { return };
    for report in &reports {
        _ = warnings(report).len();
        _ = Analysis::of(report).rows.len();
    }
    for format in Format::ALL {
        let text = format.render(&reports);
        if *format == Format::Json {
            let again = load(text.as_bytes()).expect("what was written can be read");
            assert_eq!(again.len(), reports.len());
        }
    }
});
