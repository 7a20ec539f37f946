//! The page's address: what it asks for.

use parlab_shared::experiment;
use parlab_shared::measure::option::RUN;
use parlab_shared::measure::{ALL, RequestError, read_pairs};

use super::draft::Draft;
use super::unshared::Unshared;

/// What the address asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Requested {
    /// What of it could be read.
    pub draft: Draft,
    /// Begin as soon as the lab is there.
    pub autorun: bool,
    /// It names what to run.
    pub named: bool,
    /// What could not be read.
    pub errors: Vec<String>,
}

/// The parameter that begins at once.
const AUTORUN: &str = "autorun";

/// Whether to begin at once, by what stands in the address for it.
fn autorun(given: &[(String, String)]) -> Result<bool, RequestError> {
    let key = AUTORUN.to_owned();
    match given {
        [] => Ok(false),
        [(_, value)] => match value.as_str() {
            "1" => Ok(true),
            "0" => Ok(false),
            _ => {
                let (value, reason) = (value.clone(), "use 1 to run at once or 0 not to".to_owned());
                Err(RequestError::Unreadable { key, value, reason })
            }
        },
        [(_, first), (_, second), ..] => {
            Err(RequestError::Twice { key, first: first.clone(), second: second.clone(), together: false })
        }
    }
}

/// The parameter that makes the page a still one, which measures for whoever opened it.
const EXECUTOR: &str = "executor";

/// The token by which whoever opened the page knows it again, if the address has one.
pub fn executor(query: &str) -> Option<Result<String, String>> {
    let pairs: Vec<_> = form_urlencoded::parse(query.strip_prefix('?').unwrap_or(query).as_bytes()).collect();
    let (_, token) = pairs.iter().find(|(key, _)| key == EXECUTOR)?;
    let is_token = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_hexdigit());
    Some(match pairs.len() {
        1 if is_token => Ok(token.to_string()),
        1 => Err(format!("\"{token}\" is no token: open the address that parlab pair made, and all of it")),
        _ => Err("an address with a token has no other parameters: parlab pair says what is run".to_owned()),
    })
}

/// The address of the socket of whoever opened the page, from the folder of the page.
pub fn socket(folder: &str, token: &str) -> String {
    // http becomes ws, and https wss.
    format!("ws{}api/executor?token={token}", folder.strip_prefix("http").unwrap_or(folder))
}

/// Reads the query of the page's address, with its question mark or without; workers can share a `memory` or not.
pub fn read(query: &str, memory: Result<(), Unshared>) -> Requested {
    let query = query.strip_prefix('?').unwrap_or(query);
    let pairs = form_urlencoded::parse(query.as_bytes());
    let pairs = pairs.map(|(key, value)| (key.into_owned(), value.into_owned()));
    let (autoruns, pairs): (Vec<_>, Vec<_>) = pairs.partition(|(key, _)| key == AUTORUN);
    let (parameters, errors) = read_pairs(pairs);
    let mut requested = Requested {
        draft: parameters.into_iter().collect(),
        autorun: false,
        named: false,
        errors: errors.iter().map(ToString::to_string).collect(),
    };
    match autorun(&autoruns) {
        Ok(autorun) => requested.autorun = autorun,
        Err(error) => requested.errors.push(error.to_string()),
    }
    let first = || experiment::experiments().first().map_or("", |experiment| experiment.name.as_str());
    requested.named = requested.draft.has(RUN);
    if !requested.named {
        requested.draft.put(RUN, first());
    }
    requested.errors.extend(requested.draft.offer(memory).err());
    let name = requested.draft.get(RUN);
    if name != ALL && experiment::find(name).is_none() {
        requested.draft.put(RUN, first());
    }
    requested.autorun &= requested.errors.is_empty();
    requested
}

#[cfg(test)]
mod tests {
    use super::*;

    fn requested(query: &str) -> Requested {
        read(query, Ok(()))
    }

