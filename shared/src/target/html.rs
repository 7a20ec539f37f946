//! The HTML of a site to crawl; what its pages link to, and where, [`super::site`] says.
//!
//! The HTML is as careless as elsewhere: paragraphs and list items that nobody closes, a stray end tag, ampersands that
//! are not escaped, attributes in either quotes or none, tags in capitals, and no end of the body.

use std::fmt::Write;

use super::Parameters;
use super::site::{Link, PageDraws, Site, WORDS_PER_LINK};

/// What the text is made of.
const WORDS: [&str; 24] = [
    "thread", "process", "page", "link", "worker", "queue", "lock", "server", "answer", "request", "memory", "core",
    "the", "a", "of", "and", "waits", "for", "runs", "with", "shares", "sends", "before", "after",
];

/// The HTML of a page; `folder` leads from its address to the folder of all pages.
pub fn page(id: u32, folder: &str, parameters: &Parameters) -> String {
    let Parameters { seed, pages, links, .. } = *parameters;
    let draws = PageDraws::new(Site { seed, pages, links }, id.into());
    let mut page = Page { id, folder, parameters, draws, html: String::with_capacity(512 + links as usize * 220) };
    page.write();
    page.html
}

struct Page<'a> {
    id: u32,
    folder: &'a str,
    parameters: &'a Parameters,
    draws: PageDraws,
    html: String,
}

impl Page<'_> {
    fn write(&mut self) {
        let (id, pages) = (self.id, self.parameters.pages);
        self.add(format_args!("<!DOCTYPE html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n"));
        self.add(format_args!("<title>Page {id} of {pages}</title>\n</head>\n<body>\n<h1>Page {id}</h1>\n"));
        // Every site has a place that is linked to and has no text of its own.
        self.add(format_args!("<div id=top></span>\n<ul>\n"));
        for at in 0..self.parameters.links {
            self.paragraph();
            let link = self.draws.link(at);
            let href = self.address(at, link);
            match at % 7 {
                0 => self.add(format_args!("<li><a href='{href}'>link {at}</a>\n")),
                1 if !href.contains(' ') => self.add(format_args!("<li><a class=plain href={href}>link {at}</a>\n")),
                2 => self.add(format_args!("<li><A HREF=\"{href}\" >link {at}</A></li>\n")),
                _ => self.add(format_args!("<li><a href=\"{href}\" title=\"to &amp; fro\">link {at}</a></li>\n")),
            }
        }
        self.add(format_args!("</ul>\n<p>The end of page {id} & of its links\n"));
    }

    /// The address that a link has in the page.
    fn address(&self, at: u32, link: Link) -> String {
        let id = self.id;
        match link {
            Link::Page(page) => self.url(page),
            Link::Part(page) => format!("{}#part-{at}", self.url(page)),
            Link::Referred(page) => format!("{}/?ref=outind", self.url(page)),
            Link::Elsewhere => format!("https://www{}.example.org/{id}/{at}.html?from=page&n={at}", at % 5),
            Link::NoPage => match (at / 20 + id) % 3 {
                0 => format!("mailto:page-{id}@example.org"),
                1 => "javascript:void(0)".to_owned(),
                _ => format!("tel:+1-555-{at:04}"),
            },
            Link::Top => "#top".to_owned(),
        }
    }

    fn url(&self, page: u64) -> String {
        let (folder, kept) = (self.folder, &self.parameters.kept);
        let mark = if kept.is_empty() { "" } else { "?" };
        format!("{folder}{page}{mark}{kept}")
    }

    fn paragraph(&mut self) {
        self.html.push_str("<p>");
        for _ in 0..WORDS_PER_LINK {
            let word = WORDS[self.draws.word(WORDS.len())];
            self.html.push_str(word);
            self.html.push(' ');
        }
        self.html.push('\n');
    }

    fn add(&mut self, text: std::fmt::Arguments<'_>) {
        self.html.write_fmt(text).expect("a string takes whatever is written to it");
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::target::Filter;
    use crate::target::site::Course;

    fn of(pages: u32, links: u32) -> Parameters {
        Parameters { pages, links, kept: format!("pages={pages}&links={links}"), ..Parameters::default() }
    }

    /// The pages that links of a page lead to.
    fn targets(id: u32, parameters: &Parameters) -> Vec<u32> {
        let html = page(id, "pages/", parameters);
        let numbers = html.split("pages/").skip(1).map(|rest| {
            let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            rest[..digits].parse().expect("a number")
        });
        numbers.collect()
    }

    #[test]
    fn every_page_is_reached() {
        let check = |pages, links, steps: usize| {
            let parameters = of(pages, links);
            let mut seen = BTreeSet::from([0]);
            let mut frontier = vec![0];
            for _ in 0..steps {
                let next: Vec<u32> = frontier.iter().flat_map(|id| targets(*id, &parameters)).collect();
                frontier = next.into_iter().filter(|id| seen.insert(*id)).collect();
            }
            assert!(
                seen.len() == pages as usize && seen.last() == Some(&(pages - 1)),
                "{pages} × {links}: {}",
                seen.len()
            );
        };
        check(1, 1, 1);
        check(13, 143, 1);
        check(140, 143, 2);
        check(1885, 20, 3);
        check(30, 1, 29);
        check(100, 3, 5);
    }

    #[test]
    fn a_crawl_visits_pages_in_the_order_that_is_predicted() {
        let parameters = of(140, 143);
        let site = Site { seed: parameters.seed, pages: 140, links: 143 };
        for wave in [1, 10] {
            let (mut found, mut visited) = (vec![0], 0);
            let mut seen = BTreeSet::from([0]);
            let course = Course { round: wave, visited: 100, found: 0, filter: Filter::Pages };
            for predicted in site.waves(course) {
                let ids = &found[visited..found.len().min(100).min(visited + wave as usize)];
                assert!(ids.iter().map(|id| u64::from(*id)).eq(predicted), "{ids:?}");
                visited += ids.len();
                let next: Vec<u32> = ids.iter().flat_map(|id| targets(*id, &parameters)).collect();
                found.extend(next.into_iter().filter(|id| seen.insert(*id)));
            }
            assert_eq!(visited, 100);
        }
    }

    #[test]
    fn links_are_of_the_kinds_that_are_promised() {
        let html = page(3, "pages/", &of(140, 143));
        let count = |text: &str| html.matches(text).count();
        assert_eq!(count("<a ") + count("<A "), 143);
        assert_eq!(count("pages/"), 87 + 14 + 7 + 7);
        assert_eq!((count("#part-"), count("/?ref=outind"), count("example.org/3/"), count("#top")), (7, 7, 14, 7));
        assert_eq!(count("mailto:") + count("javascript:") + count("tel:"), 7);
    }

    #[test]
    fn a_page_depends_on_its_number_and_the_seed_alone() {
        let parameters = of(140, 143);
        assert_eq!(page(5, "", &parameters), page(5, "", &parameters));
        let seeded = Parameters { seed: 2, ..parameters.clone() };
        assert_ne!(page(5, "", &parameters), page(5, "", &seeded));
        assert_ne!(targets(5, &parameters), targets(6, &parameters));
    }
}
