//! The browser's database (IndexedDB) as a store, and what else the browser knows of storage.

use std::cell::RefCell;
use std::pin::pin;
use std::rc::Rc;

use futures::future::{Either, select};
use idb::{
    Database as Connection, DatabaseEvent as _, Error, Factory, KeyRange, ObjectStoreParams, Query, TransactionMode,
};
use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::store::{Change, Store, Table, Trouble};
use crate::js;

/// The name of the database, and the version of its tables: a table more is a version more.
const NAME: &str = "parlab";
const VERSION: u32 = 1;

/// Whoever holds the database for longer does not give it back: WebKit has kept a page aside in the middle of something.
const PATIENCE_MS: u32 = 20_000;

/// The last of all texts that begin with another one ends in this.
const LAST: char = '\u{ffff}';

#[wasm_bindgen(module = "/src/analyst/history/storage.js")]
extern "C" {
    fn estimate() -> Promise;
    fn after(ms: u32) -> Promise;
    fn clear_files() -> Promise;
    fn hold(name: &str) -> Promise;
    fn take(name: &str, patience_ms: u32) -> Promise;
}

/// How much the page uses in the browser.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Usage {
    /// Bytes, about.
    pub used: Option<u64>,
    /// How many there may be.
    pub quota: Option<u64>,
    /// The browser does not remove them by itself.
    pub persistent: bool,
}

/// How much the page uses, as far as the browser tells.
pub async fn usage() -> Usage {
    let Ok(told) = JsFuture::from(estimate()).await else { return Usage::default() };
    let bytes = |key: &str| js::get(&told, key).as_f64().map(|bytes| bytes as u64);
    Usage { used: bytes("usage"), quota: bytes("quota"), persistent: js::get(&told, "persistent").is_truthy() }
}

/// Removes the files of runs whose page is gone.
///
/// # Errors
/// Why some are left.
pub async fn remove_files() -> Result<(), String> {
    JsFuture::from(clear_files()).await.map(drop).map_err(|error| js::error_text(&error).unwrap_or_default())
}

/// Says to all tabs that a name is in use; ended when the function is called or this worker ends. `None` where browsers have
/// no locks, or somebody else has it.
pub async fn hold_lock(name: &str) -> Option<js_sys::Function> {
    JsFuture::from(hold(name)).await.ok()?.dyn_into().ok()
}

/// Whether nobody uses a name: no tab holds its lock, or gives it back within so many milliseconds. `None` where browsers have
/// no locks.
pub async fn is_free(name: &str, patience_ms: u32) -> Option<bool> {
    JsFuture::from(take(name, patience_ms)).await.ok()?.as_bool()
}

/// The database, opened when it is first needed. Clones are the same.
#[derive(Clone, Default)]
pub struct Database(Rc<RefCell<Option<Rc<Connection>>>>);

impl Database {
    async fn open(&self) -> Result<Rc<Connection>, Trouble> {
        if let Some(open) = &*self.0.borrow() {
            return Ok(open.clone());
        }
        let blocked = |error: Error| Trouble::Blocked(words(&error));
        let mut request = Factory::new().and_then(|factory| factory.open(NAME, Some(VERSION))).map_err(blocked)?;
        request.on_upgrade_needed(|event| {
            // What fails here fails the opening, which says so.
            let Ok(database) = event.database() else { return };
            let there = database.store_names();
            for table in Table::ALL.map(Table::name).iter().filter(|name| !there.iter().any(|known| known == *name)) {
                _ = database.create_object_store(table, ObjectStoreParams::new());
            }
        });
        let mut connection = request.await.map_err(blocked)?;
        // A newer page in another tab, or the browser, may want it: then it is opened again when it is needed.
        let this = self.clone();
        connection.on_version_change(move |event| {
            if let Ok(database) = event.database() {
                database.close();
            }
            this.0.replace(None);
        });
        let this = self.clone();
        connection.on_close(move |_| _ = this.0.replace(None));
        let connection = Rc::new(connection);
        self.0.replace(Some(connection.clone()));
        Ok(connection)
    }
}

