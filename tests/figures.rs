//! The charts of results in a real browser: what stands behind and beside them, and on a telephone.

use serde_json::json;

use crate::support::browser::Browser;
use crate::support::parlab::{parlab, text};
use crate::support::server::Server;

/// The charts.
const FIGURES: &str = "[...document.querySelectorAll('#results figure[data-chart]')]";

/// A page with the results of an experiment, some of whose rows compute with several workers.
async fn results(server: &Server) -> Browser {
    let browser = Browser::open(server.url()).await;
    browser.ready().await;
    let options = json!({
        "run": "cpu-heavy", "scale": "smoke", "strategy": "sequential,threads", "workers": [1, 2], "runs": 6,
    });
    let report = browser.run(options).await.expect("a report");
    browser.until(&format!("document.querySelector('#results')?.dataset.report === {:?}", report.id)).await;
    // Bars, speed-ups, the article's, how long tasks took, and a timeline for each of three rows at least.
    browser.until(&format!("{FIGURES}.length >= 6")).await;
    browser
}

/// Asserts that a list of what is wrong is empty.
async fn check(browser: &Browser, wrong: &str) {
    assert_eq!(browser.get::<Vec<String>>(wrong).await, Vec::<String>::new(), "{wrong}");
}

#[tokio::test]
async fn each_chart_has_a_title_its_numbers_in_words_and_a_table() {
    let server = Server::start(&[]);
    let browser = results(&server).await;
    browser
        .get::<u32>(
            "(document.querySelectorAll('#results figure[data-chart] summary').forEach((all) => all.click()), 0)",
        )
        .await;
    browser.until(&format!("{FIGURES}.every((figure) => figure.querySelector('tbody td'))")).await;
    let of = |what: &str| format!("{FIGURES}.filter((figure) => !({what})).map((figure) => figure.id)");
    // A title that is seen, that is its name, and that no other text is taken for.
    check(
        &browser,
        &of("figure.querySelector('.chart-title')?.textContent && figure.querySelector('svg > title')?.textContent"),
    )
    .await;
    check(&browser, &of("document.getElementById(figure.getAttribute('aria-labelledby'))?.textContent")).await;
    // What is seen, in words and numbers, for whoever does not see it: of the picture, and of what takes the focus.
    check(&browser, &of("/\\d/.test(figure.querySelector('svg > desc')?.textContent)")).await;
    let described = "(figure.querySelector('[role=application]') ?? figure.querySelector('svg'))";
    let described = format!(
        "/\\d/.test(document.getElementById({described}.getAttribute('aria-describedby') \
                             ?? {described}.getAttribute('aria-labelledby').split(' ')[1])?.textContent)"
    );
    check(&browser, &of(&described)).await;
    // Units along axes, in the table as well.
    check(&browser, &of("/Milliseconds|Seconds|Microseconds|Workers/.test(figure.querySelector('svg').textContent)"))
        .await;
    check(&browser, &of("/, ms|Speed-up/.test(figure.querySelector('thead').textContent)")).await;
    assert_eq!(browser.text("#errors").await, "");
}

#[tokio::test]
async fn a_finding_leads_to_its_chart_and_to_its_row() {
    let server = Server::start(&[]);
    let browser = results(&server).await;
    for (link, expected) in [("chart", "figure[data-chart]"), ("row", "table[data-table=rows] tbody tr")] {
        let links = "document.querySelectorAll('.finding a.evidence')";
        let find = format!("[...{links}].find((link) => link.textContent === 'See the {link}')");
        browser.until(&find).await;
        browser.get::<u32>(&format!("({find}.click(), 0)")).await;
        let is_there = format!(
            "(document.activeElement.matches('#results {expected}') && document.activeElement.matches(':target')
              && '#' + document.activeElement.id === {find}.getAttribute('href'))"
        );
        browser.until(&is_there).await;
        let is_seen =
            "((area) => area.bottom > 0 && area.top < innerHeight)(document.activeElement.getBoundingClientRect())";
        browser.until(is_seen).await;
        // It is marked, and stays where it is.
        let animations = "document.activeElement.getAnimations().map((found) => found.animationName)";
        assert_eq!(browser.get::<Vec<String>>(animations).await, ["found"]);
    }
}

