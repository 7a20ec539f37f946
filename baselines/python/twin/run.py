"""One run: makes the workers, hands the tasks over, ends the workers."""

import contextlib
import tempfile

from .costs import Meter
from .crews import crew_for
from .dictionary import shared_by
from .host import Setting
from .read_back import read_back
from .stopped import stopped_children_end
from .task import failed
from .text import Text, text
from .tls import trusting
from .workloads import Task, Waves


def execute(run, clock, folder=None, board=None):
    """Carries a run out and returns what is reported of it: its mechanism, its times, its costs and its spans. A failure
    becomes failed spans; a run whose workers could not be made has one, for its first task.

    `run` is what is run, as in the report's schema, with `seed`, `target` and `timeout_ms`. Files are created in
    `folder`, or else in one that is removed afterwards. `board` is the file of the run's board, if somebody watches.
    """
    with contextlib.ExitStack() as ends:
        if folder is None:
            folder = ends.enter_context(tempfile.TemporaryDirectory(prefix="parlab-"))
        if run["strategy"] == "processes":
            ends.enter_context(stopped_children_end())
        mechanism, make = crew_for(run)
        waves = Waves(run)
        written = text(run["seed"], run["params"]["bytes"]) if run["workload"] == "write" else None
        begun_ms = clock.now_ms()
        try:
            setting = _setting(run, clock, folder, board, written)
            dictionary = shared_by(run["strategy"], run["params"].get("keep"))
            ends.callback(dictionary.close)
            crew = make(setting, clock, run, dictionary)
        except (OSError, RuntimeError) as error:
            return _unable(mechanism, clock, begun_ms, error)
        ends.callback(crew.close)
        setup_ms = clock.now_ms() - begun_ms

        tasks, finished = [], []
        wave = waves.next([])
        meter = Meter()
        began_ms = clock.now_ms()
        while wave:
            last = _spread(crew, wave, clock)
            tasks += wave
            finished += last
            wave = waves.next(last)
        kept = dictionary.merged(task.kept for task in finished)
        wall_ms = clock.now_ms() - began_ms
        costs = meter.costs(processes_end=run["strategy"] == "processes" and run["dispatch"] != "pool")
        spans = [task.span for task in finished]
        read_back(tasks, spans, folder, written)
    _find_lost(tasks, spans, kept)
    return _execution(mechanism, began_ms, setup_ms, wall_ms, costs, spans)


def _setting(run, clock, folder, board, written):
    """What the workers of a run have in common; an `OSError` if its requests cannot be secured as they need to be."""
    urls = run["params"].get("urls", ())
    if any(address.startswith("https:") for address in (run["target"], *urls)):
        trusting()
    return Setting(
        folder=folder,
        board=board,
        timeout_s=run["timeout_ms"] / 1e3,
        clock=clock,
        # Tasks that are given their text need none of their worker.
        text=Text() if written is None or run["params"].get("sent") else written,
        # Servers of others may send anybody elsewhere.
        secure=run["target"].startswith("https:") or bool(urls),
    )


def begin_with_setup(execution):
    """Puts the time that it took to make the workers before everything else, as part of the run. Whoever asked for the run
    does that, as for all platforms.
    """
    setup_ms = execution["setup_ms"]
    execution["began_ms"] -= setup_ms
    execution["wall_ms"] += setup_ms
    for span in execution["spans"]:
        for time_ms in ("queued_ms", "start_ms", "end_ms"):
            span[time_ms] += setup_ms


def _spread(crew, wave, clock):
    """Has a crew perform a wave. What it could not begin, or did not bring to an end, has failed."""
    queued_ms = clock.now_ms()
    finished, failure = [], ("worker-died", "the worker that had it died, or none was left to do it")
    try:
        finished = crew.spread(wave)
    except (OSError, RuntimeError) as error:
        failure = "setup", f"the workers could not be made: {error}"
    over = {task.span["task"] for task in finished}
    times_ms = queued_ms, queued_ms, clock.now_ms()
    return finished + [failed(task, 0, times_ms, *failure) for task in wave if task.id not in over]


def _unable(mechanism, clock, begun_ms, error):
    """A run whose workers could not be made."""
    now_ms = clock.now_ms()
    reason = f"the workers could not be made: {error}"
    nobody = failed(Task(0, "", {}), 0, (now_ms, now_ms, now_ms), "setup", reason)
    return _execution(mechanism, now_ms, now_ms - begun_ms, 0.0, None, [nobody.span])


def _find_lost(tasks, spans, kept):
    """Fails tasks whose result is not in the dictionary at the end."""
    tasks = {task.id: task for task in tasks}
    for span in spans:
        if span["error"] is None and any(kept.get(key) != int(span["checksum"], 16) for key in tasks[span["task"]].keys()):
            span["checksum"] = None
            lost = "its result is not in the dictionary: what the worker kept is lost"
            span["error"] = {"kind": "worker-died", "message": lost}


def _execution(mechanism, began_ms, setup_ms, wall_ms, costs, spans):
    """Turns spans on the clock into spans since the run began, in the order of tasks."""
    for span in spans:
        for time_ms in ("queued_ms", "start_ms", "end_ms"):
            span[time_ms] -= began_ms
    spans.sort(key=lambda span: span["task"])
    return {
        "mechanism": mechanism,
        "began_ms": began_ms,
        "setup_ms": setup_ms,
        "wall_ms": wall_ms,
        "costs": costs,
        "spans": spans,
    }
