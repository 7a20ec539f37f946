//! Who records and keeps: the answers about recordings and the history, from the browser's database.

use std::cell::{Cell, RefCell};

use js_sys::{Array, Date, Function};
use parlab_shared::chart::Form;
use parlab_shared::report::Report;
use parlab_shared::text::capitalised;
use wasm_bindgen::JsValue;
use web_sys::{Blob, BlobPropertyBag};

use super::history::database::{self, Database};
use super::history::store::Store;
use super::history::{History, Imported, Kept, trend};
use super::recording::{self, Recorded, Recording, kept};
use crate::questions::{Answer, Beginning, Ending};
use crate::views::{Card, HistoryView};

/// So many earlier reports of a set-up are read to tell how long it takes,
const LATEST_MAX: usize = 2;
/// if they are no larger than this as they are kept: reading them must not be felt.
const LATEST_BYTES_MAX: u64 = 500_000;

/// A page that was just left may take so long to end, and to give its locks back.
const ENDING_MS: u32 = 500;

/// Who records and keeps.
pub struct Keeper {
    history: History<Database>,
    /// The build of the page.
    build: String,
    recording: RefCell<Option<Recording>>,
    /// Gives the lock of the recording back.
    release: RefCell<Option<Function>>,
    /// Whoever was about to end has ended.
    has_waited: Cell<bool>,
}

impl Keeper {
    /// A keeper for a page of a build.
    pub fn new(build: &str) -> Self {
        Self {
            history: History(Database::default()),
            build: build.to_owned(),
            recording: RefCell::default(),
            release: RefCell::default(),
            has_waited: Cell::default(),
        }
    }

    /// A report that is kept, or the parts of a pair, and its card.
    ///
    /// # Errors
    /// Why it is not to be had.
    pub async fn load(&self, id: &str) -> Result<(Option<Card>, Vec<Report>), String> {
        let reports = self.history.load(id).await?;
        Ok((self.history.card(id).await.ok().flatten(), reports))
    }

    /// The last reports of what is run under a name, if they are not large: what was measured there is soon known.
    pub async fn latest(&self, run: &str) -> Vec<Vec<Report>> {
        let cards = self.history.kept().await.map_or_else(|_| Vec::new(), |kept| kept.cards);
        let mut latest = Vec::new();
        let is_small = |card: &&Card| card.run == run && card.bytes.is_some_and(|bytes| bytes <= LATEST_BYTES_MAX);
        for card in cards.iter().filter(is_small).take(LATEST_MAX) {
            latest.extend(self.history.load(&card.id).await.ok());
        }
        latest
    }

    /// Begins a recording. One that was never ended is left to be found.
    ///
    /// # Errors
    /// What does not begin one.
    pub async fn begin(&self, beginning: Beginning) -> Result<Answer, String> {
        let recording = Recording::begin(beginning)?;
        let (lock, begun) = (kept::lock(&recording.id), kept::begun(&recording, Date::now()));
        self.recording.replace(Some(recording));
        self.release();
        self.release.replace(database::hold_lock(&lock).await);
        // Where nothing can be kept, the end says so.
        _ = self.history.0.write(vec![begun]).await;
        Ok(Answer::Done)
    }

    /// Takes a run, and writes down what came if it is time.
    ///
    /// # Errors
    /// Nothing is recorded, or nothing can be written down: what came is there all the same, as long as the page is.
    pub async fn run(&self, part: usize, run: Vec<u8>, pass_is_over: bool) -> Result<Answer, String> {
        let began_ms = Date::now();
        let due = {
            let mut recording = self.recording.borrow_mut();
            let recording = recording.as_mut().ok_or("No recording is going on.")?;
            let piece = recording.run(part, run, pass_is_over, began_ms);
            piece.map(|piece| (kept::piece(recording, &piece, began_ms), piece))
        };
        if let Some((changes, piece)) = due {
            let written = self.history.0.write(changes).await;
            if let Some(recording) = &mut *self.recording.borrow_mut() {
                recording.wrote(&piece, written.is_ok(), began_ms, Date::now());
            }
            written.map_err(|trouble| {
                format!(
                    "This browser keeps nothing of what is measured ({trouble}): leave the page open, and save the report as \
                     a file when it is over."
                )
            })?;
        }
        Ok(Answer::Done)
    }

    /// Ends the recording, with the bytes of a dead run's board, if there are any. The reports are what to show where they
    /// cannot be kept.
    ///
    /// # Errors
    /// Nothing was recorded.
    pub async fn end(&self, ending: &Ending, board: Option<&[u8]>) -> Result<(Answer, Vec<Report>), String> {
        let recording = self.recording.take().ok_or("No recording is going on.")?;
        let (id, beginning) = (recording.id.clone(), recording.beginning.clone());
        let recorded = recording::reports(&beginning, recording.into_runs(), ending, board, &self.build);
        let forgotten = kept::forgotten(&id);
        let answer = match recorded {
            Ok(recorded) if recorded.runs() > 0 => {
                let is_measured = recorded.is_measured();
                let Recorded { reports, .. } = recorded;
                let kept = self.history.keep(&reports, forgotten).await;
                let unkept = kept.as_ref().err().map(|trouble| {
                    format!("It is not kept in the history: {trouble}. Save it as a file before you leave this page.")
                });
                let card = kept.ok().or_else(|| super::card::card(&reports));
                Ok((Answer::Recorded { card, is_measured, unkept }, reports))
            }
            nothing => {
                _ = self.history.0.write(forgotten).await;
                let recorded = Answer::Recorded { card: None, is_measured: false, unkept: None };
                nothing.map(|_| (recorded, Vec::new()))
            }
        };
        self.release();
        answer
    }

