//! The text of a file, whoever saved it: editors and shells of some systems put a byte order mark before it, or write
//! UTF-16.

use std::borrow::Cow;

use super::LoadError;

/// How files begin that are packed: their format's own marks.
const PACKED: &[(&[u8], &str)] = &[
    (b"\x1f\x8b", "gzip"),
    (b"PK\x03\x04", "zip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"BZh", "bzip2"),
];

/// Reads bytes as text: UTF-8, or UTF-16 in either order of bytes, with a byte order mark or without.
///
/// # Errors
/// They are no text, and perhaps it can be seen what else they are.
pub fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, LoadError> {
    if let Some((_, how)) = PACKED.iter().find(|(mark, _)| bytes.starts_with(mark)) {
        return Err(LoadError::Compressed { how });
    }
    let utf16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let (pairs, rest) = bytes.as_chunks::<2>();
        let units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
        // One byte too few is the end of a file that was cut off, which whoever reads the text finds too.
        let text = String::from_utf16(&units).map_err(|_| LoadError::NotText)?;
        if rest.is_empty() { Ok(Cow::Owned(text)) } else { Err(LoadError::Truncated) }
    };
    match bytes {
        [0xff, 0xfe, text @ ..] => utf16(text, u16::from_le_bytes),
        [0xfe, 0xff, text @ ..] => utf16(text, u16::from_be_bytes),
        // JSON begins with a character of ASCII.
        [1..=0x7f, 0, ..] => utf16(bytes, u16::from_le_bytes),
        [0, 1..=0x7f, ..] => utf16(bytes, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, text @ ..] | text => match std::str::from_utf8(text) {
            Ok(text) => Ok(Cow::Borrowed(text)),
            // What comes to its end within a character was cut off there.
            Err(error) if error.error_len().is_none() => Err(LoadError::Truncated),
            Err(_) => Err(LoadError::NotText),
        },
    }
}

#[cfg(test)]
mod tests {
    use crate::report::Report;

    const JSON: &str = include_str!("../../../tests/data/report-v1.json");

    /// A text with a mark before it, in UTF-16.
    fn utf16(mark: bool, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
        let mark = mark.then_some(0xfeff);
        mark.into_iter().chain(JSON.encode_utf16()).flat_map(unit).collect()
    }

    #[test]
    fn one_report_however_it_was_saved() {
        let expected = Report::from_json(JSON).expect("a report");
        let check = |bytes: &[u8]| assert_eq!(Report::from_bytes(bytes).expect("a report"), expected);
        check(JSON.as_bytes());
        check(&[b"\xef\xbb\xbf", JSON.as_bytes()].concat());
        check(&[b"\r\n ", JSON.as_bytes(), b"\r\n"].concat());
        for mark in [true, false] {
            check(&utf16(mark, u16::to_le_bytes));
            check(&utf16(mark, u16::to_be_bytes));
        }
    }

    #[test]
    fn what_is_no_text_is_told_apart() {
        fn check(bytes: &[u8], expected: &str) {
            let error = Report::from_bytes(bytes).expect_err("no report").to_string();
            assert!(error.starts_with(expected), "{error}");
        }
        check(b"", "is empty");
        check(b"\xef\xbb\xbf", "is empty");
        check(b"\x1f\x8b\x08\x00", "is compressed (gzip): unpack it first");
        check(b"PK\x03\x04", "is compressed (zip)");
        check(b"{\"a\": \"\xe4\"}", "is not text in UTF-8");
        check(b"{\"a\": \"\xe4", "ends in the middle");
        check(b"\xff\xfe{\0\"", "ends in the middle");
        check(b"\xff\xfe\x00\xd8{\0", "is not text in UTF-8 or UTF-16");
        check(b"\x89PNG\r\n\x1a\n", "is not text in UTF-8");
    }
}
