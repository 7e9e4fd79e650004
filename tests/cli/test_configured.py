"""A setting that cannot be followed: one sentence at once and exit code 2, in every process."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.server import ApiServer
from cli.configured import not_used_by_a_stack
from cli.main import app
from tests.cli.environments import MEETS_TEMPORAL, NOBODY, PROCESSES, PROVIDER, refused

pytestmark = pytest.mark.usefixtures("sound")

OF_DATABASE = [
    ({"SEQUESTRE_DATABASE_URL": ""}, "SEQUESTRE_DATABASE_URL"),
    ({"SEQUESTRE_DATABASE_URL": "mysql://x@y/z"}, "SEQUESTRE_DATABASE_URL"),
    ({"SEQUESTRE_DATABASE_URL": "postgresql://x@y:port/z"}, "SEQUESTRE_DATABASE_URL"),
    ({"SEQUESTRE_DATABASE_URL": f"{NOBODY}?sslmode=always"}, "SEQUESTRE_DATABASE_URL"),
    ({"SEQUESTRE_DATABASE_URL": f"{NOBODY}?sslmode=verify-full"}, "SEQUESTRE_DATABASE_URL"),
    ({"PGSSLMODE": "verify-full"}, "PGSSLMODE"),
    ({"PGSSLMODE": "verify-ca"}, "PGSSLMODE"),
    ({"PGSSLMODE": "always"}, "PGSSLMODE"),
    ({"PGSSLMODE": "require", "PGSSLROOTCERT": "/nonexistent"}, "PGSSLROOTCERT"),
    ({"PGSSLMODE": "require", "PGSSLROOTCERT": "/dev/null"}, "PGSSLROOTCERT"),
    ({"PGSSLMODE": "require", "PGSSLCERT": "/nonexistent"}, "PGSSLCERT"),
    ({"PGSSLMODE": "require", "PGSSLCRL": "/nonexistent"}, "PGSSLCRL"),
    ({"PGSSLMODE": "require", "PGSSLMINPROTOCOLVERSION": "TLSv0"}, "PGSSLMINPROTOCOLVERSION"),
    ({"PGSSLNEGOTIATION": "direct"}, "PGSSLNEGOTIATION"),
    ({"PGGSSLIB": "nonsense"}, "PGGSSLIB"),
    *(
        ({"PGTARGETSESSIONATTRS": wanted}, "PGTARGETSESSIONATTRS")
        for wanted in ("standby", "prefer-standby", "read-only", "nonsense")
    ),
    ({"SEQUESTRE_DATABASE_URL": "postgresql://x@y/z", "PGPORT": "nonsense"}, "PGPORT"),
    ({"SEQUESTRE_REVIEW_WINDOW": "7d"}, "SEQUESTRE_REVIEW_WINDOW"),
    ({"SEQUESTRE_HOLDING_LIMIT": "90"}, "SEQUESTRE_HOLDING_LIMIT"),
    ({"SEQUESTRE_HOLDING_LIMIT": "P27D"}, "SEQUESTRE_HOLDING_LIMIT"),
    ({"SEQUESTRE_LOG_LEVEL": "loud"}, "SEQUESTRE_LOG_LEVEL"),
]
OF_TEMPORAL = [
    ({"TEMPORAL_ADDRESS": "nowhere"}, "TEMPORAL_ADDRESS"),
    ({"TEMPORAL_ADDRESS": "http://nowhere:7233"}, "TEMPORAL_ADDRESS"),
    ({"TEMPORAL_ADDRESS": "nowhere:99999"}, "TEMPORAL_ADDRESS"),
    ({"TEMPORAL_ADDRESS": "no where:7233"}, "TEMPORAL_ADDRESS"),
    ({"TEMPORAL_PROFILE": "of-somebody-else"}, "TEMPORAL_PROFILE"),
    ({"TEMPORAL_CONFIG_FILE": "/nonexistent.toml"}, "TEMPORAL_CONFIG_FILE"),
    ({"TEMPORAL_CONFIG_FILE": "/"}, "TEMPORAL_CONFIG_FILE"),
    *(
        ({name: said}, name)
        for name in ("TEMPORAL_TLS", "TEMPORAL_TLS_DISABLE_HOST_VERIFICATION")
        for said in ("maybe", "no", "yes", "")
    ),
    ({"TEMPORAL_TLS_CLIENT_CERT_PATH": "/nonexistent"}, "TEMPORAL_TLS_CLIENT_CERT_PATH"),
    ({"TEMPORAL_TLS_CLIENT_CERT_DATA": "alone"}, "TEMPORAL_TLS_CLIENT_CERT_DATA"),
]
OF_TRACES = [
    ({"OTEL_TRACES_EXPORTER": "jaeger"}, "OTEL_TRACES_EXPORTER: must be otlp or none"),
    ({"OTEL_EXPORTER_OTLP_ENDPOINT": "x:4318"}, "OTEL_EXPORTER_OTLP_ENDPOINT: must be an http"),
]
OF_API = [
    ({"SEQUESTRE_JWT_SECRET": "short"}, "SEQUESTRE_JWT_SECRET needs 32 bytes"),
    ({"SEQUESTRE_JWT_SECRET": " " * 40}, "SEQUESTRE_JWT_SECRET needs 32 bytes"),
    ({"SEQUESTRE_JWT_SECRET": f"  short{' ' * 40}"}, "SEQUESTRE_JWT_SECRET needs 32 bytes"),
    (PROVIDER | {"SEQUESTRE_JWT_SECRET": "s" * 32}, "set either SEQUESTRE_JWT_SECRET or"),
    ({"SEQUESTRE_HOST": "203.0.113.1"}, "SEQUESTRE_HOST and SEQUESTRE_PORT: nobody can listen"),
    (PROVIDER | {"HTTPS_PROXY": "nonsense://proxy"}, "HTTPS_PROXY: cannot be followed"),
    (PROVIDER | {"SSL_CERT_FILE": "/nonexistent"}, "SSL_CERT_FILE: cannot be followed"),
]
OF_BUILDS = [
    ({"SEQUESTRE_BUILD_ID": "7"}, "SEQUESTRE_BUILD_ID: must be set where"),
    ({"SEQUESTRE_DEPLOYMENT_NAME": "sequestre"}, "SEQUESTRE_BUILD_ID: must be set where"),
    *(
        (
            {"SEQUESTRE_BUILD_ID": "7", "SEQUESTRE_DEPLOYMENT_NAME": name},
            "SEQUESTRE_DEPLOYMENT_NAME",
        )
        for name in ("a.b", "a b", "-", "é", "a:b", "a" * 101)
    ),
    *(
        (
            {"SEQUESTRE_DEPLOYMENT_NAME": "a", "SEQUESTRE_BUILD_ID": build},
            "SEQUESTRE_BUILD_ID: must",
        )
        for build in ("a b", ".", "é", "a:b", "a" * 101)
    ),
]


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield int(listener.getsockname()[1])


@pytest.mark.parametrize("command", PROCESSES)
@pytest.mark.parametrize(("env", "blamed"), OF_DATABASE)
def test_a_process_names_what_does_not_lead_to_a_database(
    command: str, env: dict[str, str], blamed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if command in ("check", "repair") and not env.get("SEQUESTRE_DATABASE_URL", NOBODY):
        expected = "sequestre: No stack runs in "  # then the data directory says where it is
    else:
        expected = f"sequestre: {blamed}: "
    assert refused(monkeypatch, env, command).stderr.startswith(expected)


@pytest.mark.parametrize("command", MEETS_TEMPORAL)
@pytest.mark.parametrize(("env", "blamed"), OF_TEMPORAL)
def test_a_process_names_what_does_not_lead_to_temporal(
    command: str, env: dict[str, str], blamed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = refused(monkeypatch, env, command).stderr
    assert said.startswith(f"sequestre: {blamed}: ")


@pytest.mark.parametrize("command", ["api", "worker"])
@pytest.mark.parametrize(("env", "said"), OF_TRACES)
def test_a_process_names_what_does_not_lead_to_a_collector(
    command: str, env: dict[str, str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert refused(monkeypatch, env, command).stderr.startswith(f"sequestre: {said}")


@pytest.mark.parametrize(("env", "said"), OF_API)
def test_the_api_names_what_keeps_it_from_answering(
    env: dict[str, str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert refused(monkeypatch, env, "api").stderr.startswith(f"sequestre: {said}")


@pytest.mark.parametrize("command", PROCESSES)
@pytest.mark.parametrize(("env", "said"), OF_BUILDS)
def test_a_build_has_a_name_that_temporal_takes(
    command: str, env: dict[str, str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert refused(monkeypatch, env, command).stderr.startswith(f"sequestre: {said}")


def test_the_api_says_that_its_port_is_taken(taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    said = refused(monkeypatch, {"SEQUESTRE_PORT": str(taken)}, "api").stderr
    assert said.endswith(f"port {taken}: address already in use\n")


def test_what_is_wrong_together_is_named_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGGSSLIB", "nonsense")
    monkeypatch.setenv("PGTARGETSESSIONATTRS", "standby")
    result = CliRunner().invoke(app, ["migrate"])
    assert result.exit_code == 2
    assert {line.split(": ")[1] for line in result.stderr.splitlines()} == {
        "PGGSSLIB",
        "PGTARGETSESSIONATTRS",
    }


def test_no_secret_of_the_address_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    env = {"SEQUESTRE_DATABASE_URL": "postgresql://x:secret@y:port/z"}
    assert "secret" not in refused(monkeypatch, env, "migrate").stderr


def test_a_database_that_does_not_answer_is_told_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = refused(monkeypatch, {}, "migrate").stderr
    assert said == "sequestre: the database does not answer\n"


def test_one_process_has_one_loop_whatever_the_shell_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """uvicorn would take WEB_CONCURRENCY for a number of processes, and refuse to start any."""
    served: list[int] = []

    def run(server: ApiServer) -> None:
        server.started = True
        served.append(server.config.workers)

    monkeypatch.setenv("WEB_CONCURRENCY", "nonsense")
    monkeypatch.setattr(ApiServer, "run", run)
    result = CliRunner().invoke(app, ["api"])
    assert result.exit_code == 0, result.output
    assert served == [1]


def test_what_a_stack_of_this_machine_does_not_use_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SEQUESTRE_PORT", "SEQUESTRE_JWT_SECRET", "SEQUESTRE_DATABASE_URL"):
        monkeypatch.delenv(name)
    monkeypatch.delenv("SEQUESTRE_SECRETS_KEY", raising=False)
    assert not_used_by_a_stack() == []
    monkeypatch.setenv("SEQUESTRE_HOST", "::1")
    monkeypatch.setenv("SEQUESTRE_ROLES_CLAIM", "realm_access.roles")
    (tmp_path / ".env").write_text("SEQUESTRE_DATABASE_URL=postgresql://x\nSEQUESTRE_PORT=\n")
    assert not_used_by_a_stack() == [
        *("SEQUESTRE_DATABASE_URL", "SEQUESTRE_HOST", "SEQUESTRE_ROLES_CLAIM")
    ]
