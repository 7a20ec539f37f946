//! `crawl`: a site, page by page, in waves: what a wave finds decides on the next.

pub(super) mod frontier;
pub(super) mod links;

use serde::{Deserialize, Serialize};

use super::entry::{Definition, Entry, Parameters, Size};
use super::limits::{TASKS_MAX, within};
use super::{Cost, Model, OutOfRange, Setting, Waves};
use crate::address::Address;
use crate::checksum::Body;
use crate::host::Host;
use crate::span::{ErrorKind, TaskError, phase};
use crate::target::site::{Course, Site};
use crate::target::{Draws, Filter};
use crate::task::{Outcome, get, phases};

use frontier::{Frontier, write_links};
use links::Links;

/// The most links on a page.
const LINKS_MAX: u64 = 1000;
/// The longest page that is read: servers of others may send what they like.
const PAGE_BYTES_MAX: usize = 64 << 20;
/// Parsing takes so much of a page's time in the source of `breakdown`: 33 of 324 ms.
const PARSING: f64 = 0.1;

/// What `crawl` is.
pub(super) static ENTRY: Entry = Entry {
    name: "crawl",
    about: "get a page, parse it, follow its links",
    size: Some(Size { name: "pages", means: "pages of the site" }),
    in_python: true,
    writes_files: false,
    finds_tasks: true,
};

/// Visit the pages of a site, breadth first, in waves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
pub struct Crawl {
    /// How many pages are visited at most.
    pub tasks: u32,
    /// Pages of the site.
    pub pages: u32,
    /// Links on each page.
    pub links: u32,
    /// Pages per wave; 0 for all that are known.
    pub round: u32,
    /// The crawl ends when so many addresses are found, visited or not, as in the source; 0 for any number.
    #[serde(default)]
    pub found: u32,
    /// Which links are followed.
    #[serde(default)]
    pub filter: Filter,
    /// Pages to begin with, instead of the target's site.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub urls: Vec<Address>,
    /// What the target does to each request.
    #[serde(flatten)]
    pub model: Model,
}

impl Definition for Crawl {
    fn cost(&self) -> Cost {
        Cost::Request { computing: PARSING }
    }

    fn urls(&self) -> Option<&[Address]> {
        Some(&self.urls)
    }

    fn waves(&self, setting: Setting<'_>) -> Waves {
        let starts = if self.urls.is_empty() {
            let path = format!("page/0?pages={}&links={}", self.pages, self.links);
            vec![setting.url(&path, None, &self.model)]
        } else {
            self.urls.iter().map(Address::to_string).collect()
        };
        Waves::crawl(Frontier::new(starts, self.course()))
    }

    fn model(&self) -> Option<&Model> {
        Some(&self.model)
    }
}

impl Parameters for Crawl {
    fn size(&self) -> Option<u64> {
        Some(self.pages.into())
    }

    fn set_size(&mut self, size: u64) {
        self.pages = u32::try_from(size).unwrap_or(u32::MAX);
    }

    fn check(&self) -> Result<(), OutOfRange> {
        if !self.urls.is_empty() {
            return Ok(());
        }
        within("pages", self.pages.into(), 1, TASKS_MAX.into(), "no run visits more pages than that")?;
        within("links", self.links.into(), 1, LINKS_MAX, "a page has a thousand links at most")
    }

    fn fetch(&mut self, urls: Vec<Address>) {
        (self.pages, self.links) = (0, 0);
        self.urls = urls;
    }

    fn waits_ms(&self, seed: u64) -> Vec<Vec<f64>> {
        let site = Site { seed, pages: self.pages, links: self.links };
        let wait_ms = |id: &u64| {
            let path = format!("/target/page/{id}");
            Draws { seed, path: &path, task: "" }.latency_ms(self.model.latency)
        };
        site.waves(self.course()).iter().map(|wave| wave.iter().map(wait_ms).collect()).collect()
    }

    fn model_mut(&mut self) -> Option<&mut Model> {
        Some(&mut self.model)
    }
}

impl Crawl {
    fn course(&self) -> Course {
        let Self { tasks, round, found, filter, .. } = *self;
        Course { round, visited: tasks, found, filter }
    }
}

