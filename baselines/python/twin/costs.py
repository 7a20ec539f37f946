"""What a run costs besides time: what this process and its worker processes use, as the system tells.

Of this process, and of children that have ended, `getrusage` says it; of children that live on, such as those of a pool, Linux
does in `/proc`, since they cannot be asked while they wait for tasks. Where one of them is not known, nothing is.
"""

import multiprocessing
import os
import sys

try:
    import resource
except ImportError:
    # There is none on Windows.
    resource = None


class Meter:
    """Counts from when it is made."""

    def __init__(self):
        self._forgot_peaks = _forget_peak("self")
        self._children = []
        for child in multiprocessing.active_children():
            self._forgot_peaks &= _forget_peak(child.pid)
            self._children.append(_used_by(child.pid))
        self._used = _used_here()

    def costs(self, processes_end):
        """What was used since then, as in the report's schema; nothing, where that is not known. `processes_end` is whether
        worker processes end within the run: nobody knows their memory any more.
        """
        # A fork server has what its children used that ended, and tells nobody.
        if processes_end and multiprocessing.get_start_method() == "forkserver":
            return None
        pids = [child.pid for child in multiprocessing.active_children()]
        # Of children that have ended since then, this process has all that they ever used.
        before = [self._used, *self._children]
        now = [_used_here(), *map(_used_by, pids)]
        if None in before or None in now:
            return None
        used = (max(0, sum(after) - sum(earlier)) for after, earlier in zip(zip(*now), zip(*before)))
        user_ms, system_ms, voluntary, involuntary = used
        peaks = [_peak_bytes("self"), *map(_peak_bytes, pids)]
        return {
            "user_ms": user_ms,
            "system_ms": system_ms,
            "peak_memory_bytes": None if processes_end or None in peaks else sum(peaks),
            "peak_since_start": not self._forgot_peaks,
            "voluntary_switches": voluntary,
            "involuntary_switches": involuntary,
        }


def _used_here():
    """User and system time in milliseconds, voluntary and involuntary context switches of this process, and of all of its
    children that have ended; nothing, where the system does not tell.
    """
    if resource is None:
        return None
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    user_ms, system_ms = (1e3 * sum(getattr(used, name) for used in both) for name in ("ru_utime", "ru_stime"))
    return user_ms, system_ms, sum(used.ru_nvcsw for used in both), sum(used.ru_nivcsw for used in both)


def _used_by(pid):
    """The same of a process that lives."""
    try:
        cpu_ms, voluntary, involuntary = 0.0, 0, 0
        for thread in os.listdir(f"/proc/{pid}/task"):
            cpu_ms += int(_read(f"/proc/{pid}/task/{thread}/schedstat").split()[0]) / 1e6
            status = _read(f"/proc/{pid}/task/{thread}/status")
            voluntary += _field(status, "voluntary_ctxt_switches")
            involuntary += _field(status, "nonvoluntary_ctxt_switches")
        # Behind the program's name. In hundredths of a second, and so only good for how the time is split.
        user, system = map(int, _read(f"/proc/{pid}/stat").rpartition(")")[2].split()[11:13])
    except (OSError, ValueError, IndexError):
        return None
    system_ms = cpu_ms * system / (user + system) if user + system else 0.0
    return cpu_ms - system_ms, system_ms, voluntary, involuntary


def _peak_bytes(pid):
    """The most memory of a process that was resident, if the system tells."""
    try:
        return 1024 * _field(_read(f"/proc/{pid}/status"), "VmHWM")
    except (OSError, ValueError, IndexError):
        pass
    if pid != "self" or resource is None:
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _forget_peak(pid):
    """Has the system begin anew with that; whether it does. See proc_pid_clear_refs(5)."""
    try:
        with open(f"/proc/{pid}/clear_refs", "w", encoding="ascii") as file:
            file.write("5")
        return True
    except OSError:
        return False


def _read(path):
    with open(path, encoding="ascii", errors="replace") as file:
        return file.read()


def _field(status, name):
    return int(status.split(f"\n{name}:")[1].split()[0])
