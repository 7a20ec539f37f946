//! What surrounds the data: the heading, and how much room text takes.

use super::form::Form;
use super::svg::{Anchor, Picture, Svg};

/// The size of most text, as in the style.
pub(super) const TEXT: f64 = 15.0;
/// The size of a chart's title, as in the style.
const TITLE: f64 = 18.0;
/// From one line of text to the next.
pub(super) const LINE: f64 = 21.0;
/// Bold letters are so many times as wide as those that widths are estimated for.
const BOLD: f64 = 1.1;
/// Between the edge and anything.
pub(super) const EDGE: f64 = 4.0;
/// Larger values (in any unit; as milliseconds 31 years) are drawn as this: their digits would fill the chart.
const VALUE_MAX: f64 = 1e12;

/// A value that can be drawn: not negative, and a number.
pub(super) fn drawable(value: f64) -> f64 {
    if value.is_nan() { 0.0 } else { value.clamp(0.0, VALUE_MAX) }
}

/// Writes a title and a line under it; returns where the next thing may begin.
pub(super) fn heading(svg: &mut Svg, title: &str, line: &str) -> f64 {
    let mut y = EDGE;
    let room = svg.width() - 2.0 * EDGE;
    for part in wrap(title, TITLE * BOLD, room, svg.form.lines(2)) {
        y += 22.0;
        svg.text("chart-title", (EDGE, y - 5.0), Anchor::Start, &part);
    }
    for part in wrap(line, TEXT, room, svg.form.lines(3)) {
        y += LINE;
        svg.text("chart-text chart-quiet", (EDGE, y - 5.0), Anchor::Start, &part);
    }
    y + 4.0
}

/// A chart that has nothing to show, and says so.
pub(super) fn empty(form: Form, title: &str, sentence: &str) -> Picture {
    let mut svg = Svg::new(form);
    let y = heading(&mut svg, title, sentence);
    svg.finish(title, sentence, y + EDGE)
}

/// The name of a group in lines that have room, of which [`group`] draws the name.
pub(super) fn group_lines(form: Form, name: &str) -> Vec<String> {
    wrap(name, TEXT * BOLD, f64::from(form.width()) - 2.0 * EDGE, form.lines(2))
}

/// Writes the name of a group; returns where the next thing may begin.
pub(super) fn group(svg: &mut Svg, top: f64, lines: &[String]) -> f64 {
    let mut y = top;
    for line in lines {
        svg.text("chart-text chart-group", (EDGE, y + 16.0), Anchor::Start, line);
        y += LINE + 1.0;
    }
    y
}

/// The width that a text takes, estimated from above for common fonts: a chart cannot ask the reader's.
pub(super) fn width(text: &str, size: f64) -> f64 {
    let ems = |character| match character {
        'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | ' ' | '·' => 0.35,
        'm' | 'w' | 'M' | 'W' | '@' | '%' | '…' => 1.0,
        'A'..='Z' => 0.74,
        '\u{1100}'.. => 1.05,
        _ => 0.64,
    };
    size * text.chars().map(ems).sum::<f64>()
}

/// The text, or as much of its beginning as fits into `room`, with an ellipsis.
pub(super) fn clip(text: &str, size: f64, room: f64) -> String {
    if width(text, size) <= room {
        return text.to_owned();
    }
    let fitting = fitting(text, size, room - width("…", size));
    format!("{}…", text[..fitting].trim_end())
}

/// The text in lines no wider than `room`, broken between words where that is possible.
pub(super) fn wrap(text: &str, size: f64, room: f64, lines_max: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        if lines.len() + 1 == lines_max || width(rest, size) <= room {
            lines.push(clip(rest, size, room));
            break;
        }
        let fitting = fitting(rest, size, room);
        let between_words = || rest[..fitting].rfind(char::is_whitespace).filter(|at| *at > 0);
        let end = if rest[fitting..].starts_with(char::is_whitespace) { None } else { between_words() };
        let (line, next) = rest.split_at(end.unwrap_or(fitting));
        lines.push(line.trim_end().to_owned());
        rest = next.trim_start();
    }
    lines
}

/// How many bytes of the text fit into `room`: at least its first character.
fn fitting(text: &str, size: f64, room: f64) -> usize {
    let mut used = 0.0;
    for (at, character) in text.char_indices() {
        used += width(character.encode_utf8(&mut [0; 4]), size);
        if used > room && at > 0 {
            return at;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_broken_between_words_or_else_anywhere() {
        fn check(text: &str, expected: &[&str]) {
            // Ten letters of average width.
            assert_eq!(wrap(text, 10.0, 64.0, 2), expected);
        }
        check("", &[]);
        check("one two", &["one two"]);
        check("one hundred", &["one", "hundred"]);
        check("abcdefghxx abc", &["abcdefghxx", "abc"]);
        check("aaaaaaaaaaaaaaaaaaaaaaaa", &["aaaaaaaaaa", "aaaaaaaa…"]);
        check("ééééééééééééé", &["éééééééééé", "ééé"]);
    }
}
