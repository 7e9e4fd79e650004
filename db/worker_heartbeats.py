"""The heartbeats of workers: who of them lives, by the database's clock."""

from datetime import timedelta

from db.pool import Connection

FRESH = timedelta(seconds=10)
"""A worker that has been silent for longer is taken for dead, frozen or wedged."""

KEPT = timedelta(hours=1)
"""How long the row of a worker stays that is silent: it died without taking its leave."""


async def beat(connection: Connection, worker: str) -> None:
    """Write down that the worker lives, and forget those that have long been silent."""
    await connection.execute(
        "WITH forgotten AS (DELETE FROM worker_heartbeats"
        "  WHERE beat_at < clock_timestamp() - $2::interval AND worker <> $1)"
        " INSERT INTO worker_heartbeats (worker) VALUES ($1)"
        " ON CONFLICT (worker) DO UPDATE SET beat_at = clock_timestamp()",
        worker,
        KEPT,
    )


async def leave(connection: Connection, worker: str) -> None:
    """Forget a worker that stops."""
    await connection.execute("DELETE FROM worker_heartbeats WHERE worker = $1", worker)


async def lately_alive(connection: Connection) -> frozenset[str]:
    """Return the workers that have lately said that they live."""
    rows = await connection.fetch(
        "SELECT worker FROM worker_heartbeats WHERE beat_at > clock_timestamp() - $1::interval",
        FRESH,
    )
    return frozenset(row["worker"] for row in rows)
