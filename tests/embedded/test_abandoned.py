"""Temporary data directories: what a killed run left behind goes, and nothing else does."""

import os
import signal
import tempfile
from pathlib import Path

import pytest

from embedded.abandoned import temporary_data_directory
from embedded.data_directory import OWNER_VARIABLE, DataDirectory
from embedded.stack_file import ensure_secret
from tests.embedded.stacks import waiting

PREFIX = "sequestre-of-a-test-"


@pytest.fixture(autouse=True)
def temporary(passable: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary directories are made."""
    place = Path(tempfile.mkdtemp(dir=passable)).resolve()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    return place


def left_behind(name: str, temporary: Path) -> DataDirectory:
    """A data directory that a run held until it was killed."""
    directory = DataDirectory(temporary / name)
    with directory.held():
        ensure_secret(directory)
    return directory


async def test_a_directory_lasts_as_long_as_its_run(temporary: Path) -> None:
    async with temporary_data_directory(PREFIX) as made:
        assert [*temporary.iterdir()] == [made]
    assert [*temporary.iterdir()] == []


async def test_what_a_killed_run_left_goes_with_its_processes(temporary: Path) -> None:
    directory = left_behind(f"{PREFIX}1", temporary)
    process = await waiting({OWNER_VARIABLE: str(directory.path)})
    directory.pid_file("worker").write_text(f"{process.pid}\n")
    async with temporary_data_directory(PREFIX) as made:
        assert [*temporary.iterdir()] == [made]
    assert await process.wait() == -signal.SIGTERM


async def test_what_is_in_use_stays(temporary: Path) -> None:
    directory = left_behind(f"{PREFIX}1", temporary)
    with directory.held():
        async with temporary_data_directory(PREFIX):
            assert (directory.path / "secret").exists()


async def test_what_is_not_ours_stays(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = left_behind("elsewhere", temporary)
    (temporary / f"{PREFIX}link").symlink_to(elsewhere.path)
    (temporary / f"{PREFIX}file").touch()
    (temporary / f"{PREFIX}begun-just-now").mkdir()
    there = {*temporary.iterdir()}
    async with temporary_data_directory(PREFIX) as made:
        assert {*temporary.iterdir()} == {*there, made}
    left_behind(f"{PREFIX}of-another-account", temporary)
    there = {*temporary.iterdir()}
    monkeypatch.setattr(os, "geteuid", lambda: 12_345)
    async with temporary_data_directory(PREFIX) as made:
        assert {*temporary.iterdir()} == {*there, made}
    assert (elsewhere.path / "secret").exists()
