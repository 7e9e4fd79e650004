"""`make setup` says what it is about to do before it does it."""

import os
import subprocess
from pathlib import Path

STUB = """#!/bin/sh
echo "uv: $*"
"""


def test_setup_says_what_takes_long_before_it_begins(repository: Path, tmp_path: Path) -> None:
    for name in ("uv", ".venv/bin/python"):
        stub = tmp_path / name
        stub.parent.mkdir(parents=True, exist_ok=True)
        stub.write_text(STUB)
        stub.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", str(repository / "scripts/setup.sh")],
        cwd=tmp_path,
        env={"PATH": path, "PYTHON": "python3", "UV_VERSION": "0"},
        capture_output=True,
        text=True,
        check=True,
    )
    said = done.stdout.splitlines()
    (filled,) = [at for at, line in enumerate(said) if line.startswith("uv: pip sync")]
    assert said[filled - 1].startswith("setup: filling .venv")
    assert "minutes" in said[filled - 1]
    assert said[-1].startswith("setup: done")
