"""What is still found after the patience is a finding, and nothing else."""

import asyncio
from collections.abc import Sequence

import pytest

from reconcile import persistent_findings as module
from reconcile.persistent_findings import persistent_findings


class Looks:
    """Looks that find these, one after the other, each of them slow."""

    def __init__(self, *found: dict[str, str], takes: float = 0) -> None:
        self.asked: list[Sequence[str]] = []
        self._found = list(found)
        self._takes = takes

    async def __call__(self, these: Sequence[str]) -> dict[str, str]:
        self.asked.append(these)
        await asyncio.sleep(self._takes)
        return self._found.pop(0) if len(self._found) > 1 else self._found[0]


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks follow each other at once."""
    monkeypatch.setattr(module, "PAUSE_SECONDS", 0)


async def test_what_is_over_at_the_second_look_is_none_however_long_the_first_one_took() -> None:
    look = Looks({"a": "is behind"}, {}, takes=0.2)
    assert await persistent_findings(look, ["a", "b"], patience=0.1) == []
    assert look.asked == [["a", "b"], ["a"]]


async def test_what_lasts_is_told_as_it_was_seen_last() -> None:
    look = Looks({"a": "is behind", "b": "too"}, {"a": "is gone"})
    assert await persistent_findings(look, ["a", "b"], patience=0.05) == ["is gone"]


async def test_without_patience_there_is_one_look() -> None:
    look = Looks({"a": "is behind"})
    assert await persistent_findings(look, ["a"], patience=0) == ["is behind"]
    assert len(look.asked) == 1
