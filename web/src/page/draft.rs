//! The draft: what is asked for so far, as text by parameter. The controls, the URL and
//! `window.parlab.run` all fill one, and it becomes a plan in one place.

use std::collections::BTreeMap;

use parlab_shared::measure::{LeftOut, Plan, Request, RequestError};
use parlab_shared::say::number::Count;
use parlab_shared::strategy::{Platform, Strategy, needs_shared_memory};

use super::browser::{self, Unshared};

/// What the experiment chooses by itself; a new experiment begins without it.
const OF_THE_EXPERIMENT: &[&str] = &["strategy", "workers", "tasks", "size", "dispatch", "latency", "fail"];

/// What is asked for so far. A parameter that is not set is the experiment's own.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draft(BTreeMap<String, String>);

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

    /// Chooses an experiment or workload.
    pub fn choose(&mut self, name: &str) {
        for key in OF_THE_EXPERIMENT {
            self.clear(key);
        }
        self.put("run", name);
    }

    /// An experiment as it is, at the scale of this draft.
    pub fn as_it_is(&self, name: &str) -> Self {
        let mut next = Self::default();
        next.put("run", name);
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
            match key.as_str() {
                "strategy" if value.is_empty() => request.strategies = Some(Vec::new()),
                _ => request.set(key, value)?,
            }
        }
        Ok(request)
    }

    /// The plan for this page. What needs shared memory where there is none is left out, unless
    /// it was asked for by name; the plan says why.
    ///
    /// # Errors
    /// What cannot be run here, for a human.
    pub fn offer(&self) -> Result<Plan, String> {
        let request = self.request().map_err(|error| error.to_string())?;
        let mut plan = request.plan(Platform::Browser).map_err(|error| error.to_string())?;
        let Err(unshared) = browser::shared_memory() else {
            return Ok(plan);
        };
        let asked = request.strategies.unwrap_or_default();
        if let Some(strategy) = asked.into_iter().find(|one| needs_shared_memory(*one)) {
            return Err(refusal(strategy, unshared));
        }
        leave_out(&mut plan, unshared);
        if plan.stages.is_empty() {
            return Err(refusal(Strategy::Threads, unshared));
        }
        Ok(plan)
    }

    /// The page's address with this draft.
    pub fn query(&self) -> String {
        let pair = |(key, value): (&String, &String)| {
            // Commas are legible as they are.
            let value = String::from(js_sys::encode_uri_component(value)).replace("%2C", ",");
            format!("{key}={value}")
        };
        let pairs: Vec<String> = self.0.iter().map(pair).collect();
        format!("?{}", pairs.join("&"))
    }
}

/// Takes the rows out of a plan that need shared memory, and notes why.
pub fn leave_out(plan: &mut Plan, unshared: Unshared) {
    let reason = format!("it needs shared memory, but {}; {}", unshared.reason(), unshared.fix());
    let cannot = plan.rows().filter(|row| needs_shared_memory(row.strategy));
    let left_out: Vec<LeftOut> = cannot.map(|row| LeftOut { row: row.clone(), reason: reason.clone() }).collect();
    plan.left_out.extend(left_out);
    plan.retain(|row| !needs_shared_memory(row.strategy));
}

/// What is not run of a plan, in a sentence for each reason.
pub fn left_out(plan: &Plan) -> Option<String> {
    let mut reasons: Vec<(&str, usize)> = Vec::new();
    for one in &plan.left_out {
        match reasons.iter_mut().find(|(reason, _)| *reason == one.reason) {
            Some((_, count)) => *count += 1,
            None => reasons.push((&one.reason, 1)),
        }
    }
    let sentence = |(reason, rows): (&str, usize)| format!("Left out, {}: {reason}.", Count(rows as u64, "row"));
    let sentences: Vec<String> = reasons.into_iter().map(sentence).collect();
    (!sentences.is_empty()).then(|| sentences.join(" "))
}

/// Why a strategy that needs shared memory cannot run here, and how to make it.
pub fn refusal(strategy: Strategy, unshared: Unshared) -> String {
    format!("{strategy} cannot run here: it needs shared memory, but {}; {}", unshared.reason(), unshared.fix())
}
