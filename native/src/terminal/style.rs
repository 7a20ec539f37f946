//! How text is drawn: how wide, with colours or without, in which characters. All of it is decided here.

use std::io::IsTerminal;

use parlab_shared::text::one_line;

use super::INDENT;
use super::charset::{ascii, is_ascii_locale};
use super::wrap::wrap;

/// Where a terminal does not say how wide it is.
const WIDTH: usize = 80;
/// For a narrower terminal it is drawn as if it had this width.
const WIDTH_MIN: usize = 40;
/// Sentences in longer lines than this are hard to read.
pub const PROSE_MAX: usize = 100;

/// How text is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// How many characters a line has at most; `None` is as many as it takes to show everything.
    pub width: Option<usize>,
    /// Whether headings are bold, and what went wrong red.
    pub colour: bool,
    /// Whether there is nothing but ASCII.
    pub ascii: bool,
}

/// What decides how text is drawn.
struct Surroundings<V> {
    /// Whether what is written goes to a terminal.
    is_terminal: bool,
    /// How many columns it says that it has.
    columns: Option<usize>,
    /// The value of an environment variable.
    variable: V,
}

impl Style {
    /// How standard output is drawn; `wide` asks for everything, however wide that is.
    pub fn of_stdout(wide: bool) -> Self {
        Self::of(wide, &Surroundings::look(std::io::stdout().is_terminal(), &console::Term::stdout()))
    }

    /// How standard error is drawn.
    pub fn of_stderr() -> Self {
        Self::of(false, &Surroundings::look(std::io::stderr().is_terminal(), &console::Term::stderr()))
    }

    /// Whether standard error can draw over what it has drawn, as a progress bar does.
    pub fn can_redraw() -> bool {
        redraws(&Surroundings::look(std::io::stderr().is_terminal(), &console::Term::stderr()))
    }

    fn of<V: Fn(&str) -> Option<String>>(wide: bool, surroundings: &Surroundings<V>) -> Self {
        let Surroundings { is_terminal, columns, variable } = surroundings;
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        // Some terminals say 0 where they do not know.
        let terminals = columns.filter(|columns| *columns > 0).unwrap_or(WIDTH);
        // Who sets it means it, also where there is no terminal.
        let variables = set("COLUMNS").and_then(|columns| columns.trim().parse().ok()).filter(|columns| *columns > 0);
        let width = variables.or(is_terminal.then_some(terminals)).filter(|_| !wide);
        let colour = redraws(surroundings) && set("NO_COLOR").is_none();
        Self { width: width.map(|width| width.max(WIDTH_MIN)), colour, ascii: is_ascii_locale(variable) }
    }

    /// How wide sentences are: as wide as the terminal, or as one that does not say how wide it is, and not wider than can
    /// be read.
    pub fn room(self) -> usize {
        self.width.unwrap_or(WIDTH).min(PROSE_MAX)
    }

    /// A text of several lines, each as it can be shown: those that have no room become several, as far in as they begin.
    pub fn lines(self, text: &str) -> String {
        let broken = |line: &str| {
            let indent = line.len() - line.trim_start_matches(' ').len();
            let blanks = " ".repeat(indent);
            let lines = wrap(&self.text(&line[indent..]), self.room().saturating_sub(indent).max(1), 0);
            lines.iter().map(|line| format!("{blanks}{line}").trim_end().to_owned() + "\n").collect::<String>()
        };
        text.lines().map(broken).collect()
    }

    /// A text as it can be shown, wherever it came from: on one line, in the characters that there are.
    pub fn text(self, text: &str) -> String {
        let text = one_line(text);
        if self.ascii { ascii(&text) } else { text }
    }

    /// A heading, in as many lines as it takes.
    pub fn heading(self, text: &str) -> String {
        self.paragraph(text, 0).lines().map(|line| self.bold(line) + "\n").collect()
    }

    /// What stands out.
    pub fn bold(self, text: &str) -> String {
        console::style(text).bold().force_styling(self.colour).to_string()
    }

