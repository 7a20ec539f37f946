"""A dictionary that the workers of a run put results into, by key: four ways to share one.

Each is made before the run and gives every worker a part (`for_worker`); the part inserts values and says how long it
waited and how long the insert took, in milliseconds. `merged` brings everything together at the end.
"""

import asyncio
import multiprocessing.managers
import queue
import threading

from .clock import now_ms
from .parent import end_with_parent

# Dictionaries of `Locked` when it is sharded.
SHARDS = 16


def shared_by(strategy, sharing):
    """The dictionary for a strategy and a way to share; one that nobody uses, if there is none."""
    if sharing is None:
        return Merged()
    if sharing == "merge":
        return MergedByOwner() if strategy == "processes" else Merged()
    if sharing == "owner":
        return {"async": OwnedByTask, "processes": Managed}.get(strategy, Owned)()
    return Locked(SHARDS if sharing == "sharded" else 1)


class Part:
    """A worker's way to the dictionary."""

    async def insert(self, key, value):
        """Inserts a value under a key."""
        raise NotImplementedError

    def give(self):
        """What was kept since the last time and has to be handed over with a task's result."""
        return {}


class Locked(Part):
    """Dictionaries in common memory, each behind a lock; the key decides which."""

    def __init__(self, shards):
        self._shards = [(threading.Lock(), {}) for _ in range(shards)]

    def for_worker(self):
        return self

    async def insert(self, key, value):
        begun_ms = now_ms()
        lock, values = self._shards[key % len(self._shards)]
        with lock:
            locked_ms = now_ms()
            values[key] = value
            return locked_ms - begun_ms, now_ms() - locked_ms

    def merged(self, given):
        merged = {}
        for _, values in self._shards:
            merged.update(values)
        return merged

    def close(self):
        pass


class Merged:
    """Each worker has a dictionary of its own; at the end they are merged."""

    def __init__(self):
        self._parts = []

    def for_worker(self):
        part = OwnPart()
        self._parts.append(part)
        return part

    def merged(self, given):
        merged = {}
        for part in self._parts:
            merged.update(part.values)
        return merged

    def close(self):
        pass


class OwnPart(Part):
    """A dictionary that one worker has for itself."""

    def __init__(self):
        self.values = {}

    async def insert(self, key, value):
        begun_ms = now_ms()
        self.values[key] = value
        return 0.0, now_ms() - begun_ms


class MergedByOwner:
    """Workers hand what they keep over with the results of their tasks; at the end all of it is merged."""

    def for_worker(self):
        return GivenPart()

    def merged(self, given):
        merged = {}
        for kept in given:
            merged.update(kept)
        return merged

    def close(self):
        pass


class GivenPart(OwnPart):
    """A dictionary of what one task keeps."""

    def give(self):
        given, self.values = self.values, {}
        return given


class Owned:
    """A dictionary in a thread that is reached by messages: whoever inserts something waits for the owner's answer."""

    def __init__(self):
        self._values = {}
        self._wanted = queue.SimpleQueue()
        self._owner = threading.Thread(target=self._own, name="owner", daemon=True)
        self._owner.start()

    def _own(self):
        while True:
            wanted = self._wanted.get()
            if wanted is None:
                return
            key, value, answer = wanted
            self._values[key] = value
            answer.put(None)

    def for_worker(self):
        return OwnedPart(self._wanted)

    def merged(self, given):
        return self._values

    def close(self):
        self._wanted.put(None)
        self._owner.join()


class OwnedPart(Part):
    """The way to an owner that is a thread."""

    def __init__(self, wanted):
        self._wanted = wanted
        self._answer = queue.SimpleQueue()

    async def insert(self, key, value):
        begun_ms = now_ms()
        self._wanted.put((key, value, self._answer))
        self._answer.get()
        return now_ms() - begun_ms, 0.0


class OwnedByTask(Part):
    """A dictionary whose owner is a task on the event loop."""

    def __init__(self):
        self._values = {}
        self._wanted = None

    def for_worker(self):
        return self

    async def insert(self, key, value):
        begun_ms = now_ms()
        if self._wanted is None:
            self._wanted = asyncio.Queue()
            self._owner = asyncio.ensure_future(self._own())
        answer = asyncio.get_running_loop().create_future()
        self._wanted.put_nowait((key, value, answer))
        await answer
        return now_ms() - begun_ms, 0.0

    async def _own(self):
        while True:
            key, value, answer = await self._wanted.get()
            self._values[key] = value
            answer.set_result(None)

    def merged(self, given):
        return self._values

    def close(self):
        pass


class Managed:
    """A dictionary in a process of its own that is reached through a proxy: `multiprocessing.Manager`."""

    def __init__(self):
        self._manager = multiprocessing.managers.SyncManager()
        self._manager.start(end_with_parent)
        self._values = self._manager.dict()

    def for_worker(self):
        return ManagedPart(self._values)

    def merged(self, given):
        return self._values.copy()

    def close(self):
        self._manager.shutdown()


class ManagedPart(Part):
    """The way to a manager's dictionary."""

    def __init__(self, values):
        self._values = values

    async def insert(self, key, value):
        begun_ms = now_ms()
        self._values[key] = value
        return now_ms() - begun_ms, 0.0
