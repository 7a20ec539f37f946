//! `parlab selftest`: whether the numbers of this parlab on this machine can be believed.

mod bench;
mod checks;
mod times;

use super::ExitStatus;
use crate::terminal::{INDENT, Style, print};
use bench::Bench;
use checks::{CHECKS, Check};

/// What is no part of it, and what tells instead.
const LEFT_OUT: &str = "Browsers are no part of it: `parlab pair NAME` runs the same work natively and in every browser that is \
                        found, and fails where their checksums differ; `parlab doctor` says which are found.";

/// Makes every check and says what came of it.
pub fn selftest(json: bool) -> anyhow::Result<ExitStatus> {
    let mut bench = Bench::start()?;
    let style = Style::of_stdout(false);
    let (mut printed, mut made) = (Ok(()), Vec::new());
    for check in CHECKS {
        let outcome = (check.make)(&mut bench);
        if !json {
            printed = printed.and(print(&lines(check, &outcome, style)));
        }
        made.push((check, outcome));
    }
    let passes = made.iter().all(|(_, outcome)| outcome.is_ok());
    printed = printed.and(if json {
        let checks = made.iter().map(|(Check { name, tests, means, .. }, outcome)| {
            let (Ok(found) | Err(found)) = outcome;
            serde_json::json!({
                "name": name, "passes": outcome.is_ok(), "found": found, "tests": tests, "failure_means": means
            })
        });
        let all = serde_json::json!({
            "passes": passes, "checks": checks.collect::<Vec<_>>(), "left_out": LEFT_OUT
        });
        print(&(serde_json::to_string_pretty(&all)? + "\n"))
    } else {
        print(&style.paragraph(LEFT_OUT, 0))
    });
    ExitStatus::of(passes).unless(printed)
}

/// What is said of a check.
fn lines(check: &Check, outcome: &Result<String, String>, style: Style) -> String {
    let Check { name, tests, means, .. } = check;
    let said = match outcome {
        Ok(found) => style.message(&format!("passes: {name}: {found}")),
        Err(found) => {
            style.message(&format!("FAILS: {name}: {found}")).lines().map(|line| style.red(line) + "\n").collect()
        }
    };
    let more = format!("  Tested: {tests}. A failure means: {means}.");
    said + &style.paragraph(&more, INDENT)
}
