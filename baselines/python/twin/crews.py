"""Crews: the workers of one run, ready to be given tasks. There is one per strategy, dispatch and way to hand tasks out;
none knows what the work is. Here are `ThreadPoolExecutor`, `ProcessPoolExecutor`, a thread or a process of its own for
every task, and an event loop; what only some sources use is in `crews_of_sources.py`.

A crew is made for the row of a run, before the clock starts. Where its making is timed, it makes its workers when it needs
them, as the sources do; else all of them are ready then. `spread` hands a wave of tasks over and returns those that are
over when all are, or when nobody is left who could end the others.
"""

import asyncio
import collections
import multiprocessing
import multiprocessing.connection
import queue
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from .blocking import BlockingHost, work_now
from .board import open_board
from .crews_of_sources import DaemonThreads, MultiprocessingPoolCallback, MultiprocessingPoolMap, RunInExecutor
from .eventloop import EventLoopHost
from .parent import end_with_parent
from .pool_worker import begin, begin_process, nothing, perform
from .task import failed, work


class Sequential:
    """`sequential`: the calling thread, one task after another."""

    mechanism = "one-thread"

    def __init__(self, setting, clock, row, dictionary):
        self._clock = clock
        self._host = BlockingHost(setting, open_board(setting.board), dictionary.for_worker())

    def spread(self, wave):
        queued_ms = self._clock.now_ms()
        return [work_now(task, queued_ms, 0, self._host) for task in wave]

    def close(self):
        self._host.close()


class EventLoop:
    """`async`: the calling thread with an event loop; a semaphore lets up to N tasks be in flight."""

    mechanism = "event-loop"

    def __init__(self, setting, clock, row, dictionary):
        self._clock = clock
        self._in_flight = row["workers"]
        self._host = EventLoopHost(setting, open_board(setting.board), dictionary.for_worker())
        self._loop = asyncio.new_event_loop()

    def spread(self, wave):
        return self._loop.run_until_complete(self._gather(wave))

    async def _gather(self, wave):
        queued_ms = self._clock.now_ms()
        in_flight = asyncio.Semaphore(self._in_flight)

        async def perform(task):
            async with in_flight:
                return await work(task, queued_ms, 0, self._host)

        return await asyncio.gather(*[perform(task) for task in wave])

    def close(self):
        self._loop.run_until_complete(self._end())
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    async def _end(self):
        await self._host.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


def _make_all(pool, workers, ready):
    """Has an executor make all of its workers, if they are to meet before the run."""
    if ready is None:
        return
    try:
        for future in [pool.submit(nothing) for _ in range(workers)]:
            future.result()
    except BaseException:
        ready.abort()
        pool.shutdown(wait=False)
        raise


class ThreadPool:
    """`threads`: a `ThreadPoolExecutor`."""

    mechanism = "thread-pool-executor"

    def __init__(self, setting, clock, row, dictionary):
        self._clock = clock
        workers = row["workers"]
        ready = None if row["setup"] == "timed" else threading.Barrier(workers)
        board = open_board(setting.board)
        # A queue, since without a global lock two threads can be given the same number by a counter.
        numbers = queue.SimpleQueue()
        for number in range(workers):
            numbers.put(number)
        args = (setting, board, dictionary.for_worker, numbers.get, ready)
        self._pool = ThreadPoolExecutor(workers, initializer=begin, initargs=args)
        _make_all(self._pool, workers, ready)

    def spread(self, wave):
        queued_ms = self._clock.now_ms()
        futures = [self._pool.submit(perform, task, queued_ms) for task in wave]
        return [future.result() for future in futures]

    def close(self):
        self._pool.shutdown()


def _spawned(task, begun_ms):
    """Notes how long it took to make a worker for this task alone, which is over: until it began."""
    spawn_ms = max(0.0, task.span["start_ms"] - begun_ms)
    # Tasks without phases of their own have one empty table in common.
    task.span["phases"] = {**task.span["phases"], "spawn": spawn_ms}
    return task


class ThreadPerTask:
    """`threads`, per task: a `Thread` of its own for every task, at most N at a time."""

    mechanism = "os-threads"

    def __init__(self, setting, clock, row, dictionary):
        self._clock = clock
        self._setting = setting
        self._workers = row["workers"]
        self._dictionary = dictionary
        self._board = open_board(setting.board)

    def spread(self, wave):
        queued_ms = self._clock.now_ms()
        finished = []
        # A thread that is done leaves its place to the next one.
        places = queue.SimpleQueue()
        for place in range(self._workers):
            places.put(place)

        def perform(task, place, begun_ms):
            try:
                host = BlockingHost(self._setting, self._board, self._dictionary.for_worker())
                finished.append(_spawned(work_now(task, queued_ms, place, host), begun_ms))
                host.close()
            finally:
                places.put(place)

        threads = []
        for task in wave:
            place, begun_ms = places.get(), self._clock.now_ms()
            thread = threading.Thread(target=perform, args=(task, place, begun_ms))
            try:
                thread.start()
            except RuntimeError as error:
                times_ms = queued_ms, begun_ms, self._clock.now_ms()
                finished.append(failed(task, place, times_ms, "setup", f"a thread could not be started: {error}"))
                places.put(place)
                continue
            threads.append(thread)
        for thread in threads:
            thread.join()
        return finished

    def close(self):
        pass


