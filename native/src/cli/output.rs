//! Where reports are written to: files, pipes, standard output.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, bail};
use clap::Args;
use parlab_shared::export::Format;
use parlab_shared::report::Report;
use parlab_shared::run::Run;

/// A report that grew is written again after this many seconds, so that little is lost if the process ends.
const SAVE_AFTER_SECS: u64 = 2;

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
pub struct Outputs {
    outputs: Vec<Output>,
    /// What was measured so far.
    runs: Vec<Run>,
    /// When it was last written.
    saved: Instant,
}

/// One format and where it goes.
struct Output {
    format: Format,
    to: Destination,
}

enum Destination {
    /// Standard output, which then takes nothing else.
    Stdout,
    /// A file that is replaced as a whole, so that it always holds a whole text.
    File {
        path: PathBuf,
        /// It was not there before.
        new: bool,
    },
    /// Something that cannot be replaced, such as a pipe: written once, at the end.
    Stream { file: fs::File, name: PathBuf },
}

impl Outputs {
    /// Makes sure, before anything is measured, that all can be written.
    ///
    /// # Errors
    /// Which one cannot, and why; then no new file is left behind.
    pub fn open(args: &OutputArgs) -> anyhow::Result<Self> {
        let mut outputs = Self { outputs: Vec::new(), runs: Vec::new(), saved: Instant::now() };
        for (format, path) in args.named() {
            if let Err(error) = outputs.add(format, path) {
                outputs.withdraw();
                return Err(error);
            }
        }
        Ok(outputs)
    }

    fn add(&mut self, format: Format, path: &Path) -> anyhow::Result<()> {
        let to = Destination::open(path)?;
        let is_file = matches!(to, Destination::File { .. });
        let twice = self.outputs.iter().find(|output| output.to.is_same(&to)).map(|output| output.format);
        // First taken in, so that it is taken back if something is wrong.
        self.outputs.push(Output { format, to });
        if let Some(other) = twice {
            let (path, other, format) = (path.display(), option(other), option(format));
            bail!("{other} and {format} cannot both be written to {path}; give each a file of its own");
        }
        if format == Format::CsvTasks && is_file {
            self.add(Format::CsvRuns, &runs_path(path))?;
        }
        Ok(())
    }

    /// Removes the files that are still empty because nothing came of it.
    fn withdraw(&self) {
        for output in &self.outputs {
            if let Destination::File { path, new: true } = &output.to {
                // What cannot be removed is an empty file; why all this ends is said elsewhere.
                _ = fs::remove_file(path);
            }
        }
    }

    /// Whether anything is written.
    pub fn is_empty(&self) -> bool {
        self.outputs.is_empty()
    }

    /// Whether standard output is taken.
    pub fn to_stdout(&self) -> bool {
        self.outputs.iter().any(|output| matches!(output.to, Destination::Stdout))
    }

    /// Keeps a run, and writes the report if that was some time ago. Called between runs, outside of any measurement.
    ///
    /// # Errors
    /// The report cannot be written.
    pub fn save_soon(&mut self, report: &Report, run: &Run) -> anyhow::Result<()> {
        let is_report =
            |output: &&mut Output| output.format == Format::Json && matches!(output.to, Destination::File { .. });
        let Some(output) = self.outputs.iter_mut().find(is_report) else { return Ok(()) };
        self.runs.push(run.clone());
        if self.saved.elapsed().as_secs() < SAVE_AFTER_SECS {
            return Ok(());
        }
        self.saved = Instant::now();
        // What is saved now would be all there is if the process ended: a plan stopped before its end.
        let so_far = Report { runs: self.runs.clone(), cancelled: true, ..report.clone() };
        output.write(&[so_far])
    }

    /// Writes every report in the format that each output asks for.
    ///
    /// # Errors
    /// The first that could not be written; the others are.
    pub fn save(&mut self, reports: &[Report]) -> anyhow::Result<()> {
        let written = self.outputs.iter_mut().map(|output| output.write(reports));
        written.fold(Ok(()), anyhow::Result::and)
    }
}

impl Output {
    fn write(&mut self, reports: &[Report]) -> anyhow::Result<()> {
        let text = self.format.render(reports);
        let refused = |path: &Path| format!("{} cannot be written to {}", self.format.about(), path.display());
        match &mut self.to {
            Destination::Stdout => Ok(std::io::stdout().lock().write_all(text.as_bytes())?),
            Destination::Stream { file, name } => file.write_all(text.as_bytes()).with_context(|| refused(name)),
            Destination::File { path, .. } => replace(path, &text).with_context(|| refused(path)),
        }
    }
}

impl Destination {
    fn open(path: &Path) -> anyhow::Result<Self> {
        if path == Path::new("-") {
            return Ok(Self::Stdout);
        }
        let refused = || format!("the report cannot be written to {}", path.display());
        let new = !path.exists();
        let file = fs::OpenOptions::new().append(true).create(true).open(path).with_context(refused)?;
        if !file.metadata().with_context(refused)?.is_file() {
            return Ok(Self::Stream { file, name: path.to_owned() });
        }
        // A link stays a link: what it leads to is replaced.
        let path = fs::canonicalize(path).with_context(refused)?;
        let partial = partial(&path);
        fs::write(&partial, "").and_then(|()| fs::remove_file(&partial)).with_context(refused)?;
        Ok(Self::File { path, new })
    }

    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Stdout, Self::Stdout) => true,
            (Self::File { path, .. }, Self::File { path: other, .. }) => path == other,
            (Self::Stream { name, .. }, Self::Stream { name: other, .. }) => name == other,
            _ => false,
        }
    }
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

/// Puts a text in place of a file, as a whole.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let partial = partial(path);
    let replaced = fs::write(&partial, text).and_then(|()| fs::rename(&partial, path));
    if replaced.is_err() {
        // Half a text helps nobody, and why it is one is the error that is returned.
        _ = fs::remove_file(&partial);
    }
    replaced
}

/// Where a text is written before it replaces the last one: in the same folder, under a short name.
fn partial(path: &Path) -> PathBuf {
    path.with_file_name(format!(".parlab-{}.partial", std::process::id()))
}

#[cfg(test)]
mod tests {
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
}
