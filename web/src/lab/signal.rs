//! Something that happens once.

use futures::channel::oneshot;
use futures::future::{FutureExt, Shared};

/// Something that happens once and that any number of futures can wait for.
#[derive(Clone, Debug)]
pub struct Signal(Shared<oneshot::Receiver<()>>);

impl Signal {
    /// A signal, and what raises it.
    pub fn new() -> (oneshot::Sender<()>, Self) {
        let (raise, raised) = oneshot::channel();
        (raise, Self(raised.shared()))
    }

    /// Returns when the signal is raised; never, if whoever could raise it is gone.
    pub async fn raised(&self) {
        if self.0.clone().await.is_err() {
            std::future::pending().await
        }
    }
}
