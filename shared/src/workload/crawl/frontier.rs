//! What a crawl knows: which pages were found, and which come next.

use std::collections::HashSet;

use crate::grouping::sort_by_number;
use crate::target::site::Course;
use crate::task::{Finished, Task, Work};

/// Links in a task's output: a JSON list, since a character between them could be part of one.
pub(super) fn write_links<T: AsRef<str>>(links: &[T], output: &mut Vec<u8>) {
    let links: Vec<&str> = links.iter().map(AsRef::as_ref).collect();
    serde_json::to_writer(output, &links).expect("texts are JSON, and memory takes them");
}

/// The links in a task's output; none, if it failed.
fn read_links(output: &[u8]) -> Vec<String> {
    str::from_utf8(output).ok().and_then(|links| serde_json::from_str(links).ok()).unwrap_or_default()
}

/// The frontier of a crawl: breadth first, wave by wave.
#[derive(Debug)]
pub struct Frontier {
    /// Every address that was found, in the order of its finding.
    found: Vec<String>,
    seen: HashSet<String>,
    /// How many of them were handed out.
    handed_out: usize,
    course: Course,
}

impl Frontier {
    /// A crawl that begins with some pages.
    pub fn new(starts: impl IntoIterator<Item = String>, course: Course) -> Self {
        let mut frontier = Self { found: Vec::new(), seen: HashSet::new(), handed_out: 0, course };
        frontier.find(starts);
        frontier
    }

    /// The next wave, given what the last one found.
    pub fn next(&mut self, last: &[Finished]) -> Option<Vec<Task>> {
        let mut last: Vec<_> = last.iter().collect();
        // Whoever was first, links are taken in the order of pages: the same crawl on every platform.
        sort_by_number(&mut last, |finished| finished.span.task);
        self.find(last.into_iter().flat_map(|finished| read_links(&finished.output)));
        let Course { round, visited, found: enough, filter } = self.course;
        if enough > 0 && self.found.len() >= enough as usize {
            return None;
        }
        let left = self.found.len().min(visited as usize) - self.handed_out;
        let count = if round == 0 { left } else { left.min(round as usize) };
        let page = |at: usize| Task { id: at as u32, work: Work::Page { url: self.found[at].clone(), filter } };
        let wave: Vec<Task> = (self.handed_out..self.handed_out + count).map(page).collect();
        self.handed_out += count;
        (!wave.is_empty()).then_some(wave)
    }

    /// Keeps what was not found before.
    fn find(&mut self, links: impl IntoIterator<Item = String>) {
        for link in links {
            if self.seen.insert(link.clone()) {
                self.found.push(link);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::failed;
    use crate::span::TaskError;
    use crate::target::Filter;

    #[test]
    fn breadth_first_in_rounds() {
        let found = |task, links: &[&str]| {
            let mut finished = failed(task, 0, [0.0; 3], TaskError::cancelled());
            write_links(links, &mut finished.output);
            finished
        };
        let urls = |wave: Option<Vec<Task>>| -> Vec<String> {
            let url = |task: Task| match task.work {
                Work::Page { url, .. } => url,
                work => panic!("{work:?}"),
            };
            wave.into_iter().flatten().map(url).collect()
        };
        let course = Course { round: 2, visited: 5, found: 0, filter: Filter::Pages };
        let mut frontier = Frontier::new(["s".to_owned()], course);
        assert_eq!(urls(frontier.next(&[])), ["s"]);
        assert_eq!(urls(frontier.next(&[found(0, &["a", "b", "c", "s"])])), ["a", "b"]);
        // Arrived in another order, taken in the order of pages.
        assert_eq!(urls(frontier.next(&[found(2, &["e", "a"]), found(1, &["d"])])), ["c", "d"]);
        assert_eq!(urls(frontier.next(&[])), [] as [&str; 0]);
        // With as many addresses as it takes, those that were found last are not visited.
        let mut frontier = Frontier::new(["s".to_owned()], Course { found: 4, ..course });
        assert_eq!(urls(frontier.next(&[])), ["s"]);
        assert_eq!(urls(frontier.next(&[found(0, &["a", "b"])])), ["a", "b"]);
        assert_eq!(urls(frontier.next(&[found(1, &["c"])])), [] as [&str; 0]);
    }

    #[test]
    fn links_stay_apart_whatever_they_are_made_of() {
        let links = ["a\nb", "c\"d", "e,f\\", ""];
        let mut output = Vec::new();
        write_links(&links, &mut output);
        assert_eq!(read_links(&output), links);
        assert_eq!(read_links(b""), [] as [&str; 0]);
    }
}
