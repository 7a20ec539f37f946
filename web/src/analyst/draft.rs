//! The draft: what is asked for, as text by parameter. The form, the address and `window.parlab.run` all fill one, and it
//! becomes a plan in one place.

use std::collections::BTreeMap;

use parlab_shared::address::is_loopback;
use parlab_shared::label::RowLabel;
use parlab_shared::measure::{LeftOut, NO_TLS, Plan, Request, RequestError};
use parlab_shared::number::Counted;
use parlab_shared::row::Row;
use parlab_shared::scale::Scale;
use parlab_shared::strategy::Platform;

use crate::questions::{Lack, OwnTarget, PageFacts};
use crate::views::{Parameters, Problem};

/// What is asked for so far. A parameter that is not set is the experiment's own.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draft(BTreeMap<String, String>);

impl FromIterator<(String, String)> for Draft {
    fn from_iter<T: IntoIterator<Item = (String, String)>>(parameters: T) -> Self {
        Self(parameters.into_iter().collect())
    }
}

impl Draft {
    /// The text of a parameter, empty if it is not set.
    pub fn get(&self, key: &str) -> &str {
        self.0.get(key).map_or("", String::as_str)
    }

    /// Whether a parameter is set.
    pub fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// The parameters, as in an address.
    pub fn parameters(&self) -> Parameters {
        self.0.iter().map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    /// The request.
    ///
    /// # Errors
    /// The first parameter that cannot be read.
    pub fn request(&self) -> Result<Request, RequestError> {
        let mut request = Request::default();
        for (key, value) in &self.0 {
            request.set(key, value)?;
        }
        Ok(request)
    }

    /// The plan for a page. What it has no memory to share or no files for is left out, unless the strategy was asked for by
    /// name; the plan says why.
    ///
    /// # Errors
    /// What cannot be run here, for a human.
    pub fn offer(&self, facts: &PageFacts) -> Result<Plan, Problem> {
        let request = self.request()?;
        let plan = request.plan(Platform::Browser)?;
        mixed(&plan, facts)?;
        let requested = request.strategies.unwrap_or_default();
        if let (Some(unshared), Some(strategy)) =
            (&facts.unshared, requested.into_iter().find(|strategy| strategy.needs_shared_memory()))
        {
            return Err(Problem { key: Some("strategy".to_owned()), text: refusal(&strategy, &no_memory(unshared)) });
        }
        fitting(plan, facts).map_err(|text| Problem { key: None, text })
    }

    /// The scale that is chosen.
    pub fn scale(&self) -> Scale {
        self.get("scale").parse().unwrap_or_default()
    }
}

impl From<RequestError> for Problem {
    fn from(error: RequestError) -> Self {
        Self { key: error.key().map(str::to_owned), text: error.to_string() }
    }
}

/// Refuses addresses that a page which came over https may not ask.
///
/// # Errors
/// The first such address.
fn mixed(plan: &Plan, facts: &PageFacts) -> Result<(), Problem> {
    if facts.folder.as_ref().is_none_or(|folder| !folder.starts_with("https:")) {
        return Ok(());
    }
    let listed = plan.rows().flat_map(|row| row.workload.urls().unwrap_or_default());
    let asked = plan.target.iter().map(|target| (Some("target"), target)).chain(listed.map(|url| (None, url)));
    match asked.into_iter().find(|(_, url)| !url.is_secure() && !is_loopback(url.host())) {
        None => Ok(()),
        Some((key, url)) => Err(Problem {
            key: key.map(str::to_owned),
            text: format!(
                "\"{url}\" cannot be asked from here: this page came over https, and browsers let such pages send nothing to \
                 http addresses (mixed content) but those of this machine, as http://127.0.0.1:8017/; have it answer over https"
            ),
        }),
    }
}

/// What of a plan can be run on a page: rows that need what it lacks are left out, and the plan says why.
///
/// # Errors
/// Why nothing of it can be run.
pub fn fitting(mut plan: Plan, facts: &PageFacts) -> Result<Plan, String> {
    let has_own = plan.target.is_some();
    let lacks = |row: &Row| {
        let target = match &facts.target {
            OwnTarget::Missing(lack) if !has_own && row.workload.asks_target() => Some(no_target(lack)),
            _ => None,
        };
        let protocol = || {
            let speaks_tls = facts.folder.as_ref().is_some_and(|folder| folder.starts_with("https:"));
            match &facts.target {
                _ if row.workload.protocol().is_none() => None,
                OwnTarget::Server if speaks_tls => None,
                OwnTarget::Server => Some(NO_TLS.to_owned()),
                OwnTarget::Browser | OwnTarget::Missing(_) => Some(NO_CONNECTIONS.to_owned()),
            }
        };
        // That of no other server helps there.
        let target = protocol().or(target);
        let memory = facts.unshared.as_ref().filter(|_| row.strategy.needs_shared_memory()).map(no_memory);
        let no_files = |reason: &String| format!("it writes files, but {reason}");
        target.or(memory).or_else(|| facts.unfiled.as_ref().filter(|_| row.workload.writes_files()).map(no_files))
    };
    let left_out = |row: &Row| Some(LeftOut { row: row.clone(), reason: lacks(row)? });
    let left_out: Vec<LeftOut> = plan.rows().filter_map(left_out).collect();
    plan.retain(|row| lacks(row).is_none());
    if let (true, Some(LeftOut { row, reason })) = (plan.stages.is_empty(), left_out.first()) {
        return Err(refusal(&RowLabel::of(row), reason));
    }
    plan.left_out.extend(left_out);
    Ok(plan)
}

/// Why a protocol cannot be asked for where the page's own target is none that has connections.
const NO_CONNECTIONS: &str = "it compares protocols between a browser and a server, and this page comes from a static host: no \
    request to a target in the browser goes over a connection; start parlab serve with --tls";

fn no_target(lack: &Lack) -> String {
    format!(
        "it sends requests, and without a service worker this page has no target, because {}; {}, or name a server that \
         allows pages of other origins with target",
        lack.reason, lack.fix
    )
}

fn no_memory(unshared: &Lack) -> String {
    format!("it needs shared memory, but {}; {}", unshared.reason, unshared.fix)
}

/// What is not run of a plan, in a sentence for each reason.
pub fn left_out(plan: &Plan) -> Option<String> {
    let mut reasons: Vec<(&str, usize)> = Vec::new();
    for left_out in &plan.left_out {
        match reasons.iter_mut().find(|(reason, _)| *reason == left_out.reason) {
            Some((_, count)) => *count += 1,
            None => reasons.push((&left_out.reason, 1)),
        }
    }
    let sentence = |(reason, rows): (&str, usize)| format!("Left out, {}: {reason}.", Counted(rows as u64, "row"));
    let sentences: Vec<String> = reasons.into_iter().map(sentence).collect();
    (!sentences.is_empty()).then(|| sentences.join(" "))
}

fn refusal(what: &impl std::fmt::Display, reason: &str) -> String {
    format!("{what} cannot run here: {reason}")
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A draft of some parameters.
    pub fn draft(parameters: &[(&str, &str)]) -> Draft {
        parameters.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    /// A page that lacks nothing.
    pub fn facts() -> PageFacts {
        PageFacts { folder: None, target: OwnTarget::Server, unshared: None, unfiled: None, build: String::new() }
    }

    /// A page whose workers cannot share a memory.
    pub fn without_memory() -> PageFacts {
        let unshared = Lack { reason: "there is none".to_owned(), fix: "get one".to_owned() };
        PageFacts { unshared: Some(unshared), ..facts() }
    }

    #[test]
    fn no_strategy_at_all_is_refused_as_such() {
        let request = draft(&[("run", "sum"), ("strategy", "")]).request().expect("it can be read");
        assert_eq!(request.strategies, Some(vec![]));
        let problem = draft(&[("run", "sum"), ("strategy", "")]).offer(&facts()).expect_err("refused");
        assert_eq!(problem.key.as_deref(), Some("strategy"));
    }

    #[test]
    fn what_needs_shared_memory_is_left_out_where_there_is_none_and_the_plan_says_why() {
        let whole = draft(&[("run", "cpu-heavy")]).offer(&facts()).expect("a plan");
        let plan = draft(&[("run", "cpu-heavy")]).offer(&without_memory()).expect("a plan");
        assert!(plan.rows().all(|row| !row.strategy.needs_shared_memory()));
        assert_eq!(plan.rows().count() + plan.left_out.len(), whole.rows().count());
        assert_eq!(left_out(&whole), None);
        let sentence = left_out(&plan).expect("rows are missing");
        let rows = Counted(plan.left_out.len() as u64, "row");
        assert_eq!(sentence, format!("Left out, {rows}: it needs shared memory, but there is none; get one."));
    }

    /// A page on a static host that has no service worker.
    fn without_target() -> PageFacts {
        let lack = Lack { reason: "there is none".to_owned(), fix: "get one".to_owned() };
        PageFacts { target: OwnTarget::Missing(lack), ..facts() }
    }

    #[test]
    fn what_sends_requests_is_refused_where_nothing_answers_and_nobody_names_a_server() {
        let refused = draft(&[("run", "post")]).offer(&without_target()).expect_err("refused").text;
        let reason = "it sends requests, and without a service worker this page has no target, because there is none; get one, \
                      or name a server that allows pages of other origins with target";
        assert!(refused.ends_with(&format!(" cannot run here: {reason}")), "{refused}");
        let whole = draft(&[("run", "all")]).offer(&facts()).expect("a plan");
        let plan = draft(&[("run", "all")]).offer(&without_target()).expect("a plan");
        assert!(plan.rows().count() < whole.rows().count() && plan.rows().all(|row| !row.workload.asks_target()));
        assert!(left_out(&plan).is_some_and(|sentence| sentence.contains(reason)));
        for elsewhere in [("target", "https://lab.example/"), ("url", "https://lab.example/a")] {
            assert!(draft(&[("run", "urls"), elsewhere]).offer(&without_target()).is_ok(), "{elsewhere:?}");
        }
    }

    #[test]
    fn a_protocol_is_asked_for_where_page_and_target_come_over_tls() {
        let refused = |facts: PageFacts| draft(&[("run", "http2")]).offer(&facts).map_err(|problem| problem.text);
        let at = |folder: &str| PageFacts { folder: Some(folder.to_owned()), ..facts() };
        assert_eq!(refused(at("https://127.0.0.1:8017/")).map(|plan| plan.rows().count()), Ok(2));
        let error = refused(at("http://127.0.0.1:8017/")).expect_err("refused");
        assert_eq!(error, format!("async × 24, protocol http1 cannot run here: {NO_TLS}"));
        for target in [OwnTarget::Browser, without_target().target] {
            let error = refused(PageFacts { target, ..at("https://lab.example/") }).expect_err("refused");
            assert!(error.contains("this page comes from a static host"), "{error}");
        }
        // Of all experiments the others are left.
        let plan = draft(&[("run", "all")]).offer(&at("http://127.0.0.1:8017/")).expect("a plan");
        assert!(left_out(&plan).is_some_and(|said| said.contains(&format!("Left out, 2 rows: {NO_TLS}."))));
    }

    #[test]
    fn pages_that_came_over_https_ask_no_open_addresses_but_those_of_this_machine() {
        let offer = |folder: &str, key: &str, url: &str| {
            let facts = PageFacts { folder: Some(folder.to_owned()), ..facts() };
            draft(&[("run", "urls"), (key, url)]).offer(&facts)
        };
        for key in ["target", "url"] {
            for open in
                ["http://lab.example/", "http://192.168.0.7:8017/", "http://[fd00::7]/", "http://localhost.example/"]
            {
                let problem = offer("https://a.example/lab/", key, open).expect_err(open);
                assert!(problem.text.contains("(mixed content)") && problem.text.contains(open), "{}", problem.text);
                assert!(offer("http://a.example/lab/", key, open).is_ok(), "{open}");
            }
            for allowed in ["https://lab.example/", "http://127.0.0.1:8017/", "http://localhost/", "http://[::1]:80/"] {
                assert!(offer("https://a.example/lab/", key, allowed).is_ok(), "{allowed}");
            }
        }
    }

    #[test]
    fn what_was_asked_for_by_name_is_refused_instead() {
        let problem = draft(&[("run", "sum"), ("strategy", "sequential,threads")]).offer(&without_memory());
        let text = "threads cannot run here: it needs shared memory, but there is none; get one".to_owned();
        assert_eq!(problem, Err(Problem { key: Some("strategy".to_owned()), text }));
    }

    #[test]
    fn what_writes_files_is_left_out_where_there_are_none_with_the_browsers_reason() {
        let secured = PageFacts { folder: Some("https://lab.example/".to_owned()), ..facts() };
        let unfiled = Some("this page has no file system: why".to_owned());
        let without_files = PageFacts { unfiled, ..secured.clone() };
        let whole = draft(&[("run", "all")]).offer(&secured).expect("a plan");
        let plan = draft(&[("run", "all")]).offer(&without_files).expect("a plan");
        assert!(plan.rows().all(|row| !row.workload.writes_files()));
        assert!(!plan.left_out.is_empty());
        assert_eq!(plan.rows().count() + plan.left_out.len(), whole.rows().count());
        let sentence = left_out(&plan).expect("rows are missing");
        assert!(sentence.ends_with(": it writes files, but this page has no file system: why."), "{sentence}");
        let problem = draft(&[("run", "write"), ("strategy", "async")]).offer(&without_files).expect_err("refused");
        assert!(problem.text.ends_with(" cannot run here: it writes files, but this page has no file system: why"));
    }
}
