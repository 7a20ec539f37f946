//! The draft: what is asked for so far, as text by parameter. The controls, the URL and
//! `window.parlab.run` all fill one, and it becomes a plan in one place.

use std::collections::BTreeMap;

use parlab_shared::experiment;
use parlab_shared::measure::option::{self, RUN};
use parlab_shared::measure::{LeftOut, Plan, Request, RequestError};
use parlab_shared::number::Counted;
use parlab_shared::scale::Scale;
use parlab_shared::strategy::{Platform, Strategy};

use super::unshared::Unshared;

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

    /// Sets a parameter as it is, also to nothing.
    pub fn put(&mut self, key: &str, value: &str) {
        self.0.insert(key.to_owned(), value.to_owned());
    }

    /// Leaves a parameter to the experiment.
    pub fn clear(&mut self, key: &str) {
        self.0.remove(key);
    }

    /// Chooses an experiment or workload. What it has of its own and what it has no use for begins anew.
    pub fn choose(&mut self, name: &str) {
        let scale = self.scale();
        let next = experiment::find(name).map(|(experiment, _)| experiment.workload(scale));
        self.0.retain(|key, _| option::find(key).is_some_and(|option| option.outlives(next)));
        self.put(RUN, name);
    }

    /// An experiment as it is, at the scale of this draft.
    pub fn as_it_is(&self, name: &str) -> Self {
        let mut next = Self::default();
        next.put(RUN, name);
        if self.has("scale") {
            next.put("scale", self.get("scale"));
        }
        next
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

    /// The plan for this page, whose workers can share a `memory` or not. What needs shared memory where there is none is
    /// left out, unless it was asked for by name; the plan says why.
    ///
    /// # Errors
    /// What cannot be run here, for a human.
    pub fn offer(&self, memory: Result<(), Unshared>) -> Result<Plan, String> {
        let request = self.request().map_err(|error| error.to_string())?;
        let plan = request.plan(Platform::Browser).map_err(|error| error.to_string())?;
        let requested = request.strategies.unwrap_or_default();
        if let (Err(unshared), Some(strategy)) =
            (memory, requested.into_iter().find(|strategy| strategy.needs_shared_memory()))
        {
            return Err(refusal(strategy, unshared));
        }
        fitting(plan, memory)
    }

    /// The scale that is chosen.
    pub fn scale(&self) -> Scale {
        self.get("scale").parse().unwrap_or_default()
    }

    /// The page's address with this draft.
    pub fn query(&self) -> String {
        let pair = |(key, value): (&String, &String)| {
            // Commas are legible as they are.
            let value = form_urlencoded::byte_serialize(value.as_bytes()).collect::<String>().replace("%2C", ",");
            format!("{key}={value}")
        };
        let pairs: Vec<String> = self.0.iter().map(pair).collect();
        format!("?{}", pairs.join("&"))
    }
}

/// What of a plan can be run on a page whose workers can share a `memory` or not: rows that need it where there is none are
/// left out, and the plan says why.
///
/// # Errors
/// Why nothing of it can be run.
pub fn fitting(mut plan: Plan, memory: Result<(), Unshared>) -> Result<Plan, String> {
    let Err(unshared) = memory else { return Ok(plan) };
    let reason = format!("it needs shared memory, but {}; {}", unshared.reason(), unshared.fix());
    let cannot = plan.rows().filter(|row| row.strategy.needs_shared_memory());
    let left_out: Vec<LeftOut> = cannot.map(|row| LeftOut { row: row.clone(), reason: reason.clone() }).collect();
    plan.left_out.extend(left_out);
    plan.retain(|row| !row.strategy.needs_shared_memory());
    if plan.stages.is_empty() { Err(refusal(Strategy::Threads, unshared)) } else { Ok(plan) }
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

/// Why a strategy that needs shared memory cannot run here, and how to make it.
fn refusal(strategy: Strategy, unshared: Unshared) -> String {
    format!("{strategy} cannot run here: it needs shared memory, but {}; {}", unshared.reason(), unshared.fix())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(parameters: &[(&str, &str)]) -> Draft {
        let mut draft = Draft::default();
        parameters.iter().for_each(|(key, value)| draft.put(key, value));
        draft
    }

    #[test]
    fn another_experiment_begins_without_what_was_chosen_for_the_last() {
        let chosen = [("run", "post"), ("workers", "3"), ("latency", "5"), ("runs", "3"), ("scale", "smoke")];
        let mut chosen = draft(&chosen);
        chosen.choose("cpu-heavy");
        assert_eq!(chosen, draft(&[("run", "cpu-heavy"), ("runs", "3"), ("scale", "smoke")]));
        assert_eq!(chosen.as_it_is("sum"), draft(&[("run", "sum"), ("scale", "smoke")]));
    }

    #[test]
    fn no_strategy_at_all_is_refused_as_such() {
        let request = draft(&[("run", "sum"), ("strategy", "")]).request().expect("it can be read");
        assert_eq!(request.strategies, Some(vec![]));
        assert!(draft(&[("run", "sum"), ("strategy", "")]).offer(Ok(())).is_err());
    }

    #[test]
    fn what_needs_shared_memory_is_left_out_where_there_is_none_and_the_plan_says_why() {
        let whole = draft(&[("run", "cpu-heavy")]).offer(Ok(())).expect("a plan");
        let plan = draft(&[("run", "cpu-heavy")]).offer(Err(Unshared::NotIsolated)).expect("a plan");
        assert!(plan.rows().all(|row| !row.strategy.needs_shared_memory()));
        assert_eq!(plan.rows().count() + plan.left_out.len(), whole.rows().count());
        assert_eq!(left_out(&whole), None);
        let sentence = left_out(&plan).expect("rows are missing");
        let rows = Counted(plan.left_out.len() as u64, "row");
        assert!(sentence.starts_with(&format!("Left out, {rows}: it needs shared memory, but")), "{sentence}");
        assert!(sentence.ends_with("--no-isolation."), "{sentence}");
    }

    #[test]
    fn what_was_asked_for_by_name_is_refused_instead() {
        for unshared in [Unshared::InsecureAddress, Unshared::NotIsolated, Unshared::NoSharedArrayBuffer] {
            let reason =
                draft(&[("run", "sum"), ("strategy", "sequential,threads")]).offer(Err(unshared)).expect_err("refused");
            assert!(reason.starts_with("threads cannot run here") && reason.contains(unshared.reason()), "{reason}");
            assert!(reason.ends_with(unshared.fix()), "{reason}");
        }
    }

    #[test]
    fn the_address_of_a_draft_is_read_back_as_that_draft() {
        let drafts: [&[(&str, &str)]; 3] = [
            &[("run", "cpu-heavy"), ("workers", "1,2,4")],
            &[("run", "post"), ("latency", "100-300"), ("fail", "status:0.1"), ("timeout", "2.5")],
            &[("run", "urls"), ("target", "http://127.0.0.1:8080/a b?c=d&e=f+g#ü"), ("scale", "smoke")],
        ];
        for parameters in drafts {
            let draft = draft(parameters);
            let query = draft.query();
            let pairs = form_urlencoded::parse(&query.as_bytes()[1..]).into_owned();
            assert_eq!(Draft(pairs.collect()), draft, "{query}");
        }
        assert_eq!(draft(&[("run", "sum"), ("workers", "1,2")]).query(), "?run=sum&workers=1,2");
    }
}
