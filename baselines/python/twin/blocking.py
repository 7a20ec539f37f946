"""What a worker that blocks offers to tasks: `http.client`, one connection kept alive per server; `time.sleep`."""

import contextlib
import functools
import http.client
import socket
import time

from .address import Address
from .clock import now_s
from .host import CHUNK_BYTES, REDIRECTS_MAX, USER_AGENT, Host, Unanswered, late, next_request, too_many_redirects
from .task import TaskError, work
from .tls import NOTHING_TO_READ, is_secured, trusting


def work_now(task, queued_ms, worker, host):
    """Performs one task with a host that blocks."""
    return at_once(work(task, queued_ms, worker, host))


def at_once(coroutine):
    """What a coroutine returns that never waits, so that its first step is its last."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    raise RuntimeError("a host that blocks made a task wait")


class BlockingHost(Host):
    """Blocks its thread."""

    def __init__(self, setting, board, dictionary):
        super().__init__(setting, board, dictionary)
        self._connections = {}

    async def sleep(self, duration_s):
        """Returns after some time."""
        time.sleep(duration_s)

    async def http(self, url, json, take):
        """Sends a request (`json` is posted; `None` is a GET) and gives the body to `take`, chunk by chunk; without
        `take`, the body stays unread, and the connection ends with the head. Returns status, the parts of its time in
        milliseconds, and the address that answered in the end.
        """
        begun_ms = self.now_ms()
        limit = _Limit(self._timeout_s, url)
        phases = {}
        for _ in range(REDIRECTS_MAX + 1):
            try:
                status, redirected = self._exchange(url, json, take, limit, begun_ms, phases)
            except Unanswered:
                phases["resent"] = self.now_ms() - begun_ms
                status, redirected = self._exchange(url, json, take, limit, begun_ms, phases)
            if not redirected:
                return status, phases, url
            url, json = redirected
        raise too_many_redirects(limit.url)

    def _exchange(self, url, json, take, limit, begun_ms, phases):
        """Sends a request once and reads the answer; returns its status, and where it leads if it is a redirect."""
        with self._connection(url, limit) as (connection, path, is_kept):
            # Of an answer that ends with its connection, `http.client` hides the socket.
            sock = connection.sock
            response = _ask(connection, path, json, limit, is_kept)
            phases["first-byte"] = self.now_ms() - begun_ms
            redirected = next_request(url, json, response.status, response.getheader("location"))
            if redirected or take is not None:
                _read(sock, response, _drop if redirected else take, limit)
            else:
                response.close()
                connection.close()
        return response.status, redirected

    def close(self):
        """Closes all connections."""
        for connection in self._connections.values():
            connection.close()

    @contextlib.contextmanager
    def _connection(self, url, limit):
        """A connection to a server, kept for the next request if this one ends well."""
        address = Address.of(url)
        origin = address[:3]
        connection = self._connections.pop(origin, None)
        is_kept = connection is not None and not _is_dropped(connection)
        if not is_kept:
            connection = _connect(*origin, limit)
        try:
            yield connection, address.path, is_kept
        except BaseException:
            connection.close()
            raise
        if connection.sock is not None:
            self._connections[origin] = connection


def _connect(secure, host, port, limit):
    make = http.client.HTTPConnection
    with limit.kept("connect"):
        if secure:
            make = functools.partial(http.client.HTTPSConnection, context=trusting())
        connection = make(host, port, timeout=limit.left_s())
        connection.connect()
    return connection


def _ask(connection, path, json, limit, is_kept):
    method, headers = "GET", {"User-Agent": USER_AGENT}
    if json is not None:
        method, headers = "POST", {**headers, "Content-Type": "application/json"}
    connection.sock.settimeout(limit.left_s())
    with limit.kept("network"):
        try:
            connection.request(method, path, json, headers)
            return connection.getresponse()
        except ConnectionError as error:
            if is_kept:
                raise Unanswered from error
            raise


def _read(sock, response, take, limit):
    """Reads a body to its end. The length is counted here, because `read1` did not count before Python 3.11.8."""
    left = None if response.chunked else response.length
    with limit.kept("body"):
        while left is None or left > 0:
            sock.settimeout(limit.left_s())
            chunk = response.read1(CHUNK_BYTES if left is None else min(left, CHUNK_BYTES))
            if not chunk:
                break
            take(chunk)
            if left is not None:
                left -= len(chunk)
    response.close()
    if left:
        raise TaskError("body", f"the body ended {left} bytes before its end: {limit.url}")


def _drop(chunk):
    """Takes the body of a redirect, so that its connection can be kept."""


class _Limit:
    """How long a task may wait for an answer."""

    def __init__(self, timeout_s, url):
        self.url = url
        self._timeout_s = timeout_s
        self._at_s = now_s() + timeout_s

    def left_s(self):
        """How long it may still wait, in seconds."""
        left_s = self._at_s - now_s()
        if left_s <= 0:
            raise late(self._timeout_s, self.url)
        return left_s

    @contextlib.contextmanager
    def kept(self, otherwise):
        """Tells errors of the network apart; `otherwise` is their kind if they say nothing more of themselves."""
        try:
            yield
        except socket.timeout as error:
            raise late(self._timeout_s, self.url) from error
        except (socket.gaierror, UnicodeError) as error:
            # Some names are none to Python before anybody is asked for them.
            raise TaskError("dns", f"{getattr(error, 'strerror', error)}: {self.url}") from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            reason = str(error) or type(error).__name__
            if type(error) is http.client.BadStatusLine:
                reason = f"the answer begins with {error.line[:40]!r}"
            raise TaskError(otherwise, f"{reason}: {self.url}") from error


def _is_dropped(connection):
    """Whether the server has ended a connection that was kept: then there is something to read, its end."""
    try:
        connection.sock.settimeout(0)
        if is_secured(connection.sock):
            connection.sock.recv(1)
        else:
            connection.sock.recv(1, socket.MSG_PEEK)
    except NOTHING_TO_READ:
        return False
    except OSError:
        pass
    connection.close()
    return True
