"""The plan: what is run, from the same table of experiments as everywhere (`shared/src/experiments.json`)."""

import json
import pathlib
from typing import NamedTuple

from .workloads import is_known

# Where the table is, seen from this file in the repository.
TABLE = pathlib.Path(__file__).resolve().parents[3] / "shared" / "src" / "experiments.json"

STRATEGIES = ["sequential", "async", "threads", "processes"]
SCALES = ["exact", "lab", "smoke"]
SHARINGS = ["lock", "sharded", "owner", "merge"]
VARIANTS = ["parlab", "source", "both"]
# Measured runs per row at scale smoke, at most.
_SMOKE_RUNS = 2

# More workers than this measure the machine's limits, not the strategy.
_WORKERS_MAX = {"async": 10_000}
_TASKS_MAX = 100_000
_RUNS_MAX = 1000

# What rows of the sources do that parlab's own do not, by the parameter that says so.
_SAID = {"unread": "body unread", "sent": "text sent", "found": "until enough is found"}

# The name that stands for every experiment.
ALL = "all"


class Refused(Exception):
    """A request that is no plan: the value, the reason, the fix."""


class Plan(NamedTuple):
    """Everything that will be run."""

    experiment: str
    scale: str
    seed: int
    # Runs in their order, as in the report's schema, with what they need to know besides.
    runs: list
    # Warnings of rows that cannot be run.
    left_out: list

    def needs_target(self):
        """Whether any of its work sends requests."""
        return any("latency_ms" in run["params"] for run in self.runs)


def plan(request):
    """The plan for what was asked for on the command line."""
    experiments = [_with_sizes(experiment) for experiment in json.loads(TABLE.read_text(encoding="utf-8"))]
    runs, left_out = [], []
    for experiment, named in _find(experiments, request.name):
        rows = []
        for row in _rows(experiment, request):
            reason = _reason(row)
            if reason is None:
                rows.append({"experiment": experiment["name"] if named else None, **row})
            else:
                left_out.append({"kind": "left-out", "name": experiment["name"], "row": label(row), "reason": reason})
        warmup = _limit("warmup", _or(request.warmup, experiment["warmup"]), 0, _RUNS_MAX)
        own_runs = {
            "exact": experiment.get("exact_runs", experiment["runs"]),
            "lab": experiment["runs"],
            "smoke": min(experiment["runs"], _SMOKE_RUNS),
        }[request.scale]
        measured = _limit("runs", _or(request.runs, own_runs), 1, _RUNS_MAX)
        # Rows take turns, so that a machine that drifts drifts for all alike.
        for is_warmup, passes in ((True, warmup), (False, measured)):
            for repetition in range(passes):
                runs += [{**row, "repetition": repetition, "warmup": is_warmup} for row in rows]
    if not runs and not left_out:
        raise Refused(f"{request.name} has no rows as a source ran them; leave the variant out")
    if not runs:
        raise Refused(f"{request.name} cannot be run: {left_out[0]['reason']}")
    names = {run["experiment"] for run in runs}
    experiment = names.pop() if len(names) == 1 else None
    return Plan(experiment, request.scale, request.seed, runs, left_out)


def label(row):
    """What tells a row from others, for a human."""
    name = row["strategy"] if row["strategy"] == "sequential" else f"{row['strategy']} × {row['workers']}"
    name += {"pool": "", "per-task": ", one per task", "per-wave": ", made for each wave"}[row["dispatch"]]
    if row["handing"] != "single":
        name += f", {row['handing']}"
    if row["setup"] == "timed":
        name += ", setup timed"
    if row["lock"] == "gil":
        name += ", GIL"
    if "keep" in row["params"]:
        name += f", sharing {row['params']['keep']}"
    name += "".join(f", {param} {row['params'][param]}" for param in row["swept"])
    name += "".join(f", {said}" for param, said in _SAID.items() if row["params"].get(param))
    return f"{row['workload']}: {name}"


def _with_sizes(experiment):
    """An experiment; of a kernel, whose sizes stand in its code, only the name is known here, which is no part of Python's."""
    kernel = experiment["sizes"].get("kernel")
    if kernel is None:
        return experiment
    return {**experiment, "sizes": {scale: {"workload": kernel, "params": {}} for scale in SCALES}}


