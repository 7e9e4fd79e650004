"""Options that cannot be followed end a command in one sentence with exit code 2, before anything
starts: numbers that are none, and what would be ignored."""

import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from tests.app_under_test import SECRETS_KEY
from tests.cli.test_links import UI

OF_SECONDS = (
    ("check", "--budget"),
    ("check", "--patience"),
    ("repair", "--patience"),
    ("promote", "a-build", "--wait"),
)
OF_PORTS = (
    *(("up", f"--{name}-port") for name in ("temporal", "temporal-ui", "metrics")),
    ("up", "--port"),
    ("web-ui", "--inner", "http://127.0.0.1:1", "--port"),
)
OF_TOKENS = ("token", "--sub", "ana", "--role", "user", "--seconds")


@pytest.fixture
def env(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """A shell that stands in an empty directory, with a database that does not answer."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SEQUESTRE_DATABASE_URL", "postgresql://somebody@127.0.0.1:1/orders")
    monkeypatch.setenv("SEQUESTRE_SECRETS_KEY", SECRETS_KEY)
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
    return monkeypatch


def refused(*words: str) -> str:
    """Runs `sequestre …`; gives what it says as it ends with exit code 2."""
    result: Result = CliRunner().invoke(app, words)
    assert result.exit_code == 2, (result.output, result.exception)
    return " ".join(result.output.replace("│", " ").split())


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "1e300", "604801", "-1", "x"])
@pytest.mark.parametrize("words", OF_SECONDS, ids=" ".join)
def test_seconds_are_a_number_of_at_most_a_week(
    words: tuple[str, ...], value: str, env: pytest.MonkeyPatch
) -> None:
    assert f"Invalid value for '{words[-1]}'" in refused(*words, value)


@pytest.mark.parametrize("value", ["nan", "inf", "101", "-1"])
def test_a_share_is_a_number_of_percent(value: str, env: pytest.MonkeyPatch) -> None:
    assert "Invalid value for '--percent'" in refused("promote", "a-build", "--percent", value)


@pytest.mark.parametrize("value", ["nan", "-1", "65536", "9" * 400])
@pytest.mark.parametrize("words", OF_PORTS, ids=" ".join)
def test_a_port_is_one(words: tuple[str, ...], value: str, env: pytest.MonkeyPatch) -> None:
    assert f"Invalid value for '{words[-1]}'" in refused(*words, value)


@pytest.mark.parametrize("value", ["0", "nan", "315360001", "9" * 400])
def test_a_token_is_valid_for_ten_years_at_most(value: str, env: pytest.MonkeyPatch) -> None:
    assert "Invalid value for '--seconds'" in refused(*OF_TOKENS, value)


@pytest.mark.parametrize("value", ["P999999D", "PT9999999999S", "P99999999999999D"])
def test_what_has_waited_for_longer_than_there_were_orders_is_refused(
    value: str, env: pytest.MonkeyPatch
) -> None:
    assert "--longer-than" in refused("links", "--ui", UI, "--longer-than", value)


AN_ORDER = "5ad0f00d-0000-4000-8000-0000000000aa"
IGNORED = {
    "links --ui https://x.example --data-dir here": "--data-dir",
    "links --namespace shop": "--namespace",
    f"links --ui https://x.example --order {AN_ORDER} --longer-than P2D": "--longer-than",
    "links --ui https://x.example --person ana --longer-than P2D": "--longer-than",
    "repair --terminate-orphans": "--terminate-orphans",
    "repair --by olga": "--by",
    "repair --journal --apply": "--apply",
    "repair --journal --by olga": "--by",
    "repair --journal --terminate-orphans": "--terminate-orphans",
    "repair --journal --patience 3": "--patience",
}


@pytest.mark.parametrize("words", IGNORED)
def test_an_option_that_would_be_ignored_is_refused(words: str, env: pytest.MonkeyPatch) -> None:
    env.delenv("SEQUESTRE_DATABASE_URL")
    said = refused(*words.split())
    assert said.startswith("sequestre: ")
    assert IGNORED[words] in said
    assert "No stack runs" not in said


@pytest.mark.parametrize("command", ["check", "repair", "workers", "promote b", "lost --feed -"])
def test_a_data_directory_beside_another_stack_is_refused(
    command: str, env: pytest.MonkeyPatch
) -> None:
    said = refused(*command.split(), "--data-dir", "here")
    assert said == (
        "sequestre: --data-dir names one stack, and SEQUESTRE_DATABASE_URL another: leave one of"
        " them out"
    )


OF_A_STACK = (
    *("check", "repair", "workers", "lost --feed -", "links", "promote b"),
    *("token --sub ana --role user", "web-ui --inner http://127.0.0.1:1"),
    f"links --ui {UI}",
)


@pytest.mark.parametrize("command", OF_A_STACK)
def test_no_command_passes_over_a_setting_that_there_is_not(
    command: str, env: pytest.MonkeyPatch
) -> None:
    env.delenv("SEQUESTRE_DATABASE_URL")
    env.setenv("SEQUESTRE_URL", "x")
    said = refused(*command.split())
    assert said.startswith("sequestre: SEQUESTRE_URL: is no setting; ")


@pytest.mark.parametrize(
    "inner", ["foo", "127.0.0.1:8080", "http://", "ftp://x:1", "http://x:99999", "http://a b"]
)
def test_the_web_ui_behind_the_door_has_an_address(inner: str, env: pytest.MonkeyPatch) -> None:
    said = refused("web-ui", "--inner", inner, "--port", "0")
    assert said == "sequestre: --inner must be where the Web UI answers: http://HOST:PORT"


@pytest.mark.parametrize("name", ["a b", "https://x.example", "x.example:8233", ""])
def test_a_further_name_of_the_door_is_a_name(name: str, env: pytest.MonkeyPatch) -> None:
    words = ("web-ui", "--inner", "http://127.0.0.1:1", "--port", "0", "--name", name)
    assert refused(*words).startswith("sequestre: --name must be a name alone")


def test_the_door_says_that_its_port_is_taken(env: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = refused("web-ui", "--inner", "http://127.0.0.1:1", "--port", str(port))
    assert said == (
        f"sequestre: Port {port} (Temporal Web UI) is taken. Choose another with --port."
    )


def test_the_door_says_where_nobody_can_listen(env: pytest.MonkeyPatch) -> None:
    words = ("web-ui", "--inner", "http://127.0.0.1:1", "--host", "203.0.113.1")
    assert refused(*words).startswith("sequestre: Nobody can listen at 203.0.113.1, port 8233: ")
