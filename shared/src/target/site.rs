//! What a site to crawl consists of: pages that link to each other as pages in the wild do. The target writes the HTML.
//!
//! Of every twenty links of a page, in this order,
//!
//! - 12 lead to pages of the site: `K?QUERY`, relative, so that they work wherever a proxy has put the target;
//! - 2 repeat such a link of the same page;
//! - 1 is such a link with a fragment, 1 with `/?ref=outind` at its end: both lead to the same pages as without;
//! - 2 lead to other sites over https, to addresses that no other page names;
//! - 1 has a scheme of `mailto:`, `javascript:` or `tel:`, 1 is a fragment alone.
//!
//! With 143 links that makes 87 + 14 + 7 + 7 and 14 + 7 + 7. QUERY is that of the request, without what is a task's own.
//!
//! The first twelve links of page I (all, if it has fewer) lead to its children, pages `12 × I + 1` to `12 × I + 12`
//! as far as they exist, and the remaining ones to pages drawn by chance. So every page can be reached from page 0:
//! 13 pages within one step, 157 within two, 1885 within three, 22,621 within four.
//!
//! Before each link stand words that are drawn by chance, too: text and links of a page are draws of one sequence.

use std::collections::HashSet;

use super::{Filter, fnv1a64};
use crate::draw;

/// How many links of a page lead to its children, at most.
const CHILDREN: u64 = 12;
/// How many words stand before each link.
pub const WORDS_PER_LINK: u32 = 12;

/// A site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Site {
    /// Decides on it.
    pub seed: u64,
    /// Its pages.
    pub pages: u32,
    /// The links of each.
    pub links: u32,
}

/// Where a link leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// To a page of the site.
    Page(u64),
    /// To a part of such a page.
    Part(u64),
    /// To such a page, with a note where the link was found.
    Referred(u64),
    /// To another site.
    Elsewhere,
    /// To something that is no page.
    NoPage,
    /// To a part of the page itself.
    Top,
}

/// An address of the site as a crawl knows it: a page, and what stands behind its address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Known {
    Page(u64),
    /// With the fragment of the link at this place.
    Part(u64, u32),
    Referred(u64),
}

impl Known {
    /// What a crawl makes of a link at some place of a page.
    fn of(link: Link, at: u32, filter: Filter) -> Option<Self> {
        match link {
            Link::Page(page) => Some(Known::Page(page)),
            Link::Part(page) if filter.keeps_parts() => Some(Known::Part(page, at)),
            Link::Part(page) => Some(Known::Page(page)),
            Link::Referred(page) if filter.cuts_references() => Some(Known::Page(page)),
            Link::Referred(page) => Some(Known::Referred(page)),
            Link::Elsewhere | Link::NoPage | Link::Top => None,
        }
    }

    fn page(self) -> u64 {
        match self {
            Known::Page(page) | Known::Part(page, _) | Known::Referred(page) => page,
        }
    }
}

/// How a crawl goes about a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Course {
    /// Pages per wave; 0 for all that are known.
    pub round: u32,
    /// How many pages are visited at most.
    pub visited: u32,
    /// How many addresses are found at most before it ends; 0 for any number.
    pub found: u32,
    /// Which links are followed.
    pub filter: Filter,
}

/// The draws of a page of a site, in their order: before each link its words.
#[derive(Clone, Debug)]
pub struct PageDraws {
    site: Site,
    id: u64,
    /// What they are drawn from.
    draws: u64,
    /// How many were.
    drawn: u64,
    /// The pages that plain links led to so far.
    led_to: Vec<u64>,
}

impl PageDraws {
    /// Those of a page by its number.
    pub fn new(site: Site, id: u64) -> Self {
        let Site { seed, pages, links } = site;
        let draws = fnv1a64(format!("{seed}\n{pages}\n{links}\n{id}").as_bytes());
        Self { site, id, draws, drawn: 0, led_to: Vec::new() }
    }

    /// The next word, by its place among so many.
    pub fn word(&mut self, words: usize) -> usize {
        self.below(words as u64) as usize
    }

