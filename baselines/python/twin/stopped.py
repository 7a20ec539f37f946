"""Worker processes that somebody has stopped: they are given up after a while, or whoever waits for them waits for ever."""

import contextlib
import os
import signal
import sys
import threading

# How long a worker process may be stopped, in seconds, as natively.
_LIMIT_S = 10
_LOOK_S = 1


@contextlib.contextmanager
def stopped_children_end():
    """Ends children of this process that are stopped (as by SIGSTOP) for too long, where the system tells. Nobody looks
    when this is over: what has nothing to do is idle.
    """
    if not hasattr(os, "waitid"):
        yield
        return
    over = threading.Event()
    watch = threading.Thread(target=_watch, args=(over,), name="stopped", daemon=True)
    watch.start()
    try:
        yield
    finally:
        over.set()
        watch.join()


def _watch(over):
    last, stopped_s = None, 0
    while not over.wait(_LOOK_S):
        stopped = _stopped_child()
        stopped_s = stopped_s + _LOOK_S if stopped is not None and stopped == last else 0
        last = stopped
        if stopped_s >= _LIMIT_S:
            print(f"worker process {stopped} was stopped for {_LIMIT_S} s, and given up", file=sys.stderr, flush=True)
            os.kill(stopped, signal.SIGKILL)


def _stopped_child():
    """The process id of a child that is stopped, if one is."""
    try:
        # What is only looked at stays to be seen by whoever waits for its end.
        seen = os.waitid(os.P_ALL, 0, os.WSTOPPED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return None
    return seen and seen.si_pid