    /// Black on white, whatever the terminal's own colours are, if it has any.
    pub fn black_on_white(self, text: &str) -> String {
        let styled = console::style(text).color256(16).on_color256(231);
        styled.force_styling(self.colour).to_string()
    }

    /// What went wrong.
    pub fn red(self, text: &str) -> String {
        console::style(text).red().force_styling(self.colour).to_string()
    }

    /// Sentences of which others may look for a part: one line, which ends between words where a terminal is narrower.
    pub fn message(self, text: &str) -> String {
        if self.width.is_some() { self.paragraph(text, INDENT) } else { self.text(text) + "\n" }
    }

    /// Sentences, each line with its end; all lines but the first begin with so many blanks.
    pub fn paragraph(self, text: &str, indent: usize) -> String {
        let width = self.width.map_or(PROSE_MAX, |width| width.min(PROSE_MAX));
        wrap(&self.text(text), width, indent).join("\n") + "\n"
    }
}

/// Whether a terminal does more than to put one line below the other.
fn redraws<V: Fn(&str) -> Option<String>>(surroundings: &Surroundings<V>) -> bool {
    surroundings.is_terminal && (surroundings.variable)("TERM").is_none_or(|term| term != "dumb")
}

impl Surroundings<fn(&str) -> Option<String>> {
    fn look(is_terminal: bool, terminal: &console::Term) -> Self {
        let columns = terminal.size_checked().map(|(_, columns)| usize::from(columns));
        Self { is_terminal, columns, variable: |name| std::env::var(name).ok() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn style(wide: bool, is_terminal: bool, columns: Option<usize>, variables: &[(&str, &str)]) -> Style {
        let variable =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        Style::of(wide, &Surroundings { is_terminal, columns, variable })
    }

    #[test]
    fn lines_are_as_wide_as_the_terminal() {
        let check = |is_terminal, columns, variables: &[(&str, &str)], expected| {
            assert_eq!(style(false, is_terminal, columns, variables).width, expected, "{columns:?} {variables:?}");
            assert_eq!(style(true, is_terminal, columns, variables).width, None);
        };
        check(true, Some(132), &[], Some(132));
        check(true, Some(0), &[], Some(80));
        check(true, None, &[], Some(80));
        check(true, Some(12), &[], Some(40));
        check(false, None, &[], None);
        check(true, Some(132), &[("COLUMNS", "60")], Some(60));
        check(false, None, &[("COLUMNS", "60")], Some(60));
        check(true, Some(132), &[("COLUMNS", "0")], Some(132));
        check(true, Some(132), &[("COLUMNS", "wide")], Some(132));
    }

    #[test]
    fn colours_are_for_terminals_that_have_them() {
        let check = |is_terminal, variables: &[(&str, &str)], expected| {
            assert_eq!(style(false, is_terminal, Some(80), variables).colour, expected, "{variables:?}");
        };
        check(true, &[], true);
        check(true, &[("TERM", "xterm-256color"), ("NO_COLOR", "")], true);
        check(true, &[("NO_COLOR", "1")], false);
        check(true, &[("TERM", "dumb")], false);
        check(false, &[("TERM", "xterm")], false);
    }

    #[test]
    fn lines_without_room_become_several() {
        let style = Style { width: Some(40), colour: false, ascii: false };
        let text =
            "error: unexpected argument '--no-such-option' found\n\n  tip: to pass it as a value, use '-- --no-such'\n";
        let expected = "error: unexpected argument\n'--no-such-option' found\n\n  tip: to pass it as a value, use '--\n  \
                        --no-such'\n";
        assert_eq!(style.lines(text), expected);
        assert_eq!(
            [style.room(), Style { width: None, ..style }.room(), Style { width: Some(300), ..style }.room()],
            [40, 80, 100]
        );
    }

    #[test]
    fn without_colours_there_is_nothing_but_the_text() {
        let plain = Style { width: None, colour: false, ascii: false };
        assert_eq!((plain.bold("a"), plain.red("b")), ("a".to_owned(), "b".to_owned()));
        let coloured = Style { colour: true, ..plain };
        assert!(coloured.bold("a").starts_with("\x1b[1m"));
    }
}
