"""`sequestre up` from shells that were set up for other programs, and with wrong settings."""

from pathlib import Path

import psutil
import pytest

from tests.app_under_test import place_order
from tests.e2e.conftest import PARTS, api_of, started
from tests.e2e.test_commands import run

HOSTILE = {
    # for HTTP servers
    "WEB_CONCURRENCY": "4",
    "UVICORN_WORKERS": "4",
    "UVICORN_PORT": "nonsense",
    "GRANIAN_WORKERS": "4",
    "FORWARDED_ALLOW_IPS": "nonsense",
    # for PostgreSQL: libpq's, the server's, and asyncpg's
    "PGDATA": "/nonexistent",
    "PGDATABASE": "elsewhere",
    "PGGSSLIB": "nonsense",
    "PGHOST": "db.example",
    "PGOPTIONS": "-c default_transaction_read_only=on",
    "PGPASSFILE": "/nonexistent",
    "PGPASSWORD": "elsewhere",
    "PGPORT": "nonsense",
    "PGSERVICE": "elsewhere",
    "PGSERVICEFILE": "/nonexistent",
    "PGSSLCERT": "/nonexistent",
    "PGSSLMODE": "verify-full",
    "PGSSLNEGOTIATION": "direct",
    "PGSSLROOTCERT": "/nonexistent",
    "PGTARGETSESSIONATTRS": "standby",
    "PGUSER": "somebody",
    # for Temporal's SDK and server
    "TEMPORAL_ADDRESS": "nonsense",
    "TEMPORAL_API_KEY": "elsewhere",
    "TEMPORAL_CONFIG_FILE": "/dev/null/nonexistent",
    "TEMPORAL_DEBUG": "1",
    "TEMPORAL_NAMESPACE": "elsewhere",
    "TEMPORAL_PROFILE": "elsewhere",
    "TEMPORAL_TLS": "true",
    "TEMPORAL_TLS_CLIENT_CERT_PATH": "/nonexistent",
    "RUST_LOG": "trace",
    # for whoever goes out to the world
    "ALL_PROXY": "nonsense://",
    "HTTP_PROXY": "http://127.0.0.1:1",
    "HTTPS_PROXY": "nonsense",
    "http_proxy": "http://127.0.0.1:1",
    # for Python
    "PYTHONASYNCIODEBUG": "1",
    "PYTHONDEVMODE": "1",
    "PYTHONINSPECT": "1",
    "PYTHONIOENCODING": "ascii",
    "PYTHONOPTIMIZE": "2",
    "PYTHONWARNINGS": "error::ResourceWarning",
    "UV_OFFLINE": "1",
    # for people
    "COLUMNS": "7",
    "FORCE_COLOR": "1",
    "LANG": "nonsense",
    "LC_ALL": "nonsense",
    "TZ": "Mars/Phobos",
}
HANDED_ON = {
    "LD_PRELOAD": "",
    "SSL_CERT_DIR": "/nonexistent",
    "SSL_CERT_FILE": "/nonexistent",
    # The stack's own word counts for these.
    "SEQUESTRE_HOST": "nowhere.invalid",
    "SEQUESTRE_JWT_SECRET": "short",
    "SEQUESTRE_PORT": "nonsense",
}
OURS = {"TEMPORAL_ADDRESS", "TEMPORAL_CONFIG_FILE", "TEMPORAL_NAMESPACE"}
"""What the API and the worker are told by the stack itself."""


async def test_what_was_meant_for_other_programs_does_not_reach_the_stack(
    passable: Path, tmp_path: Path
) -> None:
    (tmp_path / "worker.py").write_text("raise SystemExit('not this one')")
    data_dir = passable / "hostile"
    async with started(data_dir, {**HOSTILE, **HANDED_ON}, tmp_path) as up, api_of(up) as api:
        first = {part: up.pid(part) for part in PARTS}
        await (await place_order(api)).reach("completed")
        for part, pid in first.items():
            seen = psutil.Process(pid).environ()
            meant = {name for name, value in HOSTILE.items() if seen.get(name) == value}
            assert meant == set(), part
            assert OURS & set(seen) == (OURS if part in ("api", "worker") else set())
        code, output = await up.command("check")
        assert code == 0, output
        assert first == {part: up.pid(part) for part in PARTS}, "something was started again"


WRONG = [
    ("SEQUESTRE_REVIEW_WINDOW", "7d", "must be an ISO 8601 duration"),
    ("SEQUESTRE_JWKS_URL", "https://id.example/keys", "a stack on this machine signs its tokens"),
]


@pytest.mark.parametrize("command", ["up", "demo", "bench"])
@pytest.mark.parametrize(("name", "value", "why"), WRONG)
async def test_a_wrong_setting_is_told_before_anything_starts(
    command: str, name: str, value: str, why: str, tmp_path: Path
) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    code, output = await run(command, cwd=tmp_path, TMPDIR=str(temporary), **{name: value})
    assert code == 2, output
    assert output.startswith(f"sequestre: {name}: {why}")
    assert len(output.splitlines()) == 1
    assert [*tmp_path.iterdir()] == [temporary]
    assert [*temporary.iterdir()] == []


async def test_a_wrong_setting_in_a_file_is_told_too(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SEQUESTRE_COMMISSION_BPS=much\n")
    code, output = await run("up", cwd=tmp_path)
    assert (code, output.split(": ")[1]) == (2, "SEQUESTRE_COMMISSION_BPS")


async def test_a_file_that_cannot_be_read_is_told_too(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"SEQUESTRE_COMMISSION_BPS=\xff\n")
    code, output = await run("up", cwd=tmp_path)
    assert (code, output) == (2, "sequestre: .env: must be a text in UTF-8 that can be read\n")
