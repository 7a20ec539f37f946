"""Files that tasks wrote, read back when the clock has stopped: what is reported of them is what is on the disk."""

import os

from .checksum import Body

# What of a file is read at a time.
_PIECE_BYTES = 1 << 20


def read_back(tasks, spans, folder, text):
    """Takes bytes and checksums of tasks from their files. A task whose file is not there, or holds something else than
    it wrote, has failed: `text`, if that is what all of them write (`None`: what came over the network). Of a file that
    several tasks overwrite, nothing is said if one of them failed.
    """
    by_task = {span["task"]: span for span in spans}
    files = {}
    for task in tasks:
        if task.work in ("save", "write", "write-given"):
            files.setdefault(task.args["name"], []).append(by_task.get(task.id))
    block = text and text.block.encode()
    for name, writers in files.items():
        if any(span is None or span["error"] is not None for span in writers):
            continue
        bytes_, checksum, wrong = _read(os.path.join(folder, name), name, writers[-1], block)
        for span in writers:
            span["bytes"], span["checksum"] = (span["bytes"], None) if wrong else (bytes_, checksum)
            span["error"] = {"kind": "file", "message": wrong} if wrong else None


def _read(path, name, span, block):
    """The length and the checksum of a file, and what is wrong with it. `block` is what a text repeats, if it is one."""
    body, same = Body(), True
    try:
        with open(path, "rb") as file:
            for piece in iter(lambda: file.read(len(block) if block else _PIECE_BYTES), b""):
                same = same and (block is None or block.startswith(piece))
                body.take(piece)
    except OSError as error:
        return 0, None, f"{error.strerror or error}: {path}"
    checksum = f"{body.checksum():016x}"
    if body.bytes != span["bytes"]:
        return 0, None, f"{name} holds {body.bytes} bytes, and {span['bytes']} were written"
    if not same or block is None and checksum != span["checksum"]:
        return 0, None, f"{name} holds other bytes than were written"
    return body.bytes, checksum, None
