"""PostgreSQL alone: a lock that is left over, and a path that is too long for a socket."""

from pathlib import Path

import pytest

from embedded.stack import running_postgres
from tests.embedded.stacks import query, waiting


@pytest.fixture(scope="module")
def deep(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory whose path is too long for a socket."""
    return tmp_path_factory.mktemp("deep") / ("d" * 60) / ("e" * 60)


async def test_a_stale_lock_with_a_reused_process_id_does_not_keep_postgresql_away(
    deep: Path,
) -> None:
    async with running_postgres(deep, fast=True) as postgres:
        lock = postgres.data / "postmaster.pid"
        text = lock.read_text()
    stranger = await waiting({}, account=postgres.account)
    lock.write_text(text.replace(text.splitlines()[0], str(stranger.pid), 1))
    async with running_postgres(deep, fast=True) as postgres:
        assert await query(postgres, "SELECT 1") == 1
    stranger.kill()
    await stranger.wait()


async def test_a_path_too_long_for_a_socket_is_no_obstacle(deep: Path) -> None:
    async with running_postgres(deep, fast=True) as postgres:
        assert postgres.sockets != postgres.data
        assert len(str(postgres.sockets / ".s.PGSQL.5432")) < 108
        assert await query(postgres, "SELECT 1") == 1
    assert not postgres.sockets.exists()
