//! Where in the page the user is, as its address says: the address of each view can be kept, sent and opened again.
//!
//! A view is in the query, not in the path: so the page works in any folder of any server that only sends files.

use std::collections::BTreeMap;

/// The parameter that says what to run, and so shows an experiment.
pub const RUN: &str = "run";
/// The parameter that shows one of the other views.
const VIEW: &str = "view";
/// The parameter that shows a report that is kept.
const REPORT: &str = "report";
/// The parameter that begins at once.
const AUTORUN: &str = "autorun";
/// The parameter that makes the page a still one, which measures for whoever opened it.
pub const EXECUTOR: &str = "executor";
/// The parameter by which the server knows whom it printed its address for.
const TOKEN: &str = "token";

/// What is asked for so far, as text by parameter. A parameter that is not set is the experiment's own.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draft(BTreeMap<String, String>);

impl FromIterator<(String, String)> for Draft {
    fn from_iter<T: IntoIterator<Item = (String, String)>>(parameters: T) -> Self {
        Self(parameters.into_iter().collect())
    }
}

impl Draft {
    /// An experiment or workload as it is, at a scale if one was chosen.
    pub fn of(run: &str, scale: &str) -> Self {
        let scale = (!scale.is_empty()).then(|| ("scale".to_owned(), scale.to_owned()));
        std::iter::once((RUN.to_owned(), run.to_owned())).chain(scale).collect()
    }

    /// The text of a parameter, empty if it is not set.
    pub fn get(&self, key: &str) -> &str {
        self.0.get(key).map_or("", String::as_str)
    }

    /// Sets a parameter as it is, also to nothing; without a value it is left to the experiment.
    pub fn put(&mut self, key: &str, value: Option<String>) {
        match value {
            Some(value) => self.0.insert(key.to_owned(), value),
            None => self.0.remove(key),
        };
    }

    /// The parameters.
    pub fn parameters(&self) -> Vec<(String, String)> {
        self.0.iter().map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    /// The query of the address that sets it up.
    pub fn query(&self) -> String {
        query(self.0.iter().map(|(key, value)| (key.as_str(), value.as_str())))
    }
}

/// A query with some parameters.
fn query<'a>(parameters: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let pair = |(key, value): (&str, &str)| {
        // Commas are legible as they are.
        let value = form_urlencoded::byte_serialize(value.as_bytes()).collect::<String>().replace("%2C", ",");
        format!("{key}={value}")
    };
    let pairs: Vec<String> = parameters.map(pair).collect();
    format!("?{}", pairs.join("&"))
}

/// What is shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum View {
    /// Every experiment.
    #[default]
    Gallery,
    /// One experiment, or a workload on its own, or all of them together.
    Experiment,
    /// A report that is kept, by its id.
    Report(String),
    /// The path of those who learn.
    Learn,
    /// Reports side by side.
    Compare,
    /// The reports that are kept.
    History,
    /// The machine that this page measures on.
    Machine,
}

impl View {
    /// Those that the head of the page leads to, with what they are called.
    pub const MAIN: [(View, &'static str); 5] = [
        (View::Gallery, "Experiments"),
        (View::Learn, "Learn"),
        (View::Compare, "Compare"),
        (View::History, "History"),
        (View::Machine, "This machine"),
    ];

    fn name(&self) -> Option<&'static str> {
        match self {
            View::Learn => Some("learn"),
            View::Compare => Some("compare"),
            View::History => Some("history"),
            View::Machine => Some("machine"),
            View::Gallery | View::Experiment | View::Report(_) => None,
        }
    }

    /// The query of its address; an experiment's is that of its draft.
    pub fn query(&self, draft: &Draft) -> String {
        match self {
            View::Gallery => String::new(),
            View::Experiment => draft.query(),
            View::Report(id) => query(std::iter::once((REPORT, id.as_str()))),
            view => query(view.name().map(|name| (VIEW, name)).into_iter()),
        }
    }
}

/// What an address asks for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Requested {
    /// What to show.
    pub view: View,
    /// What to set up, as it stands in the address: parameters may be unknown, or come twice.
    pub parameters: Vec<(String, String)>,
    /// Begin as soon as the lab is there.
    pub autorun: bool,
    /// The token by which the server knows whom it printed its address for.
    pub token: Option<String>,
    /// What could not be read.
    pub errors: Vec<String>,
}

/// Reads the query of an address, with its question mark or without.
pub fn read(query: &str) -> Requested {
    let mut requested = Requested::default();
    let mut named = Vec::new();
    for (key, value) in pairs(query) {
        let text = value.as_str();
        match key.as_str() {
            AUTORUN => named.push((AUTORUN, value)),
            VIEW => named.push((VIEW, value)),
            REPORT => named.push((REPORT, value)),
            TOKEN if !text.is_empty() => requested.token = Some(value),
            _ => requested.parameters.push((key, value)),
        }
    }
    let mut once = |key: &str| {
        let mut values = named.iter().filter(|(known, _)| *known == key).map(|(_, value)| value.clone());
        let first = values.next();
        if let (Some(first), Some(second)) = (&first, values.next()) {
            requested.errors.push(format!("{key} is given twice, as \"{first}\" and as \"{second}\": give it once"));
            return None;
        }
        first
    };
    let (autorun, view, report) = (once(AUTORUN), once(VIEW), once(REPORT));
    requested.view = match (report, view, requested.parameters.is_empty()) {
        (Some(id), ..) => View::Report(id),
        (None, Some(name), _) => match View::MAIN.iter().find(|(view, _)| view.name() == Some(&name)) {
            Some((view, _)) => view.clone(),
            None => {
                let known: Vec<&str> = View::MAIN.iter().filter_map(|(view, _)| view.name()).collect();
                requested.errors.push(format!("there is no view \"{name}\"; use one of {}", known.join(", ")));
                View::Gallery
            }
        },
        (None, None, true) => View::Gallery,
        (None, None, false) => View::Experiment,
    };
    match autorun.as_deref() {
        None | Some("0") => {}
        Some("1") => requested.autorun = true,
        Some(value) => {
            requested.errors.push(format!("autorun = \"{value}\" cannot be used: use 1 to run at once or 0 not to"));
        }
    }
    requested.autorun &= requested.errors.is_empty() && requested.view == View::Experiment;
    requested
}

