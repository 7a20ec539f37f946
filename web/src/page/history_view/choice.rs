//! What of a list is shown and chosen.

use std::collections::BTreeSet;

use crate::views::Card;

/// The cards that a search finds, in their order: each word of it stands somewhere on the card.
pub fn found<'a>(cards: &'a [Card], search: &str) -> Vec<&'a Card> {
    let words: Vec<String> = search.split_whitespace().map(str::to_lowercase).collect();
    let has_all = |card: &&Card| {
        let texts = [&card.title, &card.created].into_iter().chain(&card.name).chain(&card.machines).chain(&card.parts);
        let text = texts.map(|text| text.to_lowercase()).collect::<Vec<_>>().join("\n");
        words.iter().all(|word| text.contains(word))
    };
    cards.iter().filter(has_all).collect()
}

/// Those of the chosen ones that are still there, the earliest first: a comparison begins with what was before.
pub fn chosen(cards: &[Card], ids: &BTreeSet<String>) -> Vec<String> {
    cards.iter().rev().map(|card| &card.id).filter(|id| ids.contains(*id)).cloned().collect()
}

/// Experiments that there are several reports of, each with how many, in the order in which they stand.
pub fn repeated(cards: &[Card]) -> Vec<(String, usize)> {
    let mut counts: Vec<(String, usize)> = Vec::new();
    for experiment in cards.iter().filter_map(|card| card.experiment.as_ref()) {
        match counts.iter_mut().find(|(known, _)| known == experiment) {
            Some((_, count)) => *count += 1,
            None => counts.push((experiment.clone(), 1)),
        }
    }
    counts.retain(|(_, count)| *count > 1);
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(id: &str, title: &str, name: Option<&str>) -> Card {
        Card {
            id: id.to_owned(),
            title: title.to_owned(),
            name: name.map(str::to_owned),
            experiment: Some(title.to_owned()),
            run: title.to_owned(),
            created: "2026-01-02T03:04:05Z".to_owned(),
            machines: vec!["Firefox 153 · 2 cores · Linux".to_owned()],
            parts: vec!["browser".to_owned()],
            runs: 4,
            stopped: false,
            bytes: Some(1),
            repeatable: true,
        }
    }

    fn cards() -> Vec<Card> {
        vec![card("3", "sum", Some("After the Change")), card("2", "crawl", None), card("1", "sum", None)]
    }

    #[test]
    fn a_search_finds_all_its_words_anywhere() {
        let check = |search: &str, expected: &[&str]| {
            let cards = cards();
            let ids: Vec<&str> = found(&cards, search).into_iter().map(|card| card.id.as_str()).collect();
            assert_eq!(ids, expected, "{search}");
        };
        check("", &["3", "2", "1"]);
        check("sum", &["3", "1"]);
        check(" change  SUM ", &["3"]);
        check("firefox 2026-01", &["3", "2", "1"]);
        check("chromium", &[]);
    }

    #[test]
    fn the_earliest_is_compared_with_and_what_is_gone_is_not_chosen() {
        let ids = ["3", "1", "9"].map(str::to_owned).into();
        assert_eq!(chosen(&cards(), &ids), ["1", "3"]);
    }

    #[test]
    fn what_was_run_once_has_no_trend() {
        assert_eq!(repeated(&cards()), [("sum".to_owned(), 2)]);
    }
}
