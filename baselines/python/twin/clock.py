"""The clock of all times: the system's monotonic one, which all processes of one boot share and nobody sets. parlab's own
is the same (`native/src/clock.rs`), so that its times and these compare.
"""

import functools
import time

if hasattr(time, "clock_gettime"):
    now_s = functools.partial(time.clock_gettime, time.CLOCK_MONOTONIC)
else:
    # No clock is known there that is both shared and monotonic: processes meet at the time of day.
    now_s = time.time


def now_ms():
    """Milliseconds on the system's clock."""
    return now_s() * 1e3


def step_ms():
    """The smallest step that the clock was seen to make, in milliseconds."""

    def step_s():
        before = after = now_s()
        while after == before:
            after = now_s()
        return after - before

    return min(step_s() for _ in range(1000)) * 1e3


class Clock:
    """Milliseconds since a base on the system's clock; since now, if there is none."""

    def __init__(self, base_ms=None):
        self.base_ms = now_ms() if base_ms is None else base_ms

    def now_ms(self):
        """Milliseconds since the base."""
        return now_ms() - self.base_ms
