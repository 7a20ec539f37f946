//! Tables as GitHub writes them, for a README or an issue.
//!
//! The dialect: <https://github.github.com/gfm/#tables-extension->.

use std::fmt::{Display, Write};

use super::tables::{self, Table};
use crate::report::{Report, names};
use crate::text::shown;

/// Environment, warnings and tables of each report, then the comparisons with the first.
pub(super) fn markdown(reports: &[Report]) -> String {
    let mut text = String::new();
    let names = names(reports);
    for (report, name) in reports.iter().zip(&names) {
        of_report(&mut text, report, name);
    }
    if let [first, others @ ..] = reports {
        for (other, name) in others.iter().zip(&names[1..]) {
            table(&mut text, 2, &tables::comparison(first, other, [&names[0], name]));
        }
    }
    text
}

fn of_report(text: &mut String, report: &Report, name: &str) {
    put(text, format_args!("## {}: {}\n\n", Escaped(&tables::title(report)), Escaped(name)));
    let facts: Vec<String> =
        tables::facts(report).iter().map(|(name, value)| format!("{name}: {}", Escaped(value))).collect();
    put(text, format_args!("{}\n\n", facts.join(" · ")));
    for warning in &report.warnings {
        put(text, format_args!("- warning: {}\n", Escaped(&warning.to_string())));
    }
    if !report.warnings.is_empty() {
        text.push('\n');
    }
    let parts = report.by_experiment();
    for part in &parts {
        if parts.len() > 1 {
            put(text, format_args!("### {}\n\n", Escaped(&tables::title(part))));
        }
        if let Some(parameters) = tables::parameters(part) {
            put(text, format_args!("{}\n\n", Escaped(&parameters)));
        }
        for of_part in tables::of_report(part) {
            table(text, 3 + usize::from(parts.len() > 1), &of_part);
        }
    }
}

fn table(text: &mut String, level: usize, table: &Table) {
    put(text, format_args!("{} {}\n\n", "#".repeat(level), Escaped(&table.title)));
    if !table.lines.is_empty() {
        line(text, table.columns.iter().map(|column| Escaped(&column.name)));
        line(text, table.columns.iter().map(|column| if column.number { "--:" } else { "---" }));
        for cells in &table.lines {
            line(text, cells.iter().map(|cell| Escaped(cell)));
        }
        text.push('\n');
    }
    if let Some(note) = &table.note {
        put(text, format_args!("{}\n\n", Escaped(note)));
    }
}

fn line<T: Display>(text: &mut String, cells: impl Iterator<Item = T>) {
    for cell in cells {
        put(text, format_args!("| {cell} "));
    }
    text.push_str("|\n");
}

fn put(text: &mut String, what: std::fmt::Arguments<'_>) {
    text.write_fmt(what).expect("a String takes all that is written to it");
}

/// Text that Markdown shows as it is, on one line.
struct Escaped<'a>(&'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for character in self.0.chars() {
            match character {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                // Names nobody and refers to nothing.
                '@' => f.write_str("&#64;")?,
                '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' | '!' => write!(f, "\\{character}")?,
                other => f.write_char(shown(other))?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::export::fixture::reports;

    #[test]
    fn text_is_shown_as_it_is() {
        fn check(text: &str, expected: &str) {
            assert_eq!(Escaped(text).to_string(), expected);
        }
        check("threads × 4", "threads × 4");
        check("a|b\nc", "a\\|b c");
        check("<script>", "&lt;script&gt;");
        check("[x](http://y) `z` @you #1", "\\[x\\](http://y) \\`z\\` &#64;you \\#1");
    }

    proptest! {
        #[test]
        fn every_line_of_a_table_has_as_many_cells(reports in reports()) {
            let text = markdown(&reports);
            prop_assert!(!text.contains("<script"));
            let mut columns = None;
            for line in text.lines() {
                if !line.starts_with("| ") {
                    columns = None;
                    continue;
                }
                let cells = line.replace("\\\\", "").replace("\\|", "").matches('|').count();
                prop_assert_eq!(cells, *columns.get_or_insert(cells), "{}", line);
            }
        }
    }
}
