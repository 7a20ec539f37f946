//! axe, which finds in a page what keeps people out who use it otherwise than by sight and mouse
//! (https://github.com/dequelabs/axe-core).

use std::path::Path;

use fantoccini::Client;
use serde::Deserialize;

/// A rule that the page breaks.
#[derive(Debug, Deserialize)]
struct Violation {
    /// The rule's name: https://dequeuniversity.com/rules/axe/4.11/NAME explains it.
    id: String,
    /// How bad it is.
    impact: Option<String>,
    /// What is asked for.
    help: String,
    /// Where it is broken: the selector of each element, and what is wrong with it.
    places: Vec<(String, String)>,
}

/// What axe finds in the page as it is now, with all of its rules.
async fn violations(client: &Client) -> Vec<Violation> {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../tools/axe-core/node_modules/axe-core/axe.min.js");
    let source = std::fs::read_to_string(&path).unwrap_or_else(|error| {
        panic!("axe-core is missing: run `cargo xtask provision` ({}: {error})", path.display())
    });
    let is_there = client.execute("return Boolean(window.axe);", vec![]).await.expect("the script runs");
    if is_there != true {
        client.execute(&source, vec![]).await.expect("axe is a script");
    }
    let run = "const done = arguments[0];
        const place = ({ target, failureSummary }) => [target.join(' '), failureSummary ?? ''];
        axe.run(document, { resultTypes: ['violations'] }).then(
            ({ violations }) => done([violations.map(({ id, impact, help, nodes }) => ({ id, impact, help, places: nodes.map(place) })), null]),
            (error) => done([null, `${error}`]),
        );";
    let answer = client.execute_async(run, vec![]).await.expect("the script runs");
    let (violations, error): (Option<Vec<Violation>>, Option<String>) =
        serde_json::from_value(answer).expect("one of both");
    violations.unwrap_or_else(|| panic!("axe fails: {}", error.unwrap_or_default()))
}

/// What it finds, in words; nothing, if all is well.
pub async fn found(client: &Client) -> String {
    let place = |(target, summary): &(String, String)| format!("\n    {target}: {}", summary.replace('\n', " "));
    let line = |violation: &Violation| {
        let Violation { id, impact, help, places } = violation;
        let impact = impact.as_deref().unwrap_or("of unknown impact");
        format!("\n{id} ({impact}): {help}{}", places.iter().map(place).collect::<String>())
    };
    violations(client).await.iter().map(line).collect()
}

/// Asserts that it finds nothing; `state` says what the page shows.
pub async fn check(client: &Client, state: &str) {
    let found = found(client).await;
    assert!(found.is_empty(), "axe finds something in the page {state}:{found}");
}
