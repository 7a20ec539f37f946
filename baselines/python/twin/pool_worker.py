"""What a worker of a pool has and does: in a thread its own, in a process the process's."""

import threading

from .blocking import BlockingHost, work_now
from .board import open_board
from .parent import end_with_parent

# How long workers wait for each other before the run, in seconds. A machine that is very busy needs some.
MEETING_S = 60

_own = threading.local()


def begin(setting, board, part, take_number, ready):
    """Makes a worker of a pool, and returns when all of them are made; at once, if nobody waits for that (`None`)."""
    _own.worker = take_number()
    _own.host = BlockingHost(setting, board, part())
    if ready is not None:
        ready.wait(MEETING_S)


def begin_process(setting, part, numbers, ready):
    """The same in a process of its own, which ends with its parent."""
    end_with_parent()
    with numbers.get_lock():
        number = numbers.value
        numbers.value += 1
    begin(setting, open_board(setting.board), lambda: part, lambda: number, ready)


def perform(task, queued_ms):
    """Performs a task in a worker of a pool."""
    return work_now(task, queued_ms, _own.worker, _own.host)


def nothing():
    """Gives every worker of a pool a reason to be made."""
