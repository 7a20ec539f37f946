//! Where reports are written to: files, pipes, standard output.

mod destination;
mod file;
mod rescue;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::Args;
use parlab_shared::export::Format;
use parlab_shared::report::{Report, files};

use destination::{Destination, Place, Stream};
use file::OutputFile;
use rescue::rescue;

use super::unwritten::unwritten;

/// Files to write. Of all of them at most one can be `-`, standard output.
#[derive(Clone, Debug, Default, Args)]
pub struct OutputArgs {
    /// Write the report as JSON; - is standard output, and then nothing else is printed there
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write a CSV table with a line per task, and beside it, with -runs before the extension, one with a line per run;
    /// - and pipes take the tasks only
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Write the tables as Markdown
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
    /// Write Chrome trace events, for Perfetto or the Firefox Profiler
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    /// Write one self-contained HTML page with all tables and charts
    #[arg(short = 'o', long, visible_alias = "output", value_name = "FILE")]
    html: Option<PathBuf>,
}

impl OutputArgs {
    /// The report alone, as JSON.
    pub fn json(file: PathBuf) -> Self {
        Self { json: Some(file), ..Self::default() }
    }

    /// Whether a format is asked for.
    pub fn writes(&self, format: Format) -> bool {
        self.named().iter().any(|(named, _)| *named == format)
    }

    fn named(&self) -> Vec<(Format, &Path)> {
        let Self { json, csv, markdown, trace, html } = self;
        let all = [
            (Format::Json, json),
            (Format::CsvTasks, csv),
            (Format::Markdown, markdown),
            (Format::Trace, trace),
            (Format::Html, html),
        ];
        all.into_iter().filter_map(|(format, path)| Some((format, path.as_deref()?))).collect()
    }
}

/// Everything that is written.
#[derive(Debug, Default)]
pub struct Outputs {
    /// What is replaced as a whole, as often as one likes.
    pub files: Files,
    /// What is written once.
    pub streams: Streams,
}

/// Files, each with its format.
#[derive(Debug, Default)]
pub struct Files(Vec<(Format, OutputFile)>);

/// What only takes one text after another, such as pipes, each with its format.
#[derive(Debug, Default)]
pub struct Streams(Vec<(Format, Stream)>);

impl Outputs {
    /// Makes sure, before anything is measured, that all can be written, and by nobody else meanwhile.
    ///
    /// # Errors
    /// Which one cannot, and why; then no new file is left behind.
    pub fn open(args: &OutputArgs) -> anyhow::Result<Self> {
        let mut outputs = Self::default();
        let mut taken = Vec::new();
        for (format, path) in args.named() {
            outputs.open_one(&mut taken, format, path)?;
        }
        Ok(outputs)
    }

    fn open_one(&mut self, taken: &mut Vec<(Format, Place)>, format: Format, path: &Path) -> anyhow::Result<()> {
        let refused = |error| unwritten(format.about(), path, error);
        let place = Place::of(path).map_err(|error| refused(error.into()))?;
        if let Some((other, _)) = taken.iter().find(|(_, known)| *known == place) {
            let (path, other, format) = (path.display(), option(*other), option(format));
            bail!("{other} and {format} cannot both be written to {path}; give each a file of its own");
        }
        let opened = place.open(path).map_err(refused)?;
        taken.push((format, place));
        match opened {
            Destination::Stream(stream) => self.streams.0.push((format, stream)),
            Destination::File(file) => {
                self.files.0.push((format, file));
                if format == Format::CsvTasks {
                    self.open_one(taken, Format::CsvRuns, &runs_path(path))?;
                }
            }
        }
        Ok(())
    }

    /// Whether anything is written.
    pub fn is_empty(&self) -> bool {
        self.files.0.is_empty() && self.streams.0.is_empty()
    }
}

impl Files {
    /// Writes every report in the format that each file asks for, for the last time. Where the reports themselves cannot be
    /// written, they are put elsewhere, which the error says.
    ///
    /// # Errors
    /// The first that could not be written; the others are.
    pub fn save(&mut self, reports: &[Report]) -> anyhow::Result<()> {
        let saved = self.save_those(reports, |format, _| format != Format::Json);
        let kept = self.save_report(reports);
        let Err(error) = kept else { return saved };
        if reports.iter().all(|report| report.runs.is_empty()) {
            return Err(error);
        }
        match rescue(reports) {
            Ok(path) => bail!("{error:#}; what was measured is in {} instead", path.display()),
            Err(other) => bail!("{error:#}; nor can what was measured be written elsewhere: {other}"),
        }
    }

