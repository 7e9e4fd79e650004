"""Who is taken at their word is said exactly, and keys are whole: nothing starts otherwise."""

import asyncio
from pathlib import Path
from uuid import uuid4

import pytest
from typer.testing import CliRunner

import worker
from cli.main import app
from db import webhooks
from db.pool import Pool
from db.sealing import Keyring
from infra.settings import Settings
from tests.app_under_test import SECRETS_KEY
from tests.cli.environments import (
    LIVE,
    LIVE_KEY,
    MEETS_TEMPORAL,
    PROCESSES,
    PROVIDER,
    STRIPE,
    refused,
)

pytestmark = pytest.mark.usefixtures("sound")

OIDC = {
    "SEQUESTRE_OIDC_ISSUER": "https://id.example",
    "SEQUESTRE_OIDC_CLIENT_ID": "pages",
    "SEQUESTRE_PUBLIC_URL": "https://orders.example.org",
}
OIDC_NEEDS = ("OIDC_ISSUER", "OIDC_CLIENT_ID", "PUBLIC_URL")
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
