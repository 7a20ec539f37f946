//! What Lighthouse thinks of a page: a look by hand, and no check, because its figures depend on the machine.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::provision::{self, AUDITING};
use crate::steps::{quietly, said_by, say};
use crate::workspace::Workspace;

/// Prints the scores of the page at an address, with whatever costs it any; the whole report lies in the target folder.
pub fn look(workspace: &Workspace, address: &str) -> Result<()> {
    provision::require(workspace, &[AUDITING])?;
    let mut lighthouse = workspace.command("node");
    lighthouse.arg(provision::lighthouse(workspace).join("cli/index.js")).arg(address);
    lighthouse.args(["--quiet", "--preset=desktop", "--only-categories=performance,accessibility,best-practices"]);
    lighthouse.args(["--chrome-flags=--headless --no-sandbox", "--output=json", "--output=html"]);
    std::fs::create_dir_all(folder(workspace))?;
    quietly(lighthouse.arg("--output-path").arg(folder(workspace).join("lighthouse")))?;
    let report = folder(workspace).join("lighthouse.report.json");
    let scores = said_by(Command::new("node").args(["--eval", SCORES]).arg(report))?;
    say(&format!("{scores}\n\nThe whole report: {}\n", folder(workspace).join("lighthouse.report.html").display()));
    Ok(())
}

fn folder(workspace: &Workspace) -> PathBuf {
    workspace.target.join("lighthouse")
}

/// Reads a report: a line for each category, and one for each audit that has not its full score.
const SCORES: &str = "
const { categories, audits } = JSON.parse(require('fs').readFileSync(process.argv[1], 'utf8'));
for (const { title, score, auditRefs } of Object.values(categories)) {
  console.log(`${Math.round(score * 100)} ${title}`);
  const found = auditRefs.filter(({ weight }) => weight > 0).map(({ id }) => audits[id]).filter(({ score }) => score !== null && score < 1);
  for (const { id, title, displayValue } of found) console.log(`    ${id}: ${title}${displayValue ? `, ${displayValue}` : ''}`);
}";
