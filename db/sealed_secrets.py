"""The secrets of webhook endpoints as they are kept: those that are still in clear, or sealed by an
older key, are sealed by the newest; those that no key opens are found."""

from collections.abc import AsyncIterator
from uuid import UUID

from asyncpg import Record

from db.audit import Finding
from db.pool import Connection, Pool, connection
from db.sealing import Keyring, Unsealable

UNREADABLE = "unreadable-secret"
BATCH = 100

_NOBODY = UUID(int=0)


async def seal_all(pool: Pool, keyring: Keyring) -> int:
    """Seal by the first key what is not, a hundred endpoints at a time, and return of how many.
    What cannot be opened stays as it is. Repeated, it has nothing to do."""
    sealed = 0
    last = _NOBODY
    while True:
        async with connection(pool) as acquired:
            rows = await acquired.fetch(
                "SELECT id, secret, previous_secret FROM webhook_endpoints WHERE id > $1"
                " AND deleted_at IS NULL"
                " AND NOT (starts_with(secret, $2)"
                "  AND starts_with(coalesce(previous_secret, $2), $2))"
                " ORDER BY id LIMIT $3",
                last,
                keyring.mark,
                BATCH,
            )
            for row in rows:
                sealed += await _seal(acquired, row, keyring)
        if len(rows) < BATCH:
            return sealed
        last = rows[-1]["id"]


async def _seal(acquired: Connection, row: Record, keyring: Keyring) -> int:
    try:
        newest, before = (_resealed(row, name, keyring) for name in ("secret", "previous_secret"))
    except Unsealable:
        return 0
    # Only what was read is replaced: it may have been rotated meanwhile.
    done = await acquired.execute(
        "UPDATE webhook_endpoints SET secret = $2, previous_secret = $3 WHERE id = $1"
        " AND secret = $4 AND previous_secret IS NOT DISTINCT FROM $5",
        row["id"],
        newest,
        before,
        row["secret"],
        row["previous_secret"],
    )
    return int(done == "UPDATE 1")


def _resealed(row: Record, name: str, keyring: Keyring) -> str | None:
    kept: str | None = row[name]
    return None if kept is None else keyring.seal(keyring.open(kept, row["id"]), row["id"])


async def unreadable(acquired: Connection, keyring: Keyring) -> list[Finding]:
    """Return the endpoints that have a secret which none of the keys opens."""
    return [
        Finding(UNREADABLE, f"webhook endpoint {endpoint_id}", "its secret cannot be opened")
        async for endpoint_id, opens in _each(acquired, keyring)
        if not opens
    ]


async def opens_none(acquired: Connection, keyring: Keyring) -> bool:
    """Return whether there are secrets, and the keys open not one of them."""
    found = [opens async for _, opens in _each(acquired, keyring)]
    return bool(found) and not any(found)


async def _each(acquired: Connection, keyring: Keyring) -> AsyncIterator[tuple[UUID, bool]]:
    rows = await acquired.fetch(
        "SELECT id, secret,"
        " CASE WHEN previous_until > moved(now()) THEN previous_secret END AS before"
        " FROM webhook_endpoints WHERE deleted_at IS NULL ORDER BY id"
    )
    for row in rows:
        yield row["id"], all(_opens(keyring, row["id"], row[one]) for one in ("secret", "before"))


def _opens(keyring: Keyring, endpoint_id: UUID, kept: str | None) -> bool:
    try:
        return kept is None or bool(keyring.open(kept, endpoint_id))
    except Unsealable:
        return False