#[tokio::test]
async fn on_a_telephone_charts_are_drawn_for_its_width() {
    let server = Server::start(&[]);
    let browser = results(&server).await;
    for width in [1280, 640, 390, 320] {
        let size = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
        browser.command("Emulation.setDeviceMetricsOverride", size).await;
        let class = if width < 640 { "chart-narrow" } else { "chart" };
        browser
            .until(&format!("{FIGURES}.length && {FIGURES}.every((figure) => figure.querySelector('svg.{class}'))"))
            .await;
        let texts = |wrong: &str| {
            format!(
                "{FIGURES}.flatMap((figure) => [...figure.querySelectorAll('svg text')].filter((text) => {{
                    const picture = text.ownerSVGElement.getBoundingClientRect(), own = text.getBoundingClientRect();
                    return {wrong};
                }}).map((text) => `${{figure.id}}: ${{text.textContent}}`))"
            )
        };
        let small = "text.getScreenCTM().d * parseFloat(getComputedStyle(text).fontSize) < 11 && !text.hasAttribute('transform')";
        check(&browser, &texts(small)).await;
        check(&browser, &texts("own.left < picture.left - 1 || own.right > picture.right + 1")).await;
        check(&browser, &texts("own.top < picture.top - 1 || own.bottom > picture.bottom + 1")).await;
        let wide = "document.documentElement.scrollWidth > innerWidth";
        assert!(!browser.get::<bool>(wide).await, "the page is wider than {width}");
    }
}

#[tokio::test]
async fn while_a_large_report_is_exported_the_page_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("large.json");
    let rows = "run count -n 10000 --size 1 -s sequential,threads -w 2 --runs 20 --warmup 0 --json";
    let written = parlab().args(rows.split(' ')).arg(&file).output().expect("it runs");
    assert!(written.status.success(), "{}", text(&written.stderr));
    let server = Server::start(&[]);
    let browser = Browser::open(server.url()).await;
    browser.ready().await;
    browser.click(".views a[href='?view=history']").await;
    browser.until("document.querySelector('#import')").await;
    browser.type_into("#import", file.to_str().expect("a path")).await;
    browser.until("document.querySelector('#history li.kept [data-action=open]:not(:disabled)')").await;
    browser.click("#history li.kept [data-action=open]").await;
    browser.until("document.querySelector('#report-download')").await;
    // What the page draws of a report is over.
    browser.until("document.querySelector('#results figure[data-chart=timeline] svg')").await;
    browser.click("details.export summary").await;
    let watch = "(() => { window.said = new Set(); let last; window.longest = 0; const frame = at => { \
                 window.said.add(document.querySelector('.export + [role=status]').innerText); \
                 if (last) window.longest = Math.max(window.longest, at - last); last = at; requestAnimationFrame(frame) }; \
                 requestAnimationFrame(frame) })()";
    browser.get::<Option<bool>>(watch).await;
    for button in ["#report-download", "[data-format=trace]", "[data-format=html]"] {
        browser.get::<Option<bool>>("(() => { window.longest = 0; window.said.clear() })()").await;
        browser.click(button).await;
        browser.until("[...window.said].some(said => said.startsWith('Saved as'))").await;
        let (longest_ms, is_told): (f64, bool) =
            browser.get("[window.longest, [...window.said].some(said => said.startsWith('Writing'))]").await;
        // On the page's own thread it took seconds.
        assert!(longest_ms < 500.0 && is_told, "{button}: {longest_ms} ms without a frame, told: {is_told}");
    }
}

#[tokio::test]
async fn the_readers_own_colours_rule_in_light_and_dark() {
    let server = Server::start(&[]);
    let browser = Browser::open(server.url()).await;
    let colour = "getComputedStyle(document.documentElement).getPropertyValue('--chart-text').trim()";
    browser.until(&format!("{colour} !== ''")).await;
    for scheme in ["light", "dark"] {
        for (forced, is_own) in [("none", false), ("active", true)] {
            let features = json!([
                { "name": "prefers-color-scheme", "value": scheme }, { "name": "forced-colors", "value": forced },
            ]);
            browser.command("Emulation.setEmulatedMedia", json!({ "features": features })).await;
            assert_eq!(browser.get::<String>(colour).await == "CanvasText", is_own, "{scheme}, {forced}");
        }
    }
}
