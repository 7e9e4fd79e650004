"""Programs of this machine, run to their end."""

import asyncio
import os
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class Failed(Exception):
    """The production shape does not hold; says where."""


@dataclass(frozen=True)
class Ran:
    """How a program ended, and what it said."""

    code: int
    said: str


async def ran(*command: str, env: Mapping[str, str] = {}, cwd: Path | None = None) -> Ran:
    """Run a program in this environment and what `env` adds.

    Raises:
        Failed: there is no such program.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *command, env={**os.environ, **env}, cwd=cwd, stdin=DEVNULL, stdout=PIPE, stderr=STDOUT
        )
    except FileNotFoundError as error:
        raise Failed(f"This needs the program {command[0]}: make production brings it.") from error
    said, _ = await process.communicate()
    return Ran(process.returncode or 0, said.decode(errors="replace").strip())


async def must(*command: str, env: Mapping[str, str] = {}, cwd: Path | None = None) -> str:
    """Run a program, and return what it said.

    Raises:
        Failed: it ends with another code than 0, or there is none.
    """
    done = await ran(*command, env=env, cwd=cwd)
    if done.code:
        raise Failed(f"`{' '.join(command)}` ended with {done.code}:\n{done.said[-3000:]}")
    return done.said
