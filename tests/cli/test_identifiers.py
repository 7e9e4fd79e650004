"""Names on the command line are as exact as everywhere else."""

import getpass
from pathlib import Path

import pytest
from typer.testing import CliRunner

import cli.repair
from cli.main import app
from tests.domain.test_identifiers import ALICE_TO_THE_EYE, NO_ADDRESS_CARRIES


@pytest.mark.parametrize("name", [*ALICE_TO_THE_EYE, *NO_ADDRESS_CARRIES, "", "x" * 101], ids=ascii)
def test_no_token_is_made_for_what_is_no_user_id(name: str, tmp_path: Path) -> None:
    words = ["token", "--sub", name, "--role", "user", "--data-dir", str(tmp_path)]
    result = CliRunner().invoke(app, words, env={"COLUMNS": "300"})
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Invalid value for '--sub': " in result.stderr


@pytest.mark.parametrize("name", ["alice ", "\nalice", "guild/alice"], ids=ascii)
def test_nothing_is_repaired_in_such_a_name(name: str, tmp_path: Path) -> None:
    words = ["repair", "--apply", "--by", name, "--data-dir", str(tmp_path)]
    result = CliRunner().invoke(app, words, env={"COLUMNS": "300"})
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Invalid value for '--by': must not " in result.stderr


@pytest.mark.parametrize("login", ["olga ", "o" * 101, "guild\\olga/2", "ol\u200bga"], ids=ascii)
def test_a_login_that_is_no_name_is_not_made_one(
    login: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(getpass, "getuser", lambda: login)
    assert cli.repair._user() == "operator"
