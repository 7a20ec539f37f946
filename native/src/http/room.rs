//! Room for connections: how many are open, who found none, who has to leave after a time, and who makes room for others.
//!
//! One look at all of them each second is instead of a timer for each request, which costs a twentieth of a short answer.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tower_http::metrics::in_flight_requests::InFlightRequestsCounter;

use super::Connection;

/// The most connections that are open at once where nobody knows how many there will be. It stays below 1024, the number of
/// files that systems most often let a process open.
pub const MAX_CONNECTIONS: usize = 960;
/// How long whoever connects may take to ask for something, with all of a head. Whoever has a question asks it at once; a
/// browser that connected in case that it has one connects again.
pub const FIRST_HEAD: Duration = Duration::from_secs(10);
/// How long a connection may take from one answer to the end of the next head. Longer than a plan's rows are apart, mostly:
/// a browser's first requests of a run then go over connections that it has.
pub const NEXT_HEAD: Duration = Duration::from_secs(60);
/// How often is looked whether somebody took longer.
pub const LOOK: Duration = Duration::from_secs(1);
/// How often is looked whether somebody can make room, as long as nobody could.
const LOOK_FOR_ROOM: Duration = Duration::from_millis(50);

/// Room for connections. Clones are the same room.
#[derive(Clone, Debug)]
pub struct Room(Arc<Places>);

#[derive(Debug)]
struct Places {
    most: usize,
    free: Arc<Semaphore>,
    waited: AtomicUsize,
    guests: Mutex<Guests>,
    entered: Notify,
}

/// Those that can be asked to leave, in the order in which they came.
#[derive(Debug, Default)]
struct Guests {
    came: u64,
    there: BTreeMap<u64, Guest>,
}

#[derive(Debug)]
struct Guest {
    connection: Connection,
    in_flight: InFlightRequestsCounter,
    leave: CancellationToken,
    /// How often it had asked when it was looked at last.
    asked: u64,
    /// Since when it has asked for nothing, and is not being answered, as far as is known.
    quiet_since: Instant,
}

/// A connection that may be asked to leave, until this is dropped.
#[derive(Debug)]
pub struct Stay {
    room: Room,
    number: u64,
}

impl Room {
    /// Room for so many.
    pub fn new(most: usize) -> Self {
        let free = Arc::new(Semaphore::new(most));
        Self(Arc::new(Places {
            most,
            free,
            waited: AtomicUsize::default(),
            guests: Mutex::default(),
            entered: Notify::new(),
        }))
    }

    /// How many are open.
    pub fn open(&self) -> usize {
        self.0.most.saturating_sub(self.0.free.available_permits())
    }

    /// How many found no room since the last time, and had to wait.
    pub fn take_waited(&self) -> usize {
        self.0.waited.swap(0, Ordering::Relaxed)
    }

    /// A place for a connection that came. Where there is none, whoever has not asked for anything makes room, the one first
    /// that came first; then whoever is not being answered.
    pub async fn place(&self) -> OwnedSemaphorePermit {
        if let Ok(place) = Arc::clone(&self.0.free).try_acquire_owned() {
            return place;
        }
        self.0.waited.fetch_add(1, Ordering::Relaxed);
        loop {
            self.ask_one_to_leave();
            if let Ok(place) = timeout(LOOK_FOR_ROOM, Arc::clone(&self.0.free).acquire_owned()).await {
                return place.expect("nobody closes the semaphore");
            }
        }
    }

    /// Notes a connection, what is being answered on it, and how it is asked to leave.
    pub fn enter(&self, connection: Connection, in_flight: InFlightRequestsCounter, leave: CancellationToken) -> Stay {
        let mut guests = self.guests();
        guests.came += 1;
        let number = guests.came;
        let quiet_since = Instant::now();
        guests.there.insert(number, Guest { connection, in_flight, leave, asked: 0, quiet_since });
        drop(guests);
        self.0.entered.notify_one();
        Stay { room: self.clone(), number }
    }

    /// Has those leave who take too long to ask for something. It never ends, and is to be done once for a room.
    pub async fn watch(&self) {
        loop {
            if self.guests().there.is_empty() {
                self.0.entered.notified().await;
            }
            sleep(LOOK).await;
            let now = Instant::now();
            self.guests().there.values_mut().for_each(|guest| guest.look(now));
        }
    }

    /// Returns when a connection that was asked to leave has not been answered anything for as long as one may be silent at
    /// first: it does not hear.
    pub async fn left_alone(in_flight: &InFlightRequestsCounter) {
        let mut quiet_since = Instant::now();
        while quiet_since.elapsed() < FIRST_HEAD {
            sleep(LOOK).await;
            if in_flight.get() > 0 {
                quiet_since = Instant::now();
            }
        }
    }

    fn ask_one_to_leave(&self) {
        let guests = self.guests();
        let staying = || guests.there.values().filter(|guest| !guest.leave.is_cancelled());
        let silent = staying().find(|guest| guest.connection.asked() == 0);
        if let Some(guest) = silent.or_else(|| staying().find(|guest| guest.in_flight.get() == 0)) {
            guest.leave.cancel();
        }
    }

    /// They are whole after each change: a panic elsewhere does not spoil them.
    fn guests(&self) -> MutexGuard<'_, Guests> {
        self.0.guests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Guest {
    fn look(&mut self, now: Instant) {
        let asked = self.connection.asked();
        if asked != self.asked || self.in_flight.get() > 0 {
            (self.asked, self.quiet_since) = (asked, now);
        }
        let limit = if asked == 0 { FIRST_HEAD } else { NEXT_HEAD };
        if now.duration_since(self.quiet_since) >= limit {
            self.leave.cancel();
        }
    }
}

impl Drop for Stay {
    fn drop(&mut self) {
        self.room.guests().there.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    /// Those of some connections that were asked to leave.
    fn asked_to_leave(leaves: &[CancellationToken]) -> Vec<bool> {
        leaves.iter().map(CancellationToken::is_cancelled).collect()
    }

    #[tokio::test]
    async fn who_has_asked_for_nothing_makes_room_then_who_is_not_being_answered() {
        let room = Room::new(1);
        let _place = room.place().await;
        let (connections, leaves) =
            ([(); 3].map(|()| Connection::default()), [(); 3].map(|()| CancellationToken::new()));
        let stays = [0, 1, 2].map(|at| room.enter(connections[at].clone(), Default::default(), leaves[at].clone()));
        connections[0].note_asked();
        for expected in [[false, true, false], [false, true, true], [true, true, true], [true, true, true]] {
            assert!(room.place().now_or_never().is_none());
            assert_eq!(asked_to_leave(&leaves), expected);
        }
        assert_eq!(room.take_waited(), 4);
        drop(stays);
        assert!(room.guests().there.is_empty());
    }

    #[tokio::test]
    async fn whoever_finds_no_room_waits_until_somebody_leaves() {
        let room = Room::new(2);
        let (first, second) = (room.place().await, room.place().await);
        assert_eq!((room.open(), room.take_waited()), (2, 0));
        let (third, ()) = tokio::join!(room.place(), async {
            tokio::task::yield_now().await;
            drop(first);
        });
        assert_eq!((room.open(), room.take_waited(), room.take_waited()), (2, 1, 0));
        drop((second, third));
        assert_eq!(room.open(), 0);
    }
}
