"""Tasks, and the one place where their work is done."""

import contextlib
import errno
import os
from typing import NamedTuple

from . import crawl, kernels
from .checksum import Body

# What `save` writes at a time, as its source does.
_SAVE_BLOCK = 1024

# The longest page that is read: servers of others may send what they like.
_PAGE_BYTES_MAX = 64 << 20

_DISK_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}


class TaskError(Exception):
    """Why a task failed: a kind of the report's schema, and a message for a human."""

    def __init__(self, kind, message):
        super().__init__(kind, message)
        self.kind = kind
        self.message = message


class Outcome(NamedTuple):
    """What a task that succeeded leaves behind."""

    bytes: int = 0
    checksum: int = 0
    # Named parts of its time, in milliseconds.
    phases: dict = {}
    # Addresses that it found.
    links: list = []


class Finished(NamedTuple):
    """A task that is over."""

    # What is reported, as in the report's schema.
    span: dict
    # Addresses that it found.
    links: list = []
    # What it wants to have kept by key, where its worker shares no memory with the dictionary.
    kept: dict = {}


async def work(task, queued_ms, worker, host):
    """Performs one task and notes it on the board. `queued_ms` is when it could first have been taken."""
    start_ms = host.now_ms()
    host.board.start(task.id, worker, queued_ms, start_ms)
    error, outcome = None, Outcome()
    try:
        outcome = await perform(task, host)
    except TaskError as failure:
        error = failure
    except Exception as failure:  # A task that fails in a way that nobody foresaw is one failed task.
        error = TaskError("panicked", f"the task raised {failure!r}")
    end_ms = host.now_ms()
    finished = finish(task, worker, (queued_ms, start_ms, end_ms), outcome, error)._replace(kept=host.give())
    host.board.end(finished.span)
    return finished


def finish(task, worker, times_ms, outcome, error=None):
    """A task that is over; `times_ms` are when it was queued, when it began and when it ended."""
    queued_ms, start_ms, end_ms = times_ms
    span = {
        "task": task.id,
        "worker": worker,
        "queued_ms": queued_ms,
        "start_ms": start_ms,
        "end_ms": end_ms,
        "bytes": outcome.bytes,
        "checksum": None if error else f"{outcome.checksum:016x}",
        "error": {"kind": error.kind, "message": error.message} if error else None,
        "phases": outcome.phases,
    }
    return Finished(span, outcome.links)


def failed(task, worker, times_ms, kind, message):
    """A task that was not performed, for a reason that is none of its own."""
    return finish(task, worker, times_ms, Outcome(), TaskError(kind, message))


async def perform(task, host):
    """Does the work of one task.

    A host that blocks returns from each `await` at once: its thread performs the task in one go.
    """
    work, args = task.work, task.args
    if work == "count":
        return Outcome(checksum=kernels.count(args["n"]))
    if work == "countdown":
        return Outcome(checksum=kernels.countdown(args["n"]))
    if work == "sum":
        return Outcome(checksum=kernels.sum_all_numbers(args["n"]))
    if work == "sleep":
        await host.sleep(args["duration_ms"] / 1e3)
        return Outcome(checksum=args["x"] ** 2)
    if work == "get":
        body = Body()
        phases, _ = await _get(host, args["url"], body.take)
        return Outcome(body.bytes, body.checksum(), phases)
    if work == "open":
        status, phases, _ = await host.http(args["url"], None, None)
        _check(status)
        return Outcome(checksum=status, phases=phases)
    if work == "save":
        return await _save(host, args["url"], args["name"])
    if work == "post":
        return await _post(host, args["url"], args["json"])
    if work == "insert":
        return await _insert(host, task)
    if work == "page":
        return await _visit(host, args["url"], args["filter"])
    if work == "write":
        return _write(host, args["name"], args["bytes"], args["flush"])
    if work == "write-given":
        return _write_given(host, args["name"], args["text"], args["flush"])
    raise ValueError(f"there is no work {work!r}")


async def _get(host, url, take):
    status, phases, answered = await host.http(url, None, take)
    _check(status)
    return phases, answered


def _check(status):
    if not 200 <= status <= 299:
        raise TaskError("status", f"the server answered with status {status}")


async def _post(host, url, json):
    body = Body()
    status, phases, _ = await host.http(url, json, body.take)
    _check(status)
    return Outcome(body.bytes, status, phases)


async def _insert(host, task):
    outcome = await _post(host, task.args["url"], task.args["json"])
    wait_ms = insert_ms = 0.0
    for key in task.keys():
        waited_ms, inserted_ms = await host.insert(key, outcome.checksum)
        wait_ms += waited_ms
        insert_ms += inserted_ms
    return outcome._replace(phases={**outcome.phases, "wait": wait_ms, "insert": insert_ms})


async def _save(host, url, name):
    body = Body()
    with _file(host, name, "wb") as file:

        def take(chunk):
            body.take(chunk)
            with _described(file.name):
                for at in range(0, len(chunk), _SAVE_BLOCK):
                    file.write(chunk[at:at + _SAVE_BLOCK])

        phases, _ = await _get(host, url, take)
    return Outcome(body.bytes, body.checksum(), phases)


async def _visit(host, url, which):
    body, page = Body(), bytearray()
    # A fragment is for the reader, and is not sent.
    url = url.partition("#")[0]

    def take(chunk):
        if len(page) + len(chunk) > _PAGE_BYTES_MAX:
            raise TaskError("body", f"the page is longer than {_PAGE_BYTES_MAX >> 20} MiB: {url}")
        body.take(chunk)
        page.extend(chunk)

    start_ms = host.now_ms()
    # Where the page is shows after redirects.
    phases, url = await _get(host, url, take)
    got_ms = host.now_ms()
    found = crawl.parse(page)
    parsed_ms = host.now_ms()
    links = crawl.accept(url, *found, which)
    phases = {
        **phases,
        "get": got_ms - start_ms,
        "parse": parsed_ms - got_ms,
        "filter": host.now_ms() - parsed_ms,
    }
    return Outcome(body.bytes, body.checksum(), phases, links)


def _write(host, name, length, flush):
    block = host.text.block
    with _file(host, name, "wt", encoding="utf-8") as file, _described(file.name):
        left = length
        while left > 0:
            left -= file.write(block if left >= len(block) else block[:left])
        _flush(file, flush)
    return Outcome(length, host.text.checksum)


def _write_given(host, name, text, flush):
    with _file(host, name, "wt", encoding="utf-8") as file, _described(file.name):
        file.write(text)
        _flush(file, flush)
    # What a digest would say is read back from the disk, when the clock has stopped.
    return Outcome(len(text))


def _flush(file, to_disk):
    file.flush()
    if to_disk:
        os.fsync(file.fileno())


@contextlib.contextmanager
def _file(host, name, mode, **options):
    path = os.path.join(host.folder, name)
    with _described(path):
        file = open(path, mode, **options)
    try:
        yield file
    finally:
        # What is still to be written can meet a full disk here.
        with _described(path):
            file.close()


@contextlib.contextmanager
def _described(path):
    try:
        yield
    except OSError as error:
        kind = "disk-full" if error.errno in _DISK_FULL else "file"
        raise TaskError(kind, f"{error.strerror or error}, in {_room(path)}") from error


def _room(path):
    """The folder in which those of plans and runs lie, whose names no others have: what failed alike reads alike."""
    folder = os.path.dirname(path)
    while os.path.basename(folder).startswith(("parlab-", "run-")):
        folder = os.path.dirname(folder)
    return folder
