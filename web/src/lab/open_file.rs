//! Files that tasks write, in the file system that a browser gives to an origin (OPFS).

use std::cell::Cell;

use js_sys::{Promise, Uint8Array};
use parlab_shared::host::{FileWriter, TakeChunk};
use parlab_shared::span::TaskError;
use wasm_bindgen::closure::ScopedClosure;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::errors::task_error;

#[wasm_bindgen(module = "/src/lab/files.js")]
extern "C" {
    /// A file that is open for writing, which is possible in workers only.
    #[derive(Debug)]
    type Writer;

    #[wasm_bindgen(method, catch)]
    fn write(this: &Writer, bytes: &[u8]) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch)]
    fn flush(this: &Writer) -> Result<(), JsValue>;

    #[wasm_bindgen(method)]
    fn close(this: &Writer);

    fn create_file(folder: &str, name: &str) -> Promise;

    fn read_file(folder: &str, name: &str, take: &ScopedClosure<'_, dyn FnMut(Uint8Array)>) -> Promise;
}

/// Reads a file to its end, a piece at a time.
///
/// # Errors
/// Why it cannot be read, or what `take` refused.
pub async fn read(folder: &str, name: &str, take: TakeChunk<'_>) -> Result<(), TaskError> {
    let (mut buffer, mut refused) = (Vec::<u8>::new(), None);
    let mut copy = |piece: Uint8Array| {
        buffer.resize(piece.length() as usize, 0);
        piece.copy_to(&mut buffer);
        if refused.is_none() {
            refused = take(&buffer).err();
        }
    };
    let copy = ScopedClosure::<dyn FnMut(Uint8Array)>::borrow_mut(&mut copy);
    let read = JsFuture::from(read_file(folder, name, &copy)).await;
    drop(copy);
    match (refused, read) {
        (Some(refused), _) => Err(refused),
        (None, read) => read.map(|_| ()).map_err(|error| task_error(&error)),
    }
}

/// A file that is being written. It is closed when it is dropped.
#[derive(Debug)]
pub struct OpenFile(Writer);

impl OpenFile {
    /// Creates a file in a folder, or empties it; creates the folder, if there is none.
    ///
    /// # Errors
    /// Why there is no such file now.
    pub async fn create(folder: &str, name: &str) -> Result<Self, TaskError> {
        // Whoever stops waiting for the file must not leave it open.
        let created = Creating { promise: create_file(folder, name), over: Cell::new(false) };
        let writer = JsFuture::from(created.promise.clone()).await;
        created.over.set(true);
        writer.map(|writer| Self(writer.unchecked_into())).map_err(|error| task_error(&error))
    }
}

impl FileWriter for OpenFile {
    fn write(&mut self, bytes: &[u8]) -> Result<(), TaskError> {
        self.0.write(bytes).map_err(|error| task_error(&error))
    }

    fn flush(&mut self) -> Result<(), TaskError> {
        self.0.flush().map_err(|error| task_error(&error))
    }
}

impl Drop for OpenFile {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// A file that is being created, and is closed if nobody waits for it any more.
struct Creating {
    promise: Promise,
    over: Cell<bool>,
}

impl Drop for Creating {
    fn drop(&mut self) {
        if !self.over.get() {
            let promise = self.promise.clone();
            wasm_bindgen_futures::spawn_local(async move {
                if let Ok(writer) = JsFuture::from(promise).await {
                    writer.unchecked_into::<Writer>().close();
                }
            });
        }
    }
}