fn pairs(query: &str) -> Vec<(String, String)> {
    let query = query.strip_prefix('?').unwrap_or(query);
    form_urlencoded::parse(query.as_bytes()).map(|(key, value)| (key.into_owned(), value.into_owned())).collect()
}

/// The token by which whoever opened the page knows it again, if the address has one.
pub fn executor(query: &str) -> Option<Result<String, String>> {
    let pairs = pairs(query);
    let (_, token) = pairs.iter().find(|(key, _)| key == EXECUTOR)?;
    let is_token = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_hexdigit());
    Some(match pairs.len() {
        1 if is_token => Ok(token.to_owned()),
        1 => Err(format!("\"{token}\" is no token: open the address that parlab pair made, and all of it")),
        _ => Err("an address with a token has no other parameters: parlab pair says what is run".to_owned()),
    })
}

/// The address of a socket of the page's server, from the folder of the page: of whoever opened it, `executor`, or of the
/// conductor, `conduct`.
pub fn socket(folder: &str, name: &str, token: &str) -> String {
    // http becomes ws, and https wss.
    format!("ws{}api/{name}?token={token}", folder.strip_prefix("http").unwrap_or(folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_view_has_an_address_that_leads_back_to_it() {
        let views = View::MAIN.iter().map(|(view, _)| view.clone());
        for view in views.chain([View::Report("a b&c".to_owned())]) {
            let requested = read(&view.query(&Draft::default()));
            assert_eq!((requested.view, requested.errors), (view, vec![]));
        }
        let draft = Draft::of("sum", "smoke");
        let requested = read(&View::Experiment.query(&draft));
        assert_eq!((requested.view, requested.parameters), (View::Experiment, draft.parameters()));
    }

    #[test]
    fn the_address_of_a_draft_is_read_back_as_that_draft() {
        let drafts: [&[(&str, &str)]; 3] = [
            &[("run", "cpu-heavy"), ("workers", "1,2,4")],
            &[("run", "post"), ("latency", "100-300"), ("fail", "status:0.1"), ("timeout", "2.5")],
            &[("run", "urls"), ("target", "http://127.0.0.1:8080/a b?c=d&e=f+g#ü"), ("scale", "smoke")],
        ];
        for parameters in drafts {
            let draft: Draft = parameters.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
            let query = draft.query();
            assert_eq!(read(&query).parameters.into_iter().collect::<Draft>(), draft, "{query}");
        }
        let mut draft = Draft::of("sum", "");
        draft.put("workers", Some("1,2".to_owned()));
        assert_eq!(draft.query(), "?run=sum&workers=1,2");
        draft.put("workers", None);
        assert_eq!(draft, Draft::of("sum", ""));
    }

    #[test]
    fn what_cannot_be_read_is_said_and_nothing_runs_by_itself() {
        for (query, expected) in [
            ("?run=sum&autorun=0&autorun=1", "autorun is given twice, as \"0\" and as \"1\": give it once"),
            ("?run=sum&autorun=yes", "autorun = \"yes\" cannot be used: use 1 to run at once or 0 not to"),
            ("?view=nothing&autorun=1", "there is no view \"nothing\"; use one of learn, compare, history, machine"),
            ("?view=history&view=compare", "view is given twice, as \"history\" and as \"compare\": give it once"),
        ] {
            let requested = read(query);
            assert_eq!((requested.errors, requested.autorun), (vec![expected.to_owned()], false), "{query}");
        }
        let twice = read("?run=sum&run=count&autorun=1");
        // Which of them is meant, nobody knows: the analyst says so.
        assert_eq!(twice.parameters.len(), 2);
        assert!(read("?run=sum&autorun=1").autorun);
        assert!(!read("?view=history&autorun=1").autorun);
    }

    #[test]
    fn an_address_with_a_token_of_the_server_asks_for_nothing_else_by_it() {
        let requested = read("?token=0fA9");
        assert_eq!((requested.view, requested.token.as_deref()), (View::Gallery, Some("0fA9")));
        let requested = read("?run=sum&token=0fA9");
        assert_eq!((requested.view, requested.parameters.len()), (View::Experiment, 1));
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
        let check = |folder: &str, expected: &str| assert_eq!(socket(folder, EXECUTOR, "0f"), expected);
        check("http://127.0.0.1:80/", "ws://127.0.0.1:80/api/executor?token=0f");
        check("https://lab.example/below/", "wss://lab.example/below/api/executor?token=0f");
    }
}