    #[track_caller]
    fn check_refused(query: &str, expected: &str) {
        let requested = requested(query);
        assert!(requested.errors.iter().any(|error| error.contains(expected)), "{query}: {:?}", requested.errors);
        assert!(!requested.autorun, "{query}: what cannot be read is not run");
    }

    #[test]
    fn an_address_that_names_nothing_asks_for_the_first_experiment() {
        for query in ["", "?"] {
            let requested = requested(query);
            assert_eq!(requested.draft.get("run"), experiment::experiments()[0].name);
            assert_eq!((requested.named, requested.autorun, requested.errors), (false, false, vec![]));
        }
    }

    #[test]
    fn an_address_names_what_to_run_and_how() {
        let requested = requested("?run=sum&scale=smoke&strategy=threads&workers=1,2&runs=2&autorun=1");
        assert_eq!((requested.named, requested.autorun, &requested.errors), (true, true, &vec![]));
        let draft = requested.draft;
        assert_eq!([draft.get("run"), draft.get("workers"), draft.get("scale")], ["sum", "1,2", "smoke"]);
        assert!(!draft.has("autorun"));
    }

    #[test]
    fn an_address_with_a_token_measures_for_somebody() {
        assert_eq!(executor("?run=sum"), None);
        assert_eq!(executor(""), None);
        assert_eq!(executor("?executor=0fA9"), Some(Ok("0fA9".to_owned())));
        for (query, expected) in [
            ("?executor=", "\"\" is no token"),
            ("?executor=a%26b", "\"a&b\" is no token"),
            ("?executor=0f&run=sum", "no other parameters"),
            ("?executor=0f&executor=1f", "no other parameters"),
        ] {
            let reason = executor(query).expect("a token").expect_err("a reason");
            assert!(reason.contains(expected), "{query}: {reason}");
        }
    }

    #[test]
    fn the_socket_is_beside_the_page() {
        let check = |folder: &str, expected: &str| assert_eq!(socket(folder, "0f"), expected);
        check("http://127.0.0.1:80/", "ws://127.0.0.1:80/api/executor?token=0f");
        check("https://lab.example/below/", "wss://lab.example/below/api/executor?token=0f");
    }

    #[test]
    fn what_is_written_in_another_way_is_the_same() {
        let requested = requested("run=post&latency=100%2D300&target=http%3A%2F%2F127.0.0.1%3A80%2Fa+b");
        assert_eq!(requested.draft.get("latency"), "100-300");
        assert_eq!(requested.draft.get("target"), "http://127.0.0.1:80/a b");
    }

    #[test]
    fn all_experiments_can_be_asked_for() {
        let requested = requested("?run=all&autorun=1");
        assert_eq!((requested.draft.get("run"), requested.autorun), (ALL, true));
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        check_refused("?run=sum&wokers=2&autorun=1", "no parameter \"wokers\"");
        check_refused("?run=nothing&autorun=1", "no experiment or workload \"nothing\"");
        check_refused("?run=sum&workers=many&autorun=1", "many");
        check_refused("?run=sum&runs=1&runs=2&autorun=1", "runs is given twice, as \"1\" and as \"2\": give it once");
        check_refused("?run=sum&autorun=0&autorun=1", "autorun is given twice, as \"0\" and as \"1\": give it once");
        check_refused("?run=sum&autorun=yes", "use 1 to run at once or 0 not to");
        check_refused("?run=sum&%FF&autorun=1", "no parameter");
        // The form shows something that there is.
        assert_eq!(requested("?run=nothing").draft.get("run"), experiment::experiments()[0].name);
    }

    #[test]
    fn what_cannot_run_here_is_said() {
        let requested = read("?run=sum&strategy=threads&autorun=1", Err(Unshared::NotIsolated));
        assert_eq!((requested.errors.len(), requested.autorun), (1, false));
        assert!(requested.errors[0].starts_with("threads cannot run here"));
    }
}
