//! Where executors at the other end of a socket meet whoever conducts. Each has a place with a token that it alone was
//! told; the server leads it there ([`crate::server`]), and whoever holds the place talks with it.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use parlab_shared::remote::{Executed, FromExecutor, ToExecutor};
use parlab_shared::report::{Environment, Tool};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

use crate::program;
use crate::token::Token;

/// Every place. Clones are the same hub.
#[derive(Clone, Debug)]
pub struct Hub(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// The program that the page has to be a part of.
    tool: Tool,
    entrances: Mutex<Vec<Entrance>>,
}

/// What the server knows of a place.
#[derive(Debug)]
struct Entrance {
    token: Token,
    arrivals: UnboundedSender<Arrival>,
    /// Alive as long as somebody is there.
    guest: Weak<()>,
}

/// An executor that has come, or why one that came cannot stay.
type Arrival = Result<Connection, String>;

/// Why nobody is let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No place has the token.
    #[error("no executor with this token is waited for: open the address that parlab made, and all of it")]
    NoPlace,
    /// Somebody is there already.
    #[error("the executor with this token is there already: open its address once")]
    Taken,
}

impl Hub {
    /// A hub without places, for pages of this very program.
    pub fn new() -> Self {
        let (tool, entrances) = (program::tool(), Mutex::default());
        Self(Arc::new(Inner { tool, entrances }))
    }

    /// A place for one executor.
    ///
    /// # Errors
    /// The system has no random numbers to give.
    pub fn place(&self) -> anyhow::Result<Place> {
        let token = Token::random()?;
        let (sender, arrivals) = mpsc::unbounded_channel();
        let mut entrances = self.0.entrances.lock().unwrap_or_else(PoisonError::into_inner);
        entrances.retain(|entrance| !entrance.arrivals.is_closed());
        entrances.push(Entrance { token: token.clone(), arrivals: sender, guest: Weak::new() });
        Ok(Place { token, arrivals })
    }

    /// Lets somebody in who has a token.
    ///
    /// # Errors
    /// Nobody with this token is waited for, or somebody is there already.
    pub fn enter(&self, token: &str) -> Result<Guest, Refusal> {
        let mut entrances = self.0.entrances.lock().unwrap_or_else(PoisonError::into_inner);
        // All are looked at, so that the time tells nothing.
        let found = entrances.iter_mut().fold(None, |found, entrance| match entrance.token.is(token) {
            true => Some(entrance),
            false => found,
        });
        let entrance = found.filter(|entrance| !entrance.arrivals.is_closed()).ok_or(Refusal::NoPlace)?;
        if entrance.guest.strong_count() > 0 {
            return Err(Refusal::Taken);
        }
        let presence = Arc::new(());
        entrance.guest = Arc::downgrade(&presence);
        Ok(Guest { tool: self.0.tool.clone(), arrivals: entrance.arrivals.clone(), _presence: presence })
    }
}

/// A place for one executor, as whoever conducts has it. Dropping it forgets the token.
#[derive(Debug)]
pub struct Place {
    /// What the executor has to know.
    pub token: Token,
    arrivals: UnboundedReceiver<Arrival>,
}

impl Place {
    /// Waits until an executor is there, but not for longer than this.
    ///
    /// # Errors
    /// None came, or one that cannot be used.
    pub async fn wait(&mut self, limit: Duration) -> anyhow::Result<Connection> {
        // One that came and has gone again meanwhile is none.
        let arrived = async {
            loop {
                match self.arrivals.recv().await {
                    Some(Ok(connection)) if connection.is_over() => {}
                    arrival => return arrival,
                }
            }
        };
        match tokio::time::timeout(limit, arrived).await {
            Ok(Some(arrival)) => arrival.map_err(anyhow::Error::msg),
            Ok(None) => anyhow::bail!("there is no server for it to come to"),
            Err(_) => anyhow::bail!("no page has connected within {} s", limit.as_secs_f64()),
        }
    }
}

/// Somebody who was let in and has not said yet who it is. Another one with the same token is refused as long as it lives.
#[derive(Debug)]
pub struct Guest {
    tool: Tool,
    arrivals: UnboundedSender<Arrival>,
    _presence: Arc<()>,
}

impl Guest {
    /// It says what it is. Leads it to whoever waits for it; returns what to tell it, and how to pass on what it says.
    ///
    /// # Errors
    /// It cannot stay, for this reason, which whoever waits hears too.
    pub fn introduce(&self, environment: Environment, tool: &Tool) -> Result<Ends, String> {
        let own = &self.tool;
        if tool.is_other_build(own) {
            let reason = format!(
                "the page is parlab {} (build {}), and this is parlab {} (build {}): let the browser load the page that \
                 this parlab serves; `cargo lab` builds both together",
                tool.version, tool.build, own.version, own.build
            );
            return Err(self.refuse(reason));
        }
        let (orders, obeyed) = mpsc::unbounded_channel();
        let (tell, answers) = mpsc::unbounded_channel();
        // Whoever waited may be gone: then the orders end at once.
        _ = self.arrivals.send(Ok(Connection { environment, orders, answers }));
        Ok(Ends { orders: obeyed, answers: tell })
    }

