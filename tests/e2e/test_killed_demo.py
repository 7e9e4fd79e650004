"""A demonstration that is killed: its processes end, and the next one clears its directory away."""

import asyncio
import os
import tempfile
from pathlib import Path

from tests.app_under_test import eventually
from tests.e2e.conftest import COMMAND
from tests.embedded.stacks import gone, pid_files


async def demo(temporary: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *COMMAND, "demo", env={**os.environ, "TMPDIR": str(temporary)}, stdout=-3
    )


async def test_nothing_of_it_is_left_after_the_next_one(passable: Path) -> None:
    temporary = Path(tempfile.mkdtemp(dir=passable))

    async def plays() -> Path | None:
        return next(temporary.glob("sequestre-demo-*/run/stack.json"), None)

    killed = await demo(temporary)
    stack_file = await eventually(plays)
    assert stack_file is not None
    left = stack_file.parents[1]
    pids = pid_files(left)
    assert len(pids) == 4
    killed.kill()
    await killed.wait()
    await gone(*pids.values())
    assert left.exists()

    async def is_cleared() -> bool:
        return not left.exists()

    following = await demo(temporary)
    await eventually(is_cleared)
    following.terminate()
    assert await following.wait() == 1
    assert [*temporary.iterdir()] == []
