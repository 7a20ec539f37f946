//! Plans that the server carries out for its page, on this machine and in the page in turn.
//!
//! Each is carried out on a thread of its own, and never two at once: neither of one server nor, by the lock that
//! [`alone`](crate::alone) takes, of one machine. What is said to the page is written by the server's event loop, and the
//! plan goes on when that is done, so that nothing is written while something is measured.

mod boards;
mod mouth;
mod offers;
mod turns;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use parlab_shared::conduct::{Ended, FromConductor, Offer, Refusal, Wanted};
use tokio::runtime::Handle;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::executors::Live;
use crate::hub::Hub;
use mouth::Mouth;
pub use mouth::{Said, Words};
use offers::Offers;

/// How long a plan that was stopped may take to be over. A page stops within five seconds.
const STOP: Duration = Duration::from_secs(10);

/// What a server carries plans out with. Clones are the same one.
#[derive(Clone, Debug)]
pub struct Conductor {
    /// Where the labs of pages come to.
    pub hub: Hub,
    offers: Offers,
    /// Room for one plan.
    room: Arc<Semaphore>,
    /// The plan that is carried out now, or was last.
    latest: Arc<Mutex<Live>>,
    /// Why the server ends, once it does.
    ends: watch::Sender<Option<String>>,
}

impl Conductor {
    /// Begins to look what there is.
    pub fn start() -> Self {
        Self {
            hub: Hub::new(),
            offers: Offers::look(),
            room: Arc::new(Semaphore::new(1)),
            latest: Arc::default(),
            ends: watch::Sender::default(),
        }
    }

    /// What plans can be carried out on, beside the page.
    pub async fn offers(&self) -> Vec<Offer> {
        self.offers.get().await
    }

    /// Begins to carry a plan out, if none is carried out now. One that was stopped, as that of a page which was loaded anew,
    /// is waited for.
    ///
    /// # Errors
    /// Another one is carried out.
    pub async fn carry_out(&self, wanted: Wanted) -> Result<Conducted, Refusal> {
        let refused = |reason: &str| Refusal { key: None, reason: reason.to_owned() };
        let busy = "this server carries out a plan already, and two would disturb each other: wait for its end, or stop it in \
                    the page that it belongs to";
        let room = match Arc::clone(&self.room).try_acquire_owned() {
            Ok(room) => room,
            Err(_) if !self.latest().cancelled() => return Err(refused(busy)),
            Err(_) => match tokio::time::timeout(STOP, Arc::clone(&self.room).acquire_owned()).await {
                Ok(Ok(room)) => room,
                _ => return Err(refused(busy)),
            },
        };
        if let Some(reason) = &*self.ends.borrow() {
            return Err(refused(reason));
        }
        let (room, live, is_paused) = (Arc::new(room), Live::default(), Arc::new(AtomicBool::new(false)));
        *self.latest.lock().unwrap_or_else(PoisonError::into_inner) = live.clone();
        let (mouth, words) = unbounded_channel();
        let conducted =
            Conducted { words, live: live.clone(), is_paused: Arc::clone(&is_paused), _room: Arc::clone(&room) };
        let (hub, server, mouth) = (self.hub.clone(), Handle::current(), Mouth::new(mouth, Arc::clone(&is_paused)));
        let ends = self.ends.clone();
        let conduct = move || {
            // Until it is over, whoever asked for it.
            let _room = room;
            let said = match turns::carry_out(&wanted, &hub, &server, &live, &mouth) {
                Ok(ended) => {
                    let why = ended.cancelled.then(|| ends.borrow().clone());
                    let problem = ended.problem.or(why.flatten());
                    FromConductor::Ended(Ended { problem, ..ended })
                }
                Err(refusal) => FromConductor::Refused(refusal),
            };
            // Whoever hears of the end may ask for the next plan before there is room: it is waited for.
            live.cancel();
            mouth.say(&said);
        };
        if let Err(error) = thread::Builder::new().name("conductor".to_owned()).spawn(conduct) {
            return Err(refused(&format!("there is no thread to spare for it: {error}")));
        }
        Ok(conducted)
    }

    /// Stops the plan that is carried out, for this reason, begins no other one, and waits until its page was told.
    pub async fn end(&self, reason: &str) {
        self.ends.send_replace(Some(reason.to_owned()));
        self.latest().cancel();
        self.offers.end().await;
        // It is never closed.
        _ = self.room.acquire().await;
    }

    /// Why the server ends, once it does.
    pub fn ends(&self) -> Option<String> {
        self.ends.borrow().clone()
    }

    fn latest(&self) -> Live {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A plan that is carried out for a page. Dropping it stops it.
#[derive(Debug)]
pub struct Conducted {
    words: UnboundedReceiver<Words>,
    live: Live,
    is_paused: Arc<AtomicBool>,
    /// The server has room for another plan when this one is over and nobody listens to it any more.
    _room: Arc<OwnedSemaphorePermit>,
}

impl Conducted {
    /// What is to be said to the page next; `None` when it was told of the end.
    pub async fn next(&mut self) -> Option<Words> {
        self.words.recv().await
    }

    /// Sends boards or not.
    pub fn pause(&self, is_paused: bool) {
        self.is_paused.store(is_paused, Ordering::Relaxed);
    }

    /// Stops it as soon as the task at hand allows.
    pub fn cancel(&self) {
        self.live.cancel();
    }
}

impl Drop for Conducted {
    fn drop(&mut self) {
        self.live.cancel();
    }
}
