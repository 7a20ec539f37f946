"""The report: everything that was measured, raw, plus the environment (`shared/report.schema.json`)."""

import datetime
import os
import platform
import statistics
import sys
import time

from . import VERSION
from .clock import step_ms
from .plan import label

SCHEMA_VERSION = 1

# When others use more than this share of the cores' time, they are in the way of what is measured.
_BUSY_SHARE_MAX = 0.2
# For how long it is looked who else uses the cores, in seconds: the kernel counts their time in hundredths.
_SAMPLE_S = 0.3
# Workloads whose tasks never wait.
_COMPUTE = ("count", "countdown", "sum")


def begin(plan):
    """A report without runs."""
    now_ns = time.time_ns()
    created = datetime.datetime.fromtimestamp(now_ns // 1_000_000 / 1e3, datetime.timezone.utc)
    return {
        "schema_version": SCHEMA_VERSION,
        "id": f"{now_ns:x}-{os.getpid():x}",
        "created": created.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "tool": {"name": "parlab", "version": VERSION, "build": "unknown"},
        "platform": "python",
        "environment": environment(),
        "experiment": plan.experiment,
        "scale": plan.scale,
        "seed": plan.seed,
        "cancelled": False,
        "runs": [],
        "warnings": [],
    }


def environment():
    """What the report was measured on."""
    return {
        "os": f"{platform.system()} {platform.release()}",
        "arch": platform.machine(),
        "cpu": _cpu(),
        "cores": cores(),
        "clock_step_ms": step_ms(),
        "busy_cores": busy_cores(),
        "load_before": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "browser": None,
        "cross_origin_isolated": None,
        "python": interpreter(),
    }


def interpreter():
    """What this Python is."""
    return {
        "version": platform.python_version(),
        "implementation": platform.python_implementation(),
        # Whether one thread at a time runs Python code: before 3.13, always.
        "gil": getattr(sys, "_is_gil_enabled", lambda: True)(),
    }


def cores():
    """Logical cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def busy_cores():
    """How much of the cores' time others use now, in cores, where the system tells: this process sleeps meanwhile."""

    def used_s():
        with open("/proc/stat", encoding="ascii") as lines:
            user, nice, system, _idle, _iowait, irq, softirq = (int(count) for count in lines.readline().split()[1:8])
        return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")

    try:
        before_s = used_s()
        time.sleep(_SAMPLE_S)
        return (used_s() - before_s) / _SAMPLE_S
    except (OSError, ValueError):
        return None


def _cpu():
    """The processor's name, where the system tells."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            name = next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        name = platform.processor()
    return name or None


def rows(report):
    """The measured runs of each row, by the row, in the order in which rows first ran."""
    found = {}
    for run in report["runs"]:
        row = run["experiment"], run["workload"], str(run["params"]), run["strategy"], run["workers"], run["dispatch"]
        row += run["handing"], run["setup"]
        found.setdefault(row, []).append(run)
    return found


def failed(runs):
    """Tasks that ended with an error."""
    return sum(span["error"] is not None for run in runs for span in run["spans"])


def figure(run):
    """What a source returns of a run: its last task's end less its first one's start, in milliseconds."""
    return run["spans"][-1]["end_ms"] - run["spans"][0]["start_ms"]


def warnings(report, left_out):
    """Doubts about the measurement: those for which no statistics are needed."""
    found = list(left_out)
    machine = report["environment"]
    busy, cores = machine["busy_cores"], machine["cores"]
    if busy is not None and busy > _BUSY_SHARE_MAX * cores:
        found.append({"kind": "busy-machine", "load": busy, "cores": cores})
    computing = [run for run in report["runs"] if run["workload"] in _COMPUTE]
    workers = max((run["workers"] for run in computing if run["strategy"] in ("threads", "processes")), default=0)
    if workers > cores:
        found.append({"kind": "more-workers-than-cores", "workers": workers, "cores": cores})
    if failed(report["runs"]):
        found.append({"kind": "failed-tasks", "failed": failed(report["runs"])})
    return found


def table(report):
    """A short table, as text: parlab itself, and its page, show all that is in the report."""
    machine = report["environment"]
    python = machine["python"]
    by_row = rows(report)
    width = max([len("row"), *(len(label(runs[0])) for runs in by_row.values())])
    lines = [
        f"{report['experiment'] or 'runs'} at scale {report['scale']} on {python['implementation']} {python['version']}",
        f"{machine['cpu'] or 'unknown processor'}, {machine['cores']} cores, {machine['os']}",
        "",
        f"{'row':<{width}}{'runs':>7}{'fastest ms':>12}{'median ms':>12}{'slowest ms':>12}{'figure ms':>12}{'setup ms':>10}"
        f"{'failed':>8}",
    ]
    for runs in by_row.values():
        measured = [run for run in runs if not run["warmup"] and not run["cancelled"]]
        if not measured:
            continue
        walls_ms = [run["wall_ms"] for run in measured]
        setup_ms = statistics.median(run["setup_ms"] for run in measured)
        figure_ms = statistics.median(map(figure, measured))
        spread = "".join(f"{ms:>12.1f}" for ms in (min(walls_ms), statistics.median(walls_ms), max(walls_ms), figure_ms))
        lines.append(f"{label(runs[0]):<{width}}{len(measured):>7}{spread}{setup_ms:>10.1f}{failed(runs):>8}")
    lines += ["", "figure: from the start of the first task to the end of the last one, as the pictures of a source return it"]
    return "\n".join(lines) + "\n"
