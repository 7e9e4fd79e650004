"""How this program is called from where its user stands: what a hint prints can be typed."""

import os
import shlex
import shutil
import sys
from pathlib import Path

NAME = "sequestre"
DEFAULT_DATA_DIR = Path(".sequestre")


def command(*words: str, data_dir: Path | None = None) -> str:
    """Return a command line for a shell, with the data directory where it is not the default."""
    if data_dir is not None and not _is_default(data_dir):
        words = (*words, "--data-dir", str(data_dir))
    return " ".join([_program(), *map(shlex.quote, words)])


def _is_default(data_dir: Path) -> bool:
    return data_dir.expanduser().resolve() == DEFAULT_DATA_DIR.resolve()


def _program() -> str:
    started, python = Path(sys.argv[0]), Path(sys.executable)
    script = started if started.name == NAME else python.with_name(NAME)
    if not script.is_file():
        return f"{_from_here(python)} -m cli.main"
    on_path = shutil.which(NAME)
    if on_path is not None and script.samefile(on_path):
        return NAME
    return _from_here(script)


def _from_here(path: Path) -> str:
    """Return the shorter way to a program; not resolved, since a virtual environment is its own
    path."""
    relative = os.path.relpath(path)
    if relative.startswith(".."):
        return shlex.quote(os.path.abspath(path))
    return shlex.quote(relative if os.sep in relative else f".{os.sep}{relative}")
