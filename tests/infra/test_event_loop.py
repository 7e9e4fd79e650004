"""A worker runs on uvloop where there is one, and as well without."""

import asyncio
import sys

import pytest

from infra import event_loop


async def module_of_the_loop() -> str:
    """Where the loop that runs this comes from."""
    await asyncio.sleep(0)
    return type(asyncio.get_running_loop()).__module__


@pytest.mark.skipif(sys.platform == "win32", reason="there is no uvloop")
def test_it_runs_on_uvloop() -> None:
    assert event_loop.run(module_of_the_loop()) == "uvloop"


def test_without_uvloop_it_runs_on_pythons_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_loop, "FACTORY", None)
    assert event_loop.run(module_of_the_loop()).startswith("asyncio.")
