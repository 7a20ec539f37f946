//! `parlab report`: writes reports that were saved as a page, as tables, as a trace.

use std::path::{Path, PathBuf};

use anyhow::{anyhow, bail};
use parlab_shared::export::Format;
use parlab_shared::report::{Report, decode, each, load_json};

use super::output::{OutputArgs, Outputs};
use super::{ExitStatus, input};

/// A file larger than this is no report that anyone wants to read: one takes about ten times its size in memory.
const BYTES_MAX: u64 = 500_000_000;

/// What to give where a file cannot be read.
const USE: &str = "give a file that `parlab run NAME --json FILE` or the page wrote, or - for standard input";

/// Reads reports and writes them in other formats.
pub fn report(paths: &[PathBuf], to: &OutputArgs) -> anyhow::Result<ExitStatus> {
    if paths.len() > 1 && to.writes(Format::Json) {
        bail!("--json takes one report at a time, and {} are named; the other formats take several", paths.len());
    }
    let reports = read(paths)?;
    // What is written may replace what was read.
    let mut outputs = Outputs::open(to)?;
    if outputs.is_empty() {
        bail!("nothing says where to write; use -o report.html, --csv, --markdown, --trace or --json with a file or -");
    }
    outputs.files.save(&reports)?;
    outputs.streams.write(&reports)?;
    Ok(ExitStatus::Clean)
}

/// Reads reports.
///
/// # Errors
/// Which file holds none, and why; or which two hold the same.
pub fn read(paths: &[PathBuf]) -> anyhow::Result<Vec<Report>> {
    Ok(read_each(paths)?.into_iter().flatten().flatten().collect())
}

/// The reports of each file: as many as it holds, one but for an array as a page exports its history; and of each of them one
/// report, or of a pair one for each part.
///
/// # Errors
/// Which file holds none, and why; or which two hold the same.
pub fn read_each(paths: &[PathBuf]) -> anyhow::Result<Vec<Vec<Vec<Report>>>> {
    let mut files: Vec<Vec<Vec<Report>>> = Vec::new();
    for path in paths {
        let mut of_path: Vec<Vec<Report>> = Vec::new();
        for reports in read_one(path)? {
            let is_known =
                |known: &Vec<Report>| known.iter().any(|known| reports.iter().any(|report| report.id == known.id));
            let before = files.iter().position(|file| file.iter().any(is_known));
            if let Some(same) = before.or_else(|| of_path.iter().any(is_known).then_some(files.len())) {
                let (first, second) = (paths[same].display(), path.display());
                let id =
                    reports.first().map_or("", |report| report.part.as_ref().map_or(&*report.id, |part| &part.pair));
                bail!("{first} and {second} are the same report (id {id:?}); name each once");
            }
            of_path.push(reports);
        }
        files.push(of_path);
    }
    Ok(files)
}

/// The reports of one file, which may be several; `-` is standard input.
fn read_one(path: &Path) -> anyhow::Result<Vec<Vec<Report>>> {
    let read = input::read(path, BYTES_MAX).map_err(|reason| format!("{reason}; {USE}"));
    let reports = read.and_then(|bytes| {
        let text = decode(&bytes).map_err(|error| error.to_string())?;
        let files = each(&text).map_err(|error| error.to_string())?;
        if files.is_empty() {
            return Err("is an array without a report".to_owned());
        }
        let of_several =
            |place: usize| if files.len() > 1 { format!("has report {}, which ", place + 1) } else { String::new() };
        let load =
            |(place, json): (usize, &&str)| load_json(json).map_err(|error| of_several(place) + &error.to_string());
        files.iter().enumerate().map(load).collect::<Result<Vec<_>, String>>()
    });
    reports.map_err(|reason| anyhow!("{} {reason}", input::name(path)))
}
