"""`crawl`: a site, page by page, in waves: what a wave finds decides on the next."""

from .address import join, origin
from .links import links


def parse(page):
    """What links of a page are resolved against, if it says so, and where they lead, as it stands there. A page that is
    broken is read as browsers do, and is no error.
    """
    return links(page.decode("utf-8", errors="replace"))


def accept(page, base, hrefs, which):
    """The addresses of the same site that links on a page lead to, as far as a filter lets them through
    (`shared/src/target/filter.rs`): `pages` to other pages, each without fragment or `/?ref=...`; `parts`, as the source's
    serial crawl, with fragments, but for those that stand alone; `all`, as its other two, with references too.
    """
    base = base is not None and join(page, base) or page
    found = (_address(page, base, href, which) for href in hrefs)
    return [link for link in found if link is not None]


def _address(page, base, href, which):
    link = join(base, href)
    if link and which != "all" and "/?ref" in link:
        link = join(link, link.split("/?ref", 1)[0])
    if link is None or origin(link) != origin(page):
        return None
    if which == "pages":
        return link if link != page else None
    # As the source asks: of the last segment.
    if href.rsplit("/", 1)[-1].lstrip().startswith("#"):
        return None
    return link + "".join(href.partition("#")[1:])


class Frontier:
    """What a crawl knows: breadth first, `round` pages at a time (0 for all that are known), at most `limit` in all, until
    `enough` addresses are found, visited or not (0 for any number).
    """

    def __init__(self, starts, round, limit, enough):
        # In the order of their finding, each once.
        self._found = list(dict.fromkeys(starts))
        self._seen = set(self._found)
        self._handed_out = 0
        self._round = round
        self._limit = limit
        self._enough = enough

    def next(self, last):
        """The numbers and addresses of the next pages, given what the last ones left behind."""
        # Whoever was first, links are taken in the order of pages: the same crawl on every platform.
        for finished in sorted(last, key=lambda finished: finished.span["task"]):
            for link in finished.links:
                if link not in self._seen:
                    self._seen.add(link)
                    self._found.append(link)
        if 0 < self._enough <= len(self._found):
            return []
        begin = self._handed_out
        left = min(len(self._found), self._limit) - begin
        self._handed_out += min(left, self._round) if self._round else left
        return list(enumerate(self._found[begin:self._handed_out], begin))