/// Gets a page, parses it, keeps the links that a filter lets through, as a JSON list in `output`.
///
/// # Errors
/// Those of getting it. A page that is broken is parsed as browsers do, and is no error.
pub async fn visit<H: Host>(url: &str, filter: Filter, host: &H, output: &mut Vec<u8>) -> Result<Outcome, TaskError> {
    let start_ms = host.now_ms();
    let mut page = Vec::new();
    let mut body = Body::default();
    let mut take = |chunk: &[u8]| {
        if page.len() + chunk.len() > PAGE_BYTES_MAX {
            let reason = format!("the page is longer than {} MiB: {url}", PAGE_BYTES_MAX >> 20);
            return Err(TaskError::new(ErrorKind::Body, reason));
        }
        body.add(chunk);
        page.extend_from_slice(chunk);
        Ok(())
    };
    let response = get(host, url, false, &mut take).await?;
    let got_ms = host.now_ms();
    let found = Links::of(&page);
    let parsed_ms = host.now_ms();
    // Where the page is shows after redirects.
    let url = response.moved_to.as_deref().unwrap_or(url);
    let address = url.parse().map_err(|reason| TaskError::new(ErrorKind::Address, format!("{reason}: {url}")))?;
    write_links(&accept(&address, &found, filter), output);
    let filtered_ms = host.now_ms();
    let own =
        [(phase::GET, got_ms - start_ms), (phase::PARSE, parsed_ms - got_ms), (phase::FILTER, filtered_ms - parsed_ms)];
    let mut phases = phases(&response);
    phases.extend(own.map(|(name, ms)| (name.to_owned(), ms)));
    Ok(Outcome::from_body(&body, phases))
}

/// The addresses that links on a page lead to, as far as a filter lets them through. Fragments stand behind the address as
/// they stood in the link, where the filter keeps them.
fn accept(page: &Address, links: &Links, filter: Filter) -> Vec<String> {
    let base = links.base.as_deref().and_then(|base| page.join(base));
    let base = base.as_ref().unwrap_or(page);
    let address = |link: &String| {
        let whole = base.join(link)?;
        let address = match whole.as_str().split_once("/?ref") {
            Some((before, _)) if filter.cuts_references() => whole.join(before)?,
            _ => whole,
        };
        if address.origin() != page.origin() {
            return None;
        }
        if !filter.keeps_parts() {
            return (address != *page).then(|| address.to_string());
        }
        // As the article asks: of the last segment.
        let is_alone = link.rsplit('/').next().is_some_and(|segment| segment.trim_start().starts_with('#'));
        let part = link.split_once('#').map(|(_, part)| format!("#{part}")).unwrap_or_default();
        (!is_alone).then(|| format!("{address}{part}"))
    };
    links.hrefs.iter().filter_map(address).collect()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    /// A page and where its links lead; the Python twin reads the same cases.
    #[derive(Deserialize)]
    struct Case {
        about: String,
        url: Address,
        html: String,
        links: Vec<String>,
    }

    #[test]
    fn links_lead_where_a_browser_says_they_do() {
        let cases: Vec<Case> =
            serde_json::from_str(include_str!("../../../tests/data/pages.json")).expect("a list of cases");
        assert!(cases.len() > 50);
        for Case { about, url, html, links } in cases {
            let found = accept(&url, &Links::of(html.as_bytes()), Filter::Pages);
            assert_eq!(found, links, "{about}: {html}");
        }
    }

    #[test]
    fn each_crawl_of_the_source_has_a_filter_of_its_own() {
        let hrefs = ["/a", "/a#part", "#top", "/b?c/?ref=home", "https://elsewhere.example/", "mailto:x@y", "/p"];
        let links = Links { base: None, hrefs: hrefs.map(str::to_owned).to_vec() };
        let page: Address = "http://site.example/p".parse().expect("an address");
        let check = |filter, expected: &[&str]| {
            let expected: Vec<String> = expected.iter().map(|path| format!("http://site.example{path}")).collect();
            assert_eq!(accept(&page, &links, filter), expected, "{filter}");
        };
        check(Filter::Pages, &["/a", "/a", "/b?c"]);
        check(Filter::Parts, &["/a", "/a#part", "/b?c", "/p"]);
        check(Filter::All, &["/a", "/a#part", "/b?c/?ref=home", "/p"]);
    }

    #[test]
    fn garbage_has_no_links() {
        assert_eq!(Links::of(b"\xff\xfe garbage \0 <<<>>> <a"), Links::default());
    }
}
