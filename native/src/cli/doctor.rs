//! `parlab doctor`: what there is on this machine, what of it is measured badly, and what helps.

mod browsers;
mod checks;

use super::ExitStatus;
use super::list::text_table;
use crate::browsers::BrowserArgs;
use crate::environment;
use crate::terminal::{Style, print, titled_table};
use checks::{CHECKS, Finding};
use parlab_shared::report::{Environment, Python};

use crate::executors::Live;
use crate::python::PythonExecutor;
use crate::run_folder::PlanFolder;

/// Looks at everything, and says what was found.
pub fn doctor(args: &BrowserArgs, json: bool, wide: bool) -> anyhow::Result<ExitStatus> {
    let browsers = browsers::look(args)?;
    // Afterwards: browsers that open would be others who use the machine.
    let environment = environment::look();
    let python = ("python", python());
    let all: Vec<_> = browsers.into_iter().chain([python]).chain(machine(&environment)).collect();
    if json {
        let checks = all.iter().map(|(name, Finding { found, doubt })| {
            let (means, fix) = doubt.as_ref().map(|doubt| (&doubt.means, &doubt.fix)).unzip();
            serde_json::json!({ "name": name, "found": found, "fine": doubt.is_none(), "means": means, "fix": fix })
        });
        let fine = all.iter().all(|(_, finding)| finding.doubt.is_none());
        let all = serde_json::json!({ "fine": fine, "checks": checks.collect::<Vec<_>>() });
        print(&(serde_json::to_string_pretty(&all)? + "\n"))?;
    } else {
        let mut said = said(&all);
        if said.is_empty() {
            said.push("Nothing stands in the way of measuring.".to_owned());
        }
        let table = text_table(
            ["doctor", "This machine", "What was found on this machine"],
            ["What", "Found"],
            all.iter().map(|(name, finding)| [(*name).to_owned(), finding.found.clone()]),
            &said.iter().map(String::as_str).collect::<Vec<_>>(),
        );
        print(&titled_table(&table, Style::of_stdout(wide)))?;
    }
    Ok(ExitStatus::Clean)
}

/// The Python that carries runs out.
fn python() -> Finding {
    let look = || -> anyhow::Result<String> {
        let folder = PlanFolder::create()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let Python { implementation, version, gil } = runtime.block_on(async {
            let executor = PythonExecutor::start(Live::default(), folder.path()).await?;
            let python = executor.python.clone();
            executor.end().await;
            anyhow::Ok(python)
        })?;
        let lock = if gil { "one thread at a time runs Python code" } else { "without a global lock" };
        Ok(format!("{implementation} {version}, {lock}"))
    };
    match look() {
        Ok(found) => Finding::fine(found),
        Err(error) => Finding::doubtful(
            format!("{error:#}"),
            "Nothing can be measured in it",
            "install Python 3.9 or newer, or name one with PARLAB_PYTHON",
        ),
    }
}

/// What is found of the machine itself, by the names of the checks.
pub fn machine(environment: &Environment) -> impl Iterator<Item = (&'static str, Finding)> {
    CHECKS.iter().filter_map(|check| Some((check.name, (check.look)(environment)?)))
}

/// What will be measured badly because of what was found, a few sentences for each.
pub fn said(all: &[(&'static str, Finding)]) -> Vec<String> {
    all.iter().filter_map(|(name, finding)| finding.said(name)).collect()
}
