//! `crawl`: a site, page by page, in waves: what a wave finds decides on the next.

use std::collections::{BTreeMap, HashSet};

use html5gum::{Token, Tokenizer};
use serde::{Deserialize, Serialize};

use super::entry::{Definition, Entry, Size};
use super::limits::{TASKS_MAX, within};
use super::{Cost, Model, OutOfRange, Setting, Waves};
use crate::checksum::Body;
use crate::host::Host;
use crate::span::TaskError;
use crate::task::{Finished, Outcome, Task, Work, get};

/// The most links on a page.
const LINKS_MAX: u64 = 1000;
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
        within("pages", self.pages.into(), 1, TASKS_MAX.into(), "no run visits more pages than that")?;
        within("links", self.links.into(), 1, LINKS_MAX, "a page has a thousand links at most")
    }

    fn cost(&self) -> Cost {
        Cost::Request { computing: PARSING }
    }

    fn waves(&self, setting: Setting<'_>) -> Waves {
        let path = format!("page/0?pages={}&links={}", self.pages, self.links);
        Waves::crawl(Frontier::new(setting.url(&path, None, &self.model), self.round, self.tasks))
    }

    fn model(&self) -> Option<&Model> {
        Some(&self.model)
    }

    fn model_mut(&mut self) -> Option<&mut Model> {
        Some(&mut self.model)
    }
}

/// Gets a page, parses it, keeps its links to other pages of the same site, one per line in `links`.
///
/// # Errors
/// Those of getting it. A page that is broken is parsed as browsers do, and is no error.
pub async fn visit<H: Host>(url: &str, host: &H, links: &mut Vec<u8>) -> Result<Outcome, TaskError> {
    let start_ms = host.now_ms();
    let mut page = Vec::new();
    let mut body = Body::default();
    let mut take = |chunk: &[u8]| {
        body.add(chunk);
        page.extend_from_slice(chunk);
        Ok(())
    };
    let response = get(host, url, &mut take).await?;
    let got_ms = host.now_ms();
    let found = parse(&page);
    let parsed_ms = host.now_ms();
    for link in found.iter().filter_map(|link| accept(url, link)) {
        links.extend_from_slice(link.as_bytes());
        links.push(b'\n');
    }
    let filtered_ms = host.now_ms();
    let phases = [
        ("first-byte", response.first_byte_ms),
        ("get", got_ms - start_ms),
        ("parse", parsed_ms - got_ms),
        ("filter", filtered_ms - parsed_ms),
    ];
    Ok(Outcome::from_body(&body, BTreeMap::from(phases.map(|(name, ms)| (name.to_owned(), ms)))))
}

/// The targets of all links of a page, as they stand there.
fn parse(page: &[u8]) -> Vec<String> {
    let mut links = Vec::new();
    for token in Tokenizer::new(page) {
        // The tokenizer reads from memory, which cannot fail.
        let Ok(Token::StartTag(tag)) = token else { continue };
        if tag.name.as_slice() == b"a"
            && let Some((_, href)) = tag.attributes.iter().find(|(name, _)| name.as_slice() == b"href")
        {
            links.push(String::from_utf8_lossy(href).into_owned());
        }
    }
    links
}

/// The address of another page of the same site that a link on `page` leads to, as the sources filter
/// it: without its `?ref=…` or fragment; nothing for a bare fragment, another scheme or another site.
fn accept(page: &str, link: &str) -> Option<String> {
    let link = link.trim();
    let link = link.split_once("#").map_or(link, |(before, _)| before);
    let link = link.split_once("/?ref").map_or(link, |(before, _)| before);
    let (scheme, rest) = page.split_once("://")?;
    let site_ends = rest.find('/').unwrap_or(rest.len());
    let site = &page[..scheme.len() + 3 + site_ends];
    let (path, _) = page.split_once('?').unwrap_or((page, ""));
    if link.is_empty() {
        None
    } else if let Some(other) = link.strip_prefix("//") {
        accept(page, &format!("{scheme}://{other}"))
    } else if link.starts_with('/') {
        Some(format!("{site}{link}"))
    } else if link.contains(':') {
        let same = link.strip_prefix(site)?;
        (same.is_empty() || same.starts_with('/')).then(|| link.to_owned())
    } else {
        let folder = path.rfind('/').map_or(path, |slash| &path[..slash]);
        Some(format!("{folder}/{link}"))
    }
}

