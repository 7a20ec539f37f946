//! A site to crawl: pages that link to each other as pages in the wild do.
//!
//! Of every twenty links of a page, in this order,
//!
//! - 12 lead to pages of the site: `K?QUERY`, relative, so that they work wherever a proxy has put the target;
//! - 2 repeat such a link of the same page;
//! - 1 is such a link with a fragment, 1 with `/?ref=outind` at its end: both lead to the same pages as without;
//! - 2 lead to other sites over https, to addresses that no other page names;
//! - 1 has a scheme of `mailto:`, `javascript:` or `tel:`, 1 is a fragment alone.
//!
//! With 143 links that makes 87 + 14 + 7 + 7 and 14 + 7 + 7. QUERY is that of the request, see
//! [`Parameters::kept`].
//!
//! The first twelve links of page I (all, if it has fewer) lead to its children, pages `12 × I + 1` to `12 × I + 12`
//! as far as they exist, and the remaining ones to pages drawn by chance. So every page can be reached from page 0:
//! 13 pages within one step, 157 within two, 1885 within three, 22,621 within four.
//!
//! The HTML is as careless as elsewhere: paragraphs and list items that nobody closes, a stray end tag, ampersands that
//! are not escaped, attributes in either quotes or none, tags in capitals, and no end of the body.

use std::fmt::Write;

use parlab_shared::draw;

use super::models::fnv1a64;
use super::parameters::Parameters;

/// How many links of a page lead to its children, at most.
const CHILDREN: u64 = 12;

/// What the text is made of.
const WORDS: [&str; 24] = [
    "thread", "process", "page", "link", "worker", "queue", "lock", "server", "answer", "request", "memory", "core",
    "the", "a", "of", "and", "waits", "for", "runs", "with", "shares", "sends", "before", "after",
];

/// The HTML of a page; `folder` leads from its address to the folder of all pages.
pub fn page(id: u32, folder: &str, parameters: &Parameters) -> String {
    let Parameters { seed, pages, links, .. } = parameters;
    let mut page = Page {
        id: id.into(),
        folder,
        parameters,
        draws: fnv1a64(format!("{seed}\n{pages}\n{links}\n{id}").as_bytes()),
        drawn: 0,
        html: String::with_capacity(512 + *links as usize * 220),
    };
    page.write();
    page.html
}

struct Page<'a> {
    id: u64,
    folder: &'a str,
    parameters: &'a Parameters,
    /// What the page's draws are drawn from.
    draws: u64,
    /// How many draws there have been, each another number.
    drawn: u64,
    html: String,
}

impl Page<'_> {
    fn write(&mut self) {
        let (id, pages) = (self.id, self.parameters.pages);
        self.add(format_args!("<!DOCTYPE html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n"));
        self.add(format_args!("<title>Page {id} of {pages}</title>\n</head>\n<body>\n<h1>Page {id}</h1>\n"));
        // Every site has a place that is linked to and has no text of its own.
        self.add(format_args!("<div id=top></span>\n<ul>\n"));
        let mut led_to = Vec::new();
        for at in 0..u64::from(self.parameters.links) {
            self.paragraph();
            let href = self.link(at, &mut led_to);
            match at % 7 {
                0 => self.add(format_args!("<li><a href='{href}'>link {at}</a>\n")),
                1 if !href.contains(' ') => self.add(format_args!("<li><a class=plain href={href}>link {at}</a>\n")),
                2 => self.add(format_args!("<li><A HREF=\"{href}\" >link {at}</A></li>\n")),
                _ => self.add(format_args!("<li><a href=\"{href}\" title=\"to &amp; fro\">link {at}</a></li>\n")),
            }
        }
        self.add(format_args!("</ul>\n<p>The end of page {id} & of its links\n"));
    }

    /// Where a link leads; `led_to` holds the pages that links of this page led to so far.
    fn link(&mut self, at: u64, led_to: &mut Vec<u64>) -> String {
        let id = self.id;
        match at % 20 {
            0..12 => {
                let page = self.next_page(led_to.len() as u64);
                led_to.push(page);
                self.url(page)
            }
            12 | 13 => {
                let again = led_to[self.below(led_to.len() as u64) as usize];
                self.url(again)
            }
            14 => format!("{}#part-{at}", self.any_url()),
            15 => format!("{}/?ref=outind", self.any_url()),
            16 | 17 => format!("https://www{}.example.org/{id}/{at}.html?from=page&n={at}", at % 5),
            18 => match (at / 20 + id) % 3 {
                0 => format!("mailto:page-{id}@example.org"),
                1 => "javascript:void(0)".to_owned(),
                _ => format!("tel:+1-555-{at:04}"),
            },
            _ => "#top".to_owned(),
        }
    }

    /// The page that the `count`-th plain link leads to: a child, or any.
    fn next_page(&mut self, count: u64) -> u64 {
        let children = CHILDREN.min(self.parameters.links.into());
        let child = self.id * children + count + 1;
        if count < children && child < self.parameters.pages.into() {
            return child;
        }
        self.below(self.parameters.pages.into())
    }

    fn any_url(&mut self) -> String {
        let page = self.below(self.parameters.pages.into());
        self.url(page)
    }

    fn url(&self, page: u64) -> String {
        let (folder, kept) = (self.folder, &self.parameters.kept);
        let mark = if kept.is_empty() { "" } else { "?" };
        format!("{folder}{page}{mark}{kept}")
    }

    fn paragraph(&mut self) {
        self.html.push_str("<p>");
        for _ in 0..12 {
            let word = WORDS[self.below(WORDS.len() as u64) as usize];
            self.html.push_str(word);
            self.html.push(' ');
        }
        self.html.push('\n');
    }

    /// The next draw: a whole number below a bound.
    fn below(&mut self, bound: u64) -> u64 {
        self.drawn += 1;
        (draw::uniform(self.draws, self.drawn - 1) * bound as f64) as u64
    }

    fn add(&mut self, text: std::fmt::Arguments<'_>) {
        self.html.write_fmt(text).expect("a string takes whatever is written to it");
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

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