    /// Writes what was not there before, and for now: whatever is not saved as a whole later is removed again.
    ///
    /// # Errors
    /// The first that could not be written; the others are.
    pub fn save_new(&mut self, reports: &[Report]) -> anyhow::Result<()> {
        let are_new: Vec<bool> = self.0.iter().map(|(_, file)| file.is_new()).collect();
        let saved = self.save_those(reports, |_, file| file.is_new());
        let new = self.0.iter_mut().zip(are_new).filter(|(_, is_new)| *is_new);
        new.for_each(|((_, file), _)| file.keep_for_now());
        saved
    }

    /// Their names.
    pub fn names(&self) -> Vec<String> {
        self.0.iter().map(|(_, file)| file.path().display().to_string()).collect()
    }

    /// Writes the reports themselves only: all else can be derived from them.
    ///
    /// # Errors
    /// They cannot be written.
    pub fn save_report(&mut self, reports: &[Report]) -> anyhow::Result<()> {
        self.save_those(reports, |format, _| format == Format::Json)
    }

    fn save_those(&mut self, reports: &[Report], which: impl Fn(Format, &OutputFile) -> bool) -> anyhow::Result<()> {
        let those = self.0.iter_mut().filter(|(format, file)| which(*format, file));
        let saved = those.map(|(format, file)| {
            let written = file.replace(|to| write(*format, reports, to));
            written.map_err(|error| unwritten(format.about(), file.path(), error))
        });
        saved.fold(Ok(()), anyhow::Result::and)
    }
}

impl Streams {
    /// Whether standard output is taken.
    pub fn take_stdout(&self) -> bool {
        self.0.iter().any(|(_, stream)| stream.is_stdout())
    }

    /// Writes all. That nobody reads one to its end is no error.
    ///
    /// # Errors
    /// The first that could not be written; the others are.
    pub fn write(&mut self, reports: &[Report]) -> anyhow::Result<()> {
        let written = self.0.iter_mut().map(|(format, stream)| match write(*format, reports, stream) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(unwritten(format.about(), Path::new(stream.name()), error.into()))
            }
            _ => Ok(()),
        });
        written.fold(Ok(()), anyhow::Result::and)
    }
}

/// Writes reports in a format. They themselves are written piece by piece: their text can have a gigabyte.
fn write(format: Format, reports: &[Report], to: &mut impl Write) -> io::Result<()> {
    let mut to = io::BufWriter::with_capacity(1 << 20, to);
    if format == Format::Json {
        for file in files(reports) {
            serde_json::to_writer(&mut to, &file)?;
            to.write_all(b"\n")?;
        }
    } else {
        to.write_all(format.render(reports).as_bytes())?;
    }
    to.flush()
}

/// The option that asks for a format.
fn option(format: Format) -> &'static str {
    match format {
        Format::Json => "--json",
        Format::CsvTasks | Format::CsvRuns => "--csv",
        Format::Markdown => "--markdown",
        Format::Trace => "--trace",
        Format::Html => "--html",
    }
}

/// Where the table of runs goes: beside the table of tasks, `results-runs.csv` beside `results.csv`.
fn runs_path(path: &Path) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push("-runs");
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use parlab_shared::report::fixture::samples::samples;

    use super::*;

    #[test]
    fn the_table_of_runs_lies_beside_that_of_tasks() {
        fn check(path: &str, expected: &str) {
            assert_eq!(runs_path(Path::new(path)), Path::new(expected));
        }
        check("results.csv", "results-runs.csv");
        check("a.b/results.2.csv", "a.b/results.2-runs.csv");
        check("/tmp/results", "/tmp/results-runs");
        check(".csv", ".csv-runs");
    }

    #[test]
    fn what_is_written_piece_by_piece_is_what_formats_say() {
        for sample in samples() {
            let mut written = Vec::new();
            write(Format::Json, &sample.reports, &mut written).expect("memory takes it");
            assert_eq!(String::from_utf8(written).expect("UTF-8"), Format::Json.render(&sample.reports));
        }
    }
}
