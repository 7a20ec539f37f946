//! The page's path for those who learn, in a real browser: to expect something first, to run it then, and both beside each
//! other; words that are explained; the code of tasks.

use parlab_shared::analysis::Analysis;
use parlab_shared::say::Lesson;
use serde_json::{Map, Value};

use crate::support::axe;
use crate::support::browser::Browser;
use crate::support::server::Server;

/// The first lesson, and what of it was told.
const LESSON: &str = "#lesson-post";
const TOLD: &str = "document.querySelector('#lesson-post .told')";

/// A lesson's options, as scripts give them.
fn options(lesson: &Lesson) -> Value {
    let pairs = [("run", lesson.experiment)].into_iter().chain(lesson.options.iter().copied());
    Value::Object(pairs.map(|(key, value)| (key.to_owned(), value.into())).collect::<Map<_, _>>())
}

#[tokio::test]
async fn what_was_expected_stands_beside_what_was_measured() {
    let server = Server::start(&[]);
    let browser = Browser::open(server.url()).await;
    browser.ready().await;
    browser.click(".beginning a").await;
    browser.until("location.search === '?view=learn' && document.querySelectorAll('.lesson').length === 3").await;
    let run = format!("{LESSON} button[type=submit]");
    browser.until(&format!("document.querySelector({run:?}).matches(':enabled')")).await;
    axe::check(browser.client(), "of those who learn").await;

    // Nothing is run that nobody expected anything of.
    browser.click(&run).await;
    let asked = "document.activeElement.name === 'expected-post' && !document.querySelector('#live')";
    assert!(browser.get::<bool>(asked).await);
    browser.click("#expected-post-0").await;
    browser.click(&run).await;
    browser.until(TOLD).await;
    let lesson = Lesson::of("post").expect("a lesson");
    let told = browser.text(&format!("{LESSON} .told")).await;
    assert!(told.contains(lesson.answers[0].text) && told.contains(" times as fast as sequential"), "{told}");
    assert!(told.contains("s you expected") && told.contains(lesson.notice), "{told}");

    // It is kept over a visit to elsewhere and a reload, and stands beside the experiment's results, too.
    browser.click(&format!("{LESSON} .actions a")).await;
    browser.until("location.search.includes('run=post') && document.querySelector('#results .told')").await;
    assert_eq!(browser.text("#results .told").await, told);
    browser.get::<u32>("(history.back(), location.reload(), 0)").await;
    browser.ready().await;
    browser.goto(&server.at("/?view=learn")).await;
    browser.until(TOLD).await;
    assert_eq!(browser.text(&format!("{LESSON} .told")).await, told);

    // Who expects something else is told of it by the next run, and what is told follows from its report.
    browser.click("#expected-post-2").await;
    browser.until(&format!("!{TOLD}")).await;
    let report = browser.run(options(lesson)).await.expect("a report");
    let expected = lesson.outcome(&Analysis::of(&report));
    browser.until(TOLD).await;
    assert_eq!(browser.text(&format!("{LESSON} .told .finding")).await, expected.said[2]);
    assert!(browser.text(&format!("{LESSON} .told")).await.contains(&expected.measured), "{expected:?}");
    assert_eq!(browser.get::<String>("location.search").await, "?view=learn");
    axe::check(browser.client(), "with something told").await;
    assert_eq!(browser.text("#errors").await, "");
}

#[tokio::test]
async fn words_and_code_are_at_hand() {
    let server = Server::start(&[]);
    let browser = Browser::open(&server.at("/?run=cpu-heavy")).await;
    browser.ready().await;
    // Keys open what a word means, and close it, and the focus stays at the word.
    browser.until("document.querySelector('#question ~ .explained .term')").await;
    browser.get::<u32>("(document.querySelector('.explained .term').focus(), 0)").await;
    let opened = "document.querySelector('.meaning:popover-open')";
    browser.type_into(".explained .term", "\u{e007}").await;
    browser.until(opened).await;
    let (word, meaning) = (browser.text(".explained .term").await, browser.text(".meaning:popover-open").await);
    assert!(word == "threads" && meaning.starts_with("thread\n") && meaning.contains("In a browser: "), "{meaning}");
    axe::check(browser.client(), "with a word explained").await;
    browser.type_into(".explained .term", "\u{e00c}").await;
    browser.until(&format!("!{opened} && document.activeElement.matches('.term')")).await;

    browser.click(".code > summary").await;
    let code = "[...document.querySelectorAll('.code pre')].map((piece) => piece.innerText)";
    let pieces: Vec<String> = browser.get(code).await;
    let source = include_str!("../shared/src/workload/count.rs");
    let is_there = |name: &str| pieces.iter().any(|piece| piece.contains(name) && source.contains(piece.as_str()));
    assert!(is_there("pub fn count(") && is_there("fn add_up("), "{pieces:?}");
    assert!(pieces[0].starts_with("Work::Count {"), "{pieces:?}");
}
