//! Who may have a server begin, keep or forget something: whoever was told its token, and no page of anybody else.
//!
//! A browser sends requests for whatever page it shows. Its `Origin` says which page that is, and a token is what no other
//! page knows.

use std::sync::Arc;

use axum::extract::{Query, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::hosts::Hosts;
use crate::token::Token;

/// Who may. Clones are the same guard.
#[derive(Clone, Debug)]
pub struct Guard(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    hosts: Hosts,
    /// What has to be known; `None` where it is enough to be no page of anybody else.
    token: Option<Token>,
}

/// What the address of a request says.
#[derive(Debug, Deserialize)]
struct Parameters {
    token: Option<String>,
}

/// Why somebody may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It asks for another host.
    #[error("this server answers only to requests whose Host is its own")]
    ForeignHost,
    /// It is a page of somebody else.
    #[error("only pages of this server may ask for this, and this request comes from another one")]
    ForeignPage,
    /// It knows no token.
    #[error("this takes the token of this server: open the address that parlab printed, and all of it")]
    NoToken,
    /// It knows another one.
    #[error(
        "this is not the token of this server, which has a new one each time it is started: open the address that parlab \
         printed last, and all of it"
    )]
    WrongToken,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (StatusCode::FORBIDDEN, format!("Refused: {self}.\n")).into_response()
    }
}

impl Guard {
    /// Lets those in who know a token, if there is one, and ask for these hosts.
    pub fn new(hosts: Hosts, token: Option<Token>) -> Self {
        Self(Arc::new(Inner { hosts, token }))
    }

    /// Whether pages of others are kept out.
    ///
    /// # Errors
    /// Why this request is refused.
    pub fn check_page(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        if !self.0.hosts.include(headers) {
            return Err(Refusal::ForeignHost);
        }
        self.0.hosts.are_asked_by_their_own(headers).then_some(()).ok_or(Refusal::ForeignPage)
    }

    /// Whether the address of a request has the token in it.
    ///
    /// # Errors
    /// It has none, or another one.
    pub fn check_token(&self, uri: &Uri) -> Result<(), Refusal> {
        let Some(token) = &self.0.token else { return Ok(()) };
        // One that is given twice, or not as text, is none.
        let given = Query::<Parameters>::try_from_uri(uri).ok().and_then(|Query(given)| given.token);
        match given {
            None => Err(Refusal::NoToken),
            Some(text) if token.is(&text) => Ok(()),
            Some(_) => Err(Refusal::WrongToken),
        }
    }

    /// Whether a request may have something done.
    ///
    /// # Errors
    /// Why it may not.
    pub fn check(&self, request: &Parts) -> Result<(), Refusal> {
        self.check_page(&request.headers)?;
        self.check_token(&request.uri)
    }
}

/// A layer for what begins, keeps or forgets something: answers 403 to whoever may not have that done.
pub async fn refuse_strangers(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    match guard.check(&parts) {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(refusal) => refusal.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use axum::http::header::{HOST, ORIGIN};

    use super::*;

    #[track_caller]
    fn check(guard: &Guard, uri: &str, host: &str, origin: Option<&str>, expected: Result<(), Refusal>) {
        let request = axum::http::Request::delete(uri).header(HOST, host);
        let request = origin.into_iter().fold(request, |request, origin| request.header(ORIGIN, origin));
        let (parts, ()) = request.body(()).expect("a request").into_parts();
        assert_eq!(guard.check(&parts), expected, "{uri} {host} {origin:?}");
    }

    #[test]
    fn only_own_pages_and_programs_that_know_the_token_may() {
        let (token, host) = (Token::random().expect("random"), "127.0.0.1:8017");
        let guard = Guard::new(Hosts::of(Ipv4Addr::LOCALHOST.into(), &[]), Some(token.clone()));
        let right = format!("/x?a=1&token={token}");
        check(&guard, &right, host, None, Ok(()));
        check(&guard, &right, host, Some("http://127.0.0.1:8017"), Ok(()));
        check(&guard, &right, host, Some("http://evil.example"), Err(Refusal::ForeignPage));
        check(&guard, &right, host, Some("null"), Err(Refusal::ForeignPage));
        // Behind a proxy, by the browser's word.
        let by_browser = |host: &str, sites: &[&str]| {
            let request = axum::http::Request::delete(&right).header(HOST, host).header(ORIGIN, "http://proxy.example");
            let request = sites.iter().fold(request, |request, site| request.header("Sec-Fetch-Site", *site));
            guard.check(&request.body(()).expect("a request").into_parts().0)
        };
        assert_eq!(by_browser(host, &["same-origin"]), Ok(()));
        for sites in [&["cross-site"][..], &["same-site"], &["none"], &[], &["same-origin", "cross-site"]] {
            assert_eq!(by_browser(host, sites), Err(Refusal::ForeignPage));
        }
        assert_eq!(by_browser("rebound.example", &["same-origin"]), Err(Refusal::ForeignHost));
        check(&guard, &right, "evil.example", None, Err(Refusal::ForeignHost));
        check(&guard, "/x", host, None, Err(Refusal::NoToken));
        check(&guard, "/x?tokens=1", host, None, Err(Refusal::NoToken));
        check(&guard, &format!("/x?token={token}&token={token}"), host, None, Err(Refusal::NoToken));
        for wrong in ["", "0", &token.to_string()[1..], "%FF", &format!("{token}0"), &format!("%20{token}")] {
            check(&guard, &format!("/x?token={wrong}"), host, None, Err(Refusal::WrongToken));
        }
    }

    #[test]
    fn without_a_token_pages_of_others_are_kept_out_all_the_same() {
        let guard = Guard::new(Hosts::of(Ipv4Addr::LOCALHOST.into(), &[]), None);
        check(&guard, "/x", "127.0.0.1:1", None, Ok(()));
        check(&guard, "/x", "127.0.0.1:1", Some("http://127.0.0.1:1"), Ok(()));
        check(&guard, "/x", "127.0.0.1:1", Some("http://127.0.0.1:2"), Err(Refusal::ForeignPage));
        check(&guard, "/x", "rebound.example:1", Some("http://rebound.example:1"), Err(Refusal::ForeignHost));
    }
}
