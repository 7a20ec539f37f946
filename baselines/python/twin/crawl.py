"""`crawl`: a site, page by page, in waves: what a wave finds decides on the next."""

from html.parser import HTMLParser


class _Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        if tag == "a":
            href = next((value for name, value in attrs if name == "href"), None)
            if href is not None:
                self.found.append(href)


def parse(page):
    """The targets of all links of a page, as they stand there. A page that is broken is no error."""
    links = _Links()
    links.feed(page.decode("utf-8", errors="replace"))
    links.close()
    return links.found


def accept(page, link):
    """The address of another page of the same site that a link on `page` leads to, or `None`: without its `?ref=...` or
    fragment; nothing for a bare fragment, another scheme or another site.
    """
    link = link.strip().split("#", 1)[0].split("/?ref", 1)[0]
    scheme, _, rest = page.partition("://")
    site = f"{scheme}://{rest.split('/', 1)[0]}"
    if not link:
        return None
    if link.startswith("//"):
        return accept(page, f"{scheme}:{link}")
    if link.startswith("/"):
        return site + link
    if ":" in link:
        same = link.startswith(site) and link[len(site):][:1] in ("", "/")
        return link if same else None
    folder = page.split("?", 1)[0].rpartition("/")[0]
    return f"{folder}/{link}"


class Frontier:
    """What a crawl knows: breadth first, `round` pages at a time (0 for all that are known), at most `limit` in all."""

    def __init__(self, start, round, limit):
        self._found = [start]
        self._seen = {start}
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
