"""The board: how far the tasks of a run are, in a file that whoever watches the run reads while it goes on.

The layout is that of parlab's own board (`shared/src/measure/board.rs`). The file is mapped into the memory of every
worker, so that nothing is sent while the run is timed. What is over is counted by the reader.
"""

import mmap
import struct

# The header: 32 words, then 16 times as many in which parlab's own workers count.
_HEADER_BYTES = 32 * 17 * 4
# State, worker, then queued, start, end (f64), checksum, bytes (u64).
_STATE = struct.Struct("<I")
_REST = struct.Struct("<IdddQQ")
_SLOT_BYTES = _STATE.size + _REST.size

_RUNNING, _DONE, _FAILED = 1, 2, 3


class Board:
    """The board in a file that is as long as the run has tasks."""

    def __init__(self, path):
        with open(path, "r+b") as file:
            self._memory = mmap.mmap(file.fileno(), 0)

    def start(self, task, worker, queued_ms, start_ms):
        """A worker takes the task."""
        self._note(task, _RUNNING, worker, queued_ms, start_ms, 0.0, 0, 0)

    def end(self, span):
        """The task is over."""
        state = _FAILED if span["error"] else _DONE
        times_ms = span["queued_ms"], span["start_ms"], span["end_ms"]
        checksum = int(span["checksum"] or "0", 16)
        self._note(span["task"], state, span["worker"], *times_ms, checksum, span["bytes"])

    def _note(self, task, state, *rest):
        at = _HEADER_BYTES + _SLOT_BYTES * task
        # The state comes last: who reads it finds the rest in place.
        _REST.pack_into(self._memory, at + _STATE.size, *rest)
        _STATE.pack_into(self._memory, at, state)


class NoBoard:
    """Nobody watches."""

    def start(self, task, worker, queued_ms, start_ms):
        """A worker takes the task."""

    def end(self, span):
        """The task is over."""


def open_board(path):
    """The board in a file, or none."""
    return NoBoard() if path is None else Board(path)
