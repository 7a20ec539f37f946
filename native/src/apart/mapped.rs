//! A board in a file that two processes have in their memory.

use std::fs::File;
use std::path::Path;
use std::slice;
use std::sync::atomic::AtomicU32;

use anyhow::Context;
use memmap2::MmapRaw;
use parlab_shared::measure::Board;
use tempfile::TempPath;

/// The memory.
#[derive(Debug)]
struct Mapped(MmapRaw);

impl AsRef<[AtomicU32]> for Mapped {
    fn as_ref(&self) -> &[AtomicU32] {
        // SAFETY: The mapping begins at a page, is as long as this says, can be written, and lives as long as `self`. Whoever
        // else has it mapped is another process of this program, which goes by the same atomic words. All bits are values.
        #[expect(unsafe_code, reason = "what another process maps, too, is given as bytes")]
        unsafe {
            slice::from_raw_parts(self.0.as_ptr().cast(), self.0.len() / size_of::<AtomicU32>())
        }
    }
}

/// A board in a new file of `folder`; when the path is dropped, the file is removed.
///
/// # Errors
/// The file cannot be made or mapped.
pub fn create(folder: &Path, tasks: u32, side: u32) -> anyhow::Result<(Board, TempPath)> {
    let make = || {
        let file = tempfile::Builder::new().prefix("board-").tempfile_in(folder)?;
        file.as_file().set_len((Board::words(tasks, side) * size_of::<AtomicU32>()) as u64)?;
        let memory = Mapped(MmapRaw::map_raw(file.as_file())?);
        std::io::Result::Ok((Board::new_in(memory, tasks, side), file.into_temp_path()))
    };
    make().with_context(|| format!("cannot create a file in {}", folder.display()))
}

/// The board in a file that another process made.
///
/// # Errors
/// The file cannot be mapped, or holds no board.
pub fn open(path: &Path) -> anyhow::Result<Board> {
    let map = || MmapRaw::map_raw(&File::options().read(true).write(true).open(path)?);
    let memory = map().with_context(|| format!("cannot open {}", path.display()))?;
    Board::found_in(Mapped(memory)).with_context(|| format!("{} is no board", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_process_notes_another_sees() {
        let folder = tempfile::tempdir().expect("a folder");
        let (board, path) = create(folder.path(), 3, 0).expect("a board");
        let same = open(&path).expect("the same");
        same.start(1, 0, 0.0, 5.0);
        board.cancel();
        assert!(same.cancelled());
        assert_eq!((board.begun_before(6.0).len(), board.snapshot()), (1, same.snapshot()));
        std::fs::write(folder.path().join("x"), [1; 100]).expect("written");
        assert!(open(&folder.path().join("x")).is_err());
    }
}
