"""`crawl`: a site, page by page, in waves: what a wave finds decides on the next."""

from .address import join, origin
from .links import links


def parse(page):
    """What links of a page are resolved against, if it says so, and where they lead, as it stands there. A page that is
    broken is read as browsers do, and is no error.
    """
    return links(page.decode("utf-8", errors="replace"))


def accept(page, base, hrefs):
    """The addresses that links on a page lead to, as the sources filter them: other pages of the same site, without fragment
    or `/?ref=...`.
    """
    base = base is not None and join(page, base) or page
    found = (_without_reference(join(base, href)) for href in hrefs)
    return [link for link in found if link is not None and link != page and origin(link) == origin(page)]


def _without_reference(link):
    return join(link, link.split("/?ref", 1)[0]) if link and "/?ref" in link else link


class Frontier:
    """What a crawl knows: breadth first, `round` pages at a time (0 for all that are known), at most `limit` in all."""

    def __init__(self, starts, round, limit):
        # In the order of their finding, each once.
        self._found = list(dict.fromkeys(starts))
        self._seen = set(self._found)
        self._handed_out = 0
        self._round = round
        self._limit = limit

    def next(self, last):
        """The numbers and addresses of the next pages, given what the last ones left behind."""
        # Whoever was first, links are taken in the order of pages: the same crawl on every platform.
        for finished in sorted(last, key=lambda finished: finished.span["task"]):
            for link in finished.links:
                if link not in self._seen:
                    self._seen.add(link)
                    self._found.append(link)
        begin = self._handed_out
        left = min(len(self._found), self._limit) - begin
        self._handed_out += min(left, self._round) if self._round else left
        return list(enumerate(self._found[begin:self._handed_out], begin))