def _find(experiments, name):
    """Experiments by name, or else the first one whose workload has that name; and whether it was the name."""
    if name == ALL:
        return [(experiment, True) for experiment in experiments if not experiment.get("fails")]
    for experiment in experiments:
        if experiment["name"] == name:
            return [(experiment, True)]
    for experiment in experiments:
        if experiment["sizes"]["lab"]["workload"] == name:
            return [(experiment, False)]
    known = [ALL] + [experiment["name"] for experiment in experiments]
    known += sorted({experiment["sizes"]["lab"]["workload"] for experiment in experiments} - set(known))
    raise Refused(f'there is no experiment or workload "{name}"; use one of {", ".join(known)}')


def _rows(experiment, request):
    """The experiment's rows, or those that were asked for: strategies times workers."""
    wanted = [row for row in experiment["rows"] if _is_wanted(row.get("variant", "parlab"), request.variant)]
    own = [_row(experiment, row, request) for row in wanted]
    if request.strategy is None and request.workers is None:
        return _distinct(own)
    rows = []
    for strategy in request.strategy or _distinct(row["strategy"] for row in own):
        of_strategy = [row for row in own if row["strategy"] == strategy]
        for row in of_strategy or own:
            sweep = [1] if strategy == "sequential" else request.workers or [row["workers"]]
            has_pool = not of_strategy or strategy in ("sequential", "async")
            dispatch = "pool" if has_pool else row["dispatch"]
            # The ways of one strategy are none of another.
            way = {} if of_strategy else {"handing": "single", "setup": "untimed"}
            rows += [
                {**row, "strategy": strategy, "workers": workers, "dispatch": dispatch, **way} for workers in sweep
            ]
    rows = _distinct(rows)
    unheeded = set(request.workers or []) - {row["workers"] for row in rows}
    if rows and unheeded and request.name != ALL:
        # Those of async and of pools are limited first, and so are seen.
        asked = ",".join(str(workers) for workers in request.workers)
        reason = "sequential has a single worker; leave it out, or name other strategies"
        raise Refused(f"workers = {asked} cannot be used: {reason}")
    return rows


def _is_wanted(variant, asked):
    """Whether whoever asks for a variant wants a row of another."""
    return variant == asked or "both" in (variant, asked)


def _row(experiment, row, request):
    """A row at a scale, with what was asked for."""
    size = experiment["sizes"][request.scale]
    params = {**size["params"], **row.get("params", {})}
    params.update(experiment["sizes"].get("python", {}).get(request.scale, {}))
    params.update(row.get("sizes", {}).get(request.scale, {}))
    if request.sharing is not None:
        if size["workload"] != "dictionary":
            raise Refused(f'sharing = "{request.sharing}" cannot be used: this workload keeps nothing in a dictionary')
        params["keep"] = request.sharing
    if request.tasks is not None:
        params["tasks"] = _limit("tasks", request.tasks, 1, _TASKS_MAX)
    return {
        "workload": size["workload"],
        "params": params,
        "strategy": row["strategy"],
        "workers": row["workers"],
        "dispatch": row.get("dispatch", "pool"),
        "handing": row.get("handing", "single"),
        "setup": row.get("setup", "untimed"),
        "swept": experiment.get("swept", []),
        "lock": row.get("lock", "none"),
    }


def _reason(row):
    """Why a row cannot be run, if it cannot."""
    _limit("workers", row["workers"], 1, _WORKERS_MAX.get(row["strategy"], 64))
    if not is_known(row["workload"]):
        return "Python has what the source documents have, and this is no part of them: run it natively or on the page"
    if "protocol" in row["params"]:
        return (
            "Python's standard library speaks HTTP/1.1 alone, so that it has nothing to compare: "
            "run it natively or on the page"
        )
    if row["lock"] != "none":
        return "whether there is a lock is decided by the Python that runs it: leave the lock out"
    if row["strategy"] == "processes" and row["params"].get("keep") in ("lock", "sharded"):
        return "processes share no memory: keep results with an owner, or merge them"
    return None


def _limit(name, value, least, most):
    if not least <= value <= most:
        raise Refused(f"{name} = {value} cannot be run; use {least} to {most}")
    return value


def _or(value, otherwise):
    return otherwise if value is None else value


def _distinct(values):
    """Each value once, in the order of their first appearance."""
    once = []
    for value in values:
        if value not in once:
            once.append(value)
    return once
