//! What a WebDriver is asked, and how it answers: <https://www.w3.org/TR/webdriver2/>, over HTTP, of which a few commands
//! are needed. A client of our own, because it has to tell apart whoever is no WebDriver, says nothing, or refuses; and
//! because what it is made of is here already, with TLS.

use std::fmt;
use std::time::Duration;

use parlab_shared::address;
use parlab_shared::text::one_line;
use reqwest::{Client, Method, Url};
use serde_json::Value;

use crate::tls;

/// Longer answers are none: what is asked for takes a few kilobytes.
const ANSWER_MAX: usize = 4 << 20;
/// How much of what is no answer, or of a long reason, is said, in characters.
const SAID_MAX: usize = 300;

/// A client of a WebDriver.
#[derive(Clone, Debug)]
pub struct Wire {
    client: Client,
    base: Url,
}

/// Why a WebDriver did not do as it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Nobody is there.
    Unreachable(String),
    /// It did not answer in time.
    Silent(Duration),
    /// Whoever answers is no WebDriver.
    Nonsense(String),
    /// It says why.
    Refused(String),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(why) => write!(f, "it cannot be reached ({why})"),
            Self::Silent(limit) => write!(f, "it did not answer within {} s", limit.as_secs()),
            Self::Nonsense(said) => write!(f, "it answers as no WebDriver does: {said}"),
            Self::Refused(why) => write!(f, "it says: {why}"),
        }
    }
}

impl std::error::Error for Refusal {}

impl Wire {
    /// A client of the WebDriver at an address, which ends with a slash if paths follow it.
    ///
    /// # Errors
    /// Its address needs certificates, and there are none to trust.
    pub fn to(base: &Url) -> anyhow::Result<Self> {
        let tls = if base.scheme() == "https" { tls::trusting()? } else { tls::distrusting() };
        let builder = Client::builder().tls_backend_preconfigured(tls);
        // No proxy stands between a machine and itself.
        let builder = if is_loopback(base) { builder.no_proxy() } else { builder };
        Ok(Self { client: builder.build()?, base: base.clone() })
    }

    /// The address of what is below its own.
    pub fn address(&self, path: &[&str]) -> Url {
        let mut url = self.base.clone();
        if !path.is_empty()
            && let Ok(mut segments) = url.path_segments_mut()
        {
            segments.pop_if_empty().extend(path);
        }
        url
    }

    /// Asks it for something, and returns what its answer has for a value.
    ///
    /// # Errors
    /// It did not do it.
    pub async fn ask(
        &self,
        method: Method,
        path: &[&str],
        body: Option<&Value>,
        limit: Duration,
    ) -> Result<Value, Refusal> {
        let request = self.client.request(method, self.address(path));
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        let exchange = async {
            let mut response = request.send().await.map_err(|error| unreachable(&error))?;
            let mut bytes = Vec::new();
            while let Some(chunk) = response.chunk().await.map_err(|error| unreachable(&error))? {
                if bytes.len() + chunk.len() > ANSWER_MAX {
                    return Err(Refusal::Nonsense(format!("more than {ANSWER_MAX} bytes")));
                }
                bytes.extend_from_slice(&chunk);
            }
            Ok((response.status().as_u16(), bytes))
        };
        let answer = tokio::time::timeout(limit, exchange).await;
        let (status, bytes) = answer.unwrap_or(Err(Refusal::Silent(limit)))?;
        read(status, &bytes)
    }
}

/// Whether an address is on this machine.
pub fn is_loopback(url: &Url) -> bool {
    address::is_loopback(url.host_str().unwrap_or_default())
}

fn unreachable(error: &reqwest::Error) -> Refusal {
    let mut error: &dyn std::error::Error = error;
    while let Some(cause) = error.source() {
        error = cause;
    }
    Refusal::Unreachable(error.to_string())
}

/// The value in an answer.
fn read(status: u16, bytes: &[u8]) -> Result<Value, Refusal> {
    let nonsense = || {
        let said = String::from_utf8_lossy(bytes);
        Refusal::Nonsense(format!("status {status}, {:?}", short(&said)))
    };
    let mut answer: Value = serde_json::from_slice(bytes).map_err(|_| nonsense())?;
    let value = answer.get_mut("value").map(Value::take).ok_or_else(nonsense)?;
    if (200..300).contains(&status) {
        return Ok(value);
    }
    // A Selenium Grid of version 3 has no more than the message.
    let text = |name| value.get(name).and_then(Value::as_str);
    match (text("error"), text("message")) {
        (Some(error), Some(message)) if !message.contains(error) => {
            Err(Refusal::Refused(short(&format!("{error}: {message}"))))
        }
        (_, Some(text)) | (Some(text), None) => Err(Refusal::Refused(short(text))),
        (None, None) => Err(nonsense()),
    }
}

/// A text as it is said: one line of it, and not for ever. Drivers put stacks of calls below their reasons.
fn short(text: &str) -> String {
    let text = text.trim();
    let text = text.split("\nStacktrace").next().unwrap_or(text);
    let line = one_line(text);
    let short: String = line.chars().take(SAID_MAX).collect();
    if short.len() < line.len() { short + "…" } else { short }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_values_reasons_or_nonsense() {
        let check = |status, text: &str, expected: Result<Value, Refusal>| {
            assert_eq!(read(status, text.as_bytes()), expected, "{text}");
        };
        let refused = |text: &str| Err(Refusal::Refused(text.to_owned()));
        let nonsense = |text: &str| Err(Refusal::Nonsense(text.to_owned()));
        check(200, r#"{"value": 1}"#, Ok(1.into()));
        check(200, r#"{"value": null}"#, Ok(Value::Null));
        check(
            404,
            r#"{"value": {"error": "invalid session id", "message": "gone"}}"#,
            refused("invalid session id: gone"),
        );
        check(
            500,
            r#"{"value": {"error": "session not created", "message": "session not created: old\nStacktrace: #0"}}"#,
            refused("session not created: old"),
        );
        check(500, r#"{"status": 13, "value": {"message": "Empty pool of VM"}}"#, refused("Empty pool of VM"));
        check(200, "<html>", nonsense("status 200, \"<html>\""));
        check(200, "{}", nonsense("status 200, \"{}\""));
        check(500, r#"{"value": 1}"#, nonsense(r#"status 500, "{\"value\": 1}""#));
        assert!(matches!(read(200, b"\xff\xfe"), Err(Refusal::Nonsense(_))));
    }

    #[test]
    fn paths_are_put_below_the_address() {
        let check = |base: &str, path: &[&str], expected: &str| {
            let wire = Wire::to(&Url::parse(base).expect("an address")).expect("a client");
            assert_eq!(wire.address(path).as_str(), expected);
        };
        check("http://grid:4444/wd/hub/", &["status"], "http://grid:4444/wd/hub/status");
        check("http://a:b@grid/", &["session", "1", "url"], "http://a:b@grid/session/1/url");
        check("http://grid/session/1", &[], "http://grid/session/1");
        // A session's name is not ours: it leads nowhere else.
        check("http://grid/", &["session", "../a?b"], "http://grid/session/..%2Fa%3Fb");
    }

    #[test]
    fn this_machine_has_several_names() {
        let check = |url, expected| assert_eq!(is_loopback(&Url::parse(url).expect("an address")), expected, "{url}");
        check("http://127.0.0.2:4444/", true);
        check("http://[::1]:4444/", true);
        check("http://localhost/", true);
        check("http://localhost.example.org/", false);
        check("http://10.0.0.1/", false);
    }
}
