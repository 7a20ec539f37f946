"""The script of its own: options become a plan, results a table and a report."""

import argparse
import json
import multiprocessing
import os
import shutil
import signal
import sys
import tempfile

from . import report
from .address import join
from .clock import Clock
from .plan import ALL, SCALES, SHARINGS, STRATEGIES, VARIANTS, Refused, label, plan
from .run import begin_with_setup, execute
from .serve import serve
from .tls import trusting

# How long a task may wait for an answer.
_TIMEOUT_MS = 30_000


def main():
    """Runs the command line; returns its exit code: 0 all clean, 1 it ran but something failed, 2 it could not run."""
    if sys.argv[1:] == ["--serve"]:
        serve()
    request = _parser().parse_args()
    try:
        chosen = plan(request)
        target = _target(request, chosen)
        if request.json not in (None, "-"):
            # Before anything is measured.
            with open(request.json, "a", encoding="utf-8"):
                pass
    except (Refused, OSError) as error:
        print(f"parlab.py: {error}", file=sys.stderr)
        return 2
    return _carry_out(chosen, target, request.json)


def _parser():
    parser = argparse.ArgumentParser(
        prog="parlab.py", description="The experiments of parlab in CPython.", allow_abbrev=False
    )
    names = {"type": _list_of(str, STRATEGIES), "metavar": "NAMES"}
    numbers = {"type": _list_of(int), "metavar": "NUMBERS"}
    number = {"type": int, "metavar": "NUMBER"}
    parser.add_argument("name", metavar="NAME", help="an experiment or a workload, or all")
    parser.add_argument("-s", "--strategy", **names, help="only these strategies, separated by commas")
    parser.add_argument("-w", "--workers", **numbers, help="these numbers of workers; for async, tasks in flight")
    parser.add_argument("-n", "--tasks", **number, help="tasks per run")
    parser.add_argument("--scale", choices=SCALES, default="lab", metavar="SCALE", help="which sizes (lab if not given)")
    variants = {"choices": VARIANTS, "default": "parlab", "metavar": "VARIANT"}
    parser.add_argument("--variant", **variants, help="rows as parlab runs them (parlab), as their source did, or both")
    parser.add_argument("--runs", **number, help="measured runs per row")
    parser.add_argument("--warmup", **number, help="warm-up runs per row")
    parser.add_argument("--seed", type=_seed, default=1, metavar="NUMBER", help="decides everything that is drawn by chance")
    how = {"choices": SHARINGS, "metavar": "HOW"}
    parser.add_argument("--sharing", **how, help=f"how a dictionary is shared: {', '.join(SHARINGS)} (dictionary)")
    parser.add_argument("--keep", dest="sharing", **how, help=argparse.SUPPRESS)
    parser.add_argument("--target", metavar="URL", help="the server that requests are sent to; `parlab target` is one")
    parser.add_argument("--json", metavar="FILE", help="write the report there; - is standard output")
    parser.add_argument("--serve", action="store_true", help="alone: carry runs out for another parlab, in JSON lines")
    return parser


def _list_of(read, known=None):
    def values(text):
        found = [read(value) for value in text.split(",")]
        unknown = [value for value in found if known is not None and value not in known]
        if unknown:
            raise argparse.ArgumentTypeError(f'unknown strategy "{unknown[0]}"; use one of {", ".join(known)}')
        return found

    return values


def _seed(text):
    seed = int(text)
    if not 0 <= seed < 1 << 64:
        raise argparse.ArgumentTypeError(f"{text} does not fit into 64 bits; use 0 to {(1 << 64) - 1}")
    return seed


def _target(request, chosen):
    """The address of the target server, with a slash at its end; nothing, if no request is sent."""
    address = request.target
    if not chosen.needs_target():
        if address is not None and request.name != ALL:
            raise Refused(f'target = "{address}" cannot be used: {request.name} sends no requests; leave it out')
        return ""
    if address is None:
        raise Refused("this sends requests and needs a server: start `parlab target` and give its address with --target")
    read = join(None, address)
    if read is None or "?" in read:
        raise Refused(f'target = "{address}" cannot be used: use an address such as http://127.0.0.1:8017/')
    if read.startswith("https:"):
        # Says itself what is missing.
        trusting()
    return read.rstrip("/") + "/"


def _carry_out(chosen, target, path):
    clock = Clock()
    made = report.begin(chosen)
    folders = []

    def stop(*_):
        """Keeps the runs that are over, and ends at once, workers included."""
        made["cancelled"] = True
        for child in multiprocessing.active_children():
            child.kill()
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
        print(f"parlab.py: stopped after {len(made['runs'])} of {len(chosen.runs)} runs", file=sys.stderr)
        _publish(made, path)
        sys.stdout.flush()
        os._exit(1)

    signal.signal(signal.SIGINT, stop)
    for left_out in chosen.left_out:
        print(f"parlab.py: left out: {left_out['row']}: {left_out['reason']}", file=sys.stderr)
    for index, row in enumerate(chosen.runs):
        if sys.stderr.isatty():
            print(f"\r\033[Krun {index + 1}/{len(chosen.runs)} {label(row)}", end="\r", file=sys.stderr)
        run = {**row, "seed": chosen.seed, "target": target, "timeout_ms": _TIMEOUT_MS}
        with tempfile.TemporaryDirectory(prefix="parlab-") as folder:
            folders[:] = [folder]
            done = execute(run, clock, folder)
        if row["setup"] == "timed":
            begin_with_setup(done)
        done["started_ms"] = done.pop("began_ms")
        made["runs"].append({**row, **done, "cancelled": False})
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    made["warnings"] = report.warnings(made, chosen.left_out)
    return _publish(made, path)


def _publish(made, path):
    """Prints the table and writes the report; returns the exit code."""
    text = json.dumps(made, ensure_ascii=False) + "\n"
    if path == "-":
        sys.stdout.write(text)
    else:
        sys.stdout.write(report.table(made))
    code = 1 if made["cancelled"] or report.failed(made["runs"]) else 0
    if path not in (None, "-"):
        try:
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        except OSError as error:
            print(f"parlab.py: the report cannot be written to {path}: {error}", file=sys.stderr)
            return 2
    return code
