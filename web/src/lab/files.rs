//! Files, in the file system that a browser gives to an origin (OPFS).

use std::cell::Cell;

use js_sys::Promise;
use parlab_shared::host::FileWriter;
use parlab_shared::task::TaskError;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::host::task_error;
use super::workers::describe;

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

    #[wasm_bindgen(js_name = open_folder)]
    fn look_up(folder: &str) -> Promise;
    fn create_file(folder: &str, name: &str) -> Promise;
    fn begin_session(session: &str) -> Promise;
    fn remove_folder(name: &str) -> Promise;
}

/// A file that is being written. It is closed when it is dropped.
#[derive(Debug)]
pub struct BrowserFile(Writer);

impl BrowserFile {
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

impl FileWriter for BrowserFile {
    fn write(&mut self, bytes: &[u8]) -> Result<(), TaskError> {
        self.0.write(bytes).map_err(|error| task_error(&error))
    }

    fn flush(&mut self) -> Result<(), TaskError> {
        self.0.flush().map_err(|error| task_error(&error))
    }
}

impl Drop for BrowserFile {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Looks the run's folder up, so that this worker's first file need not do it while the clock runs. An empty name is a
/// run without files.
pub async fn open_folder(folder: &str) {
    if !folder.is_empty() {
        // Why it is not there, the first file says.
        _ = JsFuture::from(look_up(folder)).await;
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

/// The folders of a lab's runs: one at a time, removed after its run.
#[derive(Debug)]
pub struct Folders {
    session: String,
    runs: Cell<u32>,
}

impl Folders {
    /// Begins a session, and removes what sessions left behind that ended before they could.
    pub async fn begin() -> Self {
        let session = format!("{:08x}", (js_sys::Math::random() * f64::from(u32::MAX)) as u32);
        complain(JsFuture::from(begin_session(&session)).await);
        Self { session, runs: Cell::new(0) }
    }

    /// The name of a new folder, which is made when it is needed.
    pub fn next(&self) -> String {
        self.runs.set(self.runs.get() + 1);
        format!("parlab-{}-{}", self.session, self.runs.get())
    }

    /// Removes a folder, if it was made, with all that is in it.
    pub async fn remove(&self, name: &str) {
        complain(JsFuture::from(remove_folder(name)).await);
    }
}

/// What could not be removed is no failure of the run; the next session tries again.
fn complain(removed: Result<JsValue, JsValue>) {
    if let Err(error) = removed {
        web_sys::console::warn_1(&format!("files of a run were not removed: {}", describe(&error)).into());
    }
}