impl Store for Database {
    async fn read(&self, table: Table, name: &str) -> Result<Option<Vec<u8>>, Trouble> {
        let connection = self.open().await?;
        let read = async {
            let transaction = connection.transaction(&[table.name()], TransactionMode::ReadOnly)?;
            transaction.object_store(table.name())?.get(JsValue::from(name))?.await
        };
        Ok(in_time(read).await?.as_ref().and_then(bytes))
    }

    async fn next(&self, table: Table, after: &str, most: u32) -> Result<Vec<(String, Vec<u8>)>, Trouble> {
        let connection = self.open().await?;
        let read = async {
            let transaction = connection.transaction(&[table.name()], TransactionMode::ReadOnly)?;
            let store = transaction.object_store(table.name())?;
            let query = || KeyRange::lower_bound(&after.into(), Some(true)).map(|range| Some(Query::from(range)));
            // Both are asked before either is awaited, or the transaction would be over.
            let (keys, values) = (store.get_all_keys(query()?, Some(most))?, store.get_all(query()?, Some(most))?);
            let (keys, values) = (keys.into_future(), values.into_future());
            Ok((keys.await?, values.await?))
        };
        let (keys, values) = in_time(read).await?;
        let both = keys.into_iter().zip(values);
        // Whatever else stands there is none of ours, but has a name.
        Ok(both.filter_map(|(key, value)| Some((key.as_string()?, bytes(&value).unwrap_or_default()))).collect())
    }

    async fn write(&self, changes: Vec<Change>) -> Result<(), Trouble> {
        let connection = self.open().await?;
        let transaction = connection.transaction(&Table::ALL.map(Table::name), TransactionMode::ReadWrite);
        let transaction = transaction.map_err(failed)?;
        // How long writing takes depends on how much it is; when it begins, on others.
        let begun = async { transaction.object_store(Table::ALL[0].name())?.count(None)?.await };
        if let Err(trouble) = in_time(begun).await {
            // One that has ended is not taken back.
            _ = transaction.abort();
            return Err(trouble);
        }
        let write = async {
            for change in changes {
                match change {
                    Change::Put(table, name, bytes) => {
                        let bytes = Uint8Array::new_from_slice(&bytes);
                        transaction.object_store(table.name())?.put(&bytes, Some(&name.into()))?;
                    }
                    Change::Remove(table, name) => {
                        transaction.object_store(table.name())?.delete(JsValue::from(name))?;
                    }
                    // Names that are no texts go with all others.
                    Change::RemoveAll(table, start) if start.is_empty() => {
                        transaction.object_store(table.name())?.clear()?;
                    }
                    Change::RemoveAll(table, start) => {
                        let last = format!("{start}{LAST}");
                        let range = KeyRange::bound(&start.into(), &last.into(), None, None)?;
                        transaction.object_store(table.name())?.delete(range)?;
                    }
                }
            }
            transaction.await
        };
        match write.await {
            Ok(result) if result.is_committed() => Ok(()),
            // The browser takes a transaction back by itself for want of room.
            Ok(_) => Err(Trouble::Full),
            Err(error) => Err(failed(error)),
        }
    }
}

/// What is asked of the database, or that it does not answer.
async fn in_time<T>(asked: impl Future<Output = Result<T, Error>>) -> Result<T, Trouble> {
    let patience = JsFuture::from(after(PATIENCE_MS));
    match select(pin!(asked), patience).await {
        Either::Left((answer, _)) => answer.map_err(failed),
        Either::Right(_) => Err(Trouble::Failed(
            "another page of parlab in this browser holds it: close the browser's other tabs, and this one".to_owned(),
        )),
    }
}

fn bytes(value: &JsValue) -> Option<Vec<u8>> {
    value.dyn_ref::<Uint8Array>().map(Uint8Array::to_vec)
}

fn failed(error: Error) -> Trouble {
    let words = words(&error);
    if words.contains("Quota") || words.contains("quota") { Trouble::Full } else { Trouble::Failed(words) }
}

/// What an error says; of what was thrown, its name and message.
fn words(error: &Error) -> String {
    match error {
        Error::DomException(exception) => format!("{}: {}", exception.name(), exception.message()),
        Error::IndexedDbNotFound(_) => "it has no database".to_owned(),
        Error::IndexedDbOpenFailed(value) => js::error_text(value).unwrap_or_else(|| error.to_string()),
        error => error.to_string(),
    }
}
