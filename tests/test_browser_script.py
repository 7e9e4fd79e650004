"""`make test` says where there is no browser, and `make test-web` what to do about it."""

import os
import subprocess
from pathlib import Path

ID = """#!/bin/sh
echo 1000
"""


def said(repository: Path, tmp_path: Path, word: str, browser: str) -> tuple[int, list[str]]:
    """What the script says to somebody who is not root, and how it ends."""
    stub = tmp_path / "id"
    stub.write_text(ID)
    stub.chmod(0o755)
    done = subprocess.run(
        ["sh", str(repository / "scripts/browser.sh"), word],
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}", "CHROMIUM": browser},
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
