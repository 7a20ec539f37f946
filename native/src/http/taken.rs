//! Whether a client takes what it is sent over HTTP/2. It says itself how much it wants of each stream: one that wants nothing
//! holds answers up without holding up the connection, and no write takes long.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::{Instant, sleep};

use super::connections::UNREAD;
use super::room::LOOK;

/// What a connection's client takes. Clones are of the same connection.
#[derive(Clone, Debug, Default)]
pub struct Taking(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    /// How many answers have something for the client that it does not take.
    waiting: AtomicUsize,
    /// How often any of them was asked for more.
    asked: AtomicU64,
}

impl Taking {
    /// Returns when something was there for as long as answers may stay unread, and nothing was taken meanwhile.
    pub async fn given_up(&self) {
        let (mut asked, mut since) = (0, Instant::now());
        while since.elapsed() < UNREAD {
            sleep(LOOK).await;
            let now = self.0.asked.load(Ordering::Relaxed);
            if now != asked || self.0.waiting.load(Ordering::Relaxed) == 0 {
                (asked, since) = (now, Instant::now());
            }
        }
    }
}

/// An answer's body, which knows whether it is taken: whoever has room for more asks for it.
#[derive(Debug)]
pub struct Taken {
    body: Body,
    taking: Taking,
    is_waiting: bool,
}

impl Taken {
    /// A body for the client of a connection.
    pub fn of(body: Body, taking: Taking) -> Self {
        let mut taken = Self { body, taking, is_waiting: false };
        taken.waits(true);
        taken
    }

    fn waits(&mut self, is_waiting: bool) {
        let waiting = &self.taking.0.waiting;
        match (self.is_waiting, is_waiting) {
            (false, true) => _ = waiting.fetch_add(1, Ordering::Relaxed),
            (true, false) => _ = waiting.fetch_sub(1, Ordering::Relaxed),
            _ => {}
        }
        self.is_waiting = is_waiting;
    }
}

impl HttpBody for Taken {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.taking.0.asked.fetch_add(1, Ordering::Relaxed);
        let polled = Pin::new(&mut self.body).poll_frame(context);
        // As long as there is nothing for it, the client is not to blame.
        let is_waiting = matches!(polled, Poll::Ready(Some(Ok(_))));
        self.waits(is_waiting);
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.waits(false);
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::time::Duration;

    use futures::FutureExt;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_takes_nothing_is_given_up_and_who_waits_is_not() {
        let taking = Taking::default();
        assert!(tokio::time::timeout(UNREAD * 3, taking.given_up()).await.is_err(), "there is nothing to take");
        let mut taken = Taken::of(Body::from("a"), taking.clone());
        let begun = Instant::now();
        taking.given_up().await;
        assert!((UNREAD..UNREAD * 2).contains(&begun.elapsed()), "{:?}", begun.elapsed());

        let mut next = async || poll_fn(|context| Pin::new(&mut taken).poll_frame(context)).await;
        assert!(next().now_or_never().flatten().is_some_and(|frame| frame.is_ok()));
        assert!(next().await.is_none());
        assert!(tokio::time::timeout(UNREAD * 3, taking.given_up()).await.is_err(), "it is over");
        let endless = Body::from_stream(futures::stream::pending::<Result<Bytes, std::io::Error>>());
        let mut endless = Taken::of(endless, taking.clone());
        let next = poll_fn(|context| Pin::new(&mut endless).poll_frame(context));
        assert!(tokio::time::timeout(Duration::from_secs(1), next).await.is_err());
        assert!(tokio::time::timeout(UNREAD * 3, taking.given_up()).await.is_err(), "the server makes it wait");
        drop(endless);
        assert_eq!(taking.0.waiting.load(Ordering::Relaxed), 0);
    }
}
