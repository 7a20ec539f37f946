//! Which browsers there are, and whether a page that they open can measure.

use std::net::{Ipv4Addr, SocketAddr};

use parlab_shared::strategy::Platform;
use serde_json::Value;

use super::checks::Finding;
use crate::browsers::{Browser, BrowserArgs, Found, Missing, find};
use crate::hub::Hub;
use crate::open_files;
use crate::server::{self, Options};

/// What a page says of itself: whether its workers may share memory, and whether it is seen.
const ASKED: &str = "[crossOriginIsolated && typeof SharedArrayBuffer === 'function', document.visibilityState]";

/// Opens every browser that there is, one after another.
pub fn look(args: &BrowserArgs) -> anyhow::Result<Vec<(&'static str, Finding)>> {
    let all = find(args, Platform::OF_PAIRS)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let server = server::bind(&Options::for_measuring(listen, Vec::new(), Hub::new())?)?.page;
        // A small page without the lab, with the headers that the lab's has.
        let page = server.url() + "target/page/0";
        let serving = tokio::spawn(server.run(std::future::pending()));
        let mut findings = Vec::new();
        for found in all {
            let (Ok(Found { engine, .. }) | Err(Missing { engine, .. })) = &found;
            findings.push((engine.name(), judge(found, &page).await));
        }
        serving.abort();
        Ok(findings)
    })
}

/// What is to be said of a browser that was found, or not.
async fn judge(found: Result<Found, Missing>, page: &str) -> Finding {
    let means = "Nothing can be measured in it";
    match found {
        Err(missing) => Finding::doubtful(missing.why(), means, missing.fix()),
        Ok(found) => match open(&found, page).await {
            Ok((version, answer)) => judge_page(&found, &version, &answer),
            Err(error) => {
                let fix = open_files::too_few_for_browsers().map_or_else(
                    || "end what may be in its way, or name another one with --browser-path".to_owned(),
                    |(_, fix)| fix,
                );
                Finding::doubtful(format!("{found}; {error:#}"), means, fix)
            }
        },
    }
}

async fn open(found: &Found, page: &str) -> anyhow::Result<(String, Value)> {
    let mut browser = Browser::open(found, page, false).await?;
    browser.check_alive().await?;
    let answer = browser.evaluate(ASKED).await?;
    Ok((browser.version().to_owned(), answer))
}

fn judge_page(found: &Found, version: &str, answer: &Value) -> Finding {
    // Its driver tells no version of its own, and comes with it.
    let both = if found.engine.driver().says.is_empty() { ", browser and driver" } else { "" };
    let said = format!("version {version}{both}: {found}");
    if answer[0] != true {
        Finding::doubtful(
            said,
            "Its workers cannot share memory: rows with threads are left out, and its clock is coarse",
            "use another version of it",
        )
    } else if answer[1] != "visible" {
        Finding::doubtful(said, "Its page is hidden, and hidden pages are slowed down", "leave its window in view")
    } else {
        Finding::fine(said)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::browsers::BrowserArgs;

    #[test]
    fn a_page_that_cannot_measure_is_in_doubt() {
        let elsewhere = BrowserArgs::elsewhere("http://grid/");
        let found = find(&elsewhere, &[Platform::Firefox]).expect("an address").remove(0).expect("it is not asked yet");
        let check = |answer: Value, means: Option<&str>| {
            let doubt = judge_page(&found, "1", &answer).doubt.map(|doubt| doubt.means);
            assert_eq!(doubt.is_some(), means.is_some(), "{answer}");
            assert!(doubt.is_none_or(|doubt| doubt.contains(means.unwrap_or_default())), "{answer}");
        };
        check(json!([true, "visible"]), None);
        check(json!([false, "visible"]), Some("share memory"));
        check(json!([true, "hidden"]), Some("hidden"));
        check(json!(null), Some("share memory"));
    }
}
