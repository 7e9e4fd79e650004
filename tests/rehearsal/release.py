"""The code of an earlier release, taken from git, and a Python that runs it."""

import asyncio
import sys
from asyncio.subprocess import PIPE, STDOUT
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
LOCK = "requirements.lock"


class NoRelease(Exception):
    """There is no such release to begin from; says what to do."""


@dataclass(frozen=True)
class Release:
    """A checkout of the product, and the Python with the packages that it wants."""

    name: str
    code: Path
    python: Path


def current() -> Release:
    """The code as it is here now."""
    return Release("the code as it is here", ROOT, Path(sys.executable))


async def latest() -> str:
    """The name of the latest release.

    Raises:
        NoRelease: none has been tagged.
    """
    code, said = await _run("git", "describe", "--tags", "--abbrev=0", at=ROOT)
    if code:
        raise NoRelease("No release is tagged here. Name a revision: make rehearse FROM=REVISION")
    return said.strip()


async def taken_from_git(revision: str, place: Path) -> Release:
    """A release at a revision, in the directory `place`, which does not exist yet.

    Raises:
        NoRelease: git does not have it, or its packages cannot be installed.
    """
    code, commit = await _run("git", "rev-parse", "--verify", f"{revision}^{{commit}}", at=ROOT)
    if code:
        raise NoRelease(
            f"git does not know {revision} here. A clone without its history needs"
            " `git fetch --unshallow --tags` first."
        )
    place.mkdir()
    archive = place.with_suffix(".tar")
    await _must("git", "archive", "--output", str(archive), commit.strip(), at=ROOT)
    await _must("tar", "-xf", str(archive), "-C", str(place), at=ROOT)
    archive.unlink()
    return Release(revision, place, await _python_for(place))


async def _python_for(code: Path) -> Path:
    """The Python of this environment where the release wants the same packages; else its own."""
    if (code / LOCK).read_bytes() == (ROOT / LOCK).read_bytes():
        return Path(sys.executable)
    await _must("make", "setup", f"PYTHON={sys.executable}", at=code)
    return code / ".venv/bin/python"


async def _must(*command: str, at: Path) -> None:
    code, said = await _run(*command, at=at)
    if code:
        raise NoRelease(f"`{' '.join(command)}` failed in {at}:\n{said}")


async def _run(*command: str, at: Path) -> tuple[int, str]:
    try:
        process = await asyncio.create_subprocess_exec(*command, cwd=at, stdout=PIPE, stderr=STDOUT)
    except FileNotFoundError as error:
        raise NoRelease(f"This needs the command `{command[0]}`.") from error
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()
