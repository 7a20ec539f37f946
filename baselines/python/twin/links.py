"""The links of a page, as its text has them: the tokenizer of the HTML standard, as far as tags need it.

`html.parser` reads pages in other ways, which differ from one Python to the next. What is text and what is a tag depends on
the element (https://html.spec.whatwg.org/multipage/parsing.html#tokenization). No scripts run here, so that what stands in
`noscript` is part of the page; what stands in a `template` is part of none. No tree is built: SVG and MathML are read like
HTML. parlab reads pages alike, and `tests/data/pages.json` has cases for both.
"""

import html.entities
import re

# Elements whose content is text up to their own end tag.
_TEXTS = {"title", "textarea", "style", "xmp", "iframe", "noembed", "noframes"}

_NAME = re.compile(r"[A-Za-z][^\t\n\f\r />]*")
# An attribute, or the end of the tag: name, value in quotes or none, the quote that closes it.
_ATTRIBUTE = re.compile(
    r"""[\t\n\f\r /]*(?:(?P<end>>)|(?P<name>[^\t\n\f\r />][^\t\n\f\r />=]*)"""
    r"""(?:[\t\n\f\r ]*=[\t\n\f\r ]*(?:(?P<quote>["'])(?P<quoted>.*?)(?P=quote)|(?P<open>["'])|(?P<plain>[^\t\n\f\r >]*)))?)""",
    re.DOTALL,
)
_COMMENT_END = re.compile(r"--!?>")
_SCRIPT = re.compile(r"<!--|-->|<(/?)script(?=[\t\n\f\r />])", re.IGNORECASE)
_REFERENCE = re.compile(r"&(?:#([0-9]+);?|#[xX]([0-9A-Fa-f]+);?|([A-Za-z0-9]+;?)(=?))")


def links(text):
    """What links of a page are resolved against, if it says so, and where they lead, as it stands there."""
    base, found, templates = None, [], 0
    for name, href in _tags(text):
        if name == "template":
            templates += 1
        elif name == "/template":
            templates = max(templates - 1, 0)
        elif not templates and href is not None:
            if name == "a":
                found.append(href)
            elif name == "base" and base is None:
                base = href
    return base, found


def _tags(text):
    """The tags in their order, an end tag with a slash before its name, and the `href` of each."""
    at = text.find("<")
    while at >= 0:
        closes = text.startswith("/", at + 1)
        name = _NAME.match(text, at + 1 + closes)
        if name:
            href, at = _attributes(text, name.end())
            if at < 0:
                return
            name = name[0].lower()
            if closes:
                yield f"/{name}", None
            else:
                yield name, href
                at = _content_end(text, at, name)
        else:
            at = _markup_end(text, at)
        at = text.find("<", at) if at >= 0 else -1


def _attributes(text, at):
    """The first `href` of a tag and where the tag ends: -1, if the page ends before."""
    href = None
    while True:
        found = _ATTRIBUTE.match(text, at)
        if not found or found["open"]:
            return None, -1
        at = found.end()
        if found["end"]:
            return href, at
        if href is None and found["name"].lower() == "href":
            value = found["quoted"] or found["plain"] or ""
            href = _REFERENCE.sub(_character, value.replace("\0", "\ufffd"))


def _markup_end(text, at):
    """Where a comment, or what is read as one, ends, or else a character: -1, if the page ends before."""
    if text.startswith("<!--", at):
        shortest = next((begin for begin in ("<!-->", "<!--->") if text.startswith(begin, at)), None)
        if shortest:
            return at + len(shortest)
        end = _COMMENT_END.search(text, at + 4)
        return end.end() if end else -1
    if text.startswith(("<!", "<?"), at) or text.startswith("</", at) and len(text) > at + 2:
        end = text.find(">", at + 2)
        return end + 1 if end >= 0 else -1
    return at + 1


def _content_end(text, at, name):
    """Where what follows a start tag is read as tags again: -1, if nowhere."""
    if name == "plaintext":
        return -1
    if name == "script":
        return _script_end(text, at)
    if name in _TEXTS:
        end = re.compile(rf"</{name}(?=[\t\n\f\r />])", re.IGNORECASE).search(text, at)
        return end.start() if end else -1
    return at


def _script_end(text, at):
    """Where a script ends. In a comment of a script, a script may stand."""
    in_comment = in_script = False
    while True:
        found = _SCRIPT.search(text, at)
        if not found:
            return -1
        at = found.end()
        if found[0] == "<!--":
            in_comment = True
            # The dashes may be those of the comment's end.
            at -= 2
        elif found[0] == "-->":
            in_comment = in_script = False
        elif not found[1]:
            in_script = in_comment
        elif in_script:
            in_script = False
        else:
            return found.start()


def _character(reference):
    """What a reference in an attribute stands for; itself, if it is none."""
    decimal, hexadecimal, name, equals = reference.groups()
    if name:
        # Without a semicolon, what goes on is no reference: a query is full of ampersands.
        known = html.entities.html5.get(name)
        return reference[0] if known is None or equals and not name.endswith(";") else known + equals
    # Python reads no number of thousands of digits.
    number = int(decimal.lstrip("0")[:8] or "0") if decimal else int(hexadecimal, 16)
    if 0x80 <= number <= 0x9F:
        return bytes([number]).decode("cp1252", errors="ignore") or chr(number)
    if number == 0 or number > 0x10FFFF or 0xD800 <= number <= 0xDFFF:
        return "\ufffd"
    return chr(number)
