//! What becomes of a report whose own file cannot be written any more: the disk is full, or gone.

use std::io;
use std::path::{Path, PathBuf};

use parlab_shared::export::Format;
use parlab_shared::report::Report;

use super::write;

/// Writes reports as JSON into a new file of the first folder that takes it, and says where.
///
/// # Errors
/// No folder takes it: why the last one does not.
pub fn rescue(reports: &[Report]) -> io::Result<PathBuf> {
    let folders = [Some(std::env::temp_dir()), std::env::home_dir(), std::env::current_dir().ok()];
    let none = Err(io::Error::other("no folder is known"));
    folders.into_iter().flatten().fold(none, |found, folder| found.or_else(|_| write_into(&folder, reports)))
}

fn write_into(folder: &Path, reports: &[Report]) -> io::Result<PathBuf> {
    let mut file = tempfile::Builder::new().prefix("parlab-report-").suffix(".json").tempfile_in(folder)?;
    write(Format::Json, reports, file.as_file_mut())?;
    let (_, path) = file.keep()?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use parlab_shared::report::fixture::samples::samples;
    use parlab_shared::report::load;

    use super::*;

    #[test]
    fn what_is_rescued_is_the_report() {
        let folder = tempfile::tempdir().expect("a folder");
        let sample = samples().into_iter().next().expect("there are some");
        let path = write_into(folder.path(), &sample.reports).expect("there is room");
        let read = load(&std::fs::read(&path).expect("a file")).expect("a report");
        assert_eq!(read.len(), sample.reports.len());
        assert!(write_into(&folder.path().join("nowhere"), &sample.reports).is_err());
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1);
    }
}
