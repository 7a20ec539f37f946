"""What every worker has, and what blocking and awaiting workers have in common."""

import contextlib
from typing import NamedTuple, Optional

from . import VERSION
from .address import join
from .clock import Clock
from .task import TaskError
from .text import Text
from .tls import trusting

# Who asks: servers of others can tell, and turn parlab away.
USER_AGENT = f"parlab/{VERSION}"

# Redirects that are followed; browsers follow as many.
REDIRECTS_MAX = 20

# What of a body is read at a time.
CHUNK_BYTES = 65536

_REDIRECTS = {301, 302, 303, 307, 308}


class Setting(NamedTuple):
    """What all workers of a run have in common, also those in other processes."""

    # Where files are created.
    folder: str
    # The file of the board, if somebody watches.
    board: Optional[str]
    # How long a task may wait for an answer.
    timeout_s: float
    # The run's clock, on which all workers agree.
    clock: Clock
    # What `write` writes.
    text: Text
    # Whether requests may go over https.
    secure: bool


class Host:
    """Where a worker stands. Each worker has its own, with connections of its own."""

    def __init__(self, setting, board, dictionary):
        self.folder = setting.folder
        self.text = setting.text
        self.board = board
        self.now_ms = setting.clock.now_ms
        self._timeout_s = setting.timeout_s
        self._dictionary = dictionary
        if setting.secure:
            # Certificates are read before they are needed; who does without them is none the worse.
            with contextlib.suppress(OSError):
                trusting()

    async def insert(self, key, value):
        """Keeps a value in the run's dictionary; returns milliseconds waited and spent on the insert."""
        return await self._dictionary.insert(key, value)

    def give(self):
        """What the last task wants to have kept elsewhere."""
        return self._dictionary.give()


class Unanswered(Exception):
    """A connection that was kept from an earlier request ended before anything of an answer came. The request is sent
    again, once, over a new one, as browsers do, for POST too: nothing was answered.
    """


def next_request(url, json, status, location):
    """Where a redirect leads and what is sent there; `None` if it is no redirect."""
    if status not in _REDIRECTS or location is None:
        return None
    if status == 303 or status in (301, 302) and json is not None:
        json = None
    target = join(url, location)
    if target is None:
        raise TaskError("redirect", f"the server redirects to {location!r}, where no request can be sent: {url}")
    return target, json


def late(timeout_s, url):
    """The error that ends a wait."""
    return TaskError("timeout", f"the answer was not there within {timeout_s * 1e3:g} ms: {url}")


def too_many_redirects(url):
    """The error that ends a chain of redirects."""
    return TaskError("redirect", f"more than {REDIRECTS_MAX} redirects: {url}")
