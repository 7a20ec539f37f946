//! Tables as GitHub writes them, for a README or an issue.
//!
//! The dialect: <https://github.github.com/gfm/#tables-extension->.

use std::fmt::{Display, Write};

use crate::analysis::{Analysis, PairAnalysis, compare, names, together, twins};
use crate::report::Report;
use crate::say::{self, Doubt, Line, Table, View};
use crate::text::shown;

/// Environment, warnings and tables of each report or pair, then the comparisons with the first.
pub(super) fn markdown(reports: &[Report]) -> String {
    let mut text = String::new();
    let names = names(reports);
    let mut files: Vec<(usize, &[Report])> = Vec::new();
    for file in together(reports) {
        let first = files.last().map_or(0, |(first, file)| first + file.len());
        match file {
            [report] => put_report(&mut text, report, &names[first]),
            parts => put_pair(&mut text, &PairAnalysis::of(parts)),
        }
        files.push((first, file));
    }
    if let [(_, baseline), candidates @ ..] = &files[..] {
        for (first, candidate) in candidates {
            for [of_baseline, of_candidate] in twins(baseline, candidate) {
                let comparison = compare(&baseline[of_baseline], &candidate[of_candidate]);
                let names = [&names[of_baseline], &names[first + of_candidate]].map(String::as_str);
                put_table(&mut text, 2, &say::comparison(&comparison, names));
            }
        }
    }
    text
}

/// What all platforms of a pair say.
fn put_pair(text: &mut String, pair: &PairAnalysis<'_>) {
    put(text, format_args!("## {}\n\n", Escaped(&say::pair_title(pair))));
    put_table(text, 3, &say::pair_facts(pair));
    put_doubts(text, &say::doubts(pair.reports, &pair.names));
    for stage in &pair.stages {
        put(text, format_args!("### {}\n\n", Escaped(stage.name())));
        let parameters = stage.known().and_then(say::parameters);
        let found = say::pair_statements(pair, stage).into_iter().map(|said| said.text);
        for said in found.chain(parameters) {
            put(text, format_args!("{}\n\n", Escaped(&said)));
        }
        for table in say::pair_tables(pair, stage, View::Markdown) {
            put_table(text, 4, &table);
        }
    }
    for table in say::pair_summary(pair) {
        put_table(text, 3, &table);
    }
}

/// What gives cause for doubt, a list item each, and below it the rows that it is about.
fn put_doubts(text: &mut String, doubts: &[Doubt]) {
    for doubt in doubts {
        put(text, format_args!("- warning: {}\n", Escaped(&doubt.text)));
        doubt.rows.iter().for_each(|row| put(text, format_args!("  - {}\n", Escaped(row))));
    }
    if !doubts.is_empty() {
        text.push('\n');
    }
}

fn put_report(text: &mut String, report: &Report, name: &str) {
    put(text, format_args!("## {}: {}\n\n", Escaped(&say::title(report)), Escaped(name)));
    let facts: Vec<String> =
        say::facts(report).iter().map(|(name, value)| format!("{name}: {}", Escaped(value))).collect();
    put(text, format_args!("{}\n\n", facts.join(" · ")));
    put_doubts(text, &say::doubts(std::slice::from_ref(report), &[]));
    let parts = Analysis::parts(report);
    for part in &parts {
        if parts.len() > 1 {
            put(text, format_args!("### {}\n\n", Escaped(part.name())));
        }
        if let Some(parameters) = say::parameters(part) {
            put(text, format_args!("{}\n\n", Escaped(&parameters)));
        }
        for said in say::statements(part) {
            put(text, format_args!("{}\n\n", Escaped(&said.text)));
        }
        for table in say::tables(part, View::Markdown) {
            put_table(text, 3 + usize::from(parts.len() > 1), &table);
        }
    }
}

/// A table; these have no headings above headings, so that groups stand below each other.
fn put_table(text: &mut String, level: usize, table: &Table) {
    let table = &table.stacked(say::PARTS);
    put(text, format_args!("{} {}\n\n", "#".repeat(level), Escaped(&table.title)));
    if !table.lines.is_empty() {
        line(text, table.columns.iter().map(|column| Escaped(&column.heading()).to_string()));
        line(text, table.columns.iter().map(|column| if column.unit.is_number() { "--:" } else { "---" }));
        for of_table in &table.lines {
            match of_table {
                Line::Cells { cells, .. } => {
                    let cells = cells.iter().zip(&table.columns).map(|(cell, column)| cell.shown(column.unit));
                    line(text, cells.map(|cell| Escaped(&cell).to_string()));
                }
                Line::LeftOut { label, reason } => {
                    let why = format!("left out: {reason}");
                    let cells = [label, &why].into_iter().map(|cell| Escaped(cell).to_string());
                    line(text, cells.chain(std::iter::repeat_n(String::new(), table.columns.len().saturating_sub(2))));
                }
            }
        }
        text.push('\n');
    }
    for note in &table.notes {
        put(text, format_args!("- {}\n", Escaped(&note.text)));
    }
    if !table.notes.is_empty() {
        text.push('\n');
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
