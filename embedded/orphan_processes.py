"""Stops what a stack left running when it was killed without the chance to stop its children."""

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil

from embedded.data_directory import OWNER_VARIABLE, DataDirectory

GRACE = 5.0


async def stop_orphans(directory: DataDirectory, say: Callable[[str], None]) -> None:
    """End processes of this data directory that its pid files still name, and forget those files.

    A process of another program that was given the same id meanwhile is left alone.
    """
    pid_files = sorted(directory.run.glob("*.pid"))
    files = [*pid_files, directory.postgres / "postmaster.pid"]
    processes = {process.pid: process for file in files if (process := _named_in(file, directory))}
    if processes:
        say(f"Stopping what is left of an earlier run: process {', '.join(map(str, processes))}.")
        await _end(list(processes.values()))
    for file in pid_files:
        file.unlink(missing_ok=True)


def belongs_to(process: psutil.Process, path: Path) -> bool:
    """Return whether a process's environment or command line names that directory as its own."""
    with suppress(psutil.Error, OSError):
        if process.environ().get(OWNER_VARIABLE) == str(path):
            return True
    with suppress(psutil.Error, OSError):
        return any(part == str(path) or f"{path}/" in part for part in process.cmdline())
    return False


def lives(process: psutil.Process) -> bool:
    """Return whether a process has not ended; one that its parent has not yet asked about has."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def pid_in(file: Path) -> int | None:
    """Return the process id in the first line of a file, or None where there is none."""
    try:
        return int(file.read_text().splitlines()[0])
    except (OSError, ValueError, IndexError):
        return None


def _named_in(file: Path, directory: DataDirectory) -> psutil.Process | None:
    pid = pid_in(file)
    if pid is None or pid <= 1:
        return None
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        return process if belongs_to(process, directory.path) else None
    return None


async def _end(processes: list[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.Error):
            is_database = process.name() == "postgres"
            # At SIGTERM PostgreSQL would wait until the last client has left.
            process.send_signal(signal.SIGINT if is_database else signal.SIGTERM)
    for process in await _still_alive(processes):
        with suppress(psutil.Error):
            process.kill()
    await _still_alive(processes)


async def _still_alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    with suppress(TimeoutError):
        async with asyncio.timeout(GRACE):
            # They are not this process's children: no event tells of their end.
            while any(map(lives, processes)):
                await asyncio.sleep(0.02)
    return [process for process in processes if lives(process)]
