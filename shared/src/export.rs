//! Exports: reports as text for other programs and for readers.
//!
//! [`Format::render`] is the one door: command line and page write the same bytes.

mod csv;
mod html;
mod markdown;
mod trace;

use crate::named::named;
use crate::report::Report;

/// What reports can be written as. All of it is UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// The reports themselves, each on a line of its own: of one report, what `Report::from_json` reads.
    Json,
    /// CSV (RFC 4180) with a header and a line per task of every run, warm-up runs included.
    CsvTasks,
    /// CSV (RFC 4180) with a header and a line per run; `report` and `run` are what it shares with the table of tasks.
    CsvRuns,
    /// What is said of rows, as GitHub's tables.
    Markdown,
    /// Chrome's trace events, which Perfetto and the Firefox Profiler open: platforms as processes, workers as threads.
    Trace,
    /// One page that needs nothing else: tables and charts, for screen and paper.
    Html,
}
named!(Format "format":
    Json = "json", CsvTasks = "csv-tasks", CsvRuns = "csv-runs", Markdown = "markdown", Trace = "trace", Html = "html",
);

impl Format {
    /// What a file's name ends with, without the first dot.
    pub fn extension(self) -> &'static str {
        match self {
            Format::Json => "json",
            Format::CsvTasks => "csv",
            Format::CsvRuns => "runs.csv",
            Format::Markdown => "md",
            Format::Trace => "trace.json",
            Format::Html => "html",
        }
    }

    /// Its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Format::Json | Format::Trace => "application/json",
            Format::CsvTasks | Format::CsvRuns => "text/csv;charset=utf-8;header=present",
            Format::Markdown => "text/markdown;charset=utf-8",
            Format::Html => "text/html;charset=utf-8",
        }
    }

    /// What it is, in a few words.
    pub fn about(self) -> &'static str {
        match self {
            Format::Json => "the report (JSON)",
            Format::CsvTasks => "a line per task (CSV)",
            Format::CsvRuns => "a line per run (CSV)",
            Format::Markdown => "tables (Markdown)",
            Format::Trace => "a trace for Perfetto (JSON)",
            Format::Html => "a page to keep or print (HTML)",
        }
    }

    /// Reports in this format.
    pub fn render(self, reports: &[Report]) -> String {
        match self {
            Format::Json => reports.iter().map(Report::to_json).collect(),
            Format::CsvTasks => csv::tasks(reports),
            Format::CsvRuns => csv::runs(reports),
            Format::Markdown => markdown::markdown(reports),
            Format::Trace => trace::trace(reports),
            Format::Html => html::html(reports),
        }
    }
}

#[cfg(test)]
mod fixture;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn json_comes_back_as_it_was(reports in fixture::reports()) {
            for report in reports {
                let text = Format::Json.render(std::slice::from_ref(&report));
                prop_assert_eq!(Report::from_json(&text).map_err(|error| error.to_string()), Ok(report));
            }
        }
    }
}
