"""What is said where there is nothing to begin a rehearsal from."""

from pathlib import Path

import pytest

from tests.rehearsal.release import NoRelease, latest, taken_from_git


async def test_without_git_it_is_said_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoRelease, match="`git`"):
        await latest()
    with pytest.raises(NoRelease, match="`git`"):
        await taken_from_git("v0.1.0", tmp_path / "code")
