//! Lines that break between words: never inside a number with its unit, nor inside a name.

use std::borrow::Cow;

use textwrap::{Options, WordSeparator, WordSplitter};

/// A word that is longer than this, such as an address, is broken where it has no room; what is no longer never is.
pub const WORD_MAX: usize = 24;
/// What belongs to the number before it.
const UNITS: &[&str] = &["%", "s", "ms", "µs", "us", "ns", "B", "KB", "MB", "GB", "KiB", "MiB", "GiB"];
/// What belongs to the words on both sides: `threads × 2`, `0.983 – 1.020`.
const JOINING: &[&str] = &["×", "x", "–"];
/// What belongs to the word after it.
const LEADING: &[&str] = &["÷", "/", "=", "<", ">"];
/// What belongs to the word before it.
const TRAILING: &[&str] = &["·"];
/// A blank at which no line ends.
const GLUE: char = '\u{a0}';

/// How many columns of a terminal a text takes.
pub fn width(text: &str) -> usize {
    textwrap::core::display_width(text)
}

/// A text in lines of at most a width; all but the first begin with so many blanks.
pub fn wrap(text: &str, width: usize, indent: usize) -> Vec<String> {
    let indent = " ".repeat(indent.min(width.saturating_sub(1)));
    let room = width - indent.len();
    let options = Options::new(width)
        .subsequent_indent(&indent)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation)
        .break_words(room >= WORD_MAX);
    // What has no room in one piece is not kept in one.
    let pieces = glued(text).split(' ').map(|piece| fitting(piece, room)).collect::<Vec<_>>().join(" ");
    textwrap::wrap(&pieces, options).iter().map(|line| line.replace(GLUE, " ")).collect()
}

fn fitting(piece: &str, room: usize) -> Cow<'_, str> {
    if width(piece) > room { piece.replace(GLUE, " ").into() } else { piece.into() }
}

/// How wide the widest piece is in which no line ends.
pub fn widest_piece(text: &str) -> usize {
    glued(text).split(' ').map(width).max().unwrap_or(0)
}

/// A text whose numbers hold on to their units, names to what is part of them, and `commands` together.
fn glued(text: &str) -> String {
    let mut glued = String::with_capacity(text.len());
    let mut words = text.split(' ').peekable();
    let mut is_command = false;
    while let Some(word) = words.next() {
        glued.push_str(word);
        let Some(next) = words.peek() else { break };
        let is_unit = word.ends_with(|end: char| end.is_ascii_digit()) && UNITS.contains(&without_point(next));
        is_command ^= word.matches('`').count() % 2 == 1;
        let holds = is_unit
            || is_command
            || JOINING.contains(&word)
            || JOINING.contains(next)
            || LEADING.contains(&word)
            || TRAILING.contains(next);
        glued.push(if holds { GLUE } else { ' ' });
    }
    glued
}

/// A word without what ends its part of the sentence.
fn without_point(word: &str) -> &str {
    word.trim_end_matches([',', '.', ';', ':', ')'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_between_words() {
        #[track_caller]
        fn check(text: &str, width: usize, expected: &[&str]) {
            assert_eq!(wrap(text, width, 0), expected, "{text:?} in {width}");
        }
        check("", 10, &[""]);
        check("one two three", 80, &["one two three"]);
        check("one two three", 8, &["one two", "three"]);
        check("threads × 4, one per task", 15, &["threads × 4,", "one per task"]);
        check("mixed · threads × 2", 12, &["mixed ·", "threads × 2"]);
        check("it took 12.5 ms, not 0.983 – 1.020 %.", 18, &["it took 12.5 ms,", "not", "0.983 – 1.020 %."]);
        check("2 turns of 2 tasks × 5.00 ms = 10.0 ms", 24, &["2 turns of 2", "tasks × 5.00 ms", "= 10.0 ms"]);
        check("Measured ÷ predicted", 12, &["Measured", "÷ predicted"]);
        // What has no room in one piece is broken where it can be.
        check("threads × 2", 8, &["threads", "× 2"]);
        check("a name-with-hyphens stays", 10, &["a", "name-with-hyphens", "stays"]);
        // An address has to be broken somewhere, and is where there is room for names.
        check("http://localhost:8017/target/bytes", 24, &["http://localhost:8017/ta", "rget/bytes"]);
        check("say `parlab run --help`.", 20, &["say", "`parlab run --help`."]);
    }

    #[test]
    fn lines_after_the_first_are_further_in() {
        assert_eq!(wrap("one two three", 9, 2), ["one two", "  three"]);
    }

    #[test]
    fn the_widest_piece() {
        assert_eq!(widest_piece("threads × 4, one per task"), "threads × 4,".chars().count());
        assert_eq!(widest_piece(""), 0);
    }
}
