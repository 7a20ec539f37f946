//! Files that tasks wrote, read back when the clock has stopped: what is reported of them is what is on the disk.

use std::collections::{BTreeMap, HashMap};

use crate::checksum::Body;
use crate::host::Host;
use crate::run::{Execution, RunSpec};
use crate::span::{Checksum, ErrorKind, Span, TaskError};
use crate::task::Work;
use crate::workload::write;

/// Reads every file of a run back, and takes bytes and checksums of its tasks from there. A task whose file is not there,
/// or holds something else than it wrote, has failed.
///
/// Of a file that several tasks overwrite, what the last of them wrote is there; if one of them failed, nobody knows what
/// that should be, and nothing is said of the others.
pub async fn read_back<H: Host>(run: &RunSpec, execution: &mut Execution, host: &H) {
    // Of a run that was stopped nothing counts, and whoever stopped it waits.
    if !run.row.workload.writes_files() || host.cancelled() {
        return;
    }
    let tasks = run.waves().next(&[]).unwrap_or_default();
    let mut files: BTreeMap<&str, Vec<(u32, &Work)>> = BTreeMap::new();
    for task in &tasks {
        if let Some(name) = task.work.file() {
            files.entry(name).or_default().push((task.id, &task.work));
        }
    }
    let mut spans: HashMap<u32, &mut Span> = execution.spans.iter_mut().map(|span| (span.task, span)).collect();
    for (name, writers) in files {
        let ended_well = |(task, _): &(u32, &Work)| spans.get(task).is_some_and(|span| span.error.is_none());
        let (Some((last, work)), true) = (writers.last(), writers.iter().all(ended_well)) else { continue };
        let written = spans.get(last).map(|span| (span.bytes, span.checksum)).unwrap_or_default();
        let found = read(name, work, written, host).await;
        for (task, _) in &writers {
            let Some(span) = spans.get_mut(task) else { continue };
            match &found {
                Ok(body) => (span.bytes, span.checksum) = (body.bytes(), Some(Checksum(body.checksum()))),
                Err(error) => (span.checksum, span.error) = (None, Some(error.clone())),
            }
        }
    }
}

