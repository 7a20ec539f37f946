"""A process that others depend on."""

import multiprocessing
import os
import signal
import threading


def end_with_parent():
    """Makes this process end when its parent does, however that ends, and when it is interrupted, without a word."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    threading.Thread(target=_wait, name="parent", daemon=True).start()


def _wait():
    multiprocessing.parent_process().join()
    os._exit(1)
