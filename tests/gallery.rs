//! The page's gallery in a real browser: a card for every experiment, all in one go, and what stands beside results.

use parlab_shared::analysis::Analysis;
use parlab_shared::experiment::{Variant, experiments, find};
use parlab_shared::label::RowLabel;
use parlab_shared::report::Warning;
use parlab_shared::row::Row;
use parlab_shared::say::Texts;
use parlab_shared::scale::Scale;
use parlab_shared::strategy::Platform;
use serde_json::json;

use crate::support::browser::Browser;
use crate::support::driver::Engine;
use crate::support::server::Server;

/// The lines of the table of rows.
const LINES: &str = "document.querySelectorAll('#results table[data-table=rows] tbody tr')";

/// The rows of an analysis, in their order.
fn rows(analysis: &Analysis<'_>) -> Vec<Row> {
    analysis.rows.iter().map(|row| row.row.clone()).collect()
}

#[tokio::test]
async fn every_experiment_has_its_card_and_runs_from_it() {
    let server = Server::start(&[]);
    let browser = Browser::open(server.url()).await;
    browser.ready().await;
    for experiment in experiments() {
        let name = &experiment.name;
        let card = format!("li.card[data-name={name:?}]");
        let text = browser.text(&card).await;
        assert!(
            text.contains(&Texts::planned(experiment, Scale::Lab, Platform::Browser).question)
                && text.contains(&experiment.title),
            "{name}: {text}"
        );
        let pictures = format!("document.querySelectorAll('{card} svg[role=img] > title').length");
        assert_eq!(browser.get::<u32>(&pictures).await, 1, "{name}");
        let run = format!("document.querySelector('{card} button[data-run]')?.innerText");
        assert_eq!(browser.get::<String>(&run).await, "Run", "{name}");
    }
    browser.click("#gallery-scale-smoke").await;
    browser.click("button[data-run=sum]").await;
    browser.until(&format!("{LINES}.length === 3")).await;
    let results = browser.text("main").await;
    let (sum, _) = find("sum").expect("an experiment");
    let texts = Texts::planned(sum, Scale::Smoke, Platform::Browser);
    assert!(results.contains(&texts.question) && results.contains(&texts.expect), "{results}");
    assert!(results.contains("Quick look"), "{results}");
    // Back is the gallery, and another choice has an address of its own.
    browser.get::<u32>("(history.back(), 0)").await;
    browser.until("document.querySelector('#gallery')").await;
    browser.click("[data-choose=post] a").await;
    browser.until("location.search.includes('run=post') && document.querySelector('#plan')").await;
    assert!(browser.text("#question").await.contains(&find("post").expect("an experiment").0.title));
    assert_eq!(browser.text("#errors").await, "");
}

#[expect(clippy::print_stdout, reason = "the figure is for whoever runs the test")]
#[tokio::test]
async fn all_experiments_in_one_go() {
    // Without TLS, one of them could not be run.
    let server = Server::start(&["--tls"]);
    let browser = Browser::open_untrusting_in(Engine::Chromium, server.url()).await;
    browser.ready().await;
    let begun = std::time::Instant::now();
    let report = browser.run(json!({"run": "all", "scale": "smoke"})).await.expect("a report");
    // How fast it is depends on what else the machine does: it is reported, not asserted.
    println!("all experiments at smoke: {:.1} s in the browser", begun.elapsed().as_secs_f64());
    let expected: Vec<_> = experiments().iter().filter(|experiment| !experiment.fails).collect();
    let parts = Analysis::parts(&report);
    assert_eq!(parts.len(), expected.len());
    for (part, experiment) in parts.iter().zip(expected) {
        assert_eq!(part.experiment_name(), Some(experiment.name.as_str()));
        let planned = experiment.rows(Scale::Smoke, Platform::Browser, Variant::Parlab);
        assert_eq!(rows(part), planned, "{}", experiment.name);
        assert!(part.rows.iter().all(|row| row.summary.failed == 0), "{}", experiment.name);
        let lines = format!(
            "document.querySelectorAll('section[data-experiment={:?}] table[data-table=rows] tbody tr').length",
            experiment.name
        );
        browser.until(&format!("{lines} === {}", planned.len())).await;
    }
    // The address does the same, and the live view says where it is.
    browser.goto(&server.at("/?run=all&scale=smoke&autorun=1")).await;
    browser.until("document.querySelector('#status')?.innerText.includes('io-heavy · Run')").await;
    browser.click("#cancel").await;
    browser.until("document.querySelector('#status')?.innerText.includes('Stopped')").await;
    assert_eq!(browser.text("#errors").await, "");
}

