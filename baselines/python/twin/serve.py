"""`--serve`: carries runs out for whoever writes to standard input, one after another.

Messages are JSON, one per line. The first line on standard output says what this Python is. Then each order, which is a
run with `seed`, `target` and `timeout_ms`, and optionally

- `clock_base_ms`: when the clock began on which the answer's `began_ms` is to be, on the system's (`clock.py`),
- `folder`: where to create files,
- `board`: the file of the run's board,

is answered by an execution; `{"check": "https"}` by `{"unable": …}`, the reason why no request can go over https, or null.
Between two orders nothing is done. At the end of standard input everything ends, workers included, whatever is going on.
"""

import json
import multiprocessing
import os
import queue
import signal
import threading

from .clock import Clock, step_ms
from .report import cores, interpreter
from .run import execute
from .tls import trusting


def hello():
    """What this Python is."""
    return {**interpreter(), "cores": cores(), "clock_step_ms": step_ms()}


def serve():
    """Serves until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    orders_from, answers_to = os.dup(0), os.dup(1)
    # Nothing that a library prints or reads comes between.
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)
    os.dup2(2, 1)
    answers = os.fdopen(answers_to, "w", encoding="utf-8")
    orders = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(orders_from, orders), name="listener", daemon=True).start()
    message = hello()
    # What was printed before this began may have left a line without an end.
    answers.write("\n")
    while True:
        answers.write(json.dumps(message) + "\n")
        answers.flush()
        order = json.loads(orders.get())
        message = _check_https() if order.get("check") == "https" else _carry_out(order)


def _carry_out(run):
    # A handler waits until the interpreter comes by. Whoever computes in this process is ended without one; whoever
    # has other processes compute waits, and can end them first.
    signal.signal(signal.SIGINT, _end if run["strategy"] == "processes" else signal.SIG_DFL)
    return execute(run, Clock(run.get("clock_base_ms")), run.get("folder"), run.get("board"))


def _check_https():
    try:
        trusting()
    except OSError as error:
        return {"unable": str(error)}
    return {"unable": None}


def _listen(orders_from, orders):
    """Reads orders; the main thread may be busy, and has to be told of the end all the same."""
    pending = b""
    # Without a buffer: whoever forks meanwhile must not inherit its lock.
    for chunk in iter(lambda: os.read(orders_from, 1 << 16), b""):
        *lines, pending = (pending + chunk).split(b"\n")
        for line in lines:
            orders.put(line)
    _end()


def _end(*_):
    """Ends everything, workers included."""
    try:
        for child in multiprocessing.active_children():
            child.kill()
    finally:
        # Children that were missed notice that their parent is gone.
        os._exit(0)
