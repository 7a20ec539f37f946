"""What a worker that awaits offers to tasks: an event loop, and a small HTTP/1.1 client over `asyncio.open_connection`.

The standard library has no such client. Connections are kept alive; there are as many as requests in flight.
"""

import asyncio
import re
import socket
from typing import NamedTuple

from .address import Address
from .host import CHUNK_BYTES, REDIRECTS_MAX, USER_AGENT, Host, Unanswered, late, next_request, too_many_redirects
from .task import TaskError
from .tls import trusting

_STATUS = re.compile(rb"HTTP/1\.([01]) ([1-5][0-9][0-9])(?: |$)")


class Head(NamedTuple):
    """The head of an answer."""

    status: int
    # By name in lower case.
    headers: dict
    # Whether the connection can be used again.
    lives_on: bool

    @classmethod
    def of(cls, text):
        """Reads the head of an answer."""
        first, *lines = text.split(b"\r\n")
        found = _STATUS.match(first)
        if not found:
            raise ValueError(f"the answer begins with {first[:40]!r}")
        headers = {}
        for line in lines[:-2]:
            name, colon, value = line.decode("latin-1").partition(":")
            if not colon or name != name.strip():
                raise ValueError(f"the answer has a header {line[:40]!r}")
            headers[name.lower()] = value.strip()
        connection = headers.get("connection", "").lower()
        lives_on = connection != "close" if found[1] == b"1" else connection == "keep-alive"
        return cls(int(found[2]), headers, lives_on)


class EventLoopHost(Host):
    """Awaits on the event loop of its thread, for many tasks at once."""

    def __init__(self, setting, board, dictionary):
        super().__init__(setting, board, dictionary)
        # Connections that nobody uses, by server.
        self._idle = {}

    async def sleep(self, duration_s):
        """Returns after some time."""
        await asyncio.sleep(duration_s)

    async def http(self, url, json, take):
        """Sends a request (`json` is posted; `None` is a GET) and gives the body to `take`, chunk by chunk; without
        `take`, the body stays unread, and the connection ends with the head. Returns status, the parts of its time in
        milliseconds, and the address that answered in the end.
        """
        try:
            return await asyncio.wait_for(self._follow(url, json, take), self._timeout_s)
        except asyncio.TimeoutError as error:
            raise late(self._timeout_s, url) from error

    async def close(self):
        """Closes all connections."""
        for _, writer in (connection for idle in self._idle.values() for connection in idle):
            # TLS would wait for the other side's farewell.
            writer.transport.abort() if writer.get_extra_info("ssl_object") else writer.close()
        # Lets the loop end those that were closed now and before.
        await asyncio.sleep(0)

    async def _follow(self, url, json, take):
        begun_ms = self.now_ms()
        first = url
        phases = {}
        for _ in range(REDIRECTS_MAX + 1):
            address = Address.of(url)
            kept = self._kept(address[:3])
            try:
                status, redirected = await self._exchange(kept, address, url, json, take, begun_ms, phases)
            except Unanswered:
                phases["resent"] = self.now_ms() - begun_ms
                status, redirected = await self._exchange(None, address, url, json, take, begun_ms, phases)
            if not redirected:
                return status, phases, url
            url, json = redirected
        raise too_many_redirects(first)

    async def _exchange(self, kept, address, url, json, take, begun_ms, phases):
        """Sends a request once, over a connection that was kept or a new one, and reads the answer; returns its status,
        and where it leads if it is a redirect.
        """
        origin = address[:3]
        reader, writer = kept or await _connect(origin, url)
        ended_well = False
        try:
            head = await _ask(reader, writer, address, json, url, kept is not None)
            phases["first-byte"] = self.now_ms() - begun_ms
            redirected = next_request(url, json, head.status, head.headers.get("location"))
            if redirected or take is not None:
                ended_well = await _read(reader, head, _drop if redirected else take, url)
        finally:
            if ended_well and head.lives_on:
                self._idle.setdefault(origin, []).append((reader, writer))
            else:
                writer.close()
        return head.status, redirected

    def _kept(self, origin):
        """A connection to a server that nobody uses, if there is one."""
        idle = self._idle.get(origin, [])
        while idle:
            reader, writer = idle.pop()
            if not reader.at_eof() and not writer.is_closing():
                return reader, writer
            # The server has ended it.
            writer.close()
        return None


async def _connect(origin, url):
    try:
        secure, *server = origin
        return await asyncio.open_connection(*server, ssl=trusting() if secure else None)
    except (socket.gaierror, UnicodeError) as error:
        # Some names are none to Python before anybody is asked for them.
        raise TaskError("dns", f"{getattr(error, 'strerror', error)}: {url}") from error
    except OSError as error:
        raise TaskError("connect", f"{error}: {url}") from error


async def _ask(reader, writer, address, json, url, is_kept):
    lines = [f"{'GET' if json is None else 'POST'} {address.path} HTTP/1.1", f"Host: {address.server()}", "Accept: */*"]
    lines.append(f"User-Agent: {USER_AGENT}")
    body = b"" if json is None else json.encode()
    if json is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    try:
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        await writer.drain()
        while True:
            head = Head.of(await reader.readuntil(b"\r\n\r\n"))
            # What stands before the answer, such as 100, has no body.
            if head.status >= 200:
                return head
    except asyncio.IncompleteReadError as error:
        if is_kept and not error.partial:
            raise Unanswered from error
        began = f"after {error.partial[:40]!r}" if error.partial else "without an answer"
        raise TaskError("network", f"the connection ended {began}: {url}") from error
    except (OSError, ValueError, asyncio.LimitOverrunError) as error:
        if is_kept and isinstance(error, ConnectionError):
            raise Unanswered from error
        raise TaskError("network", f"{error}: {url}") from error


async def _read(reader, head, take, url):
    """Reads a body to its end; returns whether the connection stands at the beginning of the next answer then."""
    try:
        if head.status in (204, 304):
            return True
        if head.headers.get("transfer-encoding", "").lower() == "chunked":
            while True:
                length = int((await reader.readuntil(b"\r\n")).split(b";")[0], 16)
                await _read_exactly(reader, length, take)
                # What may follow the last chunk ends with an empty line, and so does each chunk.
                while await reader.readuntil(b"\r\n") != b"\r\n":
                    pass
                if length == 0:
                    return True
        if "content-length" in head.headers:
            await _read_exactly(reader, int(head.headers["content-length"]), take)
            return True
        while True:
            chunk = await reader.read(CHUNK_BYTES)
            if not chunk:
                return False
            take(chunk)
    except asyncio.IncompleteReadError as error:
        raise TaskError("body", f"the body ended before its end: {url}") from error
    except (OSError, ValueError, asyncio.LimitOverrunError) as error:
        raise TaskError("body", f"{error}: {url}") from error


async def _read_exactly(reader, length, take):
    while length > 0:
        chunk = await reader.read(min(length, CHUNK_BYTES))
        if not chunk:
            raise asyncio.IncompleteReadError(b"", length)
        take(chunk)
        length -= len(chunk)


def _drop(chunk):
    """Takes the body of a redirect, so that its connection can be kept."""
