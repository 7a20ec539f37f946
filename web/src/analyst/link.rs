//! Links: a report in the fragment of an address, which no server gets to see.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use parlab_shared::number::Bytes;
use parlab_shared::report::{Report, load_json};

use super::card::json;
use super::history::packed::{pack, unpack};

/// What the fragment begins with; the number is the version of what follows: gzip in base64, as addresses take it.
const START: &str = "report=1.";
/// How the fragments of all versions begin.
const NAME: &str = "report=";
/// A fragment has so many characters at most. Browsers take far more (Chromium 2 MB, Firefox 1 MB, Safari about 80 kB), but
/// chats and mail programs cut long lines, without a word; about 32,000 characters pass in most.
pub const CHARACTERS_MAX: usize = 32_000;
/// So many bytes it may have unpacked: more than gzip makes of a fragment.
const UNPACKED_MAX: u64 = 32_000_000;

/// What one file holds as the fragment of an address, without its `#`. Nothing of it is left out.
///
/// # Errors
/// It is too large, with what to do instead.
pub fn fragment(reports: &[Report]) -> Result<String, String> {
    let packed = packed(&json(reports));
    let characters = packed.len();
    if characters > CHARACTERS_MAX {
        return Err(format!(
            "As a link the report would have {characters} characters, and chats and mail cut links over {CHARACTERS_MAX}: \
             save it as a file and pass that on."
        ));
    }
    Ok(packed)
}

/// The text of a file as a fragment, however long that is.
pub fn packed(text: &str) -> String {
    format!("{START}{}", URL_SAFE_NO_PAD.encode(pack(text)))
}

/// Reads the fragment of an address, with its `#` or without. Blanks and line ends that a mail program put into it are
/// passed over.
///
/// # Errors
/// Why there is no report in it.
pub fn open(fragment: &str) -> Result<Vec<Report>, String> {
    let refuse = |reason: String| format!("The link {reason}. Ask for it again, or for the report as a file.");
    if fragment.len() > 2 * CHARACTERS_MAX {
        let size = Bytes(fragment.len() as u64);
        return Err(refuse(format!(
            "is no link of parlab's: it has {size}, and links have {CHARACTERS_MAX} characters"
        )));
    }
    let fragment: String = fragment.chars().filter(|character| !character.is_whitespace()).collect();
    let fragment = fragment.strip_prefix('#').unwrap_or(&fragment);
    let Some(packed) = fragment.strip_prefix(START) else {
        let version = fragment.strip_prefix(NAME).and_then(|rest| rest.split_once('.')).map(|(version, _)| version);
        return Err(refuse(match version.and_then(|version| version.parse::<u32>().ok()) {
            Some(version) => format!("is of a newer parlab (version {version} of links): update this one"),
            None => "has no report".to_owned(),
        }));
    };
    // Some programs put the signs of another alphabet, or padding, in place of these.
    let packed: String = packed.trim_end_matches('=').chars().map(of_addresses).collect();
    let packed = URL_SAFE_NO_PAD.decode(packed).map_err(|error| refuse(format!("is damaged: {error}")))?;
    let text = unpack(&packed, UNPACKED_MAX).map_err(refuse)?;
    load_json(&text).map_err(|error| refuse(error.to_string()))
}

fn of_addresses(character: char) -> char {
    match character {
        '+' => '-',
        '/' => '_',
        character => character,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use parlab_shared::report::fixture::{PairBuilder, ReportBuilder};
    use parlab_shared::strategy::Platform;
    use proptest::prelude::*;

    use super::*;

    fn report() -> Vec<Report> {
        vec![ReportBuilder::of("cpu-heavy").build()]
    }

    /// The same, made once, and its fragment.
    static WHOLE: LazyLock<(Vec<Report>, String)> = LazyLock::new(|| {
        let reports = report();
        let fragment = fragment(&reports).expect("it is small");
        (reports, fragment)
    });

    #[test]
    fn a_report_and_a_pair_come_back_whole() {
        let pair = PairBuilder::of("sum", &[Platform::Native, Platform::Python]).tasks(2).build();
        for reports in [report(), pair] {
            let fragment = fragment(&reports).expect("it is small");
            assert!(fragment.starts_with("report=1.") && fragment.len() <= CHARACTERS_MAX, "{}", fragment.len());
            assert_eq!(open(&fragment).expect("whole"), reports);
            assert_eq!(open(&format!("#{fragment}=\r\n")).expect("whole"), reports);
            let broken: Vec<&str> =
                fragment.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).expect("ASCII")).collect();
            assert_eq!(open(&broken.join("\n ")).expect("whole"), reports);
        }
    }

    #[test]
    fn what_is_too_large_is_a_file() {
        let mut reports = report();
        let mut seed = 1_u64;
        for span in reports[0].runs.iter_mut().flat_map(|run| &mut run.spans) {
            // Times of which nothing can be left out.
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            span.end_ms += (seed >> 11) as f64 * 1e-16;
        }
        let runs = reports[0].runs.clone();
        for again in 1..40 {
            reports[0].runs.extend(runs.iter().cloned().map(|mut run| {
                run.repetition += again * 100;
                run.spans.iter_mut().for_each(|span| span.end_ms *= 1.0 + f64::from(again) * 0.001);
                run
            }));
        }
        let reason = fragment(&reports).expect_err("too large");
        assert!(reason.contains("over 32000: save it as a file"), "{reason}");
    }

    #[test]
    fn what_is_no_link_is_refused_with_the_reason() {
        let whole = fragment(&report()).expect("it is small");
        let check = |fragment: &str, expected: &str| {
            let reason = open(fragment).expect_err("refused");
            assert!(reason.starts_with(&format!("The link {expected}")), "{reason}");
        };
        check("", "has no report");
        check("#bench", "has no report");
        check("#report=", "has no report");
        check("report=2.abc", "is of a newer parlab (version 2 of links)");
        check("report=1.", "is damaged");
        check("report=1.!!!", "is damaged: Invalid symbol");
        check(&whole[..whole.len() / 2], "is damaged");
        check(&whole.replace("report=1.H4s", "report=1.H4t"), "is damaged");
        check(&format!("{START}{}", URL_SAFE_NO_PAD.encode(pack("{}"))), "is JSON but not a parlab report");
        check(&"a".repeat(100_000), "is no link of parlab's: it has 100 kB");
        let bomb = URL_SAFE_NO_PAD.encode(pack(&" ".repeat(UNPACKED_MAX as usize + 1)));
        check(
            &format!("{START}{bomb}")[..],
            if bomb.len() > 2 * CHARACTERS_MAX { "is no link" } else { "has more than" },
        );
    }

    proptest! {
        // Each case unpacks and reads a report.
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn whatever_stands_in_an_address_is_no_panic(text in ".{0,300}", bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let links = [
                text.clone(),
                format!("{START}{text}"),
                format!("{START}{}", URL_SAFE_NO_PAD.encode(&bytes)),
                format!("{START}{}", URL_SAFE_NO_PAD.encode(pack(&text))),
            ];
            for link in links {
                prop_assert!(open(&link).is_err(), "{}", link);
            }
        }

        #[test]
        fn a_link_in_which_something_changed_is_refused_or_whole(at in 9..2000_usize, sign in "[A-Za-z0-9_-]") {
            let (reports, mut fragment) = WHOLE.clone();
            let at = at.min(fragment.len() - 1);
            fragment.replace_range(at..=at, &sign);
            // gzip has a checksum of what it packs; its header has bytes that mean nothing.
            if let Ok(opened) = open(&fragment) {
                prop_assert_eq!(opened, reports);
            }
        }
    }
}
