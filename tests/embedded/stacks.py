"""Stacks with stand-ins for the product's own programs, and what is asked of them."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import AbstractAsyncContextManager, suppress
from pathlib import Path
from typing import Any

import asyncpg
import psutil

from embedded.child import launched
from embedded.orphan_processes import lives
from embedded.postgres import Postgres
from embedded.stack import Stack, running_stack
from embedded.unix_account import UnixAccount
from tests.app_under_test import PATIENCE_SECONDS, eventually

ROOT = Path(__file__).parents[2]
API = """
import http.server, os

class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/v1/health/ready" else 404)
        self.end_headers()

address = os.environ["SEQUESTRE_HOST"], int(os.environ["SEQUESTRE_PORT"])
http.server.HTTPServer(address, Ready).serve_forever()
"""
STAND_INS = {
    "api": (sys.executable, "-c", API),
    "worker": (sys.executable, "-c", "import signal; signal.pause()"),
}


def stack_on(data_dir: Path, **options: Any) -> AbstractAsyncContextManager[Stack]:
    options = {"port": 0, "temporal_port": 0, "temporal_ui_port": 0} | options
    return running_stack(data_dir, **{"fast": True, "programs": STAND_INS, **options})


def pid_of(stack: Stack, name: str) -> int:
    return int((stack.data_dir / "run" / f"{name}.pid").read_text())


def pid_files(data_dir: Path) -> dict[str, int]:
    return {file.stem: int(file.read_text()) for file in data_dir.glob("run/*.pid")}


async def killed(stack: Stack, name: str) -> int:
    """Kills a part of the stack and gives the process id of what took its place."""
    old = pid_of(stack, name)
    os.kill(old, signal.SIGKILL)

    async def replaced() -> int:
        with suppress(OSError, ValueError):  # as long as there is none, or half of it
            new = pid_of(stack, name)
            return new if new != old and stack.pids.get(name) == new else 0
        return 0

    return await eventually(replaced)


async def query(where: Stack | Postgres, sql: str) -> Any:
    url = where.database_url if isinstance(where, Stack) else where.database_url()
    connection = await asyncpg.connect(url, timeout=PATIENCE_SECONDS)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def answer(stack: Stack, sql: str) -> Any:
    """The answer of a database that may be restarting."""

    async def asked() -> Any:
        with suppress(OSError, asyncpg.PostgresError):
            return await query(stack, sql)

    return await eventually(asked)


def alive(pid: int) -> bool:
    with suppress(psutil.NoSuchProcess):
        return lives(psutil.Process(pid))
    return False


async def gone(*pids: int) -> None:
    """Waits until none of the processes is left."""

    async def none() -> bool:
        return not any(alive(pid) for pid in pids)

    await eventually(none)


def family(stack: Stack) -> list[int]:
    """The stack's processes and theirs."""
    own = [psutil.Process(pid) for pid in stack.pids.values()]
    return [each.pid for process in own for each in (process, *process.children(recursive=True))]


async def waiting(env: dict[str, str], account: UnixAccount | None = None) -> Process:
    """A process that does nothing, once it has begun to."""
    # No `exec`: while a process exchanges its program, its environment cannot be read.
    program = ("/bin/sh", "-c", "echo; read -r _")
    process = await asyncio.create_subprocess_exec(
        *launched(program, account), env=env, stdin=PIPE, stdout=PIPE
    )
    assert process.stdout
    await process.stdout.readline()
    return process
