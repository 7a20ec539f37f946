//! What is read: a file, or standard input where `-` stands for it, up to a limit.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use parlab_shared::number::Bytes;

/// What it is called in messages.
pub fn name(path: &Path) -> String {
    if is_standard(path) { "standard input".to_owned() } else { path.display().to_string() }
}

/// All that is there, to its end.
///
/// # Errors
/// It cannot be read, or there is more of it than so many bytes; what is said follows on its name.
pub fn read(path: &Path, bytes_max: u64) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    // What is no regular file may have no end.
    let mut take = |from: &mut dyn Read| from.take(bytes_max + 1).read_to_end(&mut bytes);
    let read =
        if is_standard(path) { take(&mut io::stdin()) } else { File::open(path).and_then(|mut file| take(&mut file)) };
    match read {
        Err(error) => Err(format!("cannot be read: {error}")),
        Ok(_) if bytes.len() as u64 > bytes_max => {
            Err(format!("has more than {}, which is too much", Bytes(bytes_max)))
        }
        Ok(_) => Ok(bytes),
    }
}

fn is_standard(path: &Path) -> bool {
    path.as_os_str() == "-"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_longer_than_its_limit_is_refused_and_not_cut() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("list");
        std::fs::write(&path, "12345").expect("written");
        assert_eq!(read(&path, 5).expect("five bytes"), b"12345");
        assert_eq!(read(&path, 4), Err("has more than 4 B, which is too much".to_owned()));
        // It has no end.
        #[cfg(unix)]
        assert_eq!(read(Path::new("/dev/zero"), 1000), Err("has more than 1 kB, which is too much".to_owned()));
        let error = read(&folder.path().join("nothing"), 5).expect_err("nothing is there");
        assert!(error.starts_with("cannot be read: "), "{error}");
    }
}
