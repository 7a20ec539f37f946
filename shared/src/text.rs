//! Text that came from elsewhere, where it is shown.

use std::borrow::Cow;

/// A character as a line may show it, in any output: what would end the line, command a terminal, turn the direction of what
/// follows or not be seen at all is a blank.
pub fn shown(character: char) -> char {
    if character.is_control() || is_unseen(character) { ' ' } else { character }
}

/// Whether it has no shape: marks of direction, ends of lines and paragraphs, and what is in a text without being seen.
fn is_unseen(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// A text on one line, without anything that commands a terminal.
pub fn one_line(text: &str) -> String {
    text.chars().map(shown).collect()
}

/// A text as a sentence.
pub fn sentence(text: &str) -> String {
    capitalised(text) + "."
}

/// A name as a sentence has it: in quotation marks where it has commas of its own, which would be taken for the sentence's.
pub fn in_sentence(name: &str) -> Cow<'_, str> {
    if name.contains(',') { format!("\"{name}\"").into() } else { name.into() }
}

/// Names as a sentence lists them, with a word before the last: `a, b and c`.
pub fn listed(names: &[String], word: &str) -> String {
    match names.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} {word} {last}", others.join(", ")),
        _ => names.concat(),
    }
}

/// A text that begins with a capital letter.
pub fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(characters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_line_commands_a_terminal() {
        assert_eq!(one_line("a\x1b[31mb\x07c\nd\r\u{9b}e × ÷"), "a [31mb c d  e × ÷");
    }

    #[test]
    fn nothing_in_a_line_hides_or_turns_what_follows() {
        for unseen in ['\u{202e}', '\u{2066}', '\u{200b}', '\u{2028}', '\u{2029}', '\u{feff}', '\u{e0041}', '\t', '\r']
        {
            assert_eq!(one_line(&format!("a{unseen}b")), "a b", "{unseen:?}");
        }
        assert_eq!(one_line("ä\u{a0}日本 ½ é\u{301}"), "ä\u{a0}日本 ½ é\u{301}");
    }

    #[test]
    fn sentences() {
        assert_eq!(sentence("only in native: sum"), "Only in native: sum.");
        assert_eq!(sentence("#2 was stopped"), "#2 was stopped.");
        let names = ["a", "b", "c"].map(str::to_owned);
        assert_eq!([0, 1, 2, 3].map(|count| listed(&names[..count], "and")), ["", "a", "a and b", "a, b and c"]);
    }
}
