"""Crews as only some of the source documents have them: `multiprocessing.Pool` with `map` or with `apply_async` and a
callback, daemon threads over a `Queue`, `loop.run_in_executor`.
"""

import asyncio
import functools
import multiprocessing
import queue
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from .blocking import BlockingHost, at_once, work_now
from .board import open_board
from .host import Host
from .pool_worker import MEETING_S, begin_process, perform
from .task import work

# How often a pool is asked whether all of its processes live, in seconds: it never says when one dies.
_LOOK_S = 0.5


class _MultiprocessingPool:
    """`processes`: a `multiprocessing.Pool`. It waits for ever for what a process had that died: here nobody waits for
    those tasks.
    """

    mechanism = "multiprocessing-pool"

    def __init__(self, setting, clock, row, dictionary):
        self._clock = clock
        is_timed = row["setup"] == "timed"
        ready = None if is_timed else multiprocessing.Barrier(row["workers"] + 1)
        others = set(multiprocessing.active_children())
        args = (setting, dictionary.for_worker(), multiprocessing.Value("i", 0), ready)
        self._pool = multiprocessing.Pool(row["workers"], begin_process, args)
        self._processes = set(multiprocessing.active_children()) - others
        if not is_timed:
            try:
                ready.wait(MEETING_S)
            except threading.BrokenBarrierError as error:
                self._pool.terminate()
                raise RuntimeError("not all processes of the pool began") from error

    def spread(self, wave):
        return self._hand_out(wave, functools.partial(perform, queued_ms=self._clock.now_ms()))

    def _hand_out(self, wave, perform):
        """Has the pool perform tasks; returns what is over when all are, or when a process has died."""
        raise NotImplementedError

    def _wait(self, wait):
        """Waits until `wait` says that all is over, or a process dies."""
        while not wait(_LOOK_S) and self._processes <= set(multiprocessing.active_children()):
            pass

    def close(self):
        # As at the end of its `with`; whatever a dead process had is not waited for.
        self._pool.terminate()
        self._pool.join()


class MultiprocessingPoolMap(_MultiprocessingPool):
    """`Pool.map`: tasks go in parts, four for each process; results are there when all are, in the order of tasks."""

    def _hand_out(self, wave, perform):
        results = self._pool.map_async(perform, wave)

        def wait(timeout_s):
            results.wait(timeout_s)
            return results.ready()

        self._wait(wait)
        return results.get() if results.ready() else []


class MultiprocessingPoolCallback(_MultiprocessingPool):
    """`Pool.apply_async`: tasks go one at a time; a callback keeps results in the order of their arrival."""

    def _hand_out(self, wave, perform):
        finished = []
        all_over = threading.Event()

        def keep(task):
            finished.append(task)
            if len(finished) == len(wave):
                all_over.set()

        for task in wave:
            self._pool.apply_async(perform, (task,), callback=keep)
        self._wait(all_over.wait)
        return list(finished)


class DaemonThreads:
    """`threads`: daemon threads that take tasks from a `Queue` in an endless loop; whoever filled it joins it."""

    mechanism = "daemon-threads"

    def __init__(self, setting, clock, row, dictionary):
        self._clock = clock
        self._queue = queue.Queue()
        self._finished = []
        board = open_board(setting.board)
        self._threads = [
            threading.Thread(target=self._serve, args=(worker, setting, board, dictionary), daemon=True)
            for worker in range(row["workers"])
        ]
        self._begun = False
        if row["setup"] == "untimed":
            self._begin()

    def _begin(self):
        self._begun = True
        for thread in self._threads:
            thread.start()

    def _serve(self, worker, setting, board, dictionary):
        host = BlockingHost(setting, board, dictionary.for_worker())
        while True:
            order = self._queue.get()
            try:
                if order is None:
                    return host.close()
                self._finished.append(work_now(*order, worker, host))
            finally:
                self._queue.task_done()

    def spread(self, wave):
        self._finished = []
        queued_ms = self._clock.now_ms()
        for task in wave:
            self._queue.put((task, queued_ms))
        if not self._begun:
            # As their source: the queue is full when they begin.
            self._begin()
        self._queue.join()
        return self._finished

    def close(self):
        # Their source leaves them waiting for ever.
        if self._begun:
            for _ in self._threads:
                self._queue.put(None)
            for thread in self._threads:
                thread.join()


class RunInExecutor:
    """`async`: an event loop has the threads of an executor wait for answers, and takes them up one after another when
    all of a wave are there.
    """

    mechanism = "run-in-executor"

    def __init__(self, setting, clock, row, dictionary):
        self._clock = clock
        self._loop = asyncio.new_event_loop()
        self._executor = ThreadPoolExecutor(row["workers"])
        board = open_board(setting.board)
        self._host_for = lambda arrivals: _ExecutorHost(setting, board, dictionary.for_worker(), self._executor, arrivals)

    def spread(self, wave):
        return self._loop.run_until_complete(self._gather(wave))

    async def _gather(self, wave):
        queued_ms = self._clock.now_ms()
        arrivals = _Arrivals(len(wave))

        async def perform(task):
            host = self._host_for(arrivals)
            try:
                return await work(task, queued_ms, 0, host)
            finally:
                host.arrive()

        return await asyncio.gather(*[perform(task) for task in wave])

    def close(self):
        self._executor.shutdown()
        self._loop.close()


class _Arrivals:
    """Counts the tasks of a wave whose answers are there, or never will be."""

    def __init__(self, expected):
        self._expected = expected
        self._all = asyncio.Event()

    def add(self):
        self._expected -= 1
        if self._expected == 0:
            self._all.set()

    async def all(self):
        await self._all.wait()


class _ExecutorHost(Host):
    """Where a single task stands whose waiting is done by threads."""

    def __init__(self, setting, board, dictionary, executor, arrivals):
        super().__init__(setting, board, dictionary)
        self._setting = setting
        self._executor = executor
        self._arrivals = arrivals
        self._is_there = False

    def arrive(self):
        """Says that the task waits for nothing any more."""
        if not self._is_there:
            self._is_there = True
            self._arrivals.add()

    async def _in_thread(self, call, *args):
        return await asyncio.get_running_loop().run_in_executor(self._executor, call, *args)

    async def sleep(self, duration_s):
        """Returns after some time."""
        await self._in_thread(time.sleep, duration_s)

    async def http(self, url, json, take):
        """Sends a request and gives the body to `take`, if it is to be read, when all answers of the wave are there.
        Returns status, the parts of its time in milliseconds, and the address that answered in the end.
        """
        try:
            answer, chunks = await self._in_thread(self._fetch, url, json, take is not None)
        finally:
            self.arrive()
        await self._arrivals.all()
        for chunk in chunks:
            take(chunk)
        return answer

    def _fetch(self, url, json, is_read):
        """Gets an answer as a whole, over a connection of its own: the source has no session."""
        host, chunks = BlockingHost(self._setting, None, None), []
        try:
            return at_once(host.http(url, json, chunks.append if is_read else None)), chunks
        finally:
            host.close()
