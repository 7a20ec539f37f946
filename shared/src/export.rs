//! Exports: reports as text for other programs and for readers.
//!
//! [`Format::render`] is the one door: command line and page write the same bytes.

mod csv;
mod html;
mod markdown;
mod trace;

use crate::named::named;
use crate::report::{Report, ReportFile, files};

/// What reports can be written as. All of it is UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// The reports themselves, each on a line of its own, and pairs: what `report::load` reads of each line.
    Json,
    /// CSV (RFC 4180) with a header and a line per task of every run, warm-up runs included.
    CsvTasks,
    /// CSV (RFC 4180) with a header and a line per run; it begins with the columns with which the table of tasks begins, and
    /// `report` and `run` tell which lines belong together.
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
            Format::Json => files(reports).iter().map(ReportFile::to_json).collect(),
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
    use crate::golden;
    use crate::report::fixture::samples::{Sample, samples};

    /// The samples whose tables for programs are kept: those with columns or values that the others do not have.
    const TABLES_OF: [&str; 7] =
        ["breakdown", "dictionary", "failures", "cancelled", "browser", "python", "pair-failures"];

    #[test]
    fn exports_of_the_samples_are_the_golden_files() {
        let texts = samples().into_iter().flat_map(|Sample { name, reports }| {
            let tables = TABLES_OF.contains(&name).then(|| {
                [(Format::CsvTasks, "tasks.csv"), (Format::CsvRuns, "runs.csv")]
                    .map(|(format, ending)| (format!("{name}.{ending}"), format.render(&reports)))
            });
            let markdown = (format!("{name}.md"), Format::Markdown.render(&reports));
            let html = (format!("{name}.html"), words(&Format::Html.render(&reports)));
            [markdown, html].into_iter().chain(tables.into_iter().flatten())
        });
        golden::check(texts);
    }

    /// A page without its looks: of the style nothing, of each chart its title and its description.
    fn words(page: &str) -> String {
        let (head, rest) = page.split_once("<style>").expect("a page has a style");
        let (_, body) = rest.split_once("</style>").expect("it ends");
        let mut charts = body.split("<svg");
        let begin = format!("{head}{}", charts.next().unwrap_or_default());
        charts.fold(begin, |done, chart| {
            let (svg, after) = chart.split_once("</svg>").expect("a chart ends");
            let texts = ["<title", "<desc"].map(|tag| {
                let text = svg.split_once(tag).and_then(|(_, rest)| Some(rest.split_once('>')?.1.split_once("</")?.0));
                text.expect("every chart has a title and a description")
            });
            format!("{done}<svg>{}</svg>{after}", texts.join(" | "))
        })
    }

    #[test]
    fn every_golden_file_is_of_a_sample() {
        let samples = samples();
        let known: Vec<&str> =
            samples.iter().map(|sample| sample.name).chain(["warnings", "chart", "refused", "target"]).collect();
        for entry in golden::folder().read_dir().expect("the golden files") {
            let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
            let (sample, _) = name.split_once('.').expect("a sample and an ending");
            assert!(known.contains(&sample), "{name} is of no sample");
        }
    }

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
