//! `crawl`: a site, page by page, in waves: what a wave finds decides on the next.

pub(super) mod frontier;
mod links;

use serde::{Deserialize, Serialize};

use super::entry::{Definition, Entry, Size};
use super::limits::{TASKS_MAX, within};
use super::{Cost, Model, OutOfRange, Setting, Waves};
use crate::address::Address;
use crate::checksum::Body;
use crate::host::Host;
use crate::span::{ErrorKind, TaskError, phase};
use crate::target::Draws;
use crate::target::site::Site;
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
    /// Pages to begin with, instead of the target's site.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub urls: Vec<Address>,
    /// What the target does to each request.
    #[serde(flatten)]
    pub model: Model,
}

impl Definition for Crawl {
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

    fn cost(&self) -> Cost {
        Cost::Request { computing: PARSING }
    }

    fn urls(&self) -> Option<&[Address]> {
        Some(&self.urls)
    }

    fn fetch(&mut self, urls: Vec<Address>) {
        (self.pages, self.links) = (0, 0);
        self.urls = urls;
    }

    fn waves(&self, setting: Setting<'_>) -> Waves {
        if !self.urls.is_empty() {
            return Waves::crawl(Frontier::new(self.urls.iter().map(Address::to_string), self.round, self.tasks));
        }
        let path = format!("page/0?pages={}&links={}", self.pages, self.links);
        Waves::crawl(Frontier::new([setting.url(&path, None, &self.model)], self.round, self.tasks))
    }

    fn waits_ms(&self, seed: u64) -> Vec<Vec<f64>> {
        let site = Site { seed, pages: self.pages, links: self.links };
        let wait_ms = |id: &u64| {
            let path = format!("/target/page/{id}");
            Draws { seed, path: &path, task: "" }.latency_ms(self.model.latency)
        };
        site.waves(self.round, self.tasks).iter().map(|wave| wave.iter().map(wait_ms).collect()).collect()
    }

    fn model(&self) -> Option<&Model> {
        Some(&self.model)
    }

    fn model_mut(&mut self) -> Option<&mut Model> {
        Some(&mut self.model)
    }
}

/// Gets a page, parses it, keeps its links to other pages of the same site, as a JSON list in `output`.
///
/// # Errors
/// Those of getting it. A page that is broken is parsed as browsers do, and is no error.
pub async fn visit<H: Host>(url: &str, host: &H, output: &mut Vec<u8>) -> Result<Outcome, TaskError> {
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
    let response = get(host, url, &mut take).await?;
    let got_ms = host.now_ms();
    let found = Links::of(&page);
    let parsed_ms = host.now_ms();
    // Where the page is shows after redirects.
    let url = response.moved_to.as_deref().unwrap_or(url);
    let address = url.parse().map_err(|reason| TaskError::new(ErrorKind::Address, format!("{reason}: {url}")))?;
    write_links(&accept(&address, &found), output);
    let filtered_ms = host.now_ms();
    let own =
        [(phase::GET, got_ms - start_ms), (phase::PARSE, parsed_ms - got_ms), (phase::FILTER, filtered_ms - parsed_ms)];
    let mut phases = phases(&response);
    phases.extend(own.map(|(name, ms)| (name.to_owned(), ms)));
    Ok(Outcome::from_body(&body, phases))
}

/// The addresses that links on a page lead to, as the sources filter them: other pages of the same site, without
/// fragment or `/?ref=…`.
fn accept(page: &Address, links: &Links) -> Vec<Address> {
    let base = links.base.as_deref().and_then(|base| page.join(base));
    let base = base.as_ref().unwrap_or(page);
    let address = |link: &String| {
        let address = base.join(link)?;
        match address.as_str().split_once("/?ref") {
            Some((before, _)) => address.join(before),
            None => Some(address),
        }
    };
    let is_other = |address: &Address| address.origin() == page.origin() && address != page;
    links.hrefs.iter().filter_map(address).filter(is_other).collect()
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
            let found = accept(&url, &Links::of(html.as_bytes()));
            let found: Vec<&str> = found.iter().map(Address::as_str).collect();
            assert_eq!(found, links, "{about}: {html}");
        }
    }

    #[test]
    fn garbage_has_no_links() {
        assert_eq!(Links::of(b"\xff\xfe garbage \0 <<<>>> <a"), Links::default());
    }
}
