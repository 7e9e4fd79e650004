"""A setting that cannot be followed: one sentence at once and exit code 2, in every process."""

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from typer.testing import CliRunner, Result

import worker
from api.server import ApiServer
from cli.configured import not_used_by_a_stack
from cli.main import app
from db import webhooks
from db.pool import Pool
from db.sealing import Keyring
from infra import logs
from infra.settings import Settings
from tests.app_under_test import SECRETS_KEY

PROCESSES = ("api", "worker", "migrate", "check", "repair")
MEETS_TEMPORAL = ("api", "worker", "check", "repair")
PROVIDER = {
    "SEQUESTRE_JWT_SECRET": "",
    "SEQUESTRE_JWKS_URL": "https://id.example",
    "SEQUESTRE_JWT_ISSUER": "https://id.example/",
    "SEQUESTRE_JWT_AUDIENCE": "sequestre",
}
OIDC = {
    "SEQUESTRE_OIDC_ISSUER": "https://id.example",
    "SEQUESTRE_OIDC_CLIENT_ID": "pages",
    "SEQUESTRE_PUBLIC_URL": "https://orders.example.org",
}
OIDC_NEEDS = ("OIDC_ISSUER", "OIDC_CLIENT_ID", "PUBLIC_URL")
NOBODY = "postgresql://somebody@127.0.0.1:1/orders"

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
OF_WHO_IS_TAKEN_AT_THEIR_WORD = [
    *(
        (PROVIDER | {"SEQUESTRE_ROLES_CLAIM": way}, "SEQUESTRE_ROLES_CLAIM")
        for way in ("a..b", "[]")
    ),
    *(
        (PROVIDER | {"SEQUESTRE_ROLE_NAMES": names}, "SEQUESTRE_ROLE_NAMES")
        for names in ("admin", "admin=root", '{"admin": 1}')
    ),
    *(
        ({**PROVIDER, **dict.fromkeys(missing, "")}, missing[0])
        for missing in (
            ("SEQUESTRE_JWT_ISSUER",),
            ("SEQUESTRE_JWT_AUDIENCE",),
            ("SEQUESTRE_JWT_ISSUER", "SEQUESTRE_JWT_AUDIENCE"),
        )
    ),
    *(
        (PROVIDER | {name: value}, name)
        for name in ("SEQUESTRE_JWT_ISSUER", "SEQUESTRE_JWT_AUDIENCE")
        for value in (" ", "sequestre ", "a\tb")
    ),
    *(
        (PROVIDER | {"SEQUESTRE_JWKS_URL": address}, "SEQUESTRE_JWKS_URL")
        for address in (
            *("http://id.example/keys", "HTTP://ID.EXAMPLE/keys", "http://10.0.0.7/keys"),
            *("http://127.0.0.1.id.example/keys", "http://localhost.id.example/keys"),
            *("http://127.0.0.1@id.example/keys", "http://127.0.0.1\\@id.example/keys"),
            *("http://[::2]/keys", "http://0.0.0.0/keys", "http://127.1.id.example/"),
            *(
                "file:///etc/keys",
                "ftp://127.0.0.1/keys",
                "id.example/keys",
                "https://",
                "https:///x",
            ),
            *("https://id.example:port/", "https://id .example/", "https://[id.example/", "keys"),
        )
    ),
    *(
        ({"SEQUESTRE_TRUSTED_PROXIES": named}, "SEQUESTRE_TRUSTED_PROXIES")
        for named in ("*", "proxy.example", "10.0.0.1/16", "0.0.0.0/0", "::/0", "10.0.0.5,", ",")
    ),
    *(
        ({name: said}, name)
        for name, said in (
            ("SEQUESTRE_ORDER_URL", "https://shop.example.org/orders"),
            ("SEQUESTRE_ORDER_URL", "http://shop.example.org/orders/{order_id}"),
            ("SEQUESTRE_MARKETPLACE_NAME", " "),
            ("SEQUESTRE_MAIL_SIGNATURE", "\t"),
        )
    ),
    *(
        ({"SEQUESTRE_CORS_ORIGINS": named}, "SEQUESTRE_CORS_ORIGINS")
        for named in ("*", "null", "shop.example.org", "https://shop.example.org/", "https://*.org")
    ),
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
OF_SIGNING_IN = [
    *(
        (PROVIDER | {"SEQUESTRE_DEMO_ENTRANCE": yes}, "SEQUESTRE_DEMO_ENTRANCE")
        for yes in ("true", "1", "yes")
    ),
    *(
        ({"SEQUESTRE_DEMO_ENTRANCE": "true", name: said}, "SEQUESTRE_DEMO_ENTRANCE")
        for name, said in (
            ("SEQUESTRE_HOST", "192.0.2.1"),
            ("SEQUESTRE_PUBLIC_URL", "https://orders.example.org"),
        )
    ),
    ({"SEQUESTRE_DEMO_ENTRANCE": "perhaps"}, "SEQUESTRE_DEMO_ENTRANCE"),
    *(
        (OIDC | {"SEQUESTRE_OIDC_ISSUER": address}, "SEQUESTRE_OIDC_ISSUER")
        for address in ("id.example", "http://id.example", "https://a@b", "https://id.example/?a=b")
    ),
    *((OIDC | {f"SEQUESTRE_{name}": ""}, "SEQUESTRE_OIDC_CLIENT_ID") for name in OIDC_NEEDS),
    ({"SEQUESTRE_OIDC_CLIENT_SECRET": "s"}, "SEQUESTRE_OIDC_CLIENT_SECRET"),
]

STRIPE = {
    "SEQUESTRE_PROVIDER": "stripe",
    "SEQUESTRE_STRIPE_SECRET_KEY": "sk_test_neverTold",
    "SEQUESTRE_STRIPE_WEBHOOK_SECRETS": "whsec_neverTold,whsec_neverToldNext",
}
LIVE = {"SEQUESTRE_LIVE": "true"}
LIVE_KEY = {"SEQUESTRE_STRIPE_SECRET_KEY": "sk_live_neverTold"}
OF_PROVIDER = [
    (STRIPE | LIVE, "SEQUESTRE_STRIPE_SECRET_KEY: is a key for tests"),
    (STRIPE | LIVE_KEY, "SEQUESTRE_STRIPE_SECRET_KEY: moves real money"),
    (STRIPE | LIVE_KEY | {"SEQUESTRE_LIVE": "0"}, "SEQUESTRE_STRIPE_SECRET_KEY: moves real money"),
    (
        STRIPE | {"SEQUESTRE_STRIPE_SECRET_KEY": "rk_live_neverTold"},
        "SEQUESTRE_STRIPE_SECRET_KEY: moves real money",
    ),
    *(
        (STRIPE | {name: ""}, f"{name}: must be set where SEQUESTRE_PROVIDER is stripe")
        for name in ("SEQUESTRE_STRIPE_SECRET_KEY", "SEQUESTRE_STRIPE_WEBHOOK_SECRETS")
    ),
    (
        STRIPE | dict.fromkeys(list(STRIPE)[1:], ""),
        "SEQUESTRE_STRIPE_SECRET_KEY: must be set where SEQUESTRE_PROVIDER is stripe",
    ),
    *(
        ({name: STRIPE[name]}, f"{name}: must be set where SEQUESTRE_PROVIDER is stripe")
        for name in ("SEQUESTRE_STRIPE_SECRET_KEY", "SEQUESTRE_STRIPE_WEBHOOK_SECRETS")
    ),
    *(
        (STRIPE | {"SEQUESTRE_STRIPE_SECRET_KEY": key}, "SEQUESTRE_STRIPE_SECRET_KEY: must be a")
        for key in ("pk_test_neverTold", "neverTold", "sk_test_", "sk_neverTold", "sk_test_a b")
    ),
    *(
        (
            STRIPE | {"SEQUESTRE_STRIPE_WEBHOOK_SECRETS": secrets},
            "SEQUESTRE_STRIPE_WEBHOOK_SECRETS: must be what Stripe signs",
        )
        for secrets in ("neverTold", "whsec_neverTold,", ",", "whsec_a whsec_b", "whsec_")
    ),
    *(
        (
            STRIPE | {"SEQUESTRE_STRIPE_API_BASE": address},
            "SEQUESTRE_STRIPE_API_BASE: must be an",
        )
        for address in ("http://stripe.example", "http://10.0.0.7", "stripe.example", "https://a?b")
    ),
    (
        {"SEQUESTRE_STRIPE_API_BASE": "https://stripe.example"},
        "SEQUESTRE_STRIPE_API_BASE: is of no use",
    ),
    ({"SEQUESTRE_PROVIDER": "paypal"}, "SEQUESTRE_PROVIDER: "),
    ({"SEQUESTRE_LIVE": "perhaps"}, "SEQUESTRE_LIVE: "),
    (LIVE | {"SEQUESTRE_DEMO_ENTRANCE": "true"}, "SEQUESTRE_DEMO_ENTRANCE: lets anybody in"),
]


@pytest.fixture(autouse=True)
def sound(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An environment in which every process would start."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SEQUESTRE_DATABASE_URL", NOBODY)
    monkeypatch.setenv("SEQUESTRE_JWT_SECRET", "s" * 32)
    monkeypatch.setenv("SEQUESTRE_SECRETS_KEY", SECRETS_KEY)
    monkeypatch.setenv("SEQUESTRE_PORT", "0")
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
    monkeypatch.setattr(logs, "configure", lambda _settings: None)
    monkeypatch.setattr(ApiServer, "run", lambda server: setattr(server, "started", True))


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield int(listener.getsockname()[1])


def refused(monkeypatch: pytest.MonkeyPatch, env: dict[str, str], command: str) -> Result:
    """What a command says that refuses to start."""
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    result = CliRunner().invoke(app, [command])
    assert result.exit_code == 2, result.output
    assert len(result.stderr.splitlines()) == 1
    assert result.stdout == ""
    return result


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


@pytest.mark.parametrize("command", PROCESSES)
@pytest.mark.parametrize(("env", "blamed"), OF_SIGNING_IN)
def test_nobody_is_let_into_the_pages_by_mistake(
    command: str, env: dict[str, str], blamed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert refused(monkeypatch, env, command).stderr.startswith(f"sequestre: {blamed}: ")


@pytest.mark.parametrize("command", PROCESSES)
@pytest.mark.parametrize(("env", "blamed"), OF_WHO_IS_TAKEN_AT_THEIR_WORD)
def test_whose_word_is_taken_has_to_be_said_exactly(
    command: str, env: dict[str, str], blamed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = refused(monkeypatch, env, command).stderr
    assert said.startswith(f"sequestre: {blamed}: must ")


@pytest.mark.parametrize("command", PROCESSES)
@pytest.mark.parametrize(("env", "said"), OF_PROVIDER)
def test_real_money_and_tests_are_kept_apart(
    command: str, env: dict[str, str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = refused(monkeypatch, env, command).stderr
    assert words.startswith(f"sequestre: {said}")
    assert "neverTold" not in words


@pytest.mark.parametrize("command", ["up", "demo"])
def test_no_real_money_moves_in_a_stack_on_this_machine(
    command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = refused(monkeypatch, LIVE, command).stderr
    assert words.startswith("sequestre: SEQUESTRE_LIVE: a stack on this machine")


@pytest.mark.parametrize(
    "env",
    [
        PROVIDER,
        LIVE,
        STRIPE,
        STRIPE | LIVE | LIVE_KEY,
        STRIPE | {"SEQUESTRE_STRIPE_API_BASE": "http://127.0.0.1:8080"},
        *(
            PROVIDER | {"SEQUESTRE_JWKS_URL": f"http://{host}/keys"}
            for host in ("127.0.0.1:8080", "127.8.9.1", "localhost", "[::1]:8080")
        ),
        {"SEQUESTRE_TRUSTED_PROXIES": "10.0.0.5, 10.1.0.0/16, ::1"},
    ],
)
def test_the_api_starts_with_whom_it_can_trust(
    env: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    result = CliRunner().invoke(app, ["api"])
    assert result.exit_code == 0, result.output


def test_a_worker_holds_nothing_that_tokens_are_forged_with(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    held: list[object] = []

    async def run(settings: Settings) -> None:
        held.append(settings.jwt_secret)

    (tmp_path / ".env").write_text(f"SEQUESTRE_JWT_SECRET={'s' * 32}\n")
    monkeypatch.setattr(worker, "run", run)
    for in_the_environment in ("s" * 32, None):
        if in_the_environment is None:
            monkeypatch.delenv("SEQUESTRE_JWT_SECRET")
        result = CliRunner().invoke(app, ["worker"])
        assert result.exit_code == 0, result.output
    assert held == [None, None]


OF_SECRETS = [
    # A repair looks at no secret.
    *(
        (command, "", "must be set, to 32 bytes in base64")
        for command in ("api", "worker", "check")
    ),
    *(
        (command, key, "must be one key, or several with commas between them, each of 32 bytes in")
        for command in MEETS_TEMPORAL
        for key in (
            "short",
            SECRETS_KEY[:-4],
            SECRETS_KEY + "AAAA",
            f"{SECRETS_KEY},",
            f"{SECRETS_KEY},nonsense",
            "é" * 44,
        )
    ),
]


@pytest.mark.parametrize(("command", "key", "said"), OF_SECRETS)
def test_nothing_starts_without_a_key_of_secrets(
    command: str, key: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = refused(monkeypatch, {"SEQUESTRE_SECRETS_KEY": key}, command).stderr
    assert words.startswith(f"sequestre: SEQUESTRE_SECRETS_KEY: {said}")
    assert SECRETS_KEY[:20] not in words


async def test_nothing_starts_with_keys_that_open_nothing(
    pool: Pool, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEQUESTRE_DATABASE_URL", database_url)
    endpoint, other = uuid4(), Keyring([b"x" * 32])
    async with pool.acquire() as acquired:
        await webhooks.add(
            acquired, endpoint, "https://a.example", None, other.seal("whsec_", endpoint), "olga"
        )
    for command in ("api", "worker"):
        result = await asyncio.to_thread(refused, monkeypatch, {}, command)
        assert result.stderr.startswith(
            "sequestre: SEQUESTRE_SECRETS_KEY: opens none of the webhook secrets in the database."
        )


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


MISSPELT = {
    "SEQUESTRE_REVEIW_WINDOW": "SEQUESTRE_REVIEW_WINDOW",
    "SEQUESTRE_DATABASEURL": "SEQUESTRE_DATABASE_URL",
    "SEQUESTRE_SMTPHOST": "SEQUESTRE_SMTP_HOST",
    "sequestre_review_windows": "SEQUESTRE_REVIEW_WINDOW",
}


@pytest.mark.parametrize("command", [*PROCESSES, "up", "demo", "bench"])
@pytest.mark.parametrize(("name", "nearest"), MISSPELT.items())
def test_a_setting_that_there_is_not_names_the_nearest(
    command: str, name: str, nearest: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = refused(monkeypatch, {name: "P7D"}, command).stderr
    assert said == f"sequestre: {name}: is no setting; the nearest is {nearest}\n"


def test_a_setting_of_a_file_that_there_is_not_names_the_nearest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("OTHER=1\nSEQUESTRE_REVEIW_WINDOW=P7D\n")
    said = refused(monkeypatch, {}, "migrate").stderr
    assert said.startswith("sequestre: SEQUESTRE_REVEIW_WINDOW: is no setting; ")


def test_a_setting_like_no_other_is_told_where_all_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    said = refused(monkeypatch, {"SEQUESTRE_XYZZY": "1"}, "migrate").stderr
    assert said == "sequestre: SEQUESTRE_XYZZY: is no setting; .env.example has them all\n"


@pytest.mark.parametrize("value", ["Complete", "none", "OPEN_DISPUTE"])
def test_a_choice_is_told_in_words(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    said = refused(monkeypatch, {"SEQUESTRE_DECISION_EXPIRY": value}, "migrate").stderr
    assert said == (
        "sequestre: SEQUESTRE_DECISION_EXPIRY: Input should be 'complete' or 'open_dispute'\n"
    )


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
