//! The folders in which runs' tasks create their files: one for each run, in the file system that a browser gives to an
//! origin (OPFS).

use std::cell::Cell;

use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;

use super::errors::describe;

#[wasm_bindgen(module = "/src/lab/files.js")]
extern "C" {
    #[wasm_bindgen(js_name = open_folder)]
    fn look_up(folder: &str) -> Promise;
    fn begin_session(session: &str) -> Promise;
    fn remove_folder(name: &str) -> Promise;
}

/// Looks the run's folder up, so that this worker's first file need not do it while the clock runs. An empty name is a
/// run without files.
pub async fn open(folder: &str) {
    if !folder.is_empty() {
        // Why it is not there, the first file says.
        _ = JsFuture::from(look_up(folder)).await;
    }
}

/// The folders of a lab's runs: one at a time, removed after its run.
#[derive(Debug)]
pub struct RunFolders {
    session: String,
    runs: Cell<u32>,
}

impl RunFolders {
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
