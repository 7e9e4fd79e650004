"""`sequestre up` as a person starts it: its processes, and its commands."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

from embedded.errors import NoStack
from embedded.stack_file import StackInfo, read_stack
from tests.app_under_test import PATIENCE_SECONDS, ApiClient, calling, eventually

COMMAND = (sys.executable, "-m", "cli.main")
PARTS = ("api", "worker", "postgres", "temporal")
BACK_SECONDS = 2 * PATIENCE_SECONDS
"""How long a part that died may take to be back on a full machine."""

UNHURRIED = {"action_wait": "30"}
"""Of a stack whose actions are to be decided when they are answered, on a full machine too."""


@dataclass(frozen=True)
class Up:
    """A running `sequestre up`."""

    process: asyncio.subprocess.Process
    data_dir: Path
    stack: StackInfo
    env: Mapping[str, str] = field(default_factory=lambda: os.environ)

    def pid(self, part: str) -> int:
        """The process id of one of its parts, as its pid file says."""
        return int((self.data_dir / "run" / f"{part}.pid").read_text())

    async def kill(self, part: str) -> None:
        """SIGKILL, and then waits until it has been started again."""
        killed = self.pid(part)
        os.kill(killed, signal.SIGKILL)

        async def another() -> bool:
            try:
                return self.pid(part) != killed and psutil.pid_exists(self.pid(part))
            except (OSError, ValueError):
                return False

        await eventually(another, patience=BACK_SECONDS)

    async def ready(self, api: ApiClient) -> None:
        """Waits until everything answers."""

        async def answers() -> bool:
            try:
                return (await api.get("/v1/health/ready")).status_code == httpx.codes.OK
            except httpx.HTTPError:
                return False

        await eventually(answers, patience=BACK_SECONDS)

    async def command(self, *words: str) -> tuple[int, str]:
        """Runs `sequestre` on this stack; gives its exit code and output."""
        process = await asyncio.create_subprocess_exec(
            *COMMAND,
            *words,
            "--data-dir",
            str(self.data_dir),
            env=self.env,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await process.communicate()
        return process.returncode or 0, output.decode()


@asynccontextmanager
async def started(
    data_dir: Path,
    shell: Mapping[str, str] = {},
    cwd: Path | None = None,
    options: Sequence[str] = (),
    **policy: str,
) -> AsyncIterator[Up]:
    """`sequestre up` on free ports with these further options, stopped by SIGTERM at the end; from
    a shell with these further variables, in this directory."""
    env = {**os.environ, **shell}
    ports = ("--port", "0", "--temporal-port", "0", "--temporal-ui-port", "0")
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        "up",
        *ports,
        *options,
        "--data-dir",
        str(data_dir),
        env=env
        | {f"SEQUESTRE_{name.upper()}": value for name, value in (UNHURRIED | policy).items()},
        cwd=cwd,
        stdout=asyncio.subprocess.DEVNULL,
    )

    async def stack() -> StackInfo | None:
        assert process.returncode is None, "sequestre up has ended"
        try:
            return read_stack(data_dir)
        except NoStack:
            return None

    found = await eventually(stack)
    assert found is not None
    try:
        yield Up(process, data_dir, found, env)
    finally:
        if process.returncode is None:
            process.terminate()
        assert await process.wait() == 0


@asynccontextmanager
async def api_of(up: Up) -> AsyncIterator[ApiClient]:
    """The API of a running stack; people sign in with its own secret."""
    async with calling(up.stack.api_url, up.stack.jwt_secret) as api:
        yield api
