"""What a hint prints can be typed where it is read."""

import io
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from cli.program import command
from cli.terminal import Terminal
from cli.up import _greet


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory that its user stands in; nothing is on the path."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", "")
    return tmp_path


def program_in(directory: Path) -> Path:
    """A program of our name."""
    directory.mkdir(parents=True)
    program = directory / "sequestre"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    return program


def test_a_program_on_the_path_is_called_by_its_name(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = program_in(home / "bin")
    monkeypatch.setenv("PATH", str(program.parent))
    monkeypatch.setattr(sys, "argv", [str(program), "up"])
    assert command("check") == "sequestre check"


def test_where_another_one_is_on_the_path_it_is_called_by_its_place(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(program_in(home / "bin").parent))
    program_in(home / ".venv/bin")
    monkeypatch.setattr(sys, "argv", [".venv/bin/sequestre", "up"])
    assert command("check") == ".venv/bin/sequestre check"


@pytest.mark.parametrize(
    ("place", "said"),
    [(".venv/bin", ".venv/bin/sequestre"), ("a b", "'a b/sequestre'"), (".", "./sequestre")],
)
def test_one_below_here_is_called_by_the_way_to_it(
    place: str, said: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = program_in(home / "here" / place) if place != "." else program_in(home / "here")
    monkeypatch.chdir(home / "here")
    monkeypatch.setattr(sys, "argv", [str(program)])
    assert command() == said


def test_one_elsewhere_is_called_by_its_whole_path(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = program_in(home / "elsewhere")
    (home / "here").mkdir()
    monkeypatch.chdir(home / "here")
    monkeypatch.setattr(sys, "argv", [str(program)])
    assert command() == str(program)


def test_what_python_was_asked_for_as_a_module_is_called_by_the_program_beside_it(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = program_in(home / ".venv/bin")
    monkeypatch.setattr(sys, "argv", ["cli/main.py"])
    monkeypatch.setattr(sys, "executable", str(program.with_name("python")))
    assert command("up") == ".venv/bin/sequestre up"


def test_where_there_is_no_program_python_is_asked_for_the_module(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["cli/main.py"])
    monkeypatch.setattr(sys, "executable", str(home / "bin/python"))
    assert command("up") == "bin/python -m cli.main up"


@pytest.mark.parametrize(
    ("data_dir", "said"),
    [
        (None, ""),
        (".sequestre", ""),
        ("shop", " --data-dir shop"),
        ("my shop", " --data-dir 'my shop'"),
    ],
)
def test_the_data_directory_is_named_as_it_was_given(
    data_dir: str | None, said: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program_in(home / "bin")
    monkeypatch.setattr(sys, "argv", ["bin/sequestre"])
    given = None if data_dir is None else Path(data_dir)
    assert command("check", data_dir=given) == f"bin/sequestre check{said}"


def test_up_says_how_a_token_is_made_for_this_stack_and_where_its_metrics_are(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program_in(home / "bin")
    monkeypatch.setattr(sys, "argv", ["bin/sequestre"])
    stack: Any = SimpleNamespace(
        api_url="",
        temporal_ui_url="",
        metrics_urls={"api": "http://127.0.0.1:9464/metrics"},
        data_dir=home / "shop",
    )
    console = Terminal(record=True, file=io.StringIO())
    _greet(console, cast(Any, stack), Path("shop"), 1.0)
    said = console.export_text()
    assert " bin/sequestre token --sub ID --role user --data-dir shop\n" in said
    assert "Metrics, API       http://127.0.0.1:9464/metrics\n" in said