    fn release(&self) {
        if let Some(release) = self.release.take() {
            // It only ends a promise.
            _ = release.call0(&JsValue::UNDEFINED);
        }
    }

    /// What is kept. What other pages left behind is put there first.
    pub async fn view(&self) -> HistoryView {
        let mut notes = Vec::new();
        let patience_ms = if self.has_waited.replace(true) { 0 } else { ENDING_MS };
        let own = self.recording.borrow().as_ref().map(|recording| kept::lock(&recording.id));
        let more_to_come = Cell::new(false);
        let is_free = async |lock: &str| match &own {
            Some(own) if own == lock => Some(false),
            _ => {
                let is_free = database::is_free(lock, patience_ms).await;
                more_to_come.set(more_to_come.get() || is_free == Some(false));
                is_free
            }
        };
        match kept::recover(&self.history, is_free, Date::now(), &self.build).await {
            Ok(found) => notes.extend(found.iter().map(|note| capitalised(note))),
            // The history says the same below, if nothing can be read.
            Err(trouble) => web_sys::console::warn_1(&trouble.to_string().into()),
        }
        let kept = self.history.kept().await.unwrap_or_else(|trouble| Kept {
            cards: Vec::new(),
            notes: vec![format!("The history cannot be shown: {trouble}.")],
        });
        notes.extend(kept.notes);
        let usage = database::usage().await;
        HistoryView {
            cards: kept.cards,
            notes,
            used_bytes: usage.used,
            quota_bytes: usage.quota,
            persistent: usage.persistent,
            more_to_come: more_to_come.get(),
        }
    }

    /// Gives a report a name, or none.
    ///
    /// # Errors
    /// Why it is not called that.
    pub async fn rename(&self, id: &str, name: Option<&str>) -> Result<Answer, String> {
        self.history.rename(id, name).await?;
        Ok(self.kept().await)
    }

    /// Forgets reports.
    ///
    /// # Errors
    /// Why they are not forgotten.
    pub async fn delete(&self, ids: &[String]) -> Result<Answer, String> {
        self.history.delete(ids).await.map_err(|trouble| format!("Nothing is deleted: {trouble}."))?;
        Ok(self.kept().await)
    }

    /// Forgets everything that the page keeps, and removes the files of runs whose page is gone.
    ///
    /// # Errors
    /// What is left, and why.
    pub async fn clear(&self) -> Result<Answer, String> {
        self.history.clear().await.map_err(|trouble| format!("Nothing is removed: {trouble}."))?;
        let files = database::remove_files().await;
        files.map_err(|reason| format!("The history is empty now, but files of runs were not removed: {reason}."))?;
        Ok(self.kept().await)
    }

    async fn kept(&self) -> Answer {
        Answer::History(Box::new(self.view().await))
    }

    /// How an experiment went over time on this machine.
    ///
    /// # Errors
    /// Why that cannot be said.
    pub async fn trend(&self, experiment: &str, width: u32) -> Result<Answer, String> {
        let kept = self.history.kept().await.map_err(|trouble| format!("There is no trend: {trouble}."))?;
        let mut files = Vec::new();
        for card in trend::of_experiment(&kept.cards, experiment) {
            // What cannot be read says so where it is opened.
            files.extend(self.history.load(&card.id).await.ok());
        }
        Ok(Answer::Trend(Box::new(trend::view(experiment, &files, Form::fitting(width), "trend")?)))
    }

    /// All that is kept, as one file.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn export(&self) -> Result<(Answer, Blob), String> {
        let pieces = Array::new();
        let exported = self.history.export(|piece| _ = pieces.push(&piece.into())).await;
        let missing = exported.map_err(|trouble| format!("Nothing is exported: {trouble}."))?;
        for reason in missing {
            web_sys::console::warn_1(&reason.into());
        }
        let options = BlobPropertyBag::new();
        options.set_type("application/json");
        let blob = Blob::new_with_str_sequence_and_options(&pieces, &options);
        let blob = blob.map_err(|error| crate::js::error_text(&error).unwrap_or_default())?;
        Ok((Answer::File("parlab-history.json".to_owned()), blob))
    }

    /// Keeps all that a file holds.
    ///
    /// # Errors
    /// Why nothing of it is kept.
    pub async fn import(&self, name: &str, bytes: &[u8]) -> Result<Answer, String> {
        let imported = self.history.import(bytes).await.map_err(|reason| format!("{name} {reason}."))?;
        let Imported { new, refused, .. } = imported;
        let history = Box::new(self.view().await);
        let refused = refused.into_iter().map(|reason| format!("{name}: {reason}.")).collect();
        Ok(Answer::Imported { history, new, refused })
    }
}