#[tokio::test]
async fn theory_and_the_articles_figure_stand_beside_what_was_measured() {
    let server = Server::start(&[]);
    let browser = Browser::open(server.url()).await;
    browser.ready().await;
    for name in ["square", "post", "crawl", "breakdown"] {
        let report = browser.run(json!({"run": name, "scale": "smoke"})).await.expect("a report");
        browser.until(&format!("document.querySelector('#results')?.dataset.report === {:?}", report.id)).await;
        // Where there is not room for all, columns go by their rank; a switch brings them back.
        let all =
            "document.querySelectorAll('#results button.switch[aria-pressed=false]').forEach((all) => all.click())";
        let seen = "document.querySelector('#results table[data-table=rows] [data-key=article]')";
        browser.until(&format!("({all}, {seen})")).await;
        let analysis = Analysis::of(&report);
        let rows = &analysis.rows;
        let cells = |key: &str| {
            format!("[...{LINES}].map((line) => line.querySelector('[data-key={key}]')?.dataset.value ?? null)")
        };
        let expected: Vec<Option<String>> =
            rows.iter().map(|row| row.theory.as_ref().map(|theory| theory.predicted_ms.to_string())).collect();
        assert!(expected.iter().all(Option::is_some), "{name}: {expected:?}");
        assert_eq!(browser.get::<Vec<Option<String>>>(&cells("theory")).await, expected, "{name}");
        let article_s = rows.iter().map(|row| row.source.and_then(|source| source.source_s));
        let expected: Vec<Option<String>> = article_s.map(|seconds| seconds.map(|s| s.to_string())).collect();
        assert_eq!(browser.get::<Vec<Option<String>>>(&cells("article")).await, expected, "{name}");
        let predicted = "[...document.querySelectorAll('table[data-table=theory] tbody [data-key=rule]')]\
             .map((cell) => cell.innerText)";
        let rules: Vec<String> = rows.iter().filter_map(|row| row.theory.as_ref()).map(ToString::to_string).collect();
        assert_eq!(browser.get::<Vec<String>>(predicted).await, rules, "{name}");
        // The article's bars and the same of this run, under the same titles.
        browser.until("document.querySelectorAll('[data-chart=article] svg').length === 2").await;
        let texts = |index: u32, class: &str| {
            format!(
                "[...document.querySelectorAll('[data-chart=article]')[{index}].querySelectorAll('.{class}')]\
                 .map((text) => text.textContent)"
            )
        };
        let drawn = if name == "breakdown" { 3 } else { expected.iter().flatten().count() };
        for index in [0, 1] {
            let bars: Vec<String> = browser.get(&texts(index, "chart-bar > title")).await;
            assert_eq!(bars.len(), drawn, "{name}: {bars:?}");
        }
        let article: Vec<String> = browser.get(&texts(0, "chart-group")).await;
        assert!(!article.is_empty(), "{name}");
        assert_eq!(browser.get::<Vec<String>>(&texts(1, "chart-group")).await, article, "{name}");
        browser.until("document.querySelector('[data-chart=bars] svg')").await;
        let marks = "document.querySelectorAll('[data-chart=bars] .chart-bar ~ line.chart-predicted').length";
        assert_eq!(browser.get::<usize>(marks).await, rows.len(), "{name}: a mark on every bar");
    }
}

#[tokio::test]
async fn a_sweep_is_a_line_for_each_strategy() {
    let server = Server::start(&[]);
    let browser = Browser::open(server.url()).await;
    browser.ready().await;
    let report = browser.run(json!({"run": "post-sweep", "scale": "smoke"})).await.expect("a report");
    assert_eq!(Analysis::of(&report).rows.len(), 18);
    browser.until("document.querySelector('[data-chart=sweep] svg')").await;
    let chart = "document.querySelector('[data-chart=sweep] svg')";
    assert_eq!(browser.get::<u32>(&format!("{chart}.querySelectorAll('polyline.chart-line').length")).await, 2);
    // A point for each row, beside the one in the legend, which has nothing to say.
    assert_eq!(browser.get::<u32>(&format!("{chart}.querySelectorAll('.chart-mark > title').length")).await, 18);
    let description = browser.get::<String>(&format!("{chart}.querySelector('desc').textContent")).await;
    assert!(description.contains("threads × 6: 5: ") && description.contains("150: "), "{description}");
}

#[tokio::test]
async fn what_is_left_out_says_why_in_its_place() {
    let server = Server::start(&["--no-isolation"]);
    let browser = Browser::open(server.url()).await;
    browser.ready().await;
    let report = browser.run(json!({"run": "cpu-heavy", "scale": "smoke", "runs": 1})).await.expect("a report");
    let left_out = report.warnings.iter().filter(|warning| matches!(warning, Warning::LeftOut { .. })).count();
    assert_eq!((left_out, Analysis::of(&report).rows.len()), (3, 4));
    browser.until(&format!("{LINES}.length === 7")).await;
    let names = format!("[...{LINES}].map((line) => line.querySelector('th').innerText)");
    let (experiment, _) = find("cpu-heavy").expect("an experiment");
    let expected = experiment.rows(Scale::Smoke, Platform::Browser, Variant::Parlab);
    let expected: Vec<String> = expected.iter().map(|row| RowLabel::of(row).to_string()).collect();
    assert_eq!(browser.get::<Vec<String>>(&names).await, expected);
    let reason = browser.text("tr[data-left-out='threads × 2']").await;
    assert!(reason.contains("needs shared memory") && reason.contains("parlab serve"), "{reason}");
}