class ProcessPool:
    """`processes`: a `ProcessPoolExecutor`. When one of its processes dies, it gives all tasks up that are not over."""

    mechanism = "process-pool-executor"

    def __init__(self, setting, clock, row, dictionary):
        self._clock = clock
        workers = row["workers"]
        ready = None if row["setup"] == "timed" else multiprocessing.Barrier(workers)
        args = (setting, dictionary.for_worker(), multiprocessing.Value("i", 0), ready)
        self._pool = ProcessPoolExecutor(workers, initializer=begin_process, initargs=args)
        _make_all(self._pool, workers, ready)

    def spread(self, wave):
        queued_ms = self._clock.now_ms()
        futures = [self._submit(task, queued_ms) for task in wave]
        return [self._result(*future) for future in futures]

    def _submit(self, task, queued_ms):
        try:
            return task, queued_ms, self._pool.submit(perform, task, queued_ms), None
        except BrokenProcessPool as error:
            return task, queued_ms, None, error

    def _result(self, task, queued_ms, future, error):
        try:
            if error is not None:
                raise error
            return future.result()
        except BrokenProcessPool as broken:
            return failed(task, 0, (queued_ms, queued_ms, self._clock.now_ms()), "worker-died", str(broken))

    def close(self):
        self._pool.shutdown()


def _perform_alone(sender, setting, part, place, task, queued_ms):
    end_with_parent()
    host = BlockingHost(setting, open_board(setting.board), part)
    sender.send(work_now(task, queued_ms, place, host))


class ProcessPerTask:
    """`processes`, per task: a `Process` of its own for every task, at most N at a time."""

    mechanism = "child-processes"

    def __init__(self, setting, clock, row, dictionary):
        self._clock = clock
        self._setting = setting
        self._workers = row["workers"]
        self._dictionary = dictionary

    def spread(self, wave):
        queued_ms = self._clock.now_ms()
        waiting = collections.deque(wave)
        places = list(reversed(range(self._workers)))
        running = {}
        finished = []
        while waiting or running:
            while waiting and places:
                task, place, begun_ms = waiting.popleft(), places.pop(), self._clock.now_ms()
                try:
                    receiver, sender = multiprocessing.Pipe(duplex=False)
                    args = (sender, self._setting, self._dictionary.for_worker(), place, task, queued_ms)
                    process = multiprocessing.Process(target=_perform_alone, args=args)
                    process.start()
                except OSError as error:
                    times_ms = queued_ms, begun_ms, self._clock.now_ms()
                    finished.append(failed(task, place, times_ms, "setup", f"a process could not be started: {error}"))
                    places.append(place)
                    continue
                # The child has it: when it dies, its end of the pipe is the last one.
                sender.close()
                running[receiver] = process, task, place, begun_ms
            for receiver in multiprocessing.connection.wait(list(running)):
                process, task, place, begun_ms = running.pop(receiver)
                try:
                    finished.append(_spawned(receiver.recv(), begun_ms))
                    process.join()
                except EOFError:
                    process.join()
                    times_ms = queued_ms, begun_ms, self._clock.now_ms()
                    reason = f"the worker process ended (exit code {process.exitcode})"
                    finished.append(failed(task, place, times_ms, "worker-died", reason))
                receiver.close()
                places.append(place)
        return finished

    def close(self):
        pass


class PerWave:
    """Makes another crew anew for every wave; what that takes is part of the wave."""

    def __init__(self, crew, setting, clock, row, dictionary):
        self._make = lambda: crew(setting, clock, {**row, "setup": "timed"}, dictionary)

    def spread(self, wave):
        crew = self._make()
        try:
            return crew.spread(wave)
        finally:
            crew.close()

    def close(self):
        pass


# By strategy, dispatch and the way to hand tasks out.
_CREWS = {
    ("sequential", "pool", "single"): Sequential,
    ("async", "pool", "single"): EventLoop,
    ("async", "pool", "executor"): RunInExecutor,
    ("threads", "pool", "single"): ThreadPool,
    ("threads", "pool", "queue"): DaemonThreads,
    ("threads", "per-task", "single"): ThreadPerTask,
    ("processes", "pool", "single"): ProcessPool,
    ("processes", "pool", "map"): MultiprocessingPoolMap,
    ("processes", "pool", "callback"): MultiprocessingPoolCallback,
    ("processes", "per-task", "single"): ProcessPerTask,
}


def crew_for(row):
    """What carries a row out, by name, and what makes a crew for it."""
    if row["dispatch"] != "per-wave":
        crew = _CREWS[row["strategy"], row["dispatch"], row["handing"]]
        return crew.mechanism, crew
    crew = _CREWS[row["strategy"], "pool", row["handing"]]
    return crew.mechanism, lambda *args: PerWave(crew, *args)