/// What is in a file, if it is what was written: for a text the text itself, else what has this length and this checksum.
async fn read<H: Host>(
    name: &str,
    work: &Work,
    (bytes, checksum): (u64, Option<Checksum>),
    host: &H,
) -> Result<Body, TaskError> {
    let made = match work {
        Work::Write { bytes, seed, .. } => Some(write::text(*seed, *bytes)),
        _ => None,
    };
    // What the file is to hold, over and over, if that is known beforehand.
    let expected = match work {
        Work::WriteGiven { text, .. } => Some(text.bytes()),
        _ => made.as_ref().map(|text| text.block.as_slice()),
    };
    let (mut body, mut is_same) = (Body::default(), true);
    let mut take = |mut chunk: &[u8]| {
        body.add(chunk);
        if let Some(text) = expected.filter(|text| !text.is_empty()) {
            let mut at = ((body.bytes() - chunk.len() as u64) % text.len() as u64) as usize;
            while !chunk.is_empty() {
                let length = chunk.len().min(text.len() - at);
                is_same &= chunk[..length] == text[at..at + length];
                (chunk, at) = (&chunk[length..], 0);
            }
        }
        Ok(())
    };
    host.read_file(name, &mut take).await?;
    let wrong = |message| Err(TaskError::new(ErrorKind::File, message));
    if body.bytes() != bytes {
        return wrong(format!("{name} holds {} bytes, and {bytes} were written", body.bytes()));
    }
    if !is_same || expected.is_none() && checksum != Some(Checksum(body.checksum())) {
        return wrong(format!("{name} holds other bytes than were written"));
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use futures::executor::block_on;

    use super::*;
    use crate::costs::Costs;
    use crate::dictionary::Dictionary;
    use crate::host::{FileWriter, HttpRequest, HttpResponse, TakeChunk};
    use crate::measure::{Board, Sequential, Station, drive};
    use crate::row::Row;
    use crate::strategy::{Dispatch, Mechanism, Strategy};
    use crate::way::Way;
    use crate::workload::{Images, Model, Workload, Write};

    /// What a disk does with what is written to it.
    #[derive(Clone, Copy, Debug, PartialEq)]
    enum Disk {
        Keeps,
        Drops,
        DropsTheEnd,
        Garbles,
        Forgets,
    }

    type Files = Rc<RefCell<BTreeMap<String, Vec<u8>>>>;

    /// A worker whose files lie on such a disk, and whose requests are answered with a kilobyte and a half.
    struct Bench {
        board: Board,
        dictionary: Dictionary,
        disk: Disk,
        files: Files,
    }

    struct OpenFile(String, Disk, Files);

    impl FileWriter for OpenFile {
        fn write(&mut self, bytes: &[u8]) -> Result<(), TaskError> {
            let Self(name, disk, files) = self;
            let mut files = files.borrow_mut();
            let file = files.get_mut(name).expect("it was created");
            match disk {
                Disk::Drops => {}
                Disk::DropsTheEnd if !file.is_empty() => {}
                Disk::Garbles => file.extend(bytes.iter().map(|byte| byte ^ 1)),
                _ => file.extend(bytes),
            }
            Ok(())
        }

        fn flush(&mut self) -> Result<(), TaskError> {
            Ok(())
        }
    }

    impl Host for &Bench {
        type File = OpenFile;

        fn now_ms(&self) -> f64 {
            0.0
        }

        fn cancelled(&self) -> bool {
            self.board.cancelled()
        }

        fn worker(&self) -> u32 {
            0
        }

        fn dictionary(&self) -> &Dictionary {
            &self.dictionary
        }

        async fn sleep_ms(&self, _: f64) {}

        async fn http(&self, _: &HttpRequest, take: TakeChunk<'_>) -> Result<HttpResponse, TaskError> {
            take(&[7; 1500])?;
            Ok(HttpResponse { status: 200, first_byte_ms: 0.0, resent_ms: None, moved_to: None, protocol: None })
        }

        async fn create_file(&self, name: &str) -> Result<OpenFile, TaskError> {
            self.files.borrow_mut().insert(name.to_owned(), Vec::new());
            Ok(OpenFile(name.to_owned(), self.disk, Rc::clone(&self.files)))
        }

        async fn read_file(&self, name: &str, take: TakeChunk<'_>) -> Result<(), TaskError> {
            let files = self.files.borrow();
            let file = files.get(name).filter(|_| self.disk != Disk::Forgets);
            let file = file.ok_or_else(|| TaskError::new(ErrorKind::File, "there is no such file"))?;
            file.chunks(1000).try_for_each(take)
        }
    }

    impl Station for &Bench {
        fn board(&self) -> &Board {
            &self.board
        }

        async fn until_cancelled(&self) {
            std::future::pending().await
        }

        fn take_costs(&self) -> Costs {
            Costs::default()
        }
    }

    /// The spans of a run on such a disk.
    fn spans(workload: Workload, disk: Disk) -> Vec<Span> {
        let (strategy, dispatch) = (Strategy::Sequential, Dispatch::Pool);
        let row =
            Row { experiment: None, workload, strategy, workers: 1, dispatch, way: Way::default(), swept: vec![] };
        let target = "http://t/".to_owned();
        let run = RunSpec {
            row,
            repetition: 0,
            warmup: false,
            seed: 1,
            target,
            secured: None,
            timeout_ms: 1000,
            task_limit_ms: 300_000,
        };
        let board = Board::new(run.row.workload.tasks(), 0);
        let bench = Bench { board, dictionary: Dictionary::new(None, 1), disk, files: Files::default() };
        block_on(async {
            let mut crew = Sequential(&bench);
            let mut execution = drive(run.waves(), Mechanism::OneThread, 0.0, &mut crew, &&bench).await;
            read_back(&run, &mut execution, &&bench).await;
            execution.spans
        })
    }

    fn written(tasks: u32, bytes: u64, one_file: bool) -> Workload {
        Workload::Write(Write { tasks, bytes, flush: false, one_file, sent: false })
    }

    /// The same with texts that tasks are given.
    fn given(tasks: u32, bytes: u64) -> Workload {
        Workload::Write(Write { tasks, bytes, flush: false, one_file: false, sent: true })
    }

    #[test]
    fn what_is_on_the_disk_is_what_is_reported() {
        let bytes = write::BLOCK_BYTES + 500;
        for workload in [written(2, bytes, false), written(2, bytes, true), given(2, bytes)] {
            let spans = spans(workload, Disk::Keeps);
            let text = write::text(1, bytes);
            let whole: Vec<u8> = text.block.iter().chain(&text.block).copied().take(bytes as usize).collect();
            for span in &spans {
                assert_eq!((span.bytes, span.error.as_ref()), (bytes, None));
                assert_eq!(span.checksum, Some(Checksum(Body::of(&whole).checksum())));
            }
        }
    }

    #[test]
    fn a_write_that_writes_nothing_fails() {
        fn check(disk: Disk, expected: &str) {
            let images = Workload::Images(Images { tasks: 2, model: Model::default() });
            for workload in [written(2, 3000, false), written(2, 3000, true), given(2, 3000), images] {
                for span in spans(workload.clone(), disk) {
                    let error = span.error.unwrap_or_else(|| panic!("{disk:?} passes for {}", workload.name()));
                    assert_eq!((error.kind, span.checksum), (ErrorKind::File, None));
                    assert!(error.message.contains(expected), "{error}");
                }
            }
        }
        check(Disk::Drops, " holds 0 bytes, and ");
        check(Disk::Garbles, " holds other bytes than were written");
        check(Disk::Forgets, "there is no such file");
        // An image is written in several pieces, a text of this length in one.
        let images = Workload::Images(Images { tasks: 1, model: Model::default() });
        let spans = spans(images, Disk::DropsTheEnd);
        let error = spans[0].error.as_ref().expect("half an image").to_string();
        assert!(error.contains("image-0.png holds 1024 bytes, and 1500 were written"), "{error}");
    }
}
