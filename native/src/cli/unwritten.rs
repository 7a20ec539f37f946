//! What to do about a file or folder that cannot be made or written.

use std::io::{self, ErrorKind};
use std::path::Path;

use anyhow::anyhow;

/// Says what `cannot be written to` a path, why, and what to do.
pub fn unwritten(what: &str, path: &Path, error: anyhow::Error) -> anyhow::Error {
    let said = format!("{what} cannot be written to {}", path.display());
    match error.downcast_ref::<io::Error>() {
        Some(io_error) => {
            let reason = io_error.to_string();
            // Nobody named the file that was to take this one's place.
            let reason = reason.split_once(" at path ").map_or(&*reason, |(reason, _)| reason);
            anyhow!("{said}: {reason}; {}", remedy(io_error.kind(), path))
        }
        // Its reason says what to do.
        None => error.context(said),
    }
}

/// What to do where a path cannot be made or written.
pub fn remedy(kind: ErrorKind, path: &Path) -> String {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    match (kind, folder) {
        (ErrorKind::NotFound, Some(folder)) if !folder.exists() => {
            format!("make the folder {} first, or name another place", folder.display())
        }
        (ErrorKind::IsADirectory, _) => "it is a folder: name a file in it".to_owned(),
        (ErrorKind::NotADirectory, _) => "what it lies in is no folder: name another place".to_owned(),
        (ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem, _) => {
            "name a place where you may write".to_owned()
        }
        (ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge, _) => {
            "make room there, or name another place".to_owned()
        }
        _ => "name another place".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_has_a_remedy() {
        let check = |kind: ErrorKind, path: &str, expected: &str| {
            let path = Path::new(path);
            let said = unwritten("the report", path, io::Error::from(kind).into()).to_string();
            assert!(said.starts_with(&format!("the report cannot be written to {}: ", path.display())), "{said}");
            assert!(said.ends_with(&format!("; {expected}")), "{said}");
        };
        check(ErrorKind::NotFound, "no-such/a/r.json", "make the folder no-such/a first, or name another place");
        check(ErrorKind::NotFound, "r.json", "name another place");
        check(ErrorKind::IsADirectory, "r", "it is a folder: name a file in it");
        check(ErrorKind::StorageFull, "r", "make room there, or name another place");
        let said = format!("{:#}", unwritten("it", Path::new("r"), anyhow!("somebody writes it; wait")));
        assert_eq!(said, "it cannot be written to r: somebody writes it; wait");
    }
}
