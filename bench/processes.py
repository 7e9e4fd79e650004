"""Processor time of processes and all that they started."""

import os
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress

import psutil

Seconds = dict[str, float]


def cpu_seconds(pids: Mapping[str, int]) -> Seconds:
    """Return what each has used since it began, its descendants' share included; of this process
    its own share alone, since all others descend from it."""
    return {
        name: sum(_of_tree(pid)) if pid != os.getpid() else time.process_time()
        for name, pid in pids.items()
    }


def used_between(before: Seconds, after: Seconds) -> Seconds:
    """Return what each used meanwhile."""
    return {name: after[name] - before[name] for name in before}


def _of_tree(pid: int) -> Iterable[float]:
    root = psutil.Process(pid)
    times = root.cpu_times()
    # Of a child that has ended its parent knows.
    yield times.user + times.system + times.children_user + times.children_system
    for child in root.children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            used = child.cpu_times()
            yield used.user + used.system
