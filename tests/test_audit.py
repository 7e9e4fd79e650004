"""`make audit` on each answer that a service can give: what was not looked up is not good."""

import json
import runpy
import subprocess
from pathlib import Path
from typing import Any

import pytest

KNOWN = {"name": "one", "version": "1", "vulns": []}
BAD = {"name": "two", "version": "2", "vulns": [{"id": "A-1"}]}
UNKNOWN = {"name": "three", "skip_reason": "not found"}


def audited(
    repository: Path, monkeypatch: pytest.MonkeyPatch, *answers: list[dict[str, Any]] | None
) -> int:
    """The exit code, where the services answer so, one after the other; None is no answer."""
    left = list(answers)

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        found = left.pop(0)
        said = "" if found is None else json.dumps({"dependencies": found})
        return subprocess.CompletedProcess(command, 0, said, "")

    monkeypatch.setattr(subprocess, "run", run)
    code: int = runpy.run_path(str(repository / "scripts/audit.py"))["main"]()
    return code


@pytest.mark.parametrize(
    ("answers", "code", "said"),
    [
        ([[KNOWN]], 0, "1 packages, 0 of them"),
        ([[KNOWN, BAD]], 1, "two 2"),
        ([[KNOWN, UNKNOWN], [KNOWN, BAD]], 1, "does not know 1 of 2"),
        ([None, [KNOWN]], 0, "(osv)"),
        ([[UNKNOWN], None], 2, "NOTHING WAS AUDITED"),
        ([None, []], 2, "NOTHING WAS AUDITED"),
    ],
)
def test_only_what_was_looked_up_is_good(
    repository: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    answers: list[Any],
    code: int,
    said: str,
) -> None:
    assert code == audited(repository, monkeypatch, *answers)
    assert said in capsys.readouterr().out