    /// Where the next link leads; `at` is its place on the page, from 0.
    pub fn link(&mut self, at: u32) -> Link {
        match at % 20 {
            0..12 => {
                let page = self.next_page();
                self.led_to.push(page);
                Link::Page(page)
            }
            12 | 13 => {
                let again = self.below(self.led_to.len() as u64) as usize;
                Link::Page(self.led_to[again])
            }
            14 => Link::Part(self.any_page()),
            15 => Link::Referred(self.any_page()),
            16 | 17 => Link::Elsewhere,
            18 => Link::NoPage,
            _ => Link::Top,
        }
    }

    /// The page that the next plain link leads to: a child, or any.
    fn next_page(&mut self) -> u64 {
        let count = self.led_to.len() as u64;
        let children = CHILDREN.min(self.site.links.into());
        let child = self.id * children + count + 1;
        if count < children && child < self.site.pages.into() { child } else { self.any_page() }
    }

    fn any_page(&mut self) -> u64 {
        self.below(self.site.pages.into())
    }

    /// The next draw: a whole number below a bound.
    fn below(&mut self, bound: u64) -> u64 {
        self.drawn += 1;
        (draw::uniform(self.draws, self.drawn - 1) * bound as f64) as u64
    }
}

impl Site {
    /// What a page's links lead to, in their order.
    fn linked_from(self, id: u64, filter: Filter) -> impl Iterator<Item = Known> {
        let mut draws = PageDraws::new(self, id);
        (0..self.links).filter_map(move |at| {
            draws.drawn += u64::from(WORDS_PER_LINK);
            Known::of(draws.link(at), at, filter)
        })
    }

    /// The pages in the order in which a crawl from page 0 visits them, wave by wave. One whose address was found in
    /// several forms is visited as often, if the filter keeps them apart.
    pub fn waves(self, course: Course) -> Vec<Vec<u64>> {
        let Course { round, visited: most, found: enough, filter } = course;
        let begin = Known::Page(0);
        let (mut found, mut seen) = (vec![begin], HashSet::from([begin]));
        let (mut waves, mut visited) = (Vec::new(), 0);
        while visited < found.len().min(most as usize) && (enough == 0 || found.len() < enough as usize) {
            let left = found.len().min(most as usize) - visited;
            let count = if round == 0 { left } else { left.min(round as usize) };
            let wave: Vec<u64> = found[visited..visited + count].iter().map(|known| known.page()).collect();
            visited += count;
            let links = wave.iter().flat_map(|id| self.linked_from(*id, filter));
            found.extend(links.filter(|known| seen.insert(*known)));
            waves.push(wave);
        }
        waves
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_is_visited_once() {
        let site = Site { seed: 1, pages: 140, links: 143 };
        let course = |round, visited| Course { round, visited, found: 0, filter: Filter::Pages };
        for round in [0, 1, 10] {
            let mut visited = site.waves(course(round, 1000)).concat();
            assert!(visited[..13].is_sorted(), "page 0 and its children: {visited:?}");
            visited.sort_unstable();
            assert_eq!(visited, (0..140).collect::<Vec<_>>());
        }
        let sizes = |round, most| site.waves(course(round, most)).iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(sizes(10, 25), [1, 10, 10, 4]);
        assert_eq!(sizes(0, 1000)[0], 1);
    }

    #[test]
    fn a_crawl_ends_when_enough_is_found() {
        let site = Site { seed: 1, pages: 1000, links: 20 };
        let visited = |round, found, filter| {
            site.waves(Course { round, visited: 1000, found, filter }).iter().map(Vec::len).sum::<usize>()
        };
        // A page has 14 addresses at most that were not found before, one of them a part, one with a reference.
        assert_eq!(visited(1, 15, Filter::All), 1);
        let [serial, rounds] = [1, 10].map(|round| visited(round, 200, Filter::Parts));
        assert!((200 / 15..40).contains(&serial) && serial <= rounds && rounds < serial + 10, "{serial} {rounds}");
        assert!(visited(1, 200, Filter::All) <= serial);
        // Without an end, what is found in several forms is visited as often.
        let all = |filter| site.waves(Course { round: 0, visited: 3000, found: 0, filter }).concat().len();
        assert_eq!(all(Filter::Pages), 1000);
        assert!(all(Filter::Pages) < all(Filter::Parts) && all(Filter::Parts) < all(Filter::All));
    }
}
