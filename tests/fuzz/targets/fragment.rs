//! Fragments of addresses that are said to hold a report. Made-up bytes are packed, too: few of them are gzip by themselves.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((kind, rest)) = bytes.split_first() else { return };
    let fragment = match kind % 2 {
        0 => String::from_utf8_lossy(rest).into_owned(),
        _ => parlab_web::packed_link(&String::from_utf8_lossy(rest)),
    };
    match parlab_web::open_link(&fragment) {
        Ok(reports) => assert!(!reports.is_empty()),
        Err(reason) => assert!(!reason.is_empty()),
    }
});
