//! Which characters a terminal shows, and what stands for the others.

/// The characters of parlab's own texts that ASCII lacks, and what stands for them there.
const IN_ASCII: &[(char, &str)] = &[
    ('×', "x"),
    ('÷', "/"),
    ('±', "+/-"),
    ('–', "-"),
    ('—', "-"),
    ('−', "-"),
    ('·', "-"),
    ('…', "..."),
    ('µ', "u"),
    ('≤', "<="),
    ('≥', ">="),
    ('→', "->"),
    ('’', "'"),
    ('“', "\""),
    ('”', "\""),
    ('\u{a0}', " "),
    ('█', "#"),
    ('▒', "="),
    ('│', "|"),
    ('─', "-"),
];

/// A text in ASCII: what has no counterpart there becomes a question mark.
pub fn ascii(text: &str) -> String {
    let mut ascii = String::with_capacity(text.len());
    for character in text.chars() {
        match IN_ASCII.iter().find(|(known, _)| *known == character) {
            Some((_, text)) => ascii.push_str(text),
            None => ascii.push(if character.is_ascii() { character } else { '?' }),
        }
    }
    ascii
}

/// Whether the locale says that there is nothing but ASCII. Where no variable is set nothing is said: containers and
/// builds run like that, and what shows their output knows UTF-8.
pub fn is_ascii_locale(variable: impl Fn(&str) -> Option<String>) -> bool {
    // As POSIX has it, the first of them that is not empty decides.
    let set = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().filter_map(variable).find(|value| !value.is_empty());
    set.is_some_and(|locale| {
        let locale = locale.to_ascii_lowercase();
        !locale.contains("utf-8") && !locale.contains("utf8")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_in_ascii() {
        let check = |text: &str, expected: &str| assert_eq!(ascii(text), expected);
        check("threads × 2", "threads x 2");
        check("0.983 – 1.020 ±0.3 % — …", "0.983 - 1.020 +/-0.3 % - ...");
        check("browser ÷ native · 250 µs", "browser / native - 250 us");
        check("│█▒│", "|#=|");
        check("naïve 日本", "na?ve ??");
    }

    #[test]
    fn the_first_locale_that_is_set_decides() {
        #[track_caller]
        fn check(variables: &[(&str, &str)], expected: bool) {
            let variable =
                |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
            assert_eq!(is_ascii_locale(variable), expected, "{variables:?}");
        }
        check(&[], false);
        check(&[("LANG", "C")], true);
        check(&[("LANG", "POSIX")], true);
        check(&[("LANG", "C.UTF-8")], false);
        check(&[("LANG", "de_DE.utf8")], false);
        check(&[("LANG", "en_US.ISO-8859-1")], true);
        check(&[("LANG", "en_US.UTF-8"), ("LC_ALL", "C")], true);
        check(&[("LANG", "C"), ("LC_CTYPE", "C.UTF-8")], false);
        check(&[("LANG", "C"), ("LC_ALL", "")], true);
        check(&[("LC_ALL", "en_US.UTF-8"), ("LC_CTYPE", "C")], false);
    }
}
