"""Addresses of the web, read and resolved as the URL standard says (https://url.spec.whatwg.org/).

`urllib.parse` follows older rules: it keeps line breaks and backslashes, drops an empty query, knows no other ways to write a
host. Hosts beyond ASCII are encoded as Python's codec `idna` does, by the standard of 2003: ß becomes ss.
"""

import ipaddress
import re
import urllib.parse
from typing import NamedTuple

_PORTS = {"http": 80, "https": 443}
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_ORIGIN = re.compile(r"https?://[^/]*")
# An address as the standard writes it.
_WRITTEN = re.compile(r"(https?)://(?:\[([0-9a-f:.]+)\]|([^/:?#@\[\]]+))(?::([0-9]+))?(/[!-~]*)")
_NOT_IN_A_HOST = re.compile(r"[\0- #%/:<>?@[\\\]^|\x7f]")
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")
# What a path keeps, and what a query does, besides letters, digits and `_.-~`.
_IN_PATH = "!$%&'()*+,/:;=@[]|\\^"
_IN_QUERY = "!$%&()*+,/:;=@[]|\\^?`{}"


def join(base, link):
    """Where a link on the page of an address leads, without its fragment; `None` if no request can be sent there. Without a
    base, reads an address.
    """
    link = link.strip("".join(map(chr, range(0x21)))).translate({9: None, 10: None, 13: None}).split("#", 1)[0]
    base_scheme = base and base.split(":", 1)[0]
    found = _SCHEME.match(link)
    scheme = found[1].lower() if found else base_scheme
    if scheme not in _PORTS:
        return None
    rest, mark, query = link[found.end() if found else 0:].partition("?")
    query = mark + urllib.parse.quote(query, safe=_IN_QUERY)
    rest = rest.replace("\\", "/")
    if scheme == base_scheme and not rest.startswith("//"):
        origin = _ORIGIN.match(base)[0]
        folder, base_mark, base_query = base[len(origin):].partition("?")
        if not rest:
            return origin + folder + (query or base_mark + base_query)
        if not rest.startswith("/"):
            rest = folder[:folder.rindex("/") + 1] + rest
    elif found or base:
        host, _, path = rest.lstrip("/").partition("/")
        host = _host(host, _PORTS[scheme])
        if host is None:
            return None
        origin, rest = f"{scheme}://{host}", f"/{path}"
    return origin + _path(rest) + query


def origin(address):
    """Scheme, host and port."""
    return _ORIGIN.match(address)[0]


class Address(NamedTuple):
    """An address, taken apart for whoever sends a request there."""

    secure: bool
    # A name, or a number without brackets.
    host: str
    port: int
    # What stands in the request.
    path: str

    @classmethod
    def of(cls, text):
        """Takes an address apart that `join` has written, or who gave the order: nothing is read in another way here."""
        found = _WRITTEN.fullmatch(text)
        if not found:
            raise ValueError(f"this is no address as the URL standard writes it: {text}")
        scheme, number, name, port, path = found.groups()
        return cls(scheme == "https", number or name, int(port or _PORTS[scheme]), path)

    def server(self):
        """Host and port as they stand in a request."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS["https" if self.secure else "http"] else f"{host}:{self.port}"


def _host(text, own_port):
    """Host and port, as the standard writes them; `None`, if there is no such host. A name or a password is not sent."""
    found = re.fullmatch(r"(?::?@)?(\[[^@]*\]|[^:@]*)(?::([0-9]*))?", text)
    if not found:
        return None
    host, port = found[1], int((found[2] or str(own_port)).lstrip("0")[:6] or "0")
    if port > 0xFFFF:
        return None
    host = _version_6(host[1:-1]) if host.startswith("[") else _name(host)
    return host and (host if port == own_port else f"{host}:{port}")


def _name(host):
    """A name, or an address of version 4 in one of the ways to write it."""
    try:
        host = urllib.parse.unquote_to_bytes(host).decode(errors="replace")
        host = host.lower() if host.isascii() else host.encode("idna").decode().lower()
    except UnicodeError:
        return None
    if not host or _NOT_IN_A_HOST.search(host):
        return None
    labels = host.split(".")
    labels = labels[:-1] if labels[-1] == "" and len(labels) > 1 else labels
    return _version_4(labels) if _NUMBER.fullmatch(labels[-1]) else host


def _version_4(parts):
    if len(parts) > 4:
        return None
    try:
        *numbers, last = [_part(part) for part in parts]
    except ValueError:
        return None
    if any(number > 255 for number in numbers) or last >= 256 ** (4 - len(numbers)):
        return None
    return str(ipaddress.IPv4Address(last + sum(number << 8 * (3 - at) for at, number in enumerate(numbers))))


def _part(part):
    # Python reads no number of thousands of digits.
    if not part.isascii() or not part.isalnum() or len(part) > 64:
        raise ValueError(part)
    if part[:2] in ("0x", "0X"):
        return int(part[2:] or "0", 16)
    return int(part, 8 if part.startswith("0") else 10)


def _version_6(text):
    # Python reads zones, which no address of the web has.
    if "%" in text:
        return None
    try:
        number = int(ipaddress.IPv6Address(text))
    except ValueError:
        return None
    groups = [f"{number >> 16 * at & 0xFFFF:x}" for at in reversed(range(8))]
    # The longest run of zeros, the first if there are several, is left out.
    runs = [(length, -at) for at in range(8) for length in range(2, 9 - at) if groups[at:at + length] == ["0"] * length]
    if not runs:
        return f"[{':'.join(groups)}]"
    length, at = max(runs)
    return f"[{':'.join(groups[:-at])}::{':'.join(groups[length - at:])}]"


def _path(text):
    """A path without its dots."""
    segments = []
    parts = text.split("/")[1:]
    for at, part in enumerate(parts):
        dots = part.lower().replace("%2e", ".")
        if dots == "..":
            segments = segments[:-1]
        elif dots != ".":
            segments.append(part)
        if dots in (".", "..") and at == len(parts) - 1:
            segments.append("")
    return "/" + urllib.parse.quote("/".join(segments), safe=_IN_PATH)