    /// It cannot stay, for this reason.
    pub fn refuse(&self, reason: String) -> String {
        _ = self.arrivals.send(Err(reason.clone()));
        reason
    }
}

/// The server's ends of a connection: what to say to the executor, until whoever conducts is done, and where to put what it
/// says.
#[derive(Debug)]
pub struct Ends {
    /// What is said to the executor.
    pub orders: UnboundedReceiver<ToExecutor>,
    /// What it says, or why it says no more.
    pub answers: UnboundedSender<Result<Answer, Lost>>,
}

/// What an executor says.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// Something about itself.
    Said(FromExecutor),
    /// A run is over.
    Executed(Executed),
}

/// An executor is lost, for this reason.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Lost(pub String);

/// An executor that is there. Dropping it ends it in good order.
#[derive(Debug)]
pub struct Connection {
    /// On what it measures.
    pub environment: Environment,
    orders: UnboundedSender<ToExecutor>,
    answers: UnboundedReceiver<Result<Answer, Lost>>,
}

impl Connection {
    /// Tells it something. If it is gone, [`Connection::next`] says so.
    pub fn say(&self, order: ToExecutor) {
        _ = self.orders.send(order);
    }

    /// The next thing that it says.
    ///
    /// # Errors
    /// It is lost.
    pub async fn next(&mut self) -> Result<Answer, Lost> {
        self.answers.recv().await.unwrap_or_else(|| Err(Lost("the server has ended".to_owned())))
    }

    fn is_over(&self) -> bool {
        self.orders.is_closed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment;

    const LIMIT: Duration = Duration::from_millis(10);

    fn hub() -> (Hub, Place) {
        let hub = Hub::new();
        let place = hub.place().expect("a token");
        (hub, place)
    }

    fn own() -> Tool {
        program::tool()
    }

    #[test]
    fn only_a_token_opens_a_place_and_only_for_one() {
        let (hub, place) = hub();
        let second = hub.place().expect("a token");
        let token = place.token.to_string();
        for wrong in ["", "0", &token[1..], &format!("{token}0"), &token.to_uppercase().replace(char::is_numeric, "0")]
        {
            assert_eq!(hub.enter(wrong).err(), Some(Refusal::NoPlace), "{wrong}");
        }
        let guest = hub.enter(&token).expect("a place");
        assert_eq!(hub.enter(&token).err(), Some(Refusal::Taken));
        drop(guest);
        assert!(hub.enter(&token).is_ok(), "another one may come when the first one is gone");
        drop(place);
        assert_eq!(hub.enter(&token).err(), Some(Refusal::NoPlace), "nobody waits there any more");
        assert!(hub.enter(&second.token.to_string()).is_ok());
    }

    #[tokio::test]
    async fn whoever_waits_meets_who_comes() {
        let (hub, mut place) = hub();
        let error = place.wait(LIMIT).await.expect_err("nobody").to_string();
        assert!(error.contains("no page has connected within 0.01 s"), "{error}");
        let guest = hub.enter(&place.token.to_string()).expect("a place");
        // One that goes again before anybody looked is none.
        drop(guest.introduce(environment::look(), &own()).expect("it may stay"));
        let mut ends = guest.introduce(environment::look(), &own()).expect("it may stay");
        let mut connection = place.wait(LIMIT).await.expect("somebody");
        connection.say(ToExecutor::Probe);
        assert_eq!(ends.orders.recv().await, Some(ToExecutor::Probe));
        ends.answers.send(Ok(Answer::Said(FromExecutor::Probed(5.0)))).expect("somebody listens");
        assert_eq!(connection.next().await, Ok(Answer::Said(FromExecutor::Probed(5.0))));
        drop(ends.answers);
        assert!(connection.next().await.is_err());
        drop(connection);
        assert_eq!(ends.orders.recv().await, None);
    }

    #[tokio::test]
    async fn a_page_of_another_build_is_refused_with_what_to_do() {
        let (_, mut place) = hub();
        let arrivals = {
            let (sender, arrivals) = mpsc::unbounded_channel();
            place.arrivals = arrivals;
            sender
        };
        let tool = |version: &str, build: &str| Tool {
            name: "parlab".to_owned(),
            version: version.to_owned(),
            build: build.to_owned(),
        };
        let guest = Guest { tool: tool("0.1.0", "aa"), arrivals, _presence: Arc::default() };
        for (version, build, refused) in
            [("0.1.0", "aa", false), ("0.1.0", "ab", true), ("0.1.1", "aa", true), ("0.1.0", "unknown", false)]
        {
            let introduced = guest.introduce(environment::look(), &tool(version, build));
            let arrived = place.wait(LIMIT).await;
            assert_eq!((introduced.is_err(), arrived.is_err()), (refused, refused), "{version} {build}");
            if let Err(reason) = introduced {
                let expected =
                    format!("the page is parlab {version} (build {build}), and this is parlab 0.1.0 (build aa)");
                assert!(reason.contains(&expected) && reason.contains("cargo lab"), "{reason}");
            }
        }
    }
}
