use parlab_shared::report::fixture::PairBuilder;
use parlab_shared::strategy::Platform;

use super::store::fake::{Shelf, now};
use super::*;
use crate::fixture::{plan, report, run, span};

fn history(room: usize) -> History<Shelf> {
    History(Shelf::with_room(room))
}

/// A report with an id, of a run with so many spans.
fn with_spans(id: &str, spans: u32) -> Vec<Report> {
    let mut run = run(&plan(), 0);
    run.spans = (0..spans).map(|task| span(task, 0.1 * f64::from(task))).collect();
    let created = format!("2026-01-01T00:00:0{id}Z");
    vec![Report { id: id.to_owned(), created, experiment: None, ..report(vec![run]) }]
}

fn ids(history: &History<Shelf>) -> Vec<String> {
    now(history.kept()).expect("it can be read").cards.into_iter().map(|card| card.id).collect()
}

#[test]
fn what_is_kept_comes_back_newest_first_and_each_once() {
    let history = history(usize::MAX);
    let pair = PairBuilder::of("sum", &[Platform::Native, Platform::Python]).tasks(2).build();
    for reports in [&with_spans("1", 4), &with_spans("2", 4), &with_spans("1", 4)] {
        now(history.keep(reports, Vec::new())).expect("there is room");
    }
    assert_eq!(ids(&history), ["2", "1"]);
    assert_eq!(now(history.load("1")).expect("it is kept"), with_spans("1", 4));
    let card = now(history.keep(&pair, Vec::new())).expect("there is room");
    assert_eq!(now(history.load(&card.id)).expect("a pair"), pair);
    now(history.delete(&["1".to_owned(), card.id])).expect("it is forgotten");
    assert_eq!((ids(&history), history.0.count(Table::Reports)), (vec!["2".to_owned()], 1));
    assert!(now(history.load("1")).expect_err("it is gone").contains("no longer in the history"));
    now(history.clear()).expect("all is forgotten");
    assert!(history.0.kept.borrow().is_empty());
}

#[test]
fn a_full_store_loses_nothing_that_it_has() {
    let history = history(usize::MAX);
    for id in ["1", "2", "3"] {
        now(history.keep(&with_spans(id, 100), Vec::new())).expect("there is room");
    }
    let before = history.0.kept.borrow().clone();
    history.0.room.set(before.values().map(Vec::len).sum::<usize>() + 100);
    let trouble = now(history.keep(&with_spans("4", 100), Vec::new())).expect_err("it is full");
    assert_eq!(trouble, Trouble::Full);
    assert!(trouble.to_string().contains("save the report as a file"), "{trouble}");
    assert_eq!(*history.0.kept.borrow(), before);
    // A name has room only if it is short; neither takes anything away.
    assert_eq!(now(history.rename("1", Some("a"))), Ok(()));
    now(history.rename("1", Some(&"b".repeat(150)))).expect_err("it is full");
    assert_eq!(ids(&history), ["3", "2", "1"]);
}

#[test]
fn what_is_blocked_is_said_with_what_to_do() {
    let history = history(usize::MAX);
    history.0.blocked.set(true);
    for trouble in [
        now(history.keep(&with_spans("1", 1), Vec::new())).map(drop).expect_err("blocked"),
        now(history.kept()).map(drop).expect_err("blocked"),
        now(history.clear()).expect_err("blocked"),
    ] {
        let text = trouble.to_string();
        assert!(text.contains("SecurityError") && text.contains("save the report as a file"), "{text}");
    }
}

#[test]
fn a_name_stays_when_its_report_is_kept_again() {
    let history = history(usize::MAX);
    now(history.keep(&with_spans("1", 1), Vec::new())).expect("there is room");
    let name = |history: &History<Shelf>| now(history.kept()).expect("read").cards[0].name.clone();
    assert_eq!(now(history.rename("1", Some("  before the change \n"))), Ok(()));
    now(history.keep(&with_spans("1", 2), Vec::new())).expect("there is room");
    assert_eq!(name(&history).as_deref(), Some("before the change"));
    assert_eq!(now(history.rename("1", Some(" "))), Ok(()));
    assert_eq!(name(&history), None);
    let reason = now(history.rename("1", Some(&"é".repeat(201)))).expect_err("too long");
    assert_eq!(reason, "The name has 201 characters, and names have 200 at most.");
    assert!(now(history.rename("2", Some("a"))).expect_err("no report").contains("no longer"));
}

/// Puts a card under a name, whatever it says.
fn put(history: &History<Shelf>, id: &str, json: &str) {
    history.0.kept.borrow_mut().insert((Table::Cards, id.to_owned()), json.as_bytes().to_vec());
}

