//! The owner of a dictionary: a thread that does what workers ask for in messages.

use std::sync::Arc;
use std::thread::{self, JoinHandle};

use futures::channel::oneshot;
use futures::stream::{Stream, StreamExt};
use parlab_shared::dictionary::{Dictionary, InsertRequest};

use crate::threads_end;

/// A running owner. Dropping it ends it.
#[derive(Debug)]
pub struct Owner {
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Owner {
    /// Starts a thread that inserts what is wanted, until the owner is dropped.
    pub fn start(
        dictionary: Arc<Dictionary>,
        wanted: impl Stream<Item = InsertRequest> + Send + 'static,
    ) -> std::io::Result<Self> {
        let (end, ended) = oneshot::channel();
        let thread = thread::Builder::new()
            .name("owner".to_owned())
            .spawn(move || futures::executor::block_on(dictionary.serve(wanted.take_until(ended))))?;
        Ok(Self { end: Some(end), thread: Some(thread) })
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        // Fails only if it has ended already.
        _ = self.end.take().map(|end| end.send(()));
        threads_end::join(self.thread.take(), threads_end::END);
    }
}
