"""Workloads: kinds of work with their parameters, and the tasks that they yield, the same as on every platform."""

from typing import NamedTuple

from . import draw
from .crawl import Frontier
from .text import whole

# Images that the target has; more tasks than that get the first ones again.
_IMAGES = 1000


class Task(NamedTuple):
    """The unit of work that a worker takes."""

    # Position in the run, from 0.
    id: int
    # What to do: a name that `task.perform` knows.
    work: str
    # With what.
    args: dict

    def keys(self):
        """The keys of the dictionary under which the task keeps its result."""
        if self.work != "insert":
            return range(0)
        return range(self.args["key"], self.args["key"] + self.args["inserts"])


class Waves:
    """The tasks of a run, handed out in waves."""

    def __init__(self, run):
        params = run["params"]
        self._frontier = None
        self._tasks = None
        if run["workload"] == "crawl":
            start = _url(run, f"page/0?pages={params['pages']}&links={params['links']}", None)
            starts = params.get("urls") or [start]
            self._frontier = Frontier(starts, params["round"], params["tasks"], params.get("found", 0))
            self._filter = params.get("filter", "pages")
        else:
            works = WORKS[run["workload"]](run, params)
            self._tasks = [Task(id, work, args) for id, (work, args) in enumerate(works)]

    def next(self, last):
        """The next wave, given what the last one left behind (nothing, before the first); an empty one at the end."""
        if self._frontier:
            return [Task(id, "page", {"url": url, "filter": self._filter}) for id, url in self._frontier.next(last)]
        tasks, self._tasks = self._tasks, []
        return tasks


def _url(run, path, task, seed=None):
    """The address of something that the target offers."""
    seed = run["seed"] if seed is None else seed
    url = f"{run['target']}target/{path}{'&' if '?' in path else '?'}seed={seed}"
    if task is not None:
        url += f"&task={task}"
    for name, value in (("latency", run["params"]["latency_ms"]), ("fail", run["params"]["fail"])):
        if value:
            url += f"&{name}={value}"
    return url


def _computing(work):
    return lambda run, params: [(work, {"n": params["n"]})] * params["tasks"]


def _download(run, params):
    work = "open" if params.get("unread") else "get"
    tasks = [None if params.get("one_address") else id for id in range(params["tasks"])]
    urls = params.get("urls") or [_url(run, f"bytes/{params['bytes']}", task) for task in tasks]
    return [(work, {"url": urls[id % len(urls)]}) for id in range(params["tasks"])]


def _page(run, task):
    # Two sites, in turn.
    seed = (run["seed"] + task % 2) % (1 << 64)
    return "get", {"url": _url(run, "page/0?pages=2&links=10", task, seed)}


def _sites(run, params):
    return [_page(run, id) for id in range(params["tasks"])]


def _images(run, params):
    return [
        ("save", {"url": _url(run, f"image/{id % _IMAGES}.png", id), "name": f"image-{id}.png"})
        for id in range(params["tasks"])
    ]


def _post(run, params):
    return [("post", {"url": _url(run, "echo", id), "json": f'{{"request":{id}}}'}) for id in range(params["tasks"])]


def _dictionary(run, params):
    inserts = params["inserts"]
    return [("insert", {**args, "key": id * inserts, "inserts": inserts}) for id, (_, args) in enumerate(_post(run, params))]


def _write(run, params):
    name = "output.txt" if params["one_file"] else "output-{}.txt"
    args = {"flush": params["flush"]}
    if params.get("sent"):
        work, args["text"] = "write-given", whole(run["seed"], params["bytes"])
    else:
        work, args["bytes"] = "write", params["bytes"]
    return [(work, {"name": name.format(id), **args}) for id in range(params["tasks"])]


def _sleep(run, params):
    tasks = params["tasks"]

    def nap(x):
        share = (tasks - x) / tasks if params["falling"] else 1.0
        return "sleep", {"duration_ms": draw.uniform(run["seed"], x) * share * params["longest_ms"], "x": x}

    return [nap(x) for x in range(tasks)]


def _mixed(run, params):
    countdown = ("countdown", {"n": params["n"]})
    works = [countdown if id % 2 else _page(run, id // 2) for id in range(params["tasks"])]
    draw.shuffle(run["seed"], works)
    return works


# What each workload's tasks do, by its name. `crawl` finds its tasks on the way.
WORKS = {
    "count": _computing("count"),
    "countdown": _computing("countdown"),
    "sum": _computing("sum"),
    "download": _download,
    "sites": _sites,
    "images": _images,
    "post": _post,
    "dictionary": _dictionary,
    "write": _write,
    "sleep": _sleep,
    "mixed": _mixed,
}


def is_known(workload):
    """Whether there is such a workload here: what the source documents have."""
    return workload in WORKS or workload == "crawl"