#[test]
fn what_is_no_card_of_ours_is_counted_and_not_shown() {
    let history = history(usize::MAX);
    let good = now(history.keep(&with_spans("1", 1), Vec::new())).expect("there is room");
    let with = |change: &dyn Fn(&mut Card)| {
        let mut card = Card { id: "x".to_owned(), ..good.clone() };
        change(&mut card);
        serde_json::to_string(&card).expect("written")
    };
    put(&history, "title", &with(&|card| card.title = "a".repeat(1_000_000)));
    put(&history, "long", &with(&|card| card.title = "a".repeat(TEXT_BYTES_MAX + 1)));
    put(&history, "runs", &with(&|card| card.runs = u32::MAX as usize));
    put(&history, "doubled", &with(&|card| card.id = "1".to_owned()));
    put(&history, "none", "{\"version\": 2}");
    put(&history, "text", "nothing");
    let kept = now(history.kept()).expect("read");
    assert_eq!(kept.cards, [good]);
    assert_eq!(
        kept.notes,
        ["6 reports of the history cannot be read and are not listed: \"Remove all data\" removes them, too."]
    );
}

#[test]
fn so_many_are_listed_and_no_more() {
    let history = history(usize::MAX);
    let good = now(history.keep(&with_spans("1", 1), Vec::new())).expect("there is room");
    for number in 0..LISTED_MAX + 50 {
        let card = Card { id: format!("n{number}"), ..good.clone() };
        put(&history, &card.id, &serde_json::to_string(&card).expect("written"));
    }
    let kept = now(history.kept()).expect("read");
    assert_eq!((kept.cards.len(), kept.notes.len()), (LISTED_MAX, 1));
    for number in 0..2 * DAMAGED_MAX {
        put(&history, &format!("a{number}"), "nothing");
    }
    assert_eq!(now(history.kept()).expect("read").notes.len(), 2);
}

#[test]
fn a_kept_report_that_is_damaged_is_refused_with_the_reason() {
    let history = history(usize::MAX);
    let check = |bytes: Vec<u8>, expected: &str| {
        history.0.kept.borrow_mut().insert((Table::Reports, "1".to_owned()), bytes);
        let reason = now(history.load("1")).expect_err("damaged");
        assert!(reason.contains(expected), "{reason}");
    };
    check(b"nothing".to_vec(), "is damaged");
    check(pack("{}"), "no \"schema_version\"");
    check(pack(&json(&with_spans("2", 1))), "it says that it is another one");
    let packed = pack(&json(&with_spans("1", 100)));
    check(packed[..packed.len() / 2].to_vec(), "is damaged");
}

#[test]
fn all_that_is_exported_comes_back_with_its_names() {
    let history = history(usize::MAX);
    let pair = PairBuilder::of("sum", &[Platform::Native, Platform::Python]).tasks(2).build();
    for reports in [&with_spans("1", 4), &with_spans("2", 4), &pair] {
        now(history.keep(reports, Vec::new())).expect("there is room");
    }
    now(history.rename("2", Some("a \"name\""))).expect("renamed");
    let mut text = String::new();
    assert_eq!(now(history.export(|piece| text.push_str(piece))), Ok(vec![]));
    let other = self::history(usize::MAX);
    let imported = now(other.import(text.as_bytes())).expect("an export");
    assert_eq!((imported.new, imported.known, imported.refused.len()), (3, 0, 0));
    assert_eq!(now(other.kept()), now(history.kept()));
    // Once more changes nothing.
    let again = now(other.import(text.as_bytes())).expect("an export");
    assert_eq!((again.new, again.known), (0, 3));
    // A single report file is taken, too.
    let alone = now(self::history(usize::MAX).import(json(&pair).as_bytes())).expect("a report");
    assert_eq!(alone.new, 1);
}

#[test]
fn of_a_file_with_some_damage_the_rest_is_kept() {
    let history = history(usize::MAX);
    now(history.keep(&with_spans("1", 4), Vec::new())).expect("there is room");
    let file = format!(
        "[{},{{\"a\":1}},{},{}]",
        json(&with_spans("1", 9)),
        json(&with_spans("2", 1)),
        json(&with_spans("2", 2))
    );
    let imported = now(history.import(file.as_bytes())).expect("an array");
    assert_eq!(imported.new, 1);
    let [doubled, none, twice] = &imported.refused[..] else { panic!("{:?}", imported.refused) };
    assert!(doubled.starts_with("report 1 of the file has the id of another one that is kept"), "{doubled}");
    assert!(none.starts_with("report 2 of the file is JSON but not a parlab report"), "{none}");
    assert!(twice.starts_with("report 4 of the file has the id of another one"), "{twice}");
    assert_eq!(now(history.load("1")).expect("it is kept"), with_spans("1", 4));
    for (file, expected) in [("[{", "ends in the middle"), ("[1,,]", "is not JSON")] {
        let reason = now(history.import(file.as_bytes())).expect_err("refused");
        assert!(reason.starts_with(expected), "{reason}");
    }
    assert_eq!(now(history.import(b"")).expect("a text").refused.len(), 1);
}
