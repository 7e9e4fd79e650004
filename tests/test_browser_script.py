"""`make test` says where there is no browser or no Prometheus, and the target that needs one what
to do about it."""

import os
import subprocess
from pathlib import Path

VARIABLE = {"browser": "CHROMIUM", "prometheus": "PROMETHEUS"}
ID = """#!/bin/sh
echo 1000
"""


def said(
    repository: Path, tmp_path: Path, word: str, program: str, of: str = "browser"
) -> tuple[int, list[str]]:
    """What a script says to somebody who is not root, and how it ends."""
    stub = tmp_path / "id"
    stub.write_text(ID)
    stub.chmod(0o755)
    done = subprocess.run(
        ["sh", str(repository / f"scripts/{of}.sh"), word],
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}", VARIABLE[of]: program},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


def test_a_missing_browser_is_said_in_a_line(repository: Path, tmp_path: Path) -> None:
    code, (line,) = said(repository, tmp_path, "look", "/nowhere/chromium")
    assert code == 0
    assert line.startswith("browser: missing")
    assert "make test-web" in line


def test_nothing_is_said_of_one_that_is_there(repository: Path, tmp_path: Path) -> None:
    assert said(repository, tmp_path, "look", "/bin/sh") == (0, [])


def test_who_may_not_install_one_is_told_what_to_install(repository: Path, tmp_path: Path) -> None:
    code, lines = said(repository, tmp_path, "bring", "/nowhere/chromium")
    assert code != 0
    assert "apt-get install chromium fonts-inter" in " ".join(lines)
    assert "/nowhere/chromium" in " ".join(lines)


def test_so_it_is_with_prometheus(repository: Path, tmp_path: Path) -> None:
    missing, there = "/nowhere/prometheus", "/bin/sh"
    code, (line,) = said(repository, tmp_path, "look", missing, "prometheus")
    assert (code, line.startswith("prometheus: missing"), "make alerts" in line) == (0, True, True)
    assert said(repository, tmp_path, "look", there, "prometheus") == (0, [])
    assert said(repository, tmp_path, "bring", there, "prometheus") == (0, [])
    code, lines = said(repository, tmp_path, "bring", missing, "prometheus")
    assert (code, missing in " ".join(lines)) == (1, True)
    assert "apt-get install prometheus" in " ".join(lines)