/// The frontier of a crawl: breadth first, `round` pages at a time.
#[derive(Debug)]
pub struct Frontier {
    /// Every address that was found, in the order of its finding.
    found: Vec<String>,
    seen: HashSet<String>,
    /// How many of them were handed out.
    handed_out: usize,
    /// How many pages a wave has; 0 for all that are known.
    round: usize,
    /// How many pages are visited at most.
    limit: usize,
}

impl Frontier {
    /// A crawl that begins at `start`.
    pub fn new(start: String, round: u32, limit: u32) -> Self {
        let seen = HashSet::from([start.clone()]);
        Self { found: vec![start], seen, handed_out: 0, round: round as usize, limit: limit as usize }
    }

    /// The next wave, given what the last one found.
    pub fn next(&mut self, last: &[Finished]) -> Option<Vec<Task>> {
        let mut last: Vec<_> = last.iter().collect();
        // Whoever was first, links are taken in the order of pages: the same crawl on every platform.
        last.sort_by_key(|finished| finished.span.task);
        for finished in last {
            for link in String::from_utf8_lossy(&finished.output).lines() {
                if self.seen.insert(link.to_owned()) {
                    self.found.push(link.to_owned());
                }
            }
        }
        let left = self.found.len().min(self.limit) - self.handed_out;
        let count = if self.round == 0 { left } else { left.min(self.round) };
        let wave: Vec<Task> = (self.handed_out..self.handed_out + count)
            .map(|at| Task { id: at as u32, work: Work::Page { url: self.found[at].clone() } })
            .collect();
        self.handed_out += count;
        (!wave.is_empty()).then_some(wave)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::failed;

    #[test]
    fn links_as_they_stand_in_the_wild() {
        let page = br#"<html><body><A HREF="/a">x</a><a href=b>y<a href='c?d=1&amp;e=2'> <a name=z>
            <!-- <a href="/no"> --><script>"<a href='/no'>"</script><p <a href="/broken"></p>"#;
        let links = parse(page);
        assert_eq!(links[..3], ["/a", "b", "c?d=1&e=2"]);
        assert!(parse(b"\xff\xfe garbage \0 <<<>>> <a").is_empty());
    }

    #[test]
    fn only_pages_of_the_same_site_are_kept() {
        fn check(link: &str, expected: Option<&str>) {
            assert_eq!(accept("http://127.0.0.1:80/target/page/0?pages=3", link).as_deref(), expected, "{link}");
        }
        check("/x/1?a=b", Some("http://127.0.0.1:80/x/1?a=b"));
        check("2?pages=3", Some("http://127.0.0.1:80/target/page/2?pages=3"));
        check("http://127.0.0.1:80/y", Some("http://127.0.0.1:80/y"));
        check("//127.0.0.1:80/z", Some("http://127.0.0.1:80/z"));
        check("/x#part", Some("http://127.0.0.1:80/x"));
        check("/x/?ref=outind", Some("http://127.0.0.1:80/x"));
        for link in [
            "",
            " ",
            "#top",
            "mailto:a@b.c",
            "javascript:void(0)",
            "tel:1",
            "https://example.org/",
            "http://127.0.0.1:8080/",
        ] {
            check(link, None);
        }
    }

    #[test]
    fn breadth_first_in_rounds() {
        let found = |task, links: &str| {
            let mut finished = failed(task, 0, [0.0; 3], TaskError::cancelled());
            finished.output = links.as_bytes().to_vec();
            finished
        };
        let urls = |wave: Option<Vec<Task>>| -> Vec<String> {
            let url = |task: Task| match task.work {
                Work::Page { url } => url,
                other => panic!("{other:?}"),
            };
            wave.into_iter().flatten().map(url).collect()
        };
        let mut frontier = Frontier::new("s".to_owned(), 2, 5);
        assert_eq!(urls(frontier.next(&[])), ["s"]);
        assert_eq!(urls(frontier.next(&[found(0, "a\nb\nc\ns\n")])), ["a", "b"]);
        // Arrived in another order, taken in the order of pages.
        assert_eq!(urls(frontier.next(&[found(2, "e\na\n"), found(1, "d\n")])), ["c", "d"]);
        assert_eq!(urls(frontier.next(&[])), [] as [&str; 0]);
    }
}
